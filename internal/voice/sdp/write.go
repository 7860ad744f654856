package sdp

import "strconv"

// writer appends lines; the calls stand in the order that RFC 8866, section 5 wants.
type writer struct{ b []byte }

func (w *writer) text(parts ...string) {
	for _, s := range parts {
		w.b = append(w.b, s...)
	}
}

func (w *writer) number(n uint64) { w.b = strconv.AppendUint(w.b, n, 10) }

func begin(l Local) *writer {
	w := &writer{b: make([]byte, 0, 320)}
	family := " IN IP4 "
	if l.Address.Is6() && !l.Address.Is4In6() {
		family = " IN IP6 "
	}
	address := l.Address.Unmap().String()
	w.text("v=0\r\no=- ")
	w.number(l.Session)
	w.text(" ")
	w.number(l.Version)
	w.text(family, address, "\r\ns=-\r\nc=", family[1:], address, "\r\nt=0 0\r\n")
	return w
}

// stream writes the m= line of an accepted or offered stream with its maps.
func (w *writer) stream(port int, profile string, codecs []Codec, types []uint8, event uint8, hasEvent bool) {
	w.text("m=audio ")
	w.number(uint64(max(port, 0)))
	w.text(" ", profile)
	for _, t := range types {
		w.text(" ")
		w.number(uint64(t))
	}
	if hasEvent {
		w.text(" ")
		w.number(uint64(event))
	}
	w.text("\r\n")
	for i, c := range codecs {
		w.text("a=rtpmap:")
		w.number(uint64(types[i]))
		w.text(" ", c.String(), "/8000\r\n")
	}
	if hasEvent {
		w.text("a=rtpmap:")
		w.number(uint64(event))
		w.text(" telephone-event/8000\r\na=fmtp:")
		w.number(uint64(event))
		w.text(" 0-15\r\n")
	}
}

// end writes what we wish to get: 20 ms of sound per packet, whatever the other side wishes to get.
func (w *writer) end(d Direction) { w.text("a=ptime:20\r\na=", d.String(), "\r\n") }

// refuse answers a line with port 0, echoing its profile and formats (RFC 3264, section 6).
func (w *writer) refuse(m *Media) {
	w.text("m=", m.Kind, " 0 ", m.Protocol)
	if len(m.Formats) == 0 {
		w.text(" 0")
	}
	for _, f := range m.Formats {
		w.text(" ", f)
	}
	w.text("\r\n")
}

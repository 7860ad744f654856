package sdp

import (
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

// Answer answers the offer d (RFC 3264, section 6): the first audio line that we can use is taken
// with our most preferred codec among those offered, all other lines are refused with port 0.
func (d *Description) Answer(l Local) (body []byte, a Agreed, err error) {
	taken := -1
	for i := range d.Media {
		if agreed, ok := d.match(&d.Media[i], l); ok {
			taken, a = i, agreed
			break
		}
	}
	if taken < 0 {
		return nil, Agreed{}, ErrNothingCommon
	}
	w := begin(l)
	for i := range d.Media {
		m := &d.Media[i]
		if i != taken {
			w.refuse(m)
			continue
		}
		w.stream(l.Port, m.Protocol, []Codec{a.Codec}, []uint8{a.PayloadType}, a.Event, a.HasEvent)
		if a.Mux {
			w.text("a=rtcp-mux\r\n")
		}
		w.end(direction(a.Send, a.Receive))
	}
	return w.b, a, nil
}

// Offer writes an offer of one audio line with all our codecs and telephone-event.
func Offer(l Local) []byte {
	w := begin(l)
	codecs := l.codecs()
	types := make([]uint8, len(codecs))
	for i, c := range codecs {
		types[i] = uint8(c)
	}
	w.stream(l.Port, avp, codecs, types, l.event(), true)
	w.end(l.Direction)
	return w.b
}

// Accept reads the answer to Offer(l) (RFC 3264, section 7).
func Accept(l Local, answer *Description) (Agreed, error) {
	if len(answer.Media) == 0 {
		return Agreed{}, ErrNothingCommon
	}
	a, ok := answer.match(&answer.Media[0], l)
	if !ok {
		return Agreed{}, ErrNothingCommon
	}
	return a, nil
}

// The profiles that we speak: plain RTP, with or without the timely feedback that we never send.
const (
	avp  = "RTP/AVP"
	avpf = "RTP/AVPF"
)

// match judges one line of the other side against what we can do.
func (d *Description) match(m *Media, l Local) (Agreed, bool) {
	if m.Kind != "audio" || m.Port == 0 || m.Protocol != avp && m.Protocol != avpf {
		return Agreed{}, false
	}
	address := m.Address
	if !address.IsValid() {
		address = d.Address
	}
	if !address.IsValid() {
		return Agreed{}, false
	}
	codec, payload, ok := m.choose(l.codecs())
	if !ok {
		return Agreed{}, false
	}
	theirs := d.Direction
	if m.HasDirection {
		theirs = m.Direction
	}
	hold := address.IsUnspecified()
	a := Agreed{
		Codec: codec, PayloadType: payload, Mux: m.Mux, PTime: m.ptime(),
		Remote:  netip.AddrPortFrom(address, uint16(m.Port)),
		Send:    l.Direction.Sends() && theirs.Receives() && !hold,
		Receive: l.Direction.Receives() && theirs.Sends(),
	}
	a.Event, a.HasEvent = m.event()
	a.RemoteRTCP = m.rtcpAddress(a.Remote)
	return a, true
}

// choose finds our most preferred codec among the formats.
func (m *Media) choose(codecs []Codec) (Codec, uint8, bool) {
	for _, want := range codecs {
		for _, format := range m.Formats {
			number, err := strconv.ParseUint(format, 10, 7)
			if err != nil {
				continue
			}
			if c, ok := m.codec(uint8(number)); ok && c == want {
				return c, uint8(number), true
			}
		}
	}
	return 0, 0, false
}

// codec tells what a payload type stands for: by its rtpmap, else the static table.
func (m *Media) codec(payload uint8) (Codec, bool) {
	for _, r := range m.Maps {
		if r.Payload != payload {
			continue
		}
		switch {
		case r.Rate != 8000 || r.Channels > 1:
			return 0, false
		case r.Name == "pcma":
			return PCMA, true
		case r.Name == "pcmu":
			return PCMU, true
		}
		return 0, false
	}
	return Codec(payload), payload == uint8(PCMA) || payload == uint8(PCMU)
}

// event finds telephone-event at the codec's rate among the formats.
func (m *Media) event() (uint8, bool) {
	for _, format := range m.Formats {
		number, err := strconv.ParseUint(format, 10, 7)
		if err != nil {
			continue
		}
		for _, r := range m.Maps {
			if r.Payload == uint8(number) && r.Name == "telephone-event" && r.Rate == 8000 {
				return r.Payload, true
			}
		}
	}
	return 0, false
}

func (m *Media) ptime() time.Duration {
	ms := m.PTime
	if ms == 0 {
		ms = 20
	}
	if m.MaxPTime > 0 && ms > m.MaxPTime {
		ms = m.MaxPTime
	}
	return time.Duration(ms) * time.Millisecond
}

func (m *Media) rtcpAddress(rtp netip.AddrPort) netip.AddrPort {
	switch {
	case m.Mux:
		return rtp
	case m.RTCP.Port() != 0 && m.RTCP.Addr().IsValid():
		return m.RTCP
	case m.RTCP.Port() != 0:
		return netip.AddrPortFrom(rtp.Addr(), m.RTCP.Port())
	case rtp.Port() == 65535:
		return rtp
	default:
		return netip.AddrPortFrom(rtp.Addr(), rtp.Port()+1)
	}
}

// Hold reports whether the description asks the receiver of it not to send: sendonly or inactive,
// or the old c=0.0.0.0. It looks at the first audio line in use.
func (d *Description) Hold() bool {
	for i := range d.Media {
		m := &d.Media[i]
		if m.Kind != "audio" || m.Port == 0 {
			continue
		}
		address := m.Address
		if !address.IsValid() {
			address = d.Address
		}
		theirs := d.Direction
		if m.HasDirection {
			theirs = m.Direction
		}
		return !theirs.Receives() || address.IsValid() && address.IsUnspecified()
	}
	return false
}

// String names the codec and where to send, for logs; addresses are not personal here.
func (a Agreed) String() string {
	return fmt.Sprintf("%s to %s send=%t receive=%t", a.Codec, a.Remote, a.Send, a.Receive)
}

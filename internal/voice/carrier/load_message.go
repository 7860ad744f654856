package carrier

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
)

// loadMessage is what the generator needs of a SIP message. All fields point into the packet.
type loadMessage struct {
	status  int    // of a response; 0: a request
	method  []byte // of a request; of a response, the CSeq's
	uri     []byte // of a request
	cseq    uint32
	callID  []byte
	from    []byte
	to      []byte
	contact []byte
	vias    [8][]byte
	nVias   int
	records [8][]byte
	nRecord int
	body    []byte
}

// read takes a packet apart; false for what is no SIP message.
func (m *loadMessage) read(b []byte) bool {
	*m = loadMessage{}
	line, rest, ok := cutLine(b)
	if !ok {
		return false
	}
	if bytes.HasPrefix(line, []byte("SIP/2.0 ")) && len(line) >= 11 {
		m.status, _ = strconv.Atoi(string(line[8:11]))
		if m.status < 100 {
			return false
		}
	} else {
		first := bytes.IndexByte(line, ' ')
		last := bytes.LastIndexByte(line, ' ')
		if first <= 0 || last <= first || !bytes.Equal(line[last+1:], []byte("SIP/2.0")) {
			return false
		}
		m.method, m.uri = line[:first], line[first+1:last]
	}
	for {
		line, rest, ok = cutLine(rest)
		if !ok {
			return false
		}
		if len(line) == 0 {
			break
		}
		m.header(line)
	}
	m.body = rest
	return m.callID != nil && m.from != nil && m.to != nil && m.method != nil && m.nVias > 0
}

func cutLine(b []byte) (line, rest []byte, ok bool) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return nil, nil, false
	}
	return bytes.TrimRight(b[:i], "\r"), b[i+1:], true
}

func (m *loadMessage) header(line []byte) {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 {
		return
	}
	name, value := bytes.TrimSpace(line[:colon]), bytes.TrimSpace(line[colon+1:])
	is := func(long string, short byte) bool {
		return len(name) == len(long) && bytes.EqualFold(name, []byte(long)) || len(name) == 1 && name[0]|0x20 == short
	}
	switch {
	case is("Via", 'v'):
		if m.nVias < len(m.vias) {
			m.vias[m.nVias] = value
			m.nVias++
		}
	case is("Call-ID", 'i'):
		m.callID = value
	case is("From", 'f'):
		m.from = value
	case is("To", 't'):
		m.to = value
	case is("Contact", 'm'):
		m.contact = value
	case is("CSeq", 0):
		number, method, _ := bytes.Cut(value, []byte(" "))
		n, _ := strconv.ParseUint(string(number), 10, 32)
		m.cseq = uint32(n)
		if m.status != 0 {
			m.method = bytes.TrimSpace(method)
		}
	case is("Record-Route", 0):
		if m.nRecord < len(m.records) {
			m.records[m.nRecord] = value
			m.nRecord++
		}
	}
}

// uriOf gives the URI inside <>, or the whole up to the first parameter.
func uriOf(value []byte) []byte {
	if i := bytes.IndexByte(value, '<'); i >= 0 {
		value = value[i+1:]
		if j := bytes.IndexByte(value, '>'); j >= 0 {
			return value[:j]
		}
		return value
	}
	uri, _, _ := bytes.Cut(value, []byte(";"))
	return uri
}

// tagOf gives the tag of a From or To, nil without one.
func tagOf(value []byte) []byte {
	if i := bytes.IndexByte(value, '>'); i >= 0 {
		value = value[i:]
	}
	i := bytes.Index(value, []byte(";tag="))
	if i < 0 {
		return nil
	}
	tag := value[i+5:]
	if j := bytes.IndexAny(tag, "; \t"); j >= 0 {
		tag = tag[:j]
	}
	return tag
}

// hostPort gives the address that a URI's host names; invalid for a name, which the generator does not look up.
func hostPort(uri []byte) netip.AddrPort {
	text := string(uri)
	if _, rest, ok := strings.Cut(text, ":"); ok {
		text = rest
	}
	if i := strings.IndexByte(text, '@'); i >= 0 {
		text = text[i+1:]
	}
	if i := strings.IndexAny(text, ";?>"); i >= 0 {
		text = text[:i]
	}
	if at, err := netip.ParseAddrPort(text); err == nil {
		return at
	}
	if ip, err := netip.ParseAddr(text); err == nil {
		return netip.AddrPortFrom(ip, 5060)
	}
	return netip.AddrPort{}
}

// mediaOf reads address and port of the first audio line without taking the description apart.
func mediaOf(body []byte) netip.AddrPort {
	var ip netip.Addr
	port := 0
	for len(body) > 0 {
		line, rest, ok := cutLine(body)
		if !ok {
			line, rest = body, nil
		}
		body = rest
		switch {
		case bytes.HasPrefix(line, []byte("c=IN IP4 ")):
			if a, err := netip.ParseAddr(string(bytes.TrimSpace(line[9:]))); err == nil {
				ip = a
			}
		case bytes.HasPrefix(line, []byte("m=audio ")) && port == 0:
			number, _, _ := bytes.Cut(line[8:], []byte(" "))
			port, _ = strconv.Atoi(string(number))
		}
	}
	if !ip.IsValid() || port <= 0 || port > 65535 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ip, uint16(port))
}

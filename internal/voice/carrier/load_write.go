package carrier

import (
	"bytes"
	"net/netip"
	"strconv"
)

// queue gives the next buffer of the batch, sending first when it is full.
func (l *loadSIP) queue(to netip.AddrPort, fill func(b []byte) []byte) {
	if l.out.full() {
		_ = l.out.send(l.fd) // repeated like any loss
	}
	l.out.add(to, fill)
}

// head writes what all requests of a call have in common; the order of headers is that of RFC 3261's examples.
func (l *loadSIP) head(b []byte, c *loadCall, method string, uri []byte, cseq int, ack bool) []byte {
	b = append(b, method...)
	b = append(b, ' ')
	b = append(b, uri...)
	b = append(b, " SIP/2.0\r\nVia: SIP/2.0/UDP "...)
	b = l.local.AppendTo(b)
	b = append(b, ";rport;branch=z9hG4bK"...)
	b = append(b, l.run0...)
	b = append(b, '-')
	b = strconv.AppendInt(b, int64(c.index), 10)
	b = append(b, '-')
	b = strconv.AppendInt(b, int64(cseq), 10)
	if ack { // of a 2xx: a transaction of its own
		b = append(b, 'a')
	}
	b = append(b, "\r\nMax-Forwards: 70\r\nFrom: <sip:"...)
	b = starred(b, l.cfg.Caller, c.index)
	b = append(b, '@')
	b = l.local.Addr().AppendTo(b)
	b = append(b, ">;tag=c"...)
	b = strconv.AppendInt(b, int64(c.index), 10)
	b = append(b, "\r\nTo: <"...)
	b = l.dialled(b, c)
	b = append(b, '>')
	if c.theirTag != nil {
		b = append(b, ";tag="...)
		b = append(b, c.theirTag...)
	}
	b = append(b, "\r\nCall-ID: L"...)
	b = append(b, l.run0...)
	b = append(b, '-')
	b = strconv.AppendInt(b, int64(c.index), 10)
	b = append(b, '@')
	b = l.local.Addr().AppendTo(b)
	b = append(b, "\r\nCSeq: "...)
	b = strconv.AppendInt(b, int64(cseq), 10)
	b = append(b, ' ')
	b = append(b, method...)
	b = append(b, "\r\n"...)
	for _, r := range c.routes {
		b = append(b, "Route: "...)
		b = append(b, r...)
		b = append(b, "\r\n"...)
	}
	return b
}

// dialled writes the URI of the called number.
func (l *loadSIP) dialled(b []byte, c *loadCall) []byte {
	b = append(b, "sip:"...)
	b = append(starred(b, l.cfg.Called, c.index), '@')
	return l.cfg.Target.AppendTo(b)
}

// starred writes a number whose stars are the call's index.
func starred(b []byte, number string, index int) []byte {
	for i := range len(number) {
		if number[i] == '*' {
			b = strconv.AppendInt(b, int64(index), 10)
			continue
		}
		b = append(b, number[i])
	}
	return b
}

func (l *loadSIP) invite(c *loadCall) {
	l.queue(l.cfg.Target, func(b []byte) []byte {
		var uri [96]byte
		b = l.head(b, c, "INVITE", l.dialled(uri[:0], c), 1, false)
		b = append(b, "Contact: <sip:"...)
		b = starred(b, l.cfg.Caller, c.index)
		b = append(b, '@')
		b = l.local.AppendTo(b)
		b = append(b, ">\r\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\n"...)
		for _, h := range l.cfg.Headers {
			b = append(b, h.Name...)
			b = append(b, ": "...)
			b = append(b, h.Value...)
			b = append(b, "\r\n"...)
		}
		return l.withBody(b, uint32(c.index))
	})
}

// withBody ends a message with the description of the stream.
func (l *loadSIP) withBody(b []byte, stream uint32) []byte {
	var raw [400]byte
	at := l.media.local(stream)
	body := append(raw[:0], "v=0\r\no=- "...)
	body = strconv.AppendUint(body, uint64(stream)+1, 10)
	body = append(body, " 1 IN IP4 "...)
	body = at.Addr().AppendTo(body)
	body = append(body, "\r\ns=-\r\nc=IN IP4 "...)
	body = at.Addr().AppendTo(body)
	body = append(body, "\r\nt=0 0\r\nm=audio "...)
	body = strconv.AppendInt(body, int64(at.Port()), 10)
	body = append(body, " RTP/AVP "...)
	body = strconv.AppendInt(body, int64(l.cfg.Codec), 10)
	body = append(body, "\r\na=rtpmap:"...)
	body = strconv.AppendInt(body, int64(l.cfg.Codec), 10)
	body = append(body, ' ')
	body = append(body, l.cfg.Codec.String()...)
	body = append(body, "/8000\r\na=ptime:20\r\na=sendrecv\r\n"...)
	b = append(b, "Content-Type: application/sdp\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	b = append(b, "\r\n\r\n"...)
	return append(b, body...)
}

func (l *loadSIP) ack(c *loadCall) {
	l.queue(c.to, func(b []byte) []byte {
		return append(l.head(b, c, "ACK", c.target, 1, true), "Content-Length: 0\r\n\r\n"...)
	})
}

// ackRefusal acknowledges a refusal: same branch as the INVITE, their To (RFC 3261 section 17.1.1.3).
func (l *loadSIP) ackRefusal(c *loadCall, m *loadMessage) {
	tag := c.theirTag
	c.theirTag = tagOf(m.to)
	l.queue(l.cfg.Target, func(b []byte) []byte {
		var uri [96]byte
		return append(l.head(b, c, "ACK", l.dialled(uri[:0], c), 1, false), "Content-Length: 0\r\n\r\n"...)
	})
	c.theirTag = tag
}

func (l *loadSIP) bye(c *loadCall) {
	l.queue(c.to, func(b []byte) []byte {
		return append(l.head(b, c, "BYE", c.target, 2, false), "Content-Length: 0\r\n\r\n"...)
	})
}

// reply answers a request from the calling side's port.
func (l *loadSIP) reply(m *loadMessage, to netip.AddrPort, status int, phrase string, tag []byte, stream uint32, describe bool) {
	l.queue(to, func(b []byte) []byte { return l.response(b, m, to, l.local, status, phrase, tag, stream, describe) })
}

// response writes an answer to a request.
func (l *loadSIP) response(b []byte, m *loadMessage, to, local netip.AddrPort, status int, phrase string, tag []byte,
	stream uint32, describe bool,
) []byte {
	b = append(b, "SIP/2.0 "...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, ' ')
	b = append(b, phrase...)
	b = append(b, "\r\n"...)
	for i := range m.nVias {
		b = append(b, "Via: "...)
		b = appendVia(b, m.vias[i], to, i == 0)
		b = append(b, "\r\n"...)
	}
	for i := range m.nRecord {
		b = append(b, "Record-Route: "...)
		b = append(b, m.records[i]...)
		b = append(b, "\r\n"...)
	}
	b = append(b, "From: "...)
	b = append(b, m.from...)
	b = append(b, "\r\nTo: "...)
	b = append(b, m.to...)
	if tag != nil && tagOf(m.to) == nil {
		b = append(b, ";tag="...)
		b = append(b, tag...)
	}
	b = append(b, "\r\nCall-ID: "...)
	b = append(b, m.callID...)
	b = append(b, "\r\nCSeq: "...)
	b = strconv.AppendUint(b, uint64(m.cseq), 10)
	b = append(b, ' ')
	b = append(b, m.method...)
	b = append(b, "\r\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE\r\nContact: <sip:load@"...)
	b = local.AppendTo(b)
	b = append(b, ">\r\n"...)
	if describe {
		return l.withBody(b, stream)
	}
	return append(b, "Content-Length: 0\r\n\r\n"...)
}

// appendVia writes a Via; the first one gets the port it came from when it asks (RFC 3581).
func appendVia(b, via []byte, from netip.AddrPort, first bool) []byte {
	i := bytes.Index(via, []byte(";rport"))
	if !first || i < 0 || i+6 < len(via) && via[i+6] == '=' {
		return append(b, via...)
	}
	b = append(b, via[:i+6]...)
	b = append(b, '=')
	b = strconv.AppendInt(b, int64(from.Port()), 10)
	b = append(b, ";received="...)
	b = from.Addr().AppendTo(b)
	return append(b, via[i+6:]...)
}

package rtp

import "encoding/binary"

// ClockRate is the timestamp units in a second of telephone audio (RFC 3551: PCMU, PCMA; RFC 4733 with them).
const ClockRate = 8000

// HeaderSize is the bytes of the header that we write: no sources, no extension.
const HeaderSize = 12

// Packet is one RTP packet. Payload points into the bytes that were parsed.
type Packet struct {
	Marker      bool
	PayloadType uint8
	Sequence    uint16
	Timestamp   uint32
	SSRC        uint32
	Payload     []byte
}

// Parse reads an RTP packet, skipping contributing sources, extension and padding (RFC 3550 5.1). It reports false
// for anything that is none.
func Parse(b []byte) (Packet, bool) {
	if len(b) < HeaderSize || b[0]>>6 != 2 {
		return Packet{}, false
	}
	p := Packet{
		Marker: b[1]&0x80 != 0, PayloadType: b[1] & 0x7F, Sequence: binary.BigEndian.Uint16(b[2:]),
		Timestamp: binary.BigEndian.Uint32(b[4:]), SSRC: binary.BigEndian.Uint32(b[8:]),
	}
	at := HeaderSize + 4*int(b[0]&0x0F)
	if b[0]&0x10 != 0 {
		if len(b) < at+4 {
			return Packet{}, false
		}
		at += 4 + 4*int(binary.BigEndian.Uint16(b[at+2:]))
	}
	end := len(b)
	if b[0]&0x20 != 0 {
		padding := int(b[end-1])
		if padding == 0 {
			return Packet{}, false
		}
		end -= padding
	}
	if at > end {
		return Packet{}, false
	}
	p.Payload = b[at:end]
	return p, true
}

// Put writes the header into b, which holds at least HeaderSize bytes; the payload follows it.
func (p *Packet) Put(b []byte) {
	_ = b[HeaderSize-1]
	b[0] = 0x80
	b[1] = p.PayloadType & 0x7F
	if p.Marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], p.Sequence)
	binary.BigEndian.PutUint32(b[4:], p.Timestamp)
	binary.BigEndian.PutUint32(b[8:], p.SSRC)
}

// IsRTCP tells control from audio where both come to one port (RFC 5761 4).
func IsRTCP(b []byte) bool { return len(b) >= 8 && b[0]>>6 == 2 && b[1] >= 192 && b[1] <= 223 }

package carrier

import "encoding/binary"

// packet is one RTP packet (RFC 3550 section 5.1). Payload points into the buffer it was read from.
type packet struct {
	Type      uint8
	Marker    bool
	Sequence  uint16
	Timestamp uint32
	SSRC      uint32
	Payload   []byte
}

const rtpHeader = 12

// parseRTP reads a packet; false for anything that is none.
func parseRTP(b []byte) (packet, bool) {
	if len(b) < rtpHeader || b[0]>>6 != 2 {
		return packet{}, false
	}
	p := packet{
		Type: b[1] & 0x7F, Marker: b[1]&0x80 != 0, Sequence: binary.BigEndian.Uint16(b[2:]),
		Timestamp: binary.BigEndian.Uint32(b[4:]), SSRC: binary.BigEndian.Uint32(b[8:]),
	}
	at := rtpHeader + 4*int(b[0]&15)
	if b[0]&0x10 != 0 { // extension
		if len(b) < at+4 {
			return packet{}, false
		}
		at += 4 + 4*int(binary.BigEndian.Uint16(b[at+2:]))
	}
	end := len(b)
	if b[0]&0x20 != 0 { // padding; its last byte is its length
		end -= int(b[len(b)-1])
	}
	if at > end {
		return packet{}, false
	}
	p.Payload = b[at:end]
	return p, true
}

// appendRTP writes the header and payload.
func appendRTP(b []byte, p packet) []byte {
	second := p.Type
	if p.Marker {
		second |= 0x80
	}
	b = append(b, 0x80, second)
	b = binary.BigEndian.AppendUint16(b, p.Sequence)
	b = binary.BigEndian.AppendUint32(b, p.Timestamp)
	b = binary.BigEndian.AppendUint32(b, p.SSRC)
	return append(b, p.Payload...)
}

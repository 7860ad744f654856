package live

import (
	"encoding/binary"
	"strconv"
)

// Server frames are not masked and, here, never fragmented or compressed (RFC 6455, section 5.2).
const (
	opText = 0x81 // FIN and text
	opPing = 0x89 // FIN and ping

	largestSmall  = 125
	largestMedium = 1<<16 - 1
)

// appendHeader appends the header of a frame with n bytes of payload.
func appendHeader(b []byte, op byte, n int) []byte {
	switch {
	case n <= largestSmall:
		return append(b, op, byte(n))
	case n <= largestMedium:
		return binary.BigEndian.AppendUint16(append(b, op, 126), uint16(n))
	default:
		return binary.BigEndian.AppendUint64(append(b, op, 127), uint64(n))
	}
}

const eventPrefix = `{"type":"event","seq":`

// appendEvent appends the frame of an event: the number is the stream's, the rest is shared by all.
func appendEvent(b []byte, seq uint64, rest []byte) []byte {
	b = appendHeader(b, opText, len(eventPrefix)+digits(seq)+len(rest))
	b = append(b, eventPrefix...)
	b = strconv.AppendUint(b, seq, 10)
	return append(b, rest...)
}

func appendText(b []byte, payload []byte) []byte {
	return append(appendHeader(b, opText, len(payload)), payload...)
}

func digits(n uint64) int {
	d := 1
	for ; n >= 10; n /= 10 {
		d++
	}
	return d
}

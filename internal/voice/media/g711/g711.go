// Package g711 turns linear samples into A-law and mu-law and back (ITU-T G.711), and one law into the other.
//
// All conversions are table look-ups made at start-up; none allocates. A frame of 20 ms takes about 0.1 us.
package g711

// SampleRate is the number of samples, and so of bytes, in one second.
const SampleRate = 8000

// Silence of either law: the smallest positive value, which a decoder gives back as next to nothing.
const (
	ALawSilence  byte = 0xD5
	MuLawSilence byte = 0xFF
)

var (
	aToLinear  [256]int16
	muToLinear [256]int16
	aToMu      [256]byte
	muToA      [256]byte
	linearToA  [8192]byte  // by the upper 13 bits
	linearToMu [16384]byte // by the upper 14 bits
)

func init() {
	for i := range 256 {
		aToLinear[i] = expandA(byte(i))
		muToLinear[i] = expandMu(byte(i))
	}
	for i := range linearToA {
		linearToA[i] = compressA(int16(i << 3)) // the upper 13 bits, sign included
	}
	for i := range linearToMu {
		linearToMu[i] = compressMu(int16(i << 2)) // the upper 14 bits, sign included
	}
	for i := range 256 {
		aToMu[i] = EncodeMuLaw(aToLinear[i])
		muToA[i] = EncodeALaw(muToLinear[i])
	}
}

// expandA gives the linear value of an A-law byte in 16 bits (G.711 table 1: 13 bits, moved left by three).
func expandA(b byte) int16 {
	b ^= 0x55
	mantissa := int(b & 0x0F)
	exponent := int(b>>4) & 7
	v := mantissa<<4 + 8
	if exponent > 0 {
		v = (v + 0x100) << (exponent - 1)
	}
	if b&0x80 == 0 {
		v = -v
	}
	return int16(v) // at most 32256
}

// expandMu gives the linear value of a mu-law byte in 16 bits (G.711 table 2: 14 bits, moved left by two).
func expandMu(b byte) int16 {
	b = ^b
	mantissa := int(b & 0x0F)
	exponent := int(b>>4) & 7
	v := (mantissa<<3+0x84)<<exponent - 0x84
	if b&0x80 != 0 {
		v = -v
	}
	return int16(v) // at most 32124
}

// compressA finds the A-law byte whose step holds the value.
func compressA(sample int16) byte {
	v, sign := int(sample)>>3, byte(0x80)
	if v < 0 {
		v, sign = -v-1, 0
	}
	// v has 12 bits now.
	exponent := 0
	for limit := 32; exponent < 7 && v >= limit; limit <<= 1 {
		exponent++
	}
	mantissa := v >> 1
	if exponent > 1 {
		mantissa = v >> exponent
	}
	return (sign | byte(exponent<<4) | byte(mantissa&0x0F)) ^ 0x55 // three and four bits
}

// compressMu finds the mu-law byte whose step holds the value.
func compressMu(sample int16) byte {
	v, sign := int(sample), byte(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	v = min(v, 32635) + 0x84
	exponent := 7
	for mask := 0x4000; exponent > 0 && v&mask == 0; mask >>= 1 {
		exponent--
	}
	return ^(sign | byte(exponent<<4) | byte(v>>(exponent+3)&0x0F)) // three and four bits
}

// EncodeALaw gives the A-law byte of a sample.
func EncodeALaw(sample int16) byte { return linearToA[uint16(sample)>>3] } // the bits are wanted

// EncodeMuLaw gives the mu-law byte of a sample.
func EncodeMuLaw(sample int16) byte { return linearToMu[uint16(sample)>>2] } // the bits are wanted

// DecodeALaw gives the sample of an A-law byte.
func DecodeALaw(b byte) int16 { return aToLinear[b] }

// DecodeMuLaw gives the sample of a mu-law byte.
func DecodeMuLaw(b byte) int16 { return muToLinear[b] }

// AToMu turns A-law into mu-law in place.
func AToMu(payload []byte) {
	for i, b := range payload {
		payload[i] = aToMu[b]
	}
}

// MuToA turns mu-law into A-law in place.
func MuToA(payload []byte) {
	for i, b := range payload {
		payload[i] = muToA[b]
	}
}

// ALawTable is the sample of each A-law byte. It must not be changed.
func ALawTable() *[256]int16 { return &aToLinear }

// MuLawTable is the sample of each mu-law byte. It must not be changed.
func MuLawTable() *[256]int16 { return &muToLinear }

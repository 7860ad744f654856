package g711_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/voice/media/g711"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

// The corner values of G.711 tables 1a, 1b, 2a and 2b.
func TestKnownValues(t *testing.T) {
	t.Parallel()
	for b, want := range map[byte]int16{0xD5: 8, 0x55: -8, 0xAA: 32256, 0x2A: -32256, 0xD4: 24, 0xC5: 264} {
		require.Equal(t, want, g711.DecodeALaw(b), "A-law %#x", b)
	}
	for b, want := range map[byte]int16{0xFF: 0, 0x7F: 0, 0x80: 32124, 0x00: -32124, 0xFE: 8, 0x7E: -8, 0xEF: 132} {
		require.Equal(t, want, g711.DecodeMuLaw(b), "mu-law %#x", b)
	}
}

func TestEveryByteSurvivesItsOwnLaw(t *testing.T) {
	t.Parallel()
	for i := range 256 {
		b := byte(i)
		require.Equal(t, b, g711.EncodeALaw(g711.DecodeALaw(b)))
		if b != 0x7F { // negative zero
			require.Equal(t, b, g711.EncodeMuLaw(g711.DecodeMuLaw(b)))
		}
	}
}

func TestErrorOfASampleIsAtMostHalfAStep(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.Int16().Draw(t, "sample")
		size := max(int(s), -int(s))
		// The step is at most a sixteenth of the segment's start; the widest one clips at 32256 or 32124.
		limit := size/16 + 16
		if size > 32000 {
			limit = 1024
		}
		for law, got := range map[string]int16{
			"a": g711.DecodeALaw(g711.EncodeALaw(s)), "mu": g711.DecodeMuLaw(g711.EncodeMuLaw(s)),
		} {
			require.LessOrEqual(t, max(int(got)-int(s), int(s)-int(got)), limit, "%s %d", law, s)
		}
	})
}

func TestLawsTurnIntoEachOtherAndBack(t *testing.T) {
	t.Parallel()
	for i := range 256 {
		p := []byte{byte(i)}
		g711.AToMu(p)
		g711.MuToA(p)
		d := int(g711.DecodeALaw(p[0])) - int(g711.DecodeALaw(byte(i)))
		// One step off at the most: the laws' steps do not coincide.
		require.LessOrEqual(t, max(d, -d), max(int(g711.DecodeALaw(byte(i))), -int(g711.DecodeALaw(byte(i))))/12+16)
	}
	p := []byte{g711.ALawSilence}
	g711.AToMu(p)
	require.LessOrEqual(t, g711.DecodeMuLaw(p[0]), int16(8))
}

func BenchmarkFrameAToMu(b *testing.B) {
	frame := make([]byte, 160)
	for b.Loop() {
		g711.AToMu(frame)
	}
}

func FuzzConvert(f *testing.F) {
	f.Add([]byte{0, 1, 2, 0xD5, 0xFF})
	f.Fuzz(func(t *testing.T, p []byte) {
		n := len(p)
		g711.AToMu(p)
		g711.MuToA(p)
		require.Len(t, p, n)
	})
}

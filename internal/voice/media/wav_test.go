package media

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/voice/media/g711"
)

// wav writes a file of tones, one for each channel.
func wav(rate, length int, hz ...float64) []byte {
	var audio []byte
	for i := range length {
		for _, f := range hz {
			s := int16(12000 * math.Sin(2*math.Pi*f*float64(i)/float64(rate)))
			audio = binary.LittleEndian.AppendUint16(audio, uint16(s))
		}
	}
	return riff(1, len(hz), rate, 16, audio)
}

func riff(kind, channels, rate, bits int, audio []byte) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WAVELIST\x03\x00\x00\x00abc\x00fmt \x10\x00\x00\x00")
	b = binary.LittleEndian.AppendUint16(b, uint16(kind))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate*channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(bits))
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(audio)))
	return append(b, audio...)
}

func level(p *Prompt, hz float64) float64 {
	var re, im float64
	n := p.samples - 800
	for i := range n { // the edges left out
		s := float64(g711.DecodeALaw(p.alaw[400+i]))
		re += s * math.Cos(2*math.Pi*hz*float64(i)/8000)
		im += s * math.Sin(2*math.Pi*hz*float64(i)/8000)
	}
	return 2 * math.Hypot(re, im) / float64(n)
}

func TestPromptsOfAnyRateSoundTheSame(t *testing.T) {
	t.Parallel()
	for _, rate := range []int{8000, 11025, 16000, 22050, 32000, 44100, 48000} {
		p, err := LoadPrompt(bytes.NewReader(wav(rate, rate, 1000)))
		require.NoError(t, err)
		require.InDelta(t, time.Second, p.Duration(), float64(time.Millisecond), rate)
		require.InDelta(t, 12000, level(p, 1000), 400, rate)
		require.Zero(t, len(p.alaw)%frameSize)
		require.Len(t, p.ulaw, len(p.alaw))
	}
	// What 8 kHz cannot hold is taken out and does not fold back: 6 kHz would be heard at 2 kHz.
	p, err := LoadPrompt(bytes.NewReader(wav(48000, 48000, 6000)))
	require.NoError(t, err)
	require.Less(t, level(p, 2000), 60.0)
	// Stereo becomes the mean.
	p, err = LoadPrompt(bytes.NewReader(wav(16000, 16000, 500, 1500)))
	require.NoError(t, err)
	require.InDelta(t, 6000, level(p, 500), 300)
	require.InDelta(t, 6000, level(p, 1500), 300)
	// A-law and mu-law are taken as they are.
	p, err = LoadPrompt(bytes.NewReader(riff(6, 1, 8000, 8, Tone(time.Second, 700).alaw)))
	require.NoError(t, err)
	require.Equal(t, Tone(time.Second, 700).alaw, p.alaw)
}

func TestBadFilesAreRefusedInWords(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][]byte{
		"nothing": nil, "no wav": []byte("hello, this is text"), "no data": wav(8000, 1, 440)[:40], "empty": wav(8000, 0, 440),
		"float": riff(3, 1, 8000, 32, make([]byte, 64)), "surround": riff(1, 6, 8000, 16, make([]byte, 64)),
		"rate": riff(1, 1, 1, 16, make([]byte, 64)), "mp3": riff(0x55, 1, 8000, 16, make([]byte, 64)),
	} {
		_, err := LoadPrompt(bytes.NewReader(b))
		require.ErrorContains(t, err, "voice.prompt_bad", name)
	}
}

func TestJoinedPromptsHaveNoGap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SliceOfN(rapid.IntRange(0, 1000), 1, 6).Draw(t, "samples")
		var parts []*Prompt
		sum := 0
		for _, k := range n {
			s := make([]int16, k)
			for i := range s {
				s[i] = 5000
			}
			parts = append(parts, NewPrompt(s))
			sum += k
		}
		p := Join(parts...)
		require.Equal(t, sum, p.samples)
		require.Zero(t, len(p.alaw)%frameSize)
		for i, b := range p.alaw {
			if i < sum {
				require.Equal(t, g711.EncodeALaw(5000), b)
			} else {
				require.Equal(t, g711.ALawSilence, b)
			}
		}
	})
}

func FuzzLoadPrompt(f *testing.F) {
	f.Add(wav(16000, 100, 440))
	f.Add(riff(6, 2, 8000, 8, []byte{1, 2, 3}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 4096 {
			return
		}
		p, err := LoadPrompt(bytes.NewReader(b))
		if err == nil {
			require.Zero(t, len(p.law(0))%frameSize)
		}
	})
}

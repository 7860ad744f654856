package media

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"yingda/internal/platform/fault"
	"yingda/internal/voice/media/g711"
)

// maxWAV bounds a prompt's file: an hour at 8 kHz, five minutes of stereo at 48 kHz.
const maxWAV = 64 << 20

// Formats of WAV files that are read.
const (
	wavPCM        = 1
	wavALaw       = 6
	wavMuLaw      = 7
	wavExtensible = 0xFFFE
)

// LoadPrompt reads a WAV file: PCM of 16 bits at any rate from 4 to 192 kHz, mono or stereo (mixed to mono), or A-law or
// mu-law. It is turned into 8 kHz and both laws once. The fault voice.prompt_bad says what is wrong with a file.
func LoadPrompt(wav io.Reader) (*Prompt, error) {
	data, err := io.ReadAll(io.LimitReader(wav, maxWAV+1))
	if err != nil {
		return nil, fmt.Errorf("read prompt: %w", err)
	}
	if len(data) > maxWAV {
		return nil, badPrompt("is larger than %d MB", maxWAV>>20)
	}
	f, audio, err := parseWAV(data)
	if err != nil {
		return nil, err
	}
	mono, err := f.mono(audio)
	if err != nil {
		return nil, err
	}
	return NewPrompt(resample(mono, int(f.rate))), nil
}

func badPrompt(format string, args ...any) error {
	return fault.New(fault.Invalid, "voice.prompt_bad", "the audio file %s", fmt.Sprintf(format, args...)).
		WithRemedy("Save it as WAV: PCM of 16 bits, mono or stereo, best at 8 or 16 kHz.")
}

// wavFormat is the "fmt " chunk.
type wavFormat struct {
	kind     uint16
	channels uint16
	rate     uint32
	bits     uint16
}

// parseWAV finds format and audio. An audio chunk that claims more than there is (a stream's 0xFFFFFFFF) ends with the file.
func parseWAV(b []byte) (f wavFormat, audio []byte, err error) {
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return f, nil, badPrompt("is no WAV file")
	}
	known := false
	for b = b[12:]; len(b) >= 8; {
		name, size := string(b[:4]), int(binary.LittleEndian.Uint32(b[4:]))
		b = b[8:]
		body := b[:min(size, len(b))]
		switch {
		case name == "fmt " && len(body) >= 16:
			f = wavFormat{
				kind: binary.LittleEndian.Uint16(body), channels: binary.LittleEndian.Uint16(body[2:]),
				rate: binary.LittleEndian.Uint32(body[4:]), bits: binary.LittleEndian.Uint16(body[14:]),
			}
			if f.kind == wavExtensible && len(body) >= 26 {
				f.kind = binary.LittleEndian.Uint16(body[24:])
			}
			known = true
		case name == "data" && known:
			return f, body, f.validate()
		}
		b = b[min(size+size%2, len(b)):]
	}
	return f, nil, badPrompt("holds no audio")
}

func (f wavFormat) validate() error {
	switch {
	case f.channels != 1 && f.channels != 2:
		return badPrompt("has %d channels", f.channels)
	case f.rate < 4000 || f.rate > 192000:
		return badPrompt("has a rate of %d Hz", f.rate)
	case f.kind == wavPCM && f.bits == 16, (f.kind == wavALaw || f.kind == wavMuLaw) && f.bits == 8:
		return nil
	}
	return badPrompt("has the format %d with %d bits", f.kind, f.bits)
}

// mono gives the samples, of stereo the mean of both sides.
func (f wavFormat) mono(audio []byte) ([]int16, error) {
	width := int(f.channels) * int(f.bits) / 8
	samples := make([]int16, len(audio)/width)
	if len(samples) == 0 {
		return nil, badPrompt("is empty")
	}
	for i := range samples {
		sum := 0
		for c := range int(f.channels) {
			sum += int(f.sample(audio[i*width+c*width/int(f.channels):]))
		}
		samples[i] = int16(sum / int(f.channels)) // a mean of 16 bits
	}
	return samples, nil
}

func (f wavFormat) sample(b []byte) int16 {
	switch f.kind {
	case wavALaw:
		return g711.DecodeALaw(b[0])
	case wavMuLaw:
		return g711.DecodeMuLaw(b[0])
	}
	return int16(binary.LittleEndian.Uint16(b)) // the bits are wanted
}

// resample turns samples of a rate into 8 kHz by a windowed sinc, whose pass band ends below half of the lower rate so
// that nothing folds back.
func resample(in []int16, rate int) []int16 {
	const to, zeros = g711.SampleRate, 16
	if rate == to {
		return in
	}
	divisor := gcd(rate, to)
	step, phases := rate/divisor, to/divisor // output i lies at input i*step/phases
	cut := 0.95 * min(1, float64(to)/float64(rate))
	half := int(math.Ceil(zeros / cut))
	filter := sincFilter(phases, half, cut)
	out := make([]int16, max(int(int64(len(in))*to/int64(rate)), 1))
	for i := range out {
		at := int64(i) * int64(step)
		middle, taps := int(at/int64(phases)), filter[int(at%int64(phases))]
		sum := 0.0
		for k, weight := range taps {
			if j := middle + k - half + 1; j >= 0 && j < len(in) {
				sum += weight * float64(in[j])
			}
		}
		out[i] = int16(min(max(math.Round(sum), math.MinInt16), math.MaxInt16))
	}
	return out
}

// sincFilter gives the weights for each position of an output between two inputs; each row adds up to 1.
func sincFilter(phases, half int, cut float64) [][]float64 {
	filter := make([][]float64, phases)
	for p := range filter {
		taps, sum := make([]float64, 2*half), 0.0
		for k := range taps {
			x := float64(k-half+1) - float64(p)/float64(phases)
			w := 0.5 + 0.5*math.Cos(math.Pi*x/float64(half))
			v := cut
			if x != 0 {
				v = math.Sin(math.Pi*x*cut) / (math.Pi * x)
			}
			taps[k] = v * max(w, 0)
			sum += taps[k]
		}
		for k := range taps {
			taps[k] /= sum
		}
		filter[p] = taps
	}
	return filter
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

package media

import (
	"math"
	"time"

	"yingda/internal/voice/media/dtmf"
	"yingda/internal/voice/media/g711"
	"yingda/internal/voice/sdp"
)

// Prompt is audio in both laws, encoded once and shared by all legs that play it. It never changes.
type Prompt struct {
	alaw, ulaw []byte // whole frames
	samples    int    // before filling up to whole frames
}

// NewPrompt encodes samples at 8 kHz.
func NewPrompt(samples []int16) *Prompt {
	n := (len(samples) + frameSize - 1) / frameSize * frameSize
	p := &Prompt{alaw: make([]byte, n), ulaw: make([]byte, n), samples: len(samples)}
	for i := range n {
		var s int16
		if i < len(samples) {
			s = samples[i]
		}
		p.alaw[i], p.ulaw[i] = g711.EncodeALaw(s), g711.EncodeMuLaw(s)
	}
	return p
}

// Duration is the length of the audio.
func (p *Prompt) Duration() time.Duration {
	return time.Duration(p.samples) * time.Second / g711.SampleRate
}

func (p *Prompt) law(codec sdp.Codec) []byte {
	if codec == sdp.PCMU {
		return p.ulaw
	}
	return p.alaw
}

// Join makes one prompt of several, without a gap between them (the digits of a number, the parts of an announcement).
func Join(prompts ...*Prompt) *Prompt {
	joined := &Prompt{}
	for _, p := range prompts {
		joined.alaw = append(joined.alaw, p.alaw[:p.samples]...)
		joined.ulaw = append(joined.ulaw, p.ulaw[:p.samples]...)
		joined.samples += p.samples
	}
	for len(joined.alaw)%frameSize != 0 {
		joined.alaw = append(joined.alaw, g711.ALawSilence)
		joined.ulaw = append(joined.ulaw, g711.MuLawSilence)
	}
	return joined
}

// Tone makes a tone of one or more frequencies in Hz, each at -10 dBm0, with 5 ms to swell and fade.
func Tone(length time.Duration, hz ...float64) *Prompt { return NewPrompt(tone(length, hz...)) }

func tone(length time.Duration, hz ...float64) []int16 {
	const amplitude = 7200 // full scale is about +3 dBm0
	samples := make([]int16, samplesIn(length))
	for i := range samples {
		v := 0.0
		for _, f := range hz {
			v += math.Sin(2 * math.Pi * f * float64(i) / g711.SampleRate)
		}
		edge := min(float64(min(i, len(samples)-1-i))/40, 1)
		samples[i] = int16(min(max(v*amplitude*edge, math.MinInt16), math.MaxInt16))
	}
	return samples
}

// Silence makes a prompt of silence.
func Silence(length time.Duration) *Prompt { return NewPrompt(make([]int16, samplesIn(length))) }

// Ringing is one cycle of the tone a caller hears while the called phone rings in China: 450 Hz, 1 s in 5 s (GF 002-9002).
// Loop it.
func Ringing() *Prompt { return Join(Tone(time.Second, 450), Silence(4*time.Second)) }

// Busy is one cycle of the busy tone of China: 450 Hz, 0.35 s in 0.7 s. Loop it.
func Busy() *Prompt { return Join(Tone(350*time.Millisecond, 450), Silence(350*time.Millisecond)) }

func samplesIn(d time.Duration) int { return int(max(d, 0) * g711.SampleRate / time.Second) }

// dtmfTones makes the tones of a row of keys, for far sides that take no events.
func dtmfTones(keys string, each, gap time.Duration) *Prompt {
	var all []int16
	for i := range len(keys) {
		if low, high, ok := dtmf.Tones(keys[i]); ok {
			all = append(all, tone(min(max(each, 40*time.Millisecond), 8*time.Second), low, high)...)
			all = append(all, make([]int16, samplesIn(min(max(gap, 40*time.Millisecond), 8*time.Second)))...)
		}
	}
	return NewPrompt(all)
}

// allKeyTones makes the tones of every key, as long as most telephones send them.
func allKeyTones() map[byte]*Prompt {
	const keys = "0123456789*#ABCD"
	all := make(map[byte]*Prompt, len(keys))
	for i := range len(keys) {
		all[keys[i]] = dtmfTones(keys[i:i+1], 100*time.Millisecond, 60*time.Millisecond)
	}
	return all
}

package node

import (
	"math"

	"yingda/internal/voice/media"
)

// The music that a party hears while the other one holds: a few slow notes of a pentatonic scale, made here so that an
// installation has some without anybody's rights in it. Prompts will take its place by choice.
const (
	sampleRate = 8000
	noteLength = 0.75 // seconds from note to note
	noteFade   = 2.2  // per second: a note is nearly gone when the next but one begins
	loudness   = 4500 // of 32767; some 17 dB below full, as prompts are
)

// melody is in semitones above A3 (220 Hz).
var melody = []int{0, 5, 7, 12, 9, 7, 5, 2, 0, 2, 5, 9, 7, 5, 2, 0}

func holdMusic() *media.Prompt {
	total := int(float64(len(melody)) * noteLength * sampleRate)
	sum := make([]float64, total)
	for i, note := range melody {
		hz := 220 * math.Pow(2, float64(note)/12)
		start := int(float64(i) * noteLength * sampleRate)
		for k := range total { // the end of the last notes sounds into the beginning: the loop has no seam
			t := float64(k) / sampleRate
			level := math.Exp(-noteFade * t)
			if level < 0.01 {
				break
			}
			attack := math.Min(1, t/0.02)
			at := (start + k) % total
			sum[at] += level * attack * (math.Sin(2*math.Pi*hz*t) + 0.3*math.Sin(4*math.Pi*hz*t))
		}
	}
	samples := make([]int16, total)
	for i, v := range sum {
		samples[i] = int16(loudness * math.Max(-1.5, math.Min(1.5, v)))
	}
	return media.NewPrompt(samples)
}

package carrier

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Class is what sound is, roughly.
type Class string

// The classes of sound.
const (
	HeardNothing Class = "nothing" // no packets
	HeardSilence Class = "silence" // packets without energy
	HeardTone    Class = "tone"    // one or two pure tones most of the time
	HeardSpeech  Class = "speech"  // energy that is no tone: speech, music, noise
)

// HeardToneSpan is a stretch in which one tone sounded.
type HeardToneSpan struct {
	Hz   int           `json:"hz"`
	From time.Duration `json:"from_ns"` // after the first packet
	To   time.Duration `json:"to_ns"`
}

// Heard is what came in during a stretch of time. Sound is laid out by RTP timestamps, gaps are silence.
type Heard struct {
	Class       Class           `json:"class"`
	Codec       string          `json:"codec"`
	Packets     int             `json:"packets"`
	Lost        int             `json:"lost"`       // sequence numbers that never came
	Repeated    int             `json:"repeated"`   // sequence numbers that came twice
	Late        int             `json:"late"`       // packets more than 40 ms behind the first one's line
	Gaps        int             `json:"gaps"`       // intervals above 40 ms between two packets
	MaxGap      time.Duration   `json:"max_gap_ns"` // kernel times
	Jitter      float64         `json:"jitter_ms"`  // RFC 3550 section 6.4.1
	FirstPacket time.Time       `json:"first_packet"`
	LastPacket  time.Time       `json:"last_packet"`
	Energy      float64         `json:"energy_db"` // dB of full scale; -100: silence
	Tones       []HeardToneSpan `json:"tones"`
	Sources     int             `json:"sources"` // SSRCs seen
	Digits      []Digit         `json:"digits"`
	PCM         []int16         `json:"-"` // 8 kHz
}

// quietBelow is the level under which sound is silence: dB of full scale.
const quietBelow = -55

// block is the stretch that is looked at for a tone: 100 ms, so frequencies differ by 10 Hz.
const block = rate / 10

// goertzel is the energy of one frequency in a block, as a share of what a pure tone of the block's energy would have.
func goertzel(pcm []int16, hz float64) float64 {
	w := 2 * math.Cos(2*math.Pi*hz/rate)
	var a, b, energy float64
	for _, v := range pcm {
		x := float64(v)
		a, b = x+w*a-b, a
		energy += x * x
	}
	if energy == 0 {
		return 0
	}
	power := a*a + b*b - w*a*b
	return 2 * power / (float64(len(pcm)) * energy)
}

// level is the energy in dB of full scale.
func level(pcm []int16) float64 {
	var sum float64
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	if sum == 0 || len(pcm) == 0 {
		return -100
	}
	return max(-100, 10*math.Log10(sum/float64(len(pcm))/(32768*32768)))
}

// strongest gives the frequencies of a block that hold most of its energy, strongest first: none, one or two.
func strongest(pcm []int16) []int {
	type peak struct {
		hz    int
		share float64
	}
	var peaks []peak
	last, rising := 0.0, false
	for hz := 150; hz <= 3700; hz += 10 {
		share := goertzel(pcm, float64(hz))
		if share < last && rising && last > 0.12 {
			peaks = append(peaks, peak{hz - 10, last})
		}
		rising, last = share > last || share == last && rising, share
	}
	for i := range peaks { // between two steps a tone shows only a part of its energy
		for hz := peaks[i].hz - 10; hz <= peaks[i].hz+10; hz++ {
			if share := goertzel(pcm, float64(hz)); share > peaks[i].share {
				peaks[i] = peak{hz, share}
			}
		}
	}
	sort.Slice(peaks, func(i, j int) bool { return peaks[i].share > peaks[j].share })
	sum := 0.0
	var found []int
	for _, p := range peaks[:min(2, len(peaks))] {
		sum += p.share
		found = append(found, p.hz)
		if sum > 0.8 {
			return found
		}
	}
	return nil
}

// analyse fills what can be known from the sound.
func (h *Heard) analyse() {
	h.Energy = level(h.PCM)
	loud, tonal := 0, 0
	for at := 0; at+block <= len(h.PCM); at += block {
		part := h.PCM[at : at+block]
		if level(part) < quietBelow {
			continue
		}
		loud++
		found := strongest(part)
		if len(found) > 0 {
			tonal++
		}
		begin := time.Duration(at) * time.Second / rate
		for _, hz := range found {
			h.addTone(hz, begin, begin+block*time.Second/rate)
		}
	}
	switch {
	case h.Packets == 0:
		h.Class = HeardNothing
	case loud == 0:
		h.Class = HeardSilence
	case tonal*10 >= loud*7:
		h.Class = HeardTone
	default:
		h.Class = HeardSpeech
	}
}

func (h *Heard) addTone(hz int, from, to time.Duration) {
	for i := range h.Tones {
		t := &h.Tones[i]
		if diff := t.Hz - hz; diff >= -10 && diff <= 10 && t.To == from {
			t.To = to
			return
		}
	}
	h.Tones = append(h.Tones, HeardToneSpan{Hz: hz, From: from, To: to})
}

// HasTone reports whether the tone sounded for at least 200 ms, within 15 Hz.
func (h *Heard) HasTone(hz float64) bool {
	var sum time.Duration
	for _, t := range h.Tones {
		if math.Abs(float64(t.Hz)-hz) <= 15 {
			sum += t.To - t.From
		}
	}
	return sum >= 200*time.Millisecond
}

// Keys gives the digits as text.
func (h *Heard) Keys() string {
	var b strings.Builder
	for _, d := range h.Digits {
		b.WriteByte(d.Key)
	}
	return b.String()
}

// Check compares with an expectation: "440" or "440Hz" (a tone of so many hertz), "speech", "silence", "nothing",
// "tone" (any), "sound" (tone or speech). The error says what was heard instead.
func (h *Heard) Check(want string) error {
	ok := false
	switch Class(want) {
	case HeardTone, HeardSpeech, HeardSilence, HeardNothing:
		ok = h.Class == Class(want)
	case "sound":
		ok = h.Class == HeardTone || h.Class == HeardSpeech
	default:
		hz, err := ParseExpectation(want)
		if err != nil {
			return err
		}
		ok = h.HasTone(hz)
	}
	if ok {
		return nil
	}
	return fmt.Errorf("expected to hear %s, but heard %s", want, h)
}

// ParseExpectation checks the words that Check takes; for a tone it gives the frequency.
func ParseExpectation(want string) (hz float64, err error) {
	switch Class(want) {
	case HeardTone, HeardSpeech, HeardSilence, HeardNothing, "sound":
		return 0, nil
	}
	hz, err = strconv.ParseFloat(strings.TrimSuffix(strings.ToLower(want), "hz"), 64)
	if err != nil || hz < 150 || hz > 3700 {
		return 0, fmt.Errorf("%q cannot be expected; want a tone of 150 to 3700 Hz such as 440, or tone, speech, sound, silence or nothing", want)
	}
	return hz, nil
}

// String tells in words what was heard.
func (h *Heard) String() string {
	if h.Class == HeardNothing {
		return "nothing (no packets)"
	}
	var tones []string
	for _, t := range h.Tones {
		if t.To-t.From >= 200*time.Millisecond && len(tones) < 4 {
			tones = append(tones, fmt.Sprintf("%d Hz for %.1f s", t.Hz, (t.To-t.From).Seconds()))
		}
	}
	words := string(h.Class)
	if len(tones) > 0 {
		words += " (" + strings.Join(tones, ", ") + ")"
	}
	return fmt.Sprintf("%s, %.0f dB, %d packets, %d lost", words, h.Energy, h.Packets, h.Lost)
}

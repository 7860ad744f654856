package dtmf

import (
	"math"
	"strings"
	"time"
)

// Frequencies of ITU-T Q.23 in Hz.
var (
	rows    = [4]float64{697, 770, 852, 941}
	columns = [4]float64{1209, 1336, 1477, 1633}
)

// layout is the key of each row and column.
const layout = "123A456B789C*0#D"

// Tones gives the two frequencies of a key; false when it is none.
func Tones(key byte) (low, high float64, ok bool) {
	i := strings.IndexByte(layout, key)
	if i < 0 {
		return 0, 0, false
	}
	return rows[i/4], columns[i%4], true
}

// The detector works on blocks of 102 samples (12.75 ms), short enough that a tone of 40 ms holds two whole ones
// wherever it begins (ITU-T Q.24 asks to accept 40 ms).
const (
	block      = 102
	sampleRate = 8000

	leastEnergy  = 3e7 // of a block: each tone about -31 dBm0
	twistNormal  = 6.3 // high over low by 8 dB
	twistReverse = 4   // low over high by 6 dB: 4 dB, and what a high tone beside its frequency loses here
	aloneRow     = 4   // a tone over the others of its group by 6 dB: the louder group spreads into the other
	aloneColumn  = 4
	share        = 0.70 // of the block's energy that the two tones must hold: speech spreads it
	least        = 2    // blocks of tone that make a press
	gone         = 2    // blocks without it that end it
)

// coefficients of the Goertzel recurrences, rows first.
var coefficients = func() (c [8]float64) {
	for i := range 4 {
		c[i] = 2 * math.Cos(2*math.Pi*rows[i]/sampleRate)
		c[i+4] = 2 * math.Cos(2*math.Pi*columns[i]/sampleRate)
	}
	return c
}()

// Detector hears keys in the audio of one leg. The zero value is ready. It costs about 1 us for 20 ms.
type Detector struct {
	s1, s2 [8]float64
	energy float64
	n      int

	previous byte // key of the last block, 0 for none
	key      byte // key that is down
	hits     int
	misses   int
	begin    time.Duration
	length   int // blocks
}

// Samples takes samples whose last one was heard at now. began reports that a key went down; press is a key that went
// up, when ok. At most one of each is told for a call, so give it 20 ms at a time.
func (d *Detector) Samples(samples []int16, now time.Duration) (began bool, press Press, ok bool) {
	for i, sample := range samples {
		x := float64(sample)
		d.energy += x * x
		for k := range d.s1 {
			s := x + coefficients[k]*d.s1[k] - d.s2[k]
			d.s2[k], d.s1[k] = d.s1[k], s
		}
		d.n++
		if d.n == block {
			at := now - time.Duration(len(samples)-1-i)*unit
			b, p, done := d.judge(d.decide(), at)
			began = began || b
			if done {
				press, ok = p, true
			}
		}
	}
	return began, press, ok
}

// Key is the key that is down, 0 for none.
func (d *Detector) Key() byte { return d.key }

// decide says which key the block holds, 0 for none, and begins the next block.
func (d *Detector) decide() byte {
	var power [8]float64
	for k := range power {
		power[k] = d.s1[k]*d.s1[k] + d.s2[k]*d.s2[k] - coefficients[k]*d.s1[k]*d.s2[k]
	}
	energy := d.energy
	d.s1, d.s2, d.energy, d.n = [8]float64{}, [8]float64{}, 0, 0

	row, column := loudest(power[:4]), loudest(power[4:])
	low, high := power[row], power[4+column]
	// A pure tone of amplitude a has power (a*block/2)^2 here and energy a*a*block/2: both compare by block/2.
	if energy < leastEnergy || low+high < share*energy*block/2 {
		return 0
	}
	if high > low*twistNormal || low > high*twistReverse {
		return 0
	}
	for k := range 4 {
		if k != row && power[k]*aloneRow > low || k != column && power[4+k]*aloneColumn > high {
			return 0
		}
	}
	return layout[row*4+column]
}

func loudest(power []float64) int {
	best := 0
	for i, p := range power {
		if p > power[best] {
			best = i
		}
	}
	return best
}

// judge joins blocks into presses.
func (d *Detector) judge(key byte, at time.Duration) (began bool, press Press, ok bool) {
	const length = block * unit
	if key != 0 && key == d.previous {
		d.hits++
	} else {
		d.hits = 0
		if key != 0 {
			d.hits = 1
		}
	}
	d.previous = key
	if d.key != 0 {
		if key == d.key {
			d.misses = 0
			d.length++
			return false, Press{}, false
		}
		d.misses++
		if d.misses < gone && d.hits < least {
			return false, Press{}, false
		}
		press, ok = Press{Key: d.key, At: d.begin, Duration: time.Duration(d.length) * length}, true
		d.key = 0
	}
	if d.hits >= least {
		d.key, d.misses, d.length = key, 0, d.hits
		d.begin = max(at-time.Duration(d.hits)*length, 0)
		began = true
	}
	return began, press, ok
}

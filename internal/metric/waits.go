package metric

import (
	"maps"
	"slices"
	"time"
)

// Waits is how long contacts waited: how many in each whole second, so that shares and percentiles of any union are
// exact to the second. Keys are seconds, rounded down.
type Waits map[int]int

func (w *Waits) add(d time.Duration) {
	if *w == nil {
		*w = Waits{}
	}
	(*w)[int(d/time.Second)]++
}

func (w *Waits) merge(o Waits) {
	if *w == nil && len(o) > 0 {
		*w = Waits{}
	}
	for second, n := range o {
		(*w)[second] += n
	}
}

// Count is how many waited at all.
func (w Waits) Count() (n int) {
	for _, c := range w {
		n += c
	}
	return n
}

// Percentile gives the wait, in whole seconds, that a share (0 to 1) of all did not exceed: the smallest second that
// has at least that share at or below it. false when nobody waited.
func (w Waits) Percentile(share float64) (time.Duration, bool) {
	total := w.Count()
	if total == 0 {
		return 0, false
	}
	need := share * float64(total)
	seen := 0
	seconds := slices.Sorted(maps.Keys(w))
	for _, s := range seconds {
		if seen += w[s]; float64(seen) >= need {
			return time.Duration(s) * time.Second, true
		}
	}
	return time.Duration(seconds[len(seconds)-1]) * time.Second, true
}

// Below is how many waited less than d; d is rounded down to whole seconds.
func (w Waits) Below(d time.Duration) (n int) {
	for second, c := range w {
		if second < int(d/time.Second) {
			n += c
		}
	}
	return n
}

package carrier

import "time"

// histogram counts times in steps of 10 us up to 400 ms; the rest is kept as the greatest.
type histogram struct {
	steps [40001]uint32
	count uint64
	max   time.Duration
}

const histogramStep = 10 * time.Microsecond

func (h *histogram) add(d time.Duration) {
	d = max(d, 0)
	h.count++
	h.max = max(h.max, d)
	h.steps[min(int(d/histogramStep), len(h.steps)-1)]++
}

func (h *histogram) merge(o *histogram) {
	for i, n := range o.steps {
		h.steps[i] += n
	}
	h.count += o.count
	h.max = max(h.max, o.max)
}

// at gives the time under which the share of all lies.
func (h *histogram) at(share float64) time.Duration {
	want := uint64(share * float64(h.count))
	var sum uint64
	for i, n := range h.steps {
		if sum += uint64(n); sum > want {
			if i == len(h.steps)-1 {
				return h.max
			}
			return min(h.max, time.Duration(i+1)*histogramStep)
		}
	}
	return h.max
}

func (h *histogram) percentiles() Percentiles {
	if h.count == 0 {
		return Percentiles{}
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return Percentiles{Count: h.count, P50: ms(h.at(0.5)), P95: ms(h.at(0.95)), P99: ms(h.at(0.99)), Max: ms(h.max)}
}

package worktime

import (
	"cmp"
	"slices"
	"time"
)

// piece is a stretch of working time within a window, in Unix seconds. Pieces of a window are disjoint and in order.
type piece struct {
	from, to int64
	date     Date // of the span
}

// windowDays is how many days are worked out at once.
const windowDays = 8

const windowSeconds = windowDays * secondsPerDay

// window works out the pieces within [start, start+windowSeconds). Between two changes of the zone's offset the wall
// clock runs evenly, so each span is moved to the moments at which the wall clock shows it.
func (c *Calendar) window(start int64, buffer []piece) []piece {
	pieces, end := buffer[:0], start+windowSeconds
	for at := start; at < end; {
		t := time.Unix(at, 0).In(c.zone)
		_, offset := t.Zone()
		_, change := t.ZoneBounds()
		until := end
		if !change.IsZero() && change.Unix() < end {
			until = change.Unix()
		}
		pieces = c.segment(pieces, at, until, int64(offset))
		at = until
	}
	slices.SortFunc(pieces, func(a, b piece) int { return cmp.Compare(a.from, b.from) })
	kept, last := pieces[:0], int64(0)
	for _, p := range pieces { // what overlaps counts once, for the earlier span
		if len(kept) > 0 {
			p.from = max(p.from, last)
		}
		if p.from < p.to {
			kept, last = append(kept, p), p.to
		}
	}
	return kept
}

// segment adds the pieces between two moments with one offset.
func (c *Calendar) segment(pieces []piece, from, to, offset int64) []piece {
	first, last := floorDiv(from+offset, secondsPerDay)-1, floorDiv(to-1+offset, secondsPerDay) // a span of the day before may run into the first day
	for day := first; day <= last; day++ {
		spans, _ := c.On(Date(day))
		midnight := day*secondsPerDay - offset
		for _, s := range spans {
			p := piece{max(midnight+int64(s.Start)*60, from), min(midnight+int64(s.End)*60, to), Date(day)}
			if p.from < p.to {
				pieces = append(pieces, p)
			}
		}
	}
	return pieces
}

// bufferSize holds the pieces of most windows without allocating.
const bufferSize = 4 * (windowDays + 2)

// walk calls visit with each piece that ends after t, in order of time, cut to begin at t, until visit says stop or the
// horizon is reached; then it is ErrTooFar. Times are Unix nanoseconds.
func (c *Calendar) walk(t time.Time, visit func(from, to int64, date Date) (more bool)) error {
	if c.never {
		return ErrNeverOpen
	}
	if !inYears(t) {
		return ErrYear
	}
	var array [bufferSize]piece
	at, buffer := t.UnixNano(), array[:0]
	start := floorDiv(t.Unix(), windowSeconds) * windowSeconds
	for stop := t.Add(Horizon).Unix(); start < stop; start += windowSeconds {
		buffer = c.window(start, buffer)
		for _, p := range buffer {
			from, to := max(p.from*int64(time.Second), at), p.to*int64(time.Second)
			if from < to && !visit(from, to, p.date) {
				return nil
			}
		}
	}
	return ErrTooFar
}

// inYears keeps moments within what nanoseconds since 1970 can say, the horizon included.
func inYears(t time.Time) bool {
	y := t.UTC().Year()
	return y >= 1970 && y < 2200
}

// Add gives the moment at which d of working time has passed since t. Errors: [ErrNegative], [ErrNeverOpen], [ErrTooFar],
// [ErrYear].
func (c *Calendar) Add(t time.Time, d time.Duration) (time.Time, error) {
	if d < 0 {
		return time.Time{}, ErrNegative
	}
	if d == 0 {
		return t, nil
	}
	var due int64
	err := c.walk(t, func(from, to int64, _ Date) bool {
		if left := time.Duration(to - from); left < d {
			d -= left
			return true
		}
		due = from + int64(d)
		return false
	})
	if err != nil {
		return time.Time{}, err
	}
	return time.Unix(0, due).In(t.Location()), nil
}

// Between gives the working time from a until b; negative when b is before a.
func (c *Calendar) Between(a, b time.Time) (time.Duration, error) {
	if b.Before(a) {
		d, err := c.Between(b, a)
		return -d, err
	}
	if !inYears(a) || !inYears(b) {
		return 0, ErrYear
	}
	if c.never {
		return 0, nil
	}
	var array [bufferSize]piece
	var sum int64
	begin, end, buffer := a.UnixNano(), b.UnixNano(), array[:0]
	for start := floorDiv(a.Unix(), windowSeconds) * windowSeconds; start <= b.Unix(); start += windowSeconds {
		buffer = c.window(start, buffer)
		for _, p := range buffer {
			if from, to := max(p.from*int64(time.Second), begin), min(p.to*int64(time.Second), end); from < to {
				sum += to - from
			}
		}
	}
	return time.Duration(sum), nil
}

// NextOpen gives the first moment of working time at or after t.
func (c *Calendar) NextOpen(t time.Time) (time.Time, error) {
	var open int64
	err := c.walk(t, func(from, _ int64, _ Date) bool { open = from; return false })
	if err != nil {
		return time.Time{}, err
	}
	return time.Unix(0, open).In(t.Location()), nil
}

// NextClose gives the end of the working time that is going on at t, or of the next one.
func (c *Calendar) NextClose(t time.Time) (time.Time, error) {
	var end int64
	err := c.walk(t, func(from, to int64, _ Date) bool {
		if end != 0 && from != end {
			return false
		}
		end = to
		return end-t.UnixNano() < int64(Horizon)/2 // a calendar that never closes is not followed for ever
	})
	if err != nil && end == 0 {
		return time.Time{}, err
	}
	return time.Unix(0, end).In(t.Location()), nil
}

// Previous gives the last moment up to t by which working time had passed: t itself within working time, otherwise when it
// last ended.
func (c *Calendar) Previous(t time.Time) (time.Time, error) {
	if c.never {
		return time.Time{}, ErrNeverOpen
	}
	if !inYears(t) {
		return time.Time{}, ErrYear
	}
	var array [bufferSize]piece
	at, buffer := t.UnixNano(), array[:0]
	start := floorDiv(t.Unix(), windowSeconds) * windowSeconds
	for stop := max(t.Add(-Horizon).Unix(), -windowSeconds); start > stop; start -= windowSeconds {
		buffer = c.window(start, buffer)
		for _, p := range slices.Backward(buffer) {
			if from := p.from * int64(time.Second); from <= at {
				if to := p.to * int64(time.Second); to <= at {
					return time.Unix(0, to).In(t.Location()), nil
				}
				return t, nil
			}
		}
	}
	return time.Time{}, ErrTooFar
}

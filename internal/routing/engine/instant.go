package engine

import (
	"math"
	"time"
)

// instant is a time in nanoseconds since 1970. 0 stands for "not set" and never for "not while anybody looks".
type instant int64

const never instant = math.MaxInt64

// The times that the engine believes; what lies outside is nonsense and taken for the nearest.
var (
	earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

func instantOf(t time.Time) instant {
	switch {
	case t.Before(earliest):
		t = earliest
	case t.After(latest):
		t = latest
	}
	return instant(t.UnixNano())
}

// believed gives the instant of a time that somebody told; now for one that is not set, is nonsense or has not come yet.
func believed(t time.Time, now instant) instant {
	if t.Before(earliest) || t.After(latest) {
		return now
	}
	return min(instant(t.UnixNano()), now)
}

// plus adds a length, which counts as zero when it is negative; it never turns over.
func (i instant) plus(d time.Duration) instant {
	if d <= 0 {
		return i
	}
	if sum := i + instant(d); sum > i {
		return sum
	}
	return never
}

func (i instant) time() time.Time {
	if i == 0 || i == never {
		return time.Time{}
	}
	return time.Unix(0, int64(i)).UTC()
}

func (i instant) since(earlier instant) time.Duration { return time.Duration(i - earlier) }

package identity

import "time"

// pauses says how failures turn into waiting.
type pauses struct {
	free   int           // failures that cost nothing: people mistype
	first  time.Duration // after the next one; then it doubles
	most   time.Duration // never more, so that nobody can lock somebody out for ever
	forget time.Duration // without a failure, and all is forgotten
}

var (
	// accountPauses count for an account, apart for the addresses where it is known and all others.
	accountPauses = pauses{free: 5, first: 30 * time.Second, most: 15 * time.Minute, forget: 24 * time.Hour}
	// addressPauses count for an address that tries many numbers. A whole centre may stand behind one address.
	addressPauses = pauses{free: 50, first: time.Minute, most: 15 * time.Minute, forget: time.Hour}
)

// tally is what is remembered of somebody's failures.
type tally struct {
	Failures     int
	LastFailed   time.Time
	BlockedUntil time.Time
}

// wait gives how long nothing is taken from now on; zero: at once.
func (t tally) wait(now time.Time) time.Duration {
	return max(0, t.BlockedUntil.Sub(now))
}

// failed gives the tally after one more failure.
func (p pauses) failed(t tally, now time.Time) tally {
	if now.Sub(t.LastFailed) >= p.forget {
		t = tally{}
	}
	t.Failures++
	t.LastFailed = now
	if over := t.Failures - p.free; over > 0 {
		pause := p.first
		for i := 1; i < over && pause < p.most; i++ {
			pause *= 2
		}
		t.BlockedUntil = now.Add(min(pause, p.most))
	}
	return t
}

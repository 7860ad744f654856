package timer

import (
	"slices"
	"time"
)

// schedule decides when which kind is fired. It is pure: the time is an argument, and it may jump.
type schedule struct {
	sweep  time.Duration // nothing is waited for longer than this
	settle time.Duration // between two batches of a kind that does not fill them, so that they are worth it
	pause  time.Duration // after a failure of the database
	plans  map[string]*plan
}

// plan is what is known about one kind.
type plan struct {
	next   time.Time // the earliest timer known; zero: none
	hold   time.Time // no batch before this
	firing bool
}

// ending is how a batch of a kind ended.
type ending string

const (
	none   ending = "none"   // nothing was due, or others hold it
	some   ending = "some"   // there may be more in a moment
	full   ending = "full"   // there is more
	failed ending = "failed" // the database is not usable
)

func newSchedule(kinds []string, sweep, settle, pause time.Duration) *schedule {
	s := &schedule{sweep: sweep, settle: settle, pause: pause, plans: map[string]*plan{}}
	for _, k := range kinds {
		s.plans[k] = &plan{}
	}
	return s
}

// expect notes that a timer of the kind is due at a time. An earlier one already known stays: if it is
// gone, the batch will find that out.
func (s *schedule) expect(kind string, at time.Time) {
	if p := s.plans[kind]; p != nil && (p.next.IsZero() || at.Before(p.next)) {
		p.next = at
	}
}

// ready lists the kinds to be fired now, the most overdue first.
func (s *schedule) ready(now time.Time) []string {
	var list []string
	for kind, p := range s.plans {
		if !p.firing && !p.next.IsZero() && s.at(p, now).Compare(now) <= 0 {
			list = append(list, kind)
		}
	}
	slices.SortFunc(list, func(a, b string) int { return s.plans[a].next.Compare(s.plans[b].next) })
	return list
}

// at is when a kind may be fired. A hold that reaches further than any pause comes from before a jump of
// the clock and is void.
func (s *schedule) at(p *plan, now time.Time) time.Time {
	if p.hold.After(p.next) && p.hold.Sub(now) <= max(s.pause, s.settle) {
		return p.hold
	}
	return p.next
}

// begin marks a kind as being fired; what is expected from now on is for the next batch.
func (s *schedule) begin(kind string) {
	*s.plans[kind] = plan{firing: true}
}

// end takes the outcome of a batch.
func (s *schedule) end(kind string, now time.Time, e ending) {
	p := s.plans[kind]
	p.firing = false
	switch e {
	case none:
		p.hold = now.Add(s.settle)
	case some:
		p.hold = now.Add(s.settle)
		s.expect(kind, now)
	case full:
		s.expect(kind, now)
	case failed:
		p.hold = now.Add(s.pause)
		s.expect(kind, now)
	}
}

// wait is how long nothing is to be done.
func (s *schedule) wait(now time.Time) time.Duration {
	d := s.sweep
	for _, p := range s.plans {
		if !p.firing && !p.next.IsZero() {
			d = min(d, s.at(p, now).Sub(now))
		}
	}
	return max(d, 0)
}

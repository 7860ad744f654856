package metric

import "time"

// Group is many contacts at once, as a database counts them: all of one outcome, and all of a wait of the same whole
// second. Adding a group is exactly adding its contacts one by one.
type Group struct {
	Outcome Outcome
	Second  int // of the wait, rounded down
	N       int

	InTime, AtOnce, Short, Phantom, Transferred, Offers int // how many of them; AtOnce: under a second; Offers: summed

	Wait, Longest              time.Duration // Wait: summed
	Talk, Hold, Wrap, Occupied time.Duration // summed
}

// AddGroup counts the contacts of a group. Whether each was in time, short or a phantom must have been decided by the
// tally's own rules.
func (t *Tally) AddGroup(g Group) {
	t.Contacts += g.N
	t.Occupied += g.Occupied
	t.Offers += g.Offers
	t.Talk, t.Hold, t.Wrap = t.Talk+g.Talk, t.Hold+g.Hold, t.Wrap+g.Wrap
	t.Transferred += g.Transferred
	switch g.Outcome {
	case Machine:
		t.Machine += g.N
		return
	case Refused:
		t.Refused += g.N
		return
	case Open:
		t.Open += g.N
		return
	case Answered:
		t.Answered, t.InTime, t.AtOnce, t.Phantom = t.Answered+g.N, t.InTime+g.InTime, t.AtOnce+g.AtOnce, t.Phantom+g.Phantom
		t.Wait += g.Wait
		t.Waits.merge(Waits{g.Second: g.N})
	case Abandoned:
		t.Abandoned, t.EarlyAway, t.ShortAway = t.Abandoned+g.N, t.EarlyAway+g.InTime, t.ShortAway+g.Short
		t.WaitAway += g.Wait
		t.WaitsAway.merge(Waits{g.Second: g.N})
	case Elsewhere:
		t.Elsewhere += g.N
	default:
		t.Lost += g.N
	}
	t.Longest = max(t.Longest, g.Longest)
}

package metric

import "time"

// Rules are what a centre decides about counting. Two figures can be compared only under the same rules.
type Rules struct {
	Start  Mark          `json:"start"`
	Stop   Mark          `json:"stop"`
	Target time.Duration `json:"target"` // answered within it is in time, the limit included
	// Short is the wait below which who hangs up is a short abandon: misdialled, or thought better of it. 0: none is.
	Short time.Duration `json:"short"`
	// ShortTalk is the talk below which an answered contact counts as a phantom: nobody was there. 0: none is.
	ShortTalk time.Duration `json:"short_talk"`
}

// Queue gives the rules by which queues elsewhere count: from entering the queue to talking, 20 s, 5 s.
func Queue() Rules {
	return Rules{Start: AtQueue, Stop: AtTalk, Target: 20 * time.Second, Short: 5 * time.Second}
}

// China gives the rules of 接通率 as Chinese operators count it: the clock starts when the caller presses the key for an
// agent and stops when the announcement of the staff number starts; nobody is left out. target is 15, 20 or 30 s.
func China(target time.Duration) Rules {
	return Rules{Start: AtKey, Stop: AtAnnounce, Target: target}
}

// Valid reports whether both marks are ones that a clock can start and stop at, and no time is negative.
func (r Rules) Valid() bool {
	ok := false
	for _, m := range Starts() {
		ok = ok || m == r.Start
	}
	if !ok {
		return false
	}
	for _, m := range Stops() {
		if m == r.Stop {
			return r.Target >= 0 && r.Short >= 0 && r.ShortTalk >= 0
		}
	}
	return false
}

package trunk

import "time"

// State is what is known of a host; a closed list.
type State string

// The states of a host, and of a trunk as a whole.
const (
	Unknown State = "unknown" // not asked yet
	Up      State = "up"
	Down    State = "down"
	Off     State = "off" // the trunk is disabled
)

// Registered is the state of an outbound registration; a closed list.
type Registered string

// The states of a registration.
const (
	NotNeeded Registered = "not_needed"
	Trying    Registered = "trying"
	Accepted  Registered = "registered"
	Lost      Registered = "lost"    // refused or unanswered
	Refused   Registered = "refused" // name or password refused
)

// The rule of health.
const (
	downAfter  = 3 // failures in a row
	upAfter    = 2 // answers in a row, for a host that was down
	askEvery   = 30 * time.Second
	askFailing = 5 * time.Second
	askTimeout = 4 * time.Second
	quietAgain = 30 * time.Second // a host that is never asked and failed calls is tried again after so long
)

// vitals is the memory of one host. The zero value is unknown.
type vitals struct {
	state State
	run   int // answers in a row when positive, failures in a row when negative
	since time.Time
}

// next is the rule of health: pure. An unknown host is up with its first answer.
func next(h vitals, answered bool, now time.Time) vitals {
	if h.state == "" {
		h.state, h.since = Unknown, now
	}
	if answered {
		h.run = max(h.run, 0) + 1
	} else {
		h.run = min(h.run, 0) - 1
	}
	to := h.state
	switch {
	case h.run <= -downAfter:
		to = Down
	case h.state == Unknown && h.run > 0, h.run >= upAfter:
		to = Up
	}
	if to != h.state {
		h.state, h.since = to, now
	}
	return h
}

// pause is how long to wait before asking again.
func (h vitals) pause() time.Duration {
	if h.run < 0 || h.state == Down {
		return askFailing
	}
	return askEvery
}

// Alive reports whether a final status shows that somebody is there and takes calls.
func Alive(status int) bool {
	switch status {
	case 408, 500, 502, 503, 504:
		return false
	default:
		return status >= 200
	}
}

// Registration pauses.
const (
	askedExpiry   = 10 * time.Minute // that we ask for
	firstRetry    = 5 * time.Second
	lastRetry     = 2 * time.Minute
	shortestRenew = 10 * time.Second
)

// renewAfter is when to refresh a registration granted for some time: at nine tenths, and at least 5 s before.
func renewAfter(granted time.Duration) time.Duration {
	return max(min(granted*9/10, granted-5*time.Second), min(shortestRenew, granted/2))
}

// retryAfter is the pause after the n-th failure in a row (n from 1).
func retryAfter(n int, refused bool) time.Duration {
	if refused {
		return lastRetry
	}
	d := firstRetry
	for ; n > 1 && d < lastRetry; n-- {
		d *= 2
	}
	return min(d, lastRetry)
}

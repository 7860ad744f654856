package metric

import "time"

// Outcome is how a contact ended, as far as formulas care.
type Outcome string

// The outcomes.
const (
	Answered  Outcome = "answered"  // by an agent
	Abandoned Outcome = "abandoned" // asked for an agent and hung up before one was there
	Elsewhere Outcome = "elsewhere" // left the queue unserved: sent away after too long, to a callback, to another system
	Refused   Outcome = "refused"   // never let into a queue: closed, full
	Machine   Outcome = "machine"   // did not ask for an agent
	Lost      Outcome = "lost"      // ended by a failure of ours while it waited
	Open      Outcome = "open"      // not over
)

// Contact is what the formulas need of one contact. A moment that never came is zero.
type Contact struct {
	Began     time.Time // the request reached us
	Answered  time.Time // by the machine
	Key       time.Time // the key for an agent was pressed
	Enqueued  time.Time
	Offered   time.Time // to the first agent
	Ringing   time.Time // the first agent's phone
	Accepted  time.Time // by the agent who talked
	Announced time.Time // the staff number begins to be said (报工号)
	Talking   time.Time
	Ended     time.Time

	Talk, Hold, Wrap time.Duration // sums over all agents; Talk does not contain Hold
	Offers           int           // how often it was offered to an agent
	Transfers        int
	Outcome          Outcome
}

// Mark is one of the moments of a contact between which a clock runs.
type Mark string

// The marks.
const (
	AtBegin    Mark = "began"
	AtAnswer   Mark = "answered"
	AtKey      Mark = "key"
	AtQueue    Mark = "enqueued"
	AtRing     Mark = "ringing"
	AtAccept   Mark = "accepted"
	AtAnnounce Mark = "announced"
	AtTalk     Mark = "talking"
)

// Starts and Stops are the marks at which a clock may start and stop.
func Starts() []Mark { return []Mark{AtBegin, AtAnswer, AtKey, AtQueue} }

// Stops: see [Starts].
func Stops() []Mark { return []Mark{AtRing, AtAccept, AtAnnounce, AtTalk} }

// at gives the moment of a mark. Where a step was left out the one that took its place counts: who came straight to the
// queue pressed no key, and without an announcement the talk begins at once.
func (c Contact) at(m Mark) time.Time {
	switch m {
	case AtBegin:
		return c.Began
	case AtAnswer:
		return first(c.Answered, c.Began)
	case AtKey:
		return first(c.Key, c.Enqueued)
	case AtQueue:
		return first(c.Enqueued, c.Key)
	case AtRing:
		return first(c.Ringing, c.Accepted, c.Talking)
	case AtAccept:
		return first(c.Accepted, c.Talking)
	case AtAnnounce:
		return first(c.Announced, c.Talking)
	case AtTalk:
		return first(c.Talking, c.Accepted)
	}
	return time.Time{}
}

func first(moments ...time.Time) time.Time {
	for _, m := range moments {
		if !m.IsZero() {
			return m
		}
	}
	return time.Time{}
}

// wait is how long the clock of the rules ran: to the answer, or to the end for who was not answered. Raw moments of
// two machines may be a little crossed; less than nothing is nothing.
func (c Contact) wait(r Rules) time.Duration {
	start, stop := c.at(r.Start), c.Ended
	if c.Outcome == Answered {
		stop = c.at(r.Stop)
	}
	if start.IsZero() || stop.IsZero() {
		return 0
	}
	return max(0, stop.Sub(start))
}

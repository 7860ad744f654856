package engine

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// phase is where a contact stands; see the drawing in doc.go.
type phase uint8

const (
	waiting phase = iota + 1
	offered
	talking
)

// contact is somebody who waits, is offered to an agent, or talks with him.
type contact struct {
	Contact
	home     QueueID // where it came in
	queue    *queue  // where it is
	line     *line   // who may serve it now
	phase    phase
	rings    bool // offered, and the agent's phone is known to ring
	callback bool

	agent       *agent
	reservation Reservation // the present or last one
	until       instant     // when the offer ends

	major, minor int64 // the place in line: priority (negative), time of the key press; see before
	boost        int   // added to the priority by overflow
	step         int   // overflow steps of the queue that are done
	relaxed      int   // the step whose needs replace the queue's, from 1; 0: none
	been         []QueueID
	entered      instant // when this wait began
	since        instant // when it came into its present queue; steps and the longest wait count from here
	preferUntil  instant
	holdUntil    instant // after a failure of ours: not offered before
	failures     int
	tellAt       instant
	told         int // the place it was told last

	keptBy      *agent // whose kept heap it is in
	wait        node   // in line.waiting or keptBy.kept
	timer       node
	left, right *contact // in queue.waiting
	size        int32
	weight      uint64
}

// before is the order of service: the higher priority, then the earlier key press, then the id.
func before(a, b *contact) bool {
	if a.major != b.major {
		return a.major < b.major
	}
	if a.minor != b.minor {
		return a.minor < b.minor
	}
	return bytes.Compare(a.ID[:], b.ID[:]) < 0
}

func compare(a, b *contact) int {
	switch {
	case a == b:
		return 0
	case before(a, b):
		return -1
	default:
		return 1
	}
}

// limit of a priority: of a queue, of a contact, and of what overflow adds.
const maxPriority = 1_000_000

// rank works out the contact's place in the order of service.
func (c *contact) rank() {
	c.major = -int64(c.queue.Priority + clamp(c.Priority, maxPriority) + c.boost)
}

func clamp(n, limit int) int { return max(-limit, min(n, limit)) }

// agent is somebody who is signed in, or is only known because a node declared a contact that is with him.
type agent struct {
	Agent
	spots []*spot // the lines that he may serve by place, membership and skills

	// What is known of him; his state follows from it, see [agent.state].
	signedIn  bool
	leaving   bool       // signs out when he has no contact any more
	post      AgentState // Ready, OnBreak or NoAnswer
	reason    string     // of a break
	reach     bool       // told: the phone can be rung
	occupied  bool       // told: the phone is in a call that no queue gave
	out       AgentState // concluded from an offer that failed: Unreachable or Elsewhere; "" when not
	outReason string
	outUntil  instant
	misses    int // offers in a row that did not reach his phone
	failures  int // offers in a row that failed by our fault
	wantsWrap bool
	wrapUntil instant // 0: no wrap-up; never: until he says
	wrapOf    ContactID

	contacts []*contact // offered to him or with him
	offer    *contact   // the one that is offered; at most one
	spare    int        // more contacts than his capacity that stood when it was lowered or when he was declared
	idle     instant    // since when he has had nothing to do
	kept     heap       // contacts that wait for him alone
	standing bool       // as free in every line whose channel he has room for

	shown   shown
	touched bool
	gone    bool
	timer   node
}

// spot is an agent's place in a line that he may serve.
type spot struct {
	node      // in line.free
	staff int // in line.staff
}

// shown is what was last said of an agent.
type shown struct {
	state   AgentState
	reason  string
	contact ContactID
	until   instant
}

// state says what the agent does. It is worked out from what is known of him, never stored, so that no event can
// leave him in a state that nothing ends.
func (a *agent) state() shown {
	for _, c := range slices.Backward(a.contacts) {
		if c.phase == talking {
			return shown{state: Talking, contact: c.ID}
		}
	}
	switch {
	case a.offer != nil && a.offer.rings:
		return shown{state: Ringing, contact: a.offer.ID, until: a.offer.until}
	case a.offer != nil:
		return shown{state: Reserved, contact: a.offer.ID, until: a.offer.until}
	case a.wrapUntil != 0:
		return shown{state: WrappingUp, contact: a.wrapOf, until: a.wrapUntil}
	case !a.signedIn:
		return shown{state: SignedOut}
	case a.post != Ready:
		return shown{state: a.post, reason: a.reason}
	case !a.reach:
		return shown{state: Unreachable}
	case a.out != "":
		return shown{state: a.out, reason: a.outReason, until: a.outUntil}
	case a.occupied:
		return shown{state: Elsewhere}
	default:
		return shown{state: Ready}
	}
}

// available says whether anything at all may be offered to him.
func (a *agent) available() bool {
	return a.offer == nil && a.wrapUntil == 0 && a.signedIn && !a.leaving && a.post == Ready &&
		a.reach && a.out == "" && !a.occupied
}

// capacity is how many contacts of the channel he takes at once.
func (a *agent) capacity(ch Channel) int {
	if n, named := a.Capacity[ch]; named {
		return max(n, 0)
	}
	if ch == Voice {
		return 1
	}
	return 0
}

// room says whether his capacity leaves room for one more of the channel. A voice contact and others exclude each
// other unless his capacity names voice itself, beside others.
func (a *agent) room(ch Channel) bool {
	if len(a.contacts) == 0 {
		return a.capacity(ch) > 0
	}
	same, voice := 0, ch == Voice
	for _, c := range a.contacts {
		if c.Channel == ch {
			same++
		}
		voice = voice || c.Channel == Voice
	}
	if _, named := a.Capacity[Voice]; voice && same < len(a.contacts) && !named {
		return false
	}
	return same < a.capacity(ch)
}

// takes says whether a contact of the channel may be offered to him now.
func (a *agent) takes(ch Channel) bool { return a.available() && a.room(ch) }

// spot gives his place in a line, nil when he may not serve it.
func (a *agent) spot(l *line) *spot {
	for _, s := range a.spots {
		if s.line == l {
			return s
		}
	}
	return nil
}

func (a *agent) drop(c *contact) {
	a.contacts = slices.DeleteFunc(a.contacts, func(o *contact) bool { return o == c })
	if a.offer == c {
		a.offer = nil
	}
}

// longerIdle breaks the tie between agents who have been idle equally long, by staff number.
func longerIdle(a, b *node) bool { return byNumber(a.agent, b.agent) < 0 }

func byNumber(a, b *agent) int {
	return cmp.Or(strings.Compare(a.Number, b.Number), bytes.Compare(a.ID[:], b.ID[:]))
}

func copyAgent(a *Agent) Agent {
	out := *a
	out.Places, out.Skills, out.Capacity = slices.Clone(a.Places), maps.Clone(a.Skills), maps.Clone(a.Capacity)
	return out
}

// queue is a configured queue with who waits in it.
type queue struct {
	Queue
	members map[AgentID]bool // nil: everybody
	steps   []Overflow
	lines   map[lineKey]*line
	waiting tree
	users   int  // contacts that are in it, in any phase
	gone    bool // no longer configured; stays while contacts speak of it

	mean      time.Duration // between two who were taken while somebody waited
	samples   int
	lastTaken instant // when the last one was taken, if somebody has waited ever since; else 0
}

// lost is the place of a contact whose node died.
type lost struct {
	key     lostKey
	contact ContactID
	keyAt   instant
	entered instant
	until   instant
	timer   node
}

type lostKey struct {
	queue  QueueID
	caller string
}

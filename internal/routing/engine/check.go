package engine

import (
	"fmt"
	"time"
)

// Violation is a broken promise of the engine: a defect, never a matter of input.
type Violation struct {
	Kind    string    `json:"kind"`
	Contact ContactID `json:"contact,omitzero"`
	Agent   AgentID   `json:"agent,omitzero"`
	Queue   QueueID   `json:"queue,omitzero"`
	Detail  string    `json:"detail"`
}

// The kinds of violations.
const (
	BrokenContact  = "contact"             // a contact contradicts itself, its agent or its queue
	BrokenAgent    = "agent"               // an agent contradicts himself or his contacts
	BrokenIndex    = "index"               // an index does not agree with the state
	OverCapacity   = "over_capacity"       // an agent has more contacts than he takes
	IdleBesideWait = "idle_beside_waiting" // a contact waits beside an agent who is free for it
	Overdue        = "overdue"             // something should have happened before
)

// late is by how much something may be overdue before that is a violation: its owner did not say Tick.
const late = 2 * time.Second

// Check looks for broken promises; there must be none, now being when it is asked. It looks at every
// agent in each of his lines: for the reconciler, every few seconds, not for every event.
func (e *Engine) Check(now time.Time) []Violation {
	k := checker{e: e, users: map[*queue]int{}}
	for _, a := range e.agents {
		if a.signedIn {
			k.signedIn++
		}
	}
	for _, c := range e.contacts {
		k.users[c.queue]++
	}
	for _, q := range e.order {
		k.queue(q)
	}
	for _, l := range e.lines {
		k.line(l)
	}
	for id, a := range e.agents {
		k.is(id == a.ID, Violation{Kind: BrokenIndex, Agent: id}, "filed under another id")
		k.agent(a)
	}
	for id, c := range e.contacts {
		k.is(id == c.ID, Violation{Kind: BrokenIndex, Contact: id}, "filed under another id")
		k.contact(c)
	}
	k.timers(max(e.now, instantOf(now)))
	return k.found
}

type checker struct {
	e        *Engine
	signedIn int
	users    map[*queue]int
	found    []Violation
}

// is records the violation when what should hold does not.
func (k *checker) is(holds bool, v Violation, format string, args ...any) {
	if !holds {
		v.Detail = fmt.Sprintf(format, args...)
		k.found = append(k.found, v)
	}
}

func (k *checker) queue(q *queue) {
	v := Violation{Kind: BrokenIndex, Queue: q.ID}
	k.is(k.e.queues[q.ID] == q, v, "filed under another id")
	n, users := 0, k.users[q]
	var last *contact
	q.waiting.all(func(c *contact) {
		n++
		k.is(last == nil || before(last, c), v, "out of order")
		k.is(c.phase == waiting && c.queue == q && k.e.contacts[c.ID] == c, v, "%s does not wait here", c.ID)
		last = c
	})
	k.is(n == q.waiting.len(), v, "%d wait, the tree counts %d", n, q.waiting.len())
	k.is(users == q.users, v, "%d contacts, %d counted", users, q.users)
	k.is(!q.gone || users > 0, v, "is not configured and nobody is in it")
}

func (k *checker) line(l *line) {
	v := Violation{Kind: BrokenIndex, Queue: l.queue.ID}
	k.is(l.queue.lines[l.key] == l, v, "line filed under another key")
	k.heap(&l.waiting, v)
	k.heap(&l.free, v)
	barred := 0
	for _, n := range l.barred {
		barred += n
	}
	k.is(barred+len(l.staff) == k.signedIn, v, "%d may serve and %d may not, of %d", len(l.staff), barred, k.signedIn)
	if k.e.begun && len(l.waiting.items) > 0 && len(l.free.items) > 0 {
		k.is(false, Violation{Kind: IdleBesideWait, Queue: l.queue.ID, Contact: l.waiting.top().contact.ID, Agent: l.free.top().agent.ID}, "")
	}
}

func (k *checker) heap(h *heap, v Violation) {
	for i := range h.items {
		k.is(int(h.items[i].node.pos) == i+1, v, "an entry does not know its place")
		k.is(i == 0 || !h.less(&h.items[i], &h.items[(i-1)/2]), v, "a heap is out of order")
	}
}

func (k *checker) agent(a *agent) {
	v := Violation{Kind: BrokenAgent, Agent: a.ID}
	k.is(a.state() == a.shown, v, "is %v, was said to be %v", a.state(), a.shown)
	k.is(a.signedIn || len(a.contacts) > 0, v, "is neither signed in nor has a contact")
	k.is(!a.touched && !a.gone, v, "left half done")
	k.is(!a.leaving || len(a.contacts) > 0, v, "should have left")
	offers := 0
	for _, c := range a.contacts {
		k.is(c.agent == a && k.e.contacts[c.ID] == c, Violation{Kind: BrokenAgent, Agent: a.ID, Contact: c.ID}, "contact is not his")
		if c.phase == offered {
			offers++
			k.is(a.offer == c, v, "has another offer")
		}
	}
	k.is(offers <= 1 && (offers == 1) == (a.offer != nil), v, "has %d offers", offers)
	if a.signedIn {
		k.is(a.excess() <= a.spare, Violation{Kind: OverCapacity, Agent: a.ID}, "%d over, %d allowed", a.excess(), a.spare)
	}
	k.is(a.standing == a.available(), v, "stands as free: %v", a.standing)
	for _, s := range a.spots {
		k.spot(a, s)
	}
	k.heap(&a.kept, v)
	for _, n := range a.kept.items {
		k.is(n.node.contact.keptBy == a, v, "keeps %s", n.node.contact.ID)
		if k.e.begun && a.takes(n.node.contact.Channel) {
			k.is(false, Violation{Kind: IdleBesideWait, Contact: n.node.contact.ID, Agent: a.ID}, "kept for him")
		}
	}
}

// spot checks an agent's place in one line. That he stands in every line that he may serve follows: each line counts
// as many who may and may not serve it as are signed in.
func (k *checker) spot(a *agent, s *spot) {
	l := s.line
	v := Violation{Kind: BrokenIndex, Agent: a.ID, Queue: l.queue.ID}
	k.is(a.signedIn && s.agent == a && l.bars(a) == "" && l.queue.lines[l.key] == l, v, "may not serve this line")
	k.is(s.staff < len(l.staff) && l.staff[s.staff] == a, v, "is not where he is counted")
	k.is((s.pos != 0) == a.takes(l.queue.Channel), v, "free: %v", s.pos != 0)
	if s.pos != 0 {
		k.is(int(s.pos) <= len(l.free.items) && l.free.items[s.pos-1].node == &s.node && l.free.items[s.pos-1].major == int64(a.idle), v,
			"idle since another time")
	}
}

func (k *checker) contact(c *contact) {
	v := Violation{Kind: BrokenContact, Contact: c.ID, Queue: c.queue.ID}
	k.is(k.e.queues[c.queue.ID] == c.queue, v, "its queue is forgotten")
	k.is(c.line != nil && c.line == c.queue.lines[c.line.key], v, "its line is forgotten")
	inTree := c.size > 0
	switch c.phase {
	case waiting:
		k.is(c.agent == nil && inTree && !c.queue.gone, v, "waits nowhere")
		k.is(c.holdUntil != 0 && c.wait.pos == 0 || c.holdUntil == 0 && c.wait.pos != 0, v, "in a line: %d, held until %d", c.wait.pos, c.holdUntil)
		k.is(c.keptBy == nil || c.keptBy.ID == c.Prefer, v, "kept by another")
	case offered, talking:
		k.is(c.agent != nil && !inTree && c.wait.pos == 0 && c.keptBy == nil, v, "is with an agent and waits")
		if c.agent != nil {
			n := 0
			for _, o := range c.agent.contacts {
				if o == c {
					n++
				}
			}
			k.is(n == 1 && k.e.agents[c.agent.ID] == c.agent, v, "its agent has it %d times", n)
		}
		k.is(c.phase == talking || c.agent != nil && c.agent.offer == c && c.reservation != 0, v, "offered without a reservation")
	default:
		k.is(false, v, "in no phase")
	}
	_, due := c.next()
	at := never
	if c.timer.pos != 0 {
		at = instant(k.e.timers.items[c.timer.pos-1].major)
	}
	k.is(at == due, Violation{Kind: BrokenIndex, Contact: c.ID}, "due at %d, set for %d", due, at)
}

func (k *checker) timers(now instant) {
	k.heap(&k.e.timers, Violation{Kind: BrokenIndex})
	if len(k.e.timers.items) > 0 {
		due := instant(k.e.timers.items[0].major)
		k.is(due > k.e.now && due.plus(late) > now, Violation{Kind: Overdue}, "since %s", due.time())
	}
	for key, places := range k.e.lost {
		for i, l := range places {
			k.is(l.key == key && l.timer.pos != 0 && (i == 0 || places[i-1].keyAt <= l.keyAt), Violation{Kind: BrokenIndex, Contact: l.contact}, "a lost place")
		}
	}
}

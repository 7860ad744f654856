package engine

import (
	"bytes"
	"cmp"
	"slices"
	"time"
)

// Engine decides. It is one value with one owner: no method may be called while another runs.
type Engine struct {
	options Options
	begun   bool
	now     instant // never goes back
	at      instant // of what is being dealt with: now, or when it fell due

	queues    map[QueueID]*queue
	order     []*queue // by id
	lines     []*line
	ownLines  int
	ownLimit  int
	agents    map[AgentID]*agent
	contacts  map[ContactID]*contact
	lost      map[lostKey][]*lost // by rising key time
	callers   map[lostKey][]*contact
	timers    heap
	last      Reservation
	decisions []Decision

	// Of the step that is under way; see [Engine.step].
	out     []Effect
	touched []*agent   // of whom something changed
	came    []*contact // that wait and are in no line yet
	freed   []*agent
	all     bool // whatever waits may find an agent
	short   bool // a line has nobody left who may serve it
}

// New makes an engine without queues, agents and contacts, which does not decide before [Begin].
func New(o Options) *Engine {
	o.KeepLost = cmp.Or(max(o.KeepLost, 0), 2*time.Minute)
	o.TellEvery = cmp.Or(max(o.TellEvery, 0), 5*time.Second)
	e := &Engine{
		options: o, now: instantOf(o.Now), ownLimit: leastOwnLimit,
		queues: map[QueueID]*queue{}, agents: map[AgentID]*agent{}, contacts: map[ContactID]*contact{}, lost: map[lostKey][]*lost{}, callers: map[lostKey][]*contact{},
	}
	if o.First > 0 {
		e.last = o.First - 1
	}
	e.timers.tie = sooner
	return e
}

// Apply takes one event at its time and appends what is to be done to out, in order. Whatever fell due until now is
// dealt with before. Time that goes back counts as no time passing. No event makes it panic; one that does not fit the
// present state changes nothing.
func (e *Engine) Apply(now time.Time, ev Event, out []Effect) []Effect {
	e.out = out
	e.now = max(e.now, instantOf(now))
	e.fallDue()
	e.at = e.now
	e.handle(&ev)
	e.step()
	e.fallDue()
	out, e.out = e.out, nil
	return out
}

// Due says when the next [Tick] is needed; false when nothing waits for time to pass.
func (e *Engine) Due() (time.Time, bool) {
	if len(e.timers.items) == 0 {
		return time.Time{}, false
	}
	return instant(e.timers.items[0].major).time(), true
}

// Decisions gives those made since it was last called; with [Options].Explain.
func (e *Engine) Decisions() []Decision {
	out := e.decisions
	e.decisions = nil
	return out
}

func (e *Engine) emit(f Effect) { e.out = append(e.out, f) }

func (e *Engine) handle(ev *Event) {
	switch ev.Kind {
	case Configure:
		e.configure(ev.Queues)
	case SignIn:
		e.signIn(ev)
	case Begin:
		e.begin()
	case Enqueue:
		e.enqueue(ev.Contact, false)
	case Requeue:
		e.enqueue(ev.Contact, true)
	case Adopt:
		e.adopt(ev.Standing)
	case Change:
		if ev.Agent != nil {
			e.change(e.agents[ev.Agent.ID], ev.Agent)
		}
	case SignOut, GetReady, TakeBreak, Reach, Occupy, WantWrapUp, EndWrapUp, ForceReady, ForceBreak:
		if a := e.agents[ev.AgentID]; a != nil && a.signedIn {
			e.ofAgent(a, ev)
		}
	case Accept:
		e.accept(ev)
	case Leave, Rings, Decline, Release, CallBack, Lose:
		if c := e.contacts[ev.ContactID]; c != nil {
			e.ofContact(c, ev)
		}
	case Tick:
	}
}

func (e *Engine) begin() {
	e.begun, e.all, e.short = true, true, true
}

// step ends what one event, or one thing that fell due, began: who may go goes, who may be matched is matched, and
// agents whose state changed are told of.
func (e *Engine) step() {
	for _, a := range e.touched {
		if a.leaving && len(a.contacts) == 0 {
			e.depart(a)
		}
	}
	if e.short {
		e.sendAway()
	}
	e.match()
	for i, a := range e.touched {
		e.announce(a)
		e.touched[i] = nil
	}
	e.touched = e.touched[:0]
}

// touch must be called before anything of an agent changes: it takes him out of every line, and has him matched and
// told of at the end of the step.
func (e *Engine) touch(a *agent) {
	if a.standing {
		for _, s := range a.spots {
			s.line.free.remove(&s.node)
		}
		a.standing = false
	}
	if !a.touched {
		a.touched = true
		e.touched = append(e.touched, a)
	}
}

func (e *Engine) announce(a *agent) {
	a.touched = false
	is := a.state()
	if is != a.shown {
		a.shown = is
		e.emit(Effect{Kind: AgentChanged, Agent: a.ID, State: is.state, Reason: is.reason, Contact: is.contact, Until: is.until.time()})
	}
	due := never
	if a.wrapUntil != 0 {
		due = a.wrapUntil
	}
	if a.out != "" {
		due = min(due, a.outUntil)
	}
	if a.gone {
		due = never
	}
	e.arm(&a.timer, due, 0)
}

// The order of what falls due at the same instant: who becomes free before who waits.
const (
	agentFirst = iota
	thenContact
	thenLost
)

func (e *Engine) arm(n *node, due instant, kind int64) {
	if n.pos != 0 && e.timers.items[n.pos-1].major == int64(due) {
		return
	}
	e.timers.remove(n)
	if due != never {
		e.timers.push(int64(due), kind, n)
	}
}

// sooner breaks the tie between two of a kind that fall due at the same instant.
func sooner(a, b *node) bool {
	switch {
	case a.agent != nil && b.agent != nil:
		return byNumber(a.agent, b.agent) < 0
	case a.contact != nil && b.contact != nil:
		return before(a.contact, b.contact)
	case a.lost != nil && b.lost != nil:
		return bytes.Compare(a.lost.contact[:], b.lost.contact[:]) < 0
	default:
		return false
	}
}

// fallDue deals with what is due, one after the other in the order in which it fell due.
func (e *Engine) fallDue() {
	for len(e.timers.items) > 0 && instant(e.timers.items[0].major) <= e.now {
		n := e.timers.items[0].node
		e.at = max(e.at, instant(e.timers.items[0].major))
		e.timers.remove(n)
		switch {
		case n.agent != nil:
			e.agentDue(n.agent)
		case n.contact != nil:
			e.contactDue(n.contact)
		default:
			e.forget(n.lost)
		}
		e.step()
	}
}

func (e *Engine) agentDue(a *agent) {
	e.touch(a)
	if a.wrapUntil != 0 && a.wrapUntil <= e.now {
		a.wrapUntil, a.idle = 0, e.at
	}
	if a.out != "" && a.outUntil <= e.now {
		if a.outReason != string(Failed) {
			a.idle = e.at
		}
		a.out, a.outReason, a.outUntil = "", "", 0
	}
}

// contactDue deals with one thing of a contact that is due; the rest falls due again at once.
func (e *Engine) contactDue(c *contact) {
	switch next, _ := c.next(); next {
	case offerEnds:
		e.expire(c)
	case holdEnds:
		e.unplace(c)
		c.holdUntil = 0
		e.came = append(e.came, c)
	case preferEnds:
		e.unplace(c)
		c.preferUntil = 0
		e.came = append(e.came, c)
	case stepDue:
		e.overflow(c)
	case waitEnds:
		e.expel(c, WhyWaited)
	case tellDue:
		e.tell(c)
	case nothing:
	}
}

type deadline int

const (
	nothing deadline = iota
	offerEnds
	holdEnds
	preferEnds
	stepDue
	waitEnds
	tellDue
)

// next says what of a contact falls due next, and when.
func (c *contact) next() (what deadline, due instant) {
	due = never
	sooner := func(w deadline, at instant) {
		if at != 0 && at < due {
			what, due = w, at
		}
	}
	switch c.phase {
	case offered:
		sooner(offerEnds, c.until)
	case waiting:
		sooner(holdEnds, c.holdUntil)
		sooner(preferEnds, c.preferUntil)
		if c.step < len(c.queue.steps) {
			sooner(stepDue, c.since.plus(c.queue.steps[c.step].After))
		}
		if c.queue.MaxWait > 0 && !c.callback {
			sooner(waitEnds, c.since.plus(c.queue.MaxWait))
		}
		sooner(tellDue, c.tellAt)
	case talking:
	}
	return what, due
}

func (e *Engine) armContact(c *contact) {
	_, due := c.next()
	e.arm(&c.timer, due, thenContact)
}

// inOrder gives the contacts in order of service.
func inOrder(cs []*contact) []*contact {
	slices.SortFunc(cs, compare)
	return cs
}

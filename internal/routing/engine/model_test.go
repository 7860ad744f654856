package engine_test

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"time"

	. "yingda/internal/routing/engine"
)

// model is the same machine without any index: after each thing that happens it looks at everybody. It is slow and
// obvious, and says what the engine must do.
type model struct {
	o        Options
	begun    bool
	now, at  time.Time
	queues   map[QueueID]*mQueue
	agents   []*mAgent
	contacts []*mContact
	lost     []*mLost
	last     Reservation
	out      []Effect
}

type mQueue struct {
	Queue
	gone    bool
	mean    time.Duration
	samples int
	busy    time.Time
}

type mAgent struct {
	Agent
	signedIn, leaving, reach, occupied, wants bool
	post                                      AgentState
	reason                                    string
	out                                       AgentState
	outWhy                                    string
	outUntil                                  time.Time
	misses, failures                          int
	wrap, open                                bool // open: until he says
	wrapUntil, idle                           time.Time
	wrapOf                                    ContactID
	contacts                                  []*mContact
	said                                      Effect
}

type mContact struct {
	Contact
	home                        QueueID
	queue                       *mQueue
	phase                       string // waiting, offered, talking
	rings, callback, came, left bool
	agent, kept                 *mAgent
	res                         Reservation
	until                       time.Time
	boost, step, relaxed, told  int
	been                        []QueueID
	entered, since              time.Time
	prefer, hold, tell          time.Time
	failures                    int
}

type mLost struct {
	caller         string
	queue          QueueID
	contact        ContactID
	key, in, until time.Time
}

func newModel(o Options) *model {
	o.KeepLost, o.TellEvery = cmp.Or(o.KeepLost, 2*time.Minute), cmp.Or(o.TellEvery, 5*time.Second)
	return &model{o: o, now: o.Now, queues: map[QueueID]*mQueue{}}
}

func (m *model) Apply(now time.Time, ev Event) []Effect {
	m.out = nil
	if now.After(m.now) {
		m.now = now
	}
	m.due()
	m.at = m.now
	m.handle(ev)
	m.settle()
	m.due()
	return m.out
}

// order of service.
func mBefore(a, b *mContact) int {
	return cmp.Or(cmp.Compare(b.queue.Priority+b.Priority+b.boost, a.queue.Priority+a.Priority+a.boost),
		a.KeyAt.Compare(b.KeyAt), bytes.Compare(a.ID[:], b.ID[:]))
}

func mNumber(a, b *mAgent) int {
	return cmp.Or(cmp.Compare(a.Number, b.Number), bytes.Compare(a.ID[:], b.ID[:]))
}

func (m *model) contact(id ContactID) *mContact {
	for _, c := range m.contacts {
		if c.ID == id {
			return c
		}
	}
	return nil
}

func (m *model) agent(id AgentID) *mAgent {
	for _, a := range m.agents {
		if a.ID == id {
			return a
		}
	}
	return nil
}

func sortNeeds(needs []Need) []Need {
	best := map[SkillID]int{}
	for _, n := range needs {
		best[n.Skill] = max(best[n.Skill], min(max(n.Level, 1), 9))
	}
	var out []Need
	for s, l := range best {
		out = append(out, Need{s, l})
	}
	return out
}

// serves says whether the agent may serve such contacts at all.
func serves(a *mAgent, q *mQueue, relaxed int, own []Need) bool {
	if len(q.Members) > 0 && !slices.Contains(q.Members, a.ID) || q.Place != (QueueID{}) && !slices.Contains(a.Places, q.Place) {
		return false
	}
	needs := q.Needs
	if relaxed > 0 {
		needs = q.Overflow[relaxed-1].Needs
	}
	for _, n := range sortNeeds(slices.Concat(needs, own)) {
		if a.Skills[n.Skill] < n.Level {
			return false
		}
	}
	return true
}

func (a *mAgent) offer() *mContact {
	for _, c := range a.contacts {
		if c.phase == "offered" {
			return c
		}
	}
	return nil
}

func (a *mAgent) capacity(ch Channel) int {
	if n, ok := a.Capacity[ch]; ok {
		return n
	}
	if ch == Voice {
		return 1
	}
	return 0
}

func (a *mAgent) free(ch Channel) bool {
	if !a.signedIn || a.leaving || !a.reach || a.occupied || a.post != Ready || a.out != "" || a.wrap || a.offer() != nil {
		return false
	}
	n, voice, other := 0, ch == Voice, ch != Voice
	for _, c := range a.contacts {
		if c.Channel == ch {
			n++
		} else {
			voice, other = voice || c.Channel == Voice, other || c.Channel != Voice
		}
	}
	if _, named := a.Capacity[Voice]; voice && other && !named {
		return false
	}
	return n < a.capacity(ch)
}

func (m *model) staffedBy(q *mQueue, relaxed int, own []Need) bool {
	for _, a := range m.agents {
		if a.signedIn && serves(a, q, relaxed, own) {
			return true
		}
	}
	return false
}

func (m *model) staffed(q *mQueue, relaxed, from int, own []Need, been []QueueID) bool {
	if m.staffedBy(q, relaxed, own) {
		return true
	}
	for i := from; i < len(q.Overflow); i++ {
		if q.Overflow[i].Relax && m.staffedBy(q, i+1, own) {
			return true
		}
		if to := m.target(q, q.Overflow[i], been); to != nil && m.staffed(to, 0, 0, own, append(slices.Clone(been), q.ID)) {
			return true
		}
	}
	return false
}

func (m *model) target(q *mQueue, s Overflow, been []QueueID) *mQueue {
	to := m.queues[s.Queue]
	if to == nil || to == q || to.gone || to.Closed || to.Channel != q.Channel || slices.Contains(been, to.ID) {
		return nil
	}
	return to
}

func (m *model) emit(f Effect) { m.out = append(m.out, f) }

func (m *model) refuses(q *mQueue, c *Contact, found bool) string {
	switch {
	case q == nil || q.gone:
		return WhyNoQueue
	case q.Closed && !found:
		return WhyClosed
	case q.MaxWaiting > 0 && !found && m.waiting(q) >= q.MaxWaiting:
		return WhyFull
	case m.begun && (q.NoAgents == Expel || q.NoAgents == Refuse && !found) && !m.staffed(q, 0, 0, c.Needs, nil):
		return WhyNoAgents
	}
	return ""
}

func (m *model) waiting(q *mQueue) int {
	n := 0
	for _, c := range m.contacts {
		if c.queue == q && c.phase == "waiting" && !c.came {
			n++
		}
	}
	return n
}

func (m *model) position(c *mContact) int {
	n := 1
	for _, o := range m.contacts {
		if o != c && o.queue == c.queue && o.phase == "waiting" && !o.came && mBefore(o, c) < 0 {
			n++
		}
	}
	return n
}

func (m *model) calm(q *mQueue) {
	if m.waiting(q) == 0 {
		q.busy = time.Time{}
	}
}

func (m *model) place(c *mContact) {
	c.told = m.position(c)
	wait := time.Duration(-1)
	if q := c.queue; q.samples >= 3 {
		mean := q.mean
		if open := m.now.Sub(q.busy); !q.busy.IsZero() && open > mean {
			mean += (open - mean) / 8
		}
		wait = time.Duration(c.told) * mean
		if mean > 0 && time.Duration(c.told) > math.MaxInt64/mean {
			wait = math.MaxInt64
		}
	}
	m.emit(Effect{Kind: Placed, Contact: c.ID, Queue: c.queue.ID, Position: c.told, Wait: wait, KeyAt: c.KeyAt})
}

func (m *model) tellAt() time.Time {
	grid := int64(250 * time.Millisecond)
	at := m.now.Add(m.o.TellEvery).UnixNano()
	return time.Unix(0, at-at%grid+grid).UTC()
}

// due deals with whatever is due, the earliest first.
func (m *model) due() {
	for {
		var at time.Time
		var do func()
		kind := 0
		var who any
		consider := func(t time.Time, k int, w any, f func()) {
			if t.IsZero() || t.After(m.now) {
				return
			}
			if do == nil || t.Before(at) || t.Equal(at) && (k < kind || k == kind && m.sooner(w, who)) {
				at, kind, who, do = t, k, w, f
			}
		}
		for _, a := range m.agents {
			var t time.Time
			if a.wrap && !a.open {
				t = a.wrapUntil
			}
			if a.out != "" && (t.IsZero() || a.outUntil.Before(t)) {
				t = a.outUntil
			}
			consider(t, 0, a, func() { m.agentDue(a) })
		}
		for _, c := range m.contacts {
			t, f := m.next(c)
			consider(t, 1, c, f)
		}
		for _, l := range m.lost {
			consider(l.until, 2, l, func() { m.forget(l) })
		}
		if do == nil {
			return
		}
		if at.After(m.at) {
			m.at = at
		}
		do()
		m.settle()
	}
}

func (m *model) sooner(a, b any) bool {
	switch a := a.(type) {
	case *mAgent:
		return mNumber(a, b.(*mAgent)) < 0
	case *mContact:
		return mBefore(a, b.(*mContact)) < 0
	default:
		x, y := a.(*mLost), b.(*mLost)
		return bytes.Compare(x.contact[:], y.contact[:]) < 0
	}
}

func (m *model) agentDue(a *mAgent) {
	if a.wrap && !a.open && !a.wrapUntil.After(m.now) {
		a.wrap, a.idle = false, m.at
	}
	if a.out != "" && !a.outUntil.After(m.now) {
		if a.outWhy != string(Failed) {
			a.idle = m.at
		}
		a.out, a.outWhy = "", ""
	}
}

// next gives the contact's next deadline and what it does.
func (m *model) next(c *mContact) (at time.Time, do func()) {
	earlier := func(t time.Time, f func()) {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at, do = t, f
		}
	}
	switch c.phase {
	case "offered":
		earlier(c.until, func() { m.expire(c) })
	case "waiting":
		earlier(c.hold, func() { c.hold, c.came = time.Time{}, true })
		earlier(c.prefer, func() { c.prefer, c.came = time.Time{}, true })
		if c.step < len(c.queue.Overflow) {
			earlier(c.since.Add(c.queue.Overflow[c.step].After), func() { m.overflow(c) })
		}
		if c.queue.MaxWait > 0 && !c.callback {
			earlier(c.since.Add(c.queue.MaxWait), func() { m.expel(c, WhyWaited) })
		}
		earlier(c.tell, func() {
			c.tell = m.tellAt()
			if m.position(c) != c.told {
				m.place(c)
			}
		})
	}
	return at, do
}

func (m *model) expire(c *mContact) {
	a := c.agent
	m.withdraw(c, WhyNotAnswered)
	m.blame(a, string(DidNotAnswer))
	m.back(c)
}

func (m *model) blame(a *mAgent, why string) {
	if a.post == Ready && !a.occupied && a.reach {
		a.post, a.reason = NoAnswer, why
	}
}

func (m *model) back(c *mContact) { c.phase, c.came = "waiting", true }

func (m *model) withdraw(c *mContact, why string) {
	m.emit(Effect{Kind: Withdraw, Contact: c.ID, Agent: c.agent.ID, Reservation: c.res, Reason: why})
	m.free(c)
}

// free takes the contact from its agent.
func (m *model) free(c *mContact) *mAgent {
	a := c.agent
	a.contacts = slices.DeleteFunc(a.contacts, func(o *mContact) bool { return o == c })
	c.agent, c.rings = nil, false
	return a
}

func (m *model) remove(c *mContact) {
	c.left = true
	m.contacts = slices.DeleteFunc(m.contacts, func(o *mContact) bool { return o == c })
}

func (m *model) expel(c *mContact, why string) {
	m.emit(Effect{Kind: Expelled, Contact: c.ID, Queue: c.queue.ID, Reason: why})
	m.end(c, "")
}

func (m *model) end(c *mContact, why string) {
	switch c.phase {
	case "offered":
		m.withdraw(c, why)
	case "talking":
		m.endTalk(c)
	}
	m.remove(c)
	m.calm(c.queue)
}

func (m *model) endTalk(c *mContact) {
	a := m.free(c)
	a.idle = m.at
	wanted := a.wants
	if len(a.contacts) == 0 {
		a.wants = false
	}
	if a.leaving {
		return
	}
	w := c.queue.WrapUp
	if w.Mode == MandatoryWrapUp {
		if !a.wrap || !a.open {
			a.wrapOf = c.ID
		}
		a.wrap, a.open = true, true
	}
	if w.For > 0 && (w.Mode == TimedWrapUp || w.Mode == OptionalWrapUp && wanted) && !(a.wrap && a.open) {
		if until := m.at.Add(w.For); !a.wrap || until.After(a.wrapUntil) {
			a.wrap, a.open, a.wrapUntil, a.wrapOf = true, false, until, c.ID
		}
	}
}

func (m *model) overflow(c *mContact) {
	s := c.queue.Overflow[c.step]
	c.came, c.kept = true, nil
	c.step++
	c.boost += s.Priority
	if s.Relax {
		c.relaxed = c.step
	}
	if to := m.target(c.queue, s, c.been); to != nil && m.refuses(to, &c.Contact, false) == "" {
		from := c.queue
		c.been = append(c.been, from.ID)
		m.calm(from)
		c.queue, c.step, c.relaxed, c.since = to, 0, 0, m.at
	}
	c.told = m.position(c)
	m.emit(Effect{Kind: Overflowed, Contact: c.ID, Queue: c.queue.ID, Position: c.told})
}

func (m *model) hopeless(c *mContact) bool {
	return m.begun && c.queue.NoAgents == Expel && !c.callback && !m.staffed(c.queue, c.relaxed, c.step, c.Needs, c.been)
}

// settle: who may go goes, who may be matched is matched, who changed is told of.
func (m *model) settle() {
	for _, a := range slices.Clone(m.agents) {
		if a.leaving && len(a.contacts) == 0 {
			a.signedIn, a.wrap, a.out = false, false, ""
			m.letGo(a)
		}
	}
	for _, c := range slices.Clone(m.contacts) {
		switch {
		case c.phase != "waiting":
		case c.queue.gone:
			m.expel(c, WhyNoQueue)
		case m.hopeless(c):
			m.expel(c, WhyNoAgents)
		}
	}
	for _, c := range m.contacts {
		if c.phase == "waiting" && c.came {
			c.kept, c.Channel = nil, c.queue.Channel
			if a := m.agent(c.Prefer); !c.prefer.IsZero() && a != nil && a.signedIn && serves(a, c.queue, c.relaxed, c.Needs) {
				c.kept = a
			}
		}
	}
	for m.begun && m.matchOne() {
	}
	for _, c := range m.contacts {
		if c.phase == "waiting" && c.came {
			c.came = false
		}
	}
	for _, a := range m.agents {
		if said := a.says(); said != a.said {
			a.said = said
			m.emit(said)
		}
	}
	m.agents = slices.DeleteFunc(m.agents, func(a *mAgent) bool { return !a.signedIn && len(a.contacts) == 0 })
}

func (m *model) letGo(a *mAgent) {
	for _, c := range m.contacts {
		if c.phase == "waiting" && c.kept == a {
			c.came = true
		}
	}
}

// matchOne offers the first of those who wait, for whom there is an agent, to the best of these.
func (m *model) matchOne() bool {
	all := slices.Clone(m.contacts)
	slices.SortFunc(all, mBefore)
	for _, c := range all {
		if c.phase != "waiting" || !c.hold.IsZero() {
			continue
		}
		var best *mAgent
		for _, a := range m.agents {
			if !a.free(c.Channel) || !serves(a, c.queue, c.relaxed, c.Needs) || c.kept != nil && c.kept != a {
				continue
			}
			if best == nil || a.ID == c.Prefer || best.ID != c.Prefer && cmp.Or(a.idle.Compare(best.idle), mNumber(a, best)) < 0 {
				best = a
			}
		}
		if best != nil {
			m.last++
			c.phase, c.came, c.agent, c.res = "offered", false, best, m.last
			c.until = m.now.Add(cmp.Or(c.queue.RingFor, 20*time.Second))
			best.contacts = append(best.contacts, c)
			m.emit(Effect{Kind: Offer, Contact: c.ID, Agent: best.ID, Queue: c.queue.ID, Reservation: c.res, Until: c.until, CallBack: c.callback})
			return true
		}
	}
	return false
}

func (a *mAgent) says() Effect {
	f := Effect{Kind: AgentChanged, Agent: a.ID, State: Ready}
	for _, c := range slices.Backward(a.contacts) {
		if c.phase == "talking" {
			f.State, f.Contact = Talking, c.ID
			return f
		}
	}
	switch c := a.offer(); {
	case c != nil && c.rings:
		f.State, f.Contact, f.Until = Ringing, c.ID, c.until
	case c != nil:
		f.State, f.Contact, f.Until = Reserved, c.ID, c.until
	case a.wrap:
		f.State, f.Contact = WrappingUp, a.wrapOf
		if !a.open {
			f.Until = a.wrapUntil
		}
	case !a.signedIn:
		f.State = SignedOut
	case a.post != Ready:
		f.State, f.Reason = a.post, a.reason
	case !a.reach:
		f.State = Unreachable
	case a.out != "":
		f.State, f.Reason, f.Until = a.out, a.outWhy, a.outUntil
	case a.occupied:
		f.State = Elsewhere
	}
	return f
}

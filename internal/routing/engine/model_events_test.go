package engine_test

import (
	"cmp"
	"slices"
	"time"

	. "yingda/internal/routing/engine"
)

func (m *model) handle(ev Event) {
	switch ev.Kind {
	case Configure:
		m.configure(ev.Queues)
	case Begin:
		m.begun = true
		for _, c := range m.contacts {
			c.came = c.phase == "waiting"
		}
	case SignIn:
		m.signIn(ev)
	case Change:
		if ev.Agent != nil {
			if a := m.agent(ev.Agent.ID); a != nil && a.signedIn {
				a.Agent = *ev.Agent
				m.letGo(a)
			}
		}
	case Enqueue, Requeue:
		m.enqueue(ev.Contact, ev.Kind == Requeue)
	case Adopt:
		m.adopt(ev.Standing)
	case Accept:
		m.accept(ev)
	case Tick:
	default:
		if a := m.agent(ev.AgentID); a != nil && a.signedIn {
			m.ofAgent(a, ev)
		}
		if c := m.contact(ev.ContactID); c != nil {
			m.ofContact(c, ev)
		}
	}
}

func (m *model) configure(queues []Queue) {
	for _, q := range m.queues {
		q.gone = true
	}
	for _, as := range queues {
		q := m.queues[as.ID]
		if q == nil || q.gone && !m.used(q) {
			q = &mQueue{}
			m.queues[as.ID] = q
		}
		q.Queue, q.gone = as, false
		q.Channel = cmp.Or(as.Channel, Voice)
		q.Overflow = slices.Clone(as.Overflow)
		slices.SortStableFunc(q.Overflow, func(a, b Overflow) int { return cmp.Compare(a.After, b.After) })
	}
	for _, c := range m.contacts {
		c.came = c.phase == "waiting"
		c.step = min(c.step, len(c.queue.Overflow))
		if c.relaxed > len(c.queue.Overflow) || c.relaxed > 0 && !c.queue.Overflow[c.relaxed-1].Relax {
			c.relaxed = 0
		}
	}
}

func (m *model) used(q *mQueue) bool {
	return slices.ContainsFunc(m.contacts, func(c *mContact) bool { return c.queue == q })
}

func (m *model) newAgent(id AgentID) *mAgent {
	a := &mAgent{Agent: Agent{ID: id}, leaving: true, reach: true, post: Ready, idle: m.at}
	a.said = Effect{Kind: AgentChanged, Agent: id, State: SignedOut}
	m.agents = append(m.agents, a)
	return a
}

func (m *model) signIn(ev Event) {
	if ev.Agent == nil || ev.Agent.ID == (AgentID{}) {
		return
	}
	a := m.agent(ev.Agent.ID)
	if a == nil {
		a = m.newAgent(ev.Agent.ID)
	}
	known, again := a.signedIn, a.signedIn && !a.leaving
	a.Agent, a.signedIn = *ev.Agent, true
	m.letGo(a)
	if again {
		return
	}
	if !known {
		a.idle = m.at
		if !ev.Since.IsZero() && ev.Since.Before(m.at) {
			a.idle = ev.Since
		}
	}
	a.leaving, a.post, a.reason = false, Ready, ""
	switch ev.State {
	case OnBreak, NoAnswer:
		a.post, a.reason = ev.State, ev.Reason
	case WrappingUp:
		if len(a.contacts) == 0 {
			a.wrap, a.open, a.wrapUntil = true, ev.Until.IsZero(), ev.Until
			if a.wrapUntil.Before(m.now) {
				a.wrapUntil = m.now
			}
		}
	}
}

func (m *model) ofAgent(a *mAgent, ev Event) {
	switch ev.Kind {
	case SignOut:
		a.leaving, a.wrap = true, false
		m.takeBack(a)
	case GetReady, ForceReady:
		a.leaving = a.leaving && ev.Kind == ForceReady
		if a.wrap || a.post != Ready || a.out != "" {
			a.idle = m.at
		}
		a.wrap, a.post, a.reason, a.out, a.outWhy, a.misses = false, Ready, "", "", "", 0
	case TakeBreak, ForceBreak:
		a.post, a.reason = OnBreak, ev.Reason
		m.takeBack(a)
	case Reach:
		switch {
		case !ev.On:
			a.reach = false
			m.takeBack(a)
		case a.out == Unreachable && a.outWhy != string(Failed):
			a.out, a.outWhy, a.misses, a.reach, a.idle = "", "", 0, true, m.at
		case !a.reach:
			a.reach, a.idle = true, m.at
		}
	case Occupy:
		if !ev.On && (a.occupied || a.out == Elsewhere) {
			a.idle = m.at
		}
		if !ev.On && a.out == Elsewhere {
			a.out = ""
		}
		a.occupied = ev.On
	case WantWrapUp:
		a.wants = len(a.contacts) > 0
	case EndWrapUp:
		if a.wrap {
			a.wrap, a.idle = false, m.at
		}
	}
}

func (m *model) takeBack(a *mAgent) {
	if c := a.offer(); c != nil {
		m.withdraw(c, WhyAgentLeft)
		m.back(c)
	}
}

func (m *model) enqueue(as *Contact, again bool) {
	if as == nil || as.ID == (ContactID{}) {
		return
	}
	old := m.contact(as.ID)
	if old != nil && old.phase != "talking" {
		m.place(old)
		return
	}
	if old != nil && !again {
		return
	}
	var found *mLost
	for _, l := range m.lost {
		if as.Caller != "" && l.caller == as.Caller && l.queue == as.Queue && (found == nil || l.key.Before(found.key)) {
			found = l
		}
	}
	q := m.queues[as.Queue]
	if why := m.refuses(q, as, found != nil); why != "" {
		m.emit(Effect{Kind: Refused, Contact: as.ID, Queue: as.Queue, Reason: why})
		return
	}
	if old != nil {
		m.endTalk(old)
		m.remove(old)
	}
	c := m.newContact(as, q)
	if found != nil {
		if found.key.Before(c.KeyAt) {
			c.KeyAt = found.key
		}
		c.entered, c.since = found.in, found.in
		m.forget(found)
	}
	c.came = true
	m.place(c)
}

func (m *model) newContact(as *Contact, q *mQueue) *mContact {
	c := &mContact{Contact: *as, home: q.ID, queue: q, phase: "waiting", entered: m.at, since: m.at, tell: m.tellAt()}
	c.Channel = q.Channel
	if c.KeyAt.After(m.at) || c.KeyAt.IsZero() {
		c.KeyAt = m.at
	}
	c.KeyAt = c.KeyAt.UTC()
	if c.Prefer != (AgentID{}) && c.PreferFor > 0 {
		c.prefer = m.at.Add(c.PreferFor)
	}
	m.contacts = append(m.contacts, c)
	return c
}

func (m *model) forget(l *mLost) {
	m.lost = slices.DeleteFunc(m.lost, func(o *mLost) bool { return o == l })
}

func (m *model) accept(ev Event) {
	c := m.contact(ev.ContactID)
	switch {
	case ev.ContactID == (ContactID{}):
	case c != nil && c.phase == "talking" && c.res == ev.Reservation:
	case c != nil && c.phase == "offered" && c.res == ev.Reservation:
		a := c.agent
		a.idle, a.misses, a.failures = m.at, 0, 0
		c.phase, c.rings, c.failures, c.callback = "talking", false, 0, false
		if q := c.queue; !q.busy.IsZero() {
			q.samples++
			q.mean += (m.at.Sub(q.busy) - q.mean) / time.Duration(min(q.samples, 8))
		}
		c.queue.busy = m.at
		m.calm(c.queue)
		m.emit(Effect{Kind: Served, Contact: c.ID, Agent: a.ID, Queue: c.queue.ID, Reservation: c.res})
	default:
		m.emit(Effect{Kind: Stale, Contact: ev.ContactID, Agent: ev.AgentID, Reservation: ev.Reservation})
	}
}

func (m *model) ofContact(c *mContact, ev Event) {
	fits := c.phase == "offered" && c.res == ev.Reservation
	switch ev.Kind {
	case Leave:
		m.end(c, WhyCallerLeft)
	case Rings:
		c.rings = c.rings || fits
	case Decline:
		if fits {
			m.decline(c, ev.Why)
		}
	case Release:
		if c.phase == "talking" {
			m.end(c, "")
		}
	case CallBack:
		if c.phase == "talking" {
			return
		}
		c.callback = true
		if c.phase == "offered" {
			m.withdraw(c, WhyCallerLeft)
			m.back(c)
		}
	case Lose:
		m.lose(c)
	}
}

func (m *model) decline(c *mContact, why DeclineReason) {
	a := m.free(c)
	double := func(first, most time.Duration, n int) time.Duration {
		for range min(n, 15) {
			first *= 2
		}
		return min(first, most)
	}
	switch why {
	case DidNotAnswer, SaidNo:
		m.blame(a, string(why))
	case WasBusy:
		a.out, a.outWhy, a.outUntil = Elsewhere, "", m.at.Add(5*time.Second)
	case NotReached:
		a.out, a.outWhy, a.outUntil = Unreachable, "", m.at.Add(double(30*time.Second, 8*time.Minute, a.misses))
		a.misses++
	default:
		a.out, a.outWhy, a.outUntil = Unreachable, string(Failed), m.at.Add(double(500*time.Millisecond, 8*time.Second, a.failures))
		c.hold = m.at.Add(double(500*time.Millisecond, 8*time.Second, c.failures))
		a.failures++
		c.failures++
	}
	m.back(c)
}

func (m *model) lose(c *mContact) {
	if c.callback {
		if c.phase == "offered" {
			m.withdraw(c, WhyLost)
			m.back(c)
		}
		return
	}
	m.end(c, WhyLost)
	if c.Caller == "" {
		return
	}
	var again *mContact
	for _, o := range m.contacts {
		later := !o.entered.Before(c.entered) && o.KeyAt.After(c.KeyAt)
		if o.Caller == c.Caller && o.home == c.home && o.phase == "waiting" && !o.callback && later && (again == nil || mBefore(o, again) < 0) {
			again = o
		}
	}
	if again != nil {
		again.KeyAt, again.entered, again.since, again.came, again.kept = c.KeyAt, c.entered, c.entered, true, nil
		m.place(again)
		return
	}
	m.lost = append(m.lost, &mLost{caller: c.Caller, queue: c.home, contact: c.ID, key: c.KeyAt, in: c.entered, until: m.at.Add(m.o.KeepLost)})
}

func (m *model) adopt(s *Standing) {
	if s == nil || s.Contact.ID == (ContactID{}) {
		return
	}
	old := m.contact(s.Contact.ID)
	if old != nil {
		same := old.phase == "waiting"
		if s.Agent != (AgentID{}) {
			same = old.phase != "waiting" && old.agent.ID == s.Agent && old.res == s.Reservation && (old.phase == "talking") == s.Accepted
		}
		if m.begun || same {
			return
		}
	}
	q := m.queues[s.Contact.Queue]
	if q == nil || q.gone {
		if s.Agent == (AgentID{}) {
			m.emit(Effect{Kind: Expelled, Contact: s.Contact.ID, Queue: s.Contact.Queue, Reason: WhyNoQueue})
		}
		return
	}
	if old != nil {
		if old.phase != "waiting" {
			m.free(old)
		}
		m.remove(old)
	}
	c := m.newContact(&s.Contact, q)
	c.callback = s.CallBack
	since := s.Since
	if since.IsZero() || since.After(m.at) {
		since = m.at
	}
	if s.Agent == (AgentID{}) {
		c.entered, c.since, c.came = since, since, true
		if !c.prefer.IsZero() {
			c.prefer = since.Add(c.PreferFor)
		}
		return
	}
	a := m.agent(s.Agent)
	if a == nil {
		a = m.newAgent(s.Agent)
	}
	m.last = max(m.last, s.Reservation)
	c.res = s.Reservation
	c.until = since.Add(cmp.Or(c.queue.RingFor, 20*time.Second))
	same := 0
	for _, o := range a.contacts {
		if o.Channel == c.Channel {
			same++
		}
	}
	switch {
	case s.Accepted:
		c.phase, c.agent, c.callback = "talking", a, false
		a.contacts = append(a.contacts, c)
		a.idle = m.at
	case s.Reservation == 0 || !c.until.After(m.now) || a.offer() != nil || !a.signedIn && len(a.contacts) > 0 || a.signedIn && !a.has(c.Channel, same):
		m.emit(Effect{Kind: Withdraw, Contact: c.ID, Agent: a.ID, Reservation: s.Reservation, Reason: WhyAgentLeft})
		c.came = true
	default:
		c.phase, c.agent = "offered", a
		a.contacts = append(a.contacts, c)
	}
}

// has says whether his capacity has room for one more of the channel, of which he has so many.
func (a *mAgent) has(ch Channel, same int) bool {
	if _, named := a.Capacity[Voice]; !named && same < len(a.contacts) {
		voice := ch == Voice
		for _, c := range a.contacts {
			voice = voice || c.Channel == Voice
		}
		if voice {
			return false
		}
	}
	return same < a.capacity(ch)
}

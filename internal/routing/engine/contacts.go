package engine

import (
	"cmp"
	"slices"
	"time"
)

// defaultRing is how long an agent is rung in a queue that does not say.
const defaultRing = 20 * time.Second

// enqueue lets somebody into a queue. It serves Requeue too, for a contact that is with an agent: when the queue
// refuses it, it stays with him.
func (e *Engine) enqueue(as *Contact, again bool) {
	if as == nil || as.ID == (ContactID{}) {
		return
	}
	old := e.contacts[as.ID]
	if old != nil && old.phase != talking {
		e.place(old) // said twice, or resent for want of an answer
		return
	}
	if old != nil && !again {
		return
	}
	q, found := e.queues[as.Queue], e.findLost(as)
	if why := e.refuses(q, as, found != nil); why != "" {
		e.emit(Effect{Kind: Refused, Contact: as.ID, Queue: as.Queue, Reason: why})
		return
	}
	if old != nil {
		e.endTalk(old)
		e.drop(old)
	}
	c := e.newContact(as, q)
	if found != nil {
		c.take(found)
		e.forget(found)
	}
	e.place(c)
	e.came = append(e.came, c)
}

// refuses says why a queue does not take somebody; "" when it does. Who finds his place again was let in before.
func (e *Engine) refuses(q *queue, as *Contact, found bool) string {
	switch {
	case q == nil || q.gone:
		return WhyNoQueue
	case q.Closed && !found:
		return WhyClosed
	case q.MaxWaiting > 0 && q.waiting.len() >= q.MaxWaiting && !found:
		return WhyFull
	case e.begun && (q.NoAgents == Expel || q.NoAgents == Refuse && !found) && !e.staffed(q, canonical(as.Needs), 0, 0, nil):
		return WhyNoAgents
	default:
		return ""
	}
}

func (e *Engine) newContact(as *Contact, q *queue) *contact {
	c := &contact{Contact: *as, home: q.ID, queue: q, phase: waiting, weight: weigh(as.ID), entered: e.at, since: e.at}
	c.Needs, c.Channel = canonical(as.Needs), q.Channel
	c.minor = int64(believed(as.KeyAt, e.at))
	c.KeyAt = instant(c.minor).time()
	if c.Prefer != (AgentID{}) && c.PreferFor > 0 {
		c.preferUntil = e.at.plus(c.PreferFor)
	}
	c.tellAt = e.nextTell()
	c.wait.contact, c.timer.contact = c, c
	e.contacts[c.ID] = c
	if c.Caller != "" {
		e.callers[c.mark()] = append(e.callers[c.mark()], c)
	}
	q.users++
	e.intoLine(c)
	return c
}

// intoLine finds the contact's line, after anything of it changed that the line depends on.
func (e *Engine) intoLine(c *contact) {
	old := c.line
	c.line = e.lineOf(c)
	c.line.users++
	if old != nil {
		old.users--
	}
	c.rank()
}

// drop ends a contact that is in no index any more.
func (e *Engine) drop(c *contact) {
	e.arm(&c.timer, never, thenContact)
	delete(e.contacts, c.ID)
	e.noCaller(c)
	c.line.users--
	e.leaveQueue(c.queue)
}

// noCaller forgets by whom the contact came.
func (e *Engine) noCaller(c *contact) {
	if c.Caller == "" {
		return
	}
	rest := slices.DeleteFunc(e.callers[c.mark()], func(o *contact) bool { return o == c })
	if len(rest) == 0 {
		delete(e.callers, c.mark())
	} else {
		e.callers[c.mark()] = rest
	}
}

func (e *Engine) leaveQueue(q *queue) {
	q.users--
	if q.gone && q.users == 0 {
		e.removeQueue(q)
	}
}

// unplace takes somebody who waits out of line; he is dropped afterwards, or comes again.
func (e *Engine) unplace(c *contact) {
	if c.size == 0 {
		e.came = slices.DeleteFunc(e.came, func(o *contact) bool { return o == c })
		return
	}
	c.queue.waiting.remove(c)
	if c.keptBy != nil {
		c.keptBy.kept.remove(&c.wait)
		c.keptBy = nil
	} else {
		c.line.waiting.remove(&c.wait)
	}
}

// ofContact takes what a node says of a contact that is known.
func (e *Engine) ofContact(c *contact, ev *Event) {
	switch ev.Kind {
	case Leave:
		e.end(c, WhyCallerLeft)
	case Rings:
		if c.phase == offered && c.reservation == ev.Reservation {
			e.touch(c.agent)
			c.rings = true
		}
	case Decline:
		if c.phase == offered && c.reservation == ev.Reservation {
			e.decline(c, ev.Why)
		}
	case Release:
		if c.phase == talking {
			e.end(c, "")
		}
	case CallBack:
		e.callBack(c)
	case Lose:
		e.lose(c)
	}
}

// end ends a contact in whatever phase; reason is for an agent whose phone rings.
func (e *Engine) end(c *contact, reason string) {
	switch c.phase {
	case waiting:
		e.unplace(c)
	case offered:
		e.withdraw(c, reason)
	case talking:
		e.endTalk(c)
	}
	e.drop(c)
	c.queue.restless()
}

// endTalk frees the agent from a contact, into wrap-up.
func (e *Engine) endTalk(c *contact) {
	a := c.agent
	e.touch(a)
	a.drop(c)
	a.spare = min(a.spare, a.excess())
	a.idle = e.at
	c.agent = nil
	e.wrapUp(a, c)
}

// withdraw stops an agent's phone and frees him without blame: he keeps his place among the idle.
func (e *Engine) withdraw(c *contact, reason string) {
	e.emit(Effect{Kind: Withdraw, Contact: c.ID, Agent: c.agent.ID, Reservation: c.reservation, Reason: reason})
	e.unoffer(c)
}

func (e *Engine) unoffer(c *contact) {
	e.touch(c.agent)
	c.agent.drop(c)
	c.agent, c.rings, c.until = nil, false, 0
}

// back puts somebody whose offer came to nothing into his place again.
func (e *Engine) back(c *contact) {
	c.phase, c.Channel = waiting, c.queue.Channel
	e.came = append(e.came, c)
}

// accept answers an agent who took an offer. One who comes too late is told so, lest he listens to silence.
func (e *Engine) accept(ev *Event) {
	c := e.contacts[ev.ContactID]
	switch {
	case ev.ContactID == (ContactID{}):
	case c != nil && c.phase == talking && c.reservation == ev.Reservation: // said twice
	case c != nil && c.phase == offered && c.reservation == ev.Reservation:
		e.serve(c)
	default:
		e.emit(Effect{Kind: Stale, Contact: ev.ContactID, Agent: ev.AgentID, Reservation: ev.Reservation})
	}
}

func (e *Engine) serve(c *contact) {
	a := c.agent
	e.touch(a)
	a.offer, a.idle, a.misses, a.failures = nil, e.at, 0, 0
	c.phase, c.rings, c.until, c.failures, c.callback = talking, false, 0, 0, false
	e.arm(&c.timer, never, thenContact)
	c.queue.taken(e.at)
	e.emit(Effect{Kind: Served, Contact: c.ID, Agent: a.ID, Queue: c.queue.ID, Reservation: c.reservation})
}

// decline takes an offer back from an agent who did not take it, and concludes from why.
func (e *Engine) decline(c *contact, why DeclineReason) {
	a := c.agent
	e.unoffer(c)
	switch why {
	case DidNotAnswer, SaidNo:
		a.post, a.reason = blame(a, string(why))
	case WasBusy:
		a.out, a.outReason, a.outUntil = Elsewhere, "", e.at.plus(retryBusy)
	case NotReached:
		a.out, a.outReason, a.outUntil = Unreachable, "", e.at.plus(backoff(retryUnreached, longestRetry, a.misses))
		a.misses++
	default: // ours: both rest a little, so that one broken part is not tried a thousand times a second
		a.out, a.outReason, a.outUntil = Unreachable, string(Failed), e.at.plus(backoff(retryFailed, longestFailures, a.failures))
		c.holdUntil = e.at.plus(backoff(retryFailed, longestFailures, c.failures))
		a.failures++
		c.failures++
	}
	e.back(c)
}

// blame says where an agent goes who let his phone ring: out, unless he is on a break already or is known to be in
// another call.
func blame(a *agent, why string) (AgentState, string) {
	if a.post != Ready || a.occupied || !a.reach {
		return a.post, a.reason
	}
	return NoAnswer, why
}

// expire ends an offer that nobody answered in time.
func (e *Engine) expire(c *contact) {
	a := c.agent
	e.withdraw(c, WhyNotAnswered)
	a.post, a.reason = blame(a, string(DidNotAnswer))
	e.back(c)
}

// callBack turns somebody who waits into one who is called when his turn comes. An agent whose phone rings for him
// now is freed: the offer comes again, as a callback.
func (e *Engine) callBack(c *contact) {
	switch c.phase {
	case waiting:
		c.callback = true
		e.armContact(c)
	case offered:
		c.callback = true
		e.withdraw(c, WhyCallerLeft)
		e.back(c)
	case talking:
	}
}

// expel sends somebody who waits away.
func (e *Engine) expel(c *contact, why string) {
	e.emit(Effect{Kind: Expelled, Contact: c.ID, Queue: c.queue.ID, Reason: why})
	e.end(c, "")
}

// sendAway expels, in queues that say so, those whom nobody who is signed in could ever serve.
func (e *Engine) sendAway() {
	e.short = false
	if !e.begun {
		return
	}
	for _, q := range e.order {
		if q.NoAgents != Expel || q.gone {
			continue
		}
		var away []*contact
		q.waiting.all(func(c *contact) {
			if e.hopeless(c) {
				away = append(away, c)
			}
		})
		for _, c := range away {
			e.expel(c, WhyNoAgents)
		}
	}
	e.short = false
}

// unwanted says why somebody may not wait in his queue any more; "" when he may.
func (e *Engine) unwanted(c *contact) string {
	switch {
	case c.queue.gone:
		return WhyNoQueue
	case e.hopeless(c):
		return WhyNoAgents
	default:
		return ""
	}
}

// hopeless says whether a contact is to be sent away because nobody could ever serve it. A callback was promised.
func (e *Engine) hopeless(c *contact) bool {
	return e.begun && c.queue.NoAgents == Expel && !c.callback && !e.staffed(c.queue, c.Needs, c.relaxed, c.step, c.been)
}

// overflow does the next step of the contact's queue.
func (e *Engine) overflow(c *contact) {
	s := c.queue.steps[c.step]
	e.unplace(c)
	c.step++
	c.boost = clamp(c.boost+clamp(s.Priority, maxPriority), maxPriority)
	if s.Relax {
		c.relaxed = c.step
	}
	if to := e.target(c.queue, s, c.been); to != nil && e.refuses(to, &c.Contact, false) == "" {
		from := c.queue
		c.been = append(c.been, from.ID)
		from.restless()
		c.queue, c.step, c.relaxed, c.since = to, 0, 0, e.at
		to.users++
		e.intoLine(c)
		e.leaveQueue(from)
	} else {
		e.intoLine(c)
	}
	c.told = c.queue.waiting.ahead(c) + 1
	e.emit(Effect{Kind: Overflowed, Contact: c.ID, Queue: c.queue.ID, Position: c.told})
	e.came = append(e.came, c)
}

// adopt takes over a contact as its node declares it. Of one that is known, the node's word counts until decisions begin.
func (e *Engine) adopt(s *Standing) {
	if s == nil || s.Contact.ID == (ContactID{}) {
		return
	}
	old := e.contacts[s.Contact.ID]
	if old != nil && (e.begun || old.stands(s)) {
		return
	}
	q := e.queues[s.Contact.Queue]
	if q == nil || q.gone {
		e.orphan(s)
		return
	}
	if old != nil {
		e.disown(old)
	}
	c := e.newContact(&s.Contact, q)
	since := believed(s.Since, e.at)
	c.callback = s.CallBack
	if s.Agent == (AgentID{}) {
		c.entered, c.since = since, since
		if c.preferUntil != 0 {
			c.preferUntil = since.plus(c.PreferFor)
		}
		e.came = append(e.came, c)
		return
	}
	e.attach(c, s, since)
}

// orphan answers for a contact whose queue is not configured.
func (e *Engine) orphan(s *Standing) {
	if s.Agent == (AgentID{}) {
		e.emit(Effect{Kind: Expelled, Contact: s.Contact.ID, Queue: s.Contact.Queue, Reason: WhyNoQueue})
	}
}

func (c *contact) stands(s *Standing) bool {
	if s.Agent == (AgentID{}) {
		return c.phase == waiting
	}
	return c.phase != waiting && c.agent.ID == s.Agent && c.reservation == s.Reservation && (c.phase == talking) == s.Accepted
}

// disown forgets a contact without a word, for its node's word of it.
func (e *Engine) disown(c *contact) {
	if c.phase == waiting {
		e.unplace(c)
	} else {
		e.touch(c.agent)
		c.agent.drop(c)
	}
	e.drop(c)
}

// attach gives a declared contact to its agent, who need not be signed in yet.
func (e *Engine) attach(c *contact, s *Standing, since instant) {
	a := e.agents[s.Agent]
	if a == nil {
		a = e.newAgent(s.Agent)
	}
	e.touch(a)
	e.last = max(e.last, min(s.Reservation, 1<<62))
	c.reservation = s.Reservation
	c.until = since.plus(cmp.Or(max(c.queue.RingFor, 0), defaultRing))
	switch {
	case s.Accepted:
		c.phase, c.agent, c.until, c.callback = talking, a, 0, false
		a.contacts = append(a.contacts, c)
		a.idle = e.at
		a.spare = a.excess()
	case a.offer != nil || a.signedIn && !a.room(c.Channel) || len(a.contacts) > 0 && !a.signedIn || c.until <= e.now || s.Reservation == 0:
		// He has one already, or it is over: it waits, and the node stops his phone.
		c.until = 0
		e.emit(Effect{Kind: Withdraw, Contact: c.ID, Agent: a.ID, Reservation: s.Reservation, Reason: WhyAgentLeft})
		e.came = append(e.came, c)
	default:
		c.phase, c.agent = offered, a
		a.contacts, a.offer = append(a.contacts, c), c
		e.armContact(c)
	}
}

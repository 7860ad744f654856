package engine

import "time"

// How long something concluded of an agent holds, when nobody tells otherwise.
const (
	retryBusy       = 5 * time.Second  // his phone was busy: asked again unless it says before that it is free
	retryUnreached  = 30 * time.Second // his phone was not reached: asked again, after twice as long each time
	retryFailed     = 500 * time.Millisecond
	longestRetry    = 8 * time.Minute
	longestFailures = 8 * time.Second
)

// backoff gives first, doubled for each time before, at most longest.
func backoff(first, longest time.Duration, times int) time.Duration {
	return min(first<<min(times, 20), longest)
}

func (e *Engine) newAgent(id AgentID) *agent {
	a := &agent{Agent: Agent{ID: id}, post: Ready, reach: true, leaving: true, idle: e.at, shown: shown{state: SignedOut}}
	a.timer.agent = a
	a.kept.tie = func(x, y *node) bool { return before(x.contact, y.contact) }
	e.agents[id] = a
	return a
}

func (e *Engine) signIn(ev *Event) {
	if ev.Agent == nil || ev.Agent.ID == (AgentID{}) {
		return
	}
	a := e.agents[ev.Agent.ID]
	if a == nil {
		a = e.newAgent(ev.Agent.ID)
	}
	if a.signedIn && !a.leaving {
		e.change(a, ev.Agent)
		return
	}
	e.touch(a)
	if !a.signedIn {
		a.idle = e.at
		if !ev.Since.IsZero() {
			a.idle = believed(ev.Since, e.at)
		}
	}
	e.describe(a, ev.Agent)
	a.leaving, a.post, a.reason = false, Ready, ""
	switch ev.State {
	case OnBreak, NoAnswer:
		a.post, a.reason = ev.State, ev.Reason
	case WrappingUp:
		if len(a.contacts) == 0 {
			a.wrapUntil = never
			if !ev.Until.IsZero() {
				a.wrapUntil = max(instantOf(ev.Until), e.now)
			}
		}
	}
}

// change takes over an agent's skills, places and capacity as they are now.
func (e *Engine) change(a *agent, as *Agent) {
	if a == nil || !a.signedIn {
		return
	}
	e.touch(a)
	e.describe(a, as)
}

// describe says who the agent is, and finds his lines. Who waits for him alone is looked at anew.
func (e *Engine) describe(a *agent, as *Agent) {
	if a.signedIn {
		e.delist(a)
	}
	a.Agent, a.signedIn = copyAgent(as), true
	a.spare = a.excess()
	e.enlist(a)
	e.letGo(a)
}

// excess is by how many contacts of some channel he is over his capacity.
func (a *agent) excess() int {
	most := 0
	for _, c := range a.contacts {
		n := -a.capacity(c.Channel)
		for _, o := range a.contacts {
			if o.Channel == c.Channel {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// letGo has those who wait for this agent alone find a line anew.
func (e *Engine) letGo(a *agent) {
	for len(a.kept.items) > 0 {
		c := a.kept.top().contact
		e.unplace(c)
		e.came = append(e.came, c)
	}
}

// depart ends an agent's presence; nothing of his is left behind.
func (e *Engine) depart(a *agent) {
	if a.gone {
		return
	}
	a.gone, a.wrapUntil, a.out = true, 0, ""
	if a.signedIn {
		e.delist(a)
	}
	a.signedIn = false
	delete(e.agents, a.ID)
	e.letGo(a)
}

// ofAgent takes what an agent, a supervisor or a phone says of somebody who is signed in.
func (e *Engine) ofAgent(a *agent, ev *Event) {
	e.touch(a)
	switch ev.Kind {
	case SignOut:
		a.leaving, a.wrapUntil = true, 0
		e.takeBack(a)
	case GetReady:
		a.leaving = false
		e.ready(a)
	case ForceReady:
		e.ready(a)
	case TakeBreak, ForceBreak:
		a.post, a.reason = OnBreak, ev.Reason
		e.takeBack(a)
	case Reach:
		e.reached(a, ev.On)
	case Occupy:
		e.occupied(a, ev.On)
	case WantWrapUp:
		a.wantsWrap = len(a.contacts) > 0
	case EndWrapUp:
		e.endWrapUp(a)
	}
}

// ready puts an agent back to work: it ends a break, a wrap-up, and what was concluded of his phone.
func (e *Engine) ready(a *agent) {
	e.endWrapUp(a)
	if a.post != Ready || a.out != "" {
		a.idle = e.at
	}
	a.post, a.reason = Ready, ""
	a.out, a.outReason, a.outUntil, a.misses = "", "", 0, 0
}

func (e *Engine) endWrapUp(a *agent) {
	if a.wrapUntil != 0 {
		a.wrapUntil, a.idle = 0, e.at
	}
}

func (e *Engine) reached(a *agent, on bool) {
	if !on {
		a.reach = false
		e.takeBack(a)
		return
	}
	concluded := a.out == Unreachable && a.outReason != string(Failed)
	if concluded {
		a.out, a.outReason, a.outUntil, a.misses = "", "", 0, 0
	}
	if !a.reach || concluded {
		a.reach, a.idle = true, e.at
	}
}

func (e *Engine) occupied(a *agent, on bool) {
	concluded := !on && a.out == Elsewhere
	if concluded {
		a.out, a.outReason, a.outUntil = "", "", 0
	}
	if a.occupied && !on || concluded {
		a.idle = e.at
	}
	a.occupied = on
}

// takeBack ends an offer to an agent who is not there for it any more; the contact goes to the next.
func (e *Engine) takeBack(a *agent) {
	if c := a.offer; c != nil {
		e.withdraw(c, WhyAgentLeft)
		e.back(c)
	}
}

// wrapUp begins the work after a contact, as its queue says. An agent who signs out has none.
func (e *Engine) wrapUp(a *agent, c *contact) {
	wanted := a.wantsWrap
	if len(a.contacts) == 0 {
		a.wantsWrap = false
	}
	if a.leaving {
		return
	}
	until := a.wrapUntil
	switch rule := c.queue.WrapUp; rule.Mode {
	case MandatoryWrapUp:
		until = never
	case TimedWrapUp:
		until = max(until, e.at.plus(rule.For))
	case OptionalWrapUp:
		if wanted {
			until = max(until, e.at.plus(rule.For))
		}
	case NoWrapUp:
	}
	if until > e.at && until != a.wrapUntil {
		a.wrapUntil, a.wrapOf = until, c.ID
	}
}

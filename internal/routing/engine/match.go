package engine

import "cmp"

// match brings together who came or was freed in this step with whoever was there before. Before decisions begin
// everybody only finds his place.
//
// What was settled before stays settled, so only these can be matched: a contact that came with an agent who is free,
// an agent who was freed with a contact that waits. Several of them at once are matched contact by contact in order of
// service.
func (e *Engine) match() {
	if e.all {
		e.matchAll()
		return
	}
	freed := e.freed[:0]
	for _, a := range e.touched {
		if !a.gone && a.available() {
			freed = append(freed, a)
		}
	}
	e.freed = freed
	switch {
	case !e.begun:
		e.standBy()
	case len(freed) == 0 && len(e.came) == 0:
	case len(freed) == 1 && len(e.came) == 0:
		if c := bestFor(freed[0]); c != nil {
			e.offer(c, freed[0])
		} else {
			e.stand(freed[0])
		}
	case len(freed) == 0:
		for _, c := range inOrder(e.came) {
			e.seek(c)
		}
	default:
		e.matchBoth()
	}
	e.clear()
}

func (e *Engine) clear() {
	clear(e.came)
	clear(e.freed)
	e.came, e.freed = e.came[:0], e.freed[:0]
}

// seek finds an agent for a contact that came, or puts it into line.
func (e *Engine) seek(c *contact) {
	if e.turnAway(c) {
		return
	}
	keeper := e.keeper(c)
	if c.holdUntil == 0 {
		if a := e.bestOf(c, keeper); a != nil {
			e.offer(c, a)
			return
		}
	}
	e.wait(c, keeper)
}

// turnAway expels a contact that came and may not wait in its queue any more.
func (e *Engine) turnAway(c *contact) bool {
	why := e.unwanted(c)
	if why == "" {
		return false
	}
	e.emit(Effect{Kind: Expelled, Contact: c.ID, Queue: c.queue.ID, Reason: why})
	e.drop(c)
	c.queue.restless()
	return true
}

// keeper gives the agent for whom alone the contact waits now; nil: for anybody. A contact does not wait for one who
// is not signed in, or may not serve it.
func (e *Engine) keeper(c *contact) *agent {
	if c.preferUntil == 0 {
		return nil
	}
	if a := e.agents[c.Prefer]; a != nil && a.signedIn && a.spot(c.line) != nil {
		return a
	}
	return nil
}

// bestOf gives the best of the agents who stand free for a contact: the preferred, else the longest idle.
func (e *Engine) bestOf(c *contact, keeper *agent) *agent {
	if c.Prefer != (AgentID{}) {
		if a := e.agents[c.Prefer]; a != nil {
			if s := a.spot(c.line); s != nil && s.pos != 0 {
				return a
			}
		}
	}
	if keeper != nil {
		return nil
	}
	if n := c.line.free.top(); n != nil {
		return n.agent
	}
	return nil
}

// bestFor gives the best of the contacts that wait for an agent who is free.
func bestFor(a *agent) *contact {
	var best *contact
	for _, s := range a.spots {
		items := s.line.waiting.items
		if len(items) == 0 {
			continue
		}
		if c := items[0].node.contact; (best == nil || before(c, best)) && a.room(s.line.queue.Channel) {
			best = c
		}
	}
	for i, k := range a.kept.items {
		if c := k.node.contact; a.room(c.Channel) {
			if best == nil || before(c, best) {
				best = c
			}
			if i == 0 {
				break // the least of all
			}
		}
	}
	return best
}

// stand puts an agent who is free among the free of every line that he may serve.
func (e *Engine) stand(a *agent) {
	if a.standing {
		return
	}
	a.standing = true
	for _, s := range a.spots {
		if a.room(s.line.queue.Channel) {
			s.line.free.push(int64(a.idle), 0, &s.node)
		}
	}
}

// wait puts a contact into line.
func (e *Engine) wait(c *contact, keeper *agent) {
	q := c.queue
	q.waiting.insert(c)
	switch {
	case c.holdUntil != 0:
	case keeper != nil:
		c.keptBy = keeper
		keeper.kept.push(c.major, c.minor, &c.wait)
	default:
		c.line.waiting.push(c.major, c.minor, &c.wait)
	}
	e.armContact(c)
	if e.options.Explain && e.begun {
		e.explain(c, nil)
	}
}

// standBy gives everybody his place while nothing is decided yet.
func (e *Engine) standBy() {
	for _, a := range e.freed {
		e.stand(a)
	}
	for _, c := range e.came {
		if !e.turnAway(c) {
			e.wait(c, e.keeper(c))
		}
	}
}

// matchBoth matches contacts that came while agents were freed, in one step.
func (e *Engine) matchBoth() {
	for _, a := range e.freed {
		e.stand(a)
	}
	for {
		var best *contact
		at := -1
		for i, c := range e.came {
			if c != nil && (best == nil || before(c, best)) {
				best, at = c, i
			}
		}
		for _, a := range e.freed {
			if !a.available() {
				continue
			}
			if c := bestFor(a); c != nil && (best == nil || before(c, best)) {
				best, at = c, -1
			}
		}
		if best == nil {
			return
		}
		if at >= 0 {
			e.came[at] = nil
			e.seek(best)
		} else {
			e.offer(best, e.bestOf(best, best.keptBy))
		}
	}
}

// matchAll lets whoever waits seek an agent, in order of service.
func (e *Engine) matchAll() {
	e.all = false
	for _, a := range e.agents {
		if a.available() && !a.gone {
			e.stand(a)
		}
	}
	all := e.came
	e.came = nil
	for _, q := range e.order {
		q.waiting.all(func(c *contact) { all = append(all, c) })
	}
	for _, c := range inOrder(all) {
		e.unplace(c)
	}
	for _, c := range all {
		if e.begun {
			e.seek(c)
		} else if !e.turnAway(c) {
			e.wait(c, e.keeper(c))
		}
	}
	e.clear()
}

// offer reserves an agent for a contact and has his phone rung.
func (e *Engine) offer(c *contact, a *agent) {
	e.touch(a)
	if e.options.Explain {
		e.explain(c, a)
	}
	if c.size != 0 {
		e.unplace(c)
	}
	e.last++
	c.phase, c.agent, c.reservation = offered, a, e.last
	c.until = e.now.plus(cmp.Or(max(c.queue.RingFor, 0), defaultRing))
	a.contacts, a.offer = append(a.contacts, c), c
	e.armContact(c)
	e.emit(Effect{
		Kind: Offer, Contact: c.ID, Agent: a.ID, Queue: c.queue.ID, Reservation: e.last, Until: c.until.time(), CallBack: c.callback,
	})
}

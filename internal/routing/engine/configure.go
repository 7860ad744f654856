package engine

import (
	"bytes"
	"cmp"
	"slices"
)

// configure takes over all queues as they are now. Every line is made anew; contacts keep their places by key press.
func (e *Engine) configure(queues []Queue) {
	var waits []*contact
	for _, q := range e.order {
		q.waiting.all(func(c *contact) { waits = append(waits, c) })
	}
	for _, c := range waits {
		e.unplace(c)
	}
	e.dropLines()
	e.takeOver(queues)
	for _, c := range e.contacts {
		e.review(c)
	}
	for _, q := range e.order {
		e.lineAt(q, 0, nil)
		for i, s := range q.steps {
			if s.Relax {
				e.lineAt(q, i+1, nil)
			}
		}
	}
	for _, a := range e.byNumber() { // in an order, because they are told of in it
		e.touch(a)
	}
	for _, c := range inOrder(waits) {
		if c.queue.gone {
			e.expel(c, WhyNoQueue)
		} else {
			e.came = append(e.came, c)
		}
	}
	for _, q := range slices.Clone(e.order) {
		if q.gone && q.users == 0 {
			e.removeQueue(q)
		}
	}
	e.all, e.short = true, true
}

// dropLines forgets every line, and the agents' places in them.
func (e *Engine) dropLines() {
	for _, q := range e.queues {
		q.lines = map[lineKey]*line{}
	}
	for _, a := range e.agents {
		a.spots, a.standing = nil, false
	}
	e.lines, e.ownLines, e.ownLimit = nil, 0, leastOwnLimit
}

// takeOver makes the queues what they are told to be; the last of two of one id counts.
func (e *Engine) takeOver(queues []Queue) {
	for _, q := range e.queues {
		q.gone = true
	}
	for i := range queues {
		as := &queues[i]
		if as.ID == (QueueID{}) {
			continue
		}
		q := e.queues[as.ID]
		if q == nil {
			q = &queue{lines: map[lineKey]*line{}}
			e.queues[as.ID] = q
			e.order = append(e.order, q)
		}
		q.become(as)
	}
	slices.SortFunc(e.order, func(a, b *queue) int { return bytes.Compare(a.ID[:], b.ID[:]) })
}

func (q *queue) become(as *Queue) {
	q.Queue, q.gone, q.members = *as, false, nil
	if q.Channel == "" {
		q.Channel = Voice
	}
	q.Priority = clamp(q.Priority, maxPriority)
	q.Needs = canonical(as.Needs)
	if len(as.Members) > 0 {
		q.members = make(map[AgentID]bool, len(as.Members))
		for _, id := range as.Members {
			q.members[id] = true
		}
	}
	q.Members = nil
	q.steps = slices.Clone(as.Overflow)
	for i := range q.steps {
		q.steps[i].Needs = canonical(q.steps[i].Needs)
		q.steps[i].After = max(q.steps[i].After, 0)
	}
	slices.SortStableFunc(q.steps, func(a, b Overflow) int { return cmp.Compare(a.After, b.After) })
	q.Overflow = nil
}

// review fits a contact to its queue as it is now. Steps that it took are not taken again.
func (e *Engine) review(c *contact) {
	c.step = min(c.step, len(c.queue.steps))
	if c.relaxed > len(c.queue.steps) || c.relaxed > 0 && !c.queue.steps[c.relaxed-1].Relax {
		c.relaxed = 0
	}
	e.arm(&c.timer, never, thenContact) // its order among deadlines may change
	c.line = nil
	e.intoLine(c)
	switch c.phase {
	case waiting:
		c.Channel = c.queue.Channel
	case offered:
		e.armContact(c)
	case talking:
	}
}

// removeQueue forgets a queue that is not configured any more and that no contact speaks of.
func (e *Engine) removeQueue(q *queue) {
	delete(e.queues, q.ID)
	e.order = slices.DeleteFunc(e.order, func(o *queue) bool { return o == q })
	gone := func(l *line) bool { return l.queue == q }
	for _, a := range e.agents {
		a.spots = slices.DeleteFunc(a.spots, func(s *spot) bool { return gone(s.line) })
	}
	for _, l := range e.lines {
		if gone(l) && l.key.own != "" {
			e.ownLines--
		}
	}
	e.lines = slices.DeleteFunc(e.lines, gone)
}

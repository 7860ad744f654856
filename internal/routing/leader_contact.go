package routing

import (
	"context"
	"time"

	"github.com/google/uuid"

	"yingda/internal/routing/engine"
)

// enqueue gives a contact a place in line, and always answers.
func (l *leader) enqueue(ctx context.Context, p *peer, e Entry) {
	now := l.s.cfg.Clock.Now()
	q, ok := l.config.byCode[e.Queue]
	if !ok {
		l.send(p, refusedOrder(e.Contact, uuid.Nil, engine.WhyNoQueue))
		return
	}
	id := q.ID.UUID()
	if at, ok := l.found(e, now); ok {
		e.KeyAt = at
	}
	kind := engine.Enqueue
	if e.Again {
		kind = engine.Requeue
	}
	old := l.contacts[e.Contact]
	c := old // known already when the answer of the leader before was lost, or it was declared first
	if old == nil || e.Again {
		c = &contact{entry: e, queue: id, node: p.node}
		l.contacts[e.Contact] = c
	}
	c.touched, e.KeyAt = now, c.entry.KeyAt
	answer := order{Order: Order{Kind: engine.Placed, Contact: e.Contact, Queue: id, Position: 1}, KeyAt: e.KeyAt}
	l.applyWith(ctx, engine.Event{Kind: kind, Contact: l.contactOf(e, id)}, func(f engine.Effect) bool {
		if f.Contact != e.Contact {
			return false
		}
		switch f.Kind {
		case engine.Placed:
			answer.Queue, answer.Position, answer.Wait = f.Queue, f.Position, f.Wait
			c.position, c.wait = f.Position, f.Wait
			return true
		case engine.Refused, engine.Expelled:
			answer = refusedOrder(e.Contact, id, f.Reason)
			return true
		}
		return false
	}, func() { l.send(p, answer) })
	if answer.Kind != engine.Refused {
		l.saver.keep(now, e.Contact, c)
		return
	}
	if old != nil { // it stays with its agent
		l.contacts[e.Contact] = old
	} else {
		delete(l.contacts, e.Contact)
	}
}

func refusedOrder(contact, queue uuid.UUID, why string) order {
	return order{Order: Order{Kind: engine.Refused, Contact: contact, Queue: queue, Reason: why}}
}

// contactOf makes the engine's contact of an entry.
func (l *leader) contactOf(e Entry, queue uuid.UUID) *engine.Contact {
	key := e.KeyAt.Add(l.shift()).Round(0)
	if now := l.now(); key.After(now) || key.IsZero() {
		key = now // a node whose clock is ahead gives nobody a worse place
	}
	c := &engine.Contact{ID: e.Contact, Channel: e.Channel, Queue: queue, KeyAt: key, Priority: e.Priority, PreferFor: e.PreferFor, Caller: e.Caller}
	if e.Prefer != "" {
		for staff, a := range l.agents {
			if a.session.Number == e.Prefer {
				c.Prefer = staff
			}
		}
	}
	return c
}

// report applies what a node says of a contact.
func (l *leader) report(ctx context.Context, p *peer, r Report) {
	if c := l.contacts[r.Contact]; c != nil {
		c.touched = l.s.cfg.Clock.Now()
	}
	e := engine.Event{ContactID: r.Contact, Reservation: r.Reservation, Why: r.Why}
	switch r.What {
	case ItRings:
		e.Kind = engine.Rings
	case ItWasTaken:
		e.Kind = engine.Accept
	case ItWasRefused:
		e.Kind = engine.Decline
	case ItLeft:
		e.Kind = engine.Leave
	case ItReleased:
		e.Kind = engine.Release
	case ItCallsBack:
		e.Kind = engine.CallBack
	default:
		l.s.cfg.Logger.WarnContext(ctx, "a node reports what nobody knows", "node", p.node, "what", r.What)
		return
	}
	l.apply(ctx, e)
	if r.What == ItLeft || r.What == ItReleased {
		l.forget(r.Contact, true)
		delete(p.placed, r.Contact)
	}
}

// forget drops what the leader knows of a contact. done: nobody will look for its place.
func (l *leader) forget(id uuid.UUID, done bool) {
	c := l.contacts[id]
	if c == nil {
		return
	}
	delete(l.contacts, id)
	if done {
		l.saver.drop(id)
	}
}

// effect does what the engine wants.
func (l *leader) effect(ctx context.Context, now time.Time, f engine.Effect) {
	if f.Kind == engine.AgentChanged {
		l.agentChanged(ctx, now, f)
		return
	}
	c := l.contacts[f.Contact]
	p := l.from
	if c != nil {
		p = l.peers[c.node]
	}
	o := Order{
		Kind: f.Kind, Contact: f.Contact, Queue: f.Queue, Reservation: f.Reservation, Until: l.onClock(f.Until), Reason: f.Reason,
		Position: f.Position, Wait: f.Wait, CallBack: f.CallBack,
	}
	if a := l.agents[f.Agent]; a != nil {
		o.Desk = a.session.desk()
	} else {
		o.Desk = Desk{Agent: f.Agent}
	}
	if c != nil && !l.contactChanged(now, c, p, f) {
		return
	}
	switch f.Kind {
	case engine.Served, engine.AgentChanged:
		return
	case engine.Offer, engine.Withdraw, engine.Expelled, engine.Refused, engine.Overflowed, engine.Stale, engine.Placed:
	}
	l.send(p, order{Order: o})
}

// onClock gives a time of the engine as the machine's clock will show it; zero stays zero.
func (l *leader) onClock(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(-l.shift())
}

// contactChanged keeps the leader's own knowledge of a contact, and tells whether its node is told now.
func (l *leader) contactChanged(now time.Time, c *contact, p *peer, f engine.Effect) bool {
	switch f.Kind {
	case engine.Offer:
		c.agent, c.reservation, c.accepted, c.offered = f.Agent, f.Reservation, false, now
		if p != nil {
			delete(p.placed, f.Contact)
		}
		l.deal(now, f.Agent, f.Contact, c)
	case engine.Withdraw:
		if c.reservation == f.Reservation {
			c.agent, c.reservation = uuid.Nil, 0
		}
	case engine.Served:
		c.agent, c.accepted = f.Agent, true
		l.saver.drop(f.Contact)
	case engine.Placed:
		c.position, c.wait = f.Position, f.Wait
		if p != nil {
			p.placed[f.Contact] = order{Order: Order{Kind: engine.Placed, Contact: f.Contact, Queue: f.Queue, Position: f.Position, Wait: f.Wait}, KeyAt: c.entry.KeyAt}
		}
		return false
	case engine.Overflowed:
		c.queue = f.Queue
	case engine.Expelled, engine.Refused:
		if p != nil {
			delete(p.placed, f.Contact)
		}
		l.forget(f.Contact, true)
	case engine.Stale, engine.AgentChanged:
	}
	return true
}

// deal shows an agent's page the contact that he is offered.
func (l *leader) deal(now time.Time, staff, id uuid.UUID, c *contact) {
	a := l.agents[staff]
	if a == nil {
		return
	}
	q := l.config.queues[c.queue]
	a.card = &ContactCard{
		ID: id, Queue: c.queue, QueueCode: q.Code, QueueName: q.Name, Caller: c.entry.Shown, KeyAt: c.entry.KeyAt,
		Waited: max(0, now.Sub(c.entry.KeyAt)).Milliseconds(), Offered: now,
	}
}

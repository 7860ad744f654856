package routing

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"yingda/internal/routing/engine"
)

// Causes of corrections, which should never be needed.
const (
	causeGone      = "contact_gone"      // its node does not know it
	causeUnknown   = "contact_unknown"   // only its node knows it
	causeElsewhere = "contact_elsewhere" // node and router put it with different agents
	causeInvariant = "invariant"         // the engine contradicts itself
)

func causes() []string {
	return []string{causeGone, causeUnknown, causeElsewhere, causeInvariant}
}

// checkEvery is how often the engine looks at itself, which takes some milliseconds with thousands of agents.
const checkEvery = 3 * time.Second

// doubtFor is how long node and router may disagree before the router corrects itself: longer than any message is under
// way.
const doubtFor = 2 * time.Second

// declare takes a part of what a node stands for. With the last part a node that is new to this leader is taken over;
// of one that is known it is kept, for [leader.reconcile].
func (l *leader) declare(ctx context.Context, p *peer, t truth, now time.Time) {
	if t.Parts == 0 {
		if !p.declared || p.hash != t.Hash {
			p.want, p.dirty = true, true
			return
		}
		p.toldAt = now
		return
	}
	if t.Part == 0 {
		p.parts = nil
	}
	if t.Part != len(p.parts) {
		p.parts, p.want, p.dirty = nil, true, true // a part was lost
		return
	}
	if p.parts = append(p.parts, t); len(p.parts) < t.Parts {
		return
	}
	truth, phones := map[uuid.UUID]Standing{}, map[string]phoneState{}
	for _, part := range p.parts {
		for _, s := range part.Standings {
			truth[s.Entry.Contact] = s
		}
		for _, one := range part.Phones {
			phones[one.Number] = one
		}
	}
	first := !p.declared
	p.parts, p.truth, p.hash, p.declared, p.toldAt, p.dirty = nil, truth, t.Hash, true, now, true
	for _, one := range phones {
		l.phone(ctx, p.node, one)
	}
	for number, by := range l.phones {
		if _, ok := by[p.node]; ok && phones[number].Number == "" {
			l.phone(ctx, p.node, phoneState{Number: number})
		}
	}
	if !first {
		return
	}
	l.from = p
	for _, s := range truth {
		l.adopt(ctx, p, s)
	}
	l.from = nil
}

// adopt takes over a contact as its node knows it.
func (l *leader) adopt(ctx context.Context, p *peer, s Standing) {
	now := l.s.cfg.Clock.Now()
	q, ok := l.config.byCode[s.Entry.Queue]
	if !ok {
		if s.Desk.Agent == uuid.Nil {
			l.send(p, order{Order: Order{Kind: engine.Expelled, Contact: s.Entry.Contact, Reason: engine.WhyNoQueue}})
			return
		}
	}
	id := q.ID.UUID()
	if at, ok := l.found(s.Entry, now); ok && s.Desk.Agent == uuid.Nil {
		s.Entry.KeyAt = at // a call that came again, or the leader before had found it
	}
	l.contacts[s.Entry.Contact] = &contact{
		entry: s.Entry, queue: id, node: p.node, touched: now, agent: s.Desk.Agent, reservation: s.Reservation, accepted: s.Accepted, offered: s.Since,
	}
	if s.Desk.Agent != uuid.Nil {
		l.deal(now, s.Desk.Agent, s.Entry.Contact, l.contacts[s.Entry.Contact])
	}
	l.apply(ctx, engine.Event{Kind: engine.Adopt, Standing: &engine.Standing{
		Contact: *l.contactOf(s.Entry, id), Agent: s.Desk.Agent, Reservation: s.Reservation, Accepted: s.Accepted, Since: s.Since,
	}})
	if s.Desk.Agent == uuid.Nil {
		l.saver.keep(now, s.Entry.Contact, l.contacts[s.Entry.Contact])
	}
}

// reconcile compares what nodes declared with what the router believes, and what the engine believes with itself, and
// corrects what stays wrong. Each correction is counted: the count must stay 0.
func (l *leader) reconcile(ctx context.Context, now time.Time) {
	if !l.began {
		return
	}
	for id, c := range l.contacts {
		p := l.peers[c.node]
		if p == nil || !p.declared {
			continue
		}
		if l.agrees(c, p, id) || c.touched.After(p.toldAt) {
			c.doubted = time.Time{}
			continue
		}
		l.doubt(ctx, p, id, c, now)
	}
	for _, p := range l.peers {
		for id, s := range p.truth {
			if l.contacts[id] == nil {
				l.strange(ctx, p, id, s, now)
			}
		}
	}
	if now.Sub(l.checked) >= checkEvery {
		l.checked = now
		l.check(ctx, now)
		l.expire(now)
	}
}

// agrees compares one contact with what its node declared last.
func (l *leader) agrees(c *contact, p *peer, id uuid.UUID) bool {
	s, ok := p.truth[id]
	if !ok {
		return false
	}
	// Between an offer and its answer both may be right; what was accepted must be the same.
	return s.Accepted == c.accepted && (!s.Accepted || s.Desk.Agent == c.agent)
}

// doubt asks again, and corrects what stays wrong.
func (l *leader) doubt(ctx context.Context, p *peer, id uuid.UUID, c *contact, now time.Time) {
	if c.doubted.IsZero() {
		c.doubted = now
		return
	}
	if now.Sub(c.doubted) < doubtFor {
		return
	}
	if p.toldAt.Before(c.doubted.Add(doubtFor / 2)) { // it was asked before: it must say it again
		l.ask(p, now)
		return
	}
	s, known := p.truth[id]
	if !known {
		l.correct(ctx, causeGone, p.node, id)
		l.apply(ctx, engine.Event{Kind: engine.Leave, ContactID: id})
		l.forget(id, true)
		return
	}
	l.correct(ctx, causeElsewhere, p.node, id)
	l.apply(ctx, engine.Event{Kind: engine.Leave, ContactID: id})
	l.forget(id, false)
	l.adopt(ctx, p, s)
}

// strange takes in a contact that only its node knows.
func (l *leader) strange(ctx context.Context, p *peer, id uuid.UUID, s Standing, now time.Time) {
	since, ok := p.strange[id]
	switch {
	case !ok:
		p.strange[id] = now
	case now.Sub(since) < doubtFor:
	case p.toldAt.Before(since.Add(doubtFor / 2)):
		l.ask(p, now)
	default:
		delete(p.strange, id)
		l.correct(ctx, causeUnknown, p.node, id)
		l.adopt(ctx, p, s)
	}
}

// ask wants a fresh truth of a client.
func (l *leader) ask(p *peer, now time.Time) {
	if now.Sub(p.asked) > resendAfter {
		p.want, p.dirty = true, true
	}
}

// correct logs and counts a correction.
func (l *leader) correct(ctx context.Context, cause, node string, id uuid.UUID) {
	l.s.metrics.corrected(cause)
	l.s.cfg.Logger.ErrorContext(ctx, "the routing corrected itself", "cause", cause, "node", node, "contact", id, "epoch", l.epoch)
}

// check lets the engine look at itself. What is wrong for longer than a moment is corrected by a configuration, which makes
// everything anew.
func (l *leader) check(ctx context.Context, now time.Time) {
	found, again := map[string]bool{}, false
	for _, v := range l.eng.Check(l.now()) {
		text := fmt.Sprint(v.Kind, " ", v.Contact, " ", v.Agent, " ", v.Queue)
		found[text] = true
		since, ok := l.wrong[text]
		if !ok {
			l.wrong[text] = now
			continue
		}
		if now.Sub(since) >= doubtFor {
			delete(l.wrong, text)
			l.s.metrics.corrected(causeInvariant)
			l.s.cfg.Logger.ErrorContext(ctx, "the routing contradicts itself and decides anew", "what", text, "detail", v.Detail, "epoch", l.epoch)
			again = true
		}
	}
	for text := range l.wrong {
		if !found[text] {
			delete(l.wrong, text)
		}
	}
	if again {
		l.configure(ctx, l.config) // makes every line anew, and matches whoever waits
	}
}

package routing

import (
	"context"
	"time"

	"github.com/google/uuid"

	"yingda/internal/routing/engine"
)

// peer is a client as the leader knows it.
type peer struct {
	node     string
	instance uint64
	local    *Client // of this process: no bus between
	heard    time.Time
	seen     uint64 // items up to this sequence are applied
	declared bool
	parts    []truth
	truth    map[uuid.UUID]Standing // as declared last
	hash     uint64
	toldAt   time.Time
	asked    time.Time // for the truth
	dirty    bool      // something is to be sent
	want     bool      // the truth
	base     uint64    // sequence of orders[0]
	orders   []order   // not acknowledged
	sent     uint64
	sentAt   time.Time
	strange  map[uuid.UUID]time.Time // contacts that only it knows, and since when
	placed   map[uuid.UUID]order     // news of places, the newest of each contact
}

// hear takes a message of a client.
func (l *leader) hear(ctx context.Context, u up) {
	now := l.s.cfg.Clock.Now()
	if u.Epoch > l.epoch {
		l.end() // it has a newer leader
		return
	}
	p := l.peers[u.Node]
	if p != nil && p.instance != u.Instance {
		l.lose(ctx, p, "started again")
		p = nil
	}
	if u.Bye {
		if p != nil {
			l.lose(ctx, p, "stopped")
		}
		return
	}
	if p == nil {
		p = &peer{node: u.Node, instance: u.Instance, base: 1, placed: map[uuid.UUID]order{}, strange: map[uuid.UUID]time.Time{}, truth: map[uuid.UUID]Standing{}, seen: u.Base - 1}
		l.peers[u.Node] = p
		p.dirty = true
	}
	p.heard, p.local = now, l.s.local(u.Node, u.Instance)
	if u.Epoch < l.epoch {
		p.dirty = true // it learns the epoch by the answer
		return
	}
	p.acknowledge(u.Got)
	if u.Truth != nil {
		l.declare(ctx, p, *u.Truth, now)
	}
	if !p.declared {
		p.want = true
		p.dirty = p.dirty || now.Sub(p.asked) > resendAfter
		return // its items come again when it has declared
	}
	l.items(ctx, p, u)
}

// items applies those of a message that are new. A gap means that a message was lost: the rest comes again.
func (l *leader) items(ctx context.Context, p *peer, u up) {
	if len(u.Items) == 0 {
		return
	}
	p.dirty = true
	l.from = p
	defer func() { l.from = nil }()
	for i, one := range u.Items {
		seq := u.First + uint64(i)
		if seq <= p.seen {
			continue
		}
		if seq != p.seen+1 {
			return
		}
		p.seen = seq
		l.item(ctx, p, one)
	}
}

// acknowledge forgets the orders that have arrived.
func (p *peer) acknowledge(got uint64) {
	if got < p.base {
		return
	}
	n := min(got-p.base+1, uint64(len(p.orders)))
	p.orders, p.base = p.orders[n:], p.base+n
	if len(p.orders) == 0 {
		p.orders = nil
	}
}

// item applies one thing that a node said.
func (l *leader) item(ctx context.Context, p *peer, i item) {
	switch {
	case i.Enqueue != nil:
		l.enqueue(ctx, p, *i.Enqueue)
	case i.Report != nil:
		l.report(ctx, p, *i.Report)
	case i.Phone != nil:
		l.phone(ctx, p.node, *i.Phone)
	}
}

// send queues an order for the node of a contact.
func (l *leader) send(p *peer, o order) {
	if p == nil {
		return
	}
	p.orders = append(p.orders, o)
	p.dirty = true
}

// flush sends what there is for each client.
func (l *leader) flush(ctx context.Context) {
	now := l.s.cfg.Clock.Now()
	if now.Sub(l.placed) >= placedEvery {
		l.placed = now
		for _, p := range l.peers {
			for id, o := range p.placed {
				l.send(p, o)
				delete(p.placed, id)
			}
		}
	}
	for _, p := range l.peers {
		if !p.dirty {
			continue
		}
		p.dirty = false
		d := down{Epoch: l.epoch, Leader: l.s.cfg.Node, Instance: p.instance, Ack: p.seen, WantTruth: p.want}
		if p.want {
			p.asked, p.want = now, false
		}
		last := p.base + uint64(len(p.orders)) - 1
		if first := max(p.base, p.sent+1); first <= last {
			d.First, d.Orders = first, append([]order(nil), p.orders[first-p.base:]...)
			p.sent, p.sentAt = last, now
		}
		if p.local != nil {
			p.local.receive(d)
			continue
		}
		_ = l.s.cfg.Bus.Publish(ctx, downOf(p.node), encode(d)) // what is not acknowledged is sent again
	}
}

// resend sends orders again that were not acknowledged in time.
func (l *leader) resend(now time.Time) {
	for _, p := range l.peers {
		if len(p.orders) > 0 && now.Sub(p.sentAt) >= resendAfter {
			p.sent, p.dirty = p.base-1, true
		}
	}
}

// silence finds clients that are not heard any more.
func (l *leader) silence(ctx context.Context, now time.Time) {
	for _, p := range l.peers {
		if now.Sub(p.heard) > silentAfter {
			l.lose(ctx, p, "silent")
		}
	}
}

// lose forgets a client: its contacts are gone, their agents are free, and who waited keeps his place for a while.
func (l *leader) lose(ctx context.Context, p *peer, why string) {
	delete(l.peers, p.node)
	now, n := l.s.cfg.Clock.Now(), 0
	for id, c := range l.contacts {
		if c.node != p.node {
			continue
		}
		n++
		l.keepPlace(id, c, now)
		l.apply(ctx, engine.Event{Kind: engine.Lose, ContactID: id})
		l.forget(id, false)
	}
	for number, by := range l.phones {
		if _, ok := by[p.node]; ok {
			l.phone(ctx, p.node, phoneState{Number: number})
		}
	}
	if n > 0 || why == "silent" {
		l.s.cfg.Logger.WarnContext(ctx, "a node is lost to the routing", "node", p.node, "why", why, "contacts", n)
	}
}

// phone notes how a phone is at one node, and tells the engine what that means for the agent who sits there.
func (l *leader) phone(ctx context.Context, node string, p phoneState) {
	by := l.phones[p.Number]
	if by == nil {
		by = map[string]phoneState{}
		l.phones[p.Number] = by
	}
	if by[node] = p; !p.Reachable && !p.Busy {
		delete(by, node)
	}
	if len(by) == 0 {
		delete(l.phones, p.Number)
	}
	if staff, ok := l.desks[p.Number]; ok && l.began {
		l.connect(ctx, l.agents[staff])
	}
}

// connect tells the engine how the phone of an agent is, if it does not know.
func (l *leader) connect(ctx context.Context, a *agent) {
	reach, occupied := false, false
	for _, p := range l.phones[a.session.Phone] {
		reach, occupied = reach || p.Reachable, occupied || p.Busy
	}
	if a.reach != reach {
		a.reach = reach
		l.apply(ctx, engine.Event{Kind: engine.Reach, AgentID: a.session.Staff, On: reach})
	}
	if a.occupied != occupied {
		a.occupied = occupied
		l.apply(ctx, engine.Event{Kind: engine.Occupy, AgentID: a.session.Staff, On: occupied})
	}
}

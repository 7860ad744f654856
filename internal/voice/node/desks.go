package node

import (
	"context"
	"sync"
	"time"

	"yingda/internal/platform/clock"
)

// desks tell the router which phones can be rung, and which are in a call that no queue gave.
type desks struct {
	router Router // nil: nobody is told

	mu    sync.Mutex
	there map[string]bool // registered here
	calls map[string]int  // that no queue gave
}

func newDesks(r Router) *desks {
	return &desks{router: r, there: map[string]bool{}, calls: map[string]int{}}
}

// registered is told when the registration of a phone came or went.
func (d *desks) registered(phone string, yes bool) {
	d.change(phone, func() {
		if d.there[phone] = yes; !yes {
			delete(d.there, phone)
		}
	})
}

// occupy notes that a phone is in a call of its own; vacate that the call is over.
func (d *desks) occupy(p *party, phone string) {
	if phone == "" {
		return
	}
	p.mu.Lock()
	p.desk = phone
	p.mu.Unlock()
	d.change(phone, func() { d.calls[phone]++ })
}

func (d *desks) vacate(p *party) {
	p.mu.Lock()
	phone := p.desk
	p.desk = ""
	p.mu.Unlock()
	if phone == "" {
		return
	}
	d.change(phone, func() {
		if d.calls[phone]--; d.calls[phone] <= 0 {
			delete(d.calls, phone)
		}
	})
}

// change does something and tells the router; in one step, so that the last that it hears is how things are.
func (d *desks) change(phone string, do func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	do()
	if d.router != nil {
		d.router.Phone(phone, d.there[phone], d.calls[phone] > 0)
	}
}

// sweepEvery is how soon a registration that ran out is noticed.
const sweepEvery = 5 * time.Second

// sweep takes registrations back that ran out.
func (n *Node) sweep(ctx context.Context) error {
	for clock.Sleep(ctx, n.clock, sweepEvery) == nil {
		n.agent.Registrar().Sweep()
	}
	return nil
}

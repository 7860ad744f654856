package routing

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"yingda/internal/numbering"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/routing/engine"
)

// Faults of [Client.Enqueue].
var (
	ErrNoSuchQueue = fault.New(fault.NotFound, "routing.no_such_queue", "there is no such queue")
	ErrQueueClosed = fault.New(fault.Conflict, "routing.queue_closed", "the queue is closed")
	ErrQueueFull   = fault.New(fault.Limit, "routing.queue_full", "the queue is full")
	ErrNoAgents    = fault.New(fault.Conflict, "routing.no_agents", "nobody who may serve this queue is signed in")
	ErrNoLeader    = fault.New(fault.Unavailable, "routing.no_leader", "no router leads now").
			WithRemedy("it comes back by itself within seconds; see the health page when it does not")
)

// ClientConfig is what a node needs to speak with the leader. Node, and Bus or Local, are required.
type ClientConfig struct {
	Bus  *bus.Bus
	Node string // name of this process among all
	// Local is the service of this process: while it leads, messages need no bus, and who sits where and what queues are
	// called is read from it. Nil: always over the bus, [Client.Queue] knows nothing.
	Local  *Service
	Clock  clock.Clock
	Logger *slog.Logger
	// Mark makes a keyed hash of a caller's number, by which his place is found again; nil: nobody finds his place.
	Mark func(number string) string
}

// Client is how a node speaks with the leading router: it carries what the node says in order, keeps it until a leader
// has it, declares the node's contacts to each new leader, and refuses orders of leaders that are none any more. Its
// methods are safe for concurrent use. It is a [lifecycle.Service].
type Client struct {
	cfg      ClientConfig
	instance uint64
	onOrder  func(Order)
	onTruth  func() []Standing
	roster   *roster
	loop     lifecycle.Service
	wake     chan struct{} // something is to be sent
	arrived  chan struct{} // something is to be carried out

	mu      sync.Mutex
	epoch   uint64 // the highest seen
	base    uint64 // sequence of items[0]
	items   []item // not acknowledged
	sent    uint64 // the highest sequence that was sent in this epoch
	sentAt  time.Time
	got     uint64 // orders of this epoch
	owe     bool   // an acknowledgement
	declare bool   // the truth
	told    uint64 // hash of the truth that was told last in this epoch
	orders  []Order
	waiting map[uuid.UUID]chan answer // of Enqueue
	phones  map[string]phoneState
	refused uint64 // orders of old epochs
}

// answer is what became of an Enqueue.
type answer struct {
	place Place
	err   error
}

// NewClient makes a client; it speaks with nobody before Start.
func NewClient(cfg ClientConfig) *Client {
	cfg.Clock = cmp.Or[clock.Clock](cfg.Clock, clock.System())
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	c := &Client{
		cfg: cfg, instance: rand.Uint64() >> 1, wake: make(chan struct{}, 1), arrived: make(chan struct{}, 1), base: 1,
		waiting: map[uuid.UUID]chan answer{}, phones: map[string]phoneState{},
		onOrder: func(Order) {}, onTruth: func() []Standing { return nil },
	}
	if cfg.Local != nil {
		c.roster = cfg.Local.roster
	} else {
		c.roster = newRoster()
	}
	c.loop = lifecycle.NewGroup("routing-client", cfg.Logger,
		lifecycle.NewLoop("routing-orders", cfg.Logger, c.carryOut), lifecycle.NewLoop("routing-sender", cfg.Logger, c.run))
	return c
}

// Name says which part this is.
func (c *Client) Name() string { return "routing-client" }

// Start begins to speak with the leader.
func (c *Client) Start(ctx context.Context) error {
	if c.cfg.Local != nil {
		c.cfg.Local.attach(c)
	}
	return c.loop.Start(ctx)
}

// Stop says goodbye: contacts that are still known are lost to the leader.
func (c *Client) Stop(ctx context.Context) error {
	err := c.loop.Stop(ctx)
	if c.cfg.Local != nil {
		c.cfg.Local.detach(c)
	}
	return err
}

// OnOrder sets who carries out what the leader wants; before Start. f is called by one goroutine, in the order of the
// orders, and must not block. The offer of a contact may come before its [Client.Enqueue] has returned.
func (c *Client) OnOrder(f func(Order)) { c.onOrder = f }

// OnTruth sets who tells which contacts wait or are with an agent now; before Start. A contact belongs into it from
// before its Enqueue is called until its [ItLeft] is reported.
func (c *Client) OnTruth(f func() []Standing) { c.onTruth = f }

// Enqueue asks for a place in a queue, and waits up to 5 s for a leader. When it fails, or ctx ends, the contact has no
// place. Errors: [ErrNoSuchQueue], [ErrQueueClosed], [ErrQueueFull], [ErrNoAgents], [ErrNoLeader], that of ctx.
func (c *Client) Enqueue(ctx context.Context, e Entry) (Place, error) { return c.Ask(e)(ctx) }

// Ask is the first half of [Client.Enqueue]: it asks and does not wait, so that whoever asks one after the other is
// asked for in that order. wait, which must be called, is the other half.
func (c *Client) Ask(e Entry) (wait func(context.Context) (Place, error)) {
	e = c.marked(e)
	done := make(chan answer, 1)
	c.mu.Lock()
	c.waiting[e.Contact] = done
	seq := c.add(item{Enqueue: &e})
	c.mu.Unlock()
	c.poke()
	return func(ctx context.Context) (Place, error) { return c.answered(ctx, e, seq, done) }
}

// answered waits for the answer to an Enqueue.
func (c *Client) answered(ctx context.Context, e Entry, seq uint64, done chan answer) (Place, error) {
	timer := c.cfg.Clock.NewTimer(enqueuePeriod)
	defer timer.Stop()
	var err error
	select {
	case a := <-done:
		return a.place, a.err
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C():
		err = ErrNoLeader
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting[e.Contact] != done { // the answer came at the last moment
		select {
		case a := <-done:
			if a.err == nil && ctx.Err() != nil {
				break
			}
			return a.place, a.err
		default:
		}
	}
	delete(c.waiting, e.Contact)
	if seq >= c.base && seq > c.sent {
		c.items[seq-c.base] = item{} // nobody has seen it
	} else if !e.Again {
		c.add(item{Report: &Report{What: ItLeft, Contact: e.Contact, At: c.cfg.Clock.Now()}})
		c.poke()
	}
	return Place{}, err
}

// marked hides the caller's number.
func (c *Client) marked(e Entry) Entry {
	if e.Shown == "" {
		e.Shown = masked(e.Caller)
	}
	if c.cfg.Mark == nil || e.Caller == "" {
		e.Caller = ""
		return e
	}
	e.Caller = c.cfg.Mark(e.Caller)
	return e
}

// masked is a number as an agent's page may show it.
func masked(number string) string {
	if p, err := numbering.ParsePhone(number, ""); err == nil {
		return p.String()
	}
	if len(number) <= 6 {
		return number // an inner number belongs to nobody
	}
	return strings.Repeat("*", len(number)-2) + number[len(number)-2:]
}

// add appends an item and gives its sequence. The lock is held.
func (c *Client) add(i item) uint64 {
	c.items = append(c.items, i)
	return c.base + uint64(len(c.items)) - 1
}

func (c *Client) poke() { signal(c.wake) }

func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// Report tells the leader what happened to a contact. It never waits; reports are kept until a leader has them.
func (c *Client) Report(r Report) {
	c.mu.Lock()
	c.add(item{Report: &r})
	c.mu.Unlock()
	c.poke()
}

// Phone tells the leader how a phone of ours is: whether it can be rung (registered here), and whether it is in a call
// that no queue gave. An agent whose phone nobody calls reachable gets no offers.
func (c *Client) Phone(number string, reachable, busy bool) {
	p := phoneState{number, reachable, busy}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phones[number] == p && p != (phoneState{Number: number}) {
		return
	}
	if c.phones[number] = p; !reachable && !busy {
		delete(c.phones, number)
	}
	c.add(item{Phone: &p})
	c.poke()
}

// Desk gives the agent who is signed in at a phone.
func (c *Client) Desk(phone string) (Desk, bool) {
	s, ok := c.roster.atPhone(phone)
	return Desk{Agent: s.Staff, Number: s.Number, Phone: s.Phone}, ok
}

// Queue gives the code of a queue, empty when there is none.
func (c *Client) Queue(id uuid.UUID) string {
	if c.cfg.Local == nil {
		return ""
	}
	return c.cfg.Local.queueCode(id)
}

// Epoch is the highest that this client has seen; 0: none.
func (c *Client) Epoch() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.epoch
}

// Refused counts messages of leaders that were none any more.
func (c *Client) Refused() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refused
}

// run sends what there is, until stopped.
func (c *Client) run(ctx context.Context) error {
	if c.cfg.Bus != nil {
		stop, err := c.listen()
		defer stop(context.WithoutCancel(ctx))
		if err != nil {
			return err
		}
	}
	timer := c.cfg.Clock.NewTimer(helloEvery)
	defer timer.Stop()
	var hello, told time.Time
	for {
		now := c.cfg.Clock.Now()
		if now.Sub(told) >= truthEvery {
			told = now
			c.mu.Lock()
			c.declare = true
			c.mu.Unlock()
		}
		if c.speak(ctx, now, now.Sub(hello) >= helloEvery) {
			hello = now
		}
		timer.Reset(helloEvery / 2)
		select {
		case <-ctx.Done():
			c.mu.Lock()
			bye := up{Node: c.cfg.Node, Instance: c.instance, Epoch: c.epoch, Base: c.base, Got: c.got, Bye: true}
			c.mu.Unlock()
			c.send(context.WithoutCancel(ctx), bye)
			if c.cfg.Bus != nil {
				_ = c.cfg.Bus.Publish(context.WithoutCancel(ctx), helloSubject, encode(bye))
			}
			return nil
		case <-c.wake:
		case <-timer.C():
		}
	}
}

// speak sends what is new, what was not acknowledged in time, and the truth when it is due; nothing but a sign of life
// when there is nothing. It tells whether it sent anything.
func (c *Client) speak(ctx context.Context, now time.Time, hello bool) bool {
	c.mu.Lock()
	leader, declare := c.epoch > 0, c.declare
	c.mu.Unlock()
	if leader && declare {
		c.declareAll(ctx)
	}
	c.mu.Lock()
	u := up{Node: c.cfg.Node, Instance: c.instance, Epoch: c.epoch, Base: c.base, Got: c.got}
	last := c.base + uint64(len(c.items)) - 1
	if len(c.items) > 0 && c.sent >= c.base && now.Sub(c.sentAt) >= resendAfter {
		c.sent = c.base - 1
	}
	if first := max(c.base, c.sent+1); leader && first <= last {
		u.First, u.Items = first, append([]item(nil), c.items[first-c.base:]...)
		c.sent, c.sentAt = last, now
	}
	due := hello || len(u.Items) > 0 || c.owe
	c.owe = c.owe && !due
	c.mu.Unlock()
	if hello && c.cfg.Bus != nil {
		_ = c.cfg.Bus.Publish(ctx, helloSubject, encode(up{Node: u.Node, Instance: u.Instance})) // for routers that do not lead
	}
	if due {
		c.send(ctx, u)
	}
	return due
}

// declareAll tells the leader of this epoch all that the node stands for.
func (c *Client) declareAll(ctx context.Context) {
	standings := c.onTruth()
	for i := range standings {
		standings[i].Entry = c.marked(standings[i].Entry)
	}
	c.mu.Lock()
	c.declare = false
	phones := sortedPhones(c.phones)
	parts := split(standings, phones)
	if c.told == parts[0].Hash && c.told != 0 {
		parts = []truth{{Hash: c.told}}
	}
	c.told = parts[0].Hash
	u := up{Node: c.cfg.Node, Instance: c.instance, Epoch: c.epoch, Base: c.base, Got: c.got}
	c.mu.Unlock()
	for i := range parts {
		u.Truth = &parts[i]
		c.send(ctx, u)
	}
}

// send hands a message to the leader, directly when it is in this process.
func (c *Client) send(ctx context.Context, u up) {
	if c.cfg.Local != nil && c.cfg.Local.hand(u) || c.cfg.Bus == nil {
		return
	}
	err := c.cfg.Bus.Publish(ctx, upSubject, encode(u))
	if err != nil && !errors.Is(err, bus.ErrAway) {
		c.cfg.Logger.DebugContext(ctx, "the router does not hear this node", "error", err) // it is sent again
	}
}

// listen hears leaders.
func (c *Client) listen() (stop func(context.Context), err error) {
	var subs []*bus.Subscription
	stop = func(ctx context.Context) {
		for _, s := range subs {
			_ = s.Stop(ctx)
		}
	}
	epochs, err := c.cfg.Bus.Subscribe(epochSubject, "", func(_ context.Context, m bus.Message) {
		var a announced
		if json.Unmarshal(m.Data, &a) == nil {
			c.lead(a.Epoch)
		}
	})
	if err != nil {
		return stop, err
	}
	subs = append(subs, epochs)
	orders, err := c.cfg.Bus.Subscribe(downOf(c.cfg.Node), "", func(ctx context.Context, m bus.Message) {
		var d down
		if err := json.Unmarshal(m.Data, &d); err != nil {
			c.cfg.Logger.WarnContext(ctx, "the router said something that cannot be read", "error", err)
			return
		}
		c.receive(d)
	})
	if err != nil {
		return stop, err
	}
	subs = append(subs, orders)
	if c.cfg.Local == nil {
		end, err := c.roster.follow(c.cfg.Bus, c.cfg.Logger)
		if err != nil {
			return stop, err
		}
		inner := stop
		stop = func(ctx context.Context) { end(ctx); inner(ctx) }
	}
	return stop, nil
}

// lead notes that a leader of an epoch is there.
func (c *Client) lead(epoch uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if epoch > c.epoch {
		c.begin(epoch)
	}
}

// begin starts anew with a leader: everything is declared, and what the one before did not acknowledge is sent again.
// The lock is held.
func (c *Client) begin(epoch uint64) {
	c.epoch, c.sent, c.got, c.told, c.declare, c.owe = epoch, c.base-1, 0, 0, true, true
	c.orders = nil // the new leader hears how things stand, and decides anew
	c.poke()
}

// receive takes a message of a leader. It does not wait.
func (c *Client) receive(d down) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case d.Instance != c.instance:
		return
	case d.Epoch < c.epoch:
		c.refused++
		return
	case d.Epoch > c.epoch:
		c.begin(d.Epoch)
		return
	}
	if d.Ack >= c.base {
		n := min(d.Ack-c.base+1, uint64(len(c.items)))
		c.items, c.base = c.items[n:], c.base+n
		c.sent = max(c.sent, c.base-1)
		if len(c.items) == 0 {
			c.items = nil
		}
	}
	if d.WantTruth {
		c.declare, c.told = true, 0
		c.poke()
	}
	for i, o := range d.Orders {
		seq := d.First + uint64(i)
		if seq <= c.got {
			c.owe = true
			continue
		}
		if seq != c.got+1 {
			break // one was lost: it is sent again
		}
		c.got, c.owe = seq, true
		c.take(o)
	}
	if c.owe {
		c.poke()
	}
	signal(c.arrived)
}

// take answers a waiting Enqueue, or queues an order. The lock is held.
func (c *Client) take(o order) {
	done, ok := c.waiting[o.Contact]
	switch {
	case o.Kind == engine.Refused && ok:
		done <- answer{err: refusal(o.Reason)}
	case o.Kind == engine.Placed && ok:
		done <- answer{place: Place{Queue: o.Queue, Position: o.Position, Wait: o.Wait, KeyAt: o.KeyAt}}
	case o.Kind == engine.Refused:
		return // who asked waits no more
	default:
		c.orders = append(c.orders, o.Order)
		return
	}
	delete(c.waiting, o.Contact)
}

// refusal is the fault of a reason.
func refusal(reason string) error {
	switch reason {
	case engine.WhyClosed:
		return ErrQueueClosed
	case engine.WhyFull:
		return ErrQueueFull
	case engine.WhyNoAgents:
		return ErrNoAgents
	default:
		return ErrNoSuchQueue
	}
}

// carryOut gives orders to the node, one at a time.
func (c *Client) carryOut(ctx context.Context) error {
	for {
		c.mu.Lock()
		list := c.orders
		c.orders = nil
		c.mu.Unlock()
		for _, o := range list {
			c.onOrder(o)
		}
		if len(list) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-c.arrived:
		}
	}
}

package routing_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/organization"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/routing"
	"yingda/internal/routing/engine"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

var quiet = slog.New(slog.DiscardHandler)

const (
	patience = 20 * time.Second
	often    = 5 * time.Millisecond
)

type anyKind struct{}

func newID() uuid.UUID { return ident.New[anyKind]().UUID() }

var centre = uuid.MustParse("01934a00-0000-7000-8000-00000000ce17")

// line is a queue as most are.
func line(t testing.TB, code string) routing.Queue {
	t.Helper()
	q := routing.Queue{
		Code: code, Name: code, Centre: organization.CentreOf(centre), Channel: engine.Voice, Ring: 20, WrapUp: engine.NoWrapUp,
		NoAgents: engine.WaitAnyway, Target: 20,
	}
	require.NoError(t, q.ID.UnmarshalText([]byte(newID().String())))
	return q
}

var rest = routing.Break{Code: "rest", Name: "小休", NameEN: "Rest"}

// floor is a service as a process has it, with a router, on a bus that others may share.
type floor struct {
	*routing.Service
	config routing.Config
	parts  []interface{ Stop(context.Context) error }
}

func open(t testing.TB, b *bus.Bus, name string, tables *routing.Tables, change func(*routing.Config)) *floor {
	t.Helper()
	f := &floor{config: routing.Config{Bus: b, Node: name, Clock: clock.System(), Logger: quiet, Fixed: tables}}
	if change != nil {
		change(&f.config)
	}
	f.Service = routing.New(f.config)
	gatherer, router := f.Gatherer(), f.Router()
	f.parts = append(f.parts, gatherer, router)
	t.Cleanup(func() { f.stop(t) })
	require.NoError(t, gatherer.Start(t.Context()))
	require.NoError(t, router.Start(t.Context()))
	return f
}

func (f *floor) stop(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, p := range slices.Backward(f.parts) {
		require.NoError(t, p.Stop(ctx))
	}
}

func (f *floor) leads(t testing.TB) {
	t.Helper()
	require.Eventually(t, func() bool { return f.Epoch() > 0 }, patience, often)
}

// signIn signs an agent in at a phone.
func (f *floor) signIn(t testing.TB, number, phone string) routing.Session {
	t.Helper()
	s := routing.Session{
		Staff: newID(), Account: newID(), Login: newID(), Number: number, Name: "座席" + number, Phone: phone, Centre: centre, Places: []uuid.UUID{centre},
		Wanted: engine.Ready,
	}
	_, err := f.SignInAs(t.Context(), s, false)
	require.NoError(t, err)
	return s
}

// node is a node with contacts that do nothing by themselves.
type node struct {
	*routing.Client
	t      testing.TB
	mu     sync.Mutex
	stands map[uuid.UUID]routing.Standing
	orders []routing.Order
	came   chan routing.Order
	hide   map[uuid.UUID]bool // contacts that it does not tell of
}

func join(t testing.TB, c routing.ClientConfig) *node {
	t.Helper()
	n := &node{t: t, stands: map[uuid.UUID]routing.Standing{}, came: make(chan routing.Order, 10_000), hide: map[uuid.UUID]bool{}}
	c.Mark = func(number string) string { return fmt.Sprintf("%x", number) }
	n.Client = routing.NewClient(c)
	n.OnOrder(n.order)
	n.OnTruth(n.truth)
	require.NoError(t, n.Start(t.Context()))
	t.Cleanup(func() { n.stop() })
	return n
}

func (n *node) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(n.t, n.Stop(ctx))
}

func (n *node) order(o routing.Order) {
	n.mu.Lock()
	n.orders = append(n.orders, o)
	n.mu.Unlock()
	if o.Kind != engine.Placed {
		n.came <- o
	}
}

func (n *node) truth() []routing.Standing {
	n.mu.Lock()
	defer n.mu.Unlock()
	var list []routing.Standing
	for id, s := range n.stands {
		if !n.hide[id] {
			list = append(list, s)
		}
	}
	return list
}

// queue puts a new contact into a queue.
func (n *node) queue(code, caller string) (uuid.UUID, routing.Place) {
	n.t.Helper()
	e := routing.Entry{Contact: newID(), Channel: engine.Voice, Queue: code, KeyAt: time.Now(), Caller: caller}
	n.mu.Lock()
	n.stands[e.Contact] = routing.Standing{Entry: e, Since: e.KeyAt}
	n.mu.Unlock()
	p, err := n.Enqueue(n.t.Context(), e)
	require.NoError(n.t, err)
	return e.Contact, p
}

// take answers an offer.
func (n *node) take(o routing.Order) {
	n.mu.Lock()
	s := n.stands[o.Contact]
	s.Desk, s.Reservation, s.Accepted, s.Since = o.Desk, o.Reservation, true, time.Now()
	n.stands[o.Contact] = s
	n.mu.Unlock()
	n.Report(routing.Report{What: routing.ItRings, Contact: o.Contact, Reservation: o.Reservation, At: time.Now()})
	n.Report(routing.Report{What: routing.ItWasTaken, Contact: o.Contact, Reservation: o.Reservation, At: time.Now()})
}

// leave ends a contact.
func (n *node) leave(id uuid.UUID) {
	n.mu.Lock()
	delete(n.stands, id)
	n.mu.Unlock()
	n.Report(routing.Report{What: routing.ItLeft, Contact: id, At: time.Now()})
}

// next waits for an order of a kind.
func (n *node) next(kind engine.EffectKind) routing.Order {
	n.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case o := <-n.came:
			if o.Kind == kind {
				return o
			}
		case <-deadline:
			require.FailNow(n.t, "no order came", "%s", kind)
		}
	}
}

// marked is the keyed hash of who called.
func (n *node) marked(id uuid.UUID) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return fmt.Sprintf("%x", n.stands[id].Entry.Caller)
}

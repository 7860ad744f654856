package routing

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/routing/engine"
)

const (
	beginWithin = 700 * time.Millisecond // a new leader waits so long for the standings of the nodes that it knows
	livingFor   = 1200 * time.Millisecond
	houseEvery  = 100 * time.Millisecond // resending, silent nodes, reconciling
	placedEvery = time.Second            // news of places in line
	hashEvery   = 1000                   // events between two hashes in the journal
)

// leader is one term of leading. All its fields below the line belong to the goroutine of run.
type leader struct {
	s      *Service
	epoch  uint64
	end    func() // the term is over
	inbox  chan any
	saver  *saver // of places
	tape   *tape  // of decisions
	states *states
	order  sync.Mutex // of commands: one at a time
	term   context.Context
	outs   chan uuid.UUID // whose sessions are over

	// ---
	eng      *engine.Engine
	began    bool
	n        uint64 // events applied
	buffer   []engine.Effect
	peers    map[string]*peer
	contacts map[uuid.UUID]*contact
	agents   map[uuid.UUID]*agent
	desks    map[string]uuid.UUID // agents by phone
	phones   map[string]map[string]phoneState
	lost     map[string]lostPlace
	from     *peer                // whose item is being applied
	start    time.Time            // of the term
	wrong    map[string]time.Time // since when the engine contradicts itself in what
	checked  time.Time
	toldAt   time.Time
	spans    uint64
	explain  bool
	told     bool // pages that show all agents are to be told
	house    time.Time
	placed   time.Time
	config   *Tables
}

// contact is what the leader knows of a contact beside what the engine does.
type contact struct {
	entry       Entry
	queue       uuid.UUID
	node        string
	touched     time.Time // when its node last said anything of it
	doubted     time.Time // since when node and engine do not agree; zero: they do
	agent       uuid.UUID
	reservation engine.Reservation
	offered     time.Time
	accepted    bool
	position    int
	wait        time.Duration
}

// agent is a signed-in agent as the leader knows him.
type agent struct {
	session  Session
	state    engine.AgentState
	reason   string
	since    time.Time
	until    time.Time
	contact  uuid.UUID
	card     *ContactCard
	wrapUp   bool
	reach    bool
	occupied bool
	seen     time.Time // a sign of life of his page
}

// call has the goroutine of the leader run a function.
type call struct {
	do   func()
	done chan struct{}
}

func newLeader(ctx context.Context, s *Service, epoch uint64, end func()) (*leader, error) {
	l := &leader{
		s: s, epoch: epoch, end: end, inbox: make(chan any, 4096), term: ctx, outs: make(chan uuid.UUID, 4096),
		peers: map[string]*peer{}, contacts: map[uuid.UUID]*contact{}, agents: map[uuid.UUID]*agent{}, desks: map[string]uuid.UUID{},
		phones: map[string]map[string]phoneState{}, lost: map[string]lostPlace{}, wrong: map[string]time.Time{},
		explain: s.explains(), start: s.cfg.Clock.Now(),
	}
	options := engine.Options{Explain: l.explain, KeepLost: keepLost, Now: l.now(), First: engine.Reservation(epoch<<32 | 1)}
	l.eng, l.saver, l.tape, l.states = engine.New(options), newSaver(s, s.places), newTape(s), newStates(s)
	l.tape.begin(epoch, options)
	return l, nil
}

// run leads until ctx ends.
func (l *leader) run(ctx context.Context) error {
	parts := lifecycle.NewGroup("routing-leader", l.s.cfg.Logger, lifecycle.NewLoop("routing-places", l.s.cfg.Logger, l.saver.run), lifecycle.NewLoop("routing-journal", l.s.cfg.Logger, l.tape.run),
		lifecycle.NewLoop("routing-states", l.s.cfg.Logger, l.states.run),
		lifecycle.NewLoop("routing-sign-outs", l.s.cfg.Logger, l.signOuts))
	if err := parts.Start(ctx); err != nil {
		return err
	}
	defer func() {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), busPatience)
		defer cancel()
		_ = parts.Stop(stop)
	}()
	if err := l.recover(ctx); err != nil {
		return err
	}
	subs, err := l.listen(ctx)
	defer func() {
		for _, sub := range subs {
			_ = sub.Stop(context.WithoutCancel(ctx))
		}
	}()
	if err != nil {
		return err
	}
	l.s.leading.Store(l)
	l.s.metrics.leads.Store(l.epoch)
	defer func() {
		l.s.leading.CompareAndSwap(l, nil)
		l.s.metrics.leads.Store(0)
	}()
	l.announce(ctx)
	l.loop(ctx)
	return nil
}

// recover begins with what outlives a leader: queues, who is signed in, and the places of contacts.
func (l *leader) recover(ctx context.Context) error {
	l.configure(ctx, l.s.Tables())
	was, err := doings(ctx, l.s.states)
	if err != nil {
		return err
	}
	entries, err := l.s.agentsKV.List(ctx, ">")
	if err != nil {
		return fmt.Errorf("read who is signed in: %w", err)
	}
	for _, e := range entries {
		var one Session
		if err := json.Unmarshal(e.Value, &one); err != nil {
			l.s.cfg.Logger.ErrorContext(ctx, "an agent's session cannot be read", "error", err)
			continue
		}
		one.revision = e.Revision
		l.s.roster.put(one)
		l.seat(ctx, one, was[one.Staff])
	}
	places, err := l.s.places.List(ctx, ">")
	if err != nil {
		return fmt.Errorf("read places in line: %w", err)
	}
	l.remember(ctx, places)
	return nil
}

// listen hears clients, commands and questions that come over the bus.
func (l *leader) listen(ctx context.Context) (subs []*bus.Subscription, err error) {
	b := l.s.cfg.Bus
	add := func(sub *bus.Subscription, failed error) {
		if failed == nil {
			subs = append(subs, sub)
		} else if err == nil {
			err = fmt.Errorf("listen for nodes and agents: %w", failed)
		}
	}
	add(b.Subscribe(upSubject, "", func(ctx context.Context, m bus.Message) {
		var u up
		if err := json.Unmarshal(m.Data, &u); err != nil {
			l.s.cfg.Logger.WarnContext(ctx, "a node said something that cannot be read", "error", err)
			return
		}
		l.put(ctx, u)
	}))
	add(b.Subscribe(epochSubject, "", func(_ context.Context, m bus.Message) {
		var a announced
		if json.Unmarshal(m.Data, &a) == nil && a.Epoch > l.epoch {
			l.end()
		}
	}))
	add(b.Respond(commandSubject, "", func(ctx context.Context, m bus.Message) ([]byte, error) {
		var c command
		if err := json.Unmarshal(m.Data, &c); err != nil {
			return nil, fmt.Errorf("read a command: %w", err)
		}
		v, err := l.command(ctx, c)
		if err != nil {
			return nil, err
		}
		return encode(v), nil
	}))
	add(b.Respond(viewSubject, "", func(ctx context.Context, m bus.Message) ([]byte, error) {
		var q question
		if err := json.Unmarshal(m.Data, &q); err != nil {
			return nil, fmt.Errorf("read a question: %w", err)
		}
		v, err := l.view(ctx, q)
		if err != nil {
			return nil, err
		}
		return pack(v)
	}))
	return subs, err
}

// put gives something to the loop; false when the term is over.
func (l *leader) put(ctx context.Context, v any) bool {
	select {
	case l.inbox <- v:
		return true
	case <-ctx.Done():
		return false
	}
}

// do has the loop run a function, and waits for it. Errors: [ErrNoLeader] when the term ends first.
func (l *leader) do(ctx context.Context, f func()) error {
	c := call{f, make(chan struct{})}
	if !l.put(ctx, c) {
		return ErrNoLeader
	}
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return ErrNoLeader
	}
}

// announce tells everybody that a new leader is there.
func (l *leader) announce(ctx context.Context) {
	_ = l.s.cfg.Bus.Publish(ctx, epochSubject, encode(announced{l.epoch, l.s.cfg.Node})) // who misses it hears it in answer to his next sign of life
	l.s.announced(l.epoch)
}

// loop is the one goroutine that owns the engine.
func (l *leader) loop(ctx context.Context) {
	expected := l.s.living(l.s.cfg.Clock.Now())
	deadline := l.s.cfg.Clock.Now().Add(l.patience())
	timer := l.s.cfg.Clock.NewTimer(houseEvery)
	defer timer.Stop()
	for {
		if now := l.s.cfg.Clock.Now(); !l.began && (now.After(deadline) || l.heard(expected) && l.patience() == beginWithin) {
			l.begin(ctx)
		}
		l.flush(ctx)
		timer.Reset(l.until())
		select {
		case <-ctx.Done():
			l.drain()
			return
		case v := <-l.inbox:
			l.handle(ctx, v)
			for more := true; more; {
				select {
				case v = <-l.inbox:
					l.handle(ctx, v)
				default:
					more = false
				}
			}
		case <-timer.C():
		}
		l.turn(ctx)
	}
}

// now is the engine's time: it begins with the term and passes as it does for people, whatever somebody does to the
// machine's clock. It has no part that the journal could not keep, so that a replay sees the same.
func (l *leader) now() time.Time { return l.start.Round(0).Add(l.s.cfg.Clock.Now().Sub(l.start)) }

// shift is how far the machine's clock was set since the term began, what little it is adjusted all the time left out.
func (l *leader) shift() time.Duration {
	d := l.now().Sub(l.s.cfg.Clock.Now().Round(0))
	if d.Abs() < time.Second {
		return 0
	}
	return d
}

// drain lets those go who wait for the loop.
func (l *leader) drain() {
	for {
		select {
		case v := <-l.inbox:
			_ = v // a client keeps what it said; who waits for a call sees the end of the term
		default:
			return
		}
	}
}

// patience is how long a leader waits for nodes. One that has just come may not have heard those that live elsewhere.
func (l *leader) patience() time.Duration {
	if l.s.cfg.Bus.Embedded() || l.s.cfg.Clock.Now().Sub(l.s.since) > livingFor {
		return beginWithin
	}
	return livingFor
}

// heard tells whether every node that is expected has declared what it stands for.
func (l *leader) heard(expected []string) bool {
	for _, node := range expected {
		if p := l.peers[node]; p == nil || !p.declared {
			return false
		}
	}
	return true
}

// begin lets decisions begin.
func (l *leader) begin(ctx context.Context) {
	l.began = true
	for staff, a := range maps.Clone(l.agents) {
		l.connect(ctx, a)
		if a.session.Wanted == engine.SignedOut {
			l.apply(ctx, engine.Event{Kind: engine.SignOut, AgentID: staff})
		}
	}
	l.apply(ctx, engine.Event{Kind: engine.Begin})
	l.s.cfg.Logger.InfoContext(ctx, "routing decides", "epoch", l.epoch, "nodes", len(l.peers), "contacts", len(l.contacts), "agents", len(l.agents))
}

// until is how long the loop may sleep.
func (l *leader) until() time.Duration {
	wait := houseEvery
	if due, ok := l.eng.Due(); ok {
		wait = min(wait, due.Sub(l.now()))
	}
	return max(wait, time.Millisecond)
}

// turn does what time brings.
func (l *leader) turn(ctx context.Context) {
	now := l.s.cfg.Clock.Now()
	if due, ok := l.eng.Due(); ok && !due.After(l.now()) {
		l.apply(ctx, engine.Event{Kind: engine.Tick})
	}
	if now.Sub(l.house) < houseEvery {
		return
	}
	l.house = now
	if t := l.s.Tables(); t != l.config && t.revision != l.config.revision {
		l.configure(ctx, t)
	}
	l.resend(now)
	l.silence(ctx, now)
	l.reconcile(ctx, now)
	if l.told && now.Sub(l.toldAt) >= time.Second {
		l.told, l.toldAt = false, now
		l.s.cfg.Tell(AgentsLive)
		l.s.cfg.Tell(QueueFigures)
	}
}

// handle takes one thing from the inbox.
func (l *leader) handle(ctx context.Context, v any) {
	switch v := v.(type) {
	case up:
		l.hear(ctx, v)
	case call:
		v.do()
		close(v.done)
	}
}

// configure gives the engine the queues as they are.
func (l *leader) configure(ctx context.Context, t *Tables) {
	l.config = t
	l.apply(ctx, engine.Event{Kind: engine.Configure, Queues: t.engineQueues()})
}

// apply lets one thing happen, and does what follows from it.
func (l *leader) apply(ctx context.Context, e engine.Event) { l.applyWith(ctx, e, nil, nil) }

// applyWith does the same. Effects for which keep says true are not carried out; then is called before all others are.
func (l *leader) applyWith(ctx context.Context, e engine.Event, keep func(engine.Effect) bool, then func()) {
	now := l.now()
	l.n++
	l.s.metrics.events.Add(1)
	l.told = l.told || e.Kind != engine.Tick
	effects := l.eng.Apply(now, e, l.buffer[:0])
	l.buffer = nil // effects may lead to events
	l.tape.event(l.epoch, l.n, now, e)
	if l.n%hashEvery == 0 {
		l.tape.hash(l.epoch, l.n, now, l.eng.Hash())
	}
	if l.explain {
		l.tape.decisions(l.epoch, l.eng.Decisions())
	}
	rest := effects
	if keep != nil {
		rest = slices.DeleteFunc(slices.Clone(effects), keep)
	}
	if then != nil {
		then()
	}
	for _, f := range rest {
		l.effect(ctx, now, f)
	}
	l.buffer = effects[:0]
}

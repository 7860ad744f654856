package node

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/voice"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/media"
	"yingda/internal/voice/recording"
	"yingda/internal/voice/sip"
	"yingda/internal/voice/sip/trunk"
	"yingda/internal/voice/sip/wire"
)

// Config is what a node needs. Voice is required.
type Config struct {
	Voice      *voice.Service
	Recordings *recording.Service // nil: nothing is recorded
	// Record tells whether conversations of a centre are recorded; nil: none.
	Record func(centre uuid.UUID) bool

	Listen    []wire.Listen
	TLS       *tls.Config // of listeners and trunks over TLS
	Bind      netip.Addr  // where sound listens
	Public    netip.Addr  // what the other side is told; not valid: Bind
	FirstPort int         // of sound
	LastPort  int
	Realtime  bool // threads of sound run before all else, where the system allows it
	Realm     string
	MaxCalls  int // legs at one time
	Name      string

	Floor Floor // agents and queues

	Ring    time.Duration // how long a phone rings; default 60 s
	Silence time.Duration // a leg without sound for longer is ended; default 60 s
	Clock   clock.Clock
	Logger  *slog.Logger
}

// Node is all calls of one process: a lifecycle.Service, and the [voice.Live] of this process.
type Node struct {
	cfg      Config
	clock    clock.Clock
	log      *slog.Logger
	engine   *media.Engine
	trunks   *trunk.Manager
	agent    *sip.Agent
	ladders  *ladders
	prompts  *prompts
	ring     *media.Prompt // the ringing tone
	music    *media.Prompt
	figures  figures
	arrivals *arrivals
	turns    *turns
	contacts contacts
	desks    *desks
	sweeper  lifecycle.Service // of registrations
	talks    sync.WaitGroup    // conversations, dials and recordings that have not ended

	mu       sync.RWMutex
	closed   bool // no call begins any more
	parties  map[voice.CallID]*party
	byLeg    map[uuid.UUID]*party // by the id of the leg of SIP
	trunkIDs map[string]voice.TrunkID

	stopping context.Context
	stop     context.CancelCauseFunc
}

var (
	_ lifecycle.Service = (*Node)(nil)
	_ voice.Live        = (*Node)(nil)
)

// New makes a node; it opens nothing before Start.
func New(cfg Config) (*Node, error) {
	cfg.Clock = cmp.Or[clock.Clock](cfg.Clock, clock.System())
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	cfg.Ring = cmp.Or(cfg.Ring, 60*time.Second)
	cfg.Silence = cmp.Or(cfg.Silence, 60*time.Second)
	cfg.Realm = cmp.Or(cfg.Realm, voice.DefaultRealm)
	var err error
	n := &Node{
		cfg: cfg, clock: cfg.Clock, log: cfg.Logger, music: holdMusic(), ring: media.Ringing(), figures: newFigures(),
		parties: map[voice.CallID]*party{}, byLeg: map[uuid.UUID]*party{}, trunkIDs: map[string]voice.TrunkID{},
	}
	n.stopping, n.stop = context.WithCancelCause(context.Background())
	n.ladders = newLadders(cfg.Clock)
	n.arrivals = &arrivals{clock: cfg.Clock}
	n.turns = &turns{clock: cfg.Clock}
	n.contacts.all = map[uuid.UUID]*contact{}
	n.desks = newDesks(cfg.Floor.Router)
	n.sweeper = lifecycle.NewLoop("voice registrations", cfg.Logger, n.sweep)
	if r := cfg.Floor.Router; r != nil {
		r.OnOrder(n.order)
		r.OnTruth(n.standings)
	}
	n.prompts = newPrompts(cfg.Voice, cfg.Logger)
	if n.engine, err = media.NewEngine(media.Config{
		Bind: cfg.Bind, Public: cfg.Public, FirstPort: cfg.FirstPort, LastPort: cfg.LastPort, Timeout: cfg.Silence, Clock: cfg.Clock, Logger: cfg.Logger,
		Processors: media.RoomForMedia(), Realtime: cfg.Realtime,
	}); err != nil {
		return nil, err
	}
	n.newSignalling()
	return n, nil
}

// Name is the part's name in logs and health.
func (n *Node) Name() string { return "voice node" }

// Start opens the sockets; calls come in from here on.
func (n *Node) Start(ctx context.Context) error {
	if err := n.engine.Start(ctx); err != nil {
		return err
	}
	n.cfg.Voice.OnTables(n.apply)
	if err := n.agent.Start(ctx); err != nil {
		return errors.Join(err, n.engine.Stop(ctx))
	}
	if err := n.trunks.Start(ctx); err != nil {
		return errors.Join(err, n.agent.Stop(ctx), n.engine.Stop(ctx))
	}
	return n.sweeper.Start(ctx)
}

// Stop refuses new calls, ends those that are left with the reason node_stopping, and waits until they are reported.
func (n *Node) Stop(ctx context.Context) error {
	var errs []error
	n.mu.Lock()
	n.closed = true
	n.mu.Unlock()
	n.stop(sip.GiveUp(ending.NodeStopping))
	for _, p := range n.all() {
		p.hang(ending.NodeStopping)
	}
	done := make(chan struct{})
	go func() { // ends with the last conversation; Stop waits for it unless its context ends
		defer close(done)
		n.talks.Wait()
	}()
	select {
	case <-done:
	case <-ctx.Done():
		errs = append(errs, fmt.Errorf("conversations still run: %w", ctx.Err()))
	}
	return errors.Join(append(errs, n.sweeper.Stop(ctx), n.trunks.Stop(ctx), n.agent.Stop(ctx), n.engine.Stop(ctx))...)
}

// enter counts a conversation that begins; false: none may any more.
func (n *Node) enter() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.closed {
		n.talks.Add(1)
	}
	return !n.closed
}

// add registers a party; remove takes it out.
func (n *Node) add(p *party) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.parties[p.id] = p
	if p.leg != nil {
		n.byLeg[p.leg.ID()] = p
	}
}

func (n *Node) remove(p *party) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.parties, p.id)
	if p.leg != nil {
		delete(n.byLeg, p.leg.ID())
	}
}

func (n *Node) party(id voice.CallID) (*party, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	p, ok := n.parties[id]
	return p, ok
}

func (n *Node) partyOf(leg *sip.Leg) (*party, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	p, ok := n.byLeg[leg.ID()]
	return p, ok
}

// partyOfDialog searches by what the other side calls its leg, which only transfers do. All three parts must fit: the
// tags are what an outsider who has seen a Call-ID does not know.
func (n *Node) partyOfDialog(r *sip.Replaces) (*party, bool) {
	for _, p := range n.all() {
		p.mu.Lock()
		leg := p.leg
		p.mu.Unlock()
		if leg == nil || leg.CallID() != r.CallID {
			continue
		}
		if d := leg.Dialog(); d.ToTag == r.ToTag && d.FromTag == r.FromTag {
			return p, true
		}
	}
	return nil, false
}

// all gives the parties of now.
func (n *Node) all() []*party {
	n.mu.RLock()
	defer n.mu.RUnlock()
	list := make([]*party, 0, len(n.parties))
	for _, p := range n.parties {
		list = append(list, p)
	}
	return list
}

// living counts the parties that have not ended.
func (n *Node) living() (count int) {
	for _, p := range n.all() {
		if !p.ended() {
			count++
		}
	}
	return count
}

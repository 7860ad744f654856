package demo

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/interaction"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/routing"
)

// Bounds of the simulated traffic.
const (
	MostCallers = 24             // at once
	MostRate    = 600            // calls an hour, in the busiest half hour
	GentleRate  = 90             // what a demonstration begins with
	mostTime    = 12 * time.Hour // then it switches itself off
	mostCalls   = 20_000         // in one go
)

// Desks is what simulated agents do on the floor, as people do. [routing.Service] is one.
type Desks interface {
	SignInAgent(ctx context.Context, in routing.SignIn) (routing.MyAgent, error)
	SignOutAgent(ctx context.Context) (routing.MyAgent, error)
	MyAgent(ctx context.Context) (routing.MyAgent, error)
	GetReady(ctx context.Context) (routing.MyAgent, error)
	TakeBreak(ctx context.Context, reason string) (routing.MyAgent, error)
	EndWrapUp(ctx context.Context) (routing.MyAgent, error)
	Agents(ctx context.Context) ([]routing.AgentView, error)
}

// Words is what simulated agents say of contacts. [interaction.Service] is one.
type Words interface {
	Dispositions(ctx context.Context, centre uuid.UUID, query string) ([]interaction.Disposition, error)
	Dispose(ctx context.Context, contact uuid.UUID, codes []string, revision int64) (interaction.Said, error)
	Note(ctx context.Context, contact uuid.UUID, text string, revision int64) (int64, error)
}

// TrafficConfig is what the simulation needs. All but Rate are needed.
type TrafficConfig struct {
	Floor  Floor
	SIP    string // host:port at which the voice node takes calls and registrations
	Desks  Desks
	Words  Words
	Rate   float64 // calls an hour in the busiest half hour with which it is on from the start; 0: off
	Clock  clock.Clock
	Logger *slog.Logger
}

// Traffic makes callers and agents that are none: they call over a trunk of their own, register phones, answer, talk,
// wrap up and say what it was about, by the same services that people use. Their contacts are marked as simulated. It is
// switched on and off, bounded by [MostCallers] and [MostRate], and ends by itself after 12 hours. It is a
// lifecycle.Service; its methods are safe for concurrent use. A nil Traffic is an installation that is no demonstration.
type Traffic struct {
	cfg TrafficConfig

	mu     sync.Mutex
	began  bool
	closed bool
	run    *trafficRun // nil: off
}

// NewTraffic makes it; nothing happens before Start.
func NewTraffic(cfg TrafficConfig) *Traffic { return &Traffic{cfg: cfg} }

// Name implements lifecycle.Service.
func (t *Traffic) Name() string { return "demo-traffic" }

// Start switches it on when it shall be on from the start.
func (t *Traffic) Start(context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.began || t.closed {
		return nil
	}
	t.began = true
	if t.cfg.Rate > 0 {
		t.on(t.cfg.Rate)
	}
	return nil
}

// Stop hangs everything up and signs the simulated agents out.
func (t *Traffic) Stop(context.Context) error {
	t.mu.Lock()
	t.closed = true
	run := t.run
	t.run = nil
	t.mu.Unlock()
	if run != nil {
		run.end()
	}
	return nil
}

// on begins a run. The lock is held.
func (t *Traffic) on(rate float64) {
	ctx, cancel := context.WithCancel(context.Background())
	r := &trafficRun{cfg: t.cfg, cancel: cancel, rate: rate, until: t.cfg.Clock.Now().Add(mostTime), talking: map[string]bool{}, calling: map[string]bool{}}
	t.run = r
	r.work.Go(func() { r.agents(ctx) })
	r.work.Go(func() { r.callers(ctx) })
	r.work.Go(func() { r.watch(ctx) })
}

// TrafficState tells how the simulated traffic is.
type TrafficState struct {
	Available bool       `json:"available" doc:"This installation is a demonstration, and this process takes calls"`
	On        bool       `json:"on"`
	Rate      int        `json:"rate" doc:"Calls an hour in the busiest half hour of the day"`
	Now       int        `json:"now" doc:"Calls an hour at this time of the day"`
	Callers   int        `json:"callers" doc:"On the line now"`
	Agents    int        `json:"agents" doc:"Simulated ones who are signed in"`
	Made      int        `json:"made" doc:"Calls since it was switched on"`
	Served    int        `json:"served" doc:"Of those: talked with an agent"`
	GaveUp    int        `json:"gave_up" doc:"Of those: hung up before"`
	Failed    int        `json:"failed" doc:"Of those: were not connected at all"`
	Until     *time.Time `json:"until,omitempty" doc:"When it ends by itself"`
	Trouble   string     `json:"trouble" doc:"What went wrong last; empty: nothing"`
}

// Faults of the simulated traffic.
var (
	ErrNoDemonstration = fault.New(fault.NotFound, "demo.not_a_demonstration", "this installation has no simulated traffic").
				WithRemedy("start with --demo and the role voice in the same process")
	errTrafficRate = fault.New(fault.Invalid, "demo.bad_rate", "the rate is 1 to %d calls an hour", MostRate)
)

// State tells how it is.
func (t *Traffic) State() TrafficState {
	if t == nil {
		return TrafficState{}
	}
	t.mu.Lock()
	run := t.run
	t.mu.Unlock()
	s := TrafficState{Available: true, Rate: GentleRate}
	if run == nil {
		return s
	}
	run.mu.Lock()
	defer run.mu.Unlock()
	s = run.state
	s.Available, s.On, s.Rate, s.Callers = true, !run.over, int(run.rate), len(run.calling)
	if s.On {
		until := run.until.UTC()
		s.Until, s.Now = &until, int(run.rate*shareAt(t.cfg.Clock.Now())+0.5)
	}
	return s
}

// Set switches it on with a rate, changes the rate, or switches it off.
//
// Unchecked: whoever is signed in to a demonstration may play with it.
func (t *Traffic) Set(ctx context.Context, on bool, rate int) (TrafficState, error) {
	if _, err := actor.Require(ctx); err != nil {
		return TrafficState{}, err
	}
	if t == nil {
		return TrafficState{}, ErrNoDemonstration
	}
	if on && (rate < 1 || rate > MostRate) {
		return TrafficState{}, errTrafficRate
	}
	t.mu.Lock()
	run := t.run
	switch {
	case t.closed:
	case on && run.alive():
		run.mu.Lock()
		run.rate = float64(rate)
		run.mu.Unlock()
		run = nil
	case on:
		t.on(float64(rate))
	default:
		t.run = nil
	}
	t.mu.Unlock()
	if run != nil {
		run.end()
	}
	return t.State(), nil
}

// trafficRun is one time from on to off.
type trafficRun struct {
	cfg    TrafficConfig
	cancel context.CancelFunc
	work   sync.WaitGroup
	until  time.Time

	mu      sync.Mutex
	over    bool
	rate    float64
	state   TrafficState    // the counts
	calling map[string]bool // callers on the line, by the last four digits of their number
	talking map[string]bool // of whom an agent is with
}

func (r *trafficRun) alive() bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.over
}

// end stops it and waits.
func (r *trafficRun) end() {
	r.cancel()
	r.work.Wait()
}

func (r *trafficRun) count(f func(s *TrafficState)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.state)
}

// trouble keeps what went wrong for whoever looks.
func (r *trafficRun) trouble(doing string, err error) {
	r.cfg.Logger.Warn("simulated traffic", "doing", doing, "error", err)
	r.count(func(s *TrafficState) { s.Trouble = fmt.Sprintf("%s: %v", doing, err) })
}

// watch looks once a second which callers an agent is with: a caller hears no difference between music and a person.
func (r *trafficRun) watch(ctx context.Context) {
	ctx = actor.With(ctx, actor.System("demo.traffic", routing.AgentRead))
	for clock.Sleep(ctx, r.cfg.Clock, time.Second) == nil {
		if !r.anybody() {
			continue
		}
		list, err := r.cfg.Desks.Agents(ctx)
		if err != nil {
			continue // no router leads now: callers go on waiting
		}
		talking := map[string]bool{}
		for _, a := range list {
			if a.Contact != nil && a.State == "talking" {
				talking[lastFour(a.Contact.Caller)] = true
			}
		}
		r.mu.Lock()
		r.talking = talking
		r.mu.Unlock()
	}
}

func (r *trafficRun) anybody() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.calling) > 0
}

func lastFour(number string) string { return number[max(0, len(number)-4):] }

// chance draws with a random source of its own: it is asked by many at once.
func chance(share float64) bool { return rand.Float64() < share } //nolint:gosec // of a demonstration

package timer

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/timer/internal/db"
)

const (
	defaultSweep         = 250 * time.Millisecond
	defaultSettle        = 20 * time.Millisecond
	defaultBatch         = 200
	defaultConcurrency   = 4
	defaultHandleTimeout = 10 * time.Second
	defaultMaxAttempts   = 10
	pause                = time.Second

	// Every fullEvery a look begins at the very first timer; in between it begins a little below the
	// oldest one seen, but at least floorMargin ago, so that it need not walk over the dead.
	fullEvery   = time.Second
	floorMargin = 5 * time.Second
)

// HandleFunc acts on timers that are due, in order of their due times. Its effects go through tx, in which
// the timers end; it may set them again. It must be quick, return the errors of tx, and check whether the
// timer still applies. It may be called again with the same timers after a failure, whose effects were
// rolled back.
type HandleFunc func(ctx context.Context, tx pgx.Tx, due []Due) error

// Config describes a worker. Pool, Clock and Logger are needed.
type Config struct {
	Pool    *pgxpool.Pool
	Bus     *bus.Bus // wakes the worker; nil: it sweeps only
	Clock   clock.Clock
	Logger  *slog.Logger
	Metrics prometheus.Registerer // may be nil

	Batch         int           // most timers per transaction; 0 for 200
	Concurrency   int           // most kinds fired at the same time; 0 for 4
	HandleTimeout time.Duration // bounds a handler; 0 for 10 s
	MaxAttempts   int           // then a timer is parked; 0 for 10, some 9 minutes
}

// Worker fires timers. It is a lifecycle.Service; any number of them share the work.
type Worker struct {
	*lifecycle.Loop
	cfg      Config
	handlers map[string]HandleFunc
	metrics  metrics
	hints    chan hint
	sub      *bus.Subscription

	floor  time.Time // nothing waited below it at the last full look
	fullAt time.Time // of the next full look
	ailing bool
}

// NewWorker makes a worker; register handlers before Start.
func NewWorker(cfg Config) *Worker {
	cfg.Batch = cmp.Or(cfg.Batch, defaultBatch)
	cfg.Concurrency = cmp.Or(cfg.Concurrency, defaultConcurrency)
	cfg.HandleTimeout = cmp.Or(cfg.HandleTimeout, defaultHandleTimeout)
	cfg.MaxAttempts = cmp.Or(cfg.MaxAttempts, defaultMaxAttempts)
	w := &Worker{cfg: cfg, handlers: map[string]HandleFunc{}, metrics: newMetrics(cfg.Metrics), hints: make(chan hint, 4096)}
	w.Loop = lifecycle.NewLoop("timer worker", cfg.Logger, w.run)
	return w
}

// Handle registers the handler of a kind, before Start. A second handler for a kind panics: a fault of
// start-up.
func (w *Worker) Handle(kind string, handle HandleFunc) {
	if _, there := w.handlers[kind]; there {
		panic("timer: two handlers for " + kind)
	}
	w.handlers[kind] = handle
}

func (w *Worker) kinds() []string { return slices.Sorted(maps.Keys(w.handlers)) }

// fired is the outcome of a batch.
type fired struct {
	kind string
	end  ending
	err  error
}

func (w *Worker) run(ctx context.Context) error {
	kinds := w.kinds()
	s := newSchedule(kinds, defaultSweep, defaultSettle, pause)
	done := make(chan fired, len(kinds)) // room for all: a batch never waits for the loop
	var batches sync.WaitGroup
	defer batches.Wait()
	defer w.deafen()
	timer := w.cfg.Clock.NewTimer(0)
	defer timer.Stop()

	running, lookAt := 0, time.Time{}
	for {
		now := w.cfg.Clock.Now()
		if !now.Before(lookAt) || lookAt.Sub(now) > defaultSweep {
			w.listen(ctx)
			w.look(ctx, s, now)
			lookAt = now.Add(defaultSweep)
		}
		for _, kind := range s.ready(now) {
			if running == w.cfg.Concurrency {
				break
			}
			running++
			s.begin(kind)
			floor := w.floor
			batches.Go(func() { done <- w.fire(ctx, kind, floor) })
		}
		wait := defaultSweep
		if running < w.cfg.Concurrency {
			wait = min(s.wait(now), max(0, lookAt.Sub(now)))
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C():
		case h := <-w.hints:
			s.expect(h.kind, h.at)
		case f := <-done:
			running--
			s.end(f.kind, w.cfg.Clock.Now(), f.end)
			w.note(ctx, f.err)
		}
	}
}

// look learns from the table when each kind is due.
func (w *Worker) look(ctx context.Context, s *schedule, now time.Time) {
	floor := w.floor
	isFull := !now.Before(w.fullAt) || w.fullAt.Sub(now) > fullEvery
	if isFull {
		floor = time.Time{}
	}
	rows, err := db.New(w.cfg.Pool).Peek(ctx, db.PeekParams{Kinds: w.kinds(), Floor: floor})
	if err != nil {
		w.note(ctx, fmt.Errorf("look for timers: %w", err))
		return
	}
	oldest := now.Add(-floorMargin)
	for _, r := range rows {
		if r.Waiting {
			s.expect(r.Kind, r.FireAt)
			if r.FireAt.Before(oldest) {
				oldest = r.FireAt
			}
		}
	}
	if isFull {
		w.floor, w.fullAt = oldest, now.Add(fullEvery)
	}
}

// note logs when the database stops and begins to be usable.
func (w *Worker) note(ctx context.Context, err error) {
	switch {
	case err != nil && !w.ailing && ctx.Err() == nil:
		w.ailing = true
		w.cfg.Logger.Warn("timers cannot fire", "error", err)
	case err == nil && w.ailing:
		w.ailing = false
		w.cfg.Logger.Info("timers fire again")
	}
}

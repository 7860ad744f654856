package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/outbox/internal/db"
	"yingda/internal/platform/postgres"
)

const (
	defaultBatch         = 200
	defaultSweep         = time.Second
	defaultHandleTimeout = 10 * time.Second
	// catchUpEvery is how often a consumer moves over events of topics that are not its own.
	catchUpEvery = 10 * time.Second
)

// HandleFunc acts on events in their order. Its effects go through tx, in which the consumer's position
// moves too. It must be quick (see HandleTimeout), must return the errors of tx, and may be called again
// with the same events after a failure, whose effects were rolled back.
type HandleFunc func(ctx context.Context, tx pgx.Tx, events []Event) error

// ConsumerConfig describes a consumer. Name, Topics, Pool, Clock, Logger and Handle are needed.
type ConsumerConfig struct {
	Name   string   // never changes once released: it is the key of the position
	Topics []string // which events
	Pool   *pgxpool.Pool
	Bus    *bus.Bus // wakes the consumer; nil: it sweeps only
	Clock  clock.Clock
	Logger *slog.Logger
	Handle HandleFunc

	Batch         int                   // most events per transaction; 0 for 200
	Sweep         time.Duration         // how often to look unasked; 0 for 1 s
	HandleTimeout time.Duration         // bounds Handle; 0 for 10 s
	FromNow       bool                  // a new consumer leaves out what was written before its first start
	Metrics       prometheus.Registerer // may be nil
}

// Consumer hands events to a function, each exactly once as far as the database is concerned.
// It is a lifecycle.Service. Every process may run one of the same name.
type Consumer struct {
	*lifecycle.Loop
	cfg     ConsumerConfig
	reader  reader
	metrics *metrics

	wake       chan struct{}
	leading    atomic.Bool // wake-ups are for the process that was at work last; others only sweep
	generation int64       // of the cursor at the last look; 0: not known
	careful    int         // events still to be tried one by one, because they failed together
	caughtUp   time.Time   // when the cursor was last moved over foreign topics
	ailing     bool        // the database was not usable at the last attempt
}

// NewConsumer makes a consumer; it works between Start and Stop.
func NewConsumer(cfg ConsumerConfig) *Consumer {
	cfg.Batch = cmp.Or(cfg.Batch, defaultBatch)
	cfg.Sweep = cmp.Or(cfg.Sweep, defaultSweep)
	cfg.HandleTimeout = cmp.Or(cfg.HandleTimeout, defaultHandleTimeout)
	c := &Consumer{
		cfg:     cfg,
		reader:  reader{name: cfg.Name, topics: cfg.Topics, idleLimit: cfg.HandleTimeout},
		metrics: newMetrics(cfg.Metrics),
		wake:    make(chan struct{}, 1),
	}
	c.leading.Store(true)
	c.Loop = lifecycle.NewLoop("outbox consumer "+cfg.Name, cfg.Logger, c.run)
	return c
}

func (c *Consumer) run(ctx context.Context) error {
	w := waker{bus: c.cfg.Bus, topics: c.cfg.Topics, wake: func() {
		if c.leading.Load() {
			signal(c.wake)
		}
	}}
	defer w.stop()
	timer := c.cfg.Clock.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.wake:
		case <-timer.C():
		}
		w.listen()
		timer.Reset(c.drain(ctx))
	}
}

// drain consumes until nothing is left and gives the pause until the next look.
func (c *Consumer) drain(ctx context.Context) time.Duration {
	for ctx.Err() == nil {
		pending, err := c.pending(ctx)
		if err == nil && !pending {
			c.well()
			return c.cfg.Sweep
		}
		var b batch
		if err == nil {
			b, err = c.step(ctx)
		}
		if err != nil {
			c.unwell(ctx, err)
			return c.cfg.Sweep
		}
		c.well()
		switch b.outcome {
		case advanced:
			c.leading.Store(true)
		case waiting:
			return min(c.cfg.Sweep, b.retryAt.Sub(c.cfg.Clock.Now()))
		case idle:
			return c.cfg.Sweep
		case busy:
			c.leading.Store(false)
			return c.cfg.Sweep
		}
	}
	return c.cfg.Sweep
}

// pending looks without a transaction whether there is anything to do.
func (c *Consumer) pending(ctx context.Context) (bool, error) {
	now := c.cfg.Clock.Now()
	if now.Sub(c.caughtUp) >= catchUpEvery {
		c.caughtUp = now
		return true, ensure(ctx, c.cfg.Pool, c.cfg.Name, c.cfg.FromNow, now)
	}
	row, err := db.New(c.cfg.Pool).Pending(ctx, db.PendingParams{Name: c.cfg.Name, Topics: c.cfg.Topics})
	if err != nil {
		return false, fmt.Errorf("look for events of %s: %w", c.cfg.Name, err)
	}
	if c.generation != 0 && c.generation != row.Generation {
		c.leading.Store(false) // another process has moved the cursor
	}
	c.generation = row.Generation
	return row.Pending && (row.RetryAt == nil || !now.Before(*row.RetryAt)), nil
}

// ensure makes the consumer's row at its first start ever.
func ensure(ctx context.Context, pool *pgxpool.Pool, name string, fromNow bool, now time.Time) error {
	var err error
	if fromNow {
		err = db.New(pool).EnsureConsumerFromNow(ctx, db.EnsureConsumerFromNowParams{Name: name, Now: now})
	} else {
		err = db.New(pool).EnsureConsumer(ctx, db.EnsureConsumerParams{Name: name, Now: now})
	}
	if err != nil {
		return fmt.Errorf("register consumer %s: %w", name, err)
	}
	return nil
}

// handlerError marks an error that Handle is to blame for.
type handlerError struct{ cause error }

func (e *handlerError) Error() string { return e.cause.Error() }
func (e *handlerError) Unwrap() error { return e.cause }

// step consumes one batch, or one event while careful, and records a failure of Handle. Its error means
// that the database or the bus is not usable.
func (c *Consumer) step(ctx context.Context) (batch, error) {
	limit := c.cfg.Batch
	if c.careful > 0 {
		limit = 1
	}
	var b batch
	begin := c.cfg.Clock.Now()
	err := postgres.InTx(ctx, c.cfg.Pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		if b, err = c.reader.take(ctx, tx, begin, limit); err != nil || b.outcome != advanced {
			return err
		}
		if err := c.handle(ctx, tx, b.events); err != nil {
			return err
		}
		return c.reader.advance(ctx, tx, begin, b.next)
	})
	c.generation = 0
	blame := &handlerError{}
	switch {
	case err == nil && b.outcome != advanced:
		return b, nil
	case err == nil:
		c.generation = b.from.generation + 1
		c.careful = max(0, c.careful-len(b.events))
		c.metrics.consumed(c.cfg.Name, b.events, begin, c.cfg.Clock.Now())
		return b, nil
	case errors.Is(err, errMoved):
		return batch{outcome: busy}, nil
	case ctx.Err() == nil && errors.As(err, &blame):
		return c.fail(ctx, b, blame.cause)
	case ctx.Err() == nil && len(b.events) > 0 && leftBehind(err):
		return c.fail(ctx, b, err)
	}
	return b, err
}

// handle calls the function with a deadline; a panic is an error of the function.
func (c *Consumer) handle(ctx context.Context, tx pgx.Tx, events []Event) (err error) {
	if len(events) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.HandleTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = &handlerError{fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	err = c.cfg.Handle(ctx, tx, events)
	switch {
	case err == nil, postgres.IsSerialization(err):
		return err // InTx runs the batch again
	case tx.Conn().IsClosed() && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return err // the connection was lost; the events are not to blame
	}
	return &handlerError{err}
}

// leftBehind reports an error that shows after Handle has returned, but comes from what it did: an error of
// tx that it swallowed (SQLSTATE 25P02), or a deferred constraint (class 23).
func leftBehind(err error) bool {
	code := postgres.Code(err)
	return code == "25P02" || strings.HasPrefix(code, "23")
}

func (c *Consumer) unwell(ctx context.Context, err error) {
	if !c.ailing && ctx.Err() == nil {
		c.ailing = true
		c.cfg.Logger.Warn("outbox consumer cannot work", "consumer", c.cfg.Name, "error", err)
	}
}

func (c *Consumer) well() {
	if c.ailing {
		c.ailing = false
		c.cfg.Logger.Info("outbox consumer works again", "consumer", c.cfg.Name)
	}
}

func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

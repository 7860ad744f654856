package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// Schema is the PostgreSQL schema of the queue's tables.
const Schema = "river"

// Options of an inserted job; the zero value is usual.
type Options struct {
	Queue       string        // "" for the default queue
	At          time.Time     // not before; zero for now
	MaxAttempts int           // 0 for 25, about three weeks
	UniqueFor   time.Duration // at most one job with equal arguments in this period; 0: no limit
}

func (o Options) river() *river.InsertOpts {
	r := &river.InsertOpts{Queue: o.Queue, ScheduledAt: o.At, MaxAttempts: o.MaxAttempts}
	if o.UniqueFor > 0 {
		r.UniqueOpts = river.UniqueOpts{ByArgs: true, ByPeriod: o.UniqueFor}
	}
	return r
}

// inserter writes jobs in other people's transactions and needs no database of its own.
var inserter = sync.OnceValues(func() (*river.Client[pgx.Tx], error) {
	return river.NewClient(riverpgxv5.New(nil), &river.Config{Schema: Schema, Logger: slog.New(slog.DiscardHandler)})
})

// InsertTx inserts a job in the transaction: it runs after the commit, or never existed.
func InsertTx(ctx context.Context, tx pgx.Tx, args Args, o Options) error {
	c, err := inserter()
	if err != nil {
		return fmt.Errorf("prepare to insert jobs: %w", err)
	}
	if _, err := c.InsertTx(ctx, tx, args, o.river()); err != nil {
		return fmt.Errorf("insert job %s: %w", args.Kind(), err)
	}
	return nil
}

// InsertManyTx inserts many jobs at the price of few (COPY); uniqueness is not checked.
func InsertManyTx(ctx context.Context, tx pgx.Tx, many []Args, o Options) error {
	c, err := inserter()
	if err != nil {
		return fmt.Errorf("prepare to insert jobs: %w", err)
	}
	o.UniqueFor = 0
	params := make([]river.InsertManyParams, 0, len(many))
	for _, args := range many {
		params = append(params, river.InsertManyParams{Args: args, InsertOpts: o.river()})
	}
	if len(params) == 0 {
		return nil
	}
	if _, err := c.InsertManyFastTx(ctx, tx, params); err != nil {
		return fmt.Errorf("insert %d jobs: %w", len(params), err)
	}
	return nil
}

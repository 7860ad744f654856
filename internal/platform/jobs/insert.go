package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
)

// schema holds River's tables; postgres.Migrate makes them.
const schema = "river"

// Options change how a job is run. The zero value is right for most.
type Options struct {
	Queue       string        // "": the default queue
	At          time.Time     // not before; zero: at once. Seconds late at times: deadlines are timers
	UniqueFor   time.Duration // the same arguments are ordered once in this time (and span of the clock)
	Priority    int           // 1 (first) to 4 (last); 0 for 1
	MaxAttempts int           // 0 for 15, some 36 hours
}

// Order is one of several jobs for InsertManyTx.
type Order struct {
	Args    Args
	Options Options
}

const defaultMaxAttempts = 15

// unfinished are the states in which a job still has something to do.
var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
	rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// orders is the client that writes jobs; it needs no pool, because it works in transactions of others.
var orders = sync.OnceValues(func() (*river.Client[pgx.Tx], error) {
	return river.NewClient(riverpgxv5.New(nil), &river.Config{
		Schema: schema, Logger: slog.New(slog.DiscardHandler), MaxAttempts: defaultMaxAttempts,
	})
})

// InsertTx orders a job, which exists when the transaction commits.
func InsertTx(ctx context.Context, tx pgx.Tx, args Args, o Options) error {
	return InsertManyTx(ctx, tx, Order{args, o})
}

// InsertManyTx orders jobs in one round trip.
func InsertManyTx(ctx context.Context, tx pgx.Tx, list ...Order) error {
	if len(list) == 0 {
		return nil
	}
	client, err := orders()
	if err != nil {
		return fmt.Errorf("order jobs: %w", err)
	}
	meta, err := metadataOf(ctx)
	if err != nil {
		return fmt.Errorf("order jobs: %w", err)
	}
	params := make([]river.InsertManyParams, len(list))
	for i, o := range list {
		params[i] = river.InsertManyParams{Args: o.Args, InsertOpts: o.Options.insertOpts(meta)}
	}
	if _, err := client.InsertManyTx(ctx, tx, params); err != nil {
		return fmt.Errorf("order %d jobs, first of kind %s: %w", len(list), list[0].Args.Kind(), err)
	}
	return nil
}

func (o Options) insertOpts(meta []byte) *river.InsertOpts {
	opts := &river.InsertOpts{
		Queue: o.Queue, ScheduledAt: o.At, Priority: o.Priority, MaxAttempts: o.MaxAttempts, Metadata: meta,
	}
	if o.UniqueFor > 0 {
		opts.UniqueOpts = river.UniqueOpts{ByArgs: true, ByPeriod: o.UniqueFor}
	}
	return opts
}

func isSnooze(err error) bool {
	_, ok := errors.AsType[*rivertype.JobSnoozeError](err)
	return ok
}

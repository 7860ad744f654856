package timer

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/postgres"
	"yingda/internal/platform/timer/internal/db"
)

const (
	firstRetry   = time.Second
	longestRetry = 5 * time.Minute
	maxErrorText = 500
)

// handlerError marks an error that the handler is to blame for.
type handlerError struct{ cause error }

func (e *handlerError) Error() string { return e.cause.Error() }
func (e *handlerError) Unwrap() error { return e.cause }

// retryPause is the pause after the attempt of that number, from 1.
func retryPause(attempt int) time.Duration {
	if attempt > 9 {
		return longestRetry
	}
	return min(firstRetry<<(attempt-1), longestRetry)
}

// fire fires one batch of a kind.
func (w *Worker) fire(ctx context.Context, kind string, floor time.Time) fired {
	now := w.cfg.Clock.Now()
	due, err := w.batch(ctx, kind, func(ctx context.Context, q *db.Queries) ([]Due, error) {
		rows, err := q.TakeDue(ctx, db.TakeDueParams{Kind: kind, Floor: floor, Now: now, MaxTimers: int32(w.cfg.Batch)})
		return duesOf(kind, rows), err
	})
	if _, blame := errors.AsType[*handlerError](err); blame && ctx.Err() == nil {
		err = w.oneByOne(ctx, kind, due, now, err)
	}
	switch {
	case err != nil:
		return fired{kind: kind, end: failed, err: err}
	case len(due) == 0:
		return fired{kind: kind, end: none}
	case len(due) == w.cfg.Batch:
		return fired{kind: kind, end: full}
	}
	return fired{kind: kind, end: some}
}

// batch takes timers and hands them to the handler in one transaction. It gives the timers also when the
// handler failed.
func (w *Worker) batch(ctx context.Context, kind string, take func(context.Context, *db.Queries) ([]Due, error)) ([]Due, error) {
	var due []Due
	err := postgres.InTx(ctx, w.cfg.Pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		q := db.New(tx)
		if _, err := q.LimitIdle(ctx, strconv.FormatInt(w.cfg.HandleTimeout.Milliseconds(), 10)); err != nil {
			return fmt.Errorf("begin to fire %s: %w", kind, err)
		}
		if due, err = take(ctx, q); err != nil {
			return fmt.Errorf("take timers of %s: %w", kind, err)
		}
		if len(due) == 0 {
			return nil
		}
		return w.call(ctx, tx, kind, due)
	})
	if err != nil && len(due) > 0 && leftBehind(err) {
		err = &handlerError{err}
	}
	if err == nil {
		w.metrics.fired(kind, due, w.cfg.Clock.Now())
	}
	return due, err
}

// call runs the handler with a deadline; a panic is an error of the handler.
func (w *Worker) call(ctx context.Context, tx pgx.Tx, kind string, due []Due) (err error) {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.HandleTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = &handlerError{fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	err = w.handlers[kind](ctx, tx, due)
	switch {
	case err == nil, postgres.IsSerialization(err):
		return err // InTx runs the batch again
	case tx.Conn().IsClosed() && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return err // the connection was lost; the timers are not to blame
	}
	return &handlerError{err}
}

// leftBehind reports an error that shows after the handler has returned, but comes from what it did: an
// error of tx that it swallowed, or a deferred constraint (SQLSTATE class 23).
func leftBehind(err error) bool {
	return errors.Is(err, pgx.ErrTxCommitRollback) || strings.HasPrefix(postgres.Code(err), "23")
}

// oneByOne fires the timers of a failed batch apart, so that the good ones fire and the others are known.
func (w *Worker) oneByOne(ctx context.Context, kind string, due []Due, now time.Time, cause error) error {
	if len(due) == 1 {
		return w.fail(ctx, due[0], cause)
	}
	w.cfg.Logger.Warn("timer batch failed, firing its timers one by one", "kind", kind, "timers", len(due), "error", cause)
	for _, d := range due {
		_, err := w.batch(ctx, kind, func(ctx context.Context, q *db.Queries) ([]Due, error) {
			rows, err := q.TakeOne(ctx, db.TakeOneParams{Kind: kind, Key: d.Key, Now: now})
			list := make([]db.TakeDueRow, len(rows))
			for i, r := range rows {
				list[i] = db.TakeDueRow(r)
			}
			return duesOf(kind, list), err
		})
		if _, blame := errors.AsType[*handlerError](err); blame && ctx.Err() == nil {
			err = w.fail(ctx, d, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fail records a failed attempt: the timer is tried again later, or parked.
func (w *Worker) fail(ctx context.Context, d Due, cause error) error {
	attempt := d.Attempts + 1
	now := w.cfg.Clock.Now()
	p := db.RecordFailureParams{
		Kind: d.Kind, Key: d.Key, DueAt: d.DueAt, Attempts: int32(d.Attempts),
		Error: shorten(cause.Error()), RetryAt: now.Add(retryPause(attempt)),
	}
	if attempt >= w.cfg.MaxAttempts {
		p.ParkedAt = &now
	}
	if _, err := db.New(w.cfg.Pool).RecordFailure(ctx, p); err != nil {
		return fmt.Errorf("record the failure of timer %s: %w", d.Kind, err)
	}
	w.metrics.failed(d.Kind)
	w.cfg.Logger.Error("timer failed", "kind", d.Kind, "key", d.Key, "attempt", attempt,
		"parked", p.ParkedAt != nil, "error", cause)
	return nil
}

// duesOf sorts, because DELETE gives rows in any order.
func duesOf(kind string, rows []db.TakeDueRow) []Due {
	slices.SortFunc(rows, func(a, b db.TakeDueRow) int {
		if c := a.FireAt.Compare(b.FireAt); c != 0 {
			return c
		}
		return strings.Compare(a.Key, b.Key)
	})
	list := make([]Due, len(rows))
	for i, r := range rows {
		list[i] = Due{Kind: kind, Key: r.Key, DueAt: r.DueAt.UTC(), Attempts: int(r.Attempts), payload: r.Payload}
	}
	return list
}

// shorten keeps the beginning of an error, as valid text without null characters, for the table.
func shorten(s string) string {
	if len(s) > maxErrorText {
		s = s[:maxErrorText]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}

package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/outbox/internal/db"
	"yingda/internal/platform/postgres"
)

const (
	firstRetry   = time.Second
	longestRetry = time.Minute
	maxErrorText = 500
)

// ErrNotFailing is returned by Skip when the consumer is not stuck at that event.
var ErrNotFailing = fault.New(fault.Conflict, "outbox.not_failing", "the consumer is not stuck at this event").
	WithRemedy("look at the health page again: the event may have been consumed meanwhile")

// retryPause is the pause after the attempt of that number, from 1.
func retryPause(attempt int) time.Duration {
	if attempt > 6 {
		return longestRetry
	}
	return min(firstRetry<<(attempt-1), longestRetry)
}

// fail deals with a batch that Handle refused: several events are tried one by one, a single one is
// recorded with the window around it and tried again later.
func (c *Consumer) fail(ctx context.Context, b batch, cause error) (batch, error) {
	if len(b.events) > 1 {
		c.careful = len(b.events)
		c.cfg.Logger.Warn("outbox batch failed, trying its events one by one",
			"consumer", c.cfg.Name, "events", len(b.events), "error", cause)
		return b, nil
	}
	e := b.events[0]
	now := c.cfg.Clock.Now()
	var attempts int
	var retryAt time.Time
	err := postgres.InTx(ctx, c.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		n, err := q.RecordFailure(ctx, db.RecordFailureParams{
			Name: c.cfg.Name, Generation: b.from.generation, Now: &now,
			WindowXmax: b.from.windowXmax, WindowRunning: list(b.from.windowRunning),
			WindowPosition: b.from.windowPosition, WindowUntil: b.from.windowUntil,
			EventID: nullable(e.ID), Topic: e.Topic, Position: e.Position, Error: shorten(cause.Error()),
		})
		if postgres.IsNoRows(err) {
			return errMoved
		}
		if err != nil {
			return err
		}
		attempts, retryAt = int(n), now.Add(retryPause(int(n)))
		return q.RetryAt(ctx, db.RetryAtParams{Name: c.cfg.Name, EventID: nullable(e.ID), RetryAt: &retryAt})
	})
	switch {
	case err == nil:
	case errors.Is(err, errMoved):
		return batch{outcome: busy}, nil
	default:
		return batch{}, fmt.Errorf("record the failure of %s: %w", c.cfg.Name, err)
	}
	c.careful = max(0, c.careful-1)
	c.metrics.failed(c.cfg.Name)
	c.cfg.Logger.Error("outbox event failed", "consumer", c.cfg.Name, "event_id", e.ID, "topic", e.Topic,
		"attempt", attempts, "retry_at", retryAt, "error", cause)
	return batch{outcome: waiting, retryAt: retryAt}, nil
}

// Skip makes a consumer leave out the event it is stuck at, on the word of an operator. It writes the act
// to outbox.skipped and to the log. The event itself stays for the others.
func Skip(ctx context.Context, pool *pgxpool.Pool, clk clock.Clock, log *slog.Logger, s Skipping) error {
	now := clk.Now()
	err := postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.LockFailing(ctx, db.LockFailingParams{Name: s.Consumer, EventID: nullable(s.Event)})
		if postgres.IsNoRows(err) {
			return ErrNotFailing
		}
		if err != nil {
			return err
		}
		if _, err := q.PassFailing(ctx, db.PassFailingParams{Name: s.Consumer, EventID: nullable(s.Event), Now: now}); err != nil {
			return err
		}
		return q.InsertSkipped(ctx, db.InsertSkippedParams{
			Consumer: s.Consumer, EventID: s.Event.UUID(), Topic: row.FailingTopic, Error: row.FailingError,
			Actor: s.Actor, Reason: s.Reason, Now: now,
		})
	})
	if err != nil {
		return fmt.Errorf("skip event %s of consumer %s: %w", s.Event, s.Consumer, err)
	}
	log.Warn("outbox event skipped by an operator", "consumer", s.Consumer, "event_id", s.Event, "actor", s.Actor, "reason", s.Reason)
	return nil
}

// Skipping says which event is to be left out, by whom and why.
type Skipping struct {
	Consumer string
	Event    EventID
	Actor    string // account or operating system user
	Reason   string
}

// Forget removes a consumer that no program runs any more, so that it no longer holds deletion back.
func Forget(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger, consumer, actor string) error {
	n, err := db.New(pool).DeleteConsumer(ctx, consumer)
	if err != nil {
		return fmt.Errorf("forget consumer %s: %w", consumer, err)
	}
	if n == 0 {
		return fault.New(fault.NotFound, "outbox.no_such_consumer", "there is no consumer %s", consumer)
	}
	log.Warn("outbox consumer forgotten by an operator", "consumer", consumer, "actor", actor)
	return nil
}

func nullable(id EventID) uuid.NullUUID { return uuid.NullUUID{UUID: id.UUID(), Valid: !id.IsZero()} }

// shorten keeps the beginning of an error, as valid text without null characters, for the table.
func shorten(s string) string {
	if len(s) > maxErrorText {
		s = s[:maxErrorText]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}

package outbox_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/health"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
)

// picky refuses one number until told otherwise.
type picky struct {
	*inbox
	refused atomic.Int64
	calls   atomic.Int64
	err     func(ctx context.Context, tx pgx.Tx) error
}

func (p *picky) handle(ctx context.Context, tx pgx.Tx, events []outbox.Event) error {
	p.calls.Add(1)
	for _, n := range numbersOf(events) {
		if int64(n) == p.refused.Load() {
			return p.err(ctx, tx)
		}
	}
	return p.inbox.handle(ctx, tx, events)
}

func newPicky(refused int64) *picky {
	p := &picky{inbox: newInbox(), err: func(context.Context, pgx.Tx) error { return errors.New("cannot do that") }}
	p.refused.Store(refused)
	return p
}

func drainer(pool *pgxpool.Pool, c clock.Clock, handle outbox.HandleFunc) *outbox.Consumer {
	cfg := config(pool, handle)
	cfg.Clock = c
	return outbox.NewConsumer(cfg)
}

func lines(t testing.TB, pool *pgxpool.Pool, c clock.Clock) []health.Line {
	t.Helper()
	m := health.NewMonitor(c)
	m.Register(outbox.Health(pool, c, 0))
	return m.Look(t.Context()).Lines(health.English)
}

func TestPoisonEventStopsItsConsumerAndIsShownUntilItSucceeds(t *testing.T) {
	t.Parallel()
	pool, clk, p := postgrestest.New(t), clocktest.At(time.Now()), newPicky(3)
	c := drainer(pool, clk, p.handle)
	write(t, pool, 1, 2, 3, 4, 5)

	c.Drain(t.Context())
	require.Equal(t, []int{1, 2}, p.numbers(), "what stands before it is consumed, nothing behind it")
	calls := p.calls.Load()
	c.Drain(t.Context())
	require.Equal(t, calls, p.calls.Load(), "no attempt before its time")

	for range 3 {
		clk.Advance(time.Minute)
		c.Drain(t.Context())
	}
	require.Equal(t, calls+3, p.calls.Load())
	line := lines(t, pool, clk)[0]
	require.Equal(t, "outbox.consumer_stuck", line.Code)
	require.Contains(t, line.Cause, "cannot do that")
	require.Contains(t, line.Cause, "4 attempts")

	p.refused.Store(0)
	clk.Advance(time.Minute)
	c.Drain(t.Context())
	require.Equal(t, []int{1, 2, 3, 4, 5}, p.numbers())
	require.Equal(t, "outbox.ok", lines(t, pool, clk)[0].Code)
}

func TestPauseBetweenAttemptsGrowsToAMinute(t *testing.T) {
	t.Parallel()
	pool, clk, p := postgrestest.New(t), clocktest.At(time.Now()), newPicky(1)
	c := drainer(pool, clk, p.handle)
	write(t, pool, 1)
	c.Drain(t.Context())
	for attempt, pause := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		before := p.calls.Load()
		clk.Advance(pause*time.Second - time.Millisecond)
		c.Drain(t.Context())
		require.Equal(t, before, p.calls.Load(), "attempt %d", attempt+2)
		clk.Advance(time.Millisecond)
		c.Drain(t.Context())
		require.Equal(t, before+1, p.calls.Load(), "attempt %d", attempt+2)
	}
}

func TestFailureOfAnyKindIsBlamedOnTheEvent(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(context.Context, pgx.Tx) error{
		"panic": func(context.Context, pgx.Tx) error { panic("a defect") },
		"swallowed error of the transaction": func(ctx context.Context, tx pgx.Tx) error {
			_, _ = tx.Exec(ctx, "SELECT 1/0")
			return nil
		},
		"error at the commit": func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO pair VALUES (1)")
			return err
		},
		"too slow": func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "SELECT pg_sleep(20)")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool, clk, p := postgrestest.New(t), clocktest.At(time.Now()), newPicky(2)
			_, err := pool.Exec(t.Context(), "CREATE TABLE pair (n integer PRIMARY KEY REFERENCES pair DEFERRABLE INITIALLY DEFERRED, CHECK (n > 0)); ALTER TABLE pair ADD other integer NOT NULL DEFAULT 2 REFERENCES pair DEFERRABLE INITIALLY DEFERRED")
			require.NoError(t, err)
			p.err = fail
			cfg := config(pool, p.handle)
			cfg.Clock, cfg.HandleTimeout = clk, 200*time.Millisecond
			c := outbox.NewConsumer(cfg)
			write(t, pool, 1, 2, 3)
			require.Eventually(t, func() bool { // a loaded machine may exceed the limit in other places too
				c.Drain(t.Context())
				return count(t, pool, "SELECT count(*) FROM outbox.consumer WHERE failing_attempts = 1") == 1
			}, deadline, time.Millisecond)
			require.Equal(t, []int{1}, p.numbers())
		})
	}
}

func TestOperatorSkipsAPoisonEventOnTheRecord(t *testing.T) {
	t.Parallel()
	pool, clk, p := postgrestest.New(t), clocktest.At(time.Now()), newPicky(3)
	c := drainer(pool, clk, p.handle)
	write(t, pool, 1, 2, 3, 4)
	c.Drain(t.Context())

	var id [16]byte
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT failing_id FROM outbox.consumer").Scan(&id))
	s := outbox.Skipping{Consumer: "test", Event: outbox.EventIDFrom(id), Actor: "admin", Reason: "order 7 was made by hand"}
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, nil))
	require.NoError(t, outbox.Skip(t.Context(), pool, clk, logger, s))
	require.Contains(t, log.String(), `reason="order 7 was made by hand"`)
	require.ErrorIs(t, outbox.Skip(t.Context(), pool, clk, logger, s), outbox.ErrNotFailing)
	require.Equal(t, 1, count(t, pool, "SELECT count(*) FROM outbox.skipped WHERE actor = 'admin' AND error = 'cannot do that'"))

	c.Drain(t.Context())
	require.Equal(t, []int{1, 2, 4}, p.numbers())
}

func TestSkippingTheLastEventOfAWindowLetsTheNextOneIn(t *testing.T) {
	t.Parallel()
	pool, clk, p := postgrestest.New(t), clocktest.At(time.Now()), newPicky(1)
	c := drainer(pool, clk, p.handle)
	write(t, pool, 1)
	c.Drain(t.Context())
	var id [16]byte
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT failing_id FROM outbox.consumer").Scan(&id))
	require.NoError(t, outbox.Skip(t.Context(), pool, clk, quiet, outbox.Skipping{Consumer: "test", Event: outbox.EventIDFrom(id), Actor: "a", Reason: "r"}))
	write(t, pool, 2)
	c.Drain(t.Context())
	require.Equal(t, []int{2}, p.numbers())
}

func TestKeeperDeletesWhatIsOldAndBehindEverybody(t *testing.T) {
	t.Parallel()
	pool, clk, in := postgrestest.New(t), clocktest.At(time.Now()), newInbox()
	ctx := t.Context()
	k := outbox.NewKeeper(outbox.KeeperConfig{Pool: pool, Clock: clk, Logger: quiet})
	c := drainer(pool, clk, in.handle)
	c.Drain(ctx)
	slow := drainer(pool, clk, newInbox().handle)
	late, err := pool.Begin(ctx)
	require.NoError(t, err)
	require.NoError(t, outbox.Write(ctx, late, numbered("late", 9)...))
	for n := range 5 {
		write(t, pool, n)
	}
	c.Drain(ctx)
	require.NoError(t, late.Commit(ctx))

	n, err := k.Sweep(ctx)
	require.NoError(t, err)
	require.Zero(t, n, "nothing is old")
	clk.Advance(outbox.DefaultRetention + 2*time.Hour)
	n, err = k.Sweep(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 5, n, "the late event is not consumed")
	require.Equal(t, "outbox.retention_held", lines(t, pool, clk)[0].Code)
	slow.Drain(ctx) // the same consumer in another process
	n, err = k.Sweep(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
	require.Zero(t, count(t, pool, "SELECT count(*) FROM outbox.event"))
	write(t, pool, 7)
	c.Drain(ctx)
	require.Equal(t, []int{0, 1, 2, 3, 4, 7}, in.numbers())
}

func TestForgottenConsumerNoLongerHoldsDeletionBack(t *testing.T) {
	t.Parallel()
	pool, clk := postgrestest.New(t), clocktest.At(time.Now())
	cfg := config(pool, newInbox().handle)
	cfg.Clock, cfg.Name = clk, "retired"
	outbox.NewConsumer(cfg).Drain(t.Context())
	write(t, pool, 1)
	c := drainer(pool, clk, newInbox().handle)
	c.Drain(t.Context())
	clk.Advance(outbox.DefaultRetention + time.Hour)
	k := outbox.NewKeeper(outbox.KeeperConfig{Pool: pool, Clock: clk, Logger: quiet})
	n, err := k.Sweep(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
	require.NoError(t, outbox.Forget(t.Context(), pool, quiet, "retired", "admin"))
	require.Error(t, outbox.Forget(t.Context(), pool, quiet, "retired", "admin"))
	n, err = k.Sweep(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
}

// A copy of the rows in a younger cluster, played by moving every stored transaction number up.
func TestRebaseLetsConsumersGoOnInAnotherCluster(t *testing.T) {
	t.Parallel()
	pool, clk, in := postgrestest.New(t), clocktest.At(time.Now()), newInbox()
	ctx := t.Context()
	c := drainer(pool, clk, in.handle)
	write(t, pool, 1)
	c.Drain(ctx)
	write(t, pool, 2)
	_, err := pool.Exec(ctx, `UPDATE outbox.event SET xid = xid + 1000000;
		UPDATE outbox.consumer SET seen_xmax = seen_xmax + 1000000`)
	require.NoError(t, err)
	require.Equal(t, "outbox.foreign_history", lines(t, pool, clk)[0].Code)

	for range 2 {
		require.NoError(t, postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error {
			_, err := outbox.Rebase(ctx, tx)
			return err
		}))
	}
	require.Equal(t, "outbox.ok", lines(t, pool, clk)[0].Code)
	write(t, pool, 3)
	c.Drain(ctx)
	require.Equal(t, []int{1, 2, 3}, in.numbers())
}

func TestHealthShowsAConsumerThatIsBehind(t *testing.T) {
	t.Parallel()
	pool, clk := postgrestest.New(t), clocktest.At(time.Now())
	c := drainer(pool, clk, newInbox().handle)
	c.Drain(t.Context())
	write(t, pool, 1)
	require.Equal(t, "outbox.ok", lines(t, pool, clk)[0].Code)
	clk.Advance(2 * time.Minute)
	require.Equal(t, "outbox.consumer_behind", lines(t, pool, clk)[0].Code)
}

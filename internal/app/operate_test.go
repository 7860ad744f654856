package app_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/app"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/config"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/jobs"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/timer"
)

var quiet = slog.New(slog.DiscardHandler)

// bundle is an operator of a fresh installation.
type bundle struct {
	*app.Operator
	pool *pgxpool.Pool
	cfg  config.Config
	log  *bytes.Buffer
}

func setup(t *testing.T) bundle {
	t.Helper()
	pool := postgrestest.New(t)
	b := bundle{pool: pool, log: &bytes.Buffer{}}
	b.cfg = config.Config{DatabaseURL: pool.Config().ConnString(), DataDir: t.TempDir(), Node: "test"}
	b.Operator = app.NewOperator(b.cfg, slog.New(slog.NewTextHandler(b.log, nil)))
	return b
}

func requireFault(t *testing.T, err error, code string) {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "want fault %s, got %v", code, err)
	require.Equal(t, code, f.Code)
}

func inTx(t *testing.T, pool *pgxpool.Pool, do func(ctx context.Context, tx pgx.Tx) error) {
	t.Helper()
	require.NoError(t, postgres.InTx(t.Context(), pool, do))
}

// consume runs a consumer until done is closed.
func consume(t *testing.T, pool *pgxpool.Pool, done <-chan struct{}, handle outbox.HandleFunc) {
	t.Helper()
	c := outbox.NewConsumer(outbox.ConsumerConfig{
		Name: "picky", Topics: []string{"test.happened"}, Pool: pool, Clock: clock.System(), Logger: quiet, Handle: handle,
	})
	require.NoError(t, c.Start(t.Context()))
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Error("the consumer did not get there")
	}
	require.NoError(t, c.Stop(context.Background()))
}

func TestASkippedEventIsLeftOutAndTheNextOneIsNot(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ids := make([]outbox.EventID, 2)
	for i := range ids {
		require.NoError(t, ids[i].UnmarshalText([]byte("019a9e2b-7c00-7000-8000-00000000000"+string('1'+rune(i)))))
		inTx(t, b.pool, func(ctx context.Context, tx pgx.Tx) error {
			return outbox.Write(ctx, tx, outbox.Event{ID: ids[i], Topic: "test.happened", Version: 1, Key: "k", Payload: 1, OccurredAt: time.Now()})
		})
	}
	alone, again := 0, make(chan struct{})
	consume(t, b.pool, again, func(_ context.Context, _ pgx.Tx, events []outbox.Event) error {
		if len(events) == 1 && events[0].ID == ids[0] {
			if alone++; alone == 2 { // so its first failure is recorded
				close(again)
			}
		}
		return errors.New("cannot")
	})

	requireFault(t, b.SkipEvent(t.Context(), "picky", ids[0], ""), "operate.no_reason")
	requireFault(t, b.SkipEvent(t.Context(), "picky", ids[1], "not the one"), "outbox.not_failing")
	require.NoError(t, b.SkipEvent(t.Context(), "picky", ids[0], "the receiver is gone"))
	require.Contains(t, b.log.String(), "actor=")

	var got []outbox.EventID
	both := make(chan struct{})
	consume(t, b.pool, both, func(_ context.Context, _ pgx.Tx, events []outbox.Event) error {
		for _, e := range events {
			got = append(got, e.ID)
		}
		close(both)
		return nil
	})
	require.Equal(t, ids[1:], got)
	var reason, actor string
	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT reason, actor FROM outbox.skipped WHERE event_id = $1", ids[0].UUID()).Scan(&reason, &actor))
	require.Equal(t, "the receiver is gone", reason)
	require.NotEmpty(t, actor)

	require.NoError(t, b.ForgetConsumer(t.Context(), "picky"))
	requireFault(t, b.ForgetConsumer(t.Context(), "picky"), "outbox.no_such_consumer")
}

func TestAConsumerOfThisVersionIsNotForgotten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.pool.Exec(t.Context(), "INSERT INTO outbox.consumer (name, seen_xmax, updated_at) VALUES ('relay', 0, $1), ('webhook', 0, $1)", time.Now())
	require.NoError(t, err)
	for _, name := range []string{"relay", "webhook"} {
		requireFault(t, b.ForgetConsumer(t.Context(), name), "operate.consumer_in_use")
	}
}

func TestRebasePutsNewTransactionsAboveForeignOnes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const foreign = int64(1) << 40
	_, err := b.pool.Exec(t.Context(), "INSERT INTO outbox.consumer (name, seen_xmax, updated_at) VALUES ('copied', $1, $2)", foreign, time.Now())
	require.NoError(t, err)
	shift, err := b.RebaseOutbox(t.Context())
	require.NoError(t, err)
	inTx(t, b.pool, func(ctx context.Context, tx pgx.Tx) error {
		return outbox.Write(ctx, tx, outbox.Event{Topic: "test.happened", Version: 1, Key: "k", Payload: 1, OccurredAt: time.Now()})
	})
	var xid int64
	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT xid FROM outbox.event").Scan(&xid))
	require.Greater(t, xid, foreign)
	again, err := b.RebaseOutbox(t.Context())
	require.NoError(t, err)
	require.GreaterOrEqual(t, again, shift)
}

func TestParkedTimersAreListedAndRevived(t *testing.T) {
	t.Parallel()
	b := setup(t)
	inTx(t, b.pool, func(ctx context.Context, tx pgx.Tx) error {
		for _, key := range []string{"a", "b", "c"} {
			if err := timer.Set(ctx, tx, timer.Timer{Kind: "test.due", Key: key, DueAt: time.Now()}); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, "UPDATE timer.timer SET parked_at = fire_at, attempts = 9, last_error = 'cannot' WHERE key <> 'c'")
		return err
	})
	list, more, err := b.ParkedTimers(t.Context(), 1)
	require.NoError(t, err)
	require.True(t, more)
	require.Len(t, list, 1)
	list, more, err = b.ParkedTimers(t.Context(), 2)
	require.NoError(t, err)
	require.False(t, more, "the third is not parked")
	require.Len(t, list, 2)
	require.Equal(t, "cannot", list[1].LastError)

	require.NoError(t, b.ReviveTimer(t.Context(), "test.due", "a"))
	revived, err := timer.Find(t.Context(), b.pool, "test.due", "a")
	require.NoError(t, err)
	require.True(t, revived.ParkedAt.IsZero())
	requireFault(t, b.ReviveTimer(t.Context(), "test.due", "c"), "timer.not_parked")
}

type givenUpArgs struct{}

func (givenUpArgs) Kind() string { return "test_given_up" }

func TestAJobThatWasGivenUpRunsAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	inTx(t, b.pool, func(ctx context.Context, tx pgx.Tx) error {
		return jobs.InsertTx(ctx, tx, givenUpArgs{}, jobs.Options{})
	})
	var id int64
	require.NoError(t, b.pool.QueryRow(t.Context(), `UPDATE river.river_job SET state = 'discarded', attempt = max_attempts,
		finalized_at = scheduled_at RETURNING id`).Scan(&id))
	require.NoError(t, b.RetryJob(t.Context(), id))
	var state string
	var left int
	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT state, max_attempts - attempt FROM river.river_job WHERE id = $1", id).Scan(&state, &left))
	require.Equal(t, "available", state)
	require.Positive(t, left, "it has an attempt left")
	requireFault(t, b.RetryJob(t.Context(), id+1), "jobs.none")
}

func TestAnOperatorReachesTheDatabaseOfARunningProcess(t *testing.T) {
	t.Parallel()
	cfg := config.Config{DataDir: postgrestest.DataDir(t), Node: "test"}
	o := app.NewOperator(cfg, quiet)
	_, _, err := o.ParkedTimers(t.Context(), 1)
	requireFault(t, err, "operate.no_installation")
	entries, err := os.ReadDir(cfg.DataDir)
	require.NoError(t, err)
	require.Empty(t, entries, "looking at an empty folder leaves nothing there")

	server := postgres.NewServer(postgrestest.Config(t, cfg.DataDir)) // as `yingda serve` does
	require.NoError(t, server.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	_, _, err = o.ParkedTimers(t.Context(), 1)
	requireFault(t, err, "operate.older_database")
	applied, err := app.Migrate(t.Context(), cfg, quiet)
	require.NoError(t, err)
	require.Positive(t, applied)
	pid := server.PID()
	list, _, err := o.ParkedTimers(t.Context(), 1)
	require.NoError(t, err)
	require.Empty(t, list)
	_, err = o.RebaseOutbox(t.Context())
	requireFault(t, err, "operate.running")
	require.Equal(t, pid, server.PID(), "the running server was left alone")

	require.NoError(t, server.Stop(t.Context()))
	_, err = o.RebaseOutbox(t.Context())
	require.NoError(t, err, "stopped, the operator starts the server for as long as it takes")
	_, running := postgres.Running(cfg.DataDir)
	require.False(t, running)
}

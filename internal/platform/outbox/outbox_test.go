package outbox_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
)

var quiet = slog.New(slog.DiscardHandler)

// number is the payload of the tests' events.
type number struct {
	N int `json:"n"`
}

var counted = outbox.NewTopic[number]("test.counted", 1)

// deadline bounds every wait of these tests.
const deadline = 30 * time.Second

// inbox collects what a consumer hands over, in order, and wakes whoever waits for it.
type inbox struct {
	mu      sync.Mutex
	changed chan struct{}
	got     []outbox.Event
}

func newInbox() *inbox { return &inbox{changed: make(chan struct{})} }

func (b *inbox) handle(_ context.Context, _ pgx.Tx, events []outbox.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = append(b.got, events...)
	close(b.changed)
	b.changed = make(chan struct{})
	return nil
}

func (b *inbox) numbers() []int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return numbersOf(b.got)
}

// await waits until n events have arrived.
func (b *inbox) await(t testing.TB, n int) []int {
	t.Helper()
	timeout := time.After(deadline)
	for {
		b.mu.Lock()
		have, changed := len(b.got), b.changed
		b.mu.Unlock()
		if have >= n {
			return b.numbers()
		}
		select {
		case <-changed:
		case <-timeout:
			require.Failf(t, "events are missing", "%d of %d arrived", have, n)
		}
	}
}

func numbersOf(events []outbox.Event) []int {
	list := make([]int, len(events))
	for i, e := range events {
		v, err := counted.Decode(e)
		if err != nil {
			panic(err)
		}
		list[i] = v.N
	}
	return list
}

func write(t testing.TB, pool *pgxpool.Pool, numbers ...int) {
	t.Helper()
	require.NoError(t, postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		return outbox.Write(ctx, tx, numbered("k", numbers...)...)
	}))
}

func numbered(key string, numbers ...int) []outbox.Event {
	events := make([]outbox.Event, len(numbers))
	for i, n := range numbers {
		events[i] = counted.Event(key, time.Now(), number{n})
	}
	return events
}

func config(pool *pgxpool.Pool, handle outbox.HandleFunc) outbox.ConsumerConfig {
	return outbox.ConsumerConfig{
		Name: "test", Topics: []string{counted.Name()}, Pool: pool, Clock: clock.System(), Logger: quiet,
		Handle: handle, Sweep: 5 * time.Millisecond,
	}
}

func run(t testing.TB, s lifecycle.Service) {
	t.Helper()
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })
}

func TestConsumerSurvivesStress(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	lifecycletest.Stress(t, func() lifecycle.Service { return outbox.NewConsumer(config(pool, newInbox().handle)) })
	lifecycletest.Stress(t, func() lifecycle.Service {
		return outbox.NewKeeper(outbox.KeeperConfig{Pool: pool, Clock: clock.System(), Logger: quiet})
	})
}

func TestEventsExistExactlyWhenTheirTransactionCommits(t *testing.T) {
	t.Parallel()
	pool, in := postgrestest.New(t), newInbox()
	run(t, outbox.NewConsumer(config(pool, in.handle)))
	ctx := t.Context()

	gone, err := pool.Begin(ctx)
	require.NoError(t, err)
	require.NoError(t, outbox.Write(ctx, gone, numbered("k", 1, 2)...))
	require.NoError(t, gone.Rollback(ctx))
	write(t, pool, 3, 4, 5)
	write(t, pool, 6)

	require.Equal(t, []int{3, 4, 5, 6}, in.await(t, 4))
}

func TestLateCommitIsNotSkippedAndHoldsNobodyBack(t *testing.T) {
	t.Parallel()
	pool, in := postgrestest.New(t), newInbox()
	run(t, outbox.NewConsumer(config(pool, in.handle)))
	ctx := t.Context()

	late, err := pool.Begin(ctx)
	require.NoError(t, err)
	require.NoError(t, outbox.Write(ctx, late, numbered("late", 1)...))
	write(t, pool, 2)
	write(t, pool, 3)
	require.Equal(t, []int{2, 3}, in.await(t, 2), "events of others do not wait for the open transaction")
	require.NoError(t, late.Commit(ctx))
	require.Equal(t, []int{2, 3, 1}, in.await(t, 3))
	write(t, pool, 4)
	require.Equal(t, []int{2, 3, 1, 4}, in.await(t, 4))
}

// The transaction that got its number first writes the key's second event: neither transaction number nor
// "below the oldest running transaction" would keep this order.
func TestOrderOfAKeyIsTheOrderOfItsCommits(t *testing.T) {
	t.Parallel()
	pool, in := postgrestest.New(t), newInbox()
	ctx := t.Context()

	early, err := pool.Begin(ctx)
	require.NoError(t, err)
	_, err = early.Exec(ctx, "SELECT pg_current_xact_id()")
	require.NoError(t, err)
	other, err := pool.Begin(ctx)
	require.NoError(t, err)
	_, err = other.Exec(ctx, "SELECT pg_current_xact_id()")
	require.NoError(t, err)

	write(t, pool, 1)
	require.NoError(t, outbox.Write(ctx, early, numbered("k", 2)...))
	require.NoError(t, early.Commit(ctx))

	run(t, outbox.NewConsumer(config(pool, in.handle)))
	require.Equal(t, []int{1, 2}, in.await(t, 2))
	require.NoError(t, other.Rollback(ctx))
}

func TestWindowLargerThanABatchKeepsItsOrder(t *testing.T) {
	t.Parallel()
	pool, in := postgrestest.New(t), newInbox()
	var want []int
	for n := range 57 {
		want = append(want, n)
		write(t, pool, n)
	}
	cfg := config(pool, in.handle)
	cfg.Batch = 10
	run(t, outbox.NewConsumer(cfg))
	require.Equal(t, want, in.await(t, len(want)))
}

func TestConsumerGetsItsTopicsOnlyAndIsNotLeftBehindByOthers(t *testing.T) {
	t.Parallel()
	pool, in := postgrestest.New(t), newInbox()
	ctx := t.Context()
	for range 3 {
		require.NoError(t, postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error {
			return outbox.Write(ctx, tx, outbox.Event{Topic: "test.foreign", Key: "x", Payload: struct{}{}})
		}))
	}
	write(t, pool, 1)
	run(t, outbox.NewConsumer(config(pool, in.handle)))
	require.Equal(t, []int{1}, in.await(t, 1))
}

func TestConsumerFromNowLeavesOutThePast(t *testing.T) {
	t.Parallel()
	pool, in := postgrestest.New(t), newInbox()
	ctx := t.Context()
	write(t, pool, 1)
	open, err := pool.Begin(ctx)
	require.NoError(t, err)
	require.NoError(t, outbox.Write(ctx, open, numbered("k", 2)...))

	cfg := config(pool, in.handle)
	cfg.FromNow = true
	c := outbox.NewConsumer(cfg)
	run(t, c)
	registered(t, pool)
	require.NoError(t, open.Commit(ctx))
	write(t, pool, 3)
	require.Equal(t, []int{2, 3}, in.await(t, 2), "what commits later is not the past")
}

// registered waits until the consumer has its row.
func registered(t testing.TB, pool *pgxpool.Pool) {
	t.Helper()
	require.Eventually(t, func() bool {
		var n int
		return pool.QueryRow(t.Context(), "SELECT count(*) FROM outbox.consumer").Scan(&n) == nil && n == 1
	}, deadline, 2*time.Millisecond)
}

func TestEventsThatAHandlerWritesReachTheSameConsumer(t *testing.T) {
	t.Parallel()
	pool, in := postgrestest.New(t), newInbox()
	run(t, outbox.NewConsumer(config(pool, func(ctx context.Context, tx pgx.Tx, events []outbox.Event) error {
		for _, n := range numbersOf(events) {
			if n < 5 {
				if err := outbox.Write(ctx, tx, numbered("k", n+1)...); err != nil {
					return err
				}
			}
		}
		return in.handle(ctx, tx, events)
	})))
	write(t, pool, 1)
	require.Equal(t, []int{1, 2, 3, 4, 5}, in.await(t, 5))
}

func TestWriteRefusesWhatCannotBeCarried(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]outbox.Event{
		"topic":   {Topic: "Work Order", Payload: 1},
		"json":    {Topic: "a.b", Payload: []byte("{")},
		"type":    {Topic: "a.b", Payload: func() {}},
		"size":    {Topic: "a.b", Payload: make([]int, 400_000)},
		"version": {Topic: "a.b", Payload: 1, Version: -1},
		"key":     {Topic: "a.b", Payload: 1, Key: string(make([]byte, 300))},
	} {
		require.ErrorIs(t, outbox.Write(t.Context(), nil, e), outbox.ErrInvalid, name)
	}
}

func TestValidTopic(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"a", "workorder.closed", "a.b2.c_d"} {
		require.True(t, outbox.ValidTopic(good), good)
	}
	for _, bad := range []string{"", ".", "a.", ".a", "a..b", "A", "a b", "a.*", "a.>", "1a", "a.2", "工单"} {
		require.False(t, outbox.ValidTopic(bad), bad)
	}
}

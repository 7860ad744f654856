package outbox_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/bus/bustest"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/telemetry"
)

// openBus starts a bus that keeps its stream in dir.
func openBus(t testing.TB, dir string) *bus.Bus {
	t.Helper()
	c := bustest.Config(t)
	c.StoreDir = dir
	return bustest.Open(t, c)
}

func relay(pool *pgxpool.Pool, b *bus.Bus) *outbox.Relay {
	return outbox.NewRelay(outbox.RelayConfig{Pool: pool, Bus: b, Clock: clock.System(), Logger: quiet, Poll: pollEvery})
}

// awaitPublished waits until every event is published.
func awaitPublished(t testing.TB, pool *pgxpool.Pool) {
	t.Helper()
	require.Eventually(t, func() bool {
		var n int
		err := pool.QueryRow(context.Background(), `SELECT count(*) FROM outbox.event e, outbox.consumer c
			WHERE c.name = 'relay' AND (e.xid >= c.seen_xmax OR e.xid = ANY(c.seen_running) OR c.window_xmax > 0)`).Scan(&n)
		return err == nil && n == 0 && count(t, pool, "SELECT count(*) FROM outbox.consumer WHERE name = 'relay' AND generation > 0") == 1
	}, deadline, pollEvery)
}

// stream reads everything that the stream holds, in order.
func stream(t testing.TB, b *bus.Bus) []outbox.Event {
	t.Helper()
	s, err := b.Stream(t.Context(), bus.StreamConfig{Name: outbox.StreamName, Subjects: []string{outbox.Subject(">")}, MaxAge: outbox.DefaultRetention})
	require.NoError(t, err)
	var events []outbox.Event
	_, err = s.Read(t.Context(), 1, func(_ context.Context, m bus.Message) error {
		e, err := outbox.FromMessage(m)
		if err == nil && m.ID != e.ID.String() {
			err = fmt.Errorf("message id %s of event %s", m.ID, e.ID)
		}
		events = append(events, e)
		return err
	})
	require.NoError(t, err)
	return events
}

// published gives the numbers of one key in the stream, each where it stands first.
func published(t testing.TB, b *bus.Bus, key string) []int {
	t.Helper()
	seen := map[outbox.EventID]bool{}
	list := []int{}
	for _, e := range stream(t, b) {
		if e.Key == key && !seen[e.ID] {
			seen[e.ID] = true
			list = append(list, numbersOf([]outbox.Event{e})...)
		}
	}
	return list
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i + 1
	}
	return list
}

func TestRelaySurvivesStress(t *testing.T) {
	t.Parallel()
	pool, b := postgrestest.New(t), openBus(t, t.TempDir())
	lifecycletest.Stress(t, func() lifecycle.Service { return relay(pool, b) })
}

func TestRelayPublishesEveryEventInOrderOfItsKey(t *testing.T) {
	t.Parallel()
	pool, b := postgrestest.New(t), openBus(t, t.TempDir())
	run(t, relay(pool, b))
	for n := range 300 {
		write(t, pool, n+1)
	}
	write(t, pool, 301, 302)
	awaitPublished(t, pool)
	require.Equal(t, upTo(302), published(t, b, "k"))
	e := stream(t, b)[0]
	require.Equal(t, counted.Name(), e.Topic)
	require.Equal(t, 1, e.Version)
	require.Positive(t, e.Position)
	require.WithinDuration(t, time.Now(), e.OccurredAt, time.Hour)
}

func TestTwoRelaysPublishOnce(t *testing.T) {
	t.Parallel()
	pool, b := postgrestest.New(t), openBus(t, t.TempDir())
	run(t, relay(pool, b))
	run(t, relay(pool, b))
	for n := range 100 {
		write(t, pool, n+1)
	}
	awaitPublished(t, pool)
	require.Len(t, stream(t, b), 100)
}

func TestRelayWakesConsumersOfTheTopic(t *testing.T) {
	t.Parallel()
	pool, b, in := postgrestest.New(t), openBus(t, t.TempDir()), newInbox()
	cfg := config(pool, in.handle)
	cfg.Bus, cfg.Sweep, cfg.Clock = b, time.Hour, clocktest.New() // time stands still: nothing but a wake-up can help
	run(t, outbox.NewConsumer(cfg))
	registered(t, pool)
	run(t, relay(pool, b))
	for n := range 5 {
		write(t, pool, n+1)
		in.await(t, n+1)
	}
}

func TestWakeReachesAConsumerWithoutARelay(t *testing.T) {
	t.Parallel()
	pool, b, in := postgrestest.New(t), openBus(t, t.TempDir()), newInbox()
	cfg := config(pool, in.handle)
	cfg.Bus, cfg.Sweep, cfg.Clock = b, time.Hour, clocktest.New()
	run(t, outbox.NewConsumer(cfg))
	registered(t, pool)
	write(t, pool, 1)
	require.NoError(t, outbox.Wake(t.Context(), b, counted.Name()))
	in.await(t, 1)
}

func TestConsumersGoOnWhileTheBusIsAwayAndTheRelayCatchesUp(t *testing.T) {
	t.Parallel()
	pool, in, dir := postgrestest.New(t), newInbox(), t.TempDir()
	b := openBus(t, dir)
	cfg := config(pool, in.handle)
	cfg.Bus = b
	run(t, outbox.NewConsumer(cfg))
	r := relay(pool, b)
	run(t, r)
	write(t, pool, 1)
	awaitPublished(t, pool)
	require.NoError(t, b.Stop(t.Context()))

	write(t, pool, 2, 3)
	in.await(t, 3)
	require.NoError(t, r.Stop(t.Context()))

	again := openBus(t, dir)
	run(t, relay(pool, again))
	awaitPublished(t, pool)
	require.Equal(t, upTo(3), published(t, again, "k"))
}

func TestWipedStreamIsFilledAgain(t *testing.T) {
	t.Parallel()
	pool, dir := postgrestest.New(t), t.TempDir()
	b := openBus(t, dir)
	r := relay(pool, b)
	run(t, r)
	for n := range 20 {
		write(t, pool, n+1)
	}
	awaitPublished(t, pool)
	require.NoError(t, r.Stop(t.Context()))
	require.NoError(t, b.Stop(t.Context()))
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "nats")))

	empty := openBus(t, dir)
	run(t, relay(pool, empty))
	write(t, pool, 21)
	require.Eventually(t, func() bool { return len(stream(t, empty)) >= 21 }, deadline, pollEvery)
	require.Equal(t, upTo(21), published(t, empty, "k"))
}

func TestStreamThatLostItsEndIsFilledFromTheLastMark(t *testing.T) {
	t.Parallel()
	pool, dir := postgrestest.New(t), t.TempDir()
	clk := clocktest.At(time.Now())
	b := openBus(t, dir)
	r := outbox.NewRelay(outbox.RelayConfig{Pool: pool, Bus: b, Clock: clk, Logger: quiet})
	write(t, pool, 1)
	r.Drain(t.Context())
	require.NoError(t, b.Stop(t.Context()))
	kept := filepath.Join(t.TempDir(), "kept")
	require.NoError(t, os.CopyFS(kept, os.DirFS(dir)))

	b = openBus(t, dir)
	r = outbox.NewRelay(outbox.RelayConfig{Pool: pool, Bus: b, Clock: clk, Logger: quiet})
	write(t, pool, 2)
	r.Drain(t.Context())
	clk.Advance(time.Minute)
	for n := 3; n <= 10; n++ {
		write(t, pool, n)
		r.Drain(t.Context())
	}
	require.GreaterOrEqual(t, count(t, pool, "SELECT count(*) FROM outbox.mark"), 2)

	older := openBus(t, kept) // the stream as it was after the first event
	r = outbox.NewRelay(outbox.RelayConfig{Pool: pool, Bus: older, Clock: clk, Logger: quiet})
	write(t, pool, 11)
	r.Drain(t.Context())
	require.Equal(t, upTo(11), published(t, older, "k"))
	require.Len(t, stream(t, older), 11, "what the stream still had is not published again")
}

func TestTraceAndInteractionTravelWithTheEvent(t *testing.T) {
	t.Parallel()
	pool, in := postgrestest.New(t), newInbox()
	ctx := telemetry.WithInteraction(t.Context(), "contact-1")
	require.NoError(t, postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error {
		return outbox.Write(ctx, tx, numbered("k", 1)...)
	}))
	outbox.NewConsumer(config(pool, in.handle)).Drain(t.Context())
	require.Equal(t, "contact-1", telemetry.InteractionID(in.got[0].Context(t.Context())))
}

// More than a batch is published a second time, in which the lanes had mixed the order of sequences.
func TestRepublishingWhatTheStreamStillHasEnds(t *testing.T) {
	t.Parallel()
	pool, dir := postgrestest.New(t), t.TempDir()
	clk := clocktest.At(time.Now())
	b := openBus(t, dir)
	r := outbox.NewRelay(outbox.RelayConfig{Pool: pool, Bus: b, Clock: clk, Logger: quiet})
	for n := range 300 {
		writeKeys(t, pool, n+1, "a", "b", "c", "d")
		r.Drain(t.Context())
	}
	_, err := pool.Exec(t.Context(), "UPDATE outbox.consumer SET seen_xmax = 0, seen_running = '{}', sequence = 0")
	require.NoError(t, err)
	r.Drain(t.Context())
	awaitPublished(t, pool)
	for _, key := range []string{"a", "b", "c", "d"} {
		require.Equal(t, upTo(300), published(t, b, key))
	}
	require.Len(t, stream(t, b), 1200)
}

func writeKeys(t testing.TB, pool *pgxpool.Pool, n int, keys ...string) {
	t.Helper()
	require.NoError(t, postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		for _, key := range keys {
			if err := outbox.Write(ctx, tx, numbered(key, n)...); err != nil {
				return err
			}
		}
		return nil
	}))
}

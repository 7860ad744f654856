package timer_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/bus/bustest"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/health"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/timer"
)

var quiet = slog.New(slog.DiscardHandler)

const (
	deadline  = 30 * time.Second // of every wait of these tests
	pollEvery = 5 * time.Millisecond
)

// fires collects what has fired, in order, and wakes whoever waits for it.
type fires struct {
	mu      sync.Mutex
	changed chan struct{}
	keys    []string
	due     []timer.Due
}

func newFires() *fires { return &fires{changed: make(chan struct{})} }

func (f *fires) handle(_ context.Context, _ pgx.Tx, due []timer.Due) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, d := range due {
		f.keys = append(f.keys, d.Key)
	}
	f.due = append(f.due, due...)
	close(f.changed)
	f.changed = make(chan struct{})
	return nil
}

func (f *fires) await(t testing.TB, n int) []string {
	t.Helper()
	timeout := time.After(deadline)
	for {
		f.mu.Lock()
		keys, changed := append([]string(nil), f.keys...), f.changed
		f.mu.Unlock()
		if len(keys) >= n {
			return keys
		}
		select {
		case <-changed:
		case <-timeout:
			require.Failf(t, "timers are missing", "%d of %d fired", len(keys), n)
		}
	}
}

func config(pool *pgxpool.Pool, c clock.Clock) timer.Config {
	return timer.Config{Pool: pool, Clock: c, Logger: quiet, MaxAttempts: 3}
}

func worker(pool *pgxpool.Pool, c clock.Clock, handle timer.HandleFunc) *timer.Worker {
	w := timer.NewWorker(config(pool, c))
	w.Handle("test", handle)
	return w
}

func run(t testing.TB, s lifecycle.Service) {
	t.Helper()
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })
}

func set(t testing.TB, pool *pgxpool.Pool, timers ...timer.Timer) {
	t.Helper()
	require.NoError(t, postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		return timer.Set(ctx, tx, timers...)
	}))
}

func at(key string, due time.Time) timer.Timer {
	return timer.Timer{Kind: "test", Key: key, DueAt: due}
}

func count(t testing.TB, pool *pgxpool.Pool, sql string, args ...any) int {
	t.Helper()
	var n int
	require.NoError(t, pool.QueryRow(context.Background(), sql, args...).Scan(&n))
	return n
}

func awaitCount(t testing.TB, pool *pgxpool.Pool, want int, sql string, args ...any) {
	t.Helper()
	require.Eventually(t, func() bool { return count(t, pool, sql, args...) == want }, deadline, pollEvery, sql)
}

func lines(t testing.TB, w *timer.Worker, c clock.Clock) []health.Line {
	t.Helper()
	m := health.NewMonitor(c)
	m.Register(w.Health())
	return m.Look(t.Context()).Lines(health.English)
}

func TestWorkerSurvivesStress(t *testing.T) {
	t.Parallel()
	pool, b := postgrestest.New(t), bustest.New(t)
	lifecycletest.Stress(t, func() lifecycle.Service {
		cfg := config(pool, clock.System())
		cfg.Bus = b
		return timer.NewWorker(cfg)
	})
}

// pump lets the fake time run, 20 ms whenever somebody waits for it, until the test ends.
func pump(t testing.TB, clk *clocktest.Fake) {
	t.Helper()
	var stop atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for !stop.Load() {
			clk.BlockUntil(1)
			clk.Advance(20 * time.Millisecond)
		}
	})
	t.Cleanup(func() {
		stop.Store(true)
		last := clk.NewTimer(time.Hour) // lets BlockUntil return
		wg.Wait()
		last.Stop()
	})
}

// noEarly fails when a timer fires before its due time.
func noEarly(t testing.TB, clk clock.Clock, next timer.HandleFunc) timer.HandleFunc {
	return func(ctx context.Context, tx pgx.Tx, due []timer.Due) error {
		for _, d := range due {
			if clk.Now().Before(d.DueAt) {
				t.Errorf("timer %s due at %s fires at %s", d.Key, d.DueAt, clk.Now())
			}
		}
		return next(ctx, tx, due)
	}
}

func TestTimersFireInOrderOfTheirDueTimesAndNotBefore(t *testing.T) {
	t.Parallel()
	pool, clk, f := postgrestest.New(t), clocktest.New(), newFires()
	now := clk.Now()
	set(t, pool, at("c", now.Add(3*time.Second)), at("a", now.Add(-time.Hour)), at("b", now.Add(2*time.Second)),
		timer.Timer{Kind: "test", Key: "later", DueAt: now.Add(1000 * time.Hour), Payload: map[string]int{"n": 7}})
	run(t, worker(pool, clk, noEarly(t, clk, f.handle)))
	pump(t, clk)
	require.Equal(t, []string{"a", "b", "c"}, f.await(t, 3))

	found, err := timer.Find(t.Context(), pool, "test", "later")
	require.NoError(t, err)
	var payload map[string]int
	require.NoError(t, found.Decode(&payload))
	require.Equal(t, 7, payload["n"])
	_, err = timer.Find(t.Context(), pool, "test", "a")
	require.ErrorIs(t, err, timer.ErrNone)
}

func TestClockThatJumpsForwardFiresWhatBecameDueAndOneThatJumpsBackWaits(t *testing.T) {
	t.Parallel()
	pool, f := postgrestest.New(t), newFires()
	clk := &jumping{Fake: clocktest.New()}
	set(t, pool, at("a", clk.Now().Add(1000*time.Hour)), at("b", clk.Now().Add(2000*time.Hour)))
	run(t, worker(pool, clk, noEarly(t, clk, f.handle)))
	pump(t, clk.Fake)
	clk.offset.Store(int64(1500 * time.Hour))
	require.Equal(t, []string{"a"}, f.await(t, 1))

	clk.offset.Store(0)
	set(t, pool, at("c", clk.Now().Add(time.Second)))
	require.Equal(t, []string{"a", "c"}, f.await(t, 2), "work goes on at the earlier time, b waits")
}

// jumping is a clock that is set by hand while timers run on.
type jumping struct {
	*clocktest.Fake
	offset atomic.Int64
}

func (j *jumping) Now() time.Time { return j.Fake.Now().Add(time.Duration(j.offset.Load())) }

func TestWakeFiresANewTimerWithoutWaitingForALook(t *testing.T) {
	t.Parallel()
	pool, b, clk, f := postgrestest.New(t), bustest.New(t), clocktest.New(), newFires()
	cfg := config(pool, clk)
	cfg.Bus = b
	w := timer.NewWorker(cfg)
	w.Handle("test", f.handle)
	run(t, w)
	clk.BlockUntil(1) // the first look is over, and time stands still from here
	one := at("a", clk.Now())
	set(t, pool, one)
	require.NoError(t, timer.Wake(t.Context(), b, one))
	require.Equal(t, []string{"a"}, f.await(t, 1))
}

func TestSettingAgainReplacesAndCancelRemoves(t *testing.T) {
	t.Parallel()
	pool, clk, f := postgrestest.New(t), clocktest.New(), newFires()
	now := clk.Now()
	set(t, pool, at("a", now), at("b", now), at("c", now), at("b", now.Add(time.Hour)))
	set(t, pool, at("a", now.Add(time.Hour)))
	require.NoError(t, postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		return errors.Join(timer.Cancel(ctx, tx, "test", "c"), timer.Cancel(ctx, tx, "test", "never set"))
	}))
	set(t, pool, at("d", now))
	run(t, worker(pool, clk, f.handle))
	require.Equal(t, []string{"d"}, f.await(t, 1))
	awaitCount(t, pool, 2, "SELECT count(*) FROM timer.timer")
}

func TestRolledBackTransactionSetsNothing(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	changedMind := errors.New("changed mind")
	require.ErrorIs(t, postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		require.NoError(t, timer.Set(ctx, tx, at("a", time.Now())))
		return changedMind
	}), changedMind)
	require.Zero(t, count(t, pool, "SELECT count(*) FROM timer.timer"))
}

func TestHandlerSetsItsTimerAgain(t *testing.T) {
	t.Parallel()
	pool, f := postgrestest.New(t), newFires()
	run(t, worker(pool, clock.System(), func(ctx context.Context, tx pgx.Tx, due []timer.Due) error {
		for _, d := range due {
			var n int
			if err := d.Decode(&n); err != nil {
				return err
			}
			if n < 5 {
				again := timer.Timer{Kind: d.Kind, Key: d.Key, DueAt: d.DueAt.Add(time.Millisecond), Payload: n + 1}
				if err := timer.Set(ctx, tx, again); err != nil {
					return err
				}
			}
		}
		return f.handle(ctx, tx, due)
	}))
	set(t, pool, timer.Timer{Kind: "test", Key: "a", DueAt: time.Now(), Payload: 1})
	f.await(t, 5)
	awaitCount(t, pool, 0, "SELECT count(*) FROM timer.timer")
	require.Len(t, f.await(t, 5), 5)
}

func TestThreeWorkersFireEveryTimerOnce(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	createEffects(t, pool)
	var all []timer.Timer
	for n := range 3000 {
		all = append(all, at(strconv.Itoa(n), time.Now().Add(time.Duration(n%500)*time.Millisecond)))
	}
	for range 3 {
		run(t, worker(pool, clock.System(), recordEffect))
	}
	set(t, pool, all...)
	awaitCount(t, pool, 0, "SELECT count(*) FROM timer.timer")
	require.Equal(t, 3000, count(t, pool, "SELECT count(*) FROM effect"))
	require.Equal(t, 3000, count(t, pool, "SELECT count(DISTINCT key) FROM effect"))
}

func createEffects(t testing.TB, pool *pgxpool.Pool) {
	t.Helper()
	_, err := pool.Exec(t.Context(), "CREATE TABLE effect (at bigint GENERATED ALWAYS AS IDENTITY, key text, pid integer)")
	require.NoError(t, err)
}

func TestCancelThatMeetsAFiringTimerWaitsForItsOutcome(t *testing.T) {
	t.Parallel()
	for _, succeeds := range []bool{true, false} {
		t.Run(fmt.Sprintf("handler succeeds %t", succeeds), func(t *testing.T) {
			t.Parallel()
			pool := postgrestest.New(t)
			createEffects(t, pool)
			inside, goOn := make(chan struct{}), make(chan struct{})
			var once sync.Once
			w := worker(pool, clock.System(), func(ctx context.Context, tx pgx.Tx, due []timer.Due) error {
				once.Do(func() { close(inside) })
				<-goOn
				if !succeeds {
					return errors.New("no")
				}
				return recordEffect(ctx, tx, due)
			})
			set(t, pool, at("a", time.Now()))
			run(t, w)
			<-inside
			cancelled := make(chan error, 1)
			go func() {
				cancelled <- postgres.InTx(context.Background(), pool, func(ctx context.Context, tx pgx.Tx) error {
					return timer.Cancel(ctx, tx, "test", "a")
				})
			}()
			require.Eventually(t, func() bool {
				return count(t, pool, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 1
			}, deadline, pollEvery, "cancel waits")
			close(goOn)
			require.NoError(t, <-cancelled)
			require.Zero(t, count(t, pool, "SELECT count(*) FROM timer.timer"))
			fired := count(t, pool, "SELECT count(*) FROM effect")
			require.Equal(t, succeeds, fired == 1)
		})
	}
}

func TestFailingTimerIsParkedAndTheOthersOfItsBatchFire(t *testing.T) {
	t.Parallel()
	pool, clk, f := postgrestest.New(t), clocktest.New(), newFires()
	now := clk.Now()
	var healed atomic.Bool
	var mu sync.Mutex
	var attempts []time.Time // of the bad one alone
	reg := prometheus.NewRegistry()
	cfg := config(pool, clk)
	cfg.Metrics = reg
	w := timer.NewWorker(cfg)
	w.Handle("test", func(ctx context.Context, tx pgx.Tx, due []timer.Due) error {
		for _, d := range due {
			if d.Key == "bad" && !healed.Load() {
				if len(due) == 1 {
					mu.Lock()
					attempts = append(attempts, clk.Now())
					mu.Unlock()
				}
				return errors.New("cannot do that")
			}
		}
		return f.handle(ctx, tx, due)
	})
	set(t, pool, at("a", now), at("bad", now), at("z", now))
	run(t, w)
	pump(t, clk)
	require.Equal(t, []string{"a", "z"}, f.await(t, 2))
	awaitCount(t, pool, 1, "SELECT count(*) FROM timer.timer WHERE key = 'bad' AND attempts = 3 AND parked_at IS NOT NULL")
	mu.Lock()
	require.Len(t, attempts, 3)
	for i := range 2 {
		require.GreaterOrEqual(t, attempts[i+1].Sub(attempts[i]), time.Second<<i, "the pause grows")
	}
	mu.Unlock()
	require.Equal(t, "timer.parked", lines(t, w, clk)[0].Code)
	require.Eventually(t, func() bool { return testutil.ToFloat64(counter(t, reg)) == 3 }, 10*time.Second, 5*time.Millisecond,
		"every failure is counted, the last one just after it was recorded")

	parked, err := timer.Parked(t.Context(), pool, "", "", 10)
	require.NoError(t, err)
	require.Len(t, parked, 1)
	require.Equal(t, "cannot do that", parked[0].LastError)
	require.Equal(t, now, parked[0].DueAt, "failures do not change when it was due")

	healed.Store(true)
	require.NoError(t, timer.Revive(t.Context(), pool, clk, quiet, "test", "bad", "admin"))
	require.ErrorIs(t, timer.Revive(t.Context(), pool, clk, quiet, "test", "bad", "admin"), timer.ErrNotParked)
	require.Equal(t, []string{"a", "z", "bad"}, f.await(t, 3))
}

// counter reads the failures as a collector of one value.
func counter(t testing.TB, reg *prometheus.Registry) prometheus.Collector {
	t.Helper()
	families, err := reg.Gather()
	require.NoError(t, err)
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "sum"})
	for _, f := range families {
		if f.GetName() == "yingda_timer_failures_total" {
			for _, m := range f.GetMetric() {
				g.Add(m.GetCounter().GetValue())
			}
		}
	}
	return g
}

func TestFailureOfAnyKindCountsAsAnAttempt(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(context.Context, pgx.Tx) error{
		"panic": func(context.Context, pgx.Tx) error { panic("a defect") },
		"swallowed error of the transaction": func(ctx context.Context, tx pgx.Tx) error {
			_, _ = tx.Exec(ctx, "SELECT 1/0")
			return nil
		},
		"too slow": func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "SELECT pg_sleep(20)")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := postgrestest.New(t)
			cfg := config(pool, clock.System())
			cfg.HandleTimeout = 300 * time.Millisecond
			w := timer.NewWorker(cfg)
			w.Handle("test", func(ctx context.Context, tx pgx.Tx, _ []timer.Due) error { return fail(ctx, tx) })
			set(t, pool, at("a", time.Now()))
			run(t, w)
			awaitCount(t, pool, 1, "SELECT count(*) FROM timer.timer WHERE attempts >= 1 AND last_error <> ''")
		})
	}
}

func TestDeadlockIsRepeatedAndCountsAsNoAttempt(t *testing.T) {
	t.Parallel()
	pool, f := postgrestest.New(t), newFires()
	var calls atomic.Int32
	set(t, pool, at("a", time.Now()))
	run(t, worker(pool, clock.System(), func(ctx context.Context, tx pgx.Tx, due []timer.Due) error {
		if calls.Add(1) == 1 {
			_, err := tx.Exec(ctx, "DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END $$")
			return err
		}
		return f.handle(ctx, tx, due)
	}))
	f.await(t, 1)
	require.Zero(t, f.due[0].Attempts)
}

func TestUnknownKindWaitsAndIsReported(t *testing.T) {
	t.Parallel()
	pool, clk, f := postgrestest.New(t), clocktest.New(), newFires()
	set(t, pool, timer.Timer{Kind: "newer", Key: "a", DueAt: clk.Now()}, at("a", clk.Now()))
	w := worker(pool, clk, f.handle)
	run(t, w)
	require.Equal(t, []string{"a"}, f.await(t, 1))
	pump(t, clk)
	require.Eventually(t, func() bool { return lines(t, w, clk)[0].Code == "timer.unknown_kind" }, deadline, pollEvery)
	require.Contains(t, lines(t, w, clk)[0].Title, "newer")
	require.Equal(t, 1, count(t, pool, "SELECT count(*) FROM timer.timer WHERE kind = 'newer' AND attempts = 0"))
}

func TestHealthTellsLateTimers(t *testing.T) {
	t.Parallel()
	pool, clk := postgrestest.New(t), clocktest.New()
	set(t, pool, at("a", clk.Now()))
	clk.Advance(time.Minute)
	w := worker(pool, clk, newFires().handle) // never started
	require.Equal(t, "timer.late", lines(t, w, clk)[0].Code)
}

func TestSlowKindDoesNotDelayAnother(t *testing.T) {
	t.Parallel()
	pool, f := postgrestest.New(t), newFires()
	goOn := make(chan struct{})
	w := timer.NewWorker(config(pool, clock.System()))
	w.Handle("slow", func(context.Context, pgx.Tx, []timer.Due) error { <-goOn; return nil })
	w.Handle("test", f.handle)
	set(t, pool, timer.Timer{Kind: "slow", Key: "a", DueAt: time.Now()})
	run(t, w)
	t.Cleanup(func() { close(goOn) })
	awaitCount(t, pool, 1, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'")
	set(t, pool, at("a", time.Now()))
	require.Equal(t, []string{"a"}, f.await(t, 1))
}

func TestSetRefusesWhatIsNotATimer(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, bad := range map[string]timer.Timer{
		"kind": {Key: "a", DueAt: now}, "key": {Kind: "a", DueAt: now}, "due": {Kind: "a", Key: "a"},
		"json": {Kind: "a", Key: "a", DueAt: now, Payload: []byte("{")}, "type": {Kind: "a", Key: "a", DueAt: now, Payload: func() {}},
	} {
		require.ErrorIs(t, timer.Set(t.Context(), nil, bad), timer.ErrInvalid, name)
	}
}

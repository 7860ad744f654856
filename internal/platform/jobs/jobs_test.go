package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/health"
	"yingda/internal/platform/jobs"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/telemetry"
)

// childEnv makes the test binary work jobs against the database named, until it is killed.
const childEnv = "YINGDA_TEST_JOBS_CHILD"

const (
	deadline  = 40 * time.Second // of every wait of these tests
	pollEvery = 10 * time.Millisecond
)

var quiet = slog.New(slog.DiscardHandler)

func TestMain(m *testing.M) {
	if url := os.Getenv(childEnv); url != "" {
		if err := child(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	lifecycletest.Main(m)
}

type countArgs struct {
	N int `json:"n"`
}

func (countArgs) Kind() string { return "test_count" }

type otherArgs struct{}

func (otherArgs) Kind() string { return "test_other" }

func client(t testing.TB, pool *pgxpool.Pool, work func(ctx context.Context, j *jobs.Job[countArgs]) error) *jobs.Client {
	t.Helper()
	r := jobs.NewRegistry()
	jobs.Add(r, 0, work)
	c, err := jobs.New(jobs.Config{Pool: pool, Registry: r, Logger: quiet})
	require.NoError(t, err)
	return c
}

func run(t testing.TB, s lifecycle.Service) {
	t.Helper()
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })
}

func insert(t testing.TB, pool *pgxpool.Pool, args jobs.Args, o jobs.Options) {
	t.Helper()
	require.NoError(t, postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		return jobs.InsertTx(ctx, tx, args, o)
	}))
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

const completed = "SELECT count(*) FROM river.river_job WHERE state = 'completed'"

func TestClientSurvivesStress(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	nothing := func(context.Context, *jobs.Job[countArgs]) error { return nil }
	lifecycletest.Stress(t, func() lifecycle.Service { return client(t, pool, nothing) })
	lifecycletest.Stress(t, func() lifecycle.Service {
		c, err := jobs.New(jobs.Config{Pool: pool, Logger: quiet})
		require.NoError(t, err)
		return c
	})
}

func TestJobExistsExactlyWhenItsTransactionCommits(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	var sum atomic.Int64
	run(t, client(t, pool, func(_ context.Context, j *jobs.Job[countArgs]) error { sum.Add(int64(j.Args.N)); return nil }))
	changedMind := errors.New("changed mind")
	err := postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		require.NoError(t, jobs.InsertTx(ctx, tx, countArgs{1000}, jobs.Options{}))
		return changedMind
	})
	require.ErrorIs(t, err, changedMind)
	require.NoError(t, postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		return errors.Join(jobs.InsertTx(ctx, tx, countArgs{1}, jobs.Options{}),
			jobs.InsertManyTx(ctx, tx, jobs.Order{Args: countArgs{2}}, jobs.Order{Args: countArgs{3}}), jobs.InsertManyTx(ctx, tx))
	}))
	awaitCount(t, pool, 3, completed)
	require.EqualValues(t, 6, sum.Load())
	require.Equal(t, 3, count(t, pool, "SELECT count(*) FROM river.river_job"))
}

func TestFailedJobIsTriedAgainAndLoggedWithoutItsArguments(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	var attempts atomic.Int32
	var mu sync.Mutex
	var out bytes.Buffer
	r := jobs.NewRegistry()
	jobs.Add(r, 0, func(_ context.Context, j *jobs.Job[countArgs]) error {
		switch attempts.Add(1) {
		case 1:
			return errors.New("not now")
		case 2:
			panic("a defect")
		case 3:
			return jobs.Snooze(0)
		}
		return nil
	})
	m := telemetry.NewMetrics(telemetry.Build{})
	c, err := jobs.New(jobs.Config{Pool: pool, Registry: r, Metrics: m, Logger: slog.New(slog.NewTextHandler(locked{&mu, &out}, nil))})
	require.NoError(t, err)
	run(t, c)
	insert(t, pool, countArgs{424242}, jobs.Options{})
	awaitCount(t, pool, 1, "SELECT count(*) FROM river.river_job WHERE state IN ('available', 'retryable') AND attempt = 1 AND scheduled_at > now()")
	_, err = pool.Exec(t.Context(), "UPDATE river.river_job SET state = 'available', scheduled_at = now()")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return attempts.Load() == 2 }, deadline, pollEvery)
	awaitCount(t, pool, 1, "SELECT count(*) FROM river.river_job WHERE state IN ('available', 'retryable') AND attempt = 2 AND scheduled_at > now() + interval '8 seconds'")
	_, err = pool.Exec(t.Context(), "UPDATE river.river_job SET state = 'available', scheduled_at = now()")
	require.NoError(t, err)
	awaitCount(t, pool, 1, completed)

	mu.Lock()
	defer mu.Unlock()
	require.Equal(t, 2, bytes.Count(out.Bytes(), []byte(`msg="job failed"`)), out.String())
	require.Contains(t, out.String(), "not now")
	require.NotContains(t, out.String(), "424242")
	families, err := testutil.GatherAndCount(m.Gatherer(), "yingda_job_attempts_total")
	require.NoError(t, err)
	require.Equal(t, 3, families, "done, snoozed, failed of one kind")
}

type locked struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (l locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func TestStopLetsTheRunningJobFinish(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	inside, goOn := make(chan struct{}), make(chan struct{})
	c := client(t, pool, func(ctx context.Context, _ *jobs.Job[countArgs]) error {
		close(inside)
		<-goOn
		return ctx.Err()
	})
	require.NoError(t, c.Start(t.Context()))
	insert(t, pool, countArgs{1}, jobs.Options{})
	<-inside
	stopped := make(chan error, 1)
	go func() { stopped <- c.Stop(context.Background()) }()
	insert(t, pool, countArgs{2}, jobs.Options{})
	require.Empty(t, stopped)
	close(goOn)
	require.NoError(t, <-stopped)
	require.Equal(t, 1, count(t, pool, completed))
	require.Equal(t, 1, count(t, pool, "SELECT count(*) FROM river.river_job WHERE state = 'available'"), "nothing new was begun")
}

func TestStopCancelsAJobThatDoesNotFinishInTimeAndItRunsAgain(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	inside := make(chan struct{})
	r := jobs.NewRegistry()
	jobs.Add(r, 0, func(ctx context.Context, _ *jobs.Job[countArgs]) error { close(inside); <-ctx.Done(); return ctx.Err() })
	c, err := jobs.New(jobs.Config{Pool: pool, Registry: r, Logger: quiet, SoftStop: 10 * time.Millisecond})
	require.NoError(t, err)
	require.NoError(t, c.Start(t.Context()))
	insert(t, pool, countArgs{1}, jobs.Options{})
	<-inside
	require.NoError(t, c.Stop(t.Context()))
	run(t, client(t, pool, func(context.Context, *jobs.Job[countArgs]) error { return nil }))
	awaitCount(t, pool, 1, completed)
}

func TestUnknownKindWaitsForTheNodeThatKnowsIt(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	run(t, client(t, pool, func(context.Context, *jobs.Job[countArgs]) error { return nil }))
	insert(t, pool, otherArgs{}, jobs.Options{})
	insert(t, pool, countArgs{1}, jobs.Options{})
	awaitCount(t, pool, 1, completed)
	require.Equal(t, 1, count(t, pool, "SELECT count(*) FROM river.river_job WHERE kind = 'test_other' AND state = 'available' AND attempt = 0"))
}

func TestUniqueJobIsOrderedOnce(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	for range 3 {
		insert(t, pool, countArgs{1}, jobs.Options{UniqueFor: 24 * 365 * time.Hour})
	}
	insert(t, pool, countArgs{2}, jobs.Options{UniqueFor: 24 * 365 * time.Hour})
	require.Equal(t, 2, count(t, pool, "SELECT count(*) FROM river.river_job"))
}

func TestPeriodicJobIsOrderedByOneOfTwoProcesses(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	for range 2 {
		r := jobs.NewRegistry()
		jobs.Add(r, 0, func(context.Context, *jobs.Job[countArgs]) error { return nil })
		r.Every(time.Hour, "test_hourly", func() jobs.Args { return countArgs{7} })
		c, err := jobs.New(jobs.Config{Pool: pool, Registry: r, Logger: quiet})
		require.NoError(t, err)
		run(t, c)
	}
	awaitCount(t, pool, 1, completed)
}

func TestQueueLimitsItsJobs(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	var running, most atomic.Int32
	r := jobs.NewRegistry()
	r.Queue("narrow", 2)
	jobs.Add(r, 0, func(context.Context, *jobs.Job[countArgs]) error {
		n := running.Add(1)
		defer running.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		_, err := pool.Exec(context.Background(), "SELECT pg_sleep(0.005)")
		return err
	})
	c, err := jobs.New(jobs.Config{Pool: pool, Registry: r, Logger: quiet})
	require.NoError(t, err)
	run(t, c)
	for n := range 12 {
		insert(t, pool, countArgs{n}, jobs.Options{Queue: "narrow"})
	}
	awaitCount(t, pool, 12, completed)
	require.LessOrEqual(t, most.Load(), int32(2))
}

func TestJobRunsUnderTheInteractionThatOrderedIt(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	got := make(chan string, 1)
	run(t, client(t, pool, func(ctx context.Context, _ *jobs.Job[countArgs]) error {
		got <- telemetry.InteractionID(ctx)
		return nil
	}))
	ctx := telemetry.WithInteraction(t.Context(), "contact-1")
	require.NoError(t, postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error {
		return jobs.InsertTx(ctx, tx, countArgs{1}, jobs.Options{})
	}))
	require.Equal(t, "contact-1", <-got)
}

func TestDiscardedJobIsShownUntilAnOperatorRetriesIt(t *testing.T) {
	t.Parallel()
	pool, clk := postgrestest.New(t), clocktest.At(time.Now())
	var healed atomic.Bool
	c := client(t, pool, func(context.Context, *jobs.Job[countArgs]) error {
		if healed.Load() {
			return nil
		}
		return errors.New("broken")
	})
	run(t, c)
	m := health.NewMonitor(clk)
	m.Register(jobs.Health(pool, clk))
	code := func() string { return m.Look(t.Context()).Lines(health.English)[0].Code }
	insert(t, pool, countArgs{1}, jobs.Options{MaxAttempts: 1})
	require.Eventually(t, func() bool { return code() == "jobs.discarded" }, deadline, pollEvery)

	healed.Store(true)
	id := count(t, pool, "SELECT id FROM river.river_job")
	require.ErrorIs(t, c.Retry(t.Context(), int64(id+1), "admin"), jobs.ErrNone)
	require.NoError(t, c.Retry(t.Context(), int64(id), "admin"))
	awaitCount(t, pool, 1, completed)
	require.Equal(t, "jobs.ok", code())

	insert(t, pool, otherArgs{}, jobs.Options{})
	clk.Advance(time.Hour)
	require.Equal(t, "jobs.waiting", code(), "nobody works it")
}

// child works a job that never ends by itself.
func child(url string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	pool, err := postgres.Open(ctx, postgres.Options{URL: url, MaxConns: 6, Logger: quiet})
	if err != nil {
		return err
	}
	defer pool.Close()
	r := jobs.NewRegistry()
	jobs.Add(r, time.Hour, func(ctx context.Context, j *jobs.Job[countArgs]) error {
		if _, err := pool.Exec(ctx, "INSERT INTO started (n) VALUES ($1)", j.Args.N); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	})
	c, err := jobs.New(jobs.Config{Pool: pool, Registry: r, Logger: quiet})
	if err != nil {
		return err
	}
	if err := c.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return c.Stop(context.Background())
}

func TestJobOfAKilledWorkerRunsAgainSoonAndThatOfALivingOneDoesNot(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	_, err := pool.Exec(t.Context(), "CREATE TABLE started (n integer)")
	require.NoError(t, err)
	start := func() *exec.Cmd {
		cmd := exec.Command(os.Args[0]) // this test binary
		cmd.Env = append(os.Environ(), childEnv+"="+pool.Config().ConnString())
		cmd.Stderr = os.Stderr
		require.NoError(t, cmd.Start())
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		return cmd
	}
	victim := start()
	insert(t, pool, countArgs{1}, jobs.Options{})
	awaitCount(t, pool, 1, "SELECT count(*) FROM started WHERE n = 1")
	require.NoError(t, victim.Process.Kill())
	survivor := start()
	insert(t, pool, countArgs{2}, jobs.Options{})
	awaitCount(t, pool, 1, "SELECT count(*) FROM started WHERE n = 2")

	var again atomic.Int32
	r := jobs.NewRegistry()
	jobs.Add(r, 0, func(_ context.Context, j *jobs.Job[countArgs]) error { again.Add(int32(j.Args.N)); return nil })
	require.NoError(t, survivor.Process.Signal(syscall.SIGSTOP)) // frozen, not dead: its seat is kept
	c, err := jobs.New(jobs.Config{Pool: pool, Registry: r, Logger: quiet, Absent: 2 * time.Second, Clock: clock.System()})
	require.NoError(t, err)
	run(t, c)
	awaitCount(t, pool, 1, completed)
	require.EqualValues(t, 1, again.Load(), "the job of the dead worker")
	require.Equal(t, 1, count(t, pool, "SELECT count(*) FROM river.river_job WHERE state = 'running'"), "that of the living one")
	require.Equal(t, 1, count(t, pool, "SELECT count(*) FROM river.river_job WHERE state = 'completed' AND attempt = 2 AND errors[1]->>'error' LIKE '%process ended%'"))
	require.NoError(t, survivor.Process.Signal(syscall.SIGCONT))
}

func TestSchemaForSqlcMatchesRiversTable(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	ours, err := os.ReadFile("schema.sql")
	require.NoError(t, err)
	body := string(bytes.ReplaceAll(ours, []byte("river."), []byte("copy.")))
	_, err = pool.Exec(t.Context(), string(bytes.ReplaceAll([]byte(body), []byte("SCHEMA river"), []byte("SCHEMA copy"))))
	require.NoError(t, err)
	differing := count(t, pool, `SELECT count(*) FROM information_schema.columns c
		LEFT JOIN information_schema.columns r ON r.table_schema = 'river' AND r.table_name = c.table_name
			AND r.column_name = c.column_name AND r.udt_name = c.udt_name AND r.is_nullable = c.is_nullable
		WHERE c.table_schema = 'copy' AND r.column_name IS NULL`)
	require.Zero(t, differing)
}

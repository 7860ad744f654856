package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/jobs"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
)

const victimEnv = "YINGDA_TEST_JOBS_VICTIM"

func TestMain(m *testing.M) {
	if url := os.Getenv(victimEnv); url != "" {
		victim(url)
	}
	lifecycletest.Main(m)
}

type echoArgs struct {
	N int `json:"n"`
}

func (echoArgs) Kind() string { return "test_echo" }

var quiet = slog.New(slog.DiscardHandler)

func start(t *testing.T, pool *pgxpool.Pool, r *jobs.Registry) *jobs.Client {
	t.Helper()
	c, err := jobs.New(jobs.Config{Pool: pool, Registry: r, Logger: quiet, Node: "test", RescueAfter: 2 * time.Second})
	require.NoError(t, err)
	require.NoError(t, c.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, c.Stop(context.Background())) })
	return c
}

func insert(t *testing.T, pool *pgxpool.Pool, o jobs.Options, ns ...int) {
	t.Helper()
	require.NoError(t, postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		for _, n := range ns {
			if err := jobs.InsertTx(ctx, tx, echoArgs{n}, o); err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestAJobExistsExactlyWhenItsTransactionCommits(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	done := make(chan int, 100)
	r := jobs.NewRegistry()
	jobs.Add(r, 0, func(_ context.Context, j *jobs.Job[echoArgs]) error { done <- j.Args.N; return nil })
	start(t, pool, r)

	rolledBack := errors.New("changed my mind")
	require.ErrorIs(t, postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		if err := jobs.InsertTx(ctx, tx, echoArgs{-1}, jobs.Options{}); err != nil {
			return err
		}
		return rolledBack
	}), rolledBack)
	insert(t, pool, jobs.Options{}, 1, 2)
	require.NoError(t, postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		return jobs.InsertManyTx(ctx, tx, []jobs.Args{echoArgs{3}, echoArgs{4}}, jobs.Options{})
	}))
	require.ElementsMatch(t, []int{1, 2, 3, 4}, []int{<-done, <-done, <-done, <-done})
	require.Empty(t, done)
}

func TestAFailedJobRunsAgainAndACancelledOneDoesNot(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	attempts := make(chan int, 10)
	r := jobs.NewRegistry()
	jobs.Add(r, 0, func(_ context.Context, j *jobs.Job[echoArgs]) error {
		attempts <- j.Attempt
		switch {
		case j.Args.N == 1 && j.Attempt == 1:
			return errors.New("not yet")
		case j.Args.N == 2 && j.Attempt == 1:
			panic("worse")
		case j.Args.N == 3:
			return jobs.Cancel(errors.New("never"))
		}
		return nil
	})
	start(t, pool, r)
	for _, n := range []int{1, 2} {
		insert(t, pool, jobs.Options{}, n)
		require.Equal(t, 1, <-attempts)
		require.Equal(t, 2, <-attempts)
	}
	insert(t, pool, jobs.Options{}, 3)
	require.Equal(t, 1, <-attempts)
	require.Eventually(t, func() bool {
		var state string
		require.NoError(t, pool.QueryRow(t.Context(), `SELECT state FROM river.river_job WHERE args->>'n' = '3'`).Scan(&state))
		return state == "cancelled"
	}, 10*time.Second, 20*time.Millisecond)
}

func TestStopWaitsForTheJobAtWork(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	began, release := make(chan struct{}), make(chan struct{})
	r := jobs.NewRegistry()
	jobs.Add(r, 0, func(context.Context, *jobs.Job[echoArgs]) error { close(began); <-release; return nil })
	c := start(t, pool, r)
	insert(t, pool, jobs.Options{}, 1)
	<-began
	stopped := make(chan error)
	go func() { stopped <- c.Stop(context.Background()) }()
	select {
	case <-stopped:
		t.Fatal("stopped while a job was at work")
	case <-time.After(100 * time.Millisecond):
	}
	close(release)
	require.NoError(t, <-stopped)
	var state string
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT state FROM river.river_job`).Scan(&state))
	require.Equal(t, "completed", state)
}

func TestUniqueJobsArePutInOnce(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	for range 3 {
		insert(t, pool, jobs.Options{UniqueFor: time.Hour}, 7)
	}
	var count int
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM river.river_job`).Scan(&count))
	require.Equal(t, 1, count)
}

func TestServiceSurvivesStress(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	lifecycletest.Stress(t, func() lifecycle.Service {
		r := jobs.NewRegistry()
		jobs.Add(r, 0, func(context.Context, *jobs.Job[echoArgs]) error { return nil })
		c, err := jobs.New(jobs.Config{Pool: pool, Registry: r, Logger: quiet})
		require.NoError(t, err)
		return c
	})
}

func TestHealthSpeaksOfWaitingAndDiscardedJobs(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	component := jobs.Health(pool, clock.System())
	require.Empty(t, component.Check(t.Context()))
	insert(t, pool, jobs.Options{At: time.Now().Add(-time.Hour)}, 1)
	insert(t, pool, jobs.Options{}, 2)
	_, err := pool.Exec(t.Context(), `UPDATE river.river_job SET state = 'discarded', finalized_at = now() WHERE args->>'n' = '2'`)
	require.NoError(t, err)
	var codes []string
	for _, f := range component.Check(t.Context()) {
		codes = append(codes, f.Warning.Code)
	}
	require.Equal(t, []string{"jobs.waiting", "jobs.discarded"}, codes)
}

// victim is the process that is killed at work: it writes that it began, and never ends.
func victim(url string) {
	ctx := context.Background()
	pool, err := postgres.Open(ctx, postgres.Options{URL: url})
	if err != nil {
		panic(err)
	}
	r := jobs.NewRegistry()
	jobs.Add(r, 0, func(context.Context, *jobs.Job[echoArgs]) error {
		fmt.Println("began")
		select {}
	})
	c, err := jobs.New(jobs.Config{Pool: pool, Registry: r, Logger: quiet, RescueAfter: 2 * time.Second})
	if err != nil {
		panic(err)
	}
	if err := c.Start(ctx); err != nil {
		panic(err)
	}
	select {}
}

func TestKillOfAWorkerLeavesTheJobToAnother(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	insert(t, pool, jobs.Options{}, 1)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimEnv+"="+pool.Config().ConnString())
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line := make([]byte, 5)
	_, err = out.Read(line)
	require.NoError(t, err)
	require.Equal(t, "began", string(line))
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())

	done := make(chan int, 10)
	r := jobs.NewRegistry()
	jobs.Add(r, 0, func(_ context.Context, j *jobs.Job[echoArgs]) error { done <- j.Attempt; return nil })
	start(t, pool, r)
	select {
	case attempt := <-done:
		require.Equal(t, 2, attempt)
	case <-time.After(2 * time.Minute):
		t.Fatal("nobody took up the job of the killed worker")
	}
	require.Empty(t, done)
}

func ExampleAdd() {
	r := jobs.NewRegistry()
	jobs.Add(r, 10*time.Second, func(_ context.Context, j *jobs.Job[echoArgs]) error {
		fmt.Println("working on", j.Args.N)
		return nil
	})
	r.Every(24*time.Hour, "test_daily", func() jobs.Args { return echoArgs{0} })
}

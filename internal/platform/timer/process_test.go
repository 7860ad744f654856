package timer_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/timer"
)

const (
	// childEnv makes the test binary run a worker against the database named, until it is killed.
	childEnv = "YINGDA_TEST_TIMER_CHILD"
	// freezeEnv makes it freeze itself when it fires the timer of this key.
	freezeEnv = "YINGDA_TEST_TIMER_FREEZE"
	// stopLimit is the children's HandleTimeout: how long a frozen one can hold its timers.
	stopLimit = time.Second
)

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

// recordEffect is the effect that must happen exactly once.
func recordEffect(ctx context.Context, tx pgx.Tx, due []timer.Due) error {
	for _, d := range due {
		if _, err := tx.Exec(ctx, "INSERT INTO effect (key, pid) VALUES ($1, $2)", d.Key, os.Getpid()); err != nil {
			return err
		}
	}
	return nil
}

func child(url string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	pool, err := postgres.Open(ctx, postgres.Options{URL: url, MaxConns: 4, Logger: quiet})
	if err != nil {
		return err
	}
	defer pool.Close()
	cfg := config(pool, clock.System())
	cfg.Batch, cfg.HandleTimeout = 20, stopLimit
	w := timer.NewWorker(cfg)
	w.Handle("test", func(ctx context.Context, tx pgx.Tx, due []timer.Due) error {
		if err := recordEffect(ctx, tx, due); err != nil {
			return err
		}
		for _, d := range due {
			if d.Key == os.Getenv(freezeEnv) && d.Attempts == 0 {
				return syscall.Kill(os.Getpid(), syscall.SIGSTOP)
			}
		}
		return nil
	})
	if err := w.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return w.Stop(context.Background())
}

func spawn(t testing.TB, pool *pgxpool.Pool, freezeAt string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0]) // this test binary
	cmd.Env = append(os.Environ(), childEnv+"="+pool.Config().ConnString(), freezeEnv+"="+freezeAt)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { kill(cmd) })
	return cmd
}

func kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill() // SIGKILL; it may be dead already
	_ = cmd.Wait()
}

// fill sets n timers that fall due over the time named.
func fill(t testing.TB, pool *pgxpool.Pool, n int, over time.Duration) {
	t.Helper()
	list := make([]timer.Timer, n)
	for i := range list {
		list[i] = at(strconv.Itoa(i), time.Now().Add(over*time.Duration(i)/time.Duration(n)))
	}
	set(t, pool, list...)
}

func requireOnce(t testing.TB, pool *pgxpool.Pool, n int) {
	t.Helper()
	awaitCount(t, pool, 0, "SELECT count(*) FROM timer.timer")
	require.Equal(t, n, count(t, pool, "SELECT count(*) FROM effect"))
	require.Equal(t, n, count(t, pool, "SELECT count(DISTINCT key) FROM effect"))
}

func TestKilledWorkersLoseNothingAndDoubleNothing(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	createEffects(t, pool)
	const n = 4000
	fill(t, pool, n, 3*time.Second)
	for range 5 {
		cmd := spawn(t, pool, "")
		awaitCount(t, pool, 1, "SELECT (count(*) > 20)::integer FROM effect WHERE pid = $1", cmd.Process.Pid)
		kill(cmd)
	}
	spawn(t, pool, "")
	requireOnce(t, pool, n)
}

func TestFrozenWorkerHoldsUpOnlyItsOwnBatchAndCannotDoubleWhenItThaws(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	createEffects(t, pool)
	freezing := spawn(t, pool, "0")
	set(t, pool, at("0", time.Now()))
	require.Eventually(t, func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", freezing.Process.Pid)) // proc(5), state T
		require.NoError(t, err)
		_, rest, ok := strings.Cut(string(stat), ") ")
		return ok && rest[0] == 'T'
	}, deadline, pollEvery)

	other := spawn(t, pool, "")
	set(t, pool, at("1", time.Now()), at("2", time.Now()))
	awaitCount(t, pool, 2, "SELECT count(*) FROM effect WHERE pid = $1 AND key <> '0'", other.Process.Pid)
	requireOnce(t, pool, 3) // the server has cut the frozen one off
	require.NoError(t, freezing.Process.Signal(syscall.SIGCONT))
	set(t, pool, at("3", time.Now()))
	requireOnce(t, pool, 4)
}

package outbox_test

import (
	"context"
	"errors"
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

	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
)

// childEnv makes the test binary run a consumer against the database named, until it is killed.
const childEnv = "YINGDA_TEST_OUTBOX_CHILD"

// storeEnv makes the child run a relay too, with its stream in this directory; empty: no bus.
const storeEnv = "YINGDA_TEST_OUTBOX_STORE"

// freezeEnv makes the child freeze itself in the middle of its n-th batch.
const freezeEnv = "YINGDA_TEST_OUTBOX_FREEZE"

// pollEvery is how often a test looks into the database for what another process has done.
const pollEvery = 5 * time.Millisecond

// stopLimit is the children's HandleTimeout: how long a frozen one can hold the others up.
const stopLimit = time.Second

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

var errChangedMind = errors.New("the business changed its mind")

// countUp is a business transaction: it raises a counter under its row lock and tells the new value.
func countUp(ctx context.Context, tx pgx.Tx, key string, thenFail bool) error {
	var n int
	if err := tx.QueryRow(ctx, "UPDATE counter SET n = n + 1 WHERE key = $1 RETURNING n", key).Scan(&n); err != nil {
		return err
	}
	if err := outbox.Write(ctx, tx, numbered(key, n)...); err != nil {
		return err
	}
	if thenFail {
		return errChangedMind
	}
	return nil
}

// recordEffect is the effect that must happen exactly once.
func recordEffect(ctx context.Context, tx pgx.Tx, events []outbox.Event) error {
	for i, n := range numbersOf(events) {
		if _, err := tx.Exec(ctx, "INSERT INTO effect (key, n) VALUES ($1, $2)", events[i].Key, n); err != nil {
			return err
		}
	}
	return nil
}

// requireEffects checks that each of the keys 0.. has exactly the numbers 1..each, in this order.
func requireEffects(t testing.TB, pool *pgxpool.Pool, keys, each int) {
	t.Helper()
	for k := range keys {
		rows, err := pool.Query(context.Background(), "SELECT n FROM effect WHERE key = $1 ORDER BY at", fmt.Sprint(k))
		require.NoError(t, err)
		got, err := pgx.CollectRows(rows, pgx.RowTo[int])
		require.NoError(t, err)
		want := make([]int, each)
		for i := range want {
			want[i] = i + 1
		}
		require.Equal(t, want, got, "key %d", k)
	}
}

func child(url string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	pool, err := postgres.Open(ctx, postgres.Options{URL: url, MaxConns: 4, Logger: quiet})
	if err != nil {
		return err
	}
	defer pool.Close()
	pid, batches := os.Getpid(), 0
	freezeAt, err := strconv.Atoi(os.Getenv(freezeEnv))
	if err != nil {
		return err
	}
	cfg := config(pool, func(ctx context.Context, tx pgx.Tx, events []outbox.Event) error {
		if _, err := tx.Exec(ctx, "UPDATE worker SET pid = $1, batches = batches + 1", pid); err != nil {
			return err
		}
		if err := recordEffect(ctx, tx, events); err != nil {
			return err
		}
		if batches++; batches == freezeAt {
			return syscall.Kill(pid, syscall.SIGSTOP)
		}
		return nil
	})
	cfg.Batch = 5
	cfg.HandleTimeout = stopLimit
	all := lifecycle.NewGroup("child", quiet)
	if dir := os.Getenv(storeEnv); dir != "" {
		b, err := bus.New(bus.Config{StoreDir: dir, Logger: quiet, Clock: clock.System(), Name: "child"})
		if err != nil {
			return err
		}
		cfg.Bus = b
		all.Add(b)
		all.Add(relay(pool, b))
	}
	all.Add(outbox.NewConsumer(cfg))
	if err := all.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return all.Stop(context.Background())
}

// spawn starts the test binary as a consumer that freezes in its n-th batch (0: never), and as a relay if a
// directory is given.
func spawn(t testing.TB, pool *pgxpool.Pool, dir string, freezeAt int) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0]) // this test binary
	cmd.Env = append(os.Environ(), childEnv+"="+pool.Config().ConnString(), freezeEnv+"="+strconv.Itoa(freezeAt), storeEnv+"="+dir)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { kill(cmd) })
	return cmd
}

func kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill() // SIGKILL; it may be dead already
	_ = cmd.Wait()
}

// load is a business that writes events of a few keys until told to stop.
type load struct {
	pool *pgxpool.Pool
	keys int
	each int
	stop chan struct{}
	done chan error
}

func startLoad(t testing.TB, pool *pgxpool.Pool) *load {
	t.Helper()
	_, err := pool.Exec(t.Context(), `CREATE TABLE counter (key text PRIMARY KEY, n integer NOT NULL);
		INSERT INTO counter SELECT k::text, 0 FROM generate_series(0, 2) k;
		CREATE TABLE effect (at bigint GENERATED ALWAYS AS IDENTITY, key text, n integer);
		CREATE TABLE worker (pid integer, batches integer); INSERT INTO worker VALUES (0, 0)`)
	require.NoError(t, err)
	l := &load{pool: pool, keys: 3, stop: make(chan struct{}), done: make(chan error, 1)}
	go func() { l.done <- l.run() }()
	return l
}

func (l *load) run() error {
	for {
		select {
		case <-l.stop:
			return nil
		default:
		}
		for k := range l.keys {
			err := postgres.InTx(context.Background(), l.pool, func(ctx context.Context, tx pgx.Tx) error {
				return countUp(ctx, tx, fmt.Sprint(k), false)
			})
			if err != nil {
				return err
			}
		}
		l.each++
	}
}

// finish ends the load and waits until every event has had its effect.
func (l *load) finish(t testing.TB) {
	t.Helper()
	close(l.stop)
	require.NoError(t, <-l.done)
	require.Eventually(t, func() bool { return count(t, l.pool, "SELECT count(*) FROM effect") >= l.keys*l.each }, deadline, pollEvery)
	requireEffects(t, l.pool, l.keys, l.each)
}

func count(t testing.TB, pool *pgxpool.Pool, sql string, args ...any) int {
	t.Helper()
	var n int
	require.NoError(t, pool.QueryRow(context.Background(), sql, args...).Scan(&n))
	return n
}

// awaitBatches waits until the children have done so many more batches.
func awaitBatches(t testing.TB, pool *pgxpool.Pool, more int) {
	t.Helper()
	target := count(t, pool, "SELECT batches FROM worker") + more
	require.Eventually(t, func() bool { return count(t, pool, "SELECT batches FROM worker") >= target }, deadline, pollEvery)
}

func TestKilledProcessLosesNothingAndDoublesNothing(t *testing.T) {
	t.Parallel()
	pool, dir := postgrestest.New(t), t.TempDir()
	l := startLoad(t, pool)
	for range 5 {
		cmd := spawn(t, pool, dir, 0)
		awaitBatches(t, pool, 20)
		kill(cmd)
	}
	last := spawn(t, pool, dir, 0)
	awaitBatches(t, pool, 1)
	l.finish(t)
	awaitPublished(t, pool)
	kill(last)

	b := openBus(t, dir)
	final := relay(pool, b) // the kill may have taken the end of the stream with it
	run(t, final)
	write(t, pool, 1)
	awaitPublished(t, pool)
	ids := map[outbox.EventID]bool{}
	for _, e := range stream(t, b) {
		ids[e.ID] = true
	}
	require.Len(t, ids, l.keys*l.each+1, "every event is in the stream")
}

// awaitFrozen waits until the kernel says that the process is stopped by a signal (proc(5), state T).
func awaitFrozen(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	require.Eventually(t, func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cmd.Process.Pid))
		require.NoError(t, err)
		_, rest, ok := strings.Cut(string(stat), ") ")
		return ok && rest[0] == 'T'
	}, deadline, pollEvery)
}

func TestProcessFrozenInABatchIsReplacedAndCannotDoubleWhenItThaws(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	l := startLoad(t, pool)
	freezing := spawn(t, pool, "", 10)
	awaitFrozen(t, freezing)
	begin := time.Now()
	spawn(t, pool, "", 0)
	awaitBatches(t, pool, 10)
	require.Greater(t, time.Since(begin), stopLimit/2, "the frozen process held the lock")
	require.NoError(t, freezing.Process.Signal(syscall.SIGCONT))
	awaitBatches(t, pool, 10)
	l.finish(t)
}

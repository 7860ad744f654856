package postgres_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
)

func newServer(t *testing.T, dir string, s postgres.Search) *postgres.Server {
	t.Helper()
	cfg := postgrestest.Config(t, dir)
	cfg.Search = s
	server := postgres.NewServer(cfg)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	return server
}

func TestServerKeepsRowsOverARestart(t *testing.T) {
	t.Parallel()
	eachMajor(t, func(t *testing.T, search postgres.Search) {
		dir := postgrestest.DataDir(t)
		first := newServer(t, dir, search)
		require.NoError(t, first.Start(t.Context()))
		pool := openPool(t, first)
		_, err := pool.Exec(t.Context(), "CREATE TABLE kept AS SELECT 42 AS n")
		require.NoError(t, err)
		pool.Close()
		require.NoError(t, first.Stop(t.Context()))
		require.Empty(t, postgres.ClusterProcesses(filepath.Join(dir, "postgres")))

		second := newServer(t, dir, search)
		require.NoError(t, second.Start(t.Context()))
		require.Equal(t, 42, count(t, openPool(t, second), "SELECT n FROM kept"))
	})
}

func TestNewClusterIsSetUpForChineseAndClosedToTheNetwork(t *testing.T) {
	t.Parallel()
	eachMajor(t, func(t *testing.T, search postgres.Search) {
		s := newServer(t, postgrestest.DataDir(t), search)
		require.NoError(t, s.Start(t.Context()))
		pool := openPool(t, s)
		for name, want := range map[string]string{
			"listen_addresses": "", "data_checksums": "on", "server_encoding": "UTF8", "TimeZone": "UTC",
			"log_min_error_statement": "panic", "log_error_verbosity": "terse", "password_encryption": "scram-sha-256",
		} {
			var value string
			require.NoError(t, pool.QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&value))
			require.Equal(t, want, value, name)
		}
		_, err := pool.Exec(t.Context(), "CREATE EXTENSION pg_trgm")
		require.NoError(t, err)
		require.Positive(t, count(t, pool, "SELECT cardinality(show_trgm('高清电视'))"), "Chinese is searchable by trigrams")
		require.Equal(t, 1, count(t, pool, "SELECT (upper('é') = 'É')::int"))
		require.Equal(t, 1, count(t, pool, "SELECT ('Z' < 'a')::int"), "texts sort by code point")
	})
}

func TestServerSurvivesStress(t *testing.T) {
	t.Parallel()
	dir := postgrestest.DataDir(t)
	lifecycletest.Stress(t, func() lifecycle.Service { return postgres.NewServer(postgrestest.Config(t, dir)) })
}

func TestStartThatIsCutOffLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	dir := postgrestest.DataDir(t)
	ctx, cancel := context.WithCancel(t.Context())
	s := newServer(t, dir, postgrestest.Search())
	cancel()
	require.ErrorIs(t, s.Start(ctx), context.Canceled)
	require.NoDirExists(t, filepath.Join(dir, "postgres"))
	require.NoDirExists(t, filepath.Join(dir, "postgres.new"))
	require.NoError(t, s.Start(t.Context()), "a failed start can be repeated")
}

func TestStartRepeatsAnInterruptedFirstStart(t *testing.T) {
	t.Parallel()
	dir := postgrestest.DataDir(t)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "postgres.new", "base"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "postgres.new", "PG_VERSION"), []byte("15\n"), 0o600))
	s := newServer(t, dir, postgrestest.Search())
	require.NoError(t, s.Start(t.Context()))
	require.NoDirExists(t, filepath.Join(dir, "postgres.new"))
}

func TestKilledPostmasterIsStartedAgainWithItsRows(t *testing.T) {
	t.Parallel()
	eachMajor(t, func(t *testing.T, search postgres.Search) {
		s := newServer(t, postgrestest.DataDir(t), search)
		require.NoError(t, s.Start(t.Context()))
		pool := openPool(t, s)
		_, err := pool.Exec(t.Context(), "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
		require.NoError(t, err)

		// A backend that computes does not notice the postmaster's end by itself.
		busy := make(chan error, 1)
		go func() {
			_, err := pool.Exec(context.Background(), "SELECT count(*) FROM generate_series(1, 2000000000)")
			busy <- err
		}()
		within(t, 30*time.Second, "the query runs", func() bool {
			return count(t, pool, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'") == 2
		})
		killed := s.PID()
		require.NoError(t, syscall.Kill(killed, syscall.SIGKILL))
		require.Error(t, <-busy)

		require.Equal(t, 1000, count(t, pool, "SELECT count(*) FROM kept"))
		require.NotEqual(t, killed, s.PID())
		st := s.Status()
		require.True(t, st.Ready)
		require.Equal(t, 1, st.Crashes)
	})
}

func TestKilledProgramLeavesNoServerAndLosesNoAcknowledgedRow(t *testing.T) {
	t.Parallel()
	dir := postgrestest.DataDir(t)
	l := startLauncher(t, dir)
	for l.last < 200 {
		l.last = l.number(t)
	}
	l.kill(t)
	within(t, 4*time.Second, "the server outlives its program", func() bool {
		return len(postgres.ClusterProcesses(filepath.Join(dir, "postgres"))) == 0
	})

	s := newServer(t, dir, postgrestest.Search())
	require.NoError(t, s.Start(t.Context()))
	missing := openPool(t, s)
	var n int
	require.NoError(t, missing.QueryRow(t.Context(), `SELECT count(*) FROM generate_series(1, $1::bigint) said(n)
		WHERE NOT EXISTS (SELECT FROM acknowledged a WHERE a.n = said.n)`, l.last).Scan(&n))
	require.Zero(t, n, "acknowledged rows are missing")
}

func TestStartWaitsForAServerThatStillDies(t *testing.T) {
	t.Parallel()
	dir := postgrestest.DataDir(t)
	old := newServer(t, dir, postgrestest.Search())
	require.NoError(t, old.Start(t.Context()))
	// Without its lock file the running server looks like one whose program has just been killed.
	require.NoError(t, os.Remove(filepath.Join(dir, "lock")))

	now := clocktest.New()
	cfg := postgrestest.Config(t, dir)
	cfg.Clock = now
	impatient := postgres.NewServer(cfg)
	failed := make(chan error, 1)
	go func() { failed <- impatient.Start(t.Context()) }()
	now.BlockUntil(1)
	now.Advance(11 * time.Second)
	requireFault(t, <-failed, "postgres.old_server_running", "kill -QUIT")
	require.True(t, old.Status().Ready, "the old server was not touched")

	gate := &gatedClock{Clock: clock.System(), waiting: make(chan struct{}), open: make(chan time.Time)}
	cfg.Clock = gate
	patient := postgres.NewServer(cfg)
	t.Cleanup(func() { require.NoError(t, patient.Stop(context.Background())) })
	started := make(chan error, 1)
	go func() { started <- patient.Start(t.Context()) }()
	<-gate.waiting
	require.NoError(t, old.Stop(t.Context()))
	close(gate.open)
	require.NoError(t, <-started)
}

// gatedClock is the system's, but its first timer tells that somebody waits and fires when opened.
type gatedClock struct {
	clock.Clock
	once    sync.Once
	waiting chan struct{}
	open    chan time.Time
}

func (c *gatedClock) NewTimer(d time.Duration) clock.Timer {
	t := c.Clock.NewTimer(d)
	c.once.Do(func() { close(c.waiting); t = gatedTimer{t, c.open} })
	return t
}

type gatedTimer struct {
	clock.Timer
	open chan time.Time
}

func (t gatedTimer) C() <-chan time.Time { return t.open }

func TestStartIgnoresAPidFileWhoseNumberAnotherProcessGot(t *testing.T) {
	t.Parallel()
	dir := postgrestest.DataDir(t)
	s := newServer(t, dir, postgrestest.Search())
	require.NoError(t, s.Start(t.Context()))
	require.NoError(t, s.Stop(t.Context()))
	stranger := postgrestest.Server(t) // of the same user
	pidFile := fmt.Sprintf("%d\n%s/postgres\n1700000000\n5432\n/tmp\n\n  1234567         1\nready   \n", stranger.PID(), dir)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "postgres", "postmaster.pid"), []byte(pidFile), 0o644))
	require.NoError(t, newServer(t, dir, postgrestest.Search()).Start(t.Context()))
	require.True(t, stranger.Status().Ready)
}

func TestSecondProgramOnADirectoryIsRefused(t *testing.T) {
	t.Parallel()
	dir := postgrestest.DataDir(t)
	first := newServer(t, dir, postgrestest.Search())
	require.NoError(t, first.Start(t.Context()))
	second := newServer(t, dir, postgrestest.Search())
	requireFault(t, second.Start(t.Context()), "postgres.directory_locked", "another yingda runs on "+dir, "pid")
	require.NoError(t, first.Stop(t.Context()))
	require.NoError(t, second.Start(t.Context()), "the lock is free again")
}

func TestDirectoryOfAnotherKindIsRefusedUntouched(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file, content, code string
		words               []string
	}{
		"newer format": {"yingda.json", `{"format":2,"postgres_major":18}`, "postgres.directory_newer", []string{"newer yingda", "format 2"}},
		"unreadable":   {"yingda.json", `{`, "postgres.directory_unreadable", nil},
		"other major": {"postgres/PG_VERSION", "14\n", "postgres.other_major",
			[]string{"was written by PostgreSQL 14", postgres.EnvBin, "make setup", "--pg-archive"}},
		"not a cluster": {"postgres/notes.txt", "mine", "postgres.directory_foreign", []string{"move it away"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := postgrestest.DataDir(t)
			file := filepath.Join(dir, c.file)
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
			require.NoError(t, os.WriteFile(file, []byte(c.content), 0o644))
			s := newServer(t, dir, postgrestest.Search())
			requireFault(t, s.Start(t.Context()), c.code, c.words...)
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, c.content, string(content))
			require.Zero(t, s.PID())
		})
	}
}

func TestDirectoryRecordsFormatAndMajor(t *testing.T) {
	t.Parallel()
	eachMajor(t, func(t *testing.T, search postgres.Search) {
		dir := postgrestest.DataDir(t)
		inspected, err := postgres.Inspect(dir)
		require.NoError(t, err)
		require.Zero(t, inspected)
		s := newServer(t, dir, search)
		require.NoError(t, s.Start(t.Context()))
		stamp, err := os.ReadFile(filepath.Join(dir, "yingda.json"))
		require.NoError(t, err)
		major, _, _ := strings.Cut(s.Version(), ".")
		require.JSONEq(t, `{"format":1,"postgres_major":`+major+`}`, string(stamp))
		inspected, err = postgres.Inspect(dir)
		require.NoError(t, err)
		require.Equal(t, major, strconv.Itoa(inspected), "a running server is no hindrance")
	})
}

func TestDirectoryThatTheServerCannotEnterIsNamed(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root runs the server as another user")
	}
	outer := postgrestest.DataDir(t)
	require.NoError(t, os.Chmod(outer, 0o700))
	s := newServer(t, filepath.Join(outer, "data"), postgrestest.Search())
	requireFault(t, s.Start(t.Context()), "postgres.directory_blocked", "cannot enter "+outer+" on the way", "chmod o+x "+outer)
}

func TestFileAsDataDirectoryIsRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(postgrestest.DataDir(t), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	s := newServer(t, file, postgrestest.Search())
	requireFault(t, s.Start(t.Context()), "postgres.directory_unusable")
}

func TestServerThatCannotStartSaysWhy(t *testing.T) {
	t.Parallel()
	dir := postgrestest.DataDir(t)
	cfg := postgrestest.Config(t, dir)
	cfg.Settings["shared_buffers"] = "much"
	s := postgres.NewServer(cfg)
	f := requireFault(t, s.Start(t.Context()), "postgres.start_failed", dir)
	require.ErrorContains(t, f, "shared_buffers", "PostgreSQL's own words are in the cause")
	require.Empty(t, postgres.ClusterProcesses(filepath.Join(dir, "postgres")))
	require.NoError(t, newServer(t, dir, postgrestest.Search()).Start(t.Context()), "nothing half-started is in the way")
}

func TestARunningServerIsFoundByItsDataDirectory(t *testing.T) {
	t.Parallel()
	dir := postgrestest.DataDir(t)
	_, ok := postgres.Running(dir)
	require.False(t, ok, "nothing was ever started there")
	s := postgres.NewServer(postgrestest.Config(t, dir))
	require.NoError(t, s.Start(t.Context()))
	address, ok := postgres.Running(dir)
	require.True(t, ok)
	require.Equal(t, s.URL(), address)

	link := filepath.Join(postgrestest.DataDir(t), "link")
	require.NoError(t, os.Symlink(dir, link))
	address, ok = postgres.Running(link)
	require.True(t, ok, "by another name of the directory")
	require.Equal(t, s.URL(), address)

	require.NoError(t, s.Stop(t.Context()))
	_, ok = postgres.Running(dir)
	require.False(t, ok, "stopped")
}

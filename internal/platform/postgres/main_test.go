package postgres_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
)

// envLauncher makes the test binary act as a program with a private server on the directory named.
const envLauncher = "YINGDA_TEST_LAUNCHER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(envLauncher); dir != "" {
		fmt.Fprintln(os.Stderr, launch(dir))
		os.Exit(1)
	}
	lifecycletest.Main(m)
}

// launch runs a private server and commits one row after another until it is killed, saying each
// number after its commit was acknowledged.
func launch(dir string) error {
	ctx := context.Background()
	s := postgres.NewServer(postgres.ServerConfig{
		DataDir: dir, Search: postgrestest.Search(), Settings: map[string]string{"fsync": "off", "shared_buffers": "64MB"},
	})
	if err := s.Start(ctx); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, s.URL())
	if err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS acknowledged (n bigint PRIMARY KEY)"); err != nil {
		return err
	}
	fmt.Println(s.PID())
	for n := 1; ; n++ {
		if _, err := conn.Exec(ctx, "INSERT INTO acknowledged VALUES ($1)", n); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// launcher is such a child.
type launcher struct {
	cmd    *exec.Cmd
	lines  *bufio.Scanner
	server int // postmaster's process id
	last   int // last acknowledged row
}

func startLauncher(t *testing.T, dir string) *launcher {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	l := &launcher{cmd: exec.Command(self)}
	l.cmd.Env = append(os.Environ(), envLauncher+"="+dir)
	l.cmd.Stderr = os.Stderr
	out, err := l.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, l.cmd.Start())
	t.Cleanup(func() { _ = l.cmd.Process.Kill(); _ = l.cmd.Wait() })
	l.lines = bufio.NewScanner(out)
	l.server = l.number(t)
	return l
}

func (l *launcher) number(t *testing.T) int {
	t.Helper()
	require.True(t, l.lines.Scan(), "the launcher ended early")
	n, err := strconv.Atoi(l.lines.Text())
	require.NoError(t, err)
	return n
}

// kill ends the launcher as the kernel would for want of memory, and reads what it had still said.
func (l *launcher) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, l.cmd.Process.Signal(syscall.SIGKILL))
	for l.lines.Scan() {
		n, err := strconv.Atoi(l.lines.Text())
		require.NoError(t, err)
		l.last = n
	}
}

// binaries gives the programs of one major. The newest is always wanted, since make puts it into the
// cache; others only where the system has them.
func binaries(t *testing.T, major int) postgres.Search {
	t.Helper()
	s := postgres.SystemSearch()
	s.Env = ""
	s.Major = major
	b, err := s.Find(t.Context())
	if err != nil && major == 18 {
		t.Fatalf("this test needs PostgreSQL 18: run `node scripts/fetch-postgres.mjs` (%v)", err)
	}
	if err != nil {
		t.Skipf("PostgreSQL %d is not installed here: %v", major, err)
	}
	return postgres.Search{Env: b.Dir}
}

// eachMajor runs a test on the oldest and the newest PostgreSQL that the program supports.
func eachMajor(t *testing.T, test func(t *testing.T, s postgres.Search)) {
	t.Helper()
	for _, major := range []int{postgres.MinMajor, 18} {
		t.Run(strconv.Itoa(major), func(t *testing.T) {
			t.Parallel()
			test(t, binaries(t, major))
		})
	}
}

func openPool(t *testing.T, s *postgres.Server) *pgxpool.Pool {
	t.Helper()
	pool, err := postgres.Open(t.Context(), postgres.Options{URL: s.URL(), MaxConns: 4})
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// count asks until the database answers; the test's deadline bounds it.
func count(t *testing.T, pool *pgxpool.Pool, query string) (n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		err := pool.QueryRow(ctx, query).Scan(&n)
		if err == nil {
			return n
		}
		require.NoError(t, clock.Sleep(ctx, clock.System(), 10*time.Millisecond), "last error: %v", err)
	}
}

// within waits for a condition of the operating system that gives no signal.
func within(t *testing.T, d time.Duration, what string, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	for !done() {
		require.NoError(t, clock.Sleep(ctx, clock.System(), 5*time.Millisecond), what)
	}
}

func requireFault(t *testing.T, err error, code string, words ...string) *fault.Fault {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "not a fault: %v", err)
	require.Equal(t, code, f.Code, "%v", err)
	for _, w := range words {
		require.Contains(t, f.Message+" "+f.Remedy, w)
	}
	require.NotEmpty(t, f.Message)
	return f
}

var (
	quiet = slog.New(slog.DiscardHandler)
	errNo = errors.New("no")
)

// syncBuffer takes log lines from several goroutines.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

package postgrestest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
)

// envHolder makes a test binary act as the holder instead of running tests.
const envHolder = "YINGDA_TEST_POSTGRES_HOLDER"

// holder is the test process's view of the process that holds its server. The holder is the test
// binary itself, started again: it runs the server for as long as its standard input is open, which
// the kernel closes when the test process ends in whatever way, and then removes everything. So the
// tests own no goroutine (the leak check stays strict) and os.Exit, a panic and SIGKILL are all the same.
type holder struct {
	process *os.Process
	stdin   *os.File // kept open for the life of the test process
	socket  string   // address of the server, with the database name left open
}

// answer is what the holder says once.
type answer struct {
	URL   string
	Error string
}

var theHolder = sync.OnceValues(startHolder)

func holderOf(t testing.TB) *holder {
	t.Helper()
	h, err := theHolder()
	if err != nil {
		t.Fatalf("this test needs a PostgreSQL server: %v", err)
	}
	return h
}

func startHolder() (*holder, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	stdinR, stdinW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	stdoutR, stdoutW, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, stdinR.Close(), stdinW.Close())
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), envHolder+"=1")
	cmd.Stdin, cmd.Stdout = stdinR, stdoutW
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = cmd.Start()
	err = errors.Join(err, stdinR.Close(), stdoutW.Close())
	if err != nil {
		return nil, errors.Join(err, stdinW.Close(), stdoutR.Close())
	}
	defer stdoutR.Close()
	if err := stdoutR.SetReadDeadline(time.Now().Add(startTimeout)); err != nil {
		return nil, errors.Join(err, stdinW.Close())
	}
	line, err := bufio.NewReader(stdoutR).ReadBytes('\n')
	var a answer
	if err == nil {
		err = json.Unmarshal(line, &a)
	}
	if err == nil && a.Error != "" {
		err = errors.New(a.Error)
	}
	if err != nil {
		return nil, errors.Join(err, stdinW.Close())
	}
	return &holder{process: cmd.Process, stdin: stdinW, socket: a.URL}, nil
}

func (h *holder) url(database string) string {
	return strings.Replace(h.socket, "/yingda?", "/"+database+"?", 1)
}

// admin runs one statement outside any test's database.
func (h *holder) admin(t testing.TB, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, h.url("postgres"))
	require.NoError(t, err)
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	require.NoError(t, err)
}

func init() {
	if os.Getenv(envHolder) != "" {
		os.Exit(hold())
	}
}

// hold is the whole life of the holder.
func hold() int {
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGPIPE)
	dir, err := os.MkdirTemp("", "yingda-test-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = os.Chmod(dir, 0o711)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	sweep()
	var s *postgres.Server
	if err == nil {
		s, err = startMigrated(ctx, dir)
	}
	if s != nil {
		defer func() { _ = s.Abandon(context.Background()) }()
	}
	a := answer{}
	if err != nil {
		a.Error = words(err)
	} else {
		a.URL = s.URL()
	}
	if json.NewEncoder(os.Stdout).Encode(a) != nil || err != nil {
		return 1
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // until the test process ends
	return 0
}

func words(err error) string {
	if f, ok := fault.As(err); ok {
		return fmt.Sprintf("%v; %s", err, f.Remedy)
	}
	return err.Error()
}

// makeTemplate creates the migrated database that tests clone.
func makeTemplate(ctx context.Context, s *postgres.Server) error {
	h := holder{socket: s.URL()}
	conn, err := pgx.Connect(ctx, h.url("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+template); err != nil {
		return err
	}
	pool, err := postgres.Open(ctx, postgres.Options{URL: h.url(template), MaxConns: 4, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer pool.Close()
	return postgres.Migrate(ctx, pool, slog.New(slog.DiscardHandler))
}

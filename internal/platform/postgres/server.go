package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle"
)

const (
	readyTimeout   = 60 * time.Second      // a loaded machine needs seconds, recovery more
	readyInterval  = 10 * time.Millisecond // between looks at postmaster.pid
	oldTimeout     = 10 * time.Second      // for a postmaster that still dies from an earlier crash
	fastTimeout    = 20 * time.Second      // fast shutdown, with its checkpoint
	quitTimeout    = 5 * time.Second       // immediate shutdown
	maxRestartWait = 5 * time.Second
	orphanTimeout  = 5 * time.Second // for killed backends to disappear
)

// ServerConfig describes a private server.
type ServerConfig struct {
	DataDir string
	// Search says where the programs are; its Major is set from the data directory.
	Search Search
	// Settings are added to the server's defaults; tests turn fsync off here.
	Settings map[string]string
	// InitdbArgs are added when the cluster is made; tests choose small files here.
	InitdbArgs []string
	Logger     *slog.Logger
	Clock      clock.Clock // nil for the system's
}

// Server is a private PostgreSQL of this program; a lifecycle.Service. See the package comment.
type Server struct {
	cfg   ServerConfig
	clock clock.Clock
	log   *slog.Logger

	transition sync.Mutex // held by Start and Stop; guards what follows
	started    bool
	dir        *directory
	socketDir  string // read by the supervisor too, which lives between its setting and its removal

	mu       sync.Mutex // may be taken while transition is held, not the other way round
	ended    bool
	abort    context.CancelFunc // ends a running Start
	stopping chan struct{}
	done     chan struct{} // closed when the supervisor has returned
	current  *run
	serving  bool // the first start succeeded: from now on a dead postmaster is started again
	bin      Binaries
	address  string // socketDir of the latest start, for URL
	crashes  int
	crashed  time.Time
	// abandoned skips the orderly shutdown.
	abandoned bool
}

// NewServer makes a server; Start starts it.
func NewServer(cfg ServerConfig) *Server {
	s := &Server{cfg: cfg, clock: cfg.Clock, log: cfg.Logger, stopping: make(chan struct{})}
	if s.clock == nil {
		s.clock = clock.System()
	}
	s.log = cmp.Or(s.log, slog.New(slog.DiscardHandler))
	return s
}

// Name is the part's name in logs and health.
func (s *Server) Name() string { return "postgres-server" }

// Start locks the data directory, creates the cluster if there is none, runs the server and returns
// when it accepts connections. Its errors are faults with a remedy wherever the operator can do
// something. After a failed Start nothing runs and the lock is free; Start may be called again.
func (s *Server) Start(ctx context.Context) error {
	s.transition.Lock()
	defer s.transition.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return fmt.Errorf("start %s: %w", s.Name(), lifecycle.ErrStopped)
	}
	s.abort = cancel
	s.mu.Unlock()
	if s.started {
		return nil
	}
	err := s.start(ctx)
	if err == nil {
		s.started = true
		return nil
	}
	s.mu.Lock()
	if s.ended {
		err = fmt.Errorf("start %s: %w", s.Name(), lifecycle.ErrStopped)
	}
	s.mu.Unlock()
	s.cleanUp(context.WithoutCancel(ctx))
	return err
}

func (s *Server) start(ctx context.Context) error {
	account, err := serverAccount()
	if err != nil {
		return err
	}
	if s.dir, err = openDirectory(s.cfg.DataDir); err != nil {
		return err
	}
	if err := s.prepare(ctx, account); err != nil {
		return err
	}
	if s.socketDir, err = makeSocketDir(s.dir.path, account); err != nil {
		return err
	}
	first := s.newRun(account)
	s.mu.Lock()
	s.done, s.serving, s.address = make(chan struct{}), false, s.socketDir
	s.mu.Unlock()
	go s.supervise(first, account)
	if err := s.awaitReady(ctx, first); err != nil {
		return err
	}
	if err := s.ensureDatabase(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serving = true
	return nil
}

// prepare makes the data directory ready for the server: programs of the right major, no old server,
// a complete cluster, current settings.
func (s *Server) prepare(ctx context.Context, account account) error {
	major, err := s.dir.major()
	if err != nil {
		return err
	}
	search := s.cfg.Search
	search.Major = cmp.Or(major, search.Major)
	bin, err := search.Find(ctx)
	if err != nil {
		return err
	}
	if err := account.mustReach(filepath.Join(bin.Dir, "postgres"), "the server programs"); err != nil {
		return err
	}
	if err := account.mustReach(s.dir.path, "the data directory"); err != nil {
		return err
	}
	if err := s.waitForOld(ctx); err != nil {
		return err
	}
	all := settings(memory())
	for name, value := range s.cfg.Settings {
		all[name] = value
	}
	if major == 0 {
		c := newCluster{dir: s.dir, bin: bin, account: account, args: s.cfg.InitdbArgs, durable: all["fsync"] != "off"}
		if err := c.create(ctx); err != nil {
			return err
		}
	}
	if err := s.dir.writeStamp(bin.Major); err != nil {
		return err
	}
	conf := filepath.Join(s.dir.cluster(), "yingda.conf")
	if err := replaceFile(conf, settingsFile(all), 0o600, account.own); err != nil {
		return directoryFault(s.dir.path, err)
	}
	s.mu.Lock()
	s.bin = bin
	s.mu.Unlock()
	return nil
}

// awaitReady returns when the postmaster accepts connections, or says why it does not.
func (s *Server) awaitReady(ctx context.Context, r *run) error {
	deadline := s.clock.Now().Add(readyTimeout)
	for !r.ready() {
		select {
		case <-r.exited:
			return s.startFault(r)
		default:
		}
		if s.clock.Now().After(deadline) {
			return fault.New(fault.Unavailable, "postgres.start_slow",
				"the private PostgreSQL did not become ready within %s", readyTimeout).
				WithCause(errors.New(r.log.last())).WithRemedy("look at the log; a recovery on a slow disk may need a second start")
		}
		if err := clock.Sleep(ctx, s.clock, readyInterval); err != nil {
			return fmt.Errorf("wait for the server: %w", err)
		}
	}
	return nil
}

// ensureDatabase creates the program's database in a new cluster. Asking each time is cheap and
// also repairs a first start that was cut off here.
func (s *Server) ensureDatabase(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return fmt.Errorf("connect to the private server: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var there bool
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", role).Scan(&there)
	if err == nil && !there {
		_, err = conn.Exec(ctx, "CREATE DATABASE yingda")
	}
	if err != nil {
		return fmt.Errorf("create the database: %w", err)
	}
	return nil
}

// URL names the program's database on the server for [Open]. Only valid after Start.
func (s *Server) URL() string { return s.url(role) }

func (s *Server) url(database string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return socketURL(s.address, database)
}

// Version is the version of the programs that run, "" before Start.
func (s *Server) Version() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bin.Version
}

// Stop shuts the server down (fast, then immediately when that takes too long) and frees the lock.
// The end of ctx makes the shutdown immediate, which is safe but costs a recovery at the next start.
// A Start that runs meanwhile is cut off.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	s.ended = true
	if s.abort != nil && !s.serving {
		s.abort()
	}
	s.mu.Unlock()
	s.transition.Lock()
	defer s.transition.Unlock()
	s.started = false
	s.cleanUp(ctx)
	return nil
}

// cleanUp ends whatever a start has begun. It holds transition.
func (s *Server) cleanUp(ctx context.Context) {
	s.endServer(ctx)
	if s.socketDir != "" {
		if err := os.RemoveAll(s.socketDir); err != nil {
			s.log.Warn("cannot remove the socket directory", "error", err)
		}
		s.socketDir = ""
	}
	if s.dir != nil {
		s.dir.release()
	}
}

// Status is what the health page shows of a private server.
type Status struct {
	Ready   bool      // accepts connections
	Crashes int       // ends since Start that nobody asked for
	Crashed time.Time // the latest of them
}

// Status tells how the server is now.
func (s *Server) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Status{Crashes: s.crashes, Crashed: s.crashed}
	if s.current != nil {
		select {
		case <-s.current.exited:
		default:
			st.Ready = s.current.ready()
		}
	}
	return st
}

// PID is the process id of the postmaster, 0 when none runs.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return 0
	}
	return int(s.current.pid.Load())
}

// Abandon is Stop without the shutdown checkpoint, as a crash would end it; for servers whose data
// nobody needs again.
func (s *Server) Abandon(ctx context.Context) error {
	s.mu.Lock()
	s.abandoned = true
	s.mu.Unlock()
	return s.Stop(ctx)
}

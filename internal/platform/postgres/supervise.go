package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
)

// errEnded stands for an exit of the postmaster with code 0 that nobody asked for.
var errEnded = errors.New("postgres ended by itself")

// run is one life of the postmaster.
type run struct {
	cmd     *exec.Cmd
	log     *serverLog
	cluster string
	pid     atomic.Int64  // 0 until the process runs
	exited  chan struct{} // closed when the postmaster is gone, or could not be started
	err     error         // why; read after exited
}

func (s *Server) newRun(a account) *run {
	s.mu.Lock()
	bin := s.bin
	s.mu.Unlock()
	r := &run{log: &serverLog{log: s.log}, cluster: s.dir.cluster(), exited: make(chan struct{})}
	args := []string{"-D", r.cluster}
	for _, setting := range fixedSettings(s.socketDir) {
		args = append(args, "-c", setting)
	}
	r.cmd = exec.Command(filepath.Join(bin.Dir, "postgres"), args...)
	r.cmd.Dir = "/"
	r.cmd.Env = childEnv()
	r.cmd.Stderr = r.log
	r.cmd.Stdout = r.log
	r.cmd.SysProcAttr = childAttr(a)
	// Orphaned backends keep the log's pipe open after the postmaster is gone.
	r.cmd.WaitDelay = time.Second
	return r
}

// ready reports that the postmaster has written "ready" into its pid file, as pg_ctl does: a
// connection attempt during recovery would fill the log with refusals.
func (r *run) ready() bool {
	pid, status := readPostmaster(r.cluster)
	return pid != 0 && int64(pid) == r.pid.Load() && status == "ready"
}

// readPostmaster reads process id and status from postmaster.pid; 0 when there is none.
func readPostmaster(cluster string) (pid int, status string) {
	pid, err := strconv.Atoi(postmasterLine(cluster, 1))
	if err != nil {
		return 0, ""
	}
	return pid, postmasterLine(cluster, 8)
}

// postmasterLine reads a line of postmaster.pid, counted from 1: process id, directory, start, port,
// socket directory, address, shared memory, status. "" when there is none yet.
func postmasterLine(cluster string, n int) string {
	raw, err := os.ReadFile(filepath.Join(cluster, "postmaster.pid"))
	if err != nil {
		return ""
	}
	lines := strings.Split(string(raw), "\n")
	if len(lines) < n {
		return ""
	}
	return strings.TrimSpace(lines[n-1])
}

// supervise runs the postmaster until stopped. It owns one operating system thread for that time,
// because the parent-death signal of the child is bound to the thread that started it.
func (s *Server) supervise(r *run, a account) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(s.done)
	pause := time.Duration(0)
	for {
		begun := s.clock.Now()
		r.err = s.spawn(r)
		if r.err == nil {
			r.err = r.cmd.Wait()
		}
		close(r.exited)
		if !s.goesOn() {
			return
		}
		if s.clock.Now().Sub(begun) > time.Minute {
			pause = 0
		}
		s.noteCrash(r)
		s.endOrphans(r.cluster)
		if !s.sleep(pause) {
			return
		}
		pause = min(max(2*pause, 100*time.Millisecond), maxRestartWait)
		r = s.newRun(a)
	}
}

// spawn starts the process unless Stop came first.
func (s *Server) spawn(r *run) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.stopping:
		return errors.New("the server is being stopped")
	default:
	}
	if err := r.cmd.Start(); err != nil {
		return err
	}
	r.pid.Store(int64(r.cmd.Process.Pid))
	s.current = r
	return nil
}

// goesOn tells a crash from an end: the first start reports its failure, a stop is wanted.
func (s *Server) goesOn() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.stopping:
		return false
	default:
		return s.serving
	}
}

func (s *Server) noteCrash(r *run) {
	s.mu.Lock()
	s.crashes++
	s.crashed = s.clock.Now()
	s.mu.Unlock()
	s.log.Error("the private postgresql server ended, starting it again", "error", r.err)
}

// sleep waits unless the server is stopped meanwhile.
func (s *Server) sleep(d time.Duration) bool {
	t := s.clock.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C():
		return true
	case <-s.stopping:
		return false
	}
}

// endOrphans kills backends that outlived their postmaster and waits until they are gone: they hold its
// shared memory, and a new postmaster refuses to start beside them. Committed data is not theirs to lose.
func (s *Server) endOrphans(cluster string) {
	deadline := s.clock.Now().Add(orphanTimeout)
	for s.clock.Now().Before(deadline) {
		orphans := clusterProcesses(cluster)
		if len(orphans) == 0 {
			return
		}
		for _, pid := range orphans {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
				s.log.Warn("cannot end an orphaned postgresql process", "server_pid", pid, "error", err)
			}
		}
		if !s.sleep(readyInterval) {
			return
		}
	}
}

// endServer stops the postmaster and waits for the supervisor: fast shutdown, then immediate, then kill.
// The end of ctx cuts the fast shutdown short; the rest is bounded by itself.
func (s *Server) endServer(ctx context.Context) {
	s.mu.Lock()
	done, r := s.done, s.current
	if done == nil {
		s.mu.Unlock()
		return
	}
	stopping := s.stopping
	close(stopping)
	steps := []shutdownStep{{syscall.SIGINT, fastTimeout}, {syscall.SIGQUIT, quitTimeout}, {syscall.SIGKILL, 0}}
	if s.abandoned {
		steps = steps[1:]
	}
	s.mu.Unlock()
	for i, step := range steps {
		if i > 0 {
			ctx = context.WithoutCancel(ctx)
		}
		if r != nil {
			_ = r.cmd.Process.Signal(step.signal) // it may be gone already
		}
		if step.within == 0 || s.within(ctx, done, step.within) {
			break
		}
	}
	<-done
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done, s.current, s.serving, s.stopping = nil, nil, false, make(chan struct{})
}

// shutdownStep is a signal to the postmaster and how long it may take to act on it.
type shutdownStep struct {
	signal syscall.Signal
	within time.Duration
}

func (s *Server) within(ctx context.Context, done <-chan struct{}, d time.Duration) bool {
	t := s.clock.NewTimer(d)
	defer t.Stop()
	select {
	case <-done:
		return true
	case <-t.C():
		return false
	case <-ctx.Done():
		return false
	}
}

// startFault says why the first start failed, from the server's own last words.
func (s *Server) startFault(r *run) error {
	words := r.log.last()
	cause := fmt.Errorf("%w: %s", cmp.Or(r.err, errEnded), words)
	if strings.Contains(words, "No space left on device") || strings.Contains(words, "Disk quota exceeded") {
		return errDiskFull(s.dir.path, cause)
	}
	return fault.New(fault.Unavailable, "postgres.start_failed", "the private PostgreSQL in %s did not start", s.dir.path).
		WithCause(cause).WithRemedy("the log holds PostgreSQL's own words; do not delete the directory")
}

// waitForOld waits for the postmaster of an earlier program on the same directory, which the kernel
// has told to end but which may not have finished yet.
func (s *Server) waitForOld(ctx context.Context) error {
	deadline := s.clock.Now().Add(oldTimeout)
	for {
		pid, _ := readPostmaster(s.dir.cluster())
		if pid == 0 || !postmasterAlive(pid, s.dir.cluster()) {
			s.endOrphans(s.dir.cluster())
			return removeStale(s.dir)
		}
		if s.clock.Now().After(deadline) {
			return fault.New(fault.Conflict, "postgres.old_server_running",
				"a PostgreSQL server of an earlier start still runs on %s, pid %d", s.dir.path, pid).
				WithRemedy("end it with: kill -QUIT %d, then start again", pid)
		}
		if err := clock.Sleep(ctx, s.clock, readyInterval); err != nil {
			return fmt.Errorf("wait for an old server: %w", err)
		}
	}
}

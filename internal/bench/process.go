package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// clockTick is the unit of /proc/PID/stat, fixed at 100 a second on Linux (man 5 proc).
const clockTick = 100

// CPUSeconds gives the processor time that a process itself has used so far.
func CPUSeconds(pid int) (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The second field, the name in parentheses, may hold anything; count from its end.
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("process %d: unexpected stat line", pid)
	}
	user, err1 := strconv.ParseFloat(fields[11], 64)
	system, err2 := strconv.ParseFloat(fields[12], 64)
	return (user + system) / clockTick, errors.Join(err1, err2)
}

// CPUSecondsBelow adds up the processor time of a process's living descendants, itself excluded.
func CPUSecondsBelow(pid int) float64 {
	total := 0.0
	for _, child := range childrenOf(pid) {
		if own, err := CPUSeconds(child); err == nil {
			total += own
		}
		total += CPUSecondsBelow(child)
	}
	return total
}

func childrenOf(pid int) []int {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	var pids []int
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			continue // the thread ended meanwhile
		}
		for field := range strings.FieldsSeq(string(raw)) {
			if child, err := strconv.Atoi(field); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids
}

// ResidentMB gives the resident memory of a process itself, in MiB.
func ResidentMB(pid int) (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kb / 1024, err
		}
	}
	return 0, fmt.Errorf("process %d: no resident memory in its status", pid)
}

// FreePort gives a loopback TCP port that is free now.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Serving is a `yingda serve` under measurement.
type Serving struct {
	URL   string
	cmd   *exec.Cmd
	log   *bytes.Buffer
	Start time.Duration // from the start of the process to /readyz answering 200
}

// Serve starts `yingda serve` with the arguments on a free port and waits until it is ready.
func Serve(ctx context.Context, self string, args ...string) (*Serving, error) {
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	s := &Serving{URL: "http://" + address, log: &bytes.Buffer{}}
	s.cmd = exec.CommandContext(ctx, self, append([]string{"serve", "--http", address, "--sip", "127.0.0.1:0", "--log-level", "warn"}, args...)...)
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(syscall.SIGTERM) }
	s.cmd.WaitDelay = 30 * time.Second
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	begin := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start yingda: %w", err)
	}
	if err := s.waitReady(ctx, begin); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Serving) waitReady(ctx context.Context, begin time.Time) error {
	client := &http.Client{Timeout: time.Second}
	defer client.CloseIdleConnections()
	for {
		answer, err := client.Get(s.URL + "/readyz")
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				s.Start = time.Since(begin)
				return nil
			}
		}
		if time.Since(begin) > 90*time.Second || ctx.Err() != nil || syscall.Kill(s.cmd.Process.Pid, 0) != nil {
			return errors.New("yingda did not become ready")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// PID is the process id.
func (s *Serving) PID() int { return s.cmd.Process.Pid }

// Stop ends the process orderly; its output is part of the error when it failed.
func (s *Serving) Stop() error {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended already; Wait tells
	if err := s.cmd.Wait(); err != nil {
		return fmt.Errorf("yingda: %w\n%s", err, s.log)
	}
	return nil
}

// RunLoad runs a load generator of this program as a process of its own and gives what it printed.
func RunLoad(ctx context.Context, self, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, self, append([]string{"bench", "load", name}, args...)...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("load generator %s: %w\n%s", name, err, problems.String())
	}
	return out.Bytes(), nil
}

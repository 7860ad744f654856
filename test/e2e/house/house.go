// Package house starts the real program for tests: built once with the race detector, run as processes
// of its own, on private engines or on external ones that the test starts.
package house

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Generous, because the race detector and a loaded machine are slow; a test never waits this long
// when things go well.
const (
	readyTimeout = 60 * time.Second
	stopTimeout  = 40 * time.Second
)

var build struct {
	once sync.Once
	path string
	err  error
}

// Binary gives the path of the program, built from this tree with the race detector.
func Binary(t testing.TB) string {
	t.Helper()
	build.once.Do(func() {
		dir, err := os.MkdirTemp("", "yingda-e2e-")
		if err != nil {
			build.err = err
			return
		}
		build.path = filepath.Join(dir, "yingda")
		version, err := os.ReadFile(filepath.Join("..", "..", "VERSION"))
		if err != nil {
			build.err = err
			return
		}
		out, err := exec.Command("go", "build", "-race", "-ldflags", "-X yingda/internal/command.version="+strings.TrimSpace(string(version)), "-o", build.path, "yingda/cmd/yingda").CombinedOutput()
		if err != nil {
			build.err = fmt.Errorf("build yingda: %w\n%s", err, out)
		}
	})
	require.NoError(t, build.err)
	return build.path
}

// Cleanup removes the built program; call it from TestMain.
func Cleanup() {
	if build.path != "" {
		_ = os.RemoveAll(filepath.Dir(build.path))
	}
}

// Dir gives a data directory that the database's unprivileged user can reach, removed after the test.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "yingda-data-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "data")
}

// FreeAddress gives a loopback address that is free now.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// Yingda is a running `yingda serve`.
type Yingda struct {
	URL                   string
	dataDir, installation string

	roots  *x509.CertPool
	t      testing.TB
	cmd    *exec.Cmd
	log    *safeBuffer
	ended  chan struct{}
	status error
}

// Start runs `yingda serve` with the arguments on a free address and waits until it is ready.
// Its log is shown when the test fails.
func Start(t testing.TB, args ...string) *Yingda {
	t.Helper()
	y := Launch(t, args...)
	y.WaitReady()
	return y
}

// Launch is Start without waiting.
func Launch(t testing.TB, args ...string) *Yingda {
	t.Helper()
	address := FreeAddress(t)
	y := &Yingda{URL: "http://" + address, t: t, log: &safeBuffer{}, ended: make(chan struct{}), dataDir: option(args, "--data-dir")}
	y.installation = cmp.Or(option(args, "--database-url"), y.dataDir)
	own := []string{"serve", "--http", address}
	if option(args, "--sip") == "" { // tests run side by side
		own = append(own, "--sip", "127.0.0.1:0")
	}
	y.cmd = exec.Command(Binary(t), append(own, args...)...)
	y.cmd.Env = append(Environ(), "GORACE=halt_on_error=1 exitcode=66")
	y.cmd.Stdout, y.cmd.Stderr = y.log, y.log
	y.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, y.cmd.Start())
	go func() {
		defer close(y.ended)
		y.status = y.cmd.Wait()
	}()
	t.Cleanup(func() {
		y.Kill()
		if t.Failed() {
			t.Logf("log of yingda on %s:\n%s", address, y.log.String())
		}
	})
	return y
}

// option gives the value of an option, or "".
func option(args []string, name string) string {
	if i := slices.Index(args, name); i >= 0 && i+1 < len(args) {
		return args[i+1]
	}
	return ""
}

// Environ is this process's environment without options of Yingda.
func Environ() []string {
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "YINGDA_") || strings.HasPrefix(e, "YINGDA_PG_BIN=") {
			env = append(env, e)
		}
	}
	return env
}

// WaitReady waits until /readyz answers 200.
func (y *Yingda) WaitReady() {
	y.t.Helper()
	for limit := time.Now().Add(readyTimeout); y.Status("/readyz") != http.StatusOK; {
		select {
		case <-y.ended:
			require.FailNow(y.t, "yingda ended while starting", "%v\n%s", y.status, y.log)
		case <-time.After(20 * time.Millisecond):
		}
		require.True(y.t, time.Now().Before(limit), "yingda is not ready after %s\n%s", readyTimeout, y.log)
	}
}

// Trust lets Status trust a certificate authority, as a browser that imported it.
func (y *Yingda) Trust(caFile string) {
	y.t.Helper()
	raw, err := os.ReadFile(caFile)
	require.NoError(y.t, err)
	y.roots = x509.NewCertPool()
	require.True(y.t, y.roots.AppendCertsFromPEM(raw))
}

// Status gives the HTTP status of a path, 0 when nothing answers.
func (y *Yingda) Status(path string) int {
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: y.roots}}}
	defer client.CloseIdleConnections()
	answer, err := client.Get(y.URL + path)
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode
}

// PID is the process id.
func (y *Yingda) PID() int { return y.cmd.Process.Pid }

// Log is what the process has written so far.
func (y *Yingda) Log() string { return y.log.String() }

// Kill ends the process with SIGKILL, as a crash would; harmless when it has ended.
func (y *Yingda) Kill() {
	_ = y.cmd.Process.Kill()
	<-y.ended
}

// Stop ends it orderly and fails the test when it does not end well.
func (y *Yingda) Stop() {
	y.t.Helper()
	require.NoError(y.t, y.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-y.ended:
		require.NoError(y.t, y.status, y.log.String())
	case <-time.After(stopTimeout):
		require.Fail(y.t, "yingda did not stop", y.log.String())
	}
}

// Signal sends SIGSTOP, SIGCONT and the like.
func (y *Yingda) Signal(s syscall.Signal) {
	y.t.Helper()
	require.NoError(y.t, y.cmd.Process.Signal(s))
}

// Run runs a subcommand to its end and gives exit code and output.
func Run(t testing.TB, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	program := Binary(t) // building it is not part of the time that the command has
	ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(Environ(), env...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		code = exit.ExitCode()
	default:
		require.NoError(t, err, problems.String())
	}
	require.NoError(t, ctx.Err(), "yingda %v did not end\n%s", args, problems.String())
	return code, out.String(), problems.String()
}

// ProcessesWith counts processes, other than this one, whose command line holds the text.
func ProcessesWith(t testing.TB, text string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)
	var found []string
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err == nil && bytes.Contains(raw, []byte(text)) && !strings.Contains(file, fmt.Sprintf("/%d/", os.Getpid())) {
			found = append(found, file+": "+strings.ReplaceAll(string(raw), "\x00", " "))
		}
	}
	return found
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// KillPostmaster kills the private database server of a data directory, as the kernel would when
// memory runs out.
func KillPostmaster(t testing.TB, dir string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "postgres", "postmaster.pid"))
	require.NoError(t, err)
	line, _, _ := strings.Cut(string(raw), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
}

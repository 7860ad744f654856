package carriertest

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// program is a foreign program that runs for one test.
type program struct {
	name   string
	cmd    *exec.Cmd
	output lockedBuffer
	done   chan struct{}
	err    error // of Wait; after done
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start runs a program in a folder; it ends with the test, by its own process id.
func start(t *testing.T, dir, name string, args ...string) *program {
	t.Helper()
	path, err := exec.LookPath(name)
	require.NoError(t, err, "install it: scripts/setup-test.sh")
	p := &program{name: name, cmd: exec.Command(path, args...), done: make(chan struct{})}
	p.cmd.Dir = dir
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	p.cmd.Env = append(os.Environ(), "TERM=dumb", "HOME="+dir)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() { // ends with the program, which the test's end ends
		// The kernel's signal at the parent's death is that of the system thread which started the program (prctl(2)), and
		// threads of sound end with their engine: another test's engine would take the program with it. This thread is the
		// program's own as long as it runs.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.done)
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.err = p.cmd.Wait()
		}
	}()
	require.NoError(t, <-started)
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("%s said:\n%s", name, p.output.String())
		}
	})
	return p
}

// stop asks the program to end, and ends it after two seconds.
func (p *program) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(2 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// wait waits for the program's own end and gives its exit code.
func (p *program) wait(t *testing.T, within time.Duration) int {
	t.Helper()
	select {
	case <-p.done:
	case <-time.After(within):
		require.FailNow(t, p.name+" did not end", "within %s", within)
	}
	var exit *exec.ExitError
	if errors.As(p.err, &exit) {
		return exit.ExitCode()
	}
	require.NoError(t, p.err)
	return 0
}

// mediaPorts are handed out to foreign programs, four a time.
var mediaPorts atomic.Uint32

// freeMedia gives the first of four UDP ports that are free now, below the range that the kernel gives out.
func freeMedia(t *testing.T) int {
	t.Helper()
	for range 500 {
		port := 14000 + int((uint32(os.Getpid())*16+mediaPorts.Add(4))%8000)&^3
		if free(port) && free(port+1) && free(port+2) && free(port+3) {
			return port
		}
	}
	require.FailNow(t, "no free ports")
	return 0
}

func free(port int) bool { return !takenUDP("127.0.0.1:" + strconv.Itoa(port)) }

// takenUDP reports whether somebody has the port.
func takenUDP(addr string) bool {
	c, err := net.ListenPacket("udp", addr)
	if err != nil {
		return true
	}
	c.Close()
	return false
}

// answersTCP reports whether somebody listens there.
func answersTCP(addr string) bool {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// freeSIP gives a UDP port on loopback that is free now.
func freeSIP(t *testing.T) int { return freeMedia(t) }

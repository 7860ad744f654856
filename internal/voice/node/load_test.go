package node_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice"
	"yingda/internal/voice/carrier"
	"yingda/internal/voice/node"
)

// soak names the environment variable with which the 10,000 calls are made instead of some.
const soak = "YINGDA_TEST_SOAK"

// sockets counts the open UDP sockets of this process: those of calls. The pool of PostgreSQL opens others as it likes.
func sockets(t *testing.T) (n int) {
	t.Helper()
	var datagrams strings.Builder
	for _, table := range []string{"/proc/self/net/udp", "/proc/self/net/udp6"} {
		text, err := os.ReadFile(table)
		require.NoError(t, err)
		datagrams.Write(text)
	}
	list, err := filepath.Glob("/proc/self/fd/*")
	require.NoError(t, err)
	for _, name := range list {
		to, err := os.Readlink(name)
		inode, is := strings.CutPrefix(to, "socket:[")
		if err == nil && is && strings.Contains(datagrams.String(), " "+strings.TrimSuffix(inode, "]")+" ") {
			n++
		}
	}
	return n
}

// Not parallel: it counts what the whole process holds.
func TestManyCallsLeaveNothing(t *testing.T) { //nolint:paralleltest // see above
	calls, rate := 2000, 200.0
	if os.Getenv(soak) != "" {
		calls = 10_000
	}
	h := setup(t, plan{node: func(c *node.Config) { c.Name = "n1" }})
	h.number("96801", voice.NumberSpec{Act: voice.ActEcho})
	h.number("96808", voice.NumberSpec{Act: voice.ActReject, Cause: "busy"})
	load := func(n int, to string) carrier.LoadResult {
		r, err := carrier.Load(t.Context(), carrier.LoadConfig{
			Target: h.node.Address("udp"), Called: to, Caller: customer, Local: outside, Calls: n, Rate: rate, Talk: 200 * time.Millisecond,
			Media: carrier.MediaBoth, Codec: carrier.PCMA, Concurrent: 200,
		})
		require.NoError(t, err)
		return r
	}
	load(20, "96801") // what is made once is made
	h.eventually(func() bool { return h.node.Parties() == 0 }, "the end of the first calls")
	h.eventually(func() bool { return h.written() == 20 }, "the rows")
	ports := h.node.Sound().FreePorts
	before, held := runtime.NumGoroutine(), sockets(t)
	require.Positive(t, held, "the listener's at least")

	made := load(calls, "96801")
	require.Equal(t, calls, made.Answered, "%+v", made)
	require.Zero(t, made.Lost)
	require.Zero(t, made.Unclean)
	refused := load(calls/10, "96808")
	require.Equal(t, map[int]int{486: calls / 10}, refused.Refused)

	h.eventually(func() bool { return h.node.Parties() == 0 && h.node.Signalling().Calls == 0 }, "the ends")
	require.Equal(t, 20+calls+calls/10, h.reports())
	h.eventually(func() bool { return h.written() == 20+calls+calls/10 }, "the rows")
	require.Equal(t, ports, h.node.Sound().FreePorts)
	h.eventually(func() bool { return h.node.Ladders() == 0 }, "ladders")
	h.eventually(func() bool { return sockets(t) <= held }, "sockets")
	for end := time.Now().Add(40 * time.Second); runtime.NumGoroutine() > before+5 && time.Now().Before(end); { // answered transactions linger
		h.eventually(func() bool { return runtime.NumGoroutine() <= before+5 || time.Now().After(end) }, "goroutines")
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), before+5)
}

// written counts the rows of calls.
func (h *house) written() (rows int) {
	h.t.Helper()
	require.NoError(h.t, h.pool.QueryRow(h.t.Context(), `SELECT count(*) FROM voice.call`).Scan(&rows))
	return rows
}

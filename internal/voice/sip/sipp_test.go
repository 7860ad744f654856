package sip_test

import (
	"context"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice/ending"
	"yingda/internal/voice/sdp"
	"yingda/internal/voice/sip"
	"yingda/internal/voice/sip/trunk"
)

// sipp runs a scenario of testdata against an address and fails when one call does.
func sipp(t testing.TB, scenario, address, transport string, calls, rate int) {
	t.Helper()
	file, err := filepath.Abs(filepath.Join("testdata", scenario+".xml"))
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sipp", "-sf", file, "-s", "10010", "-i", "127.0.0.1", "-t", transport, "-m", strconv.Itoa(calls), "-r", strconv.Itoa(rate),
		"-nostdin", "-timeout", "40", "-timeout_error", "-trace_err", "-error_file", "errors.log", "-skip_rlimit", address)
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if err != nil {
		tail := out[max(0, len(out)-3000):]
		require.NoError(t, err, "%s", tail)
	}
}

// SIPp as an independent caller: its own parser and retransmissions judge what we send.
func TestSIPpIsServed(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"u1", "t1"} {
		var completed, cancelled, digits, holds atomic.Int32
		n := newNode(t, func(cfg *sip.Config) {
			cfg.Renegotiate = renegotiate
			cfg.Incoming = func(l *sip.Leg) { serve(l, &completed, &cancelled, &digits, &holds) }
		})
		address := n.address("udp").String()
		if transport == "t1" {
			address = n.address("tcp").String()
		}
		sipp(t, "normal", address, transport, 40, 100)
		sipp(t, "cancel", address, transport, 20, 50)
		sipp(t, "reinvite", address, transport, 20, 50)
		require.Eventually(t, func() bool { return n.Stats().Calls == 0 }, quick, time.Millisecond)
		require.EqualValues(t, 60, completed.Load())
		require.EqualValues(t, 20, cancelled.Load())
		require.EqualValues(t, 40, digits.Load())
		require.EqualValues(t, 20, holds.Load())
	}
}

// serve answers a call after a ring that leaves time to cancel, and counts what happens.
func serve(l *sip.Leg, completed, cancelled, digits, holds *atomic.Int32) {
	if l.Ring(context.Background()) != nil {
		return
	}
	select {
	case <-l.Context().Done():
	case <-time.After(100 * time.Millisecond):
	}
	body, _, err := l.Remote().Answer(sdp.Local{Address: loopback, Port: 30000, Session: 2, Version: 1})
	if err == nil {
		_ = l.Answer(context.Background(), body)
	}
	for e := range l.Events() {
		switch e := e.(type) {
		case sip.Digit:
			digits.Add(1)
		case sip.Updated:
			if e.Hold {
				holds.Add(1)
			}
		case sip.Ended:
			switch {
			case e.Ending == ending.Of(ending.Normal, ending.Theirs):
				completed.Add(1)
			case e.Ending == ending.Of(ending.CallerGaveUp, ending.Theirs):
				cancelled.Add(1)
			}
		}
	}
}

// SIPp as the called side: its built-in scenario rings, answers, and expects ACK and BYE.
func TestSIPpIsCalled(t *testing.T) {
	t.Parallel()
	for network, mode := range map[trunk.Transport]string{trunk.UDP: "u1", trunk.TCP: "t1"} {
		const calls = 20
		n := newNode(t, nil)
		free, err := net.Listen("tcp4", "127.0.0.1:0")
		require.NoError(t, err)
		at := free.Addr().(*net.TCPAddr).AddrPort()
		require.NoError(t, free.Close())
		n.to(network, at)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "sipp", "-sn", "uas", "-i", "127.0.0.1", "-p", strconv.Itoa(int(at.Port())), "-t", mode, "-m", strconv.Itoa(calls),
			"-nostdin", "-timeout", "40", "-skip_rlimit")
		cmd.Dir = t.TempDir()
		done := make(chan error, 1)
		var wg sync.WaitGroup
		wg.Go(func() { done <- cmd.Run() })
		for made := 0; made < calls; {
			l, err := n.Dial(ctx, sip.Call{To: "service", Trunk: "out", SDP: offer(20000)})
			if sip.EndingOf(err).Reason == ending.TrunkDown && err != nil {
				continue // it does not listen yet
			}
			require.NoError(t, err)
			require.Equal(t, "audio", l.Remote().Media[0].Kind)
			require.NoError(t, l.Hang(ctx, ending.Normal))
			made++
		}
		wg.Wait()
		require.NoError(t, <-done)
	}
}

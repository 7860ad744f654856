package sip_test

import (
	"context"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice/sdp"
	"yingda/internal/voice/sip"
)

// BenchmarkSetUp makes calls by SIPp at 1,000 a second (INVITE, 200, ACK, BYE over UDP) and reports our
// CPU time per call without SIPp's. Run it with -benchtime=8000x.
func BenchmarkSetUp(b *testing.B) {
	n := newNode(b, func(cfg *sip.Config) {
		cfg.Incoming = func(l *sip.Leg) {
			body, _, err := l.Remote().Answer(sdp.Local{Address: loopback, Port: 30000, Session: 2, Version: 1})
			if err == nil {
				_ = l.Answer(context.Background(), body)
			}
		}
	})
	runtime.GC()
	before, began := cpu(b), time.Now()
	sipp(b, "setup", n.address("udp").String(), "u1", b.N, 1000)
	used, took := cpu(b)-before, time.Since(began)
	require.Zero(b, n.Stats().Wire.Dropped["unsendable"])
	b.ReportMetric(float64(used.Microseconds())/1000/float64(b.N), "cpu-ms/call")
	b.ReportMetric(float64(b.N)/took.Seconds(), "calls/s")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapInuse)/1e6, "heap-MB")
	b.ReportMetric(float64(m.Mallocs)/float64(b.N), "mallocs/call")
}

func cpu(t testing.TB) time.Duration {
	t.Helper()
	var r syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &r))
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkHeldCall reports the memory of one call that is up.
func BenchmarkHeldCall(b *testing.B) {
	n := newNode(b, func(cfg *sip.Config) { cfg.MaxCalls = 1 << 20 })
	p := newPeer(b, n.address("udp"))
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	before := heap()
	legs, transactions := make([]*sip.Leg, 0, b.N), make([]func() bool, 0, b.N)
	for range b.N {
		d := p.newDialog("10010")
		d.invite("", sdpBody(4000))
		l := incoming(b, n)
		transactions = append(transactions, l.TransactionHeld())
		require.NoError(b, l.Answer(b.Context(), answerTo(b, l.Remote(), 30000)))
		d.established()
		d.ack()
		legs = append(legs, l)
	}
	require.Eventually(b, func() bool { // their timers let go after five seconds
		runtime.GC()
		return !slices.ContainsFunc(transactions, func(held func() bool) bool { return held() })
	}, time.Minute, 200*time.Millisecond)
	b.ReportMetric(float64(heap()-before)/float64(b.N)/1000, "kB/call")
	runtime.KeepAlive(legs)
}

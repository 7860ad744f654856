//go:build linux

package media

import (
	"context"
	"encoding/binary"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/voice/media/rtp"
	"yingda/internal/voice/sdp"
)

// quiet is an engine whose thread is stopped, so that a test may do the thread's work itself.
func quiet(tb testing.TB, first int) (*Engine, *thread, []*Leg) {
	tb.Helper()
	e, err := NewEngine(Config{
		Bind: netip.MustParseAddr("127.0.0.1"), FirstPort: first, LastPort: first + 9, Threads: 1, Clock: clock.System(),
	})
	require.NoError(tb, err)
	require.NoError(tb, e.Start(context.Background()))
	far := newFar(tb)
	var legs []*Leg
	for range 4 {
		l, err := e.NewLeg()
		require.NoError(tb, err)
		l.Apply(agreedTo(far.addr))
		legs = append(legs, l)
	}
	t := e.threads[0]
	release, held := make(chan struct{}), make(chan struct{})
	t.post(func() { close(held); <-release })
	<-held
	tb.Cleanup(func() {
		close(release)
		require.NoError(tb, e.Stop(context.Background()))
	})
	return e, t, legs
}

// The way of a packet allocates nothing: relayed, echoed, mixed, played, sent as a key.
func TestPacketsAllocateNothing(t *testing.T) { // allocations are counted
	_, th, legs := quiet(t, 31000)
	legs[0].route, legs[0].peer = routeBridge, legs[1]
	legs[1].route, legs[1].peer = routeBridge, legs[0]
	legs[2].route, legs[2].peer = routeEcho, legs[2]
	legs[0].tap = &copyTap{}
	legs[3].playback = &Playback{leg: legs[3], prompt: Tone(time.Second, 440), loop: true}
	seq, tick := uint16(0), int64(0)
	buffer := make([]byte, 172, 2048)
	got := testing.AllocsPerRun(1000, func() {
		seq++
		tick += 10
		p := rtp.Packet{PayloadType: 8, Sequence: seq, Timestamp: uint32(seq) * 160, SSRC: 3}
		p.Put(buffer)
		th.tick()
		for _, l := range legs[:3] {
			l.packet(th, buffer, l.agreed.Remote, th.now)
		}
		legs[3].serve(th, tick)
		legs[0].look(th)
		legs[0].sendReport(th, false)
	})
	require.Zero(t, got)
}

func FuzzPackets(f *testing.F) {
	_, th, legs := quiet(f, 24000+os.Getpid()%300*20) // each fuzzing process has ports of its own
	legs[0].route, legs[0].peer = routeBridge, legs[1]
	legs[1].route, legs[1].peer = routeBridge, legs[0]
	m := &Mix{engine: legs[2].engine, thread: th, wheelAt: -1}
	legs[2].route, legs[2].part = routeMix, &part{mix: m, leg: legs[2], role: Talks(), flow: rtp.NewPlayout()}
	m.parts = []*part{legs[2].part}
	good := packetBytes(8, 1, 160)
	f.Add(good, good)
	f.Add(packetBytes(101, 2, 320), []byte{0x81, 200, 0, 6, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, a, b []byte) {
		for _, l := range legs[:3] {
			for _, raw := range [][]byte{a, b, a} {
				if len(raw) > maxDatagram || len(raw) == 0 {
					return
				}
				n := copy(th.buffer[:], raw)
				if rtp.IsRTCP(raw) {
					l.readReport(th, th.buffer[:n], l.agreed.Remote, false)
					continue
				}
				l.packet(th, th.buffer[:n], l.agreed.Remote, th.now)
				require.False(t, l.broken)
			}
			l.expireKey(th)
			l.sendReport(th, false)
		}
		m.serve(th, 10)
	})
}

func packetBytes(payloadType uint8, seq uint16, size int) []byte {
	b := make([]byte, rtp.HeaderSize+size)
	p := rtp.Packet{PayloadType: payloadType, Sequence: seq, SSRC: 5}
	p.Put(b)
	binary.BigEndian.PutUint32(b[rtp.HeaderSize:], 0x01800140)
	return b
}

// Two echoes that signal each other's port would pass a packet round and round as fast as the machine can.
func TestCircleOfEchoesIsHeldBack(t *testing.T) {
	t.Parallel()
	e, err := NewEngine(Config{
		Bind: netip.MustParseAddr("127.0.0.1"), FirstPort: 31200, LastPort: 31210, Threads: 1, Clock: clock.System(),
	})
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context()))
	a, err := e.NewLeg()
	require.NoError(t, err)
	b, err := e.NewLeg()
	require.NoError(t, err)
	to := func(l *Leg) sdp.Agreed {
		return agreedTo(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(l.Port())))
	}
	a.Apply(to(b))
	b.Apply(to(a))
	a.Echo(true)
	b.Echo(true)
	a.Play(Tone(5*time.Second, 440), PlayOptions{})
	require.Eventually(t, func() bool { return b.Stats().In.Packets > 20 }, 5*time.Second, 10*time.Millisecond)
	require.NoError(t, clock.Sleep(t.Context(), clock.System(), 500*time.Millisecond))
	before := e.Metrics().Received
	require.NoError(t, clock.Sleep(t.Context(), clock.System(), time.Second))
	require.Less(t, e.Metrics().Received-before, uint64(2*passRate+2*passBurst+500))
	require.NoError(t, e.Stop(context.Background()))
}

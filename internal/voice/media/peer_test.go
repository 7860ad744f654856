//go:build linux

package media_test

import (
	"context"
	"errors"
	"math"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/voice/media"
	"yingda/internal/voice/media/g711"
	"yingda/internal/voice/media/rtp"
	"yingda/internal/voice/sdp"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

var loopback = netip.MustParseAddr("127.0.0.1")

// Every test has its own range of ports: engines of one machine share none.
var nextRange atomic.Int32

// They lie apart from those that programs use by default.
const portsPerTest = 100

func setup(t *testing.T, change ...func(*media.Config)) *media.Engine {
	t.Helper()
	first := 10200 + portsPerTest*int(nextRange.Add(1))
	cfg := media.Config{
		Bind: loopback, FirstPort: first, LastPort: first + portsPerTest - 1, Threads: 1, Clock: clock.System(),
		Quarantine: time.Millisecond,
	}
	for _, c := range change {
		c(&cfg)
	}
	e, err := media.NewEngine(cfg)
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context()))
	t.Cleanup(func() {
		require.NoError(t, e.Stop(context.Background()))
		require.Zero(t, e.Metrics().Panics)
	})
	return e
}

func newLeg(t *testing.T, e *media.Engine, to *peer) *media.Leg {
	t.Helper()
	l, err := e.NewLeg()
	require.NoError(t, err)
	if to != nil {
		l.Apply(to.agreed())
		to.leg = netip.AddrPortFrom(loopback, uint16(l.Port()))
	}
	return l
}

// peer is a far side: it sends when told, as fast as told, and reads what comes.
type peer struct {
	t       *testing.T
	codec   sdp.Codec
	payload uint8
	event   uint8
	conn    *net.UDPConn
	control *net.UDPConn
	leg     netip.AddrPort

	ssrc  uint32
	seq   uint16
	ts    uint32
	phase int
}

func newPeer(t *testing.T, codec sdp.Codec, payload, event uint8) *peer {
	t.Helper()
	p := &peer{t: t, codec: codec, payload: payload, event: event, ssrc: 0x1000 + uint32(event), seq: 65530, ts: 0xFFFFF000}
	p.conn, p.control = socket(t), socket(t)
	return p
}

func socket(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 0)))
	require.NoError(t, err)
	require.NoError(t, c.SetReadBuffer(1<<20))
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func address(c *net.UDPConn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

func (p *peer) agreed() sdp.Agreed {
	return sdp.Agreed{
		Codec: p.codec, PayloadType: p.payload, Event: p.event, HasEvent: p.event != 0, Remote: address(p.conn),
		RemoteRTCP: address(p.control), Send: true, Receive: true, PTime: 20 * time.Millisecond,
	}
}

func (p *peer) write(b []byte) {
	_, err := p.conn.WriteToUDPAddrPort(b, p.leg)
	require.NoError(p.t, err)
}

func (p *peer) send(q rtp.Packet) { p.write(packet(q)) }

func packet(q rtp.Packet) []byte {
	b := make([]byte, rtp.HeaderSize+len(q.Payload))
	q.Put(b)
	copy(b[rtp.HeaderSize:], q.Payload)
	return b
}

// next is the next 20 ms of a tone; 0 Hz is silence.
func (p *peer) next(hz float64) rtp.Packet {
	q := rtp.Packet{PayloadType: p.payload, Sequence: p.seq, Timestamp: p.ts, SSRC: p.ssrc, Payload: make([]byte, 160)}
	for i := range q.Payload {
		s := int16(9000 * math.Sin(2*math.Pi*hz*float64(p.phase+i)/8000))
		if p.codec == sdp.PCMU {
			q.Payload[i] = g711.EncodeMuLaw(s)
		} else {
			q.Payload[i] = g711.EncodeALaw(s)
		}
	}
	p.seq++
	p.ts += 160
	p.phase += 160
	return q
}

// say sends frames of a tone at once.
func (p *peer) say(hz float64, frames int) {
	for range frames {
		p.send(p.next(hz))
	}
}

// talk sends a tone in real time until the test ends or stop is called.
func (p *peer) talk(hz float64) (stop func()) {
	ctx, cancel := context.WithCancel(p.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		begin := time.Now()
		for i := 1; ctx.Err() == nil; i++ {
			_, _ = p.conn.WriteToUDPAddrPort(packet(p.next(hz)), p.leg)
			_ = clock.Sleep(ctx, clock.System(), time.Until(begin.Add(time.Duration(i)*20*time.Millisecond)))
		}
	}()
	stop = func() { cancel(); <-done }
	p.t.Cleanup(stop)
	return stop
}

// key sends one event: packets with the durations given, the last ones with the end bit.
func (p *peer) key(event byte, ends int, durations ...uint16) {
	for i, d := range durations {
		flags := byte(10)
		if i >= len(durations)-ends {
			flags |= 0x80
		}
		p.send(rtp.Packet{
			Marker: i == 0, PayloadType: p.event, Sequence: p.seq, Timestamp: p.ts, SSRC: p.ssrc,
			Payload: []byte{event, flags, byte(d >> 8), byte(d)},
		})
		p.seq++
	}
	p.ts += uint32(durations[len(durations)-1]) + 160
}

// read waits for n packets.
func (p *peer) read(n int) []rtp.Packet { return readAll(p.t, p.conn, n, 5*time.Second) }

// drain reads what comes within a time.
func (p *peer) drain(d time.Duration) []rtp.Packet { return readAll(p.t, p.conn, -1, d) }

func readAll(t *testing.T, c *net.UDPConn, n int, patience time.Duration) []rtp.Packet {
	t.Helper()
	require.NoError(t, c.SetReadDeadline(time.Now().Add(patience)))
	var all []rtp.Packet
	for n < 0 || len(all) < n {
		b := make([]byte, 2048)
		size, _, err := c.ReadFromUDPAddrPort(b)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			require.Negative(t, n, "only %d packets of %d came", len(all), n)
			return all
		}
		require.NoError(t, err)
		if rtp.IsRTCP(b[:size]) {
			continue
		}
		q, ok := rtp.Parse(b[:size])
		require.True(t, ok)
		all = append(all, q)
	}
	return all
}

// report waits for an RTCP packet.
func (p *peer) report(patience time.Duration) rtp.Received {
	p.t.Helper()
	require.NoError(p.t, p.control.SetReadDeadline(time.Now().Add(patience)))
	b := make([]byte, 2048)
	n, _, err := p.control.ReadFromUDPAddrPort(b)
	require.NoError(p.t, err, "no report came")
	r, ok := rtp.ReadReports(b[:n], p.ssrc)
	require.True(p.t, ok)
	return r
}

// samples decodes the audio of packets, events left out.
func (p *peer) samples(all []rtp.Packet) []int16 {
	var out []int16
	for _, q := range all {
		if q.PayloadType != p.payload {
			continue
		}
		for _, b := range q.Payload {
			if p.codec == sdp.PCMU {
				out = append(out, g711.DecodeMuLaw(b))
			} else {
				out = append(out, g711.DecodeALaw(b))
			}
		}
	}
	return out
}

// share is how much of the samples' energy lies at a frequency (Goertzel), 0 to 1.
func share(samples []int16, hz float64) float64 {
	c := 2 * math.Cos(2*math.Pi*hz/8000)
	var s1, s2, energy float64
	for _, v := range samples {
		x := float64(v)
		energy += x * x
		s1, s2 = x+c*s1-s2, s1
	}
	if energy < 1e5*float64(max(len(samples), 1)) { // below -50 dBm0: silence
		return 0
	}
	return (s1*s1 + s2*s2 - c*s1*s2) / (energy * float64(len(samples)) / 2)
}

// hears asserts the tones in the newest packets, each holding its fair part, and none of the others.
func (p *peer) hears(all []rtp.Packet, tones []float64, not ...float64) {
	p.t.Helper()
	samples := p.samples(all)
	require.NotEmpty(p.t, samples)
	for _, hz := range tones {
		require.Greater(p.t, share(samples, hz), 0.7/float64(len(tones)), "%v Hz is not heard", hz)
	}
	for _, hz := range not {
		require.Less(p.t, share(samples, hz), 0.05, "%v Hz is heard", hz)
	}
}

// steady asserts one stream without gaps.
func steady(t *testing.T, all []rtp.Packet) {
	t.Helper()
	for i, q := range all[1:] {
		require.Equal(t, all[i].Sequence+1, q.Sequence, "packet %d", i)
		require.Equal(t, all[i].Timestamp+160, q.Timestamp, "packet %d", i)
		require.Equal(t, all[i].SSRC, q.SSRC)
	}
}

// paced asserts the same of what the engine made, where a stall of the machine of over half a second shows as a gap.
func paced(t *testing.T, e *media.Engine, all []rtp.Packet) {
	t.Helper()
	if e.Metrics().Skipped == 0 {
		steady(t, all)
		return
	}
	for i, q := range all[1:] {
		require.Equal(t, all[i].Sequence+1, q.Sequence, "packet %d", i)
		require.Zero(t, (q.Timestamp-all[i].Timestamp)%160, "packet %d", i)
	}
}

func sequences(all []rtp.Packet) (out []int) {
	for _, q := range all {
		out = append(out, int(q.Sequence-all[0].Sequence))
	}
	slices.Sort(out)
	return out
}

func netipNext(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr(), a.Port()+1) }

func netipLeg(l *media.Leg) netip.AddrPort { return netip.AddrPortFrom(loopback, uint16(l.Port())) }

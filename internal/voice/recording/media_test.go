package recording_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/voice/media"
	"yingda/internal/voice/recording"
	"yingda/internal/voice/sdp"
)

var _ media.Tap = (*recording.Recorder)(nil)

// party is one end of a call: a socket that sends RTP of its own.
type party struct {
	socket *net.UDPConn
	leg    *media.Leg
	side   int
	ssrc   uint32
	base   uint32 // of timestamps
	seq    uint16
}

func newParty(t *testing.T, e *media.Engine, side int) *party {
	t.Helper()
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = socket.Close() })
	leg, err := e.NewLeg()
	require.NoError(t, err)
	t.Cleanup(leg.Close)
	leg.Apply(sdp.Agreed{Codec: sdp.PCMA, PayloadType: 8, Remote: socket.LocalAddr().(*net.UDPAddr).AddrPort(), Send: true, Receive: true, PTime: tick})
	return &party{socket: socket, leg: leg, side: side, ssrc: uint32(1000 + side), base: uint32(side) * 0x80000000}
}

// send sends the packet of a place on the clock that both parties share.
func (p *party) send(t *testing.T, place int64) {
	t.Helper()
	packet := []byte{0x80, 8}
	packet = binary.BigEndian.AppendUint16(packet, p.seq)
	packet = binary.BigEndian.AppendUint32(packet, p.base+uint32(place)) // wraps
	packet = binary.BigEndian.AppendUint32(packet, p.ssrc)
	packet = append(packet, voice(p.side, place, samples)...)
	p.seq++
	_, err := p.socket.WriteToUDPAddrPort(packet, netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(p.leg.Port())))
	require.NoError(t, err)
}

// TestBothSidesOfARealBridgeAreAligned sends real RTP of two parties through the media engine. What they say at one
// moment lies within 5 ms of each other in the recording, though one begins late and changes its SSRC.
func TestBothSidesOfARealBridgeAreAligned(t *testing.T) {
	t.Parallel()
	s := setup(t)
	cfg := s.config
	cfg.Clock, cfg.Spool, cfg.Every = clock.System(), t.TempDir(), 200*time.Millisecond
	service := s.start(t, cfg)
	engine, err := media.NewEngine(media.Config{Bind: netip.AddrFrom4([4]byte{127, 0, 0, 1}), FirstPort: 29000, LastPort: 29199})
	require.NoError(t, err)
	require.NoError(t, engine.Start(t.Context()))
	t.Cleanup(func() { _ = engine.Stop(t.Context()) })
	customer, agent := newParty(t, engine, 0), newParty(t, engine, 1)
	bridge := engine.Bridge(customer.leg, agent.leg)
	t.Cleanup(bridge.Close)

	r, err := service.Begin(t.Context(), recording.Start{Call: uuid.New()})
	require.NoError(t, err)
	customer.leg.Tap(r)
	const packets, late = 150, 40
	for source := (rhythm{began: time.Now()}); source.count < packets; {
		i := source.next()
		if i == 90 {
			agent.ssrc, agent.base = agent.ssrc+77, agent.base+123456
		}
		customer.send(t, i*samples)
		if i >= late {
			agent.send(t, i*samples)
		}
	}
	require.Eventually(t, func() bool { return engine.Metrics().Received == packets+packets-late }, 5*time.Second, time.Millisecond)
	engine.Metrics() // asks each thread in turn: what one handed to another before is done
	customer.leg.Tap(nil)
	_, err = r.Finish(t.Context())
	require.NoError(t, err)
	require.NoError(t, service.Settle(t.Context()))

	_, left, right := s.hear(t, service, r.ID())
	place := func(channel []byte, side int, i int64) int {
		return bytes.Index(channel, voice(side, i*samples, samples)[40:72]) - 40
	}
	aligned := 0
	for i := int64(45); i < packets-1; i++ { // the first packets of a source are not believed at once
		l, r := place(left, 0, i), place(right, 1, i)
		if l < 0 || r < 0 {
			continue
		}
		aligned++
		require.InDelta(t, l, r, 40, "packet %d: 40 samples are 5 ms", i)
	}
	require.GreaterOrEqual(t, aligned, 90)
	quiet := bytes.Repeat([]byte{0xD5}, 4000)
	require.Equal(t, quiet, right[:4000], "nobody spoke on the right yet")
}

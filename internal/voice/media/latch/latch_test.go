package latch_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/voice/media/latch"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

var (
	signalled = netip.MustParseAddrPort("10.1.1.1:4000")
	sameHost  = netip.MustParseAddrPort("10.1.1.1:5555")
	outside   = netip.MustParseAddrPort("203.0.113.7:61000")
	thief     = netip.MustParseAddrPort("198.51.100.9:7000")
)

func fresh() *latch.Latch {
	l := &latch.Latch{}
	l.Signal(signalled)
	return l
}

func TestSignalledAddressIsTheTargetUntilSomethingIsHeard(t *testing.T) {
	t.Parallel()
	l := fresh()
	require.Equal(t, signalled, l.Target())
	require.False(t, l.Settled(0))
	require.Equal(t, latch.Choose, l.Packet(signalled, 1, 1, 0))
	require.True(t, l.Settled(0))
	l.Signal(netip.AddrPort{})                        // hold without an address
	l.Signal(netip.MustParseAddrPort("0.0.0.0:4000")) // hold in the old way
	l.Signal(signalled)                               // the same again
	require.Equal(t, signalled, l.Source())
	l.Signal(outside)
	require.False(t, l.Source().IsValid())
	require.Equal(t, outside, l.Target())
}

func TestStrangerMustShowAStreamAndMayBeReplacedAtFirst(t *testing.T) {
	t.Parallel()
	l := fresh()
	for i := range uint16(latch.Probation - 1) {
		require.Equal(t, latch.Refuse, l.Packet(outside, 1, 100+i, 0))
	}
	require.Equal(t, latch.Choose, l.Packet(outside, 1, 100+latch.Probation-1, 0))
	require.False(t, l.Settled(time.Second), "contested")
	require.Equal(t, latch.Refuse, l.Packet(thief, 1, 200, time.Second))
	require.Equal(t, latch.Choose, l.Packet(sameHost, 2, 1, time.Second), "fits better")
	require.Equal(t, latch.Choose, l.Packet(signalled, 3, 1, 2*time.Second), "fits best")
	require.Equal(t, latch.Refuse, l.Packet(sameHost, 2, 2, 2*time.Second))
	require.True(t, l.Settled(2*time.Second))
}

func TestFarSideBehindNATMayChangeItsPortWhenSilent(t *testing.T) {
	t.Parallel()
	l := fresh()
	for i := range uint16(latch.Probation) {
		l.Packet(outside, 1, 100+i, 0)
	}
	moved := netip.AddrPortFrom(outside.Addr(), 62000)
	require.Equal(t, latch.Refuse, l.Packet(moved, 1, 110, latch.Quiet-1))
	require.Equal(t, latch.Refuse, l.Packet(moved, 2, 110, latch.Quiet), "another stream")
	require.Equal(t, latch.Refuse, l.Packet(moved, 1, 5000, latch.Quiet), "not its continuation")
	require.Equal(t, latch.Choose, l.Packet(moved, 1, 300, latch.Quiet))
}

// Whatever strangers send, and however often, they never take over from a source that fits and sends.
func TestNobodyTakesOverAStreamThatIsThere(t *testing.T) {
	t.Parallel()
	strangers := []netip.AddrPort{sameHost, outside, thief}
	rapid.Check(t, func(t *rapid.T) {
		l, now := fresh(), time.Duration(0)
		require.Equal(t, latch.Choose, l.Packet(signalled, 1, 0, 0))
		for i := range uint16(100) {
			now += time.Duration(rapid.IntRange(1, int(latch.Quiet/time.Millisecond)-1).Draw(t, "ms")) * time.Millisecond
			for range rapid.IntRange(0, 6).Draw(t, "attempts") {
				from := rapid.SampledFrom(strangers).Draw(t, "who")
				ssrc := rapid.Uint32Range(1, 2).Draw(t, "ssrc")
				require.Equal(t, latch.Refuse, l.Packet(from, ssrc, i+rapid.Uint16Range(0, 5).Draw(t, "seq"), now))
			}
			require.Equal(t, latch.Accept, l.Packet(signalled, 1, i+1, now))
			require.Equal(t, signalled, l.Target())
		}
	})
}

func TestTwoStrangersDoNotHelpEachOther(t *testing.T) {
	t.Parallel()
	l := fresh()
	for i := range uint16(3) {
		require.Equal(t, latch.Refuse, l.Packet(thief, 1, i, 0))
		require.Equal(t, latch.Refuse, l.Packet(outside, 1, i, 0))
	}
	l = fresh()
	for range 50 {
		require.Equal(t, latch.Refuse, l.Packet(thief, 1, 7, 0), "one packet again and again is no stream")
	}
}

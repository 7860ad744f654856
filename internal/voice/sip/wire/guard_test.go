package wire

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/clock/clocktest"
)

var (
	carrier = netip.MustParseAddrPort("203.0.113.5:5060")
	desk    = netip.MustParseAddrPort("198.51.100.7:41000")
)

// known calls the carrier a trunk and the desk a phone.
func known(_ string, source netip.AddrPort) Class {
	switch source.Addr() {
	case carrier.Addr():
		return Trunk
	case desk.Addr():
		return Phone
	default:
		return Stranger
	}
}

func request(method string) []byte {
	return crlf(strings.ReplaceAll(options, "OPTIONS", method))
}

func stranger(i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 5060)
}

func TestRegistrationStormDoesNotTouchTheTrunks(t *testing.T) {
	t.Parallel()
	c := clocktest.New()
	g := NewGuard(GuardConfig{Clock: c, Classify: func(_ string, s netip.AddrPort) Class {
		if s.Addr() == carrier.Addr() {
			return Trunk
		}
		if s.Addr().As4()[1] == 1 { // half of the storm are phones that were registered
			return Phone
		}
		return Stranger
	}})
	register, invite := request("REGISTER"), request("INVITE")
	const seconds, perSecond = 10, 20_000
	admitted, calls := 0, 0
	for i := range seconds * perSecond {
		if g.Admit("udp", stranger(i%50_000+(i%2)<<16), register) == "" {
			admitted++
		}
		if i%20 == 0 { // 1,000 calls a second
			require.Empty(t, g.Admit("udp", carrier, invite), "call %d", calls)
			calls++
		}
		c.Advance(time.Second / perSecond)
	}
	require.Equal(t, seconds*1000, calls)
	require.LessOrEqual(t, admitted, 1000+seconds*500+1)
	require.GreaterOrEqual(t, admitted, seconds*400, "the storm is worked off, not shut out")
}

func TestGuardKeepsToItsRates(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := clocktest.New()
		rate := Rate{PerSecond: float64(rapid.IntRange(1, 50).Draw(t, "rate")), Burst: float64(rapid.IntRange(1, 50).Draw(t, "burst"))}
		g := NewGuard(GuardConfig{Clock: c, Slots: 64, Stranger: rate})
		start, passed := c.Now(), 0
		for range rapid.IntRange(1, 300).Draw(t, "messages") {
			if g.Admit("udp", stranger(1), request("INVITE")) == "" {
				passed++
			}
			c.Advance(time.Duration(rapid.IntRange(0, 200).Draw(t, "ms")) * time.Millisecond)
		}
		limit := rate.Burst + c.Now().Sub(start).Seconds()*rate.PerSecond + 1e-6
		if float64(passed) > limit {
			t.Fatalf("%d passed, %f allowed", passed, limit)
		}
	})
}

func TestOneLoudStrangerDoesNotSilenceAnother(t *testing.T) {
	t.Parallel()
	g := NewGuard(GuardConfig{Clock: clocktest.New()})
	for range 10_000 {
		g.Admit("udp", stranger(1), request("INVITE"))
	}
	require.Equal(t, Limited, g.Admit("udp", stranger(1), request("INVITE")))
	require.Empty(t, g.Admit("udp", stranger(2), request("INVITE")))
}

func TestPhonesHaveMoreRoomThanStrangersAndTheirOwn(t *testing.T) {
	t.Parallel()
	c := clocktest.New()
	g := NewGuard(GuardConfig{Clock: c, Classify: known, Phone: Rate{100, 300}})
	for i := range 100_000 { // spoofed sources use up what strangers have together
		g.Admit("udp", stranger(i), request("INVITE"))
	}
	require.Equal(t, Limited, g.Admit("udp", stranger(200_000), request("INVITE")))
	for range 300 {
		require.Empty(t, g.Admit("udp", desk, request("INVITE")))
	}
	require.Equal(t, Limited, g.Admit("udp", desk, request("INVITE")))
	c.Advance(time.Second)
	require.Empty(t, g.Admit("udp", desk, request("INVITE")))
}

func TestSpoofedSourcesCostNoMemory(t *testing.T) {
	t.Parallel()
	c := clocktest.New()
	g := NewGuard(GuardConfig{Clock: c, Classify: func(string, netip.AddrPort) Class { return Trunk }})
	size := len(g.strangers) + len(g.phones)
	for i := range 3 * maxTrunkAddresses {
		g.Admit("udp", stranger(i), request("INVITE"))
	}
	require.LessOrEqual(t, len(g.trunks), maxTrunkAddresses)
	require.Equal(t, size, len(g.strangers)+len(g.phones))
}

func TestGuardAllocatesNothing(t *testing.T) { // not parallel: AllocsPerRun
	h, _ := inspect(request("INVITE"))
	g := NewGuard(GuardConfig{Clock: clocktest.New()})
	i := 0
	require.Zero(t, testing.AllocsPerRun(1000, func() { i++; g.admit("udp", stranger(i), &h) }))
}

func TestIPv6SourcesShareTheirSixtyFour(t *testing.T) {
	t.Parallel()
	g := NewGuard(GuardConfig{Clock: clocktest.New(), Stranger: Rate{1, 3}})
	passed := 0
	for i := range 100 {
		a := netip.MustParseAddrPort(fmt.Sprintf("[2001:db8:1:2::%x]:5060", i+1))
		if g.Admit("udp", a, request("INVITE")) == "" {
			passed++
		}
	}
	require.Equal(t, 3, passed)
}

func TestScannersAreDroppedUnlessTheyAreKnown(t *testing.T) {
	t.Parallel()
	g := NewGuard(GuardConfig{Clock: clocktest.New(), Classify: known})
	scan := crlf(strings.Replace(options, "User-Agent: phone", "User-Agent: Friendly-Scanner", 1))
	require.Equal(t, Scanner, g.Admit("udp", stranger(1), scan))
	require.Empty(t, g.Admit("udp", carrier, scan))
	require.Equal(t, BadCSeq, g.Admit("udp", carrier, crlf(strings.Replace(options, "7 OPTIONS", "7 INVITE", 1))))
}

package sip_test

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/sdp"
	"yingda/internal/voice/sip"
	"yingda/internal/voice/sip/wire"
)

func TestAboveTheLimitCallsGet503(t *testing.T) {
	t.Parallel()
	n := newNode(t, func(cfg *sip.Config) { cfg.MaxCalls = 1 })
	d, l := up(t, n)
	second := newPeer(t, n.address("udp")).newDialog("10010")
	second.invite("", sdpBody(4000))
	m := second.refused("503")
	require.Equal(t, "5", m.header("retry-after"))
	require.Equal(t, "Q.850;cause=42", m.header("reason"))
	_, err := n.Dial(t.Context(), sip.Call{To: "1", Trunk: "out", SDP: offer(1)})
	require.Equal(t, ending.CallLimit, sip.EndingOf(err).Reason)
	require.EqualValues(t, 1, n.Stats().Refused)
	d.next("BYE", "", "")
	d.p.expect("200", "BYE")
	next[sip.Ended](t, l)
	_, l = up(t, n)
	require.NoError(t, l.Context().Err())
	require.NoError(t, l.Hang(t.Context(), ending.Normal))
}

func TestAPanicCostsOneCall(t *testing.T) {
	t.Parallel()
	n := newNode(t, func(cfg *sip.Config) {
		calls := cfg.Incoming
		cfg.Incoming = func(l *sip.Leg) {
			calls(l)
			if l.Called() == "666" {
				panic("call handler")
			}
		}
		cfg.Renegotiate = func(*sip.Leg, *sdp.Description) ([]byte, error) { panic("media") }
	})
	d, l := up(t, n)
	bad := d.p.newDialog("666")
	bad.invite("", sdpBody(4000))
	bad.refused("500")
	require.Equal(t, ending.Internal, next[sip.Ended](t, incoming(t, n)).Ending.Reason)

	other, ol := up(t, n)
	d.next("INVITE", "Content-Type: application/sdp", sdpBody(4000, "a=sendonly"))
	d.inviteBranch = "unused"
	d.p.expect("500", "INVITE")
	d.p.reply(d.p.expect("BYE ", "BYE"), "200 OK", "", "")
	require.Equal(t, ending.Internal, next[sip.Ended](t, l).Ending.Reason)

	other.next("BYE", "", "")
	other.p.expect("200", "BYE")
	require.Equal(t, ending.Normal, next[sip.Ended](t, ol).Ending.Reason)
	require.EqualValues(t, 2, n.Stats().Panics)
}

func TestStopHangsUpAndRefuses(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	d, l := up(t, n)
	ringing := d.p.newDialog("10010")
	ringing.invite("", sdpBody(4000))
	rl := incoming(t, n)
	var wg sync.WaitGroup
	wg.Go(func() {
		d.p.reply(d.p.expect("BYE ", "BYE"), "200 OK", "", "")
		ringing.refused("503")
	})
	ctx, cancel := context.WithTimeout(t.Context(), quick)
	defer cancel()
	require.NoError(t, n.Stop(ctx))
	wg.Wait()
	require.Equal(t, ending.NodeStopping, next[sip.Ended](t, l).Ending.Reason)
	require.Equal(t, ending.NodeStopping, next[sip.Ended](t, rl).Ending.Reason)
}

// Nothing that arrives ends the process or leaks a call, and the next call is served.
func TestSurvivesWhatNobodyShouldSend(t *testing.T) {
	t.Parallel()
	n := newNode(t, func(cfg *sip.Config) { cfg.Renegotiate = renegotiate })
	p := newPeer(t, n.address("udp"))
	d, l := up(t, n)
	good := d.p.newDialog("10010").with("INVITE", 1, branch(), "Content-Type: application/sdp", sdpBody(4000))
	inside := d.request("INFO", 2, "", "")
	lines := func(s string) []string { return strings.SplitAfter(s, "\n") }
	for _, whole := range []string{good, inside} {
		for i := range lines(whole) { // each line missing once, and each cut short once
			var without, short strings.Builder
			for j, line := range lines(whole) {
				if i != j {
					without.WriteString(line)
					short.WriteString(line)
					continue
				}
				short.WriteString(line[:len(line)/2] + "\n")
			}
			for _, m := range []string{without.String(), short.String()} {
				p.send(strings.ReplaceAll(m, "z9hG4bK", "z9hG4bK"+branch()))
			}
		}
	}
	for _, m := range []string{
		"", "\r\n\r\n", "x", "SIP/2.0 200 OK\r\n\r\n", "INVITE sip:x SIP/2.0\r\n\r\n", "INVITE sip:x SIP/2.0\r\nVia: x\r\nFrom: x\r\nTo: x\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
		"ACK sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>\r\nTo: <sip:a@b>;tag=\r\nCall-ID: x\r\nCSeq: 1 ACK\r\n\r\n",
		"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=00\r\nTo: <sip:a@b>;tag=1\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
	} {
		_, err := p.conn.WriteToUDPAddrPort([]byte(m), p.to)
		require.NoError(t, err)
	}
	deadline := time.After(time.Second)
	for done := false; !done; { // calls that the mutilated INVITEs made all the same
		select {
		case other := <-n.calls:
			_ = other.Refuse(t.Context(), ending.NotFound)
		case <-deadline:
			done = true
		}
	}
	require.Zero(t, n.Stats().Panics)
	require.NoError(t, l.Context().Err())
	d.next("BYE", "", "")
	d.p.expect("200", "BYE")
	other, ol := up(t, n)
	other.next("BYE", "", "")
	other.p.expect("200", "BYE")
	next[sip.Ended](t, ol)
	require.Eventually(t, func() bool { return n.Stats().Calls == 0 }, quick, time.Millisecond)
}

func TestAgentSurvivesStress(t *testing.T) {
	t.Parallel()
	lifecycletest.Stress(t, func() lifecycle.Service {
		return sip.New(sip.Config{Listen: []wire.Listen{{Network: "udp", Address: netip.AddrPortFrom(loopback, 0)}}})
	})
	busy := newNode(t, nil).address("udp")
	a := sip.New(sip.Config{Listen: []wire.Listen{{Network: "udp", Address: busy}}})
	require.ErrorIs(t, a.Start(t.Context()), wire.ErrListen)
	require.NoError(t, a.Stop(t.Context()))
}

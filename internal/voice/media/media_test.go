//go:build linux

package media_test

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/voice/media"
	"yingda/internal/voice/media/rtp"
	"yingda/internal/voice/sdp"
)

func TestPromptIsHeardWholeAndAtItsPace(t *testing.T) {
	t.Parallel()
	e, far := setup(t), newPeer(t, sdp.PCMA, 8, 101)
	l := newLeg(t, e, far)
	done := make(chan bool, 1)
	begin := time.Now()
	l.Play(media.Tone(time.Second, 440), media.PlayOptions{Done: func(ok bool) { done <- ok }})
	all := far.read(50)
	require.GreaterOrEqual(t, time.Since(begin), 960*time.Millisecond, "50 frames take 49 times 20 ms at least")
	require.True(t, <-done)
	require.True(t, all[0].Marker)
	require.False(t, all[1].Marker)
	paced(t, e, all)
	far.hears(all, []float64{440}, 880)
	require.Empty(t, far.drain(60*time.Millisecond), "nothing follows the prompt")
	require.EqualValues(t, 50, l.Stats().Out.Packets)
	require.EqualValues(t, 8000, l.Stats().Out.Octets)
}

func TestPacketsOfALoopMatchTheWallClock(t *testing.T) {
	t.Parallel()
	e, far := setup(t), newPeer(t, sdp.PCMU, 0, 0)
	l := newLeg(t, e, far)
	begin := time.Now()
	b := l.Play(media.Tone(110*time.Millisecond, 600), media.PlayOptions{Loop: true})
	all := far.read(100)
	due := float64(time.Since(begin)) / float64(20*time.Millisecond)
	require.InDelta(t, due, 100, 10, "at most a stall of the test itself lies between")
	paced(t, e, all)
	b.Stop()
	l.Silent() // whatever was under way has been sent
	far.drain(30 * time.Millisecond)
	require.Empty(t, far.drain(60*time.Millisecond))
	require.GreaterOrEqual(t, b.Played(), 2*time.Second)
}

func TestBridgeCarriesTonesBothWaysAndTranslates(t *testing.T) {
	t.Parallel()
	e := setup(t)
	a, b := newPeer(t, sdp.PCMA, 8, 96), newPeer(t, sdp.PCMU, 0, 110)
	la, lb := newLeg(t, e, a), newLeg(t, e, b)
	bridge := e.Bridge(la, lb)
	a.say(440, 40)
	b.say(1000, 40)
	atB, atA := b.read(40), a.read(40)
	b.hears(atB, []float64{440}, 1000)
	a.hears(atA, []float64{1000}, 440)
	steady(t, atB)
	steady(t, atA)
	require.NotEqual(t, a.ssrc, atB[0].SSRC)
	require.EqualValues(t, 0, atB[0].PayloadType)
	require.EqualValues(t, 8, atA[0].PayloadType)

	a.key(5, 3, 160, 320, 480, 480, 480)
	keys := b.read(5)
	for _, q := range keys {
		require.EqualValues(t, 110, q.PayloadType, "the key takes the other side's payload type")
		require.Equal(t, keys[0].Timestamp, q.Timestamp)
		require.EqualValues(t, 5, q.Payload[0])
	}
	a.say(440, 1)
	after := b.read(1)
	require.Equal(t, keys[4].Sequence+1, after[0].Sequence)
	require.Equal(t, keys[0].Timestamp+640, after[0].Timestamp, "distances of timestamps are kept")

	bridge.Close()
	a.say(440, 5)
	require.Empty(t, b.drain(60*time.Millisecond))
}

func TestBridgeKeepsLossAndOrderVisible(t *testing.T) {
	t.Parallel()
	e := setup(t)
	a, b := newPeer(t, sdp.PCMA, 8, 101), newPeer(t, sdp.PCMA, 8, 101)
	e.Bridge(newLeg(t, e, a), newLeg(t, e, b))
	a.say(440, 5) // runs over the end of the sequence numbers
	one, two, three := a.next(440), a.next(440), a.next(440)
	a.send(one)
	a.send(three)
	a.send(three) // a copy is not passed on
	a.send(two)
	a.next(440) // lost
	a.say(440, 2)
	all := b.read(10)
	require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 9, 10}, sequences(all))
	for _, q := range all {
		require.Equal(t, uint32(160)*uint32(q.Sequence-all[0].Sequence), q.Timestamp-all[0].Timestamp)
	}
	require.Empty(t, b.drain(50*time.Millisecond))
}

func TestBridgeGoesOnOverAChangeOfSSRC(t *testing.T) {
	t.Parallel()
	e := setup(t)
	a, b := newPeer(t, sdp.PCMA, 8, 101), newPeer(t, sdp.PCMA, 8, 101)
	la := newLeg(t, e, a)
	e.Bridge(la, newLeg(t, e, b))
	a.say(440, 10)
	before := b.read(10)
	a.ssrc, a.seq, a.ts = 77, 5, 99
	a.say(440, 10)
	after := b.read(10)
	require.Equal(t, before[9].Sequence+1, after[0].Sequence)
	require.Equal(t, before[9].SSRC, after[0].SSRC)
	require.True(t, after[0].Marker)
	gap := after[0].Timestamp - before[9].Timestamp
	require.GreaterOrEqual(t, gap, uint32(160))
	require.Less(t, gap, uint32(8000))
	steady(t, after)
	require.EqualValues(t, 20, la.Stats().In.Packets, "figures go on")
	require.Zero(t, la.Stats().In.Lost)
}

func TestDelayOfABridgeDoesNotGrow(t *testing.T) {
	t.Parallel()
	e := setup(t)
	a, b := newPeer(t, sdp.PCMA, 8, 101), newPeer(t, sdp.PCMA, 8, 101)
	e.Bridge(newLeg(t, e, a), newLeg(t, e, b))
	// A burst of two seconds of audio, as after a stall, and then one packet: it must not wait behind the burst's
	// 20 ms steps, as it would if packets were paced anew.
	a.say(440, 100)
	b.read(100)
	begin := time.Now()
	a.say(440, 1)
	b.read(1)
	require.Less(t, time.Since(begin), time.Second)
}

func TestEchoSendsBackWhatComes(t *testing.T) {
	t.Parallel()
	e, far := setup(t), newPeer(t, sdp.PCMA, 8, 101)
	l := newLeg(t, e, far)
	l.Echo(true)
	far.say(700, 20)
	far.hears(far.read(20), []float64{700})
	l.Echo(false)
	far.say(700, 5)
	require.Empty(t, far.drain(50*time.Millisecond))
}

func TestPlaybackIsHeardInsteadOfTheBridgeAndThenTheBridgeAgain(t *testing.T) {
	t.Parallel()
	e := setup(t)
	a, b := newPeer(t, sdp.PCMA, 8, 101), newPeer(t, sdp.PCMA, 8, 101)
	la, lb := newLeg(t, e, a), newLeg(t, e, b)
	e.Bridge(la, lb)
	a.say(440, 10)
	all := b.read(10)
	done := make(chan bool, 1)
	lb.Play(media.Tone(200*time.Millisecond, 1500), media.PlayOptions{Done: func(ok bool) { done <- ok }})
	a.say(440, 10) // not heard
	played := b.read(10)
	b.hears(played, []float64{1500}, 440)
	require.True(t, <-done)
	a.say(440, 10)
	again := b.read(10)
	b.hears(again, []float64{440}, 1500)
	all = append(append(all, played...), again...)
	for i := range all[1:] {
		require.Equal(t, all[i].Sequence+1, all[i+1].Sequence, "one stream for the far side")
		require.Positive(t, int32(all[i+1].Timestamp-all[i].Timestamp))
	}
	require.True(t, played[0].Marker)
	require.True(t, again[0].Marker)
}

func TestLegsOfDifferentThreadsAreBridged(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *media.Config) { c.Threads = 3 })
	a, b, c := newPeer(t, sdp.PCMA, 8, 101), newPeer(t, sdp.PCMA, 8, 101), newPeer(t, sdp.PCMA, 8, 101)
	la, lb, lc := newLeg(t, e, a), newLeg(t, e, b), newLeg(t, e, c)
	e.Bridge(la, lb)
	a.say(440, 10)
	b.hears(b.read(10), []float64{440})
	e.Bridge(lc, lb) // a transfer: b leaves a
	c.say(900, 10)
	b.hears(b.read(10), []float64{900}, 440)
	a.say(440, 5)
	require.Empty(t, b.drain(50*time.Millisecond))
	lc.Close()
	lc.Close()
	b.say(900, 5)
	require.Empty(t, a.drain(50*time.Millisecond))
}

func TestHoldStopsAudioButNotReports(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *media.Config) { c.Reports = 200 * time.Millisecond })
	far := newPeer(t, sdp.PCMA, 8, 101)
	l := newLeg(t, e, far)
	l.Play(media.Tone(time.Second, 440), media.PlayOptions{Loop: true})
	far.say(500, 1)
	far.read(5)
	hold := far.agreed()
	hold.Send, hold.Receive = false, false
	l.Apply(hold)
	far.drain(30 * time.Millisecond)
	require.Empty(t, far.drain(100*time.Millisecond))
	far.report(3 * time.Second) // sent before, perhaps
	far.report(3 * time.Second)
	r := far.report(3 * time.Second)
	require.True(t, r.IsSR)
	require.True(t, r.IsBlock, "they are told what was heard of them")
	l.Apply(far.agreed())
	far.hears(far.read(20), []float64{440})
	require.Positive(t, far.report(3*time.Second).Sender.Packets)
}

func TestReportsGiveRoundTripAndTheOtherSidesLoss(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *media.Config) { c.Reports = 100 * time.Millisecond })
	far := newPeer(t, sdp.PCMA, 8, 101)
	l := newLeg(t, e, far)
	b := l.Play(media.Tone(time.Second, 440), media.PlayOptions{Loop: true})
	sent := far.read(10)
	var r rtp.Received
	for !r.IsSR {
		r = far.report(3 * time.Second)
	}
	require.Equal(t, sent[0].SSRC, r.SSRC)
	out := make([]byte, rtp.MaxReport)
	n := rtp.PutReport(out, &rtp.Report{SSRC: far.ssrc, Name: "far", Block: &rtp.ReportBlock{
		SSRC: r.SSRC, Lost: 3, Jitter: 80, LastSR: uint32(r.Sender.NTP >> 16), DelaySinceLast: 0,
	}})
	leg := far.leg
	_, err := far.control.WriteToUDPAddrPort(out[:n], netipNext(leg))
	require.NoError(t, err)
	b.Stop()
	require.Eventually(t, func() bool { return l.Stats().Out.Lost == 3 }, 3*time.Second, time.Millisecond)
	s := l.Stats()
	require.InDelta(t, 10, s.Out.JitterMS, 0.01)
	require.Positive(t, s.RoundTrip)
	require.Less(t, s.RoundTrip, 3*time.Second)
	require.Greater(t, s.Out.MOS, 1.0)
	// The bad report of a stranger changes nothing.
	n = rtp.PutReport(out, &rtp.Report{SSRC: far.ssrc, Name: "x", Bye: true})
	_, err = far.control.WriteToUDPAddrPort(append(out[:n:n], 1, 2, 3), netipNext(leg))
	require.NoError(t, err)
	l.Close()
	for !r.Bye {
		r = far.report(3 * time.Second)
	}
}

func TestStatsSayLossJitterAndQuality(t *testing.T) {
	t.Parallel()
	e, far := setup(t), newPeer(t, sdp.PCMA, 8, 101)
	l := newLeg(t, e, far)
	for i := range 100 {
		q := far.next(440)
		if i%10 != 5 {
			far.send(q)
		}
	}
	require.Eventually(t, func() bool { return l.Stats().In.Packets == 90 }, 3*time.Second, time.Millisecond)
	s := l.Stats()
	require.EqualValues(t, 10, s.In.Lost)
	require.InDelta(t, 0.1, s.In.Loss, 0.001)
	require.Less(t, s.In.MOS, 2.6)
	l.Close()
	require.EqualValues(t, 10, l.Stats().In.Lost, "the figures outlive the leg")
}

func TestSecondSourceCannotTakeALegOver(t *testing.T) {
	t.Parallel()
	e := setup(t)
	far, thief := newPeer(t, sdp.PCMA, 8, 101), newPeer(t, sdp.PCMA, 8, 101)
	l := newLeg(t, e, far)
	thief.leg = far.leg
	thief.ssrc = far.ssrc
	l.Echo(true)
	far.say(440, 3)
	far.read(3)
	for range 20 {
		thief.say(1000, 1)
	}
	require.Empty(t, thief.drain(50*time.Millisecond))
	far.say(440, 3)
	far.hears(far.read(3), []float64{440})
	require.EqualValues(t, 20, l.Stats().Refused)
	// A payload type that was not agreed, and bytes that are no RTP.
	q := far.next(440)
	q.PayloadType = 97
	far.send(q)
	far.write([]byte("hello"))
	require.Eventually(t, func() bool { return l.Stats().Invalid == 2 }, 3*time.Second, time.Millisecond)
}

func TestAudioGoesWhereItComesFrom(t *testing.T) {
	t.Parallel()
	e := setup(t)
	signalled, real := newPeer(t, sdp.PCMA, 8, 101), newPeer(t, sdp.PCMA, 8, 101)
	l := newLeg(t, e, signalled)
	real.leg = signalled.leg // behind NAT: another port than it says
	l.Play(media.Tone(time.Second, 440), media.PlayOptions{Loop: true})
	signalled.read(2)
	real.say(500, 1)
	real.hears(real.read(10), []float64{440})
	// A re-INVITE with another address begins anew.
	l.Apply(signalled.agreed()) // the same: nothing changes
	real.read(2)
	third := newPeer(t, sdp.PCMA, 8, 101)
	l.Apply(third.agreed())
	third.read(2)
}

func TestSilenceIsToldOnceUntilAudioReturns(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *media.Config) { c.Timeout = 200 * time.Millisecond })
	far := newPeer(t, sdp.PCMA, 8, 101)
	l := newLeg(t, e, nil)
	told := make(chan time.Duration, 10)
	l.OnTimeout(func() { told <- l.Silent() })
	l.Apply(far.agreed())
	far.leg = netipLeg(l)
	require.GreaterOrEqual(t, <-told, 200*time.Millisecond)
	require.Never(t, func() bool { return len(told) > 0 }, 400*time.Millisecond, 50*time.Millisecond)
	far.say(440, 1)
	require.GreaterOrEqual(t, <-told, 200*time.Millisecond)
	for _, weHold := range []bool{true, false} {
		hold := far.agreed()
		hold.Receive, hold.Send = !weHold, weHold
		l.Apply(hold)
		far.say(440, 1)
		require.Never(t, func() bool { return len(told) > 0 }, 400*time.Millisecond, 50*time.Millisecond,
			"nobody need send while one holds")
	}
	l.Apply(far.agreed())
	require.GreaterOrEqual(t, <-told, 200*time.Millisecond, "after the hold it counts again")
}

func TestEngineStartsAndStopsInAnyOrder(t *testing.T) {
	t.Parallel()
	lifecycletest.Stress(t, func() lifecycle.Service {
		e, err := media.NewEngine(media.Config{Bind: loopback, FirstPort: 16500, LastPort: 16600, Threads: 2, Clock: clock.System()})
		require.NoError(t, err)
		return e
	})
}

func TestCallsAfterTheEndDoNothing(t *testing.T) {
	t.Parallel()
	e, far := setup(t), newPeer(t, sdp.PCMA, 8, 101)
	l := newLeg(t, e, far)
	done := make(chan bool, 2)
	l.Play(media.Silence(time.Hour), media.PlayOptions{Done: func(ok bool) { done <- ok }})
	far.read(1)
	m := e.Mix()
	m.Add(l, media.Talks())
	require.NoError(t, e.Stop(context.Background()))
	require.False(t, <-done)
	l.Echo(true)
	l.Play(media.Silence(time.Second), media.PlayOptions{}).Stop()
	l.Close()
	m.Remove(l)
	m.Close()
	e.Bridge(l, l).Close()
	require.Positive(t, l.Stats().Out.Packets)
	_, err := e.NewLeg()
	require.ErrorContains(t, err, "voice.media_stopped")
}

// One socket of IPv6 serves far sides of both families.
func TestLegsOfIPv6SpeakWithIPv4(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *media.Config) { c.Bind = netip.IPv6Unspecified() })
	far := newPeer(t, sdp.PCMA, 8, 101)
	l := newLeg(t, e, far)
	l.Echo(true)
	far.say(440, 10)
	far.hears(far.read(10), []float64{440})
	six, err := net.ListenUDP("udp6", &net.UDPAddr{IP: net.IPv6loopback})
	require.NoError(t, err)
	t.Cleanup(func() { _ = six.Close() })
	a := far.agreed()
	a.Remote = address(six)
	l.Apply(a)
	l.Play(media.Tone(time.Second, 440), media.PlayOptions{})
	far.hears(readAll(t, six, 10, 5*time.Second), []float64{440})
}

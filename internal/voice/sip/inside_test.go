package sip_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/sdp"
	"yingda/internal/voice/sip"
	"yingda/internal/voice/sip/trunk"
)

func held(direction sdp.Direction) []byte {
	return sdp.Offer(sdp.Local{Address: loopback, Port: 20000, Session: 1, Version: 2, Direction: direction})
}

func TestHoldsAndResumesBothWays(t *testing.T) {
	t.Parallel()
	for _, network := range []trunk.Transport{trunk.UDP, trunk.TCP} {
		p := newPair(t, network, func(cfg *sip.Config) { cfg.Renegotiate = renegotiate })
		for range 2 {
			for _, side := range [][2]*sip.Leg{{p.la, p.lb}, {p.lb, p.la}} {
				d, err := side[0].Reinvite(t.Context(), held(sdp.SendOnly))
				require.NoError(t, err)
				require.Equal(t, sdp.ReceiveOnly, d.Media[0].Direction)
				require.True(t, next[sip.Updated](t, side[1]).Hold)
				d, err = side[0].Reinvite(t.Context(), held(sdp.SendReceive))
				require.NoError(t, err)
				require.Equal(t, sdp.SendReceive, d.Media[0].Direction)
				require.False(t, next[sip.Updated](t, side[1]).Hold)
			}
		}
		require.NoError(t, p.la.Hang(t.Context(), ending.Normal))
		next[sip.Ended](t, p.lb)
		_, err := p.la.Reinvite(t.Context(), held(sdp.SendOnly))
		require.ErrorIs(t, err, sip.ErrEnded)
	}
}

// Both sides offer at the same moment (491): both get through in the end.
func TestGlareIsResolved(t *testing.T) {
	t.Parallel()
	var once sync.Once
	meet := make(chan struct{})
	p := newPair(t, trunk.UDP, func(cfg *sip.Config) { cfg.Renegotiate = renegotiate })
	var wg sync.WaitGroup
	results := make(chan error, 2)
	for _, l := range []*sip.Leg{p.la, p.lb} {
		wg.Go(func() {
			once.Do(func() { close(meet) })
			<-meet
			_, err := l.Reinvite(t.Context(), held(sdp.SendOnly))
			results <- err
		})
	}
	wg.Wait()
	require.NoError(t, <-results)
	require.NoError(t, <-results)
	require.NoError(t, p.la.Hang(t.Context(), ending.Normal))
}

func TestAnswers491WhileItsOwnOfferIsOpen(t *testing.T) {
	t.Parallel()
	n := newNode(t, func(cfg *sip.Config) { cfg.Renegotiate = renegotiate })
	d, l := up(t, n)
	results := make(chan error, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := l.Reinvite(t.Context(), held(sdp.SendOnly))
		results <- err
	})
	theirs := d.p.expect("INVITE ", "INVITE")
	d.next("INVITE", "Content-Type: application/sdp", sdpBody(4000, "a=sendonly"))
	d.p.expect("491", "INVITE")
	d.p.reply(theirs, "491 Request Pending", "", "")
	d.p.expect("ACK ", "ACK")
	again := d.p.expect("INVITE ", "INVITE") // up to 2 s later: the Call-ID is theirs
	d.p.reply(again, "200 OK", "", sdpBody(4000, "a=recvonly"))
	d.p.expect("ACK ", "ACK")
	wg.Wait()
	require.NoError(t, <-results)
	d.next("BYE", "", "")
	d.p.expect("200", "BYE")
}

func TestARefusedOfferLeavesTheSessionAsItWas(t *testing.T) {
	t.Parallel()
	n := newNode(t, func(cfg *sip.Config) { cfg.Renegotiate = renegotiate })
	d, l := up(t, n)
	var wg sync.WaitGroup
	wg.Go(func() {
		d.p.reply(d.p.expect("INVITE ", "INVITE"), "488 Not Acceptable Here", "", "")
		d.p.expect("ACK ", "ACK")
	})
	_, err := l.Reinvite(t.Context(), held(sdp.SendOnly))
	wg.Wait()
	var refused *sip.Refused
	require.True(t, errors.As(err, &refused))
	require.Equal(t, 488, refused.Status)
	require.Equal(t, 4000, l.Remote().Media[0].Port)

	d.next("INVITE", "Content-Type: application/sdp", sdpBody(4000, "m=x")) // malformed
	d.p.expect("400", "INVITE")
	d.next("INVITE", "Content-Type: application/sdp", sdpBody(0))
	d.p.expect("488", "INVITE")
	d.next("INVITE", "Supported: timer\nSession-Expires: 20", "")
	d.p.expect("422", "INVITE")
	require.NoError(t, l.Context().Err())
	d.next("BYE", "", "")
	d.p.expect("200", "BYE")
}

func TestARefreshAsksTheMediaSideNothing(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 8)
	n := newNode(t, func(cfg *sip.Config) {
		cfg.Renegotiate = func(l *sip.Leg, offer *sdp.Description) ([]byte, error) {
			asked <- struct{}{}
			return renegotiate(l, offer)
		}
	})
	d, l := up(t, n)
	d.next("INVITE", "Content-Type: application/sdp", sdpBody(4000))
	same := d.p.expect("200", "INVITE")
	require.Equal(t, d.answer.body, same.body)
	d.ack()
	d.next("INVITE", "", "") // asks for an offer
	require.Equal(t, d.answer.body, d.p.expect("200", "INVITE").body)
	d.p.send(d.request("ACK", d.seq, "Content-Type: application/sdp", sdpBody(4020)))
	require.Equal(t, 4020, next[sip.Updated](t, l).Remote.Media[0].Port)
	require.Empty(t, asked)
	d.next("INVITE", "Content-Type: application/sdp", sdpBody(4030))
	require.Equal(t, 4030, next[sip.Updated](t, l).Remote.Media[0].Port)
	d.p.expect("200", "INVITE")
	d.ack()
	require.Len(t, asked, 1)
	d.next("BYE", "", "")
	d.p.expect("200", "BYE")
}

// advance moves the clock until the peer has got a request of the method.
func advance(t testing.TB, c *clocktest.Fake, p *peer, method string, step time.Duration, most int) text {
	t.Helper()
	for range most {
		if m, ok := p.find(100*time.Millisecond, func(m text) bool { return strings.HasPrefix(m.first, method+" ") }); ok {
			return m
		}
		c.Advance(step)
	}
	return p.expect(method+" ", method)
}

func TestACallThatNobodyRefreshesEnds(t *testing.T) {
	t.Parallel()
	c := clocktest.New()
	n := newNode(t, func(cfg *sip.Config) { cfg.Clock = c })
	d := newPeer(t, n.address("udp")).newDialog("10010")
	d.invite("Supported: timer\nSession-Expires: 120;refresher=uac\nMin-SE: 100", sdpBody(4000))
	l := incoming(t, n)
	require.NoError(t, l.Answer(t.Context(), answerTo(t, l.Remote(), 30000)))
	d.established()
	require.Equal(t, "120;refresher=uac", d.answer.header("session-expires"))
	require.Equal(t, "timer", d.answer.header("require"))
	d.ack()
	next[sip.Answered](t, l)
	c.Advance(60 * time.Second)
	d.next("INVITE", "Content-Type: application/sdp\nSupported: timer\nSession-Expires: 120;refresher=uac", sdpBody(4000))
	d.p.expect("200", "INVITE")
	d.ack()
	d.next("OPTIONS", "", "")
	d.p.expect("200", "OPTIONS")
	c.Advance(85 * time.Second) // 120 s less 32
	require.NoError(t, l.Context().Err())
	bye := advance(t, c, d.p, "BYE", 2*time.Second, 4)
	require.Equal(t, "Q.850;cause=102", bye.header("reason"))
	d.p.reply(bye, "200 OK", "", "")
	require.Equal(t, ending.Of(ending.SessionExpired, ending.Theirs), next[sip.Ended](t, l).Ending)
}

func TestRefreshesWhenTheOtherSideCannot(t *testing.T) {
	t.Parallel()
	for _, outcome := range []string{"200 OK", "481 Call/Transaction Does Not Exist", "488 Not Acceptable Here"} {
		c := clocktest.New()
		n := newNode(t, func(cfg *sip.Config) { cfg.Clock, cfg.SessionExpires = c, 10*time.Minute })
		d, l := up(t, n)
		require.Equal(t, "600;refresher=uas", d.answer.header("session-expires"))
		require.Empty(t, d.answer.header("require"))
		refresh := advance(t, c, d.p, "INVITE", 301*time.Second, 2)
		require.Equal(t, "600;refresher=uac", refresh.header("session-expires"))
		require.Equal(t, d.answer.body, refresh.body, "the session as it is")
		body := ""
		if outcome == "200 OK" {
			body = sdpBody(4000)
		}
		d.p.reply(refresh, outcome, "", body)
		d.p.expect("ACK ", "ACK")
		switch outcome {
		case "200 OK":
			again := advance(t, c, d.p, "INVITE", 301*time.Second, 2)
			d.p.reply(again, "200 OK", "", sdpBody(4000))
			d.p.expect("ACK ", "ACK")
			d.next("BYE", "", "")
			d.p.expect("200", "BYE")
		case "488 Not Acceptable Here": // it knows nothing of timers, but it is there
			for range 3 {
				d.p.reply(advance(t, c, d.p, "INVITE", 301*time.Second, 3), outcome, "", "")
				d.p.expect("ACK ", "ACK")
			}
			require.NoError(t, l.Context().Err())
			d.next("BYE", "", "")
			d.p.expect("200", "BYE")
		default:
			d.p.reply(d.p.expect("BYE ", "BYE"), "200 OK", "", "")
			require.Equal(t, ending.SessionExpired, next[sip.Ended](t, l).Ending.Reason)
		}
	}
}

// Who has agreed to be refreshed and refuses it is left at the end of the interval.
func TestARefusedRefreshEndsTheCallWithItsInterval(t *testing.T) {
	t.Parallel()
	c := clocktest.New()
	n, p := withPeer(t, func(cfg *sip.Config) { cfg.Clock, cfg.SessionExpires = c, 10*time.Minute })
	_, l, invite := callOut(t, n, p, "Require: timer\nSession-Expires: 600;refresher=uac")
	require.Equal(t, "600", invite.header("session-expires"))
	p.reply(advance(t, c, p, "INVITE", 301*time.Second, 2), "500 Oops", "", "")
	p.expect("ACK ", "ACK")
	require.NoError(t, l.Context().Err())
	p.reply(advance(t, c, p, "BYE", 301*time.Second, 2), "200 OK", "", "")
	require.Equal(t, ending.SessionExpired, next[sip.Ended](t, l).Ending.Reason)
}

func TestSendsDigitsByInfo(t *testing.T) {
	t.Parallel()
	p := newPair(t, trunk.UDP, nil)
	require.NoError(t, p.la.SendInfoDigit(t.Context(), '#', 250*time.Millisecond))
	e := next[sip.Digit](t, p.lb)
	require.Equal(t, byte('#'), e.Key)
	require.Equal(t, 250*time.Millisecond, e.Duration)
	require.NoError(t, p.lb.Hang(t.Context(), ending.Normal))
	require.ErrorIs(t, p.lb.SendInfoDigit(t.Context(), '1', time.Second), sip.ErrEnded)
}

func TestATransferIsReportedAsItWent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		finish int
		status int
	}{{200, 0}, {486, 486}, {488, 488}, {603, 603}} {
		p := newPair(t, trunk.UDP, nil)
		var wg sync.WaitGroup
		wg.Go(func() {
			tr := next[sip.Transfer](t, p.lb)
			require.Equal(t, "8001", tr.To)
			require.Nil(t, tr.Replaces)
			require.NoError(t, tr.Accept(t.Context()))
			require.ErrorIs(t, tr.Refuse(t.Context(), ending.Declined), sip.ErrState)
			require.NoError(t, tr.Progress(t.Context(), 180))
			require.NoError(t, tr.Finish(t.Context(), c.finish))
			require.NoError(t, tr.Finish(t.Context(), 200), "told once")
		})
		err := p.la.Refer(t.Context(), "8001")
		wg.Wait()
		if c.status == 0 {
			require.NoError(t, err)
		} else {
			var refused *sip.Refused
			require.True(t, errors.As(err, &refused), "%v", err)
			require.Equal(t, c.status, refused.Status)
		}
		require.NoError(t, p.la.Hang(t.Context(), ending.Transferred))
		require.Equal(t, ending.Normal, next[sip.Ended](t, p.lb).Ending.Reason)
	}
}

func TestTransferReportsPacketByPacket(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	d, l := up(t, n)
	d.next("REFER", "Refer-To: <sip:8001@10.0.0.1:5070;x=y?Replaces=abc%40h%3Bto-tag%3D1%3Bfrom-tag%3D2>\nReferred-By: <sip:8000@x>", "")
	tr := next[sip.Transfer](t, l)
	require.Equal(t, "8001", tr.To)
	require.Equal(t, "sip:8001@10.0.0.1:5070;x=y", tr.URI)
	require.Equal(t, "8000", tr.ReferredBy)
	require.Equal(t, &sip.Replaces{CallID: "abc@h", ToTag: "1", FromTag: "2"}, tr.Replaces)
	var wg sync.WaitGroup
	wg.Go(func() {
		require.NoError(t, tr.Accept(t.Context()))
		require.NoError(t, tr.Finish(t.Context(), 486))
		require.NoError(t, tr.Finish(t.Context(), 200))
	})
	require.NotEmpty(t, d.p.expect("202", "REFER").header("contact"))
	first := d.p.expect("NOTIFY ", "NOTIFY")
	require.Equal(t, "refer", first.header("event"))
	require.NotEmpty(t, first.header("contact"))
	require.Equal(t, "message/sipfrag;version=2.0", first.header("content-type"))
	require.Equal(t, "SIP/2.0 100 Trying\r\n", first.body)
	require.True(t, strings.HasPrefix(first.header("subscription-state"), "active;expires="))
	d.p.reply(first, "200 OK", "", "")
	last := d.p.expect("NOTIFY ", "NOTIFY")
	require.Equal(t, "SIP/2.0 486 Busy Here\r\n", last.body)
	require.Equal(t, "terminated;reason=noresource", last.header("subscription-state"))
	d.p.reply(last, "200 OK", "", "")
	wg.Wait()
	require.Zero(t, d.p.count("NOTIFY", "NOTIFY"), "one terminating report")

	d.next("REFER", "Refer-To: <tel:+8613900000001>", "")
	tr = next[sip.Transfer](t, l)
	require.Equal(t, "+8613900000001", tr.To)
	second := d.seq
	wg.Go(func() { _ = tr.Accept(t.Context()) })
	d.p.expect("202", "REFER")
	id := d.p.expect("NOTIFY ", "NOTIFY")
	_, number, _ := strings.Cut(id.header("event"), "refer;id=")
	require.Equal(t, number, strconv.Itoa(second))
	d.p.reply(id, "481 Gone", "", "")
	wg.Wait()
	require.NoError(t, tr.Finish(t.Context(), 200), "nobody listens any longer")
	require.Zero(t, d.p.count("NOTIFY", "NOTIFY"))

	for _, bad := range []string{"", "Refer-To: <sip:1@x>\nRefer-To: <sip:2@x>", "Refer-To: <>", "Refer-To: <sip:1@x?Replaces=y>"} {
		d.next("REFER", bad, "")
		d.p.expect("400", "REFER")
	}
	d.next("REFER", "Refer-To: <sip:1@x>", "")
	tr = next[sip.Transfer](t, l)
	d.next("REFER", "Refer-To: <sip:2@x>", "")
	d.p.expect("491", "REFER")
	require.NoError(t, tr.Refuse(t.Context(), ending.Forbidden))
	d.p.expect("403", "REFER")
	d.next("BYE", "", "")
	d.p.expect("200", "BYE")
}

func TestATransferThatNobodyDecidesIsRefused(t *testing.T) {
	t.Parallel()
	c := clocktest.New()
	n := newNode(t, func(cfg *sip.Config) { cfg.Clock = c })
	d, l := up(t, n)
	d.next("REFER", "Refer-To: <sip:1@x>", "")
	tr := next[sip.Transfer](t, l)
	c.Advance(21 * time.Second)
	d.p.expect("603", "REFER")
	require.ErrorIs(t, tr.Accept(t.Context()), sip.ErrState)
	require.ErrorIs(t, tr.Finish(t.Context(), 200), sip.ErrState)
	d.next("BYE", "", "")
	d.p.expect("200", "BYE")
}

func TestAnAttendedTransferJoinsTheOtherTwo(t *testing.T) {
	t.Parallel()
	a, b, c := newNode(t, nil), newNode(t, nil), newNode(t, nil)
	a.to(trunk.UDP, b.address("udp"))
	first := call(t, a, b)
	a.to(trunk.UDP, c.address("udp"))
	second := call(t, a, c)
	b.to(trunk.UDP, c.address("udp"))

	var wg sync.WaitGroup
	wg.Go(func() {
		tr := next[sip.Transfer](t, first.lb)
		require.NotNil(t, tr.Replaces)
		require.NoError(t, tr.Accept(t.Context()))
		l, err := b.Dial(t.Context(), sip.Call{To: tr.To, Trunk: "out", SDP: offer(20010), Replaces: tr.Replaces, ReferredBy: tr.ReferredBy})
		require.NoError(t, err)
		require.NoError(t, tr.Finish(t.Context(), 200))
		require.Equal(t, ending.Completed, next[sip.Ended](t, first.lb).Ending.Result)
		require.NoError(t, l.Hang(t.Context(), ending.Normal))
	})
	wg.Go(func() {
		l := incoming(t, c)
		require.Same(t, second.lb, l.Replaces())
		require.NoError(t, l.Answer(t.Context(), answerTo(t, l.Remote(), 30010)))
		require.Equal(t, ending.Transferred, next[sip.Ended](t, second.lb).Ending.Reason)
		next[sip.Answered](t, l)
		next[sip.Ended](t, l)
	})
	require.NoError(t, first.la.ReferReplaces(t.Context(), second.la))
	next[sip.Ended](t, second.la)
	require.NoError(t, first.la.Hang(t.Context(), ending.Transferred))
	wg.Wait()
	require.ErrorIs(t, first.la.ReferReplaces(t.Context(), second.la), sip.ErrState)
}

func TestAReferWithoutAReportIsUnknown(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	d, l := up(t, n)
	results := make(chan error, 1)
	var wg sync.WaitGroup
	wg.Go(func() { results <- l.Refer(t.Context(), "sip:8001@10.0.0.1") })
	refer := d.p.expect("REFER ", "REFER")
	require.Equal(t, "<sip:8001@10.0.0.1>", refer.header("refer-to"))
	require.NotEmpty(t, refer.header("referred-by"))
	d.p.reply(refer, "202 Accepted", "", "")
	d.next("BYE", "", "")
	d.p.expect("200", "BYE")
	wg.Wait()
	require.ErrorIs(t, <-results, sip.ErrTransferUnknown)

	d, l = up(t, n)
	wg.Go(func() { results <- l.Refer(t.Context(), "8001") })
	d.p.reply(d.p.expect("REFER ", "REFER"), "603 Decline", "", "")
	wg.Wait()
	var refused *sip.Refused
	require.True(t, errors.As(<-results, &refused))
	ctx, cancel := context.WithCancel(t.Context())
	wg.Go(func() { results <- l.Refer(ctx, "8001") })
	d.p.reply(d.p.expect("REFER ", "REFER"), "202 Accepted", "", "")
	d.next("NOTIFY", "Event: refer\nSubscription-State: active\nContent-Type: message/sipfrag", "SIP/2.0 180 Ringing")
	d.p.expect("200", "NOTIFY")
	cancel()
	wg.Wait()
	require.ErrorIs(t, <-results, context.Canceled)
	d.next("NOTIFY", "Event: refer\nSubscription-State: terminated", "SIP/2.0 200 OK")
	d.p.expect("481", "NOTIFY")
	d.next("BYE", "", "")
	d.p.expect("200", "BYE")
}

func TestACallThatTheOtherSideHasForgottenEnds(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	d, l := up(t, n)
	var wg sync.WaitGroup
	wg.Go(func() { d.p.reply(d.p.expect("INFO ", "INFO"), "481 Gone", "", "") })
	require.Error(t, l.SendInfoDigit(t.Context(), '1', time.Second))
	wg.Wait()
	require.Equal(t, ending.SessionExpired, next[sip.Ended](t, l).Ending.Reason)
	d.p.reply(d.p.expect("BYE ", "BYE"), "481 Gone", "", "")
}

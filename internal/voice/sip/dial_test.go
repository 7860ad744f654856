package sip_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/secret"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/sip"
	"yingda/internal/voice/sip/trunk"
)

// dialled is a Dial that goes on beside the test.
type dialled struct {
	done   chan struct{}
	leg    *sip.Leg
	err    error
	cancel context.CancelFunc
}

func dial(t testing.TB, n *node, c sip.Call) *dialled {
	t.Helper()
	if c.Phone == "" {
		c.Trunk = "out"
	}
	if c.To == "" && c.Phone == "" {
		c.To = "13700000003"
	}
	if c.SDP == nil {
		c.SDP = offer(20000)
	}
	ctx, cancel := context.WithCancel(context.Background())
	d := &dialled{done: make(chan struct{}), cancel: cancel}
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(d.done)
		d.leg, d.err = n.Dial(ctx, c)
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	return d
}

func (d *dialled) wait(t testing.TB) (*sip.Leg, error) {
	t.Helper()
	select {
	case <-d.done:
	case <-time.After(quick):
		require.FailNow(t, "Dial does not return")
	}
	return d.leg, d.err
}

func (d *dialled) ending(t testing.TB) ending.Ending {
	t.Helper()
	_, err := d.wait(t)
	require.Error(t, err)
	var n *sip.NotAnswered
	require.True(t, errors.As(err, &n), "%v", err)
	require.Equal(t, n.Ending, sip.EndingOf(err))
	return n.Ending
}

// withPeer is a node whose trunk group "out" leads to a peer.
func withPeer(t testing.TB, change func(*sip.Config)) (*node, *peer) {
	t.Helper()
	n := newNode(t, change)
	p := newPeer(t, n.address("udp"))
	n.to(trunk.UDP, p.address())
	return n, p
}

// callOut dials the peer and gives its dialog and our leg, answered.
func callOut(t testing.TB, n *node, p *peer, extra string) (*dialog, *sip.Leg, text) {
	t.Helper()
	d := dial(t, n, sip.Call{From: sip.Identity{Number: "10010"}})
	invite := p.expect("INVITE ", "INVITE")
	p.reply(invite, "200 OK", extra, sdpBody(4000))
	ack := p.expect("ACK ", "ACK")
	l, err := d.wait(t)
	require.NoError(t, err)
	next[sip.Answered](t, l)
	got := p.called(invite)
	require.Equal(t, got.local, ack.header("to"))
	return got, l, invite
}

func TestDialsPacketByPacket(t *testing.T) {
	t.Parallel()
	n, p := withPeer(t, nil)
	heard := make(chan sip.Event, 8)
	d := dial(t, n, sip.Call{
		From: sip.Identity{Number: "10010", Name: `He "x"`}, Headers: []sip.Header{{Name: "Diversion", Value: "<sip:1@x>;reason=user-busy"}, {Name: "X-A", Value: "b\r\nX-Evil: 1"}},
		Progress: func(e sip.Event) { heard <- e },
	})
	invite := p.expect("INVITE sip:13700000003@127.0.0.1", "INVITE")
	require.Equal(t, `"He x" <sip:10010@127.0.0.1>;tag=`+invite.fromTag(), invite.header("from"))
	require.Equal(t, "<sip:10010@127.0.0.1>", invite.header("p-asserted-identity"))
	require.Equal(t, "<sip:1@x>;reason=user-busy", invite.header("diversion"))
	require.Equal(t, "bX-Evil: 1", invite.header("x-a"))
	require.Empty(t, invite.header("x-evil"))
	require.Equal(t, "1800", invite.header("session-expires"))
	require.Equal(t, "90", invite.header("min-se"))
	require.Equal(t, string(offer(20000)), invite.body)
	p.reply(invite, "100 Trying", "", "")
	p.reply(invite, "180 Ringing", "", "")
	require.Equal(t, sip.Ringing{Status: 180}, <-heard)
	p.reply(invite, "183 Session Progress", "", sdpBody(4001))
	require.IsType(t, sip.EarlyMedia{}, <-heard)
	p.reply(invite, "200 OK", "", sdpBody(4002))
	ack := p.expect("ACK ", "ACK")
	l, err := d.wait(t)
	require.NoError(t, err)
	require.Equal(t, 4002, l.Remote().Media[0].Port)
	require.Equal(t, "carrierA", l.Trunk())
	require.Equal(t, "13700000003", l.Called())
	require.Equal(t, 180, next[sip.Ringing](t, l).Status)
	require.Equal(t, 4001, next[sip.EarlyMedia](t, l).Remote.Media[0].Port)
	next[sip.Answered](t, l)
	require.Contains(t, ack.first, "sip:peer@"+p.address().String())
	p.reply(invite, "200 OK", "", sdpBody(4002)) // again: our ACK was lost
	require.Equal(t, ack.header("cseq"), p.expect("ACK ", "ACK").header("cseq"))
	require.NoError(t, l.Hang(t.Context(), ending.Normal))
	bye := p.expect("BYE ", "BYE")
	require.Equal(t, "Q.850;cause=16", bye.header("reason"))
	p.reply(bye, "200 OK", "", "")
}

func TestRequestsFollowTheRouteSet(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	p, proxy := newPeer(t, n.address("udp")), newPeer(t, n.address("udp"))
	n.to(trunk.UDP, p.address())
	d := dial(t, n, sip.Call{})
	invite := p.expect("INVITE ", "INVITE")
	p.reply(invite, "200 OK", "Record-Route: <sip:10.0.0.1;lr>\nRecord-Route: <sip:"+proxy.address().String()+";lr>", sdpBody(4002))
	ack := proxy.expect("ACK ", "ACK")
	require.Equal(t, []string{"<sip:" + proxy.address().String() + ";lr>", "<sip:10.0.0.1;lr>"}, ack.all("route"))
	l, err := d.wait(t)
	require.NoError(t, err)
	require.NoError(t, l.Hang(t.Context(), ending.Normal))
	proxy.reply(proxy.expect("BYE ", "BYE"), "200 OK", "", "")
}

func TestTakingACallBack(t *testing.T) {
	t.Parallel()
	n, p := withPeer(t, nil)
	d := dial(t, n, sip.Call{})
	invite := p.expect("INVITE ", "INVITE")
	p.reply(invite, "180 Ringing", "", "")
	require.Eventually(t, func() bool { return len(n.Legs()) == 1 }, quick, time.Millisecond)
	d.cancel()
	cancel := p.expect("CANCEL ", "CANCEL")
	require.Equal(t, invite.header("via"), cancel.header("via"))
	require.Equal(t, invite.header("to"), cancel.header("to"))
	require.Equal(t, ending.Of(ending.CallerGaveUp, ending.Ours), d.ending(t))
	p.reply(cancel, "200 OK", "", "")
	p.reply(invite, "487 Request Terminated", "", "")
	p.expect("ACK ", "ACK")
}

func TestACancelWaitsForASignOfLife(t *testing.T) {
	t.Parallel()
	n, p := withPeer(t, nil)
	d := dial(t, n, sip.Call{})
	invite := p.expect("INVITE ", "INVITE")
	d.cancel()
	d.ending(t)
	require.Zero(t, p.count("CANCEL", "CANCEL"))
	p.reply(invite, "180 Ringing", "", "")
	p.reply(p.expect("CANCEL ", "CANCEL"), "200 OK", "", "")
	p.reply(invite, "487 Request Terminated", "", "")
	p.expect("ACK ", "ACK")
}

// Their 200 and our CANCEL cross: the call must not stay up at their side.
func TestALate200GetsAckAndBye(t *testing.T) {
	t.Parallel()
	n, p := withPeer(t, nil)
	d := dial(t, n, sip.Call{})
	invite := p.expect("INVITE ", "INVITE")
	p.reply(invite, "180 Ringing", "", "")
	require.Eventually(t, func() bool { return len(n.Legs()) == 1 }, quick, time.Millisecond)
	d.cancel()
	cancel := p.expect("CANCEL ", "CANCEL")
	p.reply(invite, "200 OK", "", sdpBody(4000))
	p.reply(cancel, "481 Call/Transaction Does Not Exist", "", "")
	p.expect("ACK ", "ACK")
	bye := p.expect("BYE ", "BYE")
	require.Equal(t, invite.header("from"), bye.header("from"))
	p.reply(bye, "200 OK", "", "")
	d.ending(t)
	p.reply(invite, "200 OK", "", sdpBody(4000)) // once more, when everything is forgotten
	p.expect("ACK ", "ACK")
	p.reply(p.expect("BYE ", "BYE"), "200 OK", "", "")
}

func TestASecondBranchThatAnswersIsHungUp(t *testing.T) {
	t.Parallel()
	n, p := withPeer(t, nil)
	_, l, invite := callOut(t, n, p, "")
	was := p.tag
	p.tag = "second"
	p.reply(invite, "200 OK", "", sdpBody(4010))
	require.Equal(t, "second", p.expect("ACK ", "ACK").toTag())
	bye := p.expect("BYE ", "BYE")
	require.Equal(t, "second", bye.toTag())
	p.reply(bye, "200 OK", "", "")
	require.NoError(t, l.Context().Err())
	p.tag = was
	forged := invite
	forged.headers = append([]string(nil), invite.headers...)
	for i, h := range forged.headers {
		if h == "from: "+invite.header("from") {
			forged.headers[i] = "from: <sip:x@y>;tag=0123456789abcdef01234567"
		}
	}
	p.reply(forged, "200 OK", "", sdpBody(4010))
	require.NoError(t, l.Hang(t.Context(), ending.Normal))
	p.reply(p.expect("BYE ", "BYE"), "200 OK", "", "")
	require.Zero(t, p.count("ACK", "ACK"), "nobody can make us send")
}

func TestARingingTimeEnds(t *testing.T) {
	t.Parallel()
	c := clocktest.New()
	n, p := withPeer(t, func(cfg *sip.Config) { cfg.Clock = c })
	d := dial(t, n, sip.Call{Ring: 30 * time.Second})
	invite := p.expect("INVITE ", "INVITE")
	p.reply(invite, "180 Ringing", "", "")
	c.BlockUntil(1)
	var cancel text
	require.Eventually(t, func() bool {
		c.Advance(31 * time.Second)
		var ok bool
		cancel, ok = p.find(50*time.Millisecond, func(m text) bool { return m.first[:6] == "CANCEL" })
		return ok
	}, quick, time.Millisecond)
	require.Equal(t, ending.Of(ending.NoAnswerReason, ending.Theirs), d.ending(t))
	p.reply(cancel, "200 OK", "", "")
	p.reply(invite, "487 Request Terminated", "", "")
}

func TestTriesTheNextTrunkOnlyWhereItHelps(t *testing.T) {
	t.Parallel()
	n := newNode(t, func(cfg *sip.Config) { cfg.TrunkWait = 300 * time.Millisecond })
	silent, broken, good := newPeer(t, n.address("udp")), newPeer(t, n.address("udp")), newPeer(t, n.address("udp"))
	n.to(trunk.UDP, silent.address(), broken.address(), good.address())

	d := dial(t, n, sip.Call{})
	late := silent.expect("INVITE ", "INVITE")
	invite := broken.expect("INVITE ", "INVITE")
	broken.reply(invite, "503 Service Unavailable", "", "")
	broken.expect("ACK ", "ACK")
	invite = good.expect("INVITE ", "INVITE")
	good.reply(invite, "200 OK", "", sdpBody(4000))
	good.expect("ACK ", "ACK")
	l, err := d.wait(t)
	require.NoError(t, err)
	require.Equal(t, "carrierC", l.Trunk())
	silent.reply(late, "200 OK", "", sdpBody(4000)) // it wakes up when nobody wants it any longer
	silent.expect("ACK ", "ACK")
	silent.reply(silent.expect("BYE ", "BYE"), "200 OK", "", "")
	require.NoError(t, l.Hang(t.Context(), ending.Normal))
	good.reply(good.expect("BYE ", "BYE"), "200 OK", "", "")

	n.to(trunk.UDP, broken.address(), good.address())
	for _, c := range []struct {
		status string
		reason ending.Reason
	}{{"486 Busy Here", ending.BusyReason}, {"603 Decline", ending.Declined}, {"404 Not Found", ending.NotFound}} {
		d = dial(t, n, sip.Call{})
		invite = broken.expect("INVITE ", "INVITE")
		broken.reply(invite, c.status, "", "")
		require.Equal(t, c.reason, d.ending(t).Reason)
	}
	require.Zero(t, good.count("INVITE", "INVITE"), "a busy callee is not called again by another trunk")
	d = dial(t, n, sip.Call{})
	broken.reply(broken.expect("INVITE ", "INVITE"), "500 Oops", "", "")
	good.reply(good.expect("INVITE ", "INVITE"), "480 Gone", `Reason: Q.850;cause=19`, "")
	require.Equal(t, ending.NoAnswerReason, d.ending(t).Reason)
}

func TestWithoutATrunkOrPhoneNothingIsDialled(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	require.Equal(t, ending.TrunkDown, dial(t, n, sip.Call{}).ending(t).Reason)
	require.Equal(t, ending.Unavailable, dial(t, n, sip.Call{Phone: "8001"}).ending(t).Reason)
	n.to(trunk.TCP, netip.MustParseAddrPort("127.0.0.1:1"))
	e := dial(t, n, sip.Call{}).ending(t)
	require.Equal(t, ending.TrunkDown, e.Reason)
	require.Equal(t, ending.Network, e.Side)
}

func TestAnswersATrunksChallenge(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	p := newPeer(t, n.address("udp"))
	n.trunks.Apply([]trunk.Trunk{{
		ID: uuid.New(), Name: "line", Group: "out", Hosts: []string{p.address().String()}, Transport: trunk.UDP, Username: "u1", Password: secret.Hide("p1"),
	}})
	for _, status := range []string{"401 Unauthorized", "407 Proxy Authentication Required"} {
		ask, answer := "WWW-Authenticate", "authorization"
		if status[0:3] == "407" {
			ask, answer = "Proxy-Authenticate", "proxy-authorization"
		}
		challenge := ask + `: Digest realm="c", nonce="n1", algorithm=MD5, qop="auth, auth-int"`
		d := dial(t, n, sip.Call{})
		first := p.expect("INVITE ", "INVITE")
		p.reply(first, status, challenge, "")
		p.expect("ACK ", "ACK")
		second := p.expect("INVITE ", "INVITE")
		require.Contains(t, second.header(answer), `username="u1"`)
		require.Equal(t, first.header("call-id"), second.header("call-id"))
		require.Equal(t, first.header("from"), second.header("from"))
		require.NotEqual(t, first.header("cseq"), second.header("cseq"))
		p.reply(second, "200 OK", "", sdpBody(4000))
		p.expect("ACK ", "ACK")
		l, err := d.wait(t)
		require.NoError(t, err)
		require.NoError(t, l.Hang(t.Context(), ending.Normal))
		bye := p.expect("BYE ", "BYE")
		p.reply(bye, status, challenge, "")
		bye = p.expect("BYE ", "BYE")
		require.NotEmpty(t, bye.header(answer))
		p.reply(bye, "200 OK", "", "")

		d = dial(t, n, sip.Call{})
		for range 2 {
			p.reply(p.expect("INVITE ", "INVITE"), status, challenge, "")
			p.expect("ACK ", "ACK")
		}
		require.Equal(t, ending.Unauthorized, d.ending(t).Reason)
	}
}

func TestRaisesTheSessionIntervalWhenAsked(t *testing.T) {
	t.Parallel()
	n, p := withPeer(t, nil)
	d := dial(t, n, sip.Call{})
	p.reply(p.expect("INVITE ", "INVITE"), "422 Session Interval Too Small", "Min-SE: 3600", "")
	p.expect("ACK ", "ACK")
	invite := p.expect("INVITE ", "INVITE")
	require.Equal(t, "3600", invite.header("session-expires"))
	require.Equal(t, "3600", invite.header("min-se"))
	p.reply(invite, "486 Busy Here", "", "")
	require.Equal(t, ending.BusyReason, d.ending(t).Reason)
}

func TestAnAnswerWithoutSoundEndsTheCall(t *testing.T) {
	t.Parallel()
	n, p := withPeer(t, nil)
	for _, body := range []string{"", "v=0\nm=audio x\n"} {
		d := dial(t, n, sip.Call{})
		p.reply(p.expect("INVITE ", "INVITE"), "200 OK", "", body)
		p.expect("ACK ", "ACK")
		p.reply(p.expect("BYE ", "BYE"), "200 OK", "", "")
		require.Equal(t, ending.NoCommonCodec, d.ending(t).Reason)
	}
}

func TestAnonymousCallersStaySo(t *testing.T) {
	t.Parallel()
	n, p := withPeer(t, nil)
	d := dial(t, n, sip.Call{From: sip.Identity{Number: "13900000001", Name: "Zhang", Withheld: true}})
	invite := p.expect("INVITE ", "INVITE")
	require.Contains(t, invite.header("from"), `"Anonymous" <sip:anonymous@anonymous.invalid>`)
	require.Contains(t, invite.header("p-asserted-identity"), "13900000001")
	require.Equal(t, "id", invite.header("privacy"))
	p.reply(invite, "486 Busy Here", "", "")
	d.ending(t)
}

func TestARingingCallOfOursCanBeHungUpByItsLeg(t *testing.T) {
	t.Parallel()
	n, p := withPeer(t, nil)
	d := dial(t, n, sip.Call{})
	invite := p.expect("INVITE ", "INVITE")
	p.reply(invite, "180 Ringing", "", "")
	require.Eventually(t, func() bool { return n.Stats().Wire.Received > 0 }, quick, time.Millisecond)
	l := n.Legs()[0]
	same, ok := n.Leg(l.ID())
	require.True(t, ok)
	require.Same(t, l, same)
	require.ErrorIs(t, l.Answer(t.Context(), nil), sip.ErrState)
	require.NoError(t, l.Hang(t.Context(), ending.NodeStopping))
	require.Equal(t, ending.Of(ending.NodeStopping, ending.Ours), d.ending(t))
	p.reply(p.expect("CANCEL ", "CANCEL"), "200 OK", "", "")
	p.reply(invite, "487 Request Terminated", "", "")
	p.expect("ACK ", "ACK")
	_, ok = n.Leg(l.ID())
	require.False(t, ok)
	require.Zero(t, p.count("INVITE", "INVITE"))
}

func TestSendsMessagesOfSeveralKilobytes(t *testing.T) {
	t.Parallel()
	n, p := withPeer(t, nil)
	long := strings.Repeat("<sip:1@x>;reason=unknown, ", 200) + "<sip:2@x>"
	d := dial(t, n, sip.Call{Headers: []sip.Header{{Name: "Diversion", Value: long}}})
	invite := p.expect("INVITE ", "INVITE")
	require.Equal(t, long, invite.header("diversion"))
	p.reply(invite, "486 Busy Here", "", "")
	require.Equal(t, ending.BusyReason, d.ending(t).Reason)
}

// Networks double packets: a second copy of the 200 must not look like a branch that nobody wants.
func TestADoubled200KeepsTheCall(t *testing.T) {
	t.Parallel()
	n, p := withPeer(t, nil)
	for range 20 {
		d := dial(t, n, sip.Call{})
		invite := p.expect("INVITE ", "INVITE")
		for range 3 {
			p.reply(invite, "200 OK", "", sdpBody(4000))
		}
		p.expect("ACK ", "ACK")
		l, err := d.wait(t)
		require.NoError(t, err)
		got := p.called(invite)
		got.next("OPTIONS", "", "") // what was sent before is handled when this is answered
		p.expect("200", "OPTIONS")
		_, hung := p.find(time.Millisecond, func(m text) bool {
			return strings.HasPrefix(m.first, "BYE ") && m.header("call-id") == got.id
		})
		require.False(t, hung)
		require.NoError(t, l.Context().Err())
		got.next("BYE", "", "")
		p.expect("200", "BYE")
		for p.count("ACK", "ACK") > 0 {
			p.expect("ACK ", "ACK")
		}
	}
}

// A request sent right behind the 200 may be handled before it.
func TestARequestThatOvertakesThe200Waits(t *testing.T) {
	t.Parallel()
	n, p := withPeer(t, nil)
	for _, first := range []bool{true, false} {
		d := dial(t, n, sip.Call{})
		invite := p.expect("INVITE ", "INVITE")
		got := p.called(invite)
		digit := func() {
			got.next("INFO", "Content-Type: application/dtmf", "5")
		}
		if first {
			digit()
		}
		p.reply(invite, "200 OK", "", sdpBody(4000))
		if !first {
			digit()
		}
		p.expect("200", "INFO")
		l, err := d.wait(t)
		require.NoError(t, err)
		next[sip.Answered](t, l)
		require.Equal(t, byte('5'), next[sip.Digit](t, l).Key)
		got.next("BYE", "", "")
		p.expect("200", "BYE")
	}
	d := dial(t, n, sip.Call{})
	invite := p.expect("INVITE ", "INVITE")
	p.called(invite).next("INFO", "", "")
	p.expect("481", "INFO") // no answer came
	p.reply(invite, "486 Busy Here", "", "")
	d.ending(t)
}

// Package trunk asks and registers by the agent: from its socket, with its contact.
func TestTrunksAreAskedByTheAgent(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	p := newPeer(t, n.address("udp"))
	n.to(trunk.UDP, p.address())
	require.NoError(t, n.trunks.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, n.trunks.Stop(context.Background())) })
	options := p.expect("OPTIONS ", "OPTIONS")
	require.Contains(t, options.header("via"), n.address("udp").String())
	require.Contains(t, options.contact(), n.address("udp").String())
	p.reply(options, "200 OK", "", "")
	require.Eventually(t, func() bool { return n.trunks.Snapshot()[0].State == trunk.Up }, quick, time.Millisecond)
}

package sip_test

import (
	"math/rand/v2"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/sdp"
	"yingda/internal/voice/sip"
	"yingda/internal/voice/sip/wire"
)

// up makes an answered call from a new peer to the node.
func up(t testing.TB, n *node) (*dialog, *sip.Leg) {
	t.Helper()
	d := newPeer(t, n.address("udp")).newDialog("10010")
	d.invite("", sdpBody(4000))
	l := incoming(t, n)
	require.NoError(t, l.Answer(t.Context(), answerTo(t, l.Remote(), 30000)))
	d.established()
	d.ack()
	next[sip.Answered](t, l)
	return d, l
}

func TestTakesACallPacketByPacket(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	d := newPeer(t, n.address("udp")).newDialog("10010")
	d.invite("Supported: timer", sdpBody(4000))
	l := incoming(t, n)
	require.NoError(t, l.Ring(t.Context()))
	ringing := d.p.expect("180", "INVITE")
	require.NoError(t, l.Progress(t.Context(), answerTo(t, l.Remote(), 30000)))
	require.Contains(t, d.p.expect("183", "INVITE").body, "m=audio 30000")
	require.NoError(t, l.Answer(t.Context(), answerTo(t, l.Remote(), 30000)))
	require.ErrorIs(t, l.Answer(t.Context(), nil), sip.ErrState)
	require.ErrorIs(t, l.Ring(t.Context()), sip.ErrState)
	d.established()
	require.Equal(t, ringing.toTag(), d.answer.toTag(), "one tag in all answers")
	require.Equal(t, "1800;refresher=uac", d.answer.header("session-expires"))
	require.Contains(t, d.answer.header("allow"), "REFER")
	require.Empty(t, d.answer.header("x-yingda-arrival"))
	d.ack()
	next[sip.Answered](t, l)
	d.next("BYE", `Reason: Q.850;cause=38;text="Network out of order"`, "")
	d.p.expect("200", "BYE")
	e := next[sip.Ended](t, l).Ending
	require.Equal(t, ending.TrunkDown, e.Reason)
	require.Equal(t, 38, e.Q850)
	_, open := <-l.Events()
	require.False(t, open)
	d.p.send(d.request("BYE", d.seq, "", ""))
	d.p.expect("200", "BYE")
}

func TestACancelledCallGets487AndEnds(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	d := newPeer(t, n.address("udp")).newDialog("10010")
	d.invite("", sdpBody(4000))
	l := incoming(t, n)
	require.NoError(t, l.Ring(t.Context()))
	ringing := d.p.expect("180", "INVITE")
	d.p.send(d.with("CANCEL", d.seq, d.inviteBranch, `Reason: SIP;cause=200;text="Call completed elsewhere"`, ""))
	d.p.expect("200", "CANCEL")
	require.Equal(t, ringing.toTag(), d.refused("487").toTag())
	require.Equal(t, ending.AnsweredElsewhere, next[sip.Ended](t, l).Ending.Reason)
	require.ErrorIs(t, l.Answer(t.Context(), nil), sip.ErrEnded)
	require.ErrorIs(t, l.Refuse(t.Context(), ending.BusyReason), sip.ErrEnded)
}

// Whoever is first wins, and both sides know the same: 200 and an up leg, or 487 and an ended one.
func TestCancelAgainstAnswerHasOneOutcome(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	p := newPeer(t, n.address("udp"))
	outcomes := map[string]int{}
	for range 60 {
		d := p.newDialog("10010")
		d.invite("", sdpBody(4000))
		l := incoming(t, n)
		body := answerTo(t, l.Remote(), 30000)
		var wg sync.WaitGroup
		wg.Go(func() { p.send(d.with("CANCEL", d.seq, d.inviteBranch, "", "")) })
		for range rand.IntN(400) {
			runtime.Gosched()
		}
		err := l.Answer(t.Context(), body)
		wg.Wait()
		p.expect("200", "CANCEL")
		final, ok := p.find(quick, func(m text) bool {
			_, method := m.cseq()
			return method == "INVITE" && m.header("call-id") == d.id && !strings.Contains(m.first, " 1")
		})
		require.True(t, ok)
		status := strings.Fields(final.first)[1]
		outcomes[status]++
		if status == "200" {
			require.NoError(t, err)
			d.remote, d.target = final.header("to"), final.contact()
			d.ack()
			next[sip.Answered](t, l)
			d.next("BYE", "", "")
			p.expect("200", "BYE")
			next[sip.Ended](t, l)
			continue
		}
		require.Equal(t, "487", status)
		require.ErrorIs(t, err, sip.ErrEnded)
		require.Equal(t, ending.CallerGaveUp, next[sip.Ended](t, l).Ending.Reason)
		p.send(d.withTo("ACK", final.header("to")))
	}
	t.Log("outcomes", outcomes)
}

func TestWithoutAnAckTheCallEnds(t *testing.T) {
	t.Parallel()
	c := clocktest.New()
	n := newNode(t, func(cfg *sip.Config) { cfg.Clock = c })
	d := newPeer(t, n.address("udp")).newDialog("10010")
	d.invite("", sdpBody(4000))
	l := incoming(t, n)
	require.NoError(t, l.Answer(t.Context(), answerTo(t, l.Remote(), 30000)))
	d.established()
	c.Advance(500 * time.Millisecond)
	again := d.p.expect("200", "INVITE")
	require.Equal(t, d.answer.body, again.body)
	for range 12 {
		c.Advance(4 * time.Second)
		if d.p.count("BYE ", "BYE") > 0 {
			break
		}
		_, _ = d.p.find(200*time.Millisecond, func(m text) bool { return strings.Contains(m.first, "200") })
	}
	bye := d.p.expect("BYE ", "BYE")
	require.Equal(t, "Q.850;cause=102", bye.header("reason"))
	d.p.reply(bye, "200 OK", "", "")
	require.Equal(t, ending.Of(ending.NoAck, ending.Theirs), next[sip.Ended](t, l).Ending)
}

func TestTakesAByeBeforeTheAck(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	d := newPeer(t, n.address("udp")).newDialog("10010")
	d.invite("", sdpBody(4000))
	l := incoming(t, n)
	require.NoError(t, l.Answer(t.Context(), answerTo(t, l.Remote(), 30000)))
	d.established()
	invited := d.seq
	d.next("BYE", "", "")
	d.p.expect("200", "BYE")
	require.Equal(t, ending.Completed, next[sip.Ended](t, l).Ending.Result)
	d.p.send(d.request("ACK", invited, "", ""))
}

func TestAByeBeforeTheAnswerEndsTheInviteToo(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	d := newPeer(t, n.address("udp")).newDialog("10010")
	d.invite("", sdpBody(4000))
	l := incoming(t, n)
	require.NoError(t, l.Ring(t.Context()))
	ringing := d.p.expect("180", "INVITE")
	d.remote = ringing.header("to")
	d.p.send(d.request("BYE", d.seq+1, "", ""))
	d.p.expect("200", "BYE")
	d.refused("487")
	require.Equal(t, ending.Cancelled, next[sip.Ended](t, l).Ending.Result)
}

// The trace stands where the packet leaves: what it finds is what the fastest caller can find.
func TestWhoHasTheAnswerToAByeFindsTheCallEnded(t *testing.T) {
	t.Parallel()
	for name, answered := range map[string]bool{"in talk": true, "while it rings": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var leg atomic.Pointer[sip.Leg]
			found := make(chan error, 2) // of the 200 to the BYE, of the 487 to the INVITE
			n := newNode(t, func(cfg *sip.Config) {
				cfg.Trace = func(m wire.Message) {
					if bye := m.Method() == "BYE" && strings.Contains(m.FirstLine(), " 200 "); m.Direction == wire.Out && (bye || strings.Contains(m.FirstLine(), " 487 ")) {
						found <- leg.Load().Context().Err()
					}
				}
			})
			d := newPeer(t, n.address("udp")).newDialog("10010")
			d.invite("", sdpBody(4000))
			l := incoming(t, n)
			leg.Store(l)
			if answered {
				require.NoError(t, l.Answer(t.Context(), answerTo(t, l.Remote(), 30000)))
				d.established()
				d.ack()
				next[sip.Answered](t, l)
			} else {
				require.NoError(t, l.Ring(t.Context()))
				d.remote = d.p.expect("180", "INVITE").header("to")
			}
			d.p.send(d.request("BYE", d.seq+1, "", ""))
			d.p.expect("200", "BYE")
			require.ErrorIs(t, <-found, sip.ErrEnded)
			if !answered {
				d.refused("487")
				require.ErrorIs(t, <-found, sip.ErrEnded)
			}
			next[sip.Ended](t, l)
		})
	}
}

func TestHangingUpBeforeTheAckWaitsForIt(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	d := newPeer(t, n.address("udp")).newDialog("10010")
	d.invite("", sdpBody(4000))
	l := incoming(t, n)
	require.NoError(t, l.Answer(t.Context(), answerTo(t, l.Remote(), 30000)))
	d.established()
	require.NoError(t, l.Hang(t.Context(), ending.PromptEnded))
	require.Zero(t, d.p.count("BYE ", "BYE"))
	d.ack()
	d.p.reply(d.p.expect("BYE ", "BYE"), "200 OK", "", "")
	next[sip.Answered](t, l)
	require.Equal(t, ending.PromptEnded, next[sip.Ended](t, l).Ending.Reason)
}

// sipgo gives every message a goroutine of its own; a network swaps packets too. What is sent in order
// is handled in order.
func TestHandlesSwappedMessagesInOrder(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	d, l := up(t, n)
	digit := func(key string) string { return "Signal=" + key + "\nDuration=100\n" }
	d.p.send(d.request("BYE", 4, "", ""))
	d.p.send(d.request("INFO", 3, "Content-Type: application/dtmf-relay", digit("2")))
	d.p.send(d.request("INFO", 2, "Content-Type: application/dtmf-relay", digit("1")))
	require.Equal(t, byte('1'), next[sip.Digit](t, l).Key)
	require.Equal(t, byte('2'), next[sip.Digit](t, l).Key)
	require.Equal(t, ending.Normal, next[sip.Ended](t, l).Ending.Reason)
}

func TestAReinviteThatOvertakesTheAckWaitsForIt(t *testing.T) {
	t.Parallel()
	n := newNode(t, func(cfg *sip.Config) { cfg.Renegotiate = renegotiate })
	d := newPeer(t, n.address("udp")).newDialog("10010")
	d.invite("", sdpBody(4000))
	l := incoming(t, n)
	require.NoError(t, l.Answer(t.Context(), answerTo(t, l.Remote(), 30000)))
	d.established()
	d.p.send(d.request("INVITE", d.seq+1, "Content-Type: application/sdp", sdpBody(4000, "a=sendonly")))
	d.ack()
	next[sip.Answered](t, l)
	require.True(t, next[sip.Updated](t, l).Hold)
	d.seq++
	d.established()
	d.ack()
}

func TestAMissingMessageDelaysTheNextOnlyShortly(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	d, l := up(t, n)
	d.p.send(d.request("BYE", d.seq+7, "", ""))
	d.p.expect("200", "BYE")
	next[sip.Ended](t, l)
}

func TestARequestFromThePastIsRefused(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	d, _ := up(t, n)
	d.p.send(d.request("INFO", d.seq, "", ""))
	d.p.expect("500", "INFO")
	d.p.send(d.request("BYE", 0, "", ""))
	d.p.expect("200", "BYE")
}

func TestAnswersEveryInfo(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	d, l := up(t, n)
	for _, c := range []struct {
		kind, body, status string
		key                byte
		length             time.Duration
	}{
		{"", "", "200", 0, 0},
		{"", "something", "415", 0, 0},
		{"Content-Type: application/json", "{}", "415", 0, 0},
		{"Content-Type: application/dtmf-relay", "Signal=5\nDuration=160\n", "200", '5', 160 * time.Millisecond},
		{"Content-Type: application/dtmf-relay", "Signal= 11\n", "200", '#', 100 * time.Millisecond},
		{"Content-Type: application/dtmf-relay; x=y", "signal=d", "200", 'D', 100 * time.Millisecond},
		{"Content-Type: application/dtmf", "*", "200", '*', 100 * time.Millisecond},
		{"Content-Type: application/dtmf-relay", "Signal=99\n", "200", 0, 0},
		{"Content-Type: application/dtmf-relay", "", "200", 0, 0},
		{"c: application/dtmf", "7", "200", '7', 100 * time.Millisecond},
	} {
		d.next("INFO", c.kind, c.body)
		d.p.expect(c.status, "INFO")
		if c.key != 0 {
			e := next[sip.Digit](t, l)
			require.Equal(t, c.key, e.Key)
			require.Equal(t, c.length, e.Duration)
		}
	}
	d.next("BYE", "", "")
	d.p.expect("200", "BYE")
}

func TestUnknownMethodsAreToldWhatIsAllowed(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	d, l := up(t, n)
	for _, method := range []string{"UPDATE", "PRACK", "MESSAGE", "SUBSCRIBE", "DANCE"} {
		d.next(method, "", "")
		require.Contains(t, d.p.expect("405", method).header("allow"), "INVITE")
		out := d.p.newDialog("10010")
		out.next(method, "", "")
		require.Contains(t, d.p.expect("405", method).header("allow"), "INVITE")
	}
	for _, method := range []string{"BYE", "INFO", "NOTIFY", "REFER", "CANCEL"} {
		out := d.p.newDialog("10010")
		out.next(method, "", "")
		d.p.expect("481", method)
		out.remote += ";tag=unknown"
		out.next(method, "", "")
		d.p.expect("481", method)
	}
	d.next("NOTIFY", "Event: presence", "")
	d.p.expect("489", "NOTIFY")
	d.next("OPTIONS", "", "")
	require.Equal(t, "application/sdp", d.p.expect("200", "OPTIONS").header("accept"))
	out := d.p.newDialog("10010")
	out.next("OPTIONS", "", "")
	d.p.expect("200", "OPTIONS")
	out.next("REGISTER", "", "")
	d.p.expect("405", "REGISTER")
	require.NoError(t, l.Hang(t.Context(), ending.Normal))
	d.p.reply(d.p.expect("BYE ", "BYE"), "200 OK", "", "")
}

func TestRefusesWhatItCannotTake(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	p := newPeer(t, n.address("udp"))
	for name, c := range map[string]struct{ extra, body, status string }{
		"malformed sdp":      {"", "v=0\nm=audio x\n", "400"},
		"no sdp at all":      {"", "hello", "400"},
		"other body":         {"Content-Type: text/plain", "", "415"},
		"no common codec":    {"", sdpBody(0), "488"},
		"encrypted only":     {"", strings.ReplaceAll(sdpBody(4000), "RTP/AVP", "RTP/SAVP"), "488"},
		"unknown extension":  {"Require: 100rel, timer", sdpBody(4000), "420"},
		"interval too small": {"Supported: timer\nSession-Expires: 30", sdpBody(4000), "422"},
		"replaces nothing":   {"Replaces: x;to-tag=1;from-tag=2", sdpBody(4000), "481"},
		"replaces nonsense":  {"Replaces: x", sdpBody(4000), "400"},
	} {
		d := p.newDialog("10010")
		if name == "other body" {
			d.seq++
			p.send(d.with("INVITE", d.seq, d.inviteBranch, c.extra, "hello"))
		} else {
			d.invite(c.extra, c.body)
		}
		m := d.refused(c.status)
		switch c.status {
		case "420":
			require.Equal(t, "100rel", m.header("unsupported"), name)
		case "422":
			require.Equal(t, "90", m.header("min-se"), name)
		}
	}
	d := p.newDialog("10010")
	d.seq++
	p.send(strings.Replace(d.with("INVITE", 1, d.inviteBranch, "", ""), "Contact:", "X-Contact:", 1))
	d.refused("400")
	for _, name := range []string{"Contact", "From", "To", "Record-Route"} { // unreadable
		d := p.newDialog("10010")
		m := d.with("INVITE", 1, d.inviteBranch, "Record-Route: <sip:x;lr>", "")
		d.seq = 1
		p.send(strings.Replace(m, "\n"+name+": <", "\n"+name+": <<", 1))
		if name == "Record-Route" {
			require.NoError(t, incoming(t, n).Refuse(t.Context(), ending.NotFound))
			d.refused("404")
			continue
		}
		p.expect("400", "INVITE")
		p.send(d.withTo("ACK", d.remote))
	}
	require.Empty(t, n.calls)
	require.Eventually(t, func() bool { return n.Stats().Calls == 0 }, quick, time.Millisecond)
}

func TestTakesOffersWithMoreLinesAndMultipartBodies(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	p := newPeer(t, n.address("udp"))
	d := p.newDialog("10010")
	d.invite("", sdpBody(4000, "m=video 0 RTP/AVP 96", "m=image 0 udptl t38"))
	l := incoming(t, n)
	require.NoError(t, l.Answer(t.Context(), answerTo(t, l.Remote(), 30000)))
	d.established()
	require.Contains(t, d.answer.body, "m=video 0 RTP/AVP 96\r\nm=image 0 udptl t38\r\n")
	d.ack()
	d.next("BYE", "", "")
	p.expect("200", "BYE")

	d = p.newDialog("10010")
	d.seq++
	p.send(d.with("INVITE", 1, d.inviteBranch, "Content-Type: multipart/mixed;boundary=b1",
		"--b1\nContent-Type: application/isup;version=itu-t92+\n\nx\n--b1\nContent-Type: application/sdp\n\n"+sdpBody(4002)+"--b1--\n"))
	l = incoming(t, n)
	require.Equal(t, 4002, l.Remote().Media[0].Port)
	require.NoError(t, l.RefuseWith(t.Context(), 410))
	require.Equal(t, "Q.850;cause=22", d.refused("410").header("reason"))
	require.Equal(t, ending.NumberChanged, l.Ending().Reason)
	require.Equal(t, ending.Ours, l.Ending().Side)
}

func TestALateOfferIsAnsweredInTheAck(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	for _, answer := range []bool{true, false} {
		d := newPeer(t, n.address("udp")).newDialog("10010")
		d.invite("", "")
		l := incoming(t, n)
		require.Nil(t, l.Remote())
		require.NoError(t, l.Answer(t.Context(), offer(30000)))
		d.established()
		if !answer {
			d.ack()
			next[sip.Answered](t, l)
			d.p.reply(d.p.expect("BYE ", "BYE"), "200 OK", "", "")
			require.Equal(t, ending.NoCommonCodec, next[sip.Ended](t, l).Ending.Reason)
			continue
		}
		d.p.send(d.request("ACK", d.seq, "Content-Type: application/sdp", sdpBody(4004)))
		require.Equal(t, 4004, next[sip.Answered](t, l).Remote.Media[0].Port)
		require.Equal(t, 4004, l.Remote().Media[0].Port)
		d.next("BYE", "", "")
		d.p.expect("200", "BYE")
	}
}

func TestARepeatedInviteMakesNoSecondCall(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	d, l := up(t, n)
	first := d.with("INVITE", 1, d.inviteBranch, "Content-Type: application/sdp", sdpBody(4000))
	first = strings.Replace(first, d.remote, "<sip:10010@"+d.p.to.String()+">", 1)
	d.p.send(first) // again, after its transaction is freed
	d.p.send(strings.Replace(first, d.inviteBranch, branch(), 1))
	m := d.p.expect("482", "INVITE")
	require.NotEmpty(t, m.toTag())
	d.next("BYE", "", "")
	d.p.expect("200", "BYE")
	next[sip.Ended](t, l)
	d.p.send(first)
	other := d.p.newDialog("10010")
	other.next("OPTIONS", "", "") // comes back after the INVITE was looked at
	d.p.expect("200", "OPTIONS")
	require.Empty(t, n.calls)
	require.Zero(t, d.p.count("100", "INVITE"))
}

func TestAReplacedCallIsTakenOver(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	d, l := up(t, n)
	by := newPeer(t, n.address("udp")).newDialog("10010")
	by.invite("Require: replaces\nReplaces: "+d.id+";to-tag="+d.answer.toTag()+";from-tag="+d.p.tag, sdpBody(4006))
	nl := incoming(t, n)
	require.Same(t, l, nl.Replaces())
	require.NoError(t, nl.Answer(t.Context(), answerTo(t, nl.Remote(), 30002)))
	by.established()
	by.ack()
	d.p.reply(d.p.expect("BYE ", "BYE"), "200 OK", "", "")
	require.Equal(t, ending.Transferred, next[sip.Ended](t, l).Ending.Reason)
	late := by.p.newDialog("10010")
	late.invite("Replaces: "+d.id+";to-tag="+d.answer.toTag()+";from-tag="+d.p.tag, sdpBody(4008))
	late.refused("603")
	earlyOnly := by.p.newDialog("10010")
	earlyOnly.invite("Replaces: "+by.id+";to-tag="+by.answer.toTag()+";from-tag="+by.p.tag+";early-only", sdpBody(4008))
	earlyOnly.refused("486")
	by.next("BYE", "", "")
	by.p.expect("200", "BYE")
}

// renegotiate answers as a media side that follows.
func renegotiate(_ *sip.Leg, offer *sdp.Description) ([]byte, error) {
	body, _, err := offer.Answer(sdp.Local{Address: loopback, Port: 30000, Session: 2, Version: 2})
	return body, err
}

func TestAWaitingCallerHearsOfItEveryMinute(t *testing.T) {
	t.Parallel()
	c := clocktest.New()
	n := newNode(t, func(cfg *sip.Config) { cfg.Clock = c })
	d := newPeer(t, n.address("udp")).newDialog("10010")
	d.invite("", sdpBody(4000))
	l := incoming(t, n)
	require.NoError(t, l.Progress(t.Context(), answerTo(t, l.Remote(), 30000)))
	first := d.p.expect("183", "INVITE")
	for range 3 {
		c.BlockUntil(1)
		c.Advance(61 * time.Second)
		require.Equal(t, first.body, d.p.expect("183", "INVITE").body)
	}
	require.NoError(t, l.Refuse(t.Context(), ending.BusyReason))
	d.refused("486")
}

// Some callers put the INVITE's branch into the ACK of a 200; the transaction then keeps it from us.
func TestAnAckWithTheInvitesBranchCounts(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	d := newPeer(t, n.address("udp")).newDialog("10010")
	d.invite("", sdpBody(4000))
	l := incoming(t, n)
	require.NoError(t, l.Answer(t.Context(), answerTo(t, l.Remote(), 30000)))
	d.established()
	d.p.send(d.with("ACK", d.seq, d.inviteBranch, "", ""))
	next[sip.Answered](t, l)
	d.next("BYE", "", "")
	d.p.expect("200", "BYE")
}

func TestBindsToAllAddressesAndNamesOne(t *testing.T) {
	t.Parallel()
	n := newNode(t, func(cfg *sip.Config) {
		cfg.Listen = []wire.Listen{{Network: "udp", Address: netip.MustParseAddrPort("0.0.0.0:0")}}
	})
	at := netip.AddrPortFrom(loopback, n.address("udp").Port())
	d := newPeer(t, at).newDialog("10010")
	d.invite("", sdpBody(4000))
	l := incoming(t, n)
	require.NoError(t, l.Answer(t.Context(), answerTo(t, l.Remote(), 30000)))
	d.established()
	require.NotContains(t, d.answer.contact(), "0.0.0.0")
	d.ack()
	next[sip.Answered](t, l)
	require.NoError(t, l.Hang(t.Context(), ending.Normal))
	bye := d.p.expect("BYE ", "BYE")
	require.NotContains(t, bye.header("via"), "0.0.0.0")
	d.p.reply(bye, "200 OK", "", "")
}

// sipgo repeats the last answer it was given, also one that it did not send: after a CANCEL that must
// stay the 487.
func TestA200ThatLostToACancelIsNeverSent(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	d := newPeer(t, n.address("udp")).newDialog("10010")
	d.invite("", sdpBody(4000))
	l := incoming(t, n)
	var first text
	err := l.LoseToCancel(func() {
		d.p.send(d.with("CANCEL", d.seq, d.inviteBranch, "", ""))
		d.p.expect("200", "CANCEL")
		first = d.p.expect("487", "INVITE")
	})
	require.ErrorIs(t, err, sip.ErrEnded)
	require.Equal(t, ending.CallerGaveUp, next[sip.Ended](t, l).Ending.Reason)
	again, ok := d.p.find(quick, func(m text) bool { _, method := m.cseq(); return method == "INVITE" }) // after 500 ms without an ACK
	require.True(t, ok)
	require.Contains(t, again.first, "487")
	require.Equal(t, first.toTag(), again.toTag())
	d.p.send(d.withTo("ACK", again.header("to")))
}

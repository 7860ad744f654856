package node_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/voice"
	"yingda/internal/voice/carrier"
	"yingda/internal/voice/carrier/carriertest"
	"yingda/internal/voice/node"
)

// leaping is the system's clock until it leaps ahead; timers that have become due by that fire at once.
type leaping struct {
	mu     sync.Mutex
	ahead  time.Duration
	timers map[*leapingTimer]struct{}
}

type leapingTimer struct {
	clock *leaping
	timer *time.Timer
	due   time.Time
}

func newLeaping() *leaping { return &leaping{timers: map[*leapingTimer]struct{}{}} }

func (l *leaping) now() time.Time { return time.Now().UTC().Add(l.ahead) }

func (l *leaping) Now() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now()
}

func (l *leaping) NewTimer(d time.Duration) clock.Timer {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := &leapingTimer{l, time.NewTimer(d), l.now().Add(d)}
	l.timers[t] = struct{}{}
	return t
}

// leap moves the clock.
func (l *leaping) leap(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.now()
	l.ahead += d
	for t := range l.timers {
		if t.due.After(before) {
			t.timer.Reset(max(0, t.due.Sub(l.now())))
		}
	}
}

func (t *leapingTimer) C() <-chan time.Time { return t.timer.C }

func (t *leapingTimer) Reset(d time.Duration) {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	t.due = t.clock.now().Add(d)
	t.timer.Reset(d)
	t.clock.timers[t] = struct{}{}
}

func (t *leapingTimer) Stop() {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	t.timer.Stop()
	delete(t.clock.timers, t)
}

// timed is a call of SIPp's to a phone, whose tone it sends back, over a node with a clock to leap with.
type timed struct {
	*house
	t     *testing.T
	clock *leaping
	sipp  *carriertest.SIPp
	desk  *carrier.Session
}

func newTimed(t *testing.T, scenario string) *timed {
	t.Helper()
	l := newLeaping()
	h := setup(t, plan{node: func(c *node.Config) { c.Clock, c.Silence = l, 24*time.Hour }})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(700)})
	sipp := h.sipp(t, "9688001", carriertest.SIPpConfig{Scenario: scenario, Args: echoing})
	c := &timed{h, t, l, sipp, h.next(desk)}
	t.Cleanup(func() {
		if leg, ok := c.caller(); ok && t.Failed() {
			ladder, _ := h.node.Ladder(leg.ID)
			for _, m := range ladder {
				t.Log(m.At, m.Out, m.FirstLine, m.CSeq, m.Repeated)
			}
		}
	})
	c.eventually(func() bool { return c.messages("ACK", "1 ACK") == 1 }, "the ACK")
	return c
}

// caller is the leg of SIPp.
func (c *timed) caller() (leg voice.LiveCall, ok bool) {
	for _, leg := range c.node.Calls() {
		if leg.Direction == voice.In {
			return leg, true
		}
	}
	return voice.LiveCall{}, false
}

// messages counts the messages of SIPp's leg that begin so and have this CSeq, or any when it is "".
func (c *timed) messages(line, cseq string) (n int) {
	leg, ok := c.caller()
	if !ok {
		return 0
	}
	ladder, _ := c.node.Ladder(leg.ID)
	for _, m := range ladder {
		if strings.HasPrefix(m.FirstLine, line) && (cseq == "" || m.CSeq == cseq) && !m.Repeated {
			n++
		}
	}
	return n
}

// passes lets time pass while both hear each other. It leaps less far than an ACK may take: one may be on its way.
func (c *timed) passes(d time.Duration) {
	c.t.Helper()
	for ; d > 0; d -= 25 * time.Second {
		c.hears(c.desk, "700")
		c.clock.leap(min(d, 25*time.Second))
	}
}

// hangUp ends the call from our side.
func (c *timed) hangUp() {
	c.t.Helper()
	leg, ok := c.caller()
	require.True(c.t, ok, "the call lives")
	require.True(c.t, c.node.Hang(leg.ID))
}

// over waits until SIPp is content and asserts how its leg ended.
func (c *timed) over(how string) {
	c.t.Helper()
	content(c.t, c.sipp)
	c.ended(c.desk)
	for _, leg := range c.calls(2) {
		if leg.Direction == voice.In {
			require.Equal(c.t, []string{how}, endings([]voice.Call{leg}))
		}
	}
}

// TestASessionThatTheCallerRefreshesLives: 150 s of a session of 90 s, with a refresh every 25 s.
func TestASessionThatTheCallerRefreshesLives(t *testing.T) {
	t.Parallel()
	c := newTimed(t, "uac_refreshes")
	for range 6 {
		c.passes(25 * time.Second)
		refreshed := c.messages("ACK", "")
		c.eventually(func() bool { return c.messages("ACK", "") > refreshed }, "a refresh of the caller's")
	}
	c.hangUp()
	c.over("in completed ours normal")
}

// TestASessionThatWeRefreshLives: the caller wants us to, so we offer anew at half of the time.
func TestASessionThatWeRefreshLives(t *testing.T) {
	t.Parallel()
	c := newTimed(t, "uac_refreshed")
	c.passes(46 * time.Second)
	c.eventually(func() bool { return c.messages("SIP/2.0 200", "1 INVITE") == 2 }, "the refresh; ours have a row of their own")
	c.passes(46 * time.Second)
	c.eventually(func() bool { return c.messages("ACK", "2 ACK") == 1 }, "the second refresh")
	c.hears(c.desk, "700")
	c.hangUp()
	c.over("in completed ours normal")
}

func TestASessionThatNobodyRefreshesEnds(t *testing.T) {
	t.Parallel()
	c := newTimed(t, "uac_forgets")
	c.passes(55 * time.Second) // a third of the session is left for a refresh that is late
	c.passes(10 * time.Second)
	c.over("in failed theirs session_expired")
}

// TestARefreshThatTheOtherSideDoesNotKnowEndsTheCall: it has lost the call, and no BYE ever comes.
func TestARefreshThatTheOtherSideDoesNotKnowEndsTheCall(t *testing.T) {
	t.Parallel()
	c := newTimed(t, "uac_forgot")
	c.passes(46 * time.Second)
	c.over("in failed theirs session_expired")
}

// TestASessionThatIsTooShortIsRefused: the caller asks for 30 s, is told the least, and takes that.
func TestASessionThatIsTooShortIsRefused(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(700)})
	s := h.sipp(t, "9688001", carriertest.SIPpConfig{Scenario: "uac_short", Args: echoing})
	ours := h.next(desk)
	h.hears(ours, "700")
	require.NoError(t, ours.Bye(within(t)))
	content(t, s)
	require.ElementsMatch(t, []string{"in completed ours callee_hung_up", "out completed theirs callee_hung_up"}, endings(h.calls(2)), "what was refused is no call")
}

// TestACarrierMayWantLongerSessions: we call with less than it takes, and once more with what it asks for.
func TestACarrierMayWantLongerSessions(t *testing.T) {
	t.Parallel()
	answers := carriertest.StartSIPp(t, carriertest.SIPpConfig{
		Scenario: "uas_long", Local: outside.String(), Args: append([]string{"-timeout", "60s"}, echoing...),
	})
	h := setup(t, plan{trunk: func(s *voice.TrunkSpec) { s.Hosts, s.Quiet = []string{answers.Addr()}, true }})
	h.outward()
	desk := h.phone("8001", carrier.PhoneConfig{})
	out := h.callsOut(desk, 900)
	h.hears(out, "900")
	require.NoError(t, out.Bye(within(t)))
	content(t, answers)
	require.ElementsMatch(t, []string{"in completed theirs normal", "out completed ours normal"}, endings(h.calls(2)))
}

// TestBothSidesMayOfferAtOnce: our refresh and the caller's offer cross; both are refused with 491, and both work a moment later.
func TestBothSidesMayOfferAtOnce(t *testing.T) {
	t.Parallel()
	c := newTimed(t, "uac_glare")
	c.passes(46 * time.Second)
	c.eventually(func() bool { return c.messages("ACK", "3 ACK") == 1 }, "both offers")
	c.hears(c.desk, "700")
	c.hangUp()
	c.over("in completed ours normal")
}

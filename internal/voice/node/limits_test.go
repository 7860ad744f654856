package node_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/voice"
	"yingda/internal/voice/carrier"
	"yingda/internal/voice/node"
)

func silentFor(d time.Duration) func(*node.Config) {
	return func(c *node.Config) { c.Silence = d }
}

func TestALegWithoutAnySoundIsEnded(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{node: silentFor(time.Second)})
	h.number("96801", voice.NumberSpec{Act: voice.ActEcho})
	c := h.from("96801")
	c.NoMedia, c.Report = true, -1
	s := h.dial(c)
	h.ended(s)
	require.Equal(t, carrier.ByThem, s.End().By)
	list := h.calls(1)
	require.Equal(t, []string{"in failed ours no_media"}, endings(list))
	require.GreaterOrEqual(t, list[0].Talked(), time.Second)
}

func TestAPartnerWhoIsSilentEndsTheConversation(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{node: silentFor(time.Second)})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
	c := h.from("9688001")
	c.NoMedia, c.Report = true, -1
	theirs := h.dial(c)
	h.ended(theirs)
	h.ended(h.next(desk))
	require.ElementsMatch(t, []string{"in failed ours no_media", "out completed ours normal"}, endings(h.calls(2)))
}

// TestWhoHoldsMayBeSilent: no time-out while held, nor in the moment of the resumption.
func TestWhoHoldsMayBeSilent(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{node: silentFor(time.Second)})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440), Report: -1})
	theirs, ours := h.talk(desk, "8001")
	h.hears(ours, "880")
	require.NoError(t, ours.HoldInactive(within(t)))
	heard, err := theirs.Hear(within(t), 2500*time.Millisecond)
	require.NoError(t, err)
	require.Greater(t, heard.Packets, 60, "music")
	require.NoError(t, ours.Resume(within(t)))
	h.hears(theirs, "440")
	h.hears(ours, "880")
}

func TestAPhoneMayRingLongerThanSilenceIsAllowed(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{node: silentFor(time.Second)})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440), Report: -1, Answer: carrier.Policy{Mode: carrier.RingOnly}})
	c := h.from("9688001")
	c.Report = -1
	theirs := h.start(c)
	ours := h.next(desk)
	require.NoError(t, ours.Progress()) // early media: the caller's side sends nothing until the answer
	heard, err := theirs.Hear(within(t), 2*time.Second)
	require.NoError(t, err)
	require.Equal(t, carrier.Early, theirs.State(), heard.String())
	require.NoError(t, ours.Answer(within(t)))
	h.hears(theirs, "440")
}

// faster is a clock of which twenty seconds pass in one.
type faster struct{ began time.Time }

const speed = 20

func (f faster) Now() time.Time { return f.began.Add(speed * time.Since(f.began)) }
func (f faster) NewTimer(d time.Duration) clock.Timer {
	return clock.System().NewTimer(d / speed)
}

// TestACallerWhoNeverAcknowledgesIsCleanedUp: neither ACK nor BYE, nor sound.
func TestACallerWhoNeverAcknowledgesIsCleanedUp(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{node: func(c *node.Config) { c.Clock = faster{time.Now().UTC()} }})
	h.number("96801", voice.NumberSpec{Act: voice.ActEcho})
	c := h.from("96801")
	c.NoAck, c.NoMedia, c.Report = true, true, -1
	s := h.start(c)
	h.answered(s)
	h.eventually(func() bool { return h.node.Parties() == 0 }, "the clean-up")
	require.Equal(t, []string{"in failed theirs no_ack"}, endings(h.calls(1)))
}

func TestMoreCallsThanAllowedAreToldToComeLater(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{node: func(c *node.Config) { c.MaxCalls = 2 }})
	h.number("96801", voice.NumberSpec{Act: voice.ActEcho})
	require.Empty(t, h.findings())
	one, two := h.dial(h.from("96801")), h.dial(h.from("96801"))
	r := h.refused(h.from("96801"))
	require.Equal(t, 503, r.Status)
	require.NotEmpty(t, r.Retry)
	require.Equal(t, []string{"in failed ours call_limit"}, endings(h.calls(1)))
	require.Contains(t, h.findings(), "voice.call_limit")
	h.hears(two, "880")
	require.NoError(t, one.Bye(within(t)))
	h.eventually(func() bool { return h.node.Parties() == 1 }, "the room")
	h.hears(h.dial(h.from("96801")), "880")
	require.NotContains(t, h.findings(), "voice.call_limit", "it is told as long as it goes on")
}

// findings gives what health says of calls. Each call is one look of the monitor's.
func (h *house) findings() (codes []string) {
	if h.looks == nil {
		for _, c := range h.node.Health() {
			h.looks = append(h.looks, c.Check)
		}
	}
	for _, look := range h.looks {
		for _, f := range look(context.Background()) {
			codes = append(codes, f.Warning.Code)
		}
	}
	return codes
}

func TestWithoutPortsForSoundCallsAreRefusedAndReported(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{node: func(c *node.Config) {
		c.Bind, c.FirstPort, c.LastPort = netip.MustParseAddr("127.0.0.4"), 20000, 20003
	}})
	h.number("96801", voice.NumberSpec{Act: voice.ActEcho})
	h.phone("8001", carrier.PhoneConfig{})
	one := h.dial(h.from("96801"))
	h.hears(one, "880")
	require.Equal(t, 503, h.refused(h.from("9688001")).Status, "the phone's side has none")
	var two *carrier.Session
	h.eventually(func() (ok bool) {
		var err error
		if two, err = carrier.Dial(within(t), h.from("96801")); err != nil {
			h.hears(one, "880") // meanwhile
		}
		return err == nil
	}, "a port that has rested")
	t.Cleanup(func() { _ = two.Close() })
	require.Equal(t, 503, h.refused(h.from("96801")).Status)
	require.Contains(t, h.findings(), "voice.ports_low")
	h.hears(two, "880")
	require.NoError(t, one.Bye(within(t)))
	require.NoError(t, two.Bye(within(t)))
	h.eventually(func() bool { return h.node.Parties() == 0 }, "the ends")
	all := endings(h.calls(h.reports()))
	require.Subset(t, []string{"in completed theirs normal", "in failed ours call_limit", "in failed ours congestion"}, all)
	require.Subset(t, all, []string{"in completed theirs normal", "in failed ours call_limit", "in failed ours congestion"})
}

// TestStoppingEndsAllCalls: whatever they are doing.
func TestStoppingEndsAllCalls(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{record: true})
	h.number("96801", voice.NumberSpec{Act: voice.ActEcho})
	h.number("96803", voice.NumberSpec{Act: voice.ActPrompt, Prompt: h.prompt(500, time.Second), Repeat: true})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
	ringing := h.phone("8002", carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RingOnly}})
	h.eventually(func() bool {
		s, err := carrier.Dial(within(t), h.from("96803"))
		if err != nil {
			return false
		}
		t.Cleanup(func() { _ = s.Close() })
		return true
	}, "the prompt")
	echo := h.dial(h.from("96801"))
	theirs, ours := h.talk(desk, "8001")
	held, holder := h.talk(desk, "8001")
	require.NoError(t, holder.Hold(within(t)))
	moved, mover := h.talk(desk, "8001")
	_, err := mover.Raw(within(t), "REFER", "", nil, carrier.Header{Name: "Refer-To", Value: "<sip:8002@" + h.proxy + ">"})
	require.NoError(t, err)
	third := h.next(ringing)
	waiting := h.start(h.from("9688002"))
	fourth := h.next(ringing)
	h.eventually(func() bool { return waiting.State() == carrier.Ringing }, "the ring back")

	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	h.stopped = true
	require.NoError(t, h.node.Stop(ctx))
	h.nothingIsLeft()
	for _, s := range []*carrier.Session{echo, theirs, ours, held, holder, moved, mover, third, waiting, fourth} {
		h.ended(s)
	}
	require.Equal(t, 503, waiting.End().Status)
	for _, c := range h.calls(h.reports()) {
		switch c.Ending.Reason {
		case "node_stopping":
		default:
			require.Fail(t, "a leg ended otherwise", "%s %s %s", c.Direction, c.Called, endings([]voice.Call{c}))
		}
	}
	require.GreaterOrEqual(t, h.reports(), 11)
}

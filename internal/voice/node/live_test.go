package node_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice"
	"yingda/internal/voice/carrier"
)

func TestWhatHappensNowIsTold(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{record: true})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440), Answer: carrier.Policy{Mode: carrier.RingOnly}, Agent: "desk/1"})
	registered := h.node.Registrations()
	require.Len(t, registered, 1)
	require.Equal(t, "8001", registered[0].Phone)
	require.Equal(t, desk.Addr().String(), registered[0].Source)
	require.Equal(t, "desk/1", registered[0].Agent)

	theirs := h.start(h.from("9688001"))
	ours := h.next(desk)
	h.eventually(func() bool { return theirs.State() == carrier.Ringing }, "the ring back")
	require.Len(t, h.node.Calls(), 2)
	in, out := h.live()
	require.Equal(t, voice.Ringing, in.State)
	require.Equal(t, voice.Ringing, out.State)
	require.Zero(t, in.Answered)
	h.hearsLadder(out, "→ INVITE", "← 100", "← 180")

	require.NoError(t, ours.Answer(within(t)))
	h.answered(theirs)
	h.hears(theirs, "440")
	in, out = h.live()
	require.Equal(t, voice.Talking, in.State)
	require.Equal(t, customer, in.Caller)
	require.Equal(t, "9688001", in.Called)
	require.Equal(t, h.trunk.ID, in.Trunk)
	require.Equal(t, theirs.CallID(), in.SIPCallID)
	require.Equal(t, ours.CallID(), out.SIPCallID)
	require.Equal(t, "8001", out.Called)
	require.Equal(t, customer, out.Caller)
	require.False(t, out.Phone.IsZero())
	require.Equal(t, in.Conversation, out.Conversation)
	require.Equal(t, h.nation.ID.UUID(), in.Centre)
	for _, c := range []voice.LiveCall{in, out} {
		require.Equal(t, "PCMA", c.Codec)
		require.True(t, c.Recording)
		require.Greater(t, c.Quality.Receive.Packets, uint64(10))
		require.False(t, c.Answered.IsZero())
	}

	require.NoError(t, ours.Hold(within(t)))
	h.eventually(func() bool { _, out := h.live(); return out.State == voice.Held }, "the hold")
	h.hearsLadder(in, "← INVITE", "→ 100", "→ 180", "→ 200", "← ACK")
	h.hearsLadder(out, "→ INVITE", "← 100", "← 180", "← 200", "→ ACK", "← INVITE", "→ 200", "← ACK")

	require.NoError(t, theirs.Bye(within(t)))
	h.ended(ours)
	list := h.calls(2)
	for _, c := range list {
		ladder, err := h.CallLadder(everything(t), c.ID)
		require.NoError(t, err)
		last := ladder[len(ladder)-1]
		require.Contains(t, last.CSeq, "BYE")
		require.Equal(t, "SIP/2.0 200 OK", last.FirstLine)
		for _, m := range ladder {
			require.NotContains(t, m.FirstLine, customer)
		}
		require.True(t, c.Recorded)
	}
	require.Empty(t, h.node.Calls())
	h.eventually(func() bool { return h.node.Ladders() == 0 }, "ladders are given away")
	_, known := h.node.Ladder(in.ID)
	require.False(t, known)
	require.Empty(t, h.findings())
}

// live gives the leg that came in and the one that went out.
func (h *house) live() (in, out voice.LiveCall) {
	for _, c := range h.node.Calls() {
		if c.Direction == voice.In {
			in = c
		} else {
			out = c
		}
	}
	return in, out
}

// hearsLadder waits until the ladder of a leg is so; what is not wanted in between, such as a 100, may be missing.
func (h *house) hearsLadder(c voice.LiveCall, want ...string) {
	h.t.Helper()
	var got []string
	defer func() {
		if h.t.Failed() {
			h.t.Log("ladder:", got)
		}
	}()
	h.eventually(func() bool {
		got = nil
		messages, ok := h.node.Ladder(c.ID)
		require.True(h.t, ok)
		for _, m := range messages {
			arrow, word := "← ", strings.TrimPrefix(m.FirstLine, "SIP/2.0 ")
			if m.Out {
				arrow = "→ "
			}
			word, _, _ = strings.Cut(word, " ")
			if word != "100" && !m.Repeated {
				got = append(got, arrow+word)
			}
		}
		without := make([]string, 0, len(want))
		for _, w := range want {
			if !strings.HasSuffix(w, " 100") {
				without = append(without, w)
			}
		}
		return strings.Join(got, ",") == strings.Join(without, ",")
	}, strings.Join(want, ","))
}

func TestPeopleMayHangUpLegs(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
	slow := h.phone("8002", carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RingOnly}})
	theirs, ours := h.talk(desk, "8001")
	in, _ := h.live()
	require.True(t, h.node.Hang(in.ID))
	h.ended(theirs)
	h.ended(ours)
	h.eventually(func() bool { return !h.node.Hang(in.ID) }, "it has ended")

	waiting := h.start(h.from("9688002"))
	third := h.next(slow)
	h.eventually(func() bool { return waiting.State() == carrier.Ringing }, "the ring back")
	_, out := h.live()
	require.True(t, h.node.Hang(out.ID), "a leg that is being dialled")
	h.ended(third)
	h.ended(waiting)
	h.calls(4)
}

func TestTrunksTellHowTheyAre(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	h.eventually(func() bool {
		status := h.node.TrunkStatus()
		return len(status) == 1 && status[0].State == voice.TrunkUp
	}, "the trunk is up")
	status := h.node.TrunkStatus()[0]
	require.Equal(t, h.trunk.ID, status.Trunk)
	require.Equal(t, 200, status.SIP)
	tested, err := h.node.TestTrunk(within(t), h.trunk.ID)
	require.NoError(t, err)
	require.Len(t, tested, 1)
	require.Equal(t, 200, tested[0].SIP)
	h.number("96801", voice.NumberSpec{Act: voice.ActEcho})
	h.dial(h.from("96801"))
	require.Equal(t, 1, h.node.TrunkStatus()[0].Calls)
}

// TestACallThatFailsHasItsLadder: also of a trunk that refuses, and of the one before it.
func TestACallThatFailsHasItsLadder(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{carrier: carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RefuseAll, Status: 503}}})
	second, err := carrier.NewPhone(carrier.PhoneConfig{Local: outside, User: "carrier", Answer: carrier.Policy{Mode: carrier.RefuseAll, Status: 486}})
	require.NoError(t, err)
	h.run(second)
	_, err = h.CreateTrunk(everything(t), nil, voice.TrunkSpec{
		Group: h.group.ID, Name: "乙方中继", Hosts: []string{second.Addr().String()}, Transport: voice.UDP, Priority: 20, Weight: 10, MaxCalls: 10,
		Codecs: []string{"PCMA"}, CallerFrom: voice.FromPAI,
	})
	require.NoError(t, err)
	h.number("13900139000", voice.NumberSpec{Act: voice.ActTrunk, Group: h.group.ID})
	h.eventually(func() bool { return len(h.node.TrunkStatus()) == 2 }, "the second trunk")
	desk := h.phone("8001", carrier.PhoneConfig{})
	_, err = desk.Dial(within(t), carrier.Call{To: "13900139000"})
	var r *carrier.Refused
	require.ErrorAs(t, err, &r)
	require.Equal(t, 486, r.Status)
	for _, c := range h.calls(2) {
		if c.Direction == voice.In {
			continue
		}
		require.Equal(t, "乙方中继", c.TrunkName)
		require.NotEmpty(t, c.SIPCallID)
		ladder, err := h.CallLadder(everything(t), c.ID)
		require.NoError(t, err)
		var lines []string
		for _, m := range ladder {
			if !m.Out {
				lines = append(lines, m.FirstLine)
			}
		}
		require.Contains(t, lines, "SIP/2.0 503 Service Unavailable")
		require.Contains(t, lines, "SIP/2.0 486 Busy Here")
	}
}

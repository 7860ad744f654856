package node_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice"
	"yingda/internal/voice/carrier"
)

func TestAPhoneIsCalledFromATrunkAndBothHearEachOther(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440), Event: 97, Answer: carrier.Policy{Mode: carrier.RingOnly}})
	c := h.from("9688001")
	c.Event = 110
	theirs := h.start(c)
	ours := h.next(desk)
	require.Equal(t, customer, ours.Caller())
	h.eventually(func() bool { return theirs.State() == carrier.Ringing }, "the ring back")
	require.NoError(t, ours.Answer(within(t)))
	h.answered(theirs)
	h.hears(theirs, "440")
	h.hears(ours, "880")

	require.NoError(t, theirs.SendDigits(within(t), "42", carrier.Keying{}))
	keys, err := ours.WaitDigits(within(t), 2)
	require.NoError(t, err)
	require.Equal(t, "42", keys)
	require.NoError(t, ours.SendDigits(within(t), "7", carrier.Keying{ZeroFirst: true}))
	keys, err = theirs.WaitDigits(within(t), 1)
	require.NoError(t, err)
	require.Equal(t, "7", keys)
	require.NoError(t, theirs.SendDigits(within(t), "8", carrier.Keying{Way: carrier.Info}))
	keys, err = ours.WaitDigits(within(t), 3)
	require.NoError(t, err)
	require.Equal(t, "428", keys)
	require.Equal(t, carrier.RFC4733, ours.Digits()[2].Way, "a key by INFO goes on as telephone-event")

	require.NoError(t, theirs.Bye(within(t)))
	h.ended(ours)
	require.Equal(t, carrier.ByThem, ours.End().By)
	list := h.calls(2)
	require.ElementsMatch(t, []string{"in completed theirs normal", "out completed ours normal"}, endings(list))
	require.Equal(t, list[0].Conversation, list[1].Conversation)
}

func TestWhoIsCalledMayHangUp(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
	theirs, ours := h.talk(desk, "8001")
	require.NoError(t, ours.Bye(within(t)))
	h.ended(theirs)
	require.Equal(t, carrier.ByThem, theirs.End().By)
	list := h.calls(2)
	require.ElementsMatch(t, []string{"in completed ours callee_hung_up", "out completed theirs callee_hung_up"}, endings(list))
}

func TestACallerWhoGivesUpStopsTheRinging(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RingOnly}})
	theirs := h.start(h.from("9688001"))
	ours := h.next(desk)
	h.eventually(func() bool { return theirs.State() == carrier.Ringing }, "the ring back")
	theirs.Cancel()
	h.ended(ours)
	h.ended(theirs)
	require.Equal(t, 487, theirs.End().Status)
	list := h.calls(2)
	require.ElementsMatch(t, []string{"in cancelled theirs caller_gave_up", "out cancelled ours caller_gave_up"}, endings(list))
}

func TestAPhoneThatRingsTooLongIsLeft(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{node: ringsFor(700 * time.Millisecond)})
	desk := h.phone("8001", carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RingOnly}})
	require.Equal(t, 480, h.refused(h.from("9688001")).Status)
	h.ended(h.next(desk))
	list := h.calls(2)
	require.ElementsMatch(t, []string{"in no_answer ours no_answer", "out no_answer theirs no_answer"}, endings(list))
}

func TestAPhoneMayRefuse(t *testing.T) {
	t.Parallel()
	for status, want := range map[int][]string{
		486: {"in busy ours busy", "out busy theirs busy"},
		603: {"in rejected ours declined", "out rejected theirs declined"},
	} {
		t.Run(want[0], func(t *testing.T) {
			t.Parallel()
			h := setup(t, plan{})
			h.phone("8001", carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RefuseAll, Status: status}})
			require.Equal(t, status, h.refused(h.from("9688001")).Status)
			require.ElementsMatch(t, want, endings(h.calls(2)))
		})
	}
}

func TestAPhoneThatIsNowhereIsUnavailable(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	h.phone("8001", carrier.PhoneConfig{Registrar: "none"})
	require.Equal(t, 480, h.refused(h.from("9688001")).Status)
	require.ElementsMatch(t, []string{"in no_answer ours unavailable", "out no_answer theirs unavailable"}, endings(h.calls(2)))
}

func TestEarlyMediaIsHeardBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440), Answer: carrier.Policy{Mode: carrier.EarlyMedia, After: 3 * time.Second}})
	theirs := h.start(h.from("9688001"))
	h.hears(theirs, "440")
	require.Equal(t, carrier.Early, theirs.State())
	live := h.node.Calls()
	require.Len(t, live, 2)
	require.Equal(t, voice.Early, live[0].State)
	h.answered(theirs)
	h.hears(theirs, "440")
	h.hears(h.next(desk), "880")
}

func TestAPhoneCallsOutOverATrunk(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{carrier: carrier.PhoneConfig{Play: sends(440)}})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(880)})
	_, err := h.CreateNumber(everything(t), nil, voice.NumberSpec{Number: "138", Match: voice.Prefix, Name: "手机", Centre: h.nation.ID, Act: voice.ActTrunk, Group: h.group.ID})
	require.NoError(t, err)
	ours, err := desk.Dial(within(t), carrier.Call{To: "13800138001", Play: carrier.Tone(880, 0)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = ours.Close() })
	theirs := h.next(h.carrier)
	require.Equal(t, "13800138001", theirs.Called())
	h.hears(ours, "440")
	h.hears(theirs, "880")
	require.NoError(t, theirs.Bye(within(t)))
	h.ended(ours)
	list := h.calls(2)
	require.ElementsMatch(t, []string{"in completed ours callee_hung_up", "out completed theirs callee_hung_up"}, endings(list))
	for _, c := range list {
		if c.Direction == voice.In {
			require.Equal(t, "8001", c.PhoneNumber)
		} else {
			require.Equal(t, "甲方中继", c.TrunkName)
			require.Equal(t, "+86138****8001", c.Called)
		}
	}
}

func TestPhonesOfDifferentLawsUnderstandEachOther(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440), Codecs: []carrier.Codec{carrier.PCMU}})
	theirs, ours := h.talk(desk, "8001")
	h.hears(theirs, "440")
	h.hears(ours, "880")
}

// TestHoldFromEitherSide: who is held hears music, and never the other side.
func TestHoldFromEitherSide(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
	theirs, ours := h.talk(desk, "8001")
	for name, pair := range map[string][2]*carrier.Session{"by the phone": {ours, theirs}, "by the customer": {theirs, ours}} {
		holder, held := pair[0], pair[1]
		for how, hold := range map[string]func() error{
			"sendonly": func() error { return holder.Hold(within(t)) }, "inactive": func() error { return holder.HoldInactive(within(t)) },
		} {
			require.NoError(t, hold(), name, how)
			h.hears(held, "sound")
			h.hearsMusic(held, name+how)
			require.NoError(t, holder.Resume(within(t)), name, how)
			h.hears(theirs, "440")
			h.hears(ours, "880")
		}
	}
	require.NoError(t, theirs.Bye(within(t)))
	h.calls(2)
}

// hearsMusic asserts that there is sound, and nobody's tone in it.
func (h *house) hearsMusic(s *carrier.Session, who string) {
	h.t.Helper()
	heard, err := s.Hear(within(h.t), time.Second)
	require.NoError(h.t, err)
	require.Greater(h.t, heard.Energy, -45.0, who)
	for i, span := range heard.Tones {
		require.NotContains(h.t, []int{435, 436, 437, 438, 439, 440, 441, 442, 443, 444, 445, 880}, span.Hz*boolInt(span.To-span.From > 900*time.Millisecond), "%s hears the other side: %d", who, i)
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestACallThatIsHeldMayEnd(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
	theirs, ours := h.talk(desk, "8001")
	require.NoError(t, ours.Hold(within(t)))
	h.eventually(func() bool {
		for _, c := range h.node.Calls() {
			if c.State == voice.Held {
				return true
			}
		}
		return false
	}, "a leg that holds")
	require.NoError(t, theirs.Bye(within(t)))
	h.ended(ours)
	h.calls(2)
}

func TestAWrongPasswordRegistersNothing(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	h.phone("8001", carrier.PhoneConfig{Registrar: "none"})
	p, err := carrier.NewPhone(carrier.PhoneConfig{Registrar: h.proxy, User: "8001", Password: "guessed"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Stop(within(t)) })
	err = p.Start(within(t))
	var r *carrier.Refused
	require.ErrorAs(t, err, &r)
	require.True(t, strings.HasPrefix(r.Method, "REGISTER"))
	require.Empty(t, h.node.Registrations())
}

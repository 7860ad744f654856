package node_test

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice"
	"yingda/internal/voice/carrier"
)

func TestABlindTransferToAPhone(t *testing.T) {
	t.Parallel()
	for _, hold := range []bool{false, true} {
		t.Run(fmt.Sprintf("held=%t", hold), func(t *testing.T) {
			t.Parallel()
			h := setup(t, plan{})
			desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
			colleague := h.phone("8002", carrier.PhoneConfig{Play: sends(1320), Answer: carrier.Policy{After: 300 * time.Millisecond}})
			theirs, ours := h.talk(desk, "8001")
			if hold {
				require.NoError(t, ours.Hold(within(t)))
			}
			made, err := ours.Refer(within(t), "8002")
			require.NoError(t, err)
			require.Equal(t, 200, made.Final)
			require.Equal(t, []int{100, 180, 200}, made.Progress)
			h.ended(ours)
			third := h.next(colleague)
			require.Equal(t, customer, third.Caller(), "the colleague sees who is transferred")
			require.Contains(t, third.Header("Referred-By"), "8001")
			h.hears(theirs, "1320")
			h.hears(third, "880")
			require.NoError(t, theirs.Bye(within(t)))
			h.ended(third)
			list := h.calls(3)
			require.ElementsMatch(t, []string{"in completed theirs normal", "out completed ours transferred", "out completed ours normal"}, endings(list))
			for _, c := range list {
				require.Equal(t, list[0].Conversation, c.Conversation)
			}
		})
	}
}

func TestABlindTransferToAPrompt(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
	h.number("96806", voice.NumberSpec{Act: voice.ActPrompt, Prompt: h.prompt(600, time.Second)})
	h.eventually(func() bool { return len(h.Tables().Prompts) == 1 }, "the prompt")
	theirs, ours := h.talk(desk, "8001")
	h.hears(theirs, "440")
	heard := theirs.Listen()
	var made carrier.Transfer
	h.eventually(func() (done bool) { // until the node has the prompt
		var err error
		made, err = ours.Refer(within(t), "96806")
		require.NoError(t, err)
		return made.Final == 200
	}, "the transfer")
	h.ended(ours)
	h.ended(theirs)
	all := heard()
	require.True(t, all.HasTone(600), all.String())
	require.ElementsMatch(t, []string{"in completed ours prompt_ended", "out completed ours transferred"}, endings(h.calls(2)))
}

func TestABlindTransferToAnEcho(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
	h.number("96801", voice.NumberSpec{Act: voice.ActEcho})
	theirs, ours := h.talk(desk, "8001")
	made, err := ours.Refer(within(t), "96801")
	require.NoError(t, err)
	require.Equal(t, 200, made.Final)
	h.hears(theirs, "880")
}

// TestATransferThatFailsFallsBack: who was held still is, and may be taken back.
func TestATransferThatFailsFallsBack(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
	h.phone("8002", carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RefuseAll, Status: 486}})
	h.number("96807", voice.NumberSpec{Act: voice.ActReject, Cause: "number_changed"})
	theirs, ours := h.talk(desk, "8001")
	require.NoError(t, ours.Hold(within(t)))
	for target, status := range map[string]int{"8002": 486, "5555": 404, "96807": 410} {
		made, err := ours.Refer(within(t), target)
		require.NoError(t, err)
		require.Equal(t, status, made.Final, target)
		h.hearsMusic(theirs, target)
	}
	require.NoError(t, ours.Resume(within(t)))
	h.hears(theirs, "440")
	h.hears(ours, "880")
	require.NoError(t, ours.Bye(within(t)))
	h.ended(theirs)
	require.ElementsMatch(t, []string{"in completed ours callee_hung_up", "out completed theirs callee_hung_up", "out busy theirs busy"}, endings(h.calls(3)))
}

// TestACustomerMayNotTransferAtOurCost: who comes over a trunk may not send us out over another.
func TestACustomerMayNotTransferAtOurCost(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
	h.number("13900139000", voice.NumberSpec{Act: voice.ActTrunk, Group: h.group.ID})
	theirs, ours := h.talk(desk, "8001")
	made, err := theirs.Refer(within(t), "13900139000")
	require.NoError(t, err)
	require.Equal(t, 403, made.Final)
	h.hears(ours, "880")
}

func TestATransferorMayHangUpAtOnce(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
	colleague := h.phone("8002", carrier.PhoneConfig{Play: sends(1320), Answer: carrier.Policy{Mode: carrier.RingOnly}})
	theirs, ours := h.talk(desk, "8001")
	status, err := ours.Raw(within(t), "REFER", "", nil, carrier.Header{Name: "Refer-To", Value: "<sip:8002@" + h.proxy + ">"})
	require.NoError(t, err)
	require.Equal(t, 202, status)
	require.NoError(t, ours.Bye(within(t)))
	third := h.next(colleague)
	h.hearsMusic(theirs, "who waits for the colleague")
	require.NoError(t, third.Answer(within(t)))
	h.hears(theirs, "1320")
	h.hears(third, "880")
	require.NoError(t, third.Bye(within(t)))
	h.ended(theirs)
	require.ElementsMatch(t, []string{"in completed ours callee_hung_up", "out completed theirs callee_hung_up", "out completed theirs callee_hung_up"}, endings(h.calls(3)))
}

// TestATransferWithoutAnybodyLeft: transferor and customer leave while the colleague's phone rings.
func TestATransferWithoutAnybodyLeft(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
	colleague := h.phone("8002", carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RingOnly}})
	theirs, ours := h.talk(desk, "8001")
	_, err := ours.Raw(within(t), "REFER", "", nil, carrier.Header{Name: "Refer-To", Value: "<sip:8002@" + h.proxy + ">"})
	require.NoError(t, err)
	third := h.next(colleague)
	require.NoError(t, ours.Bye(within(t)))
	require.NoError(t, theirs.Bye(within(t)))
	h.ended(third)
	ends := endings(h.calls(3))
	// The transferor's BYE and ours, because nobody was left, may cross.
	if i := slices.Index(ends, "out completed ours normal"); i >= 0 {
		ends[i] = "out completed theirs callee_hung_up"
	}
	require.ElementsMatch(t, []string{"in completed theirs normal", "out completed theirs callee_hung_up", "out cancelled ours caller_gave_up"}, ends)
}

// TestATransferredCustomerMayLeaveFirst: the customer leaves while the colleague's phone rings, the transferor stays.
func TestATransferredCustomerMayLeaveFirst(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
	colleague := h.phone("8002", carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RingOnly}})
	theirs, ours := h.talk(desk, "8001")
	_, err := ours.Raw(within(t), "REFER", "", nil, carrier.Header{Name: "Refer-To", Value: "<sip:8002@" + h.proxy + ">"})
	require.NoError(t, err)
	third := h.next(colleague)
	require.NoError(t, theirs.Bye(within(t)))
	h.ended(third)
	h.ended(ours)
	h.calls(3)
}

// TestAnAttendedTransfer: a phone consults a colleague in a second call, and joins customer and colleague.
func TestAnAttendedTransfer(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
	colleague := h.phone("8002", carrier.PhoneConfig{Play: sends(1320)})
	theirs, ours := h.talk(desk, "8001")
	require.NoError(t, ours.Hold(within(t)))
	consult, err := desk.Dial(within(t), carrier.Call{To: "8002", Play: carrier.Tone(440, 0)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = consult.Close() })
	third := h.next(colleague)
	h.hears(third, "440")
	require.NoError(t, consult.Hold(within(t)))
	made, err := ours.ReferReplaces(within(t), consult)
	require.NoError(t, err)
	require.Equal(t, 200, made.Final)
	h.ended(ours)
	h.ended(consult)
	h.hears(theirs, "1320")
	h.hears(third, "880")
	require.NoError(t, theirs.Bye(within(t)))
	h.ended(third)
	list := h.calls(4)
	require.ElementsMatch(t, []string{
		"in completed theirs normal", "out completed ours transferred", "in completed ours transferred", "out completed ours normal",
	}, endings(list))
}

func TestAnAttendedTransferToNobodyFails(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
	theirs, ours := h.talk(desk, "8001")
	gone := h.dial(h.from("9688001"))
	alone := h.next(desk)
	h.answered(alone)
	require.NoError(t, gone.Bye(within(t)))
	h.ended(alone)
	made, err := ours.ReferReplaces(within(t), alone)
	require.NoError(t, err)
	require.Contains(t, []int{404, 480}, made.Final)
	made, err = ours.ReferReplaces(within(t), ours)
	require.NoError(t, err)
	require.Equal(t, 404, made.Final, "a call cannot replace itself")
	other := h.dial(h.from("9688001"))
	callID, node, _ := dialog(t, h.next(desk))
	made, err = ours.Refer(within(t), "sip:8001@"+h.proxy+"?Replaces="+url.QueryEscape(callID+";to-tag="+node+";from-tag=guessed"))
	require.NoError(t, err)
	require.Equal(t, 404, made.Final, "somebody else's call")
	h.hears(other, "440")
	h.hears(theirs, "440")
}

var tags = regexp.MustCompile(`(?im)^(?:from|to|f|t)\s*:.*;tag=([^;\s]+)`)

// dialog gives Call-ID and the tags of an incoming session of a phone: the node's and the phone's.
func dialog(t *testing.T, s *carrier.Session) (callID, node, phone string) {
	t.Helper()
	for _, m := range s.Trace() {
		if found := tags.FindAllStringSubmatch(m.Text, -1); m.Out && len(found) == 2 {
			return m.CallID, found[0][1], found[1][1]
		}
	}
	require.FailNow(t, "no answer with tags")
	return "", "", ""
}

// TestAColleaguePicksACallUp: an INVITE with Replaces takes the place of the phone that talks.
func TestAColleaguePicksACallUp(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
	colleague := h.phone("8002", carrier.PhoneConfig{})
	theirs, ours := h.talk(desk, "8001")
	h.hears(theirs, "440")
	callID, node, phone := dialog(t, ours)
	third, err := colleague.Dial(within(t), carrier.Call{
		To: "8001", Play: carrier.Tone(1320, 0), Headers: []carrier.Header{{Name: "Replaces", Value: callID + ";to-tag=" + node + ";from-tag=" + phone}},
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = third.Close() })
	h.ended(ours)
	h.hears(theirs, "1320")
	h.hears(third, "880")
	require.NoError(t, third.Bye(within(t)))
	h.ended(theirs)
	list := h.calls(3)
	require.Regexp(t, "out completed (ours|theirs) transferred", endings(list)) // who is faster to say so
	_, err = colleague.Dial(within(t), carrier.Call{
		To: "8001", Headers: []carrier.Header{{Name: "Replaces", Value: callID + ";to-tag=" + node + ";from-tag=" + phone}},
	})
	var r *carrier.Refused
	require.ErrorAs(t, err, &r, "it is over")
}

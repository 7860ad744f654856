package node_test

import (
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice"
	"yingda/internal/voice/carrier"
	"yingda/internal/voice/carrier/carriertest"
)

// baresip makes a desk phone that is baresip's, and its called number 968 + number.
func (h *house) baresip(t *testing.T, number string, hz int, answer bool) *carriertest.Baresip {
	t.Helper()
	made, password, err := h.CreatePhone(everything(t), nil, voice.PhoneSpec{Number: number, DisplayName: "话机 " + number, Centre: h.nation.ID})
	require.NoError(t, err)
	h.number("968"+number, voice.NumberSpec{Act: voice.ActPhone, Phone: made.ID})
	b := carriertest.StartBaresip(t, carriertest.BaresipConfig{
		User: number, Password: password.Reveal(), Registrar: h.proxy, Hertz: hz, Answer: answer,
	})
	h.eventually(func() bool {
		for _, r := range h.node.Registrations() {
			if r.Phone == number {
				return true
			}
		}
		return false
	}, "the registration of "+number)
	return b
}

// leg waits for a leg of now.
func (h *house) leg(what string, is func(voice.LiveCall) bool) (found voice.LiveCall) {
	h.t.Helper()
	h.eventually(func() bool {
		for _, c := range h.node.Calls() {
			if is(c) {
				found = c
				return true
			}
		}
		return false
	}, what)
	return found
}

// flows waits until so many packets more have gone each way between the node and a leg.
func (h *house) flows(id voice.CallID, packets uint64) {
	h.t.Helper()
	figures := func() (in, out uint64) {
		for _, c := range h.node.Calls() {
			if c.ID == id {
				return c.Quality.Receive.Packets, c.Quality.Send.Packets
			}
		}
		return 0, 0
	}
	in, out := figures()
	h.eventually(func() bool {
		moreIn, moreOut := figures()
		return moreIn >= in+packets && moreOut >= out+packets
	}, "sound in both directions")
}

func talking(direction voice.Direction, called string) func(voice.LiveCall) bool {
	return func(c voice.LiveCall) bool {
		return c.Direction == direction && c.Called == called && c.State == voice.Talking && c.Quality.Receive.Packets > 0
	}
}

// replacing is a Refer-To that names a leg of the one who asks.
func (h *house) replacing(number string, leg voice.LiveCall) string {
	return "sip:" + number + "@" + h.proxy + "?Replaces=" + url.QueryEscape(h.node.Dialog(leg.ID))
}

// TestBaresipJoinsItsCallerAndItsColleague: one baresip is called by SIPp, calls another baresip, and joins the two. The
// colleague hears itself through SIPp's echo, and SIPp's ear is proven by what it sends back.
func TestBaresipJoinsItsCallerAndItsColleague(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.baresip(t, "8001", 440, true)
	colleague := h.baresip(t, "8002", 1320, true)
	customer := h.sipp(t, "9688001", carriertest.SIPpConfig{Scenario: "uac_echo", Args: echoing})
	first := h.leg("the call to the desk", talking(voice.Out, "8001"))
	h.flows(first.ID, 50)
	desk.Do(t, "dial", "sip:8002@"+h.proxy)
	consult := h.leg("the consultation", func(c voice.LiveCall) bool { return c.Direction == voice.In && c.Phone == first.Phone })
	second := h.leg("the call to the colleague", talking(voice.Out, "8002"))
	h.flows(second.ID, 50)
	require.Equal(t, consult.Conversation, second.Conversation)
	// Its present call is the consultation; that the colleague's partner is replaced by the customer is the same.
	desk.Do(t, "transfer", h.replacing("8001", first))
	h.eventually(func() bool { return len(h.node.Calls()) == 2 }, "both legs of the desk are gone")
	h.flows(second.ID, 75)
	colleague.Do(t, "hangup")
	content(t, customer)
	ends := endings(h.calls(4))
	// baresip hangs the consultation up when it is told of the success, and so do we: the two may cross.
	if i := slices.Index(ends, "in completed theirs normal"); i >= 0 {
		ends[i] = "in completed ours transferred"
	}
	require.ElementsMatch(t, []string{
		"in completed ours callee_hung_up", "out completed ours transferred", "in completed ours transferred", "out completed theirs callee_hung_up",
	}, ends)
	heard := colleague.Heard(t)
	require.True(t, heard.HasTone(1320), "the colleague hears itself through the customer: %s", heard.String())
	heard = desk.Heard(t)
	require.True(t, heard.HasTone(440), "the desk heard itself through the customer: %s", heard.String())
}

// TestSIPpJoinsTwoPhones: the carrier's side has two calls and refers one with a Replaces of the other.
func TestSIPpJoinsTwoPhones(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	one := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
	two := h.phone("8002", carrier.PhoneConfig{Play: sends(1320)})
	first := h.sipp(t, "9688001", carriertest.SIPpConfig{Scenario: "uac_echo", Args: echoing})
	atOne := h.next(one)
	h.hears(atOne, "440")
	leg := h.leg("the first call", talking(voice.In, "9688001"))
	second := h.sipp(t, "9688002", carriertest.SIPpConfig{
		Scenario: "uac_joins", Args: echoing, Keys: map[string]string{"target": h.replacing("9688001", leg)},
	})
	atTwo := h.next(two)
	h.hears(atOne, "1320")
	h.hears(atTwo, "440")
	content(t, first)
	content(t, second)
	require.NoError(t, atTwo.Bye(within(t)))
	h.ended(atOne)
	h.calls(4)
}

// TestATransferToAPhoneThatIsNowhereLeavesTheCall: who asked is told so, and both still hear each other.
func TestATransferToAPhoneThatIsNowhereLeavesTheCall(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
	h.phone("8009", carrier.PhoneConfig{Registrar: "none"})
	s := h.sipp(t, "9688001", carriertest.SIPpConfig{
		Scenario: "uac_refer_fails", Args: echoing, Keys: map[string]string{"target": "sip:9688009@" + h.proxy},
	})
	ours := h.next(desk)
	h.eventually(func() bool { return h.reports() == 1 }, "the call to nobody")
	h.hears(ours, "440")
	require.NoError(t, ours.Bye(within(t)))
	content(t, s)
	require.Contains(t, endings(h.calls(3)), "in completed ours callee_hung_up")
}

// TestBaresipHolds: who is held hears music, and the other one again after it.
func TestBaresipHolds(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.baresip(t, "8001", 440, true)
	theirs := h.dial(h.from("9688001"))
	h.hears(theirs, "440")
	desk.Do(t, "hold")
	h.leg("the held leg", func(c voice.LiveCall) bool { return c.State == voice.Held })
	h.hearsMusic(theirs, "while baresip holds")
	desk.Do(t, "resume")
	h.hears(theirs, "440")
	require.NoError(t, theirs.Bye(within(t)))
	require.ElementsMatch(t, []string{"in completed theirs normal", "out completed ours normal"}, endings(h.calls(2)))
}

package node_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice"
	"yingda/internal/voice/carrier"
	"yingda/internal/voice/ending"
)

func TestAnEchoNumberSendsBackSoundAndKeys(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	h.number("96801", voice.NumberSpec{Act: voice.ActEcho})
	s := h.dial(h.from("96801"))
	h.hears(s, "880")
	require.NoError(t, s.SendDigits(within(t), "15*#", carrier.Keying{}))
	keys, err := s.WaitDigits(within(t), 4)
	require.NoError(t, err)
	require.Equal(t, "15*#", keys)
	require.NoError(t, s.SendDigits(within(t), "9", carrier.Keying{Way: carrier.Info}))
	keys, err = s.WaitDigits(within(t), 5)
	require.NoError(t, err)
	require.Equal(t, "15*#9", keys, "a key by INFO comes back too")
	require.NoError(t, s.Bye(within(t)))
	list := h.calls(1)
	require.Equal(t, []string{"in completed theirs normal"}, endings(list))
	require.Equal(t, "PCMA", list[0].Codec)
	require.Equal(t, "甲方中继", list[0].TrunkName)
	require.Equal(t, voice.ActEcho, list[0].Act)
	require.Positive(t, list[0].Quality.Receive.Packets)
	require.Positive(t, list[0].Quality.Send.Packets)
}

func TestAPromptIsPlayedToItsEndAndHungUp(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	h.number("96802", voice.NumberSpec{Act: voice.ActPrompt, Prompt: h.prompt(600, 1200*time.Millisecond)})
	h.eventually(func() bool { return len(h.Tables().Prompts) == 1 }, "the prompt")
	s := h.dial(h.from("96802"))
	heard := s.Listen()
	h.ended(s)
	all := heard()
	require.NoError(t, all.Check("600"))
	require.Greater(t, all.Packets, 40, "60 packets are the whole prompt; the first may come before the listening")
	require.Equal(t, carrier.ByThem, s.End().By)
	require.Equal(t, []string{"in completed ours prompt_ended"}, endings(h.calls(1)))
}

func TestARepeatedPromptEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	h.number("96803", voice.NumberSpec{Act: voice.ActPrompt, Prompt: h.prompt(500, 300*time.Millisecond), Repeat: true})
	s := h.dial(h.from("96803"))
	h.hears(s, "500")
	h.hears(s, "500")
	require.NoError(t, s.Bye(within(t)))
	require.Equal(t, []string{"in completed theirs normal"}, endings(h.calls(1)))
}

func TestEachCauseOfARejectionHasItsStatus(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	for i, cause := range voice.Causes() {
		number := "9690" + string(rune('0'+i))
		h.number(number, voice.NumberSpec{Act: voice.ActReject, Cause: cause})
		r := h.refused(h.from(number))
		want := ending.Of(cause, ending.Ours)
		require.Equal(t, want.SIP, r.Status, cause)
		list := h.calls(i + 1)
		require.Equal(t, want.Reason, list[i].Ending.Reason)
		require.Equal(t, want.Result, list[i].Ending.Result)
		require.Nil(t, list[i].Answered)
	}
}

func TestANumberThatIsNobodysIsNotFound(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	require.Equal(t, 404, h.refused(h.from("55555")).Status)
	list := h.calls(1)
	require.Equal(t, []string{"in rejected ours not_found"}, endings(list))
	ladder, err := h.CallLadder(everything(t), list[0].ID)
	require.NoError(t, err)
	require.Equal(t, "1 ACK", ladder[len(ladder)-1].CSeq)
	require.Equal(t, "SIP/2.0 404 Not Found", ladder[len(ladder)-2].FirstLine)
}

func TestACallFromOutsideDoesNotGoOutAgain(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	h.number("96804", voice.NumberSpec{Act: voice.ActTrunk, Group: h.group.ID})
	require.Equal(t, 403, h.refused(h.from("96804")).Status)
	require.Equal(t, []string{"in rejected ours forbidden"}, endings(h.calls(1)))
}

func TestAStrangerIsNotServed(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	h.number("96801", voice.NumberSpec{Act: voice.ActEcho})
	c := h.from("96801")
	c.Local = stranger
	require.Equal(t, 401, h.refused(c).Status)
	c.Auth = carrier.Auth{User: "8001", Password: "guessed"}
	require.Contains(t, []int{401, 403}, h.refused(c).Status)
	require.Zero(t, h.reports(), "it never was a call")
}

func TestATrunkThatAgreesOnNothingIsRefused(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{trunk: func(s *voice.TrunkSpec) { s.Codecs = []string{"PCMA"} }})
	h.number("96801", voice.NumberSpec{Act: voice.ActEcho})
	c := h.from("96801")
	c.Codecs = []carrier.Codec{carrier.PCMU}
	require.Equal(t, 488, h.refused(c).Status)
	list := h.calls(1)
	require.Equal(t, []string{"in failed theirs no_common_codec"}, endings(list))
	ladder, err := h.CallLadder(everything(t), list[0].ID)
	require.NoError(t, err)
	require.Equal(t, "SIP/2.0 488 Not Acceptable Here", ladder[len(ladder)-2].FirstLine)
}

func TestAnOfferMayComeInTheAcknowledgement(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	h.number("96801", voice.NumberSpec{Act: voice.ActEcho})
	c := h.from("96801")
	c.LateOffer = true
	s := h.dial(c)
	h.hears(s, "880")
}

func TestTablesThatChangeAreFollowed(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	require.Equal(t, 404, h.refused(h.from("96805")).Status)
	going := h.node
	h.number("96805", voice.NumberSpec{Act: voice.ActPrompt, Prompt: h.prompt(700, time.Second), Repeat: true})
	changed := time.Now()
	for {
		s, err := carrier.Dial(within(t), h.from("96805"))
		if err == nil {
			require.Less(t, time.Since(changed), 2*time.Second)
			h.hears(s, "700")
			require.NoError(t, s.Close())
			break
		}
		require.Less(t, time.Since(changed), 2*time.Second, "%v", err)
	}
	require.Same(t, going, h.node)
}

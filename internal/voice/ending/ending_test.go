package ending_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/voice/ending"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

func TestEveryReasonHasOneCompleteMeaning(t *testing.T) {
	t.Parallel()
	seen := map[ending.Reason]bool{}
	for _, reason := range ending.Reasons() {
		require.False(t, seen[reason], "%s stands twice", reason)
		seen[reason] = true
		require.True(t, reason.Valid())
		e := ending.Of(reason, ending.Ours)
		require.Contains(t, ending.Results(), e.Result, reason)
		require.Equal(t, reason, e.Reason)
		require.True(t, e.SIP == 200 || e.SIP >= 300 && e.SIP <= 699, reason)
		require.True(t, e.Q850 >= 1 && e.Q850 <= 127, reason)
		if e.Result == ending.Completed || e.Result == ending.Busy || e.Result == ending.NoAnswer || e.Result == ending.Cancelled {
			require.False(t, e.Retry, "%s must not be tried again elsewhere", reason)
		}
	}
}

func TestAWordOutsideTheListIsOurDefect(t *testing.T) {
	t.Parallel()
	require.False(t, ending.Reason("because").Valid())
	require.Equal(t, ending.Internal, ending.Of("because", ending.Ours).Reason)
}

func TestReadsResponses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		header string
		result ending.Result
		side   ending.Side
		reason ending.Reason
		q850   int
		retry  bool
	}{
		{486, "", ending.Busy, ending.Theirs, ending.BusyReason, 17, false},
		{600, "", ending.Busy, ending.Theirs, ending.BusyReason, 17, false},
		{603, "", ending.Rejected, ending.Theirs, ending.Declined, 21, false},
		{404, "", ending.Rejected, ending.Network, ending.NotFound, 1, false},
		{480, "", ending.NoAnswer, ending.Theirs, ending.Unavailable, 20, false},
		{480, "Q.850;cause=19", ending.NoAnswer, ending.Theirs, ending.NoAnswerReason, 19, false},
		{480, `SIP;cause=480;text="x" , q.850 ; cause = 17 ;text="User busy"`, ending.Busy, ending.Theirs, ending.BusyReason, 17, false},
		{503, "", ending.Failed, ending.Network, ending.Congestion, 34, true},
		{503, "Q.850;cause=34", ending.Failed, ending.Network, ending.Congestion, 34, true},
		{503, "Q.850;cause=17", ending.Busy, ending.Theirs, ending.BusyReason, 17, false},
		{603, "Q.850;cause=34", ending.Failed, ending.Network, ending.Congestion, 34, false},
		{502, "", ending.Failed, ending.Network, ending.TrunkDown, 38, true},
		{487, "Q.850;cause=17", ending.Cancelled, ending.Ours, ending.CallerGaveUp, 17, false},
		{488, "", ending.Failed, ending.Theirs, ending.NoCommonCodec, 65, true},
		{403, "", ending.Rejected, ending.Theirs, ending.Forbidden, 21, true},
		{302, "", ending.Rejected, ending.Theirs, ending.Redirected, 23, false},
		{499, "", ending.Failed, ending.Theirs, ending.ProtocolError, 127, true},
		{599, "", ending.Failed, ending.Network, ending.ProtocolError, 127, true},
		{699, "", ending.Rejected, ending.Theirs, ending.Declined, 127, false},
		{200, "", ending.Failed, ending.Theirs, ending.ProtocolError, 111, true},
	} {
		e := ending.FromResponse(c.status, c.header)
		require.Equal(t, c.result, e.Result, "%d %s", c.status, c.header)
		require.Equal(t, c.side, e.Side, "%d %s", c.status, c.header)
		require.Equal(t, c.reason, e.Reason, "%d %s", c.status, c.header)
		require.Equal(t, c.q850, e.Q850, "%d %s", c.status, c.header)
		require.Equal(t, c.retry, e.Retry, "%d %s", c.status, c.header)
		if c.status >= 300 {
			require.Equal(t, c.status, e.SIP)
		}
	}
}

func TestNothingFromOutsideLeavesTheLists(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		header := rapid.OneOf(rapid.String(), rapid.StringMatching(`(Q\.850|SIP);cause=[0-9]{1,4}(, ?(Q\.850|SIP);cause=[0-9]{1,3})?`)).Draw(t, "header")
		for _, e := range []ending.Ending{
			ending.FromResponse(rapid.IntRange(-10, 1000).Draw(t, "status"), header),
			ending.FromBye(header, rapid.Bool().Draw(t, "callee")),
			ending.FromCancel(header),
		} {
			require.True(t, e.Reason.Valid())
			require.True(t, slices.Contains(ending.Results(), e.Result))
			require.True(t, slices.Contains(ending.Sides(), e.Side))
			require.True(t, e.Q850 >= 1 && e.Q850 <= 127)
		}
	})
}

func TestReadsByeAndCancel(t *testing.T) {
	t.Parallel()
	require.Equal(t, ending.Of(ending.Normal, ending.Theirs), ending.FromBye("", false))
	require.Equal(t, ending.Of(ending.CalleeHungUp, ending.Theirs), ending.FromBye("Q.850;cause=16", true))
	e := ending.FromBye("Q.850;cause=38", false)
	require.Equal(t, ending.TrunkDown, e.Reason)
	require.Equal(t, ending.Network, e.Side)
	require.False(t, e.Retry, "it had been answered")
	require.Equal(t, ending.CallerGaveUp, ending.FromCancel("").Reason)
	require.Equal(t, ending.AnsweredElsewhere, ending.FromCancel(`SIP;cause=200;text="Call completed elsewhere"`).Reason)
}

func TestWritesTheReasonHeaderThatItReads(t *testing.T) {
	t.Parallel()
	require.Empty(t, ending.Ending{}.Header())
	for _, reason := range ending.Reasons() {
		e := ending.Of(reason, ending.Ours)
		if reason == ending.AnsweredElsewhere {
			require.Equal(t, reason, ending.FromCancel(e.Header()).Reason)
			continue
		}
		require.Equal(t, e.Q850, ending.Cause(e.Header(), "Q.850"), reason)
	}
}

func TestTranslatesAsRFC3398(t *testing.T) {
	t.Parallel()
	for sip, q := range map[int]int{404: 1, 486: 17, 480: 18, 408: 102, 503: 41, 502: 38, 484: 28, 603: 21, 501: 79, 200: 16, 299: 16, 777: 127} {
		require.Equal(t, q, ending.Q850(sip), sip)
	}
	for q, sip := range map[int]int{1: 404, 17: 486, 18: 408, 19: 480, 21: 403, 28: 484, 34: 503, 38: 503, 65: 488, 102: 504, 16: 480, 99: 500} {
		require.Equal(t, sip, ending.SIPStatus(q), q)
	}
}

func TestJSONIsSnakeCase(t *testing.T) {
	t.Parallel()
	out, err := json.Marshal(ending.Of(ending.NoAck, ending.Theirs))
	require.NoError(t, err)
	require.JSONEq(t, `{"result":"failed","side":"theirs","reason":"no_ack","sip":408,"q850":102,"retry":false}`, string(out))
}

package voice_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/sheet"
	"yingda/internal/voice"
	"yingda/internal/voice/ending"
)

// ended is a leg of a minute that came over a trunk.
func (o *office) ended(trunk voice.TrunkID, centre uuid.UUID, caller string) voice.EndedCall {
	now := o.clock.Now()
	return voice.EndedCall{
		ID: voice.NewCallID(), Direction: voice.In, Started: now.Add(-time.Minute), Answered: now.Add(-58 * time.Second), Ended: now, Caller: caller, Called: "96800",
		Trunk: trunk, Centre: centre, Act: voice.ActPrompt, Ending: ending.Of(ending.CalleeHungUp, ending.Theirs), Codec: "PCMA", Node: "n1", SIPCallID: "a@b",
		Quality: voice.Quality{Receive: voice.Way{Packets: 960, Lost: 40, Reported: true}, MOS: 3.4},
		Ladder:  []voice.Message{{At: now, Transport: "udp", Remote: "10.0.0.1:5060", FirstLine: "INVITE sip:" + caller + "@10.0.0.1 SIP/2.0", CSeq: "1 INVITE", Bytes: 700}},
	}
}

// flush writes everything that waits.
func flush(t testing.TB, s *voice.Service) {
	t.Helper()
	require.NoError(t, s.Flush(t.Context()))
}

func TestCallsThatEndedAreKeptMaskedAndFoundByTheirNumber(t *testing.T) {
	t.Parallel()
	o := setup(t)
	trunk := o.trunk(t, line(o.group(t, "A", o.nation), "甲方中继", "10.0.0.1"))
	first := o.ended(trunk.ID, o.guangdong.ID.UUID(), "13812345678")
	require.True(t, o.Record(first))
	second := o.ended(trunk.ID, o.fujian.ID.UUID(), "anonymous")
	second.Answered, second.Ending = time.Time{}, ending.Of(ending.BusyReason, ending.Theirs)
	require.True(t, o.Record(second))
	flush(t, o.Service)
	require.True(t, o.Record(first), "written again after an outcome that was unknown")
	flush(t, o.Service)

	list, err := o.ListCalls(everywhere(t), voice.CallFilter{})
	require.NoError(t, err)
	require.Len(t, list, 2)
	for number, want := range map[string]int{"138 1234 5678": 1, "+8613812345678": 1, "13812345679": 0, "96800": 2} {
		found, err := o.ListCalls(everywhere(t), voice.CallFilter{Number: number})
		require.NoError(t, err)
		require.Len(t, found, want, number)
	}
	got, err := o.GetCall(everywhere(t), first.ID)
	require.NoError(t, err)
	require.Equal(t, "+86138****5678", got.Caller)
	require.Equal(t, "96800", got.Called)
	require.Equal(t, "甲方中继", got.TrunkName)
	require.Equal(t, 58*time.Second, got.Talked())
	require.Equal(t, ending.CalleeHungUp, got.Ending.Reason)
	require.Equal(t, "对方网络丢包 4 %", got.Verdict.ZH)
	require.True(t, got.HasLadder)
	ladder, err := o.CallLadder(everywhere(t), first.ID)
	require.NoError(t, err)
	require.Equal(t, "INVITE sip:+86138****5678@10.0.0.1 SIP/2.0", ladder[0].FirstLine)
	poor, err := o.ListCalls(everywhere(t), voice.CallFilter{Grade: voice.Poor, Result: ending.Completed, Direction: voice.In, Trunk: trunk.ID, Since: o.clock.Now().Add(-time.Hour)})
	require.NoError(t, err)
	require.Len(t, poor, 1)

	var everything string
	require.NoError(t, o.pool.QueryRow(t.Context(), `SELECT string_agg(c::text || coalesce(l.messages::text, ''), ' ') FROM voice.call c LEFT JOIN voice.call_ladder l ON l.call_id = c.id`).Scan(&everything))
	require.NotContains(t, everything, "12345678", "no number of a person stands in the table")

	mine, err := o.ListCalls(o.at(t, o.guangdong), voice.CallFilter{})
	require.NoError(t, err)
	require.Len(t, mine, 1)
	_, err = o.GetCall(o.at(t, o.guangdong), second.ID)
	require.ErrorIs(t, err, voice.ErrNoCall)
	_, err = o.CallLadder(o.at(t, o.guangdong), second.ID)
	require.ErrorIs(t, err, voice.ErrNoCall)
	var file bytes.Buffer
	require.NoError(t, o.ExportCalls(o.at(t, o.guangdong), &file, sheet.English, voice.CallFilter{}))
}

func TestTheListOfCallsPagesFromTheNewest(t *testing.T) {
	t.Parallel()
	o := setup(t)
	var ids []voice.CallID
	for i := range 5 {
		c := o.ended(voice.TrunkID{}, uuid.UUID{}, "10086")
		c.Started = c.Started.Add(time.Duration(i) * time.Second)
		ids = append(ids, c.ID)
		require.True(t, o.Record(c))
	}
	flush(t, o.Service)
	page, err := o.ListCalls(everywhere(t), voice.CallFilter{Limit: 2})
	require.NoError(t, err)
	require.Equal(t, []voice.CallID{ids[4], ids[3]}, []voice.CallID{page[0].ID, page[1].ID})
	rest, err := o.ListCalls(everywhere(t), voice.CallFilter{Before: &voice.CallPosition{At: page[1].Started, ID: page[1].ID}})
	require.NoError(t, err)
	require.Len(t, rest, 3)
	require.Equal(t, ids[2], rest[0].ID)
}

func TestRecordsOfCallsWaitForTheDatabaseAndTheQueueIsBounded(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.config.Queue = 3
	s := voice.New(o.config)
	for range 3 {
		require.True(t, s.Record(o.ended(voice.TrunkID{}, uuid.UUID{}, "10086")))
	}
	require.False(t, s.Record(o.ended(voice.TrunkID{}, uuid.UUID{}, "10086")), "no room: lost and counted, never waited for")
	_, err := o.pool.Exec(t.Context(), `ALTER TABLE voice.call RENAME TO call_away`)
	require.NoError(t, err)
	require.Error(t, s.Flush(t.Context()))
	o.clock.Advance(time.Minute)
	var codes []string
	for _, f := range s.Health().Check(t.Context()) {
		codes = append(codes, f.Warning.Code)
	}
	require.Subset(t, codes, []string{"voice.calls_waiting", "voice.calls_lost"})
	_, err = o.pool.Exec(t.Context(), `ALTER TABLE voice.call_away RENAME TO call`)
	require.NoError(t, err)
	flush(t, s)
	list, err := s.ListCalls(everywhere(t), voice.CallFilter{})
	require.NoError(t, err)
	require.Len(t, list, 3, "what waited is written")
}

func TestOldCallsAndSignallingAreSweptAway(t *testing.T) {
	t.Parallel()
	o := setup(t)
	old, middle, fresh := o.ended(voice.TrunkID{}, uuid.UUID{}, "10086"), o.ended(voice.TrunkID{}, uuid.UUID{}, "10086"), o.ended(voice.TrunkID{}, uuid.UUID{}, "10086")
	old.Started, middle.Started = o.clock.Now().AddDate(0, 0, -401), o.clock.Now().AddDate(0, 0, -31)
	for _, c := range []voice.EndedCall{old, middle, fresh} {
		require.True(t, o.Record(c))
	}
	flush(t, o.Service)
	require.NoError(t, o.Sweep(t.Context()))
	list, err := o.ListCalls(everywhere(t), voice.CallFilter{})
	require.NoError(t, err)
	require.Len(t, list, 2)
	_, err = o.CallLadder(everywhere(t), middle.ID)
	require.ErrorIs(t, err, voice.ErrNoLadder)
	_, err = o.CallLadder(everywhere(t), fresh.ID)
	require.NoError(t, err)
}

// TestStoppingWritesWhatIsLeft also starts and stops what else runs in the background.
func TestStoppingWritesWhatIsLeft(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.config.Clock = clock.System()
	s := voice.New(o.config)
	w := s.Writer()
	require.NoError(t, w.Start(t.Context()))
	count := func() int {
		list, err := s.ListCalls(everywhere(t), voice.CallFilter{})
		require.NoError(t, err)
		return len(list)
	}
	require.True(t, s.Record(o.ended(voice.TrunkID{}, uuid.UUID{}, "10086")))
	require.Eventually(t, func() bool { return count() == 1 }, 10*time.Second, 5*time.Millisecond)
	for range 20 {
		require.True(t, s.Record(o.ended(voice.TrunkID{}, uuid.UUID{}, "10086")))
	}
	require.NoError(t, w.Stop(context.WithoutCancel(t.Context())))
	require.Equal(t, 21, count())
	for _, s := range []lifecycle.Service{s.Follower(), s.Gatherer()} {
		require.NoError(t, s.Start(t.Context()))
		require.NoError(t, s.Stop(context.WithoutCancel(t.Context())))
	}
}

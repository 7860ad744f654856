package metric_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/metric"
)

func TestAGroupCountsAsItsContactsDo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		how := rapid.SampledFrom([]metric.Outcome{
			metric.Answered, metric.Abandoned, metric.Elsewhere, metric.Refused, metric.Machine, metric.Lost, metric.Open,
		}).Draw(t, "outcome")
		n, wait := rapid.IntRange(1, 5).Draw(t, "n"), time.Duration(rapid.IntRange(0, 60_000).Draw(t, "wait ms"))*time.Millisecond
		one := metric.Tally{Rules: metric.Queue()}
		one.Rules.ShortTalk = 2 * time.Minute
		c := after(wait, how)
		g := metric.Group{Outcome: how, Second: int(wait / time.Second), N: n, Longest: wait, Wait: wait * time.Duration(n)}
		for range n {
			one.Add(c)
			g.Talk, g.Occupied = g.Talk+c.Talk, g.Occupied+c.Ended.Sub(c.Began)
			if wait <= one.Rules.Target {
				g.InTime++
			}
			if wait < time.Second {
				g.AtOnce++
			}
			if wait < one.Rules.Short {
				g.Short++
			}
			if how == metric.Answered {
				g.Phantom++
			}
		}
		if how == metric.Refused || how == metric.Machine || how == metric.Open {
			g.Wait, g.Longest = 0, 0 // nobody waits for them
		}
		all := metric.Tally{Rules: one.Rules}
		all.AddGroup(g)
		require.Equal(t, one, all)
	})
}

func TestTrunksAndArchivesAddUp(t *testing.T) {
	t.Parallel()
	a := metric.Line{Calls: 10, Incoming: 8, Answered: 6, Failed: 2, Busiest: 3, Occupied: time.Hour, Scored: 2, Score: 8.2, Packets: 990, Lost: 10}
	b := metric.Line{Calls: 10, Incoming: 2, Answered: 9, Failed: 1, Busiest: 2, Occupied: time.Hour, Scored: 2, Score: 7.8, Packets: 1000}
	a.Merge(b)
	d := metric.Data{Line: a, Period: 4 * time.Hour}
	for id, want := range map[string]float64{
		"trunk_calls": 20, "trunk_incoming": 10, "trunk_answered": 15, "trunk_failed": 3, "trunk_answer_rate": 75, "trunk_busiest": 3,
		"trunk_traffic": 0.5, "voice_score": 4, "packet_loss": 0.5,
	} {
		require.InDelta(t, want, value(t, id, d), 1e-9, id)
	}
	k := metric.Archive{Answered: 8, Missing: 2, Recordings: 7, Length: 30 * time.Minute, Bytes: 100}
	k.Merge(metric.Archive{Answered: 2, Recordings: 3, Length: 90 * time.Minute, Bytes: 11, Cut: 1, Held: 1, Dropped: 5})
	d = metric.Data{Archive: k}
	for id, want := range map[string]float64{
		"archive_answered": 10, "archive_missing": 2, "archive_complete": 80, "recordings": 10, "recorded_hours": 2, "recorded_bytes": 111,
		"recordings_cut": 1, "recordings_held": 1, "recording_packets_missing": 5,
	} {
		require.InDelta(t, want, value(t, id, d), 1e-9, id)
	}
	unknown, ok := metric.Get("voice_score")
	require.True(t, ok)
	require.False(t, unknown.Of(metric.Data{}).Known, "nothing was judged")
}

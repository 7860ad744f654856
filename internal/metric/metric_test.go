package metric_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/metric"
)

var morning = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// after gives a contact that asked for an agent, with its end after the wait.
func after(wait time.Duration, how metric.Outcome) metric.Contact {
	c := metric.Contact{Began: morning, Answered: morning, Key: morning.Add(10 * time.Second), Enqueued: morning.Add(11 * time.Second), Outcome: how}
	c.Ended = c.Enqueued.Add(wait)
	if how == metric.Answered {
		c.Accepted, c.Announced, c.Talking = c.Ended.Add(-5*time.Second), c.Ended.Add(-3*time.Second), c.Ended
		c.Ended = c.Ended.Add(time.Minute)
		c.Talk = time.Minute
	}
	return c
}

func tally(r metric.Rules, contacts ...metric.Contact) metric.Tally {
	t := metric.Tally{Rules: r}
	for _, c := range contacts {
		t.Add(c)
	}
	return t
}

func value(t *testing.T, id string, d metric.Data) float64 {
	t.Helper()
	f, ok := metric.Get(id)
	require.True(t, ok, id)
	figure := f.Of(d)
	require.True(t, figure.Known, id)
	return figure.Value
}

// A hundred calls: 70 answered in time, 10 late, 8 gave up at once, 7 within the target, 5 after it.
func hundred() (list []metric.Contact) {
	add := func(n int, wait time.Duration, how metric.Outcome) {
		for range n {
			list = append(list, after(wait, how))
		}
	}
	add(70, 10*time.Second, metric.Answered)
	add(10, 40*time.Second, metric.Answered)
	add(8, 2*time.Second, metric.Abandoned)
	add(7, 15*time.Second, metric.Abandoned)
	add(5, 60*time.Second, metric.Abandoned)
	return list
}

func TestTheFourServiceLevelsDifferByWhoIsLeftOut(t *testing.T) {
	t.Parallel()
	d := metric.Data{Tally: tally(metric.Queue(), hundred()...)}
	require.InDelta(t, 85.0, value(t, "service_level_positive", d), 1e-9)             // (70+15)/100
	require.InDelta(t, 87.5, value(t, "service_level_handled", d), 1e-9)              // 70/80
	require.InDelta(t, 70.0, value(t, "service_level_negative", d), 1e-9)             // 70/100
	require.InDelta(t, 70.0/85*100, value(t, "service_level_without_early", d), 1e-9) // 70/(80+5)
	require.InDelta(t, 20.0, value(t, "abandon_rate", d), 1e-9)                       // 20/100
	require.InDelta(t, 12.0/92*100, value(t, "abandon_rate_without_short", d), 1e-9)  // (20-8)/(80+12)
	require.InDelta(t, 8, value(t, "short_abandons", d), 0)
	require.InDelta(t, (70*10+10*40)/80.0, value(t, "average_speed_of_answer", d), 1e-9)
	require.InDelta(t, 60, value(t, "longest_wait", d), 0)
}

func TestTheConnectRateOfChinaRunsFromTheKeyToTheStaffNumber(t *testing.T) {
	t.Parallel()
	// The key was pressed one second before the queue; the announcement begins three seconds before the talk.
	c := after(18*time.Second, metric.Answered) // key to announcement: 1 + 18 - 3 = 16 s
	require.InDelta(t, 0.0, value(t, "connect_rate_in_time", metric.Data{Tally: tally(metric.China(15*time.Second), c)}), 0)
	require.InDelta(t, 100.0, value(t, "connect_rate_in_time", metric.Data{Tally: tally(metric.China(16*time.Second), c)}), 0)
	refused := metric.Contact{Began: morning, Key: morning, Ended: morning, Outcome: metric.Refused}
	machine := metric.Contact{Began: morning, Answered: morning, Ended: morning.Add(time.Minute), Outcome: metric.Machine}
	d := metric.Data{Tally: tally(metric.China(30*time.Second), c, refused, machine)}
	require.InDelta(t, 50.0, value(t, "connect_rate", d), 1e-9, "who was refused asked, who was served by the machine did not")
	require.InDelta(t, 100.0/3, value(t, "self_service_rate", d), 1e-9)
}

func TestAStepThatWasLeftOutIsReplacedByTheNext(t *testing.T) {
	t.Parallel()
	straight := metric.Contact{Began: morning, Enqueued: morning, Accepted: morning.Add(4 * time.Second), Talking: morning.Add(4 * time.Second), Ended: morning.Add(time.Minute), Outcome: metric.Answered}
	require.Equal(t, 4*time.Second, tally(metric.China(15*time.Second), straight).Wait, "no key, no announcement")
	crossed := straight
	crossed.Talking, crossed.Accepted = morning.Add(-time.Second), morning.Add(-time.Second)
	require.Zero(t, tally(metric.Queue(), crossed).Wait, "clocks of two machines were crossed")
}

func TestWhoWasLostByUsCountsAgainstUs(t *testing.T) {
	t.Parallel()
	d := metric.Data{Tally: tally(metric.Queue(), after(time.Second, metric.Answered), after(time.Second, metric.Lost))}
	for _, id := range []string{"service_level_positive", "service_level_handled", "service_level_negative", "service_level_without_early"} {
		require.InDelta(t, 50.0, value(t, id, d), 1e-9, id)
	}
	unknown := after(time.Second, "something new")
	require.Equal(t, 1, tally(metric.Queue(), unknown).Lost)
}

func TestTrafficIsMeasuredInErlang(t *testing.T) {
	t.Parallel()
	half := metric.Contact{Began: morning, Ended: morning.Add(15 * time.Minute), Outcome: metric.Machine}
	d := metric.Data{Tally: tally(metric.Queue(), half, half, half), Period: 30 * time.Minute}
	require.InDelta(t, 1.5, value(t, "traffic", d), 1e-9)
}

func TestNothingToDivideByIsNoFigure(t *testing.T) {
	t.Parallel()
	for _, f := range metric.All() {
		got := f.Of(metric.Data{Tally: metric.Tally{Rules: metric.Queue()}})
		require.False(t, math.IsNaN(got.Value) || math.IsInf(got.Value, 0), f.ID)
		if f.Unit == metric.Percent {
			require.False(t, got.Known, f.ID)
		}
	}
}

func TestAgentsTimeIsSharedOut(t *testing.T) {
	t.Parallel()
	var s metric.Shift
	s.Spend(metric.StateReady, "", 20*time.Minute)
	s.Spend(metric.StateRinging, "", 5*time.Minute)
	s.Spend(metric.StateTalking, "", 50*time.Minute)
	s.Spend(metric.StateWrapUp, "", 25*time.Minute)
	s.Spend(metric.StateBreak, "lunch", 20*time.Minute)
	s.Spend(metric.StateBreak, "training", -time.Minute)
	s.Offered, s.Missed, s.Handled = 10, 1, 9
	d := metric.Data{Shift: s}
	require.InDelta(t, 75.0, value(t, "occupancy", d), 1e-9)
	require.InDelta(t, 100.0/1.2, value(t, "utilisation", d), 1e-9)
	require.InDelta(t, 90.0, value(t, "agent_answer_rate", d), 1e-9)
	require.InDelta(t, 2.0, value(t, "signed_in", d), 1e-9)
	require.Equal(t, map[string]time.Duration{"lunch": 20 * time.Minute}, s.Breaks)
}

func TestEveryFormulaSaysWhatItIs(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range metric.All() {
		require.False(t, seen[f.ID], f.ID)
		seen[f.ID] = true
		for _, text := range []string{f.ID, f.ZH.Name, f.ZH.Formula, f.EN.Name, f.EN.Formula, f.Source, string(f.Unit)} {
			require.NotEmpty(t, text, f.ID)
		}
		require.Positive(t, f.Version)
	}
	_, ok := metric.Get("nothing")
	require.False(t, ok)
}

func contacts(t *rapid.T) []metric.Contact {
	outcome := rapid.SampledFrom([]metric.Outcome{metric.Answered, metric.Abandoned, metric.Elsewhere, metric.Refused, metric.Machine, metric.Lost, metric.Open})
	seconds := rapid.IntRange(0, 300)
	list := make([]metric.Contact, rapid.IntRange(0, 30).Draw(t, "contacts"))
	for i := range list {
		list[i] = after(time.Duration(seconds.Draw(t, "wait"))*time.Second, outcome.Draw(t, "outcome"))
		list[i].Hold = time.Duration(seconds.Draw(t, "hold")) * time.Second
		list[i].Offers, list[i].Transfers = rapid.IntRange(0, 3).Draw(t, "offers"), rapid.IntRange(0, 2).Draw(t, "transfers")
	}
	return list
}

func TestTalliesAddUpHoweverTheyAreCut(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := contacts(t)
		rules := metric.Queue()
		cut := rapid.IntRange(0, len(all)).Draw(t, "cut")
		parts := tally(rules, all[:cut]...)
		require.True(t, parts.Merge(tally(rules, all[cut:]...)))
		whole := tally(rules, all...)
		require.Equal(t, stored(t, whole), stored(t, parts))
		require.Equal(t, len(all), whole.Asked()+whole.Machine+whole.Open, "everybody is counted once")
	})
}

// stored gives a tally as it is kept.
func stored(t require.TestingT, v metric.Tally) string {
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

func TestServiceLevelsStandInTheirOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := metric.Data{Tally: tally(metric.Queue(), contacts(t)...)}
		of := func(id string) float64 {
			f, _ := metric.Get(id)
			v := f.Of(d)
			if v.Known && (v.Value < 0 || v.Value > 100) {
				t.Fatalf("%s is %v", id, v.Value)
			}
			return v.Value
		}
		negative, early, positive := of("service_level_negative"), of("service_level_without_early"), of("service_level_positive")
		if negative > early+1e-9 || early > positive+1e-9 && d.Tally.Answered+d.Tally.Abandoned-d.Tally.EarlyAway+d.Tally.Lost > 0 {
			t.Fatalf("negative %v, without early %v, positive %v", negative, early, positive)
		}
	})
}

func TestPercentilesAreThoseOfTheSortedWaits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seconds := rapid.SliceOfN(rapid.IntRange(0, 600), 1, 50).Draw(t, "seconds")
		w := metric.Waits{}
		for _, s := range seconds {
			w[s]++
		}
		p := rapid.Float64Range(0.01, 1).Draw(t, "share")
		got, ok := w.Percentile(p)
		require.True(t, ok)
		below, under := 0, 0
		for _, s := range seconds {
			if time.Duration(s)*time.Second <= got {
				below++
			}
			if time.Duration(s)*time.Second < got {
				under++
			}
		}
		require.GreaterOrEqual(t, float64(below), p*float64(len(seconds)))
		require.Less(t, float64(under), p*float64(len(seconds)))
	})
}

func TestTalliesOfOtherRulesDoNotAddUp(t *testing.T) {
	t.Parallel()
	a := tally(metric.Queue())
	require.False(t, a.Merge(tally(metric.China(15*time.Second), hundred()...)))
	require.Zero(t, a.Contacts)
	require.True(t, metric.Queue().Valid())
	require.False(t, metric.Rules{Start: metric.AtTalk, Stop: metric.AtTalk}.Valid())
	require.False(t, metric.Rules{Start: metric.AtKey, Stop: metric.AtKey}.Valid())
}

func ExampleFormula_Of() {
	t := metric.Tally{Rules: metric.China(15 * time.Second)}
	key := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	t.Add(metric.Contact{Key: key, Announced: key.Add(9 * time.Second), Ended: key.Add(3 * time.Minute), Outcome: metric.Answered})
	t.Add(metric.Contact{Key: key, Announced: key.Add(22 * time.Second), Ended: key.Add(3 * time.Minute), Outcome: metric.Answered})
	f, _ := metric.Get("connect_rate_in_time")
	fmt.Printf("%s %.0f %%\n", f.EN.Name, f.Of(metric.Data{Tally: t}).Value)
	// Output: Connect rate within N seconds 50 %
}

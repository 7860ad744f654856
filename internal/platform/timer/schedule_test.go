package timer

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/clock/clocktest"
)

const (
	testSweep  = 250 * time.Millisecond
	testSettle = 20 * time.Millisecond
	testPause  = time.Second
)

func testSchedule() (*schedule, time.Time) {
	return newSchedule([]string{"a", "b"}, testSweep, testSettle, testPause), clocktest.Epoch
}

func TestScheduleWaitsForTheEarliestAndNeverLongerThanASweep(t *testing.T) {
	t.Parallel()
	s, now := testSchedule()
	require.Equal(t, testSweep, s.wait(now), "nothing is known")
	s.expect("a", now.Add(time.Hour))
	require.Equal(t, testSweep, s.wait(now))
	s.expect("b", now.Add(70*time.Millisecond))
	s.expect("b", now.Add(90*time.Millisecond))
	s.expect("unknown", now)
	require.Equal(t, 70*time.Millisecond, s.wait(now))
	require.Empty(t, s.ready(now.Add(69*time.Millisecond)))
	require.Equal(t, []string{"b"}, s.ready(now.Add(70*time.Millisecond)))
}

func TestScheduleFiresTheMostOverdueKindFirst(t *testing.T) {
	t.Parallel()
	s, now := testSchedule()
	s.expect("a", now.Add(-time.Second))
	s.expect("b", now.Add(-time.Minute))
	require.Equal(t, []string{"b", "a"}, s.ready(now))
	require.Zero(t, s.wait(now))
}

func TestScheduleFiresAKindOnceAtATime(t *testing.T) {
	t.Parallel()
	s, now := testSchedule()
	s.expect("a", now)
	s.begin("a")
	s.expect("a", now)
	require.Empty(t, s.ready(now))
	require.Equal(t, testSweep, s.wait(now))
	s.end("a", now, none)
	require.Equal(t, testSettle, s.wait(now), "what came meanwhile is not forgotten")
}

func TestScheduleAfterABatch(t *testing.T) {
	t.Parallel()
	for e, want := range map[ending]time.Duration{full: 0, some: testSettle, failed: testPause, none: -1} {
		s, now := testSchedule()
		s.expect("a", now)
		s.begin("a")
		s.end("a", now, e)
		if want < 0 {
			require.Empty(t, s.ready(now.Add(time.Hour)), e)
			continue
		}
		require.Equal(t, min(want, testSweep), s.wait(now), e)
		require.Equal(t, []string{"a"}, s.ready(now.Add(want)), e)
		if want > 0 {
			require.Empty(t, s.ready(now.Add(want-1)), e)
		}
	}
}

func TestScheduleIsNotHeldUpByAClockThatJumpsBack(t *testing.T) {
	t.Parallel()
	s, now := testSchedule()
	s.expect("a", now)
	s.begin("a")
	s.end("a", now, failed)
	now = now.Add(-time.Hour)
	s.expect("a", now)
	require.Equal(t, []string{"a"}, s.ready(now))
}

// Whatever happens, a kind with an expected timer that is due becomes ready within twice the longest hold.
func TestScheduleNeverForgetsADueTimer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, now := testSchedule()
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(-50, 500).Draw(t, "ms")) * time.Millisecond)
			kind := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "kind")
			switch p := s.plans[kind]; {
			case p.firing:
				s.end(kind, now, rapid.SampledFrom([]ending{none, some, full, failed}).Draw(t, "end"))
			case len(s.ready(now)) > 0 && rapid.Bool().Draw(t, "fire"):
				s.begin(s.ready(now)[0])
			default:
				s.expect(kind, now.Add(time.Duration(rapid.IntRange(-100, 100).Draw(t, "in"))*time.Millisecond))
			}
		}
		for kind, p := range s.plans {
			if p.firing {
				s.end(kind, now, none)
			}
			s.expect(kind, now)
			if d := s.wait(now); d > testPause {
				t.Fatalf("waits %s", d)
			}
		}
		require.ElementsMatch(t, []string{"a", "b"}, s.ready(now.Add(2*testPause)), "a jump back may lengthen a hold a little")
	})
}

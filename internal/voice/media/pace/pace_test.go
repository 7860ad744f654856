package pace_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/voice/media/pace"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

// Whatever stalls there are, of up to half a second, every tick is served once, in order, never early, and after it
// nothing is behind.
func TestNoTickIsLostOrEarlyOverStalls(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var w pace.Wheel
		now := time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "start"))
		w.Start(now)
		last := pace.TickAt(now)
		for range 300 {
			now += time.Duration(rapid.Int64Range(0, int64(20*time.Millisecond)).Draw(t, "turn"))
			if rapid.IntRange(0, 30).Draw(t, "stall") == 0 {
				now += time.Duration(rapid.Int64Range(0, int64(450*time.Millisecond)).Draw(t, "long"))
			}
			for {
				tick, ok := w.Due(now)
				if !ok {
					break
				}
				require.Equal(t, last+1, tick)
				require.LessOrEqual(t, pace.Deadline(tick), now)
				last = tick
			}
			require.Greater(t, w.Next(), now)
			require.LessOrEqual(t, w.Next()-now, pace.Tick, "no drift: the deadlines stand where they stood")
		}
		require.Zero(t, w.Skipped())
	})
}

func TestLongStallIsGivenUpButForItsEnd(t *testing.T) {
	t.Parallel()
	var w pace.Wheel
	w.Start(0)
	now := 10 * time.Second
	served := 0
	for {
		if _, ok := w.Due(now); !ok {
			break
		}
		served++
	}
	require.InDelta(t, float64(pace.MostBehind/pace.Tick), served, 2)
	require.EqualValues(t, 5000, int64(served)+w.Skipped())
	require.Greater(t, w.Next(), now)
}

func TestStreamsAreSpreadOverTheSlots(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var w pace.Wheel
		w.Start(time.Duration(rapid.Int64Range(0, 1e9).Draw(t, "start")))
		var load [pace.Slots]int
		n := rapid.IntRange(1, 100).Draw(t, "streams")
		for range n {
			load[w.Join()]++
		}
		for _, l := range load {
			require.InDelta(t, float64(n)/pace.Slots, l, 1)
		}
	})
}

package demo

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/platform/clock"
)

func TestTheTrafficFollowsTheHourOfTheDay(t *testing.T) {
	t.Parallel()
	china := time.FixedZone("Asia/Shanghai", 8*60*60)
	require.InDelta(t, 1, shareAt(time.Date(2026, 11, 21, 9, 45, 0, 0, china)), 1e-9, "the busiest half hour")
	require.InDelta(t, leastShare, shareAt(time.Date(2026, 11, 21, 3, 0, 0, 0, china)), 1e-9, "at night it does not stand still")
	require.InDelta(t, 4.2/4.8, shareAt(time.Date(2026, 11, 21, 6, 10, 0, 0, time.UTC)), 1e-9, "14:10 in China")
}

func TestCallsComeAsAPoissonProcessAndTalkLogNormally(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var gaps, talks time.Duration
	const n = 20_000
	below := 0
	for range n {
		gaps += untilNext(random, 60)
		d := logNormal(random, time.Minute, 0.6)
		talks += d
		if d < time.Minute {
			below++
		}
		require.GreaterOrEqual(t, d, 12*time.Second)
		require.LessOrEqual(t, d, 6*time.Minute)
		require.GreaterOrEqual(t, patience(random, time.Minute), 4*time.Second)
	}
	require.InDelta(t, 60, gaps.Seconds()/n, 2, "a call a minute")
	require.InDelta(t, 0.5, float64(below)/n, 0.02, "the median")
	require.Greater(t, talks.Seconds()/n, 65.0, "the mean is above the median")
}

func TestNewCallersAreBoundedAndTellApart(t *testing.T) {
	t.Parallel()
	r := &trafficRun{calling: map[string]bool{}}
	random := rand.New(rand.NewPCG(3, 4))
	made := 0
	for range 500 {
		if c, ok := r.newCaller(random, [][]int16{{0}}); ok {
			made++
			require.Regexp(t, `^1540[0-4]\d{6}$`, c.number, "numbers that nobody has, with a home")
		}
	}
	require.Equal(t, MostCallers, made)
	require.Len(t, r.calling, MostCallers)
}

func TestTheSwitchKeepsItsBounds(t *testing.T) {
	t.Parallel()
	ctx := actor.With(t.Context(), actor.System("test"))
	traffic := NewTraffic(TrafficConfig{SIP: "127.0.0.1:1", Clock: clock.System(), Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, traffic.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, traffic.Stop(context.Background())) })
	require.False(t, traffic.State().On, "off from the start")
	for _, rate := range []int{0, -1, MostRate + 1} {
		_, err := traffic.Set(ctx, true, rate)
		require.ErrorIs(t, err, errTrafficRate)
	}
	_, err := traffic.Set(t.Context(), true, 1)
	require.ErrorIs(t, err, actor.ErrUnauthenticated)
	s, err := traffic.Set(ctx, true, 1)
	require.NoError(t, err)
	require.True(t, s.On)
	require.NotNil(t, s.Until, "it ends by itself")
	s, err = traffic.Set(ctx, true, 2)
	require.NoError(t, err)
	require.Equal(t, 2, s.Rate)
	s, err = traffic.Set(ctx, false, 0)
	require.NoError(t, err)
	require.False(t, s.On)
	var none *Traffic
	require.False(t, none.State().Available)
	_, err = none.Set(ctx, true, 1)
	require.ErrorIs(t, err, ErrNoDemonstration)
}

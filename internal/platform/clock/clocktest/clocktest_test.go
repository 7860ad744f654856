package clocktest_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/clock/clocktest"
)

func TestAdvanceFiresInOrderOfDueTime(t *testing.T) {
	t.Parallel()
	f := clocktest.New()
	late, soon := f.NewTimer(2*time.Second), f.NewTimer(time.Second)
	f.Advance(1500 * time.Millisecond)
	require.Equal(t, clocktest.Epoch.Add(time.Second), <-soon.C())
	require.Empty(t, late.C())
	f.Advance(time.Second)
	require.Equal(t, clocktest.Epoch.Add(2*time.Second), <-late.C())
	require.Equal(t, clocktest.Epoch.Add(2500*time.Millisecond), f.Now())
}

func TestStoppedAndResetTimersDeliverNothingStale(t *testing.T) {
	t.Parallel()
	f := clocktest.New()
	a := f.NewTimer(time.Second)
	f.Advance(time.Second)
	a.Stop()
	require.Empty(t, a.C())
	a.Reset(time.Second)
	a.Reset(time.Minute)
	f.Advance(time.Second)
	require.Empty(t, a.C())
	a.Reset(0)
	require.Len(t, a.C(), 1)
}

func TestSleepEndsByTimeOrByContext(t *testing.T) {
	t.Parallel()
	f := clocktest.New()
	done := make(chan error)
	go func() { done <- clock.Sleep(t.Context(), f, time.Hour) }()
	f.BlockUntil(1)
	f.Advance(time.Hour)
	require.NoError(t, <-done)

	ctx, cancel := context.WithCancel(t.Context())
	go func() { done <- clock.Sleep(ctx, f, time.Hour) }()
	f.BlockUntil(1)
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
}

// Package lifecycletest hammers a service's start and stop, and checks for leaked goroutines.
package lifecycletest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"yingda/internal/platform/lifecycle"
)

// Stress starts and stops services made by factory from many goroutines at once, in every order,
// and fails when a call errs (other than with lifecycle.ErrStopped) or does not return in 30 s.
func Stress(t testing.TB, factory func() lifecycle.Service) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()

	require.NoError(t, factory().Stop(ctx), "stop before start")

	for range 5 {
		s := factory()
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				if i%2 == 0 {
					if err := s.Start(ctx); err != nil && !errors.Is(err, lifecycle.ErrStopped) {
						t.Errorf("start %s: %v", s.Name(), err)
					}
				} else if err := s.Stop(ctx); err != nil {
					t.Errorf("stop %s: %v", s.Name(), err)
				}
			})
		}
		wg.Wait()
		require.NoError(t, s.Stop(ctx))
	}

	s := factory()
	require.NoError(t, s.Start(ctx))
	require.NoError(t, s.Start(ctx), "second start")
	require.NoError(t, s.Stop(ctx))
	require.NoError(t, s.Stop(ctx), "second stop")
	require.ErrorIs(t, s.Start(ctx), lifecycle.ErrStopped)
}

// Main runs a package's tests and fails when goroutines are left over. Call it from TestMain.
func Main(m *testing.M, options ...goleak.Option) { goleak.VerifyTestMain(m, options...) }

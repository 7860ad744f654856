package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

var quiet = slog.New(slog.DiscardHandler)

func wait(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

func TestServicesSurviveStress(t *testing.T) {
	t.Parallel()
	lifecycletest.Stress(t, func() lifecycle.Service { return lifecycle.NewLoop("loop", quiet, wait) })
	lifecycletest.Stress(t, func() lifecycle.Service { return lifecycle.Func("func", nil, nil) })
	lifecycletest.Stress(t, func() lifecycle.Service {
		return lifecycle.NewGroup("group", quiet, lifecycle.NewLoop("a", quiet, wait), lifecycle.Func("b", nil, nil))
	})
}

func TestLoopRunsAgainAfterAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int32
		l := lifecycle.NewLoop("loop", quiet, func(ctx context.Context) error {
			if runs.Add(1) == 1 {
				panic("first time")
			}
			return wait(ctx)
		})
		require.NoError(t, l.Start(t.Context()))
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.EqualValues(t, 2, runs.Load())
		require.NoError(t, l.Stop(t.Context()))
	})
}

func TestGroupStopsWhatItStartedWhenOneFails(t *testing.T) {
	t.Parallel()
	var order []string
	part := func(name string, err error) lifecycle.Service {
		return lifecycle.Func(name, func(context.Context) error {
			order = append(order, "start "+name)
			return err
		}, func(context.Context) error {
			order = append(order, "stop "+name)
			return nil
		})
	}
	broken := errors.New("port in use")
	g := lifecycle.NewGroup("all", quiet, part("a", nil), part("b", nil), part("c", broken), part("d", nil))
	err := g.Start(t.Context())
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "start c")
	require.Equal(t, []string{"start a", "start b", "start c", "stop b", "stop a"}, order)
}

func TestStopSaysWhichLoopHangs(t *testing.T) {
	t.Parallel()
	running, release := make(chan struct{}), make(chan struct{})
	l := lifecycle.NewLoop("deaf", quiet, func(context.Context) error { close(running); <-release; return nil })
	require.NoError(t, l.Start(t.Context()))
	<-running
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, l.Stop(ctx), "stop deaf")
	close(release)
	require.NoError(t, l.Stop(t.Context()))
}

func ExampleGroup() {
	say := func(s string) func(context.Context) error {
		return func(context.Context) error { fmt.Println(s); return nil }
	}
	g := lifecycle.NewGroup("house", slog.New(slog.DiscardHandler),
		lifecycle.Func("database", say("database up"), say("database down")),
		lifecycle.Func("web", say("web up"), say("web down")),
	)
	_ = g.Start(context.Background())
	_ = g.Stop(context.Background())
	// Output:
	// database up
	// web up
	// web down
	// database down
}

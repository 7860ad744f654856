package bus_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/bus/bustest"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/telemetry"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(child(dir))
	}
	lifecycletest.Main(m)
}

// both runs a test against the embedded bus and against a real server.
func both(t *testing.T, test func(t *testing.T, b *bus.Bus)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { t.Parallel(); test(t, bustest.New(t)) })
	t.Run("external", func(t *testing.T) { t.Parallel(); test(t, bustest.External(t).Open(t)) })
}

// next takes what must come.
func next[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(20 * time.Second):
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}

func TestOnePublishersMessagesArriveInOrder(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		got := make(chan string, 1000)
		_, err := b.Subscribe("agent.*.state", "", func(_ context.Context, m bus.Message) {
			got <- m.Subject + " " + string(m.Data)
		})
		require.NoError(t, err)
		for i := range 1000 {
			require.NoError(t, b.Publish(t.Context(), "agent.7.state", []byte(strconv.Itoa(i))))
		}
		for i := range 1000 {
			require.Equal(t, "agent.7.state "+strconv.Itoa(i), next(t, got))
		}
	})
}

func TestEachMessageGoesToOneOfAQueueAndToAllOthers(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		var shared, alone atomic.Int32
		last := make(chan struct{}, 2)
		for range 2 {
			_, err := b.Subscribe("x", "workers", func(context.Context, bus.Message) { shared.Add(1) })
			require.NoError(t, err)
			_, err = b.Subscribe("x", "", func(_ context.Context, m bus.Message) {
				alone.Add(1)
				if string(m.Data) == "99" {
					last <- struct{}{}
				}
			})
			require.NoError(t, err)
		}
		for i := range 100 {
			require.NoError(t, b.Publish(t.Context(), "x", []byte(strconv.Itoa(i))))
		}
		next(t, last)
		next(t, last)
		bustest.Stop(t, b) // lets every handler finish
		require.EqualValues(t, 200, alone.Load())
		require.EqualValues(t, 100, shared.Load())
	})
}

func TestRequestsGetTheAnswerOrTheRespondersFault(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		refused := fault.New(fault.Conflict, "routing.agent_busy", "坐席正忙\nbusy").WithRemedy("try another").
			WithFields(fault.Field{Location: "body.agent", Code: "busy", Message: "m"})
		_, err := b.Respond("ask", "q", func(_ context.Context, m bus.Message) ([]byte, error) {
			switch string(m.Data) {
			case "fault":
				return nil, fmt.Errorf("offer: %w", refused.WithCause(errors.New("hidden")))
			case "defect":
				return nil, errors.New("hidden")
			case "panic":
				panic("hidden")
			default:
				return append([]byte("re: "), m.Data...), nil
			}
		})
		require.NoError(t, err)
		answer, err := b.Request(t.Context(), "ask", []byte("hello"))
		require.NoError(t, err)
		require.Equal(t, "re: hello", string(answer))

		_, err = b.Request(t.Context(), "ask", []byte("fault"))
		f, ok := fault.As(err)
		require.True(t, ok)
		require.Equal(t, refused, f, "kind, code, message, remedy and fields, without the cause")

		for _, broken := range []string{"defect", "panic"} {
			_, err = b.Request(t.Context(), "ask", []byte(broken))
			require.ErrorIs(t, err, bus.ErrResponder)
			require.NotContains(t, err.Error(), "hidden")
			require.Equal(t, fault.Internal, fault.KindOf(err))
		}
		_, err = b.Request(t.Context(), "ask", []byte("still there"))
		require.NoError(t, err)
	})
}

func TestRequestWithoutResponderFailsAtOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		_, err := b.Request(t.Context(), "nobody", nil)
		require.ErrorIs(t, err, bus.ErrNoResponder)
		require.Equal(t, fault.Unavailable, fault.KindOf(err))
	})
}

func TestDeadlineOfTheAskerReachesTheResponder(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		ended := make(chan error, 1)
		_, err := b.Respond("slow", "q", func(ctx context.Context, _ bus.Message) ([]byte, error) {
			<-ctx.Done()
			ended <- ctx.Err()
			return nil, ctx.Err()
		})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err = b.Request(ctx, "slow", nil)
		require.ErrorIs(t, err, bus.ErrTimeout)
		require.ErrorIs(t, next(t, ended), context.DeadlineExceeded)

		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = b.Request(cancelled, "slow", nil)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, b.Publish(cancelled, "slow", nil), context.Canceled)
	})
}

func TestContextTravelsWithTheMessage(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		got := make(chan string, 2)
		_, err := b.Subscribe("a", "", func(ctx context.Context, _ bus.Message) { got <- telemetry.InteractionID(ctx) })
		require.NoError(t, err)
		require.NoError(t, b.Publish(telemetry.WithInteraction(t.Context(), "0198"), "a", nil))
		require.NoError(t, b.Publish(t.Context(), "a", nil))
		require.Equal(t, "0198", next(t, got))
		require.Empty(t, next(t, got))
	})
}

func TestHandlerThatPanicsLosesOneMessageOnly(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		got := make(chan string, 2)
		_, err := b.Subscribe("a", "", func(_ context.Context, m bus.Message) {
			if string(m.Data) == "bad" {
				panic("bad")
			}
			got <- string(m.Data)
		})
		require.NoError(t, err)
		require.NoError(t, b.Publish(t.Context(), "a", []byte("bad")))
		require.NoError(t, b.Publish(t.Context(), "a", []byte("good")))
		require.Equal(t, "good", next(t, got))
	})
}

func TestStopHandlesWhatHasArrived(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		var handled atomic.Int32
		begun, release := make(chan struct{}), make(chan struct{})
		s, err := b.Subscribe("a", "", func(context.Context, bus.Message) {
			if handled.Add(1) == 1 {
				close(begun)
				<-release
			}
		})
		require.NoError(t, err)
		for range 50 {
			require.NoError(t, b.Publish(t.Context(), "a", nil))
		}
		next(t, begun)
		var wg sync.WaitGroup
		wg.Go(func() { bustest.Stop(t, s) })
		close(release)
		wg.Wait()
		require.EqualValues(t, 50, handled.Load())
		require.NoError(t, b.Publish(t.Context(), "a", nil), "the bus goes on")
	})
}

func TestSlowHandlerLosesMessagesCountedAndShown(t *testing.T) {
	t.Parallel()
	for _, external := range []bool{false, true} {
		c := bustest.Config(t)
		c.PendingMessages = 4
		if external {
			c.URL = bustest.External(t).URL()
		}
		b := bustest.Open(t, c)
		begun, release := make(chan struct{}, 100), make(chan struct{})
		s, err := b.Subscribe("slow", "", func(context.Context, bus.Message) { begun <- struct{}{}; <-release })
		require.NoError(t, err)
		other := make(chan struct{}, 1)
		_, err = b.Subscribe("done", "", func(context.Context, bus.Message) { other <- struct{}{} })
		require.NoError(t, err)
		require.NoError(t, b.Publish(t.Context(), "slow", nil))
		next(t, begun)
		for range 20 {
			require.NoError(t, b.Publish(t.Context(), "slow", nil))
		}
		require.NoError(t, b.Publish(t.Context(), "done", nil))
		next(t, other) // nobody else is held up, and all 20 have arrived
		close(release)
		bustest.Stop(t, s)
		require.EqualValues(t, 16, s.Dropped())
		require.Equal(t, []string{"bus.slow_handler"}, codes(t, b))
	}
}

// codes gives the codes of what the health page would show.
func codes(t *testing.T, b *bus.Bus) []string {
	t.Helper()
	var list []string
	for _, f := range b.Health().Check(t.Context()) {
		list = append(list, f.Warning.Code)
	}
	return list
}

func TestMistakesAreFaultsWithACode(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		_, err := b.Subscribe("two words", "", func(context.Context, bus.Message) {})
		require.Equal(t, fault.Invalid, fault.KindOf(err))
		require.ErrorIs(t, b.Publish(t.Context(), "big", make([]byte, 2<<20)), bus.ErrTooLarge)
		_, err = b.Respond("big", "", func(context.Context, bus.Message) ([]byte, error) { return make([]byte, 2<<20), nil })
		require.NoError(t, err)
		_, err = b.Request(t.Context(), "big", nil)
		require.ErrorIs(t, err, bus.ErrTooLarge)
		require.Empty(t, codes(t, b))
	})
}

func ExampleBus() {
	dir, _ := os.MkdirTemp("", "bus")
	defer func() { _ = os.RemoveAll(dir) }()
	ctx := context.Background()
	b, _ := bus.Open(ctx, bus.Config{StoreDir: dir, Logger: slog.New(slog.DiscardHandler), Clock: clock.System()})
	defer func() { _ = b.Stop(ctx) }()
	_, _ = b.Respond("numbering.lookup", "lookup", func(_ context.Context, m bus.Message) ([]byte, error) {
		if string(m.Data) == "10001" {
			return []byte("service line"), nil
		}
		return nil, fault.New(fault.NotFound, "numbering.unknown", "nobody has this number")
	})
	answer, _ := b.Request(ctx, "numbering.lookup", []byte("10001"))
	fmt.Println(string(answer))
	_, err := b.Request(ctx, "numbering.lookup", []byte("1"))
	fmt.Println(fault.KindOf(err), err)
	// Output:
	// service line
	// not_found request numbering.lookup: numbering.unknown: nobody has this number
}

package bus_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/bus/bustest"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/telemetry"
)

func journal(t *testing.T, b *bus.Bus, change func(*bus.StreamConfig)) *bus.Stream {
	t.Helper()
	c := bus.StreamConfig{Name: "journal", Subjects: []string{"journal.>"}}
	if change != nil {
		change(&c)
	}
	s, err := b.Stream(t.Context(), c)
	require.NoError(t, err)
	return s
}

// fill appends messages with the ids and bodies from, from+1, ... below to.
func fill(t *testing.T, s *bus.Stream, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		_, err := s.Append(t.Context(), "journal.a", "id"+strconv.Itoa(i), []byte(strconv.Itoa(i)))
		require.NoError(t, err)
	}
}

func serve(t *testing.T, s lifecycle.Service) lifecycle.Service {
	t.Helper()
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() { bustest.Stop(t, s) })
	return s
}

func TestMessageIdIsStoredOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		for _, sync := range []bool{false, true} {
			name := fmt.Sprintf("dedupe%v", sync)
			s, err := b.Stream(t.Context(), bus.StreamConfig{Name: name, Subjects: []string{name + ".*"}, SyncAlways: sync})
			require.NoError(t, err)
			last, err := s.Last(t.Context())
			require.NoError(t, err)
			require.Zero(t, last)
			first, err := s.Append(t.Context(), name+".a", "m1", []byte("1"))
			require.NoError(t, err)
			second, err := s.Append(t.Context(), name+".b", "m2", []byte("2"))
			require.NoError(t, err)
			again, err := s.Append(t.Context(), name+".a", "m1", []byte("1"))
			require.NoError(t, err)
			require.Equal(t, []uint64{1, 2, 1}, []uint64{first, second, again})
			state, err := s.State(t.Context())
			require.NoError(t, err)
			require.EqualValues(t, 2, state.Messages)
			require.Equal(t, bus.StreamState{First: 1, Last: 2, Messages: 2, Bytes: state.Bytes}, state)
			_, err = s.Append(t.Context(), "elsewhere", "m3", nil)
			require.Error(t, err)
		}
	})
}

func TestReadGivesAllFromAPlace(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		s := journal(t, b, nil)
		next, err := s.Read(t.Context(), 1, func(context.Context, bus.Message) error { return errors.New("nothing is there") })
		require.NoError(t, err)
		require.EqualValues(t, 1, next)

		fill(t, s, 0, 1200)
		var got []bus.Message
		next, err = s.Read(t.Context(), 0, func(_ context.Context, m bus.Message) error { got = append(got, m); return nil })
		require.NoError(t, err)
		require.EqualValues(t, 1201, next)
		require.Len(t, got, 1200)
		for i, m := range got {
			require.EqualValues(t, i+1, m.Sequence)
			require.Equal(t, "id"+strconv.Itoa(i), m.ID)
			require.Equal(t, strconv.Itoa(i), string(m.Data))
		}
		require.Equal(t, "journal.a", got[0].Subject)
		require.WithinDuration(t, time.Now(), got[0].Time, time.Minute)

		full := errors.New("enough")
		count := 0
		next, err = s.Read(t.Context(), 1100, func(context.Context, bus.Message) error {
			if count++; count > 10 {
				return full
			}
			return nil
		})
		require.ErrorIs(t, err, full)
		require.EqualValues(t, 1110, next, "the refused message is the next")
		next, err = s.Read(t.Context(), 5000, func(context.Context, bus.Message) error { return full })
		require.NoError(t, err)
		require.EqualValues(t, 5000, next)
	})
}

func TestRefusedMessageComesAgainBeforeTheNext(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		s := journal(t, b, nil)
		fill(t, s, 0, 5)
		got := make(chan string, 20)
		tries := 0
		serve(t, s.Consume(telemetry.WithInteraction(t.Context(), "job"), "projector", func(ctx context.Context, m bus.Message) error {
			got <- fmt.Sprintf("%s/%d/%s", m.Data, m.Attempt, telemetry.InteractionID(ctx))
			if string(m.Data) == "2" {
				switch tries++; tries {
				case 1:
					return errors.New("database away")
				case 2:
					panic("odd")
				}
			}
			return nil
		}))
		var order []string
		for range 7 {
			order = append(order, next(t, got))
		}
		require.Equal(t, []string{"0/1/job", "1/1/job", "2/1/job", "2/2/job", "2/3/job", "3/1/job", "4/1/job"}, order)
	})
}

func TestConsumerGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		s := journal(t, b, nil)
		fill(t, s, 0, 3)
		got := make(chan string, 20)
		consume := func(_ context.Context, m bus.Message) error { got <- string(m.Data); return nil }
		first := serve(t, s.Consume(t.Context(), "one", consume))
		for i := range 3 {
			require.Equal(t, strconv.Itoa(i), next(t, got))
		}
		bustest.Stop(t, first)
		fill(t, s, 3, 6)
		serve(t, s.Consume(t.Context(), "one", consume))
		require.Equal(t, "3", next(t, got))
		serve(t, s.Consume(t.Context(), "two", func(_ context.Context, m bus.Message) error { got <- "two:" + string(m.Data); return nil }))
		var rest []string
		for range 8 {
			rest = append(rest, next(t, got))
		}
		slices.Sort(rest)
		require.Equal(t, []string{"4", "5", "two:0", "two:1", "two:2", "two:3", "two:4", "two:5"}, rest)
	})
}

func TestStuckConsumerIsShown(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	s := journal(t, b, nil)
	fill(t, s, 0, 1)
	tried := make(chan int, 100)
	var heal atomic.Bool
	serve(t, s.Consume(t.Context(), "stuck", func(_ context.Context, m bus.Message) error {
		tried <- m.Attempt
		if heal.Load() {
			return nil
		}
		return errors.New("no")
	}))
	for next(t, tried) < 6 {
	}
	require.Equal(t, []string{"bus.consumer_stuck"}, codes(t, b))
	heal.Store(true)
	require.Eventually(t, func() bool { return len(codes(t, b)) == 0 }, 20*time.Second, 10*time.Millisecond)
}

func TestFullStreamRefusesAndSaysSo(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		s := journal(t, b, func(c *bus.StreamConfig) { c.MaxBytes, c.RefuseWhenFull = 64<<10, true })
		var err error
		stored := 0
		for err == nil {
			if _, err = s.Append(t.Context(), "journal.a", "", make([]byte, 1000)); err == nil {
				stored++
			}
		}
		require.ErrorIs(t, err, bus.ErrStreamFull)
		require.Equal(t, fault.Limit, fault.KindOf(err))
		state, err := s.State(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, stored, state.Messages, "what was acknowledged is there")
		require.ElementsMatch(t, []string{"bus.stream_nearly_full", "bus.append_fails"}, codes(t, b))
	})
}

func TestSettingsThatCannotChangeAreRefused(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	journal(t, b, nil)
	_, err := b.Stream(t.Context(), bus.StreamConfig{Name: "journal", Subjects: []string{"journal.>"}, SyncAlways: true})
	require.Equal(t, fault.Conflict, fault.KindOf(err), "%v", err)
	_, err = b.Stream(t.Context(), bus.StreamConfig{Name: "other", Subjects: []string{"journal.a"}})
	require.Equal(t, fault.Conflict, fault.KindOf(err), "%v", err)
	_, err = b.Stream(t.Context(), bus.StreamConfig{RefuseWhenFull: true})
	f, ok := fault.As(err)
	require.True(t, ok)
	require.Len(t, f.Fields, 3)
}

func TestConsumersSurviveStress(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	s := journal(t, b, nil)
	fill(t, s, 0, 10)
	lifecycletest.Stress(t, func() lifecycle.Service {
		return s.Consume(t.Context(), "stress", func(context.Context, bus.Message) error { return nil })
	})
}

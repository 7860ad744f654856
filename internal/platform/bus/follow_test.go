package bus_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/bus"
)

func TestFollowGivesWhatIsThereAndWhatComes(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		s := journal(t, b, nil)
		fill(t, s, 0, 10)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var got []uint64
		done := make(chan error, 1)
		half := make(chan struct{})
		go func() {
			done <- s.Follow(ctx, 4, func(_ context.Context, m bus.Message) error {
				got = append(got, m.Sequence)
				require.Equal(t, strconv.Itoa(int(m.Sequence)-1), string(m.Data))
				if m.Sequence == 10 {
					close(half)
				}
				if m.Sequence == 15 {
					cancel()
				}
				return nil
			})
		}()
		<-half
		fill(t, s, 10, 15)
		require.NoError(t, <-done, "the end of the context is no error")
		require.Equal(t, []uint64{4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, got)

		enough := errors.New("enough")
		require.ErrorIs(t, s.Follow(t.Context(), 1, func(context.Context, bus.Message) error { return enough }), enough)
	})
}

func TestPurgeMakesRoomBeforeAPlace(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		s := journal(t, b, nil)
		fill(t, s, 0, 10)
		require.NoError(t, s.Purge(t.Context(), 7))
		state, err := s.State(t.Context())
		require.NoError(t, err)
		require.Equal(t, []uint64{7, 10, 4}, []uint64{state.First, state.Last, state.Messages})
	})
}

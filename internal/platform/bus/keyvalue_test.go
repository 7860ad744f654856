package bus_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/bus/bustest"
	"yingda/internal/platform/fault"
)

func bucket(t *testing.T, b *bus.Bus, c bus.KeyValueConfig) *bus.KeyValue {
	t.Helper()
	kv, err := b.KeyValue(t.Context(), c)
	require.NoError(t, err)
	return kv
}

func TestEntriesHaveRevisions(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		for _, c := range []bus.KeyValueConfig{{Name: "file"}, {Name: "sync", SyncAlways: true}, {Name: "memory", InMemory: true}} {
			kv := bucket(t, b, c)
			_, err := kv.Get(t.Context(), "a")
			require.ErrorIs(t, err, bus.ErrNoKey)
			first, err := kv.Create(t.Context(), "a", []byte("1"))
			require.NoError(t, err)
			_, err = kv.Create(t.Context(), "a", []byte("x"))
			require.ErrorIs(t, err, bus.ErrKeyExists)
			second, err := kv.Put(t.Context(), "a", []byte("2"))
			require.NoError(t, err)
			require.Greater(t, second, first)
			_, err = kv.Update(t.Context(), "a", []byte("x"), first)
			require.ErrorIs(t, err, bus.ErrRevision)
			require.Equal(t, fault.Conflict, fault.KindOf(err))
			third, err := kv.Update(t.Context(), "a", []byte("3"), second)
			require.NoError(t, err)
			e, err := kv.Get(t.Context(), "a")
			require.NoError(t, err)
			require.Equal(t, "3", string(e.Value))
			require.Equal(t, third, e.Revision)
			require.WithinDuration(t, time.Now(), e.At, time.Minute)

			require.ErrorIs(t, kv.DeleteRevision(t.Context(), "a", second), bus.ErrRevision)
			require.NoError(t, kv.DeleteRevision(t.Context(), "a", third))
			require.NoError(t, kv.Delete(t.Context(), "a"), "deleting twice does no harm")
			_, err = kv.Get(t.Context(), "a")
			require.ErrorIs(t, err, bus.ErrNoKey)
			again, err := kv.Create(t.Context(), "a", []byte("4"))
			require.NoError(t, err)
			require.Greater(t, again, third, "revisions never go back")

			_, err = kv.Put(t.Context(), "a key", nil)
			require.Equal(t, fault.Invalid, fault.KindOf(err))
		}
	})
}

func TestOpeningABucketTwiceIsTheSameBucket(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		c := bus.KeyValueConfig{Name: "lease", TTL: time.Minute}
		_, err := bucket(t, b, c).Put(t.Context(), "a", []byte("1"))
		require.NoError(t, err)
		c.TTL = 2 * time.Minute
		e, err := bucket(t, b, c).Get(t.Context(), "a")
		require.NoError(t, err)
		require.Equal(t, "1", string(e.Value))
		_, err = b.KeyValue(t.Context(), bus.KeyValueConfig{Name: "short", TTL: time.Millisecond})
		require.Error(t, err)
	})
}

func TestOneOfManyWritersWinsEachRevision(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		const writers, rounds = 8, 25
		kv := bucket(t, b, bus.KeyValueConfig{Name: "race"})
		revision, err := kv.Create(t.Context(), "k", nil)
		require.NoError(t, err)
		for range rounds {
			var winners atomic.Uint64
			var wg sync.WaitGroup
			results := make([]error, writers)
			for i := range writers {
				wg.Go(func() {
					var next uint64
					next, results[i] = kv.Update(t.Context(), "k", []byte(strconv.Itoa(i)), revision)
					if results[i] == nil {
						winners.Store(next)
					}
				})
			}
			wg.Wait()
			won := 0
			for _, err := range results {
				if err == nil {
					won++
				} else {
					require.ErrorIs(t, err, bus.ErrRevision)
				}
			}
			require.Equal(t, 1, won)
			revision = winners.Load()
		}
		var created atomic.Int32
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				if _, err := kv.Create(t.Context(), "lease", nil); err == nil {
					created.Add(1)
				} else if !errors.Is(err, bus.ErrKeyExists) {
					t.Errorf("create: %v", err)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, created.Load())
	})
}

// changes watches and gives each change as text.
func changes(t *testing.T, kv *bus.KeyValue, pattern string) (*bus.Watch, <-chan string) {
	t.Helper()
	got := make(chan string, 1000)
	w, err := kv.Watch(pattern, func(_ context.Context, c bus.Change) {
		got <- fmt.Sprintf("%s %s %s", c.Kind, c.Entry.Key, c.Entry.Value)
	})
	require.NoError(t, err)
	t.Cleanup(func() { bustest.Stop(t, w) })
	return w, got
}

func TestWatchTellsWhatIsThereThenWhatChanges(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		kv := bucket(t, b, bus.KeyValueConfig{Name: "presence", InMemory: true})
		put := func(key, value string) {
			_, err := kv.Put(t.Context(), key, []byte(value))
			require.NoError(t, err)
		}
		empty, none := changes(t, kv, ">")
		require.Equal(t, "caught_up  ", next(t, none))
		require.True(t, empty.Current())

		put("agent.1", "a")
		put("agent.2", "b")
		put("queue.1", "q")
		put("agent.1", "c")
		require.NoError(t, kv.Delete(t.Context(), "agent.2"))
		_, got := changes(t, kv, "agent.*")
		require.Equal(t, "put agent.1 c", next(t, got))
		require.Equal(t, "caught_up  ", next(t, got))
		put("agent.3", "d")
		put("queue.1", "r")
		require.Equal(t, "put agent.3 d", next(t, got))
		require.NoError(t, kv.Delete(t.Context(), "agent.3"))
		put("agent.1", "e")
		require.Equal(t, "deleted agent.3 ", next(t, got))
		require.Equal(t, "put agent.1 e", next(t, got))

		list, err := kv.List(t.Context(), "agent.*")
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, "e", string(list[0].Value))
		none2, err := kv.List(t.Context(), "nobody.*")
		require.NoError(t, err)
		require.Empty(t, none2)
	})
}

func TestEntriesEndWithTheirTimeToLiveAndTheWatchHearsIt(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bus.Bus) {
		kv := bucket(t, b, bus.KeyValueConfig{Name: "lease", TTL: time.Second})
		_, got := changes(t, kv, ">")
		require.Equal(t, "caught_up  ", next(t, got))
		_, err := kv.Create(t.Context(), "leader", []byte("a"))
		require.NoError(t, err)
		require.Equal(t, "put leader a", next(t, got))
		require.Equal(t, "deleted leader ", next(t, got))
		_, err = kv.Get(t.Context(), "leader")
		require.ErrorIs(t, err, bus.ErrNoKey)
		_, err = kv.Create(t.Context(), "leader", []byte("b"))
		require.NoError(t, err)
	})
}

func TestWatchHandlerThatPanicsIsCalledAgain(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	kv := bucket(t, b, bus.KeyValueConfig{Name: "x"})
	got := make(chan string, 2)
	_, err := kv.Watch(">", func(_ context.Context, c bus.Change) {
		if c.Kind == bus.CaughtUp {
			got <- "ready"
			panic("once")
		}
		got <- c.Entry.Key
	})
	require.NoError(t, err)
	require.Equal(t, "ready", next(t, got))
	_, err = kv.Put(t.Context(), "k", nil)
	require.NoError(t, err)
	require.Equal(t, "k", next(t, got))
	_, err = kv.Watch("a b", nil)
	require.Equal(t, fault.Invalid, fault.KindOf(err))
}

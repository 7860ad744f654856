package live_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/bus/bustest"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/httpapi/live"
)

// storm publishes the numbers 1 to n, each to everybody or to every user, in order, and then "end". The
// state of the snapshot always includes what has been published.
func storm(b *bundle, n int, users []string) error {
	for i := 1; i <= n; i++ {
		b.state.Store(int64(i))
		if i%3 == 0 {
			if err := b.hub.Broadcast("n", i); err != nil {
				return err
			}
			continue
		}
		for _, u := range users {
			if err := b.hub.Publish(u, "n", i); err != nil {
				return err
			}
		}
	}
	return b.hub.Broadcast("end", n)
}

// follow reads the storm on one connection that drops and comes back at random. Nothing may be lost and
// nothing heard twice: each number is the one after the last heard, or the one after what a snapshot told.
func follow(l *httpapitest.Live, seed uint64, drops *atomic.Int32) (snapshots int, err error) {
	random := rand.New(rand.NewPCG(seed, 1))
	heard, floor := int64(0), int64(0)
	for {
		m, err := l.Read()
		if err != nil {
			return snapshots, fmt.Errorf("seed %d: %w", seed, err)
		}
		switch {
		case m.Type == "snapshot":
			var s struct{ State struct{ N int64 } }
			if err := json.Unmarshal(m.Data, &s); err != nil {
				return snapshots, err
			}
			snapshots++
			if s.State.N < heard {
				return snapshots, fmt.Errorf("seed %d: the snapshot knows %d, but %d was heard", seed, s.State.N, heard)
			}
			// Events that the snapshot already holds may still follow; a gap after it may not.
			heard, floor = 0, s.State.N
		case m.Type == "event" && m.Topic == "end":
			if last := max(heard, floor); fmt.Sprint(last) != string(m.Data) {
				return snapshots, fmt.Errorf("seed %d: the end came after %d", seed, last)
			}
			return snapshots, nil
		case m.Type == "event":
			var n int64
			if err := json.Unmarshal(m.Data, &n); err != nil {
				return snapshots, err
			}
			if heard == 0 && n > floor+1 || heard != 0 && n != heard+1 {
				return snapshots, fmt.Errorf("seed %d: %d came after %d, snapshot %d", seed, n, heard, floor)
			}
			heard = n
		}
		if random.IntN(200) == 0 {
			l.Drop()
			drops.Add(1)
			if err := l.TryReconnect(); err != nil {
				return snapshots, fmt.Errorf("seed %d: %w", seed, err)
			}
		}
	}
}

func runStorm(t *testing.T, b *bundle, n int) (drops, snapshots int) {
	t.Helper()
	var users []string
	var tabs []*httpapitest.Live
	for i := range 10 {
		user := fmt.Sprintf("u%d", i)
		users = append(users, user)
		for range 3 {
			tabs = append(tabs, b.fresh(user))
		}
	}
	var wg sync.WaitGroup
	var dropped, anew atomic.Int32
	for _, tab := range tabs {
		seed := rand.Uint64()
		wg.Go(func() {
			s, err := follow(tab, seed, &dropped)
			anew.Add(int32(s))
			if err != nil {
				t.Error(err)
			}
		})
	}
	require.NoError(t, storm(b, n, users))
	wg.Wait()
	return int(dropped.Load()), int(anew.Load())
}

func TestNothingLostAndNothingTwiceInAStorm(t *testing.T) {
	t.Parallel()
	const n = 900
	b := setup(t, func(c *live.Config) { c.Events = n + 1 })
	drops, snapshots := runStorm(t, b, n)
	require.Positive(t, drops)
	require.Zero(t, snapshots, "everything is remembered, so everybody resumes")
}

func TestAStormLargerThanTheMemoryEndsComplete(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *live.Config) { c.Events, c.PerUser = 64, 10 })
	var users []string
	var tabs []*httpapitest.Live
	for i := range 8 {
		user := fmt.Sprintf("u%d", i)
		users = append(users, user)
		tabs = append(tabs, b.fresh(user))
	}
	// Nobody reads while the storm passes: all are left behind, and must still learn how it ended. A client
	// that is sent away as too slow comes back, as pages do.
	require.NoError(t, storm(b, 5_000, users))
	for _, tab := range tabs {
		last := int64(0)
		for {
			m, err := tab.Read()
			if websocket.CloseStatus(err) == websocket.StatusTryAgainLater {
				tab.Reconnect()
				continue
			}
			require.NoError(t, err)
			switch m.Topic {
			case "n":
				require.NoError(t, json.Unmarshal(m.Data, &last))
				continue
			case "":
				if m.Type == "snapshot" {
					var s struct{ State struct{ N int64 } }
					require.NoError(t, json.Unmarshal(m.Data, &s))
					last = s.State.N
					if m.Seq < uint64(5_001) {
						continue
					}
				}
			}
			if m.Topic == "end" || m.Type == "snapshot" {
				break
			}
		}
		require.EqualValues(t, 5_000, last)
	}
}

func TestASlowClientHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *live.Config) { c.WriteTime, c.Bytes = 5*time.Second, 2<<20 })
	slow := dialRaw(t, b, "slow") // reads nothing
	require.NoError(t, slow.(*net.TCPConn).SetReadBuffer(4<<10))
	quick := b.fresh("quick")
	b.waitConnections(t, 2)
	big := strings.Repeat("x", 200<<10)
	for i := range 40 { // 8 MB: more than the kernel's buffers hold
		require.NoError(t, b.hub.Broadcast("big", big))
		m := quick.Want("event")
		require.Equal(t, uint64(i+1), m.Seq)
	}
	b.clock.BlockUntil(1)
	b.clock.Advance(7 * time.Second)
	b.waitConnections(t, 1)
	found := b.hub.Health().Check(t.Context())
	require.Len(t, found, 1)
	require.Equal(t, "live.slow_clients", found[0].Warning.Code)
}

func TestEventsReachAllNodesOnce(t *testing.T) {
	t.Parallel()
	shared := bustest.New(t)
	withBus := func(c *live.Config) { c.Bus = shared }
	one, two := setup(t, withBus), setup(t, withBus)
	onOne, onTwo := one.fresh("李/*.>"), two.fresh("李/*.>")
	require.NoError(t, one.hub.Publish("李/*.>", "t", 1))
	require.NoError(t, one.hub.Publish("wang", "t", "not for li"))
	require.NoError(t, one.hub.Broadcast("t", 2))
	require.NoError(t, one.hub.Publish("李/*.>", "t", 3))
	for _, l := range []*httpapitest.Live{onOne, onTwo} {
		got := map[string]int{}
		for range 3 {
			got[string(l.Want("event").Data)]++
		}
		require.Equal(t, map[string]int{"1": 1, "2": 1, "3": 1}, got)
	}
	require.NoError(t, two.hub.Broadcast("t", 4))
	require.Equal(t, "4", string(onOne.Want("event").Data), "and nothing came twice before it")
	require.Equal(t, "4", string(onTwo.Want("event").Data))
}

func TestOwnUsersHearWhileTheBusIsAway(t *testing.T) {
	t.Parallel()
	server := bustest.External(t)
	b := setup(t, func(c *live.Config) { c.Bus = server.Open(t) })
	l := b.fresh("li")
	server.Stop()
	for n := range 10 {
		require.NoError(t, b.hub.Publish("li", "t", n))
		require.Equal(t, fmt.Sprint(n), string(l.Want("event").Data))
	}
	server.Start()
}

func TestForeignTextOnTheBusIsIgnored(t *testing.T) {
	t.Parallel()
	shared := bustest.New(t)
	b := setup(t, func(c *live.Config) { c.Bus = shared })
	l := b.fresh("li")
	for subject, data := range map[string]string{"live.all": "nonsense", "live.user.zz": `0123456789abcdef,"topic":1}`} {
		require.NoError(t, shared.Publish(t.Context(), subject, []byte(data)))
	}
	require.NoError(t, shared.Publish(t.Context(), "live.all", []byte(`0123456789abcdef,"topic":"t","at":"2026-11-20T00:00:00Z","data":7}`)))
	require.Equal(t, "7", string(l.Want("event").Data))
}

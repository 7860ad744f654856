package ports_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/voice/media/ports"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

func TestPoolNeverLendsTwiceNorBeforeTheQuarantine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.IntRange(1024, 30000).Draw(t, "first")
		size := rapid.IntRange(3, 60).Draw(t, "size")
		rest := time.Duration(rapid.IntRange(0, 20).Draw(t, "quarantine")) * time.Millisecond
		p, err := ports.New(first, first+size, rest, uint(rapid.Uint32().Draw(t, "start")))
		require.NoError(t, err)
		lent, returned := map[int]bool{}, map[int]time.Duration{}
		now := time.Duration(0)
		for range 200 {
			now += time.Duration(rapid.IntRange(0, 5).Draw(t, "ms")) * time.Millisecond
			if rapid.Bool().Draw(t, "take") {
				port, ok := p.Take(now)
				if !ok {
					continue
				}
				require.False(t, lent[port])
				require.Zero(t, port%2)
				require.GreaterOrEqual(t, port, first)
				require.LessOrEqual(t, port+1, first+size)
				if at, ok := returned[port]; ok {
					require.GreaterOrEqual(t, now-at, rest)
				}
				lent[port] = true
				continue
			}
			for port := range lent {
				p.Give(port, now)
				p.Give(port, now) // twice does no harm
				delete(lent, port)
				returned[port] = now
				break
			}
			p.Give(first+rapid.IntRange(-5, size+5).Draw(t, "stranger")|1, now) // an odd port is none of ours
		}
		require.Equal(t, p.Size(), p.Free()+len(lent))
	})
}

func TestOneThatIsHeldDoesNotStopTheLine(t *testing.T) {
	t.Parallel()
	p, err := ports.New(20000, 20009, time.Millisecond, 4) // begins at the last pair
	require.NoError(t, err)
	held, ok := p.Take(0)
	require.True(t, ok)
	require.Equal(t, 20008, held)
	var order []int
	for i := range 12 {
		port, ok := p.Take(time.Duration(i) * time.Second)
		require.True(t, ok)
		order = append(order, port)
		p.Give(port, time.Duration(i)*time.Second)
	}
	round := order[:4]
	require.ElementsMatch(t, []int{20000, 20002, 20004, 20006}, round, "every pair once")
	require.Equal(t, append(append(slices.Clone(round), round...), round...), order)
}

// Another program that holds a block of ports must not stop the calls that come to it in the line.
func TestNeighboursInTheLineLieFarApart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pairs := rapid.IntRange(1, 6000).Draw(t, "pairs")
		p, err := ports.New(20000, 20000+2*pairs-1, 0, uint(rapid.Uint32().Draw(t, "start")))
		require.NoError(t, err)
		block, seen, inBlock := pairs/4, map[int]bool{}, 0 // a quarter of the range belongs to somebody else
		from := rapid.IntRange(0, pairs-block).Draw(t, "block")
		for range pairs {
			port, ok := p.Take(0)
			require.True(t, ok)
			require.False(t, seen[port])
			seen[port] = true
			if i := (port - 20000) / 2; i >= from && i < from+block {
				inBlock++
			} else {
				inBlock = 0
			}
			require.Less(t, inBlock, 32)
		}
	})
}

func TestRangesWithoutAPairAreRefused(t *testing.T) {
	t.Parallel()
	for _, r := range [][2]int{{0, 100}, {20001, 20002}, {20000, 20000}, {65000, 70000}, {30000, 20000}} {
		_, err := ports.New(r[0], r[1], 0, 0)
		require.Error(t, err, r)
	}
}

//go:build linux

package media_test

import (
	"math"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice/media"
	"yingda/internal/voice/sdp"
)

func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(all)
}

// Not parallel: it counts what the whole process holds.
func TestTenThousandLegsLeaveNothing(t *testing.T) {
	e := setup(t, func(c *media.Config) { c.Threads = 2 })
	far := newPeer(t, sdp.PCMA, 8, 101)
	before, free, routines := descriptors(t), e.Metrics().FreePorts, runtime.NumGoroutine()
	prompt := media.Tone(time.Second, 440)
	for range 10 {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 125 {
					a, err := e.NewLeg()
					if err != nil {
						t.Error(err)
						return
					}
					b, err := e.NewLeg()
					if err != nil {
						t.Error(err)
						return
					}
					a.Apply(far.agreed())
					b.Apply(far.agreed())
					e.Bridge(a, b)
					a.Play(prompt, media.PlayOptions{Done: func(bool) {}})
					m := e.Mix()
					m.Add(b, media.Talks())
					a.Close()
					b.Close()
					m.Close()
				}
			})
		}
		all.Wait()
	}
	m := e.Metrics()
	require.Zero(t, m.Legs)
	require.Equal(t, free, m.FreePorts)
	require.Equal(t, before, descriptors(t))
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > routines && time.Now().Before(end); {
		runtime.Gosched() // callbacks under way end
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), routines)
}

func TestPortsAreLentOnceAndComeBack(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *media.Config) { c.Quarantine = 50 * time.Millisecond })
	var legs []*media.Leg
	seen := map[int]bool{}
	for range portsPerTest / 2 {
		l := newLeg(t, e, nil)
		require.False(t, seen[l.Port()])
		require.Zero(t, l.Port()%2)
		seen[l.Port()] = true
		legs = append(legs, l)
	}
	_, err := e.NewLeg()
	require.ErrorContains(t, err, "voice.no_ports")
	legs[7].Close()
	require.Eventually(t, func() bool {
		l, err := e.NewLeg()
		return err == nil && l.Port() == legs[7].Port()
	}, 3*time.Second, 5*time.Millisecond)
}

func TestPortsOfOthersArePassedOver(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *media.Config) {
		other := socket(t) // holds a port somewhere in its own range
		c.FirstPort = int(address(other).Port()) &^ 1
		c.LastPort = c.FirstPort + 9
	})
	for range 4 {
		newLeg(t, e, nil)
	}
	_, err := e.NewLeg()
	require.ErrorContains(t, err, "voice.no_ports")
}

// clumsyTap breaks at the first packet.
type clumsyTap struct{}

func (c *clumsyTap) Audio(bool, uint32, uint32, time.Time, sdp.Codec, []byte) { panic("clumsy") }

// countTap counts what it hears.
type countTap struct {
	mu       sync.Mutex
	from, to int
	ssrc     uint32
}

func (c *countTap) Audio(fromRemote bool, ssrc, _ uint32, at time.Time, codec sdp.Codec, payload []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(payload) != 160 || codec != sdp.PCMA || math.Abs(time.Since(at).Seconds()) > 5 {
		return
	}
	if fromRemote {
		c.from++
		c.ssrc = ssrc
	} else {
		c.to++
	}
}

func (c *countTap) counts() (from, to int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.from, c.to
}

func TestTapHearsBothDirections(t *testing.T) {
	t.Parallel()
	e := setup(t)
	a, b := newPeer(t, sdp.PCMA, 8, 101), newPeer(t, sdp.PCMU, 0, 101)
	la, lb := newLeg(t, e, a), newLeg(t, e, b)
	tap := &countTap{}
	la.Tap(tap)
	e.Bridge(la, lb)
	a.say(440, 7)
	a.key(1, 1, 160, 320)
	b.say(440, 5)
	b.read(9)
	a.read(5)
	la.Tap(nil)
	from, to := tap.counts()
	require.Equal(t, [2]int{7, 5}, [2]int{from, to}, "audio both ways, in the leg's law, without the key")
	require.Equal(t, a.ssrc, tap.ssrc)
	a.say(440, 5)
	b.read(5)
	from, _ = tap.counts()
	require.Equal(t, 7, from)
}

func TestPanicCostsOneLegOnly(t *testing.T) {
	t.Parallel()
	e, err := media.NewEngine(media.Config{Bind: loopback, FirstPort: 16000, LastPort: 16100, Threads: 1})
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context()))
	a, b := newPeer(t, sdp.PCMA, 8, 101), newPeer(t, sdp.PCMA, 8, 101)
	la, lb := newLeg(t, e, a), newLeg(t, e, b)
	la.Tap(&clumsyTap{})
	lb.Echo(true)
	la.Play(media.Tone(time.Minute, 440), media.PlayOptions{})
	a.say(440, 3)
	b.say(440, 3)
	b.read(3)
	require.Eventually(t, func() bool { return e.Metrics().Panics > 0 }, 3*time.Second, time.Millisecond)
	b.say(440, 3)
	b.read(3)
	la.Close()
	require.NoError(t, e.Stop(t.Context()))
}

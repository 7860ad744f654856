package node_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice"
	"yingda/internal/voice/carrier"
)

// crowd is parties that do whatever comes to their mind.
type crowd struct {
	h      *house
	random *rand.Rand
	phones []*carrier.Phone

	mu       sync.Mutex
	sessions []*carrier.Session
	did      []string
	under    sync.WaitGroup // transfers that wait for their report
}

func (c *crowd) keep(s *carrier.Session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions = append(c.sessions, s)
}

// some gives any session that has not ended.
func (c *crowd) some() *carrier.Session {
	c.mu.Lock()
	defer c.mu.Unlock()
	var alive []*carrier.Session
	for _, s := range c.sessions {
		if s.State() != carrier.Ended {
			alive = append(alive, s)
		}
	}
	if len(alive) == 0 {
		return nil
	}
	return alive[c.random.IntN(len(alive))]
}

var targets = []string{"8001", "8002", "8003", "8004", "96801", "96803", "96808", "5555"}

// step does one thing. What the node answers is not asserted: a call may end at any moment.
func (c *crowd) step(ctx context.Context) {
	s := c.some()
	what := c.random.IntN(12)
	if s == nil || what == 0 {
		to := targets[c.random.IntN(len(targets))]
		if len(to) == 4 {
			to = "968" + to
		}
		c.did = append(c.did, "call "+to)
		made, err := carrier.Start(ctx, c.h.from(to))
		if err == nil {
			c.h.t.Cleanup(func() { _ = made.Close() })
			c.keep(made)
		}
		return
	}
	soon, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if what < 9 && !c.talks(soon, s) {
		return // requests inside the call come after the answer
	}
	switch what {
	case 1, 2:
		c.did = append(c.did, "hold")
		_ = s.Hold(soon)
	case 3:
		c.did = append(c.did, "hold inactive")
		_ = s.HoldInactive(soon)
	case 4, 5:
		c.did = append(c.did, "resume")
		_ = s.Resume(soon)
	case 6, 7:
		to := targets[c.random.IntN(len(targets))]
		c.did = append(c.did, "refer to "+to)
		c.background(func(ctx context.Context) { _, _ = s.Refer(ctx, to) })
	case 8:
		if other := c.some(); other != nil {
			c.did = append(c.did, "refer with replaces")
			c.background(func(ctx context.Context) { _, _ = s.ReferReplaces(ctx, other) })
		}
	case 9:
		c.did = append(c.did, "phone calls phone")
		phone, to := c.phones[c.random.IntN(len(c.phones))], targets[c.random.IntN(4)]
		if made, err := phone.Call(soon, carrier.Call{To: to}); err == nil {
			c.h.t.Cleanup(func() { _ = made.Close() })
			c.keep(made)
		}
	case 10:
		c.did = append(c.did, "hang up")
		c.end(soon, s)
	case 11:
		c.did = append(c.did, "hear")
		_, _ = s.Hear(soon, time.Duration(c.random.IntN(80))*time.Millisecond)
	}
}

// talks waits a little for the answer.
func (c *crowd) talks(ctx context.Context, s *carrier.Session) bool {
	soon, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	select {
	case <-s.Answered():
	case <-s.Ended():
	case <-soon.Done():
	}
	return s.State() == carrier.Talking
}

// background does what waits for others; the next steps come meanwhile.
func (c *crowd) background(do func(context.Context)) {
	c.under.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		do(ctx)
	})
}

func (c *crowd) end(ctx context.Context, s *carrier.Session) {
	if s.State() == carrier.Talking {
		_ = s.Bye(ctx)
	} else {
		s.Cancel()
	}
}

// TestWhateverPartiesDoNothingIsLeft: random sequences of calls, holds, transfers and ends. At the end there is no
// party, no sound, and each leg was reported once.
func TestWhateverPartiesDoNothingIsLeft(t *testing.T) {
	t.Parallel()
	seeds := uint64(6)
	if os.Getenv(soak) != "" {
		seeds = 60
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			h := setup(t, plan{record: seed%2 == 0, node: ringsFor(time.Second)})
			c := &crowd{h: h, random: rand.New(rand.NewPCG(seed, 7))} //nolint:gosec // a test
			for i, policy := range []carrier.Policy{{}, {After: 30 * time.Millisecond}, {Mode: carrier.RefuseAll, Status: 486}, {Mode: carrier.EarlyMedia, After: 50 * time.Millisecond}} {
				c.phones = append(c.phones, h.phone(fmt.Sprint(8001+i), carrier.PhoneConfig{Play: sends(440), Answer: policy, OnCall: c.keep}))
			}
			h.number("96801", voice.NumberSpec{Act: voice.ActEcho})
			h.number("96803", voice.NumberSpec{Act: voice.ActPrompt, Prompt: h.prompt(500, 200*time.Millisecond)})
			h.number("96808", voice.NumberSpec{Act: voice.ActReject, Cause: "busy"})
			for range 60 {
				c.step(t.Context())
			}
			c.under.Wait()
			for s := c.some(); s != nil; s = c.some() {
				require.NoError(t, s.Close())
			}
			h.emptied(c)
			require.Zero(t, h.node.Sound().Legs)
			require.Zero(t, h.node.Signalling().Calls)
			require.Zero(t, h.node.Signalling().Panics+h.node.Sound().Panics)
			reports := h.reports()
			h.calls(reports)
			t.Log(reports, "legs")
		})
	}
}

// emptied waits until the node has no party any more, and tells of those it has otherwise.
func (h *house) emptied(c *crowd) {
	h.t.Helper()
	for end := time.Now().Add(patience); h.node.Parties() > 0; {
		if time.Now().After(end) {
			for _, live := range h.node.Calls() {
				h.t.Logf("%+v", live)
			}
			require.FailNow(h.t, "parties are left", "%v", c.did)
		}
		runtime.Gosched()
	}
}

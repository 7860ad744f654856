package sip

import (
	"context"
	"sync"
)

// group waits for goroutines that may be started while somebody waits already.
type group struct {
	mu    sync.Mutex
	count int
	empty chan struct{} // closed when count falls to 0; nil when nobody waits
}

// Go runs f in a goroutine that the group waits for.
func (g *group) Go(f func()) {
	g.mu.Lock()
	g.count++
	g.mu.Unlock()
	go func() {
		defer g.done()
		f()
	}()
}

func (g *group) done() {
	g.mu.Lock()
	g.count--
	if g.count == 0 && g.empty != nil {
		close(g.empty)
		g.empty = nil
	}
	g.mu.Unlock()
}

// enter counts the caller in until done; for goroutines of others that work for us.
func (g *group) enter() {
	g.mu.Lock()
	g.count++
	g.mu.Unlock()
}

// wait returns when no goroutine is left, or with ctx's error.
func (g *group) wait(ctx context.Context) error {
	g.mu.Lock()
	if g.count == 0 {
		g.mu.Unlock()
		return nil
	}
	if g.empty == nil {
		g.empty = make(chan struct{})
	}
	empty := g.empty
	g.mu.Unlock()
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

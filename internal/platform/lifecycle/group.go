package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Group starts services in order and stops them in reverse. It is a Service itself.
type Group struct {
	name string
	log  *slog.Logger

	mu      sync.Mutex
	members []Service
	running []Service
	ended   bool
}

// NewGroup makes a group of the services given, in start order.
func NewGroup(name string, log *slog.Logger, members ...Service) *Group {
	return &Group{name: name, log: log, members: members}
}

// Name is the name given.
func (g *Group) Name() string { return g.name }

// Add appends a service; only before Start.
func (g *Group) Add(s Service) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.members = append(g.members, s)
}

// Start starts the members one after another. When one fails, those before it are stopped again
// and the error names it.
func (g *Group) Start(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ended {
		return fmt.Errorf("start %s: %w", g.name, ErrStopped)
	}
	if len(g.running) > 0 {
		return nil
	}
	for _, s := range g.members {
		begin := time.Now()
		if err := s.Start(ctx); err != nil {
			err = fmt.Errorf("start %s: %w", s.Name(), err)
			stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
			defer cancel()
			return errors.Join(err, s.Stop(stopCtx), g.stopRunning(stopCtx))
		}
		g.running = append(g.running, s)
		g.log.Debug("started", "part", s.Name(), "took", time.Since(begin))
	}
	return nil
}

// Stop stops the members in reverse order; every one is asked even when another fails.
func (g *Group) Stop(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended = true
	return g.stopRunning(ctx)
}

func (g *Group) stopRunning(ctx context.Context) error {
	var errs []error
	for len(g.running) > 0 {
		s := g.running[len(g.running)-1]
		g.running = g.running[:len(g.running)-1]
		begin := time.Now()
		if err := s.Stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", s.Name(), err))
		}
		g.log.Debug("stopped", "part", s.Name(), "took", time.Since(begin))
	}
	return errors.Join(errs...)
}

// Func makes a service of two functions; either may be nil. Both are called at most once.
func Func(name string, start, stop func(ctx context.Context) error) Service {
	return &funcs{name: name, start: start, stop: stop}
}

type funcs struct {
	name        string
	start, stop func(ctx context.Context) error

	mu             sync.Mutex
	started, ended bool
}

func (f *funcs) Name() string { return f.name }

func (f *funcs) Start(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return fmt.Errorf("start %s: %w", f.name, ErrStopped)
	}
	if f.started {
		return nil
	}
	if f.start != nil {
		if err := f.start(ctx); err != nil {
			return err
		}
	}
	f.started = true
	return nil
}

func (f *funcs) Stop(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	again := f.ended
	f.ended = true
	if again || !f.started || f.stop == nil {
		return nil
	}
	return f.stop(ctx)
}

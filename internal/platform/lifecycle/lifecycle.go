// Package lifecycle is the one contract of everything that runs in the background.
//
// # States
//
// A [Service] is new, starting, running, stopping or stopped. Start returns once the service does
// its work (a listener listens, a loop loops); Stop returns once no goroutine of it is left. Both may
// be called in any order and any number of times, from several goroutines: a second Start of a
// running service does nothing, Stop of a new service makes every later Start fail with [ErrStopped].
//
// # Ownership
//
// No goroutine without an owner who waits for it: use [Loop] for one loop, [Group] for parts that
// start in order and stop in reverse. A failed start of a group stops what it had started, so
// nothing half-started is left behind.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// ErrStopped is returned by Start after Stop.
var ErrStopped = errors.New("service was stopped")

// Service is anything that runs in the background.
type Service interface {
	// Name says in logs and health which part this is, in the words of docs/architecture.md.
	Name() string
	// Start returns when the service serves. ctx bounds the start only.
	Start(ctx context.Context) error
	// Stop returns when all its goroutines have ended, or with ctx's error when they do not in time.
	Stop(ctx context.Context) error
}

// Loop runs one function until stopped. The function must return soon after its context ends.
// If it returns earlier or panics it is logged and run again after a pause, so that one bad message
// cannot silently end a part of the house.
type Loop struct {
	name  string
	run   func(ctx context.Context) error
	log   *slog.Logger
	pause time.Duration

	mu     sync.Mutex
	cancel context.CancelFunc
	done   chan struct{}
	ended  bool
}

// NewLoop makes a loop service. The log gets one line whenever run fails.
func NewLoop(name string, log *slog.Logger, run func(ctx context.Context) error) *Loop {
	return &Loop{name: name, run: run, log: log, pause: time.Second}
}

// Name is the name given.
func (l *Loop) Name() string { return l.name }

// Start runs the loop's goroutine.
func (l *Loop) Start(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return fmt.Errorf("start %s: %w", l.name, ErrStopped)
	}
	if l.done != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel, l.done = cancel, make(chan struct{})
	go l.loop(ctx)
	return nil
}

func (l *Loop) loop(ctx context.Context) {
	defer close(l.done)
	for ctx.Err() == nil {
		err := l.once(ctx)
		if ctx.Err() != nil {
			return
		}
		l.log.Error("loop ended, running it again", "loop", l.name, "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(l.pause):
		}
	}
}

func (l *Loop) once(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return l.run(ctx)
}

// Stop ends the loop and waits for it.
func (l *Loop) Stop(ctx context.Context) error {
	l.mu.Lock()
	l.ended = true
	cancel, done := l.cancel, l.done
	l.mu.Unlock()
	if done == nil {
		return nil
	}
	cancel()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop %s: %w", l.name, ctx.Err())
	}
}

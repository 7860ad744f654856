// Package clock gives the time to everything that waits or compares times.
//
// Code takes a [Clock] instead of calling time.Now, so that tests move the time
// (clock/clocktest) and the simulator runs a day in seconds. Pure decision packages take the
// time as an argument and need no clock at all.
package clock

import (
	"context"
	"time"

	_ "time/tzdata" // zones must not depend on the machine (architecture: business zone per centre)
)

// Clock tells the time and wakes sleepers. All times are UTC.
type Clock interface {
	Now() time.Time
	NewTimer(d time.Duration) Timer
}

// Timer is a time.Timer behind an interface. After Stop or Reset no stale tick is delivered.
type Timer interface {
	C() <-chan time.Time
	Reset(d time.Duration)
	Stop()
}

// System is the machine's clock.
func System() Clock { return system{} }

type system struct{}

func (system) Now() time.Time { return time.Now().UTC() }

func (system) NewTimer(d time.Duration) Timer { return systemTimer{time.NewTimer(d)} }

type systemTimer struct{ t *time.Timer }

func (t systemTimer) C() <-chan time.Time   { return t.t.C }
func (t systemTimer) Reset(d time.Duration) { t.t.Reset(d) }
func (t systemTimer) Stop()                 { t.t.Stop() }

// Sleep waits for d or until ctx ends, whose error it then returns.
func Sleep(ctx context.Context, c Clock, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := c.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Package clocktest is a clock that stands still until the test moves it.
package clocktest

import (
	"slices"
	"sync"
	"time"

	"yingda/internal/platform/clock"
)

// Epoch is where a new fake clock stands: a Monday, noon in Shanghai.
var Epoch = time.Date(2026, 11, 16, 4, 0, 0, 0, time.UTC)

// Fake is a clock.Clock moved by Advance. Safe for concurrent use.
type Fake struct {
	mu      sync.Mutex
	changed *sync.Cond
	now     time.Time
	waiting []*timer
}

// New gives a fake clock at Epoch.
func New() *Fake { return At(Epoch) }

// At gives a fake clock at the time named.
func At(now time.Time) *Fake {
	f := &Fake{now: now.UTC()}
	f.changed = sync.NewCond(&f.mu)
	return f
}

// Now tells the fake time.
func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// NewTimer starts a timer that fires when Advance passes its time.
func (f *Fake) NewTimer(d time.Duration) clock.Timer {
	t := &timer{f: f, ch: make(chan time.Time, 1)}
	t.Reset(d)
	return t
}

// Advance moves the time and fires what has become due, earliest first.
func (f *Fake) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	target := f.now.Add(d)
	for len(f.waiting) > 0 && !f.waiting[0].due.After(target) {
		t := f.waiting[0]
		f.waiting = f.waiting[1:]
		f.now = t.due
		t.ch <- t.due
	}
	f.now = target
	f.changed.Broadcast()
}

// BlockUntil waits until at least n timers are running, so that Advance cannot come too early.
func (f *Fake) BlockUntil(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.waiting) < n {
		f.changed.Wait()
	}
}

type timer struct {
	f   *Fake
	ch  chan time.Time
	due time.Time
}

func (t *timer) C() <-chan time.Time { return t.ch }

func (t *timer) Reset(d time.Duration) {
	t.f.mu.Lock()
	defer t.f.mu.Unlock()
	t.remove()
	t.due = t.f.now.Add(d)
	if d <= 0 {
		t.ch <- t.f.now
		return
	}
	at, _ := slices.BinarySearchFunc(t.f.waiting, t, func(a, b *timer) int {
		if a.due.After(b.due) {
			return 1
		}
		return -1 // equal times fire in the order they were started
	})
	t.f.waiting = slices.Insert(t.f.waiting, at, t)
	t.f.changed.Broadcast()
}

func (t *timer) Stop() {
	t.f.mu.Lock()
	defer t.f.mu.Unlock()
	t.remove()
}

func (t *timer) remove() {
	if at := slices.Index(t.f.waiting, t); at >= 0 {
		t.f.waiting = slices.Delete(t.f.waiting, at, at+1)
	}
	select { // a tick that nobody took must not outlive Stop or Reset
	case <-t.ch:
	default:
	}
}

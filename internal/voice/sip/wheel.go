package sip

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"yingda/internal/platform/clock"
)

// deadline is one thing that happens at a moment. It is embedded in its owner, so that waiting costs
// no allocation and no goroutine.
type deadline struct {
	at    time.Time
	index int // place in the heap plus one, 0 while not waiting
	fire  func(now time.Time)
}

// wheel wakes all owners of deadlines from one goroutine.
type wheel struct {
	clock clock.Clock
	wake  chan struct{}

	mu   sync.Mutex
	heap deadlines
}

func newWheel(c clock.Clock) *wheel {
	return &wheel{clock: c, wake: make(chan struct{}, 1)}
}

// set moves the deadline to a moment; the zero time takes it away.
func (w *wheel) set(d *deadline, at time.Time) {
	w.mu.Lock()
	switch {
	case at.IsZero():
		if d.index > 0 {
			heap.Remove(&w.heap, d.index-1)
		}
		w.mu.Unlock()
		return
	case d.index == 0:
		d.at = at
		heap.Push(&w.heap, d)
	default:
		d.at = at
		heap.Fix(&w.heap, d.index-1)
	}
	first := d.index == 1
	w.mu.Unlock()
	if first {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// run fires deadlines until ctx ends. fire must not block.
func (w *wheel) run(ctx context.Context) error {
	timer := w.clock.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(w.fireDue())
		if w.overdue() { // the clock has moved meanwhile: the timer may be too late
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.wake:
		case <-timer.C():
		}
	}
}

func (w *wheel) overdue() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.heap) > 0 && !w.heap[0].at.After(w.clock.Now())
}

// fireDue fires what is due and tells how long the next one has.
func (w *wheel) fireDue() time.Duration {
	for {
		now := w.clock.Now()
		w.mu.Lock()
		if len(w.heap) == 0 {
			w.mu.Unlock()
			return time.Hour
		}
		d := w.heap[0]
		if left := d.at.Sub(now); left > 0 {
			w.mu.Unlock()
			return left
		}
		heap.Pop(&w.heap)
		w.mu.Unlock()
		d.fire(now)
	}
}

// deadlines is the heap, the earliest first.
type deadlines []*deadline

func (h deadlines) Len() int           { return len(h) }
func (h deadlines) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h deadlines) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i+1, j+1
}

// Push is for container/heap.
func (h *deadlines) Push(x any) {
	d := x.(*deadline)
	*h = append(*h, d)
	d.index = len(*h)
}

// Pop is for container/heap.
func (h *deadlines) Pop() any {
	old := *h
	d := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	d.index = 0
	return d
}

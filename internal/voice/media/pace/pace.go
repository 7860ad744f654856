// Package pace says when frames are due: the wheel of the media loop, without the loop.
//
// Time is cut into ticks of 2 ms, counted from the wheel's start; ten ticks are one round of 20 ms, and a stream that
// lives in slot k has a frame due at every tick t with t mod 10 = k. Deadlines are absolute: a tick is due at
// start + t * 2 ms however late the one before was served, so nothing drifts, and what a stall held up is
// served one tick after another, in order, as soon as it ends. A stall longer than MostBehind is not made good:
// a listener gains nothing from seconds of audio in one burst. The ticks are then skipped, and because frames take
// their RTP timestamp from the tick, the receiver sees a gap of the right length.
package pace

import "time"

// The measures of the wheel.
const (
	Tick       = 2 * time.Millisecond
	Slots      = 10
	Frame      = Tick * Slots
	MostBehind = 500 * time.Millisecond
)

// Wheel counts ticks. The zero value begins at time 0 of the caller's steady time line.
type Wheel struct {
	next    int64 // the tick not yet served
	load    [Slots]int
	skipped int64
}

// Start lets the wheel go on from now without making good what lies before.
func (w *Wheel) Start(now time.Duration) { w.next = TickAt(now) + 1 }

// Due gives the next tick to serve when its time has come. Call it until it reports false.
func (w *Wheel) Due(now time.Duration) (tick int64, ok bool) {
	if now < w.Next() {
		return 0, false
	}
	if behind := now - w.Next(); behind > MostBehind {
		jump := int64((behind - MostBehind) / Tick)
		w.next += jump
		w.skipped += jump
	}
	tick = w.next
	w.next++
	return tick, true
}

// Next is the deadline of the tick not yet served.
func (w *Wheel) Next() time.Duration { return time.Duration(w.next) * Tick }

// Skipped counts the ticks that were given up.
func (w *Wheel) Skipped() int64 { return w.skipped }

// Join puts a stream into the emptiest slot, of several the one whose turn comes first.
func (w *Wheel) Join() int {
	best := int(w.next % Slots)
	for i := range Slots {
		if s := int((w.next + int64(i)) % Slots); w.load[s] < w.load[best] {
			best = s
		}
	}
	w.load[best]++
	return best
}

// Leave takes a stream out of its slot.
func (w *Wheel) Leave(slot int) { w.load[slot]-- }

// TickAt is the last tick that is due at the time.
func TickAt(now time.Duration) int64 { return int64(now / Tick) }

// Deadline is when the tick is due.
func Deadline(tick int64) time.Duration { return time.Duration(tick) * Tick }

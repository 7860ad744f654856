package media

// Bridge joins two legs: what one far side says, the other hears, keys included.
type Bridge struct {
	a, b *Leg
}

// Bridge joins two legs until Close; either leaves what it was in before. Packets are passed on as they come, with
// SSRC, sequence, timestamp and payload types of the other leg, and from one law to the other where they differ.
// A playback to one of them is heard instead of the other side, and the bridge goes on after it.
func (e *Engine) Bridge(a, b *Leg) *Bridge {
	bridge := &Bridge{a: a, b: b}
	if a == b {
		a.Echo(true)
		return bridge
	}
	unlock := lockTwo(a, b)
	defer unlock()
	if a.closed || b.closed {
		return bridge
	}
	b.thread.call(b.unroute)
	b.move(a.thread)
	a.thread.call(func() {
		a.unroute()
		b.unroute()
		a.route, a.peer = routeBridge, b
		b.route, b.peer = routeBridge, a
	})
	return bridge
}

// Close parts the legs, unless one has gone elsewhere meanwhile.
func (b *Bridge) Close() {
	if b.a == b.b {
		b.a.Echo(false)
		return
	}
	unlock := lockTwo(b.a, b.b)
	defer unlock()
	if b.a.closed || b.b.closed || b.a.thread != b.b.thread {
		return // whoever closed or moved one of them has parted them
	}
	b.a.thread.call(func() {
		if b.a.route == routeBridge && b.a.peer == b.b {
			b.a.unroute()
		}
	})
}

// lockTwo locks two legs, the older first.
func lockTwo(a, b *Leg) (unlock func()) {
	if a.id > b.id {
		a, b = b, a
	}
	a.mu.Lock()
	b.mu.Lock()
	return func() {
		b.mu.Unlock()
		a.mu.Unlock()
	}
}

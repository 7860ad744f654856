package rtp

import "time"

// Buffer sizes in samples. The delay begins with one frame and a half and grows when packets come late.
const (
	playoutSize   = 4096 // half a second, a power of two
	playoutStart  = 240
	playoutMost   = 1600 // 200 ms
	playoutFrame  = 160
	playoutReview = 250 // frames after which a delay that was never needed shrinks: 5 s
)

// Playout turns packets that come when they like into an even flow of samples: they are laid down by timestamp and
// taken out 20 ms at a time. It absorbs jitter by a delay that grows when packets come too late and shrinks by a
// frame when 5 s have passed in which it was not needed (1 s when it is long); so does the difference of two clocks. What is missing is
// silence. Make it with [NewPlayout].
type Playout struct {
	samples [playoutSize]int16
	running bool
	at      uint32 // timestamp of the next sample out
	end     uint32 // timestamp after the newest sample in
	delay   int32  // wanted distance of the newest sample in from the next out, before the frame is taken
	least   int32  // smallest distance since the last review
	frames  int    // since the last review
	late    uint64
}

// NewPlayout makes an empty buffer.
func NewPlayout() *Playout { return &Playout{delay: playoutStart} }

// Reset forgets the stream: the next packet begins anew.
func (b *Playout) Reset() { *b = Playout{delay: playoutStart, late: b.late} }

// Late counts packets that came after their moment.
func (b *Playout) Late() uint64 { return b.late }

// Put lays down the samples of a packet, given by their law bytes and its table.
func (b *Playout) Put(timestamp uint32, payload []byte, law *[256]int16) {
	n := uint32(len(payload)) // a datagram
	if n == 0 || n > playoutSize/4 {
		return
	}
	ahead := int32(timestamp + n - b.at) // difference of wrapping clocks
	if !b.running || ahead > playoutSize-playoutFrame || ahead < -playoutSize {
		b.begin(timestamp, n)
	} else if int32(timestamp-b.at) < 0 {
		// Its moment has passed, wholly or in part: play later from now on, within limits.
		b.late++
		short := int32(b.at - timestamp)
		if b.delay+short > playoutMost {
			return
		}
		b.delay += short
		b.rewind(uint32(short)) // positive
	}
	for i, law8 := range payload {
		b.samples[(timestamp+uint32(i))%playoutSize] = law[law8]
	}
	if int32(timestamp+n-b.end) > 0 {
		b.end = timestamp + n
	}
}

func (b *Playout) begin(timestamp, n uint32) {
	clear(b.samples[:])
	b.running = true
	b.end = timestamp + n
	b.at = timestamp - uint32(max(b.delay-int32(n), 0))
	b.least, b.frames = playoutSize, 0
}

// rewind moves the next sample out back in time; what is played there again is silence.
func (b *Playout) rewind(n uint32) {
	for range n {
		b.at--
		b.samples[b.at%playoutSize] = 0
	}
	b.least, b.frames = playoutSize, 0
}

// Take gives the next 20 ms into out and reports whether anything was there; otherwise out is silence.
func (b *Playout) Take(out *[playoutFrame]int16) bool {
	if !b.running {
		clear(out[:])
		return false
	}
	fill := int32(b.end - b.at) // difference of wrapping clocks
	b.least = min(b.least, fill)
	b.frames++
	review := playoutReview
	if b.least >= playoutStart+3*playoutFrame { // after a stall: hurry
		review /= 5
	}
	if b.frames >= review {
		if b.least >= playoutStart+playoutFrame { // never less than a frame too much: drop one
			b.drop(playoutFrame)
			b.delay = max(b.delay-playoutFrame, playoutStart)
			fill -= playoutFrame
		}
		b.least, b.frames = playoutSize, 0
	}
	if fill <= -playoutSize { // nobody sends: wait for a new beginning
		b.running = false
	}
	for i := range out {
		at := (b.at + uint32(i)) % playoutSize // below 160
		out[i] = b.samples[at]
		b.samples[at] = 0
	}
	b.at += playoutFrame
	return fill > 0
}

func (b *Playout) drop(n uint32) {
	for range n {
		b.samples[b.at%playoutSize] = 0
		b.at++
	}
}

// Wait is how long what came last waits for its turn.
func (b *Playout) Wait() time.Duration {
	if !b.running {
		return 0
	}
	return time.Duration(int32(b.end-b.at)) * time.Second / ClockRate // difference of wrapping clocks
}

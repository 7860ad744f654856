package dtmf

import (
	"encoding/binary"
	"strings"
	"time"
)

// keys are the events 0 to 15 of RFC 4733 3.2, in their order.
const keys = "0123456789*#ABCD"

// unit is the length of one timestamp unit at 8 kHz.
const unit = 125 * time.Microsecond

// lost is the silence after which a press whose end was lost counts as over. Packets of a press that ended are copies as
// long as they follow one another within remember; later the same name is a press of its own (test callers send one
// capture again and again).
const (
	lost     = 200 * time.Millisecond
	remember = 500 * time.Millisecond
	known    = 4 // presses that ended and are remembered
)

// name is what a press is known by.
type name struct {
	ssrc, timestamp uint32
	until           time.Duration
}

// Event is the key's event number; false for anything that is no key of a telephone.
func Event(key byte) (uint8, bool) {
	i := strings.IndexByte(keys, key)
	return uint8(max(i, 0)), i >= 0 // below 16
}

// Press is one key that somebody pressed.
type Press struct {
	Key      byte
	At       time.Duration // when its first packet arrived, on the caller's time line
	Duration time.Duration
}

// Reader finds presses in the telephone-event packets of one leg. The zero value is ready.
type Reader struct {
	open     bool
	event    uint8
	ssrc     uint32
	segment  uint32 // of the current one
	duration uint32 // of the current segment
	before   uint32 // of the segments before it
	begin    time.Duration
	last     time.Duration

	ended [known]name // their further packets are copies
	turn  uint8       // where the next goes
}

// Packet reads the payload of one telephone-event packet. began reports that a key went down with it; press is the key
// that ended with it or was ended by it, when ok.
func (r *Reader) Packet(ssrc, timestamp uint32, payload []byte, now time.Duration) (began bool, press Press, ok bool) {
	if len(payload) < 4 || int(payload[0]) >= len(keys) {
		return false, Press{}, false
	}
	event, end, duration := payload[0], payload[1]&0x80 != 0, uint32(binary.BigEndian.Uint16(payload[2:]))
	if r.isCopy(ssrc, timestamp, now) {
		return false, Press{}, false
	}
	if !r.open || !r.continues(ssrc, timestamp, event) {
		press, ok = r.finish(now)
		began = true
		*r = Reader{
			open: true, event: event, ssrc: ssrc, segment: timestamp, begin: now, ended: r.ended, turn: r.turn,
		}
	}
	r.last = now
	r.duration = max(r.duration, duration)
	if end && !ok {
		press, ok = r.finish(now)
	} else if end {
		// Two presses end with one packet: the older one is told now, this one by Expire.
		r.last = now - lost
	}
	return began, press, ok
}

// isCopy recognises the repeated end packets of a press that was told, and what comes of it out of order.
func (r *Reader) isCopy(ssrc, timestamp uint32, now time.Duration) bool {
	for i := range r.ended {
		n := &r.ended[i]
		if n.until > now && n.ssrc == ssrc && n.timestamp == timestamp {
			n.until = now + remember
			return true
		}
	}
	return false
}

// continues reports that the packet belongs to the open press: the same timestamp, or the next segment of a long one.
func (r *Reader) continues(ssrc, timestamp uint32, event uint8) bool {
	if ssrc != r.ssrc || event != r.event {
		return false
	}
	if timestamp == r.segment {
		return true
	}
	if r.duration >= 0xFF00 && timestamp-r.segment <= 0xFFFF {
		r.before += timestamp - r.segment
		r.segment, r.duration = timestamp, 0
		return true
	}
	return false
}

func (r *Reader) finish(now time.Duration) (Press, bool) {
	if !r.open {
		return Press{}, false
	}
	r.open = false
	r.ended[r.turn] = name{ssrc: r.ssrc, timestamp: r.segment, until: now + remember}
	r.turn = (r.turn + 1) % known
	length := time.Duration(r.before+r.duration) * unit
	return Press{Key: keys[r.event], At: r.begin, Duration: max(length, r.last-r.begin)}, true
}

// Open reports a key that is down; then Expire must be asked now and then.
func (r *Reader) Open() bool { return r.open }

// Key is the key that is down, while Open.
func (r *Reader) Key() byte { return keys[r.event] }

// Expire ends a press of which nothing came for 200 ms: its end was lost.
func (r *Reader) Expire(now time.Duration) (Press, bool) {
	if !r.open || now-r.last < lost {
		return Press{}, false
	}
	return r.finish(now)
}

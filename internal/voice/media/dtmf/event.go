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

// silence after which a press whose end was lost counts as over, and how long a press that ended is remembered.
const (
	lost     = 200 * time.Millisecond
	remember = 5 * time.Second
)

// Event is the key's event number; false for anything that is no key of a telephone.
func Event(key byte) (uint8, bool) {
	i := strings.IndexByte(keys, key)
	return uint8(max(i, 0)), i >= 0 //nolint:gosec // below 16
}

// Press is one key that somebody pressed.
type Press struct {
	Key      byte
	At       time.Duration // when its first packet arrived, on the caller's time line
	Duration time.Duration
}

// Reader finds presses in the telephone-event packets of one leg. The zero value is ready.
type Reader struct {
	open      bool
	event     uint8
	ssrc      uint32
	timestamp uint32 // of the first segment
	segment   uint32 // of the current one
	duration  uint32 // of the current segment
	before    uint32 // of the segments before it
	begin     time.Duration
	last      time.Duration

	ended     bool // the press with ssrc and segment ended, its further packets are copies
	endedAt   time.Duration
	endedSSRC uint32
	endedTS   uint32
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
		if r.isCopy(ssrc, timestamp, now) {
			return false, press, ok
		}
		began = true
		*r = Reader{
			open: true, event: event, ssrc: ssrc, timestamp: timestamp, segment: timestamp, begin: now,
			ended: r.ended, endedAt: r.endedAt, endedSSRC: r.endedSSRC, endedTS: r.endedTS,
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
	return r.ended && ssrc == r.endedSSRC && now-r.endedAt < remember &&
		int32(timestamp-r.endedTS) <= 0 && int32(timestamp-r.endedTS) > -8000 //nolint:gosec // wrapping clock
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
	r.ended, r.endedAt, r.endedSSRC, r.endedTS = true, now, r.ssrc, r.segment
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

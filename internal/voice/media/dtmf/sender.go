package dtmf

import (
	"encoding/binary"
	"time"
)

// Sender makes the packets of a row of key presses, one step for each 20 ms.
type Sender struct {
	events []uint8
	each   uint32 // duration of a press in timestamp units
	pause  int    // steps of silence after a press, its repeated end packets included
	at     int    // which key
	step   int    // within it
}

// Frame is one packet of an event.
type Frame struct {
	Payload [4]byte
	First   bool // of its press: carries the marker, and fixes the timestamp for all of it
}

const (
	stepUnits = 160
	repeats   = 3 // end packets of one press (RFC 4733 2.5.1.4)
	volume    = 10
)

// NewSender makes a sender of the keys, each pressed for each and followed by gap. Presses are between 40 ms and 8 s,
// gaps at least 60 ms, which the copies of the end packet need. What is no key is left out.
func NewSender(row string, each, gap time.Duration) *Sender {
	each = min(max(each.Round(20*time.Millisecond), 40*time.Millisecond), 8*time.Second)
	s := &Sender{
		each:  uint32(each / unit), // at most 64000
		pause: max(int(gap/(20*time.Millisecond)), repeats),
	}
	for i := range len(row) {
		if e, ok := Event(row[i]); ok {
			s.events = append(s.events, e)
		}
	}
	return s
}

// Next gives the frame of this step. quiet reports a step of silence between two presses; done that all is sent.
func (s *Sender) Next() (f Frame, quiet, done bool) {
	if s.at >= len(s.events) {
		return Frame{}, false, true
	}
	body := int(s.each / stepUnits) // packets while the key is down; the last is the first end packet
	step := s.step
	s.step++
	if s.step >= body+s.pause {
		s.at, s.step = s.at+1, 0
	}
	if step >= body+repeats-1 {
		return Frame{}, true, false
	}
	at := s.at
	if s.step == 0 {
		at--
	}
	f.Payload[0], f.Payload[1] = s.events[at], volume
	duration := min(uint32(step+1)*stepUnits, s.each)
	if step >= body-1 {
		f.Payload[1] |= 0x80
	}
	binary.BigEndian.PutUint16(f.Payload[2:], uint16(duration)) // at most 64000
	f.First = step == 0
	return f, false, false
}

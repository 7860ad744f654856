package carrier

import (
	"encoding/binary"
	"math"
	"strings"
	"time"
)

// Way is how keys are sent and how they came.
type Way string

// The ways of DTMF.
const (
	RFC4733 Way = "rfc4733" // telephone-event in RTP
	Info    Way = "info"    // SIP INFO, application/dtmf-relay
	InBand  Way = "inband"  // two tones in the sound
)

// Digit is a key that was heard.
type Digit struct {
	Key      byte          // '0'-'9', '*', '#', 'A'-'D'
	At       time.Time     // the first packet of it
	Duration time.Duration // as the sender says
	Way      Way
}

const keys = "0123456789*#ABCD" // by event number, RFC 4733 section 3.2

// validKeys reports whether every character is a key; ',' is a pause of a second.
func validKeys(s string) bool {
	for _, k := range s {
		if !strings.ContainsRune(keys, k) && k != ',' {
			return false
		}
	}
	return true
}

// eventPayload is the four bytes of a telephone-event (RFC 4733 section 2.3), at -10 dBm0.
func eventPayload(b []byte, event byte, end bool, duration uint16) []byte {
	second := byte(10)
	if end {
		second |= 0x80
	}
	return binary.BigEndian.AppendUint16(append(b, event, second), duration)
}

// eventReader finds keys in telephone-event packets: an event is one by its SSRC and timestamp, whatever its length and
// however many of its packets are lost (RFC 4733 section 2.5.2).
type eventReader struct {
	ssrc, timestamp uint32
	any             bool
}

// read gives the event and whether it is a new one; its duration so far is in samples.
func (r *eventReader) read(p packet) (event byte, duration uint16, fresh, ok bool) {
	if len(p.Payload) < 4 || int(p.Payload[0]) >= len(keys) {
		return 0, 0, false, false
	}
	fresh = !r.any || r.ssrc != p.SSRC || r.timestamp != p.Timestamp
	r.any, r.ssrc, r.timestamp = true, p.SSRC, p.Timestamp
	return p.Payload[0], binary.BigEndian.Uint16(p.Payload[2:]), fresh, true
}

// The frequencies of keys (ITU-T Q.23), rows and columns of the keypad.
var (
	dtmfRows    = [4]float64{697, 770, 852, 941}
	dtmfColumns = [4]float64{1209, 1336, 1477, 1633}
	dtmfPad     = [4]string{"123A", "456B", "789C", "*0#D"}
)

// dtmfTones gives the two frequencies of a key.
func dtmfTones(key byte) (low, high float64) {
	for r, row := range dtmfPad {
		if c := strings.IndexByte(row, key); c >= 0 {
			return dtmfRows[r], dtmfColumns[c]
		}
	}
	return 0, 0
}

// keySound is a key as sound, followed by a gap.
func keySound(key byte, each, gap time.Duration) []int16 {
	low, high := dtmfTones(key)
	pcm := make([]int16, int((each+gap)*rate/time.Second))
	for i := range int(each * rate / time.Second) {
		t := 2 * math.Pi * float64(i) / rate
		pcm[i] = int16(6500 * (math.Sin(low*t) + math.Sin(high*t)))
	}
	return pcm
}

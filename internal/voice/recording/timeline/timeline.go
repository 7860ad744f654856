package timeline

import (
	"bytes"
	"io"
	"math"
	"slices"
	"time"
)

const (
	// Rate is the samples per second of telephone audio (RFC 3551, section 4.5.14).
	Rate = 8000
	// Silence is a sample of nothing in A-law (ITU-T G.711).
	Silence = 0xD5
	// FrameBytes is the length of one sample of both sides.
	FrameBytes = 2
	// MaxPacket is the longest audio of one packet that is laid out, 200 ms.
	MaxPacket = Rate / 5

	ahead   = 3 * Rate    // how far beyond a packet its offset is judged
	behind  = 3 * Rate    // how far before it
	lateMax = 4 * Rate    // what comes later than this after its place is left out
	jump    = Rate / 50   // a change of the offset by more than 20 ms is a jump, not a drift
	steady  = Rate / 1000 // a change up to 1 ms is nothing
	within  = 2 * Rate    // offsets further apart are not of one piece of a stream
	support = 5           // so many packets make a change of the offset credible
	ring    = 1 << 16     // samples of each side between the first and the last place that can still change
	streams = 16          // SSRCs of one side that are followed at a time
	always  = math.MaxInt64
)

// Side is a direction of the call.
type Side uint8

// The sides.
const (
	Remote Side = 0 // what we hear: the customer, on the left
	Local  Side = 1 // what we send: on the right
)

// Packet is the audio of one RTP packet.
type Packet struct {
	Side      Side
	SSRC      uint32
	Timestamp uint32
	Arrival   time.Duration // since the beginning of the recording
	Audio     []byte        // A-law; [Line.Add] keeps it until it is laid out
}

// Stats tell what could not be laid out.
type Stats struct {
	Packets int // all that were given
	Late    int // came too late for their place, or lie outside of the recording
}

// Line is a recording being laid out. Not for concurrent use.
type Line struct {
	to      io.Writer
	newest  int64 // the latest arrival seen, in samples
	sides   [2]side
	emitted int64 // samples that have left
	end     int64 // where the recording ends; always until Finish
	pauses  []span
	frames  []byte // scratch of emit
	stats   Stats
	err     error
}

type span struct{ from, to int64 }

type arrived struct {
	Packet
	at     int64 // arrival in samples
	offset int64 // at minus the unwrapped timestamp
	stream *stream
}

// side is one direction: what is laid out and may still change, and whose streams it consists of.
type side struct {
	samples [ring]byte
	streams []*stream // the most recently heard last
	pending []arrived // in the order of arrival
}

// stream is one SSRC.
type stream struct {
	ssrc    uint32
	last    int64 // unwrapped timestamp of the packet before
	history []seen
	place   int64 // the offset by which packets are laid out now
	placed  bool
	next    int64 // the sample after the packet laid out last
}

// seen is a packet that was laid out, as far as later ones need it.
type seen struct{ at, offset int64 }

// New begins a line; frames are written to w as soon as nothing can change them any more.
func New(w io.Writer) *Line {
	l := &Line{to: w, end: always}
	for i := range l.sides {
		fill(l.sides[i].samples[:])
	}
	return l
}

func fill(samples []byte) {
	for i := range samples {
		samples[i] = Silence
	}
}

// Samples is how many samples last d.
func Samples(d time.Duration) int64 {
	whole := int64(d / time.Second)
	return whole*Rate + int64(d%time.Second)*Rate/int64(time.Second)
}

// Duration is how long so many samples last.
func Duration(samples int64) time.Duration {
	return time.Duration(samples/Rate)*time.Second + time.Duration(samples%Rate)*time.Second/Rate
}

// Add takes a packet. Packets come roughly in the order of their arrival; more than three seconds out of that order,
// or with more than 200 ms of audio, they are counted and left out. The error is the writer's.
func (l *Line) Add(p Packet) error {
	l.stats.Packets++
	at := Samples(p.Arrival)
	if p.Side > Local || len(p.Audio) == 0 || len(p.Audio) > MaxPacket || at < l.newest-ahead || at < 0 {
		l.stats.Late++
		return l.err
	}
	s := &l.sides[p.Side]
	i := len(s.pending)
	for i > 0 && s.pending[i-1].at > at {
		i--
	}
	s.pending = slices.Insert(s.pending, i, arrived{Packet: p, at: at})
	l.newest = max(l.newest, at)
	if ready := l.newest - 2*ahead; s.pending[0].at < ready-Rate { // a second's worth at a time
		l.settle(ready)
	}
	return l.err
}

// Pause silences both sides between two moments. It must be told before three seconds have passed since its
// beginning; a pause that has not ended yet ends at "always" (0).
func (l *Line) Pause(from, to time.Duration) {
	s := span{Samples(from), always}
	if to > 0 {
		s.to = Samples(to)
	}
	l.pauses = append(l.pauses, s)
}

// Resume ends a pause that had no end.
func (l *Line) Resume(at time.Duration) {
	if n := len(l.pauses); n > 0 && l.pauses[n-1].to == always {
		l.pauses[n-1].to = Samples(at)
	}
}

// Finish lays out what is left and writes silence up to the length; what lies beyond is left out. A length shorter
// than what has left already is taken for that.
func (l *Line) Finish(length time.Duration) error {
	l.end = max(Samples(length), l.emitted)
	l.settle(always)
	l.emit(l.end)
	return l.err
}

// Stats tell what could not be laid out so far.
func (l *Line) Stats() Stats { return l.stats }

// settle lays out the packets of both sides that arrived up to a moment, in the order of their arrival. Nothing that
// is still to come can stand before them any more.
func (l *Line) settle(upTo int64) {
	var heads [2]int
	for i := range l.sides {
		s := &l.sides[i]
		for j := range s.pending {
			s.identify(&s.pending[j])
		}
	}
	for l.err == nil {
		s, head := l.earliest(&heads, upTo)
		if s == nil {
			break
		}
		k := &s.pending[head]
		l.emit(k.at - lateMax)
		l.lay(k, k.stream.settle(k, s.pending[head:]))
	}
	for i := range l.sides {
		s := &l.sides[i]
		s.pending = slices.Delete(s.pending, 0, heads[i])
	}
}

// earliest takes the next packet of the two sides.
func (l *Line) earliest(heads *[2]int, upTo int64) (*side, int) {
	next, at := -1, upTo
	for i := range l.sides {
		if p := l.sides[i].pending; heads[i] < len(p) && (p[heads[i]].at < at || next < 0 && p[heads[i]].at == at) {
			next, at = i, p[heads[i]].at
		}
	}
	if next < 0 {
		return nil, 0
	}
	heads[next]++
	return &l.sides[next], heads[next] - 1
}

// identify finds the stream of a packet and its offset, once.
func (s *side) identify(k *arrived) {
	if k.stream != nil {
		return
	}
	i := slices.IndexFunc(s.streams, func(x *stream) bool { return x.ssrc == k.SSRC })
	switch {
	case i >= 0:
		k.stream = s.streams[i]
		s.streams = append(slices.Delete(s.streams, i, i+1), k.stream)
		k.stream.last += int64(int32(k.Timestamp - uint32(k.stream.last))) // RTP timestamps wrap (RFC 3550, 5.1)
	default:
		if len(s.streams) == streams {
			s.streams = slices.Delete(s.streams, 0, 1)
		}
		k.stream = &stream{ssrc: k.SSRC, last: int64(k.Timestamp)}
		s.streams = append(s.streams, k.stream)
	}
	k.offset = k.at - k.stream.last
}

// lay writes a packet at its place.
func (l *Line) lay(k *arrived, offset int64) {
	at := k.at - k.offset + offset
	audio := k.Audio
	if over := at + int64(len(audio)) - l.end; over > 0 {
		audio = audio[:max(0, int64(len(audio))-over)]
	}
	if cut := l.emitted - at; cut > 0 {
		if cut >= int64(len(audio)) {
			l.stats.Late++
			return
		}
		at, audio = l.emitted, audio[cut:]
	}
	if len(audio) == 0 || at+int64(len(audio)) > l.emitted+ring {
		l.stats.Late++
		return
	}
	samples := &l.sides[k.Side].samples
	if k.stream.next == at-1 && at > l.emitted { // a drifting clock left one sample out
		samples[(at-1)%ring] = samples[(at+ring-2)%ring]
	}
	first := copy(samples[at%ring:], audio)
	copy(samples[:], audio[first:])
	k.stream.next = at + int64(len(audio))
}

// emit writes the frames before a moment; they are final.
func (l *Line) emit(before int64) {
	before = min(before, l.end)
	for l.emitted < before && l.err == nil {
		from := l.emitted % ring
		n := min(before-l.emitted, ring-from, 4096)
		l.frames = slices.Grow(l.frames[:0], int(n)*FrameBytes)[:n*FrameBytes]
		left, right := l.sides[Remote].samples[from:from+n], l.sides[Local].samples[from:from+n]
		for i := range left {
			l.frames[2*i], l.frames[2*i+1] = left[i], right[i]
		}
		l.silence(l.emitted, n)
		fill(left)
		fill(right)
		_, l.err = l.to.Write(l.frames)
		l.emitted += n
	}
}

// silence takes out of the frames at a place what lies in a pause.
func (l *Line) silence(at, n int64) {
	for _, p := range l.pauses {
		from, to := max(p.from, at)-at, min(p.to, at+n)-at
		if from < to {
			copy(l.frames[from*FrameBytes:to*FrameBytes], bytes.Repeat([]byte{Silence}, int(to-from)*FrameBytes))
		}
	}
}

package carrier

import (
	"time"

	"github.com/pion/rtcp"
)

// maxHeard bounds how much sound one session keeps while somebody listens: five minutes.
const maxHeard = 5 * 60 * rate

// receiving is the state of the way in; under stream.mu.
type receiving struct {
	codec  Codec
	event  uint8
	events eventReader
	digits []Digit

	packets   int
	strangers int // packets from another address than the agreed one
	last      time.Time

	ssrc           uint32
	any            bool
	base, highest  uint32 // extended sequence numbers
	transit        float64
	jitter         float64 // samples
	reported       int
	senderReport   uint64
	senderReportAt time.Time

	listeners []*listener
}

// take counts a packet and passes it to those who listen.
func (r *receiving) take(p packet, at time.Time) {
	r.packets++
	r.last = at
	r.count(p, at)
	if r.event != 0 && p.Type == r.event {
		r.key(p, at)
		for _, l := range r.listeners {
			l.event(p)
		}
		return
	}
	if Codec(p.Type) != r.codec {
		return
	}
	for _, l := range r.listeners {
		l.take(p, at, r.codec)
	}
}

func (r *receiving) key(p packet, at time.Time) {
	event, duration, fresh, ok := r.events.read(p)
	if !ok {
		return
	}
	if fresh {
		r.digits = append(r.digits, Digit{Key: keys[event], At: at, Way: RFC4733})
	}
	if n := len(r.digits); n > 0 {
		d := &r.digits[n-1]
		d.Duration = max(d.Duration, time.Duration(duration)*time.Second/rate)
	}
}

// count keeps the figures of RFC 3550 appendix A.
func (r *receiving) count(p packet, at time.Time) {
	transit := float64(at.UnixNano())*rate/1e9 - float64(p.Timestamp)
	if !r.any || r.ssrc != p.SSRC {
		r.any, r.ssrc, r.jitter, r.transit = true, p.SSRC, 0, transit
		r.base, r.highest = uint32(p.Sequence), uint32(p.Sequence)
		return
	}
	if p.Type != r.event { // a key's packets share one timestamp
		d := transit - r.transit
		r.transit = transit
		if d < 0 {
			d = -d
		}
		if d < 10*rate { // a jump of the timestamp is no jitter
			r.jitter += (d - r.jitter) / 16
		}
	}
	if step := int16(p.Sequence - uint16(r.highest)); step > 0 {
		r.highest += uint32(step)
	}
}

// reports are the reception report blocks for RTCP.
func (r *receiving) reports(now time.Time) []rtcp.ReceptionReport {
	if !r.any {
		return nil
	}
	lost := max(0, int(r.highest-r.base+1)-r.packets)
	block := rtcp.ReceptionReport{SSRC: r.ssrc, TotalLost: uint32(min(lost, 0x7FFFFF)), LastSequenceNumber: r.highest, Jitter: uint32(r.jitter)}
	if !r.senderReportAt.IsZero() {
		block.LastSenderReport = uint32(r.senderReport >> 16)
		block.Delay = uint32(now.Sub(r.senderReportAt).Seconds() * 65536)
	}
	return []rtcp.ReceptionReport{block}
}

// listener collects one stretch of sound.
type listener struct {
	heard    Heard
	seen     map[uint32]bool // extended sequence numbers
	sources  map[uint32]bool
	highest  uint32
	lowest   uint32
	first    uint32 // timestamp of sample 0 of the source that is heard now
	shift    int    // where that source's sample 0 lies
	ssrc     uint32
	firstAt  time.Time
	previous time.Time
	transit  float64
}

func newListener() *listener {
	return &listener{seen: map[uint32]bool{}, sources: map[uint32]bool{}}
}

// event counts a packet of a key, so that it is not taken for a loss.
func (l *listener) event(p packet) {
	if l.heard.Packets > 0 && p.SSRC == l.ssrc {
		l.sequence(p.Sequence)
	}
}

func (l *listener) sequence(sequence uint16) (fresh bool) {
	extended := l.highest + uint32(int16(sequence-uint16(l.highest)))
	if l.seen[extended] {
		l.heard.Repeated++
		return false
	}
	l.seen[extended] = true
	l.highest, l.lowest = max(l.highest, extended), min(l.lowest, extended)
	return true
}

func (l *listener) take(p packet, at time.Time, codec Codec) {
	h := &l.heard
	if h.Packets == 0 || p.SSRC != l.ssrc {
		l.change(p, at)
	}
	if !l.sequence(p.Sequence) {
		return
	}
	h.Packets++
	h.Codec, h.LastPacket = codec.String(), at
	if gap := at.Sub(l.previous); gap > 0 {
		h.MaxGap = max(h.MaxGap, gap)
		if gap > lateAfter {
			h.Gaps++
		}
		l.previous = at
	}
	line := l.firstAt.Add(time.Duration(int32(p.Timestamp-l.first)) * time.Second / rate)
	if at.Sub(line) > lateAfter {
		h.Late++
	}
	transit := at.Sub(line).Seconds() * 1000
	d := transit - l.transit
	l.transit = transit
	h.Jitter += (max(d, -d) - h.Jitter) / 16
	l.place(p, codec)
}

// lateAfter is how far behind a packet may be before a listener hears it.
const lateAfter = 40 * time.Millisecond

// change begins a source's line: its first packet stands where it arrived, after the first source's first packet.
func (l *listener) change(p packet, at time.Time) {
	h := &l.heard
	if h.Packets == 0 {
		h.FirstPacket = at
		l.previous = at
	} else {
		h.Lost += int(l.highest-l.lowest+1) - len(l.seen)
	}
	l.shift = int(at.Sub(h.FirstPacket) * rate / time.Second)
	l.ssrc, l.first, l.firstAt, l.transit = p.SSRC, p.Timestamp, at, 0
	l.highest = uint32(p.Sequence) + 1<<20 // room for packets that come in the wrong order
	l.lowest = l.highest
	l.sources[p.SSRC] = true
	clear(l.seen)
}

// place puts the packet's sound where its timestamp says.
func (l *listener) place(p packet, codec Codec) {
	from := l.shift + int(int32(p.Timestamp-l.first))
	if from < 0 || from+len(p.Payload) > maxHeard {
		return
	}
	if need := from + len(p.Payload) - len(l.heard.PCM); need > 0 {
		l.heard.PCM = append(l.heard.PCM, make([]int16, need)...)
	}
	table := codec.law()
	for i, b := range p.Payload {
		l.heard.PCM[from+i] = table.decode[b]
	}
}

// result closes the stretch.
func (l *listener) result() Heard {
	h := l.heard
	if h.Packets > 0 {
		h.Lost += int(l.highest-l.lowest+1) - len(l.seen)
	}
	h.Sources = len(l.sources)
	h.analyse()
	return h
}

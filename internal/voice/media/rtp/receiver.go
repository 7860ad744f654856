package rtp

// Place is where a packet stands in its stream.
type Place uint8

const (
	Next  Place = iota // the expected one, or later by a few that are lost or still on their way
	First              // the first of a stream: of the leg, of another SSRC, or after a jump of the sequence number
	Late               // older than one that was seen: overtaken on its way
	Again              // seen before
)

const (
	maxDropout  = 3000 // RFC 3550 A.1
	maxMisorder = 100
	window      = 64 // sequence numbers for which copies are recognised
)

// Receiver keeps what a receiver of RTP must know (RFC 3550 6.4.1, appendix A.1, A.3, A.8), over all streams that
// follow one another on a leg: figures go on when the SSRC changes. The zero value is ready.
type Receiver struct {
	started  bool
	ssrc     uint32
	highest  uint16 // highest sequence number seen
	cycles   uint32 // 65536 for each wrap
	base     uint32 // extended number of the first of this stream
	received uint32 // packets of this stream, copies left out
	seen     uint64 // bit i: highest-i was seen
	jumpTo   uint32 // the number that would make a jump real (the second packet after it), or an impossible one

	transit int64  // of the last packet, in timestamp units, scaled by nothing
	timed   bool   // transit is set
	jitter  uint32 // RFC 3550 A.8, scaled by 16

	pastExpected, pastReceived uint64 // of streams that ended
	packets, octets            uint64
	reportExpected             uint64 // at the last report
	reportReceived             uint64
}

const noJump = 1 << 20

// Packet takes one packet in. arrival is in nanoseconds. Events of RFC 4733 repeat their timestamp, so timed is
// false for them: they count, but say nothing about jitter.
func (r *Receiver) Packet(p *Packet, arrival int64, timed bool) Place {
	place := r.place(p)
	if place == Again {
		return place
	}
	r.received++
	r.packets++
	r.octets += uint64(len(p.Payload))
	if timed {
		r.time(p, arrival, place == First)
	}
	return place
}

func (r *Receiver) place(p *Packet) Place {
	if !r.started || p.SSRC != r.ssrc {
		r.begin(p)
		return First
	}
	step := p.Sequence - r.highest
	switch {
	case step == 0:
		return Again
	case step < maxDropout:
		if p.Sequence < r.highest {
			r.cycles += 1 << 16
		}
		r.highest = p.Sequence
		r.seen = r.seen<<step | 1
		r.jumpTo = noJump
		return Next
	case step > 65535-maxMisorder:
		back := -step
		if back >= window {
			return Late
		}
		if r.seen&(1<<back) != 0 {
			return Again
		}
		r.seen |= 1 << back
		return Late
	case uint32(p.Sequence) == r.jumpTo: // the second in a row from there: they began again
		r.begin(p)
		return First
	}
	r.jumpTo = uint32(p.Sequence + 1)
	return Again // not counted until a second one confirms
}

func (r *Receiver) begin(p *Packet) {
	if r.started {
		r.pastExpected += r.expected()
		r.pastReceived += uint64(r.received)
	}
	r.started, r.ssrc, r.highest = true, p.SSRC, p.Sequence
	r.cycles, r.base, r.received, r.seen = 0, uint32(p.Sequence), 0, 1
	r.jumpTo, r.timed = noJump, false
}

// time keeps the jitter: the mean deviation of the transit time, with a sixteenth of weight for each packet. A
// jump of more than a second is a new talk spurt of a sender that stopped its clock, and no jitter.
func (r *Receiver) time(p *Packet, arrival int64, first bool) {
	at := arrival / (1e9 / ClockRate)
	transit := int64(int32(uint32(at) - p.Timestamp)) // differences of wrapping clocks
	if r.timed && !first {
		d := int64(int32(uint32(transit) - uint32(r.transit)))
		d = max(d, -d)
		if d < ClockRate {
			r.jitter += uint32(d) - (r.jitter+8)>>4 // below 8000
		}
	}
	r.transit, r.timed = transit, true
}

func (r *Receiver) expected() uint64 {
	return uint64(r.cycles) + uint64(r.highest) - uint64(r.base) + 1
}

// SSRC names the stream now heard; false before the first packet.
func (r *Receiver) SSRC() (uint32, bool) { return r.ssrc, r.started }

// Packets counts all packets, copies left out.
func (r *Receiver) Packets() uint64 { return r.packets }

// Octets counts the bytes of their payloads.
func (r *Receiver) Octets() uint64 { return r.octets }

// JitterUnits is the jitter in timestamp units, as reports carry it.
func (r *Receiver) JitterUnits() uint32 { return r.jitter >> 4 }

// JitterMS is the jitter in milliseconds.
func (r *Receiver) JitterMS() float64 { return float64(r.jitter) / 16 / (ClockRate / 1000) }

// Expected counts the packets that should have come, over all streams.
func (r *Receiver) Expected() uint64 {
	if !r.started {
		return 0
	}
	return r.pastExpected + r.expected()
}

// Lost counts those that did not come.
func (r *Receiver) Lost() uint64 {
	got := r.pastReceived + uint64(r.received)
	if want := r.Expected(); want > got {
		return want - got
	}
	return 0
}

// Report fills a report block about the stream now heard (RFC 3550 6.4.1); the fraction lost is counted since the
// last call. It reports false before the first packet.
func (r *Receiver) Report(out *ReportBlock) bool {
	if !r.started {
		return false
	}
	expected, received := r.Expected(), r.pastReceived+uint64(r.received)
	want, got := expected-r.reportExpected, received-r.reportReceived
	r.reportExpected, r.reportReceived = expected, received
	*out = ReportBlock{SSRC: r.ssrc, Highest: r.cycles + uint32(r.highest), Jitter: r.JitterUnits()}
	if want > got && want > 0 {
		out.FractionLost = uint8(min((want-got)*256/want, 255)) // at most 255
	}
	out.Lost = uint32(min(r.Lost(), 0x7FFFFF)) // 24 bits, never negative here
	return true
}

package media

import (
	"time"

	"yingda/internal/voice/media/rtp"
)

// Way is the quality of one direction.
type Way struct {
	Packets  uint64
	Octets   uint64 // of payload
	Lost     uint64
	Loss     float64 // share of what should have come, 0 to 1
	JitterMS float64
	MOS      float64 // 1 to 4.5 (ITU-T G.107); 0 while nothing is known
}

// Stats are the figures of a leg since it was opened.
type Stats struct {
	In        Way           // from the far side, as we measure it
	Out       Way           // to the far side; loss and jitter are what its RTCP says, MOS is 0 without
	RoundTrip time.Duration // by RTCP; 0 while unknown
	Late      uint64        // packets of our own making that left more than 40 ms after their deadline
	Refused   uint64        // packets from a source that is not the far side
	Invalid   uint64        // packets that were no RTP or of a payload type that was not agreed
}

// Stats gives the figures. After Close they are those of its end.
func (l *Leg) Stats() Stats {
	var s Stats
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return l.stats() // no media thread touches it any more
	}
	l.thread.call(func() { s = l.stats() })
	return s
}

func (l *Leg) stats() Stats {
	in, trip := &l.in.receiver, float64(l.in.roundTrip)/float64(time.Millisecond)
	s := Stats{
		In:        Way{Packets: in.Packets(), Octets: in.Octets(), Lost: in.Lost(), JitterMS: in.JitterMS()},
		Out:       Way{Packets: l.out.packets, Octets: l.out.octets},
		RoundTrip: l.in.roundTrip, Late: l.out.late, Refused: l.in.refused, Invalid: l.in.invalid,
	}
	if want := in.Expected(); want > 0 {
		s.In.Loss = float64(s.In.Lost) / float64(want)
		s.In.MOS = rtp.MOS(s.In.Loss, s.In.JitterMS, trip)
	}
	if l.in.blockKnown {
		s.Out.Lost = uint64(l.in.block.Lost)
		s.Out.JitterMS = float64(l.in.block.Jitter) * 1000 / rtp.ClockRate
		if l.out.packets > 0 {
			s.Out.Loss = min(float64(s.Out.Lost)/float64(l.out.packets), 1)
		}
		s.Out.MOS = rtp.MOS(s.Out.Loss, s.Out.JitterMS, trip)
	}
	return s
}

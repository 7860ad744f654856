package metric

import "time"

// Line is what trunks carried. Lines add up, but for Busiest, which is of the moment.
type Line struct {
	Calls, Incoming, Answered, Failed int
	Busiest                           int           // most calls at one moment
	Occupied                          time.Duration // from request to end, summed
	Scored                            int           // calls whose audio was judged
	Score                             float64       // their mean opinion scores, summed
	Packets, Lost                     int64         // of audio, both ways
}

// Merge adds another line. Busiest becomes the greater of both: less than what they may have carried together, which
// only whoever has the calls can tell.
func (l *Line) Merge(o Line) {
	l.Calls, l.Incoming, l.Answered, l.Failed = l.Calls+o.Calls, l.Incoming+o.Incoming, l.Answered+o.Answered, l.Failed+o.Failed
	l.Busiest = max(l.Busiest, o.Busiest)
	l.Occupied += o.Occupied
	l.Scored, l.Score = l.Scored+o.Scored, l.Score+o.Score
	l.Packets, l.Lost = l.Packets+o.Packets, l.Lost+o.Lost
}

// Archive is what was recorded, and what was not. Archives add up.
type Archive struct {
	Answered, Missing     int // contacts that an agent answered; those of them without any recording
	Recordings, Cut, Held int
	Length                time.Duration
	Bytes, Dropped        int64 // Dropped: packets that could not be kept
}

// Merge adds another archive.
func (a *Archive) Merge(o Archive) {
	a.Answered, a.Missing = a.Answered+o.Answered, a.Missing+o.Missing
	a.Recordings, a.Cut, a.Held = a.Recordings+o.Recordings, a.Cut+o.Cut, a.Held+o.Held
	a.Length += o.Length
	a.Bytes, a.Dropped = a.Bytes+o.Bytes, a.Dropped+o.Dropped
}

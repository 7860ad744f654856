package media

import (
	"slices"
	"sync"

	"yingda/internal/voice/media/g711"
	"yingda/internal/voice/media/rtp"
	"yingda/internal/voice/sdp"
)

// Audience says who of a mix hears a leg.
type Audience struct {
	all  bool
	only []*Leg
}

// Everybody hears.
func Everybody() Audience { return Audience{all: true} }

// Nobody hears: the leg listens.
func Nobody() Audience { return Audience{} }

// Only the legs given hear.
func Only(legs ...*Leg) Audience { return Audience{only: slices.Clone(legs)} }

func (a Audience) includes(l *Leg) bool { return a.all || slices.Contains(a.only, l) }

// Part is the role of a leg in a mix: who hears it, and whether it hears those who speak to it.
type Part struct {
	Speaks Audience
	Hears  bool
}

// Roles that are often needed.
func Talks() Part              { return Part{Speaks: Everybody(), Hears: true} } // in a conference, or barging in
func Listens() Part            { return Part{Speaks: Nobody(), Hears: true} }    // silently
func Whispers(to ...*Leg) Part { return Part{Speaks: Only(to...), Hears: true} } // heard by these only

// Mix adds up what its legs say, 20 ms at a time, and gives each what it may hear, without its own voice.
type Mix struct {
	engine *Engine
	thread *thread

	mu     sync.Mutex // calls from outside
	closed bool

	parts   []*part // on the media thread
	wheelAt int
	wheelIn int
	sum     [frameSize]int32
	law     [frameSize]byte
}

type part struct {
	mix    *Mix
	leg    *Leg
	role   Part
	flow   *rtp.Playout
	voice  [frameSize]int16
	spoken bool // voice is not silence
}

// Mix makes an empty mix.
func (e *Engine) Mix() *Mix {
	e.mu.Lock()
	defer e.mu.Unlock()
	m := &Mix{engine: e, wheelAt: -1}
	if e.state != engineRunning {
		m.closed = true
		return m
	}
	m.thread = e.threads[0]
	for _, t := range e.threads {
		if t.count.Load() < m.thread.count.Load() {
			m.thread = t
		}
	}
	return m
}

// Add takes a leg into the mix, or changes its role when it is in. It leaves echo, bridge or another mix.
func (m *Mix) Add(l *Leg, role Part) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if m.closed || l.closed {
		return
	}
	stays := false
	l.thread.call(func() {
		if stays = l.route == routeMix && l.part.mix == m; stays {
			l.part.role = role
			return
		}
		l.unroute()
	})
	if stays {
		return
	}
	l.move(m.thread)
	p := &part{mix: m, leg: l, role: role, flow: rtp.NewPlayout()}
	m.thread.call(func() {
		l.route, l.part = routeMix, p
		m.parts = append(m.parts, p)
		m.thread.pace(m)
	})
}

// Remove takes a leg out.
func (m *Mix) Remove(l *Leg) {
	l.do(func(*thread) {
		if l.route == routeMix && l.part.mix == m {
			l.unroute()
		}
	})
}

// Close takes all legs out and ends the mix.
func (m *Mix) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	m.closed = true
	m.thread.call(func() {
		for len(m.parts) > 0 {
			m.parts[0].leg.unroute()
		}
		m.thread.unpace(m)
	})
}

// drop forgets a part. On the media thread.
func (m *Mix) drop(p *part) {
	m.parts = slices.DeleteFunc(m.parts, func(q *part) bool { return q == p })
	if len(m.parts) == 0 {
		m.thread.unpace(m)
	}
}

func (m *Mix) place() (index, slot *int) { return &m.wheelAt, &m.wheelIn }

// serve makes one frame for every part.
func (m *Mix) serve(t *thread, tick int64) {
	for _, p := range m.parts {
		p.spoken = p.flow.Take(&p.voice)
	}
	for _, p := range m.parts {
		m.serveOne(t, tick, p)
	}
}

func (m *Mix) serveOne(t *thread, tick int64, p *part) {
	l := p.leg
	defer t.engine.caught("frame", l)
	if l.broken || l.speaks() || !l.ready {
		return
	}
	clear(m.sum[:])
	if p.role.Hears {
		for _, other := range m.parts {
			if other == p || !other.spoken || !other.role.Speaks.includes(l) {
				continue
			}
			for i, s := range other.voice {
				m.sum[i] += int32(s)
			}
		}
	}
	mulaw := l.law() == sdp.PCMU
	for i, s := range m.sum {
		s16 := int16(min(max(s, -32768), 32767)) // within bounds
		if mulaw {
			m.law[i] = g711.EncodeMuLaw(s16)
		} else {
			m.law[i] = g711.EncodeALaw(s16)
		}
	}
	l.sendFrame(t, tick, m, m.law[:])
}

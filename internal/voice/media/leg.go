package media

import (
	"net/netip"
	"sync"
	"time"

	"yingda/internal/platform/fault"
	"yingda/internal/voice/media/dtmf"
	"yingda/internal/voice/media/latch"
	"yingda/internal/voice/media/rtp"
	"yingda/internal/voice/sdp"
)

// Tap hears both directions of a leg. Audio is called on the media thread for every packet of audio (never for keys):
// it must not block, keep the payload, or call anything of this package. fromRemote tells what the far side
// said from what it was sent; arrival is the kernel's stamp, or when the packet was sent.
type Tap interface {
	Audio(fromRemote bool, ssrc, timestamp uint32, arrival time.Time, codec sdp.Codec, payload []byte)
}

// Ways a key came.
const (
	ByEvent  = "rfc4733"
	ByInband = "inband"
)

// Digit is one key that the far side pressed, told when it was released. At is when it went down.
type Digit struct {
	Key      byte
	At       time.Time
	Duration time.Duration
	Way      string
}

// Leg is one audio connection. Its methods may be called from any goroutine but a Tap's; after Close they do nothing.
type Leg struct {
	engine *Engine
	id     uint64
	port   int
	rtp    socket
	rtcp   socket

	mu     sync.Mutex // calls from outside, one at a time; never taken by a media thread
	thread *thread    // the owner of all below
	closed bool

	tell teller

	// Only the media thread touches what follows.
	slot   int32 // in thread.legs
	broken bool  // a panic was caught: nothing is done any more
	agreed sdp.Agreed
	ready  bool // Apply was called
	in     inbound
	out    outbound

	playback *Playback
	senders  []*dtmf.Sender
	wheelAt  int // index in the wheel's slot, -1 when nothing is paced
	wheelIn  int // the wheel's slot

	route route
	peer  *Leg  // where packets go: bridge; itself: echo
	link  link  // how they are rewritten
	part  *part // of a mix

	tap       Tap
	onDigit   func(Digit)
	onTimeout func()
	timedOut  bool
}

// route is what happens with audio from the far side.
type route uint8

const (
	routeNone route = iota
	routeEcho
	routeBridge
	routeMix
)

// inbound is what the far side sends.
type inbound struct {
	latch     latch.Latch
	connected bool
	receiver  rtp.Receiver
	reader    dtmf.Reader
	inband    *dtmf.Detector
	heard     time.Duration // last RTP or RTCP
	heardRTP  time.Duration
	since     time.Duration // when audio began to be expected
	refused   uint64
	invalid   uint64

	rtcpSource netip.AddrPort
	sender     rtp.SenderInfo // their last report
	senderAt   time.Duration  // 0: none
	block      rtp.ReportBlock
	blockKnown bool
	roundTrip  time.Duration
}

// Port is the RTP port for the session description; RTCP is the next one.
func (l *Leg) Port() int { return l.port }

// do runs fn on the leg's media thread and waits for it; not on a leg that is closed.
func (l *Leg) do(fn func(t *thread)) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	t := l.thread
	t.call(func() { fn(t) })
	return true
}

// Apply takes what was agreed, at the start and after every later offer. A new remote address begins the search for the
// far side's source anew; statistics, SSRC and sequence go on, and so does RTCP when audio is on hold.
func (l *Leg) Apply(a sdp.Agreed) {
	l.do(func(t *thread) { l.apply(t, a) })
}

// Echo sends back what comes, or ends that.
func (l *Leg) Echo(on bool) {
	l.do(func(*thread) {
		switch {
		case on:
			l.unroute()
			l.route, l.peer = routeEcho, l
		case l.route == routeEcho:
			l.unroute()
		}
	})
}

// Digits sets who is told each key of the far side, once, when it was released; nil ends that.
func (l *Leg) Digits(fn func(Digit)) { l.do(func(*thread) { l.onDigit = fn }) }

// Inband switches the search for keys in the audio itself, for far sides that send no telephone-event.
func (l *Leg) Inband(on bool) {
	l.do(func(*thread) {
		if on && l.in.inband == nil {
			l.in.inband = &dtmf.Detector{}
		} else if !on {
			l.in.inband = nil
		}
	})
}

// SendDigits presses keys (0-9, *, #, A-D), each for the time given, with a gap after it: as telephone events where
// they were agreed, else as tones. It returns at once; what is sent already goes first.
func (l *Leg) SendDigits(keys string, each, gap time.Duration) error {
	for i := range len(keys) {
		if _, ok := dtmf.Event(keys[i]); !ok {
			return fault.New(fault.Invalid, "voice.bad_digits", "only 0-9, *, #, A-D are keys of a telephone").
				WithFields(fault.Field{Location: "keys", Code: "invalid", Message: "contains something else"})
		}
	}
	tones := dtmfTones(keys, each, gap)
	l.do(func(t *thread) {
		if l.agreed.HasEvent {
			l.senders = append(l.senders, dtmf.NewSender(keys, each, gap))
			t.pace(l)
			return
		}
		l.play(t, &Playback{leg: l, prompt: tones})
	})
	return nil
}

// Tap sets who hears the leg, nil ends that. When it returns, a former tap is not called any more.
func (l *Leg) Tap(tap Tap) { l.do(func(*thread) { l.tap = tap }) }

// OnTimeout sets who is told, once for each silence, that neither RTP nor RTCP came for Config.Timeout; never while one
// side holds the other.
func (l *Leg) OnTimeout(fn func()) { l.do(func(*thread) { l.onTimeout = fn }) }

// Silent is how long no RTP has come, since audio was expected.
func (l *Leg) Silent() time.Duration {
	var d time.Duration
	l.do(func(t *thread) { d = t.now - max(l.in.heardRTP, l.in.since) })
	return d
}

// Close ends the leg: bridge or mix goes on without it, a playback is told as not finished, RTCP says BYE, the
// ports go back to the pool. When it returns nothing of the leg happens any more, but callbacks already under way.
func (l *Leg) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.closed = true
	t := l.thread
	t.call(func() {
		l.unroute()
		l.stopPlayback(false)
		l.sendReport(t, true)
		l.tap, l.onDigit, l.onTimeout = nil, nil, nil
		t.detach(l)
	})
	t.count.Add(-1)
	l.engine.shut(l)
}

// unroute takes the leg out of echo, bridge or mix. On the media thread.
func (l *Leg) unroute() {
	switch l.route {
	case routeBridge:
		if p := l.peer; p != nil && p.route == routeBridge && p.peer == l {
			p.route, p.peer = routeNone, nil
		}
	case routeMix:
		l.part.mix.drop(l.part)
		l.part = nil
	case routeNone, routeEcho:
	}
	l.route, l.peer, l.link = routeNone, nil, link{}
}

// teller runs a leg's callbacks in order on a goroutine that lives as long as there are any.
type teller struct {
	mu      sync.Mutex
	queue   []func()
	running bool
}

// later has fn called soon, after all before it.
func (l *Leg) later(fn func()) {
	q := &l.tell
	q.mu.Lock()
	defer q.mu.Unlock()
	q.queue = append(q.queue, fn)
	if q.running {
		return
	}
	e := l.engine
	e.tellMu.Lock()
	defer e.tellMu.Unlock()
	if e.told {
		q.queue = nil
		return
	}
	q.running = true
	e.tellers.Go(l.tellAll)
}

func (l *Leg) tellAll() {
	for {
		q := &l.tell
		q.mu.Lock()
		if len(q.queue) == 0 {
			q.running, q.queue = false, nil
			q.mu.Unlock()
			return
		}
		fn := q.queue[0]
		q.queue = q.queue[1:]
		q.mu.Unlock()
		l.tellOne(fn)
	}
}

func (l *Leg) tellOne(fn func()) {
	defer l.engine.caught("callback", l)
	fn()
}

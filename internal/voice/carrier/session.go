package carrier

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/platform/fault"
)

// State of a session.
type State string

// The states.
const (
	Calling State = "calling" // our INVITE is out, or theirs came; nothing said yet
	Ringing State = "ringing" // 180
	Early   State = "early"   // 183 with a description: media flows
	Talking State = "talking"
	Ended   State = "ended"
)

// Parties that end a session.
const (
	ByUs      = "us"
	ByThem    = "them"
	ByNetwork = "network" // no answer in time, no way to the other side
)

// End tells how a session ended.
type End struct {
	By     string    `json:"by"`
	Status int       `json:"status,omitempty"` // of a refusal; 487: cancelled
	Reason string    `json:"reason,omitempty"` // the Reason header, as it came
	Cause  string    `json:"cause,omitempty"`  // in words
	At     time.Time `json:"at"`
}

// Session is one conversation. All methods may be called from any goroutine; Close gives everything back.
type Session struct {
	e        *endpoint
	own      bool // the endpoint is ours alone
	media    *stream
	call     Call
	callID   string
	ourTag   string
	outgoing bool
	incoming *incoming // their INVITE; nil when outgoing
	work     sync.WaitGroup
	ctx      context.Context // ends with the session
	stop     context.CancelFunc
	answered chan struct{}
	over     chan struct{}
	acked    chan struct{} // their ACK came (incoming only)
	giveUp   chan struct{} // Cancel was called
	gaveUp   sync.Once
	tookBack sync.Once
	follow   func(s *Session, r *sip.Request) // what to do with a REFER; nil: refuse

	mu         sync.Mutex
	state      State
	end        End
	refusal    error
	theirTag   string
	localURI   sip.Uri
	remoteURI  sip.Uri
	target     sip.Uri
	routes     []string
	proxy      string // first destination of an outgoing INVITE
	cseq       uint32
	sent       time.Time // the INVITE
	ringingAt  time.Time
	answeredAt time.Time
	direction  direction
	described  uint64 // version of our description
	peer       *description
	chosen     Codec
	referral   chan int // status lines of NOTIFY
	updates    int      // re-INVITEs and UPDATEs that came
	infos      []Digit
	retransmit int
}

func newSession(e *endpoint, m *stream, c Call) *Session {
	ctx, stop := context.WithCancel(context.Background())
	return &Session{
		e: e, media: m, call: c, ourTag: sip.GenerateTagN(16), ctx: ctx, stop: stop, state: Calling,
		answered: make(chan struct{}), over: make(chan struct{}), acked: make(chan struct{}), giveUp: make(chan struct{}),
		direction: sendReceive, referral: make(chan int, 16), cseq: 1,
	}
}

func (s *Session) key() string { return s.callID + " " + s.ourTag }

// CallID is the Call-ID header.
func (s *Session) CallID() string { return s.callID }

// State gives the present state.
func (s *Session) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Ended is closed when the session has ended; End then tells how.
func (s *Session) Ended() <-chan struct{} { return s.over }

// Answered is closed when the call was answered.
func (s *Session) Answered() <-chan struct{} { return s.answered }

// End tells how the session ended; the zero value while it goes on.
func (s *Session) End() End {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end
}

// Times of the set-up: from INVITE to the first ringing or progress, and to the answer; 0 when it did not happen.
func (s *Session) Times() (ringing, answer time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ringingAt.IsZero() {
		ringing = s.ringingAt.Sub(s.sent)
	}
	if !s.answeredAt.IsZero() {
		answer = s.answeredAt.Sub(s.sent)
	}
	return ringing, answer
}

// Trace gives the SIP messages of the session so far, for its ladder.
func (s *Session) Trace() []Message { return s.e.trace.of(s.callID) }

// Local is the address that we receive RTP at; Remote the one that we send to.
func (s *Session) Local() netip.AddrPort { return s.media.addr() }

// Remote is where we send RTP.
func (s *Session) Remote() netip.AddrPort {
	s.media.mu.Lock()
	defer s.media.mu.Unlock()
	return s.media.out.peer
}

// Codec is the agreed codec, and Event the payload type of telephone-event (0: none).
func (s *Session) Codec() (c Codec, event uint8) {
	s.media.mu.Lock()
	defer s.media.mu.Unlock()
	return s.media.out.codec, s.media.out.event
}

// Held reports whether the other side put us on hold: they do not want our sound.
func (s *Session) Held() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peer != nil && (s.peer.Direction == sendOnly || s.peer.Direction == inactive)
}

// Updates counts the re-INVITEs and UPDATEs that the other side sent.
func (s *Session) Updates() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.updates
}

func (s *Session) remoteTag() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.theirTag
}

// Wait waits until the call is answered. Its error says how it was refused; when the context or Ring ends first, the
// call is cancelled.
func (s *Session) Wait(ctx context.Context) error {
	var ring <-chan time.Time
	if s.call.Ring > 0 {
		t := s.e.cfg.Clock.NewTimer(s.call.Ring)
		defer t.Stop()
		ring = t.C()
	}
	select {
	case <-s.answered:
		return nil
	case <-s.over:
	case <-ctx.Done():
		s.Cancel()
		<-s.over
		return context.Cause(ctx)
	case <-ring:
		s.Cancel()
		<-s.over
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refusal != nil {
		return s.refusal
	}
	return fault.New(fault.Unavailable, "carrier.not_answered", "The call was not answered: %s.", s.end.Cause)
}

// Cancel gives an outgoing call up. It is sent as soon as RFC 3261 section 9.1 allows; a 200 that comes meanwhile is
// acknowledged and hung up (section 15.1).
func (s *Session) Cancel() {
	s.gaveUp.Do(func() {
		close(s.giveUp)
		if s.State() == Talking { // else the one who follows the INVITE sees it, at the latest after the answer
			s.work.Go(s.takeBack)
		}
	})
}

// takeBack hangs up a call that was answered although it had been given up.
func (s *Session) takeBack() { s.tookBack.Do(func() { s.hangUpAtOnce("cancelled") }) }

func (s *Session) givenUp() bool {
	select {
	case <-s.giveUp:
		return true
	default:
		return false
	}
}

// finish moves to Ended once.
func (s *Session) finish(end End) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == Ended {
		return
	}
	s.state = Ended
	end.At = s.e.cfg.Clock.Now()
	s.end = end
	s.media.silence()
	s.stop()
	close(s.over)
}

// silence stops sending.
func (s *stream) silence() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.on = false
}

// move changes the state if the session has not ended.
func (s *Session) move(to State) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.moveLocked(to)
}

func (s *Session) moveLocked(to State) bool {
	if s.state == Ended {
		return false
	}
	now := s.e.cfg.Clock.Now()
	if s.ringingAt.IsZero() && (to == Ringing || to == Early) {
		s.ringingAt = now
	}
	if to == Talking && s.state != Talking {
		s.answeredAt = now
		close(s.answered)
	}
	s.state = to
	return true
}

// description is our side as it is now.
func (s *Session) descriptionLocked(codecs []Codec) local {
	return local{
		Addr: s.media.addr(), Codecs: codecs, Event: s.call.Event, Direction: s.direction,
		Session: uint64(s.media.out.ssrc), Version: s.described,
	}
}

// offer makes a new offer with the present direction.
func (s *Session) offer() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.described++
	return s.descriptionLocked(s.call.Codecs).offer()
}

// accept takes over their answer to our offer.
func (s *Session) accept(body []byte) error {
	d, err := parseSDP(body)
	if err != nil {
		return err
	}
	codec, ok := d.codec()
	if !ok || d.Rejected {
		return fmt.Errorf("their answer accepts no codec")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.useLocked(d, codec)
	return nil
}

// useLocked points the media to what was agreed.
func (s *Session) useLocked(d *description, codec Codec) {
	s.peer, s.chosen = d, codec
	on := !s.call.NoMedia && (d.Direction == sendReceive || d.Direction == receiveOnly) &&
		(s.direction == sendReceive || s.direction == sendOnly) && s.state != Ended
	event := d.Event
	if s.call.NoEvent {
		event = 0
	}
	s.media.apply(codec, event, d.Audio, d.RTCP, on)
}

// answerTo answers their offer: sendonly is answered recvonly, and so on (RFC 3264 section 6.1).
func (s *Session) answerTo(body []byte) ([]byte, error) {
	d, err := parseSDP(body)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.described++
	l := s.descriptionLocked(s.call.Codecs)
	l.Direction = answered(s.direction, d.Direction)
	out, codec, err := l.answer(d)
	if err != nil {
		return nil, err
	}
	s.useLocked(d, codec)
	return out, nil
}

// answered is the direction of an answer, given what we want and what they offer.
func answered(ours, offered direction) direction {
	send := (ours == sendReceive || ours == sendOnly) && (offered == sendReceive || offered == receiveOnly)
	receive := (ours == sendReceive || ours == receiveOnly) && (offered == sendReceive || offered == sendOnly)
	switch {
	case send && receive:
		return sendReceive
	case send:
		return sendOnly
	case receive:
		return receiveOnly
	default:
		return inactive
	}
}

// Close hangs up or cancels when that has not happened, and gives all back. Its error is the hanging up's.
func (s *Session) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var err error
	switch s.State() {
	case Talking:
		err = s.Bye(ctx)
	case Calling, Ringing, Early:
		if s.outgoing {
			s.Cancel()
			select {
			case <-s.over:
			case <-ctx.Done():
			}
		} else {
			err = s.Refuse(480, "Temporarily Unavailable")
		}
	case Ended:
	}
	s.finish(End{By: ByUs, Cause: "closed"})
	s.e.remove(s)
	if s.own {
		s.e.close()
	}
	s.work.Wait()
	s.media.close()
	return err
}

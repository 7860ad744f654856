package sip

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"

	"yingda/internal/voice/ending"
	"yingda/internal/voice/sdp"
)

// Direction tells who made a leg.
type Direction string

// The directions: they called us, we called them.
const (
	Incoming Direction = "incoming"
	Outgoing Direction = "outgoing"
)

// Errors of a leg's methods.
var (
	// ErrEnded says that the leg is over, or became so while the method ran.
	ErrEnded = errors.New("the leg has ended")
	// ErrState says that the leg is not in a state for this: answered twice, held before the answer.
	ErrState = errors.New("the leg is in another state")
)

// Refused says that the other side refused a request inside the call.
type Refused struct{ Status int }

// Error names the status.
func (e *Refused) Error() string { return fmt.Sprintf("the other side refused with %d", e.Status) }

// state is how far a leg is.
type state uint8

const (
	early    state = iota // INVITE without final answer
	answered              // our 200 is sent, their ACK has not come
	up                    // both know that it is answered
	over                  // ended; only answers to late messages remain
)

// The values of Leg.final: who decided the final answer to their INVITE.
const (
	undecided uint32 = iota
	decided          // an answer or refusal of ours
	cancelled        // their CANCEL
)

// eventRoom is how many events wait for a reader; the last place is Ended's.
const eventRoom = 16

// Leg is one call leg: one dialog with one party, ours in both directions. Its methods may be called
// from any goroutine.
type Leg struct {
	agent     *Agent
	id        uuid.UUID
	direction Direction
	arrived   time.Time
	callID    string
	localTag  string
	origin    uint64 // of their INVITE, 0 for an outgoing leg
	branch    string // of their INVITE
	end       *endpoint
	called    string
	caller    Identity
	diverted  []Diversion
	trunk     string
	phone     string
	login     *login
	takesOver *Leg
	release   func()                  // the trunk's room, and the agent's
	takeBack  context.CancelCauseFunc // ends the Dial that waits for this leg; nil for one that came in

	done  chan struct{}
	final atomic.Uint32
	hook  *atomic.Pointer[Leg] // by which the INVITE's transaction finds the leg; nil for an outgoing one
	in    inbox
	due   deadline

	eventMu sync.Mutex
	events  chan Event
	closed  bool

	mu        sync.Mutex
	state     state
	remote    *sdp.Description
	remoteSum uint64 // hash of their last description, to know it again
	body      []byte // our last description
	req       *sip.Request
	tx        *sip.ServerTx
	unacked   *unacked
	reminder  reminder
	ending    ending.Ending
	wanted    ending.Reason // Hang before their ACK
	held      time.Time     // when a request that waits for one before it need not wait any longer
	dialog
	session  session
	inviting bool          // a re-INVITE of ours is on its way
	accepted bool          // their 200 to it has come, only our ACK is still to go
	idle     chan struct{} // closed when no INVITE is open any longer; nil while nobody waits
	referrals
}

// dialog is what requests inside the dialog are made of (RFC 3261, section 12).
type dialog struct {
	local, peer party
	remoteTag   string
	target      sip.Uri   // their Contact
	routes      []sip.Uri // the route set, in our order
	network     string    // of the flow
	flow        string    // address that their messages come from
	cseq        uint32    // our last
	invited     uint32    // CSeq of the INVITE that we sent last
}

// party is one end of the dialog as From and To name it.
type party struct {
	name string
	uri  sip.Uri
}

// ID identifies the leg for ever.
func (l *Leg) ID() uuid.UUID { return l.id }

// CallID is the SIP Call-ID.
func (l *Leg) CallID() string { return l.callID }

// Dialog is how the other side names the leg when it wants it replaced (RFC 3891, section 3).
func (l *Leg) Dialog() Replaces {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Replaces{CallID: l.callID, ToTag: l.localTag, FromTag: l.remoteTag}
}

// Direction tells who called.
func (l *Leg) Direction() Direction { return l.direction }

// Arrived is when the INVITE came, stamped at the socket, or when we began to dial.
func (l *Leg) Arrived() time.Time { return l.arrived }

// Called is the number or phone that was dialled: the Request-URI's user part. When that is empty:
// P-Called-Party-ID, the last entry of History-Info, the To header.
func (l *Leg) Called() string { return l.called }

// Caller is who calls: for a trunk by the header that is trusted there, for a phone by its digest.
func (l *Leg) Caller() Identity { return l.caller }

// Diverted lists the stations that the call was diverted from, the latest first; the last one is the
// number that was dialled in the beginning.
func (l *Leg) Diverted() []Diversion { return l.diverted }

// Trunk is the trunk's name, empty for a phone.
func (l *Leg) Trunk() string { return l.trunk }

// Phone is the phone's name, empty for a trunk.
func (l *Leg) Phone() string { return l.phone }

// Replaces is the leg that this one takes over when answered (RFC 3891), nil for most. The replaced
// leg then ends as transferred.
func (l *Leg) Replaces() *Leg { return l.takesOver }

// Remote is the other side's latest description: its offer, or its answer to ours. Nil when its
// INVITE had none.
func (l *Leg) Remote() *sdp.Description {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.remote
}

// Events gives what happens on the leg. It ends with Ended and is closed. Up to 15 wait; when nobody
// reads, further ones are dropped and counted, Ended never.
func (l *Leg) Events() <-chan Event { return l.events }

// Ending tells how the leg ended; the zero value while it lives.
func (l *Leg) Ending() ending.Ending {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ending
}

// Context ends with the leg; its cause is ErrEnded.
func (l *Leg) Context() context.Context { return legContext{l} }

// legContext makes a context of the leg's end without a goroutine or an entry in a parent.
type legContext struct{ l *Leg }

func (legContext) Deadline() (time.Time, bool) { return time.Time{}, false }
func (c legContext) Done() <-chan struct{}     { return c.l.done }
func (legContext) Value(any) any               { return nil }
func (c legContext) Err() error {
	select {
	case <-c.l.done:
		return ErrEnded
	default:
		return nil
	}
}

func (a *Agent) newLeg(direction Direction) *Leg {
	l := &Leg{
		agent: a, id: newID(), direction: direction, release: func() {},
		done: make(chan struct{}), events: make(chan Event, eventRoom),
	}
	l.due.fire = func(now time.Time) { a.work.Go(func() { l.tick(now) }) }
	return l
}

// emit gives an event to whoever reads.
func (l *Leg) emit(e Event) {
	l.eventMu.Lock()
	defer l.eventMu.Unlock()
	if l.closed {
		return
	}
	if len(l.events) >= eventRoom-1 {
		l.agent.dropped.Add(1)
		return
	}
	l.events <- e
}

// finish ends the leg once; it reports whether it was this call that did. It must be called without
// l.mu.
func (l *Leg) finish(e ending.Ending) bool {
	l.mu.Lock()
	if l.state == over {
		l.mu.Unlock()
		return false
	}
	l.state = over
	l.ending = e
	l.unacked, l.tx, l.req, l.reminder = nil, nil, nil, reminder{}
	l.session = session{}
	release := l.release
	l.unhook()
	l.mu.Unlock()
	l.agent.wheel.set(&l.due, time.Time{})
	l.agent.table.bury(l, l.agent.clock.Now())
	release()
	close(l.done)
	l.eventMu.Lock()
	l.closed = true
	l.events <- Ended{Ending: e}
	close(l.events)
	l.eventMu.Unlock()
	return true
}

// unhook lets the INVITE's transaction forget the leg.
func (l *Leg) unhook() {
	if l.hook != nil {
		l.hook.Store(nil)
	}
}

// rearm sets the wheel to the leg's next deadline; with l.mu held.
func (l *Leg) rearm() {
	if l.state == over {
		return
	}
	var next time.Time
	for _, t := range [...]time.Time{l.unacked.due(), l.session.due(), l.referrals.due(), l.reminder.at, l.held} {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	l.agent.wheel.set(&l.due, next)
}

// tick does what is due. It runs in a goroutine of its own.
func (l *Leg) tick(now time.Time) {
	defer l.rescue("timer")
	l.mu.Lock()
	resume := !l.held.IsZero() && !now.Before(l.held)
	if resume {
		l.held = time.Time{}
	}
	l.mu.Unlock()
	if resume && l.in.resume() {
		l.work()
	}
	l.remind(now)
	l.resend(now)
	l.keepSession(now)
	l.expireReferrals(now)
	l.mu.Lock()
	l.rearm()
	l.mu.Unlock()
}

// rescue ends the leg, and nothing else, when its handling panicked.
func (l *Leg) rescue(doing string) {
	if p := recover(); p != nil {
		l.agent.panicked(doing, p)
		l.agent.work.Go(func() { l.drop(ending.Of(ending.Internal, ending.Ours)) })
	}
}

package sip

import (
	"context"
	"errors"
	"time"

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
	// ErrRefused says that the other side refused; the text has its status.
	ErrRefused = errors.New("the other side refused")
)

// Leg is one call leg: one dialog with one party, ours in both directions. Its methods may be called
// from any goroutine.
type Leg struct {
	id uuid.UUID
}

// ID identifies the leg for ever.
func (l *Leg) ID() uuid.UUID { return l.id }

// CallID is the SIP Call-ID.
func (l *Leg) CallID() string { return "" }

// Direction tells who called.
func (l *Leg) Direction() Direction { return "" }

// Arrived is when the INVITE came, stamped at the socket, or when we began to dial.
func (l *Leg) Arrived() time.Time { return time.Time{} }

// Called is the number or phone that was dialled.
func (l *Leg) Called() string { return "" }

// Caller is who calls.
func (l *Leg) Caller() Identity { return Identity{} }

// Diverted lists the stations that the call was diverted from, the latest first.
func (l *Leg) Diverted() []Diversion { return nil }

// Trunk is the trunk's name, empty for a phone.
func (l *Leg) Trunk() string { return "" }

// Phone is the registered phone's name, empty for a trunk.
func (l *Leg) Phone() string { return "" }

// Remote is the other side's latest description: its offer, or its answer to ours. Nil when its
// INVITE had none.
func (l *Leg) Remote() *sdp.Description { return nil }

// Replaces is the leg that this one takes over when answered (RFC 3891), nil for most.
func (l *Leg) Replaces() *Leg { return nil }

// Context ends with the leg.
func (l *Leg) Context() context.Context { return nil }

// Events gives what happens on the leg. It ends with Ended and is closed. Up to 16 wait; when nobody
// reads, further ones are dropped, Ended never.
func (l *Leg) Events() <-chan Event { return nil }

// Ending tells how the leg ended; the zero value while it lives.
func (l *Leg) Ending() ending.Ending { return ending.Ending{} }

// Ring answers 180.
func (l *Leg) Ring(ctx context.Context) error { return ErrState }

// Progress answers 183 with our description: early media.
func (l *Leg) Progress(ctx context.Context, body []byte) error { return ErrState }

// Answer answers 200 with our description.
func (l *Leg) Answer(ctx context.Context, body []byte) error { return ErrState }

// Refuse ends a leg that came in and is not answered, with the reason's status.
func (l *Leg) Refuse(ctx context.Context, reason ending.Reason) error { return ErrState }

// Hang ends the leg in any state.
func (l *Leg) Hang(ctx context.Context, reason ending.Reason) error { return ErrState }

// Reinvite offers a changed session and gives their answer.
func (l *Leg) Reinvite(ctx context.Context, body []byte) (*sdp.Description, error) {
	return nil, ErrState
}

// Refer asks the other side to call target instead of us; nil when it reports success.
func (l *Leg) Refer(ctx context.Context, target string) error { return ErrState }

// ReferReplaces asks the other side to take the place that we have on the other leg.
func (l *Leg) ReferReplaces(ctx context.Context, other *Leg) error { return ErrState }

// SendInfoDigit sends a key by INFO (application/dtmf-relay).
func (l *Leg) SendInfoDigit(ctx context.Context, key byte, duration time.Duration) error {
	return ErrState
}

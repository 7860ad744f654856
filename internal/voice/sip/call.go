package sip

import (
	"errors"
	"time"

	"yingda/internal/voice/ending"
)

// Call is what to dial: a number through a group of trunks, or a registered phone.
type Call struct {
	To    string   // number or phone
	From  Identity // who calls, as the other side shall see it
	Trunk string   // group of trunks; empty with Phone
	Phone string   // a registered phone: all its contacts ring, the first to answer wins
	SDP   []byte   // our offer
	Ring  time.Duration
	// Headers are added to the INVITE as they are: Diversion, History-Info, Alert-Info and the like.
	Headers []Header
	// Replaces makes the call take over another one (attended transfer outward).
	Replaces *Replaces
	// ReferredBy is passed on when the call is made for a REFER (RFC 3892).
	ReferredBy string
	// Progress hears Ringing and EarlyMedia while Dial waits. It must not block.
	Progress func(Event)
	// Tried hears of each way that is tried, before its INVITE goes: the contacts of a phone, one trunk after the other.
	// It must not block, and is called from several goroutines.
	Tried func(Try)
}

// Try is one way that a call is tried.
type Try struct{ CallID, Trunk, Phone string }

// Header is one header line.
type Header struct{ Name, Value string }

// NotAnswered is Dial's error when the call ended before an answer.
type NotAnswered struct {
	Ending ending.Ending
	Cause  error // what the transport said, may be nil
}

// Error names the reason.
func (e *NotAnswered) Error() string {
	text := "call not answered: " + string(e.Ending.Reason)
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap gives the transport's error.
func (e *NotAnswered) Unwrap() error { return e.Cause }

// EndingOf finds how a call that Dial could not set up ended.
func EndingOf(err error) ending.Ending {
	var n *NotAnswered
	if errors.As(err, &n) {
		return n.Ending
	}
	return ending.Of(ending.Internal, ending.Ours)
}

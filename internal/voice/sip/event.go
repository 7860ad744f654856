package sip

import (
	"context"
	"time"

	"yingda/internal/voice/ending"
	"yingda/internal/voice/sdp"
)

// Event is something that happened on a leg. The list is closed: [Ringing], [EarlyMedia],
// [Answered], [Updated], [Digit], [Transfer], [Ended].
type Event interface{ event() }

// Ringing says that the called side rings (180) or is being looked for (181, 182, 183 without sound).
type Ringing struct{ Status int }

// EarlyMedia says that sound may come before the answer: their 183 or 180 with a description.
type EarlyMedia struct{ Remote *sdp.Description }

// Answered says that the leg is up. On a leg that came in it follows their ACK; Remote is then set
// only when their INVITE had no offer and the ACK carried the answer to ours. On a leg that we
// dialled Remote is their answer.
type Answered struct {
	At     time.Time
	Remote *sdp.Description
}

// Updated says that a re-INVITE changed the session: they held or resumed, or moved their sound.
// Answer is what Config.Renegotiate gave; nil when they only answered an offer that they had asked for.
type Updated struct {
	Remote *sdp.Description
	Answer []byte
	Hold   bool // they do not want to hear us now
}

// Digit is a key sent by INFO.
type Digit struct {
	Key      byte // 0-9 * # A-D
	Duration time.Duration
	At       time.Time
}

// Transfer says that the other side wants us to call somebody for it (REFER). Exactly one of Accept
// and Refuse should follow; without either it is refused after some seconds. After Accept come any
// number of Progress and one Finish.
type Transfer struct {
	To         string    // the number or phone to call
	URI        string    // where, as written
	Replaces   *Replaces // attended: the call to take over
	ReferredBy string    // number of the party that transfers, may be empty

	// Accept answers 202 and reports "100 Trying".
	Accept func(ctx context.Context) error
	// Progress reports a provisional status of the new call, such as 180.
	Progress func(ctx context.Context, status int) error
	// Finish reports the end of the new call's set-up, 200 or the failure's status, and ends the
	// reporting; later calls do nothing.
	Finish func(ctx context.Context, status int) error
	// Refuse answers the REFER with a failure.
	Refuse func(ctx context.Context, reason ending.Reason) error
}

// Ended is the last event of a leg; the channel is closed behind it.
type Ended struct{ Ending ending.Ending }

func (Ringing) event()    {}
func (EarlyMedia) event() {}
func (Answered) event()   {}
func (Updated) event()    {}
func (Digit) event()      {}
func (Transfer) event()   {}
func (Ended) event()      {}

// Replaces names a dialog that a new call takes over (RFC 3891).
type Replaces struct {
	CallID, ToTag, FromTag string
	EarlyOnly              bool
}

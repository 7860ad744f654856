package voice

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Live is what a process with the role voice tells about what happens on it now. Its methods answer from memory, do
// not wait for the network except TestTrunk, and are safe for concurrent use. A process without that role has none;
// what is asked of it then comes from the nodes that have one, see [Service.Gatherer].
type Live interface {
	// Calls gives every leg that has not ended, in no order. The slice is the caller's.
	Calls() []LiveCall
	// Ladder gives the SIP messages of a leg that is on this node, or was until a short time ago, in order of time.
	Ladder(id CallID) ([]Message, bool)
	// Registrations gives where phones are registered.
	Registrations() []Registration
	// TrunkStatus gives how each trunk of [Tables.Trunks] is, as seen from this node.
	TrunkStatus() []TrunkStatus
	// Hang ends a leg; false: it is not on this node.
	Hang(id CallID) bool
	// TestTrunk sends OPTIONS to each host of a trunk now and waits for the answers, at most until ctx ends. What a
	// host did not answer is a result, not an error.
	TestTrunk(ctx context.Context, id TrunkID) ([]HostTest, error)
}

// Direction is where a leg comes from.
type Direction string

// The directions, as seen from us.
const (
	In  Direction = "in"  // somebody called us
	Out Direction = "out" // we called somebody
)

// LegState is what a leg is doing.
type LegState string

// The states of a leg that has not ended.
const (
	Setting LegState = "setting" // INVITE under way
	Ringing LegState = "ringing"
	Early   LegState = "early"   // audio before the answer
	Waiting LegState = "waiting" // in a queue
	Talking LegState = "talking"
	Held    LegState = "held"
	Ending  LegState = "ending" // BYE under way
)

// LiveCall is one leg that has not ended. Caller and Called are as they came; they are masked before they leave the
// process.
type LiveCall struct {
	ID           CallID
	Conversation uuid.UUID // the same for the legs that talk to each other; that of the first leg
	Direction    Direction
	State        LegState
	Caller       string
	Called       string
	Trunk        TrunkID   // zero: not over a trunk
	Phone        PhoneID   // zero: not from or to a phone
	Centre       uuid.UUID // whose call it is; zero: the nation's
	Act          Act       // what is done with it
	Started      time.Time // the INVITE's arrival or departure
	Answered     time.Time // zero: not yet
	Codec        string    // "PCMA", "" before one was agreed
	Quality      Quality
	Recording    bool
	SIPCallID    string
}

// Message is one SIP message of a leg's ladder. FirstLine may hold numbers; they are masked before it leaves the process.
type Message struct {
	At        time.Time `json:"at"`
	Out       bool      `json:"out"` // we sent it
	Transport string    `json:"transport"`
	Remote    string    `json:"remote"` // address and port of the other side
	FirstLine string    `json:"first_line"`
	CSeq      string    `json:"cseq"` // "1 INVITE"
	Bytes     int       `json:"bytes"`
	Repeated  bool      `json:"repeated"` // a retransmission
}

// Registration is one contact of a phone.
type Registration struct {
	Phone     string    `json:"phone"` // its number
	Contact   string    `json:"contact"`
	Source    string    `json:"source"` // where its packets come from
	Transport string    `json:"transport"`
	Agent     string    `json:"agent"` // User-Agent
	Since     time.Time `json:"since"`
	Expires   time.Time `json:"expires"`
}

// TrunkState is how a trunk is.
type TrunkState string

// The states of a trunk.
const (
	TrunkUnknown     TrunkState = "unknown"     // not asked yet
	TrunkUp          TrunkState = "up"          // answers OPTIONS, and is registered where it must be
	TrunkDown        TrunkState = "down"        // does not answer
	TrunkRegistering TrunkState = "registering" // waits for the carrier's answer
	TrunkRefused     TrunkState = "refused"     // the carrier refuses our registration
	TrunkDisabled    TrunkState = "disabled"    // taken out of use by people
)

// TrunkStatus is a trunk as one node sees it.
type TrunkStatus struct {
	Trunk   TrunkID    `json:"trunk"`
	State   TrunkState `json:"state"`
	Since   time.Time  `json:"since"`
	Calls   int        `json:"calls"`   // over it now, on this node
	RTTMS   float64    `json:"rtt_ms"`  // of the last OPTIONS; 0: none answered yet
	Asked   time.Time  `json:"asked"`   // when it was last asked
	SIP     int        `json:"sip"`     // status of the last answer; 0: none
	Problem string     `json:"problem"` // "", "timeout", "unreachable", "name", "tls", "refused"
	Until   time.Time  `json:"until"`   // until when we are registered there; zero: not
	Host    string     `json:"host"`    // that is used now
}

// HostTest is the answer of one host to OPTIONS.
type HostTest struct {
	Host    string  `json:"host"`
	OK      bool    `json:"ok"`
	SIP     int     `json:"sip" doc:"Status of the answer; 0: none"`
	RTTMS   float64 `json:"rtt_ms" doc:"From sending to the answer, in milliseconds"`
	Problem string  `json:"problem" enum:",timeout,unreachable,name,tls,refused" doc:"Why there was no good answer"`
}

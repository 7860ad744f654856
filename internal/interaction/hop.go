package interaction

import (
	"time"

	"github.com/google/uuid"
)

// HopKind is a step in the life of a contact. Kinds are never renamed: records outlive versions.
type HopKind string

// The kinds in the order in which they usually come. Each is the moment at which it was true, not at which it was
// noticed or stored.
const (
	Dialled        HopKind = "dialled"       // the caller's request reached us
	Answered       HopKind = "answered"      // by us: the machine
	FlowStep       HopKind = "flow_step"     // Detail.Node of Detail.Flow; Detail.Key if one was pressed
	KeyToAgent     HopKind = "key_to_agent"  // pressed the key for an agent; China's connect-rate clock starts
	Enqueued       HopKind = "enqueued"      // Queue; Detail.Position
	QueueChanged   HopKind = "queue_changed" // Queue: overflow; Detail.Reason
	QueueLeft      HopKind = "queue_left"    // unserved; Detail.Reason (queue_closed, waited_too_long, ...)
	Offered        HopKind = "offered"       // Agent
	RingingAgent   HopKind = "ringing"       // Agent: his phone rings
	OfferEnded     HopKind = "offer_ended"   // Agent: did not take it; Detail.Reason
	Accepted       HopKind = "accepted"      // Agent
	Announced      HopKind = "announced"     // Agent: the announcement of the staff number (报工号) starts; the connect-rate clock stops
	TalkBegan      HopKind = "talking"       // Agent: they hear each other
	Held           HopKind = "held"          // Detail.By: agent or caller
	Resumed        HopKind = "resumed"
	Transferred    HopKind = "transferred"     // Agent: by whom; Detail.To: queue, agent or number, Detail.Way: blind or attended
	TransferFailed HopKind = "transfer_failed" // Detail.Reason
	TalkEnded      HopKind = "talk_ended"      // Agent: his part is over
	CallbackAsked  HopKind = "callback_asked"
	Ended          HopKind = "ended"         // Detail.By, Result, Reason, SIP, Q850: the contact is over for the customer
	WrapUpBegan    HopKind = "wrap_up_began" // Agent
	WrappedUp      HopKind = "wrapped_up"    // Agent
	Lost           HopKind = "lost"          // the node died; written by who noticed
)

// Party is who did something.
type Party string

// The parties.
const (
	ByCaller  Party = "caller"
	ByAgent   Party = "agent"
	BySystem  Party = "system"  // a flow, a queue, a limit, a stopping node
	ByNetwork Party = "network" // a trunk, silence, a lost session
)

// Detail is what else is known of a hop; which fields a kind has stands with the kind.
type Detail struct {
	Flow      string        `json:"flow,omitempty"`
	Node      string        `json:"node,omitempty"`
	Key       string        `json:"key,omitempty"` // never of a secret input
	Position  int           `json:"position,omitempty"`
	Expected  time.Duration `json:"expected,omitempty"` // wait
	Reason    string        `json:"reason,omitempty"`
	By        Party         `json:"by,omitempty"`
	To        string        `json:"to,omitempty"`
	Way       string        `json:"way,omitempty"`
	Result    string        `json:"result,omitempty"`
	SIP       int           `json:"sip,omitempty"`
	Q850      int           `json:"q850,omitempty"`
	Recording uuid.UUID     `json:"recording,omitzero"`
	Phone     string        `json:"phone,omitempty"` // of ours, on which an agent was rung
}

// Hop is one step of one contact.
type Hop struct {
	Contact uuid.UUID `json:"contact"`
	Seq     int       `json:"seq"` // rises within one contact and one writer; with At it gives the order
	Kind    HopKind   `json:"kind"`
	At      time.Time `json:"at"`
	Queue   uuid.UUID `json:"queue,omitzero"`
	Agent   uuid.UUID `json:"agent,omitzero"` // member of staff
	Detail  Detail    `json:"detail,omitzero"`
}

// Opening is what is known of a contact when it begins. It comes before the contact's first hop.
type Opening struct {
	Contact   uuid.UUID `json:"contact"`
	Channel   string    `json:"channel"`   // voice
	Direction string    `json:"direction"` // in or out
	Began     time.Time `json:"began"`
	Caller    string    `json:"caller"` // as it came; personal
	Called    string    `json:"called"`
	Centre    uuid.UUID `json:"centre"` // zero: the nation's
	Node      string    `json:"node"`
	Trunk     uuid.UUID `json:"trunk,omitzero"`
	Parent    uuid.UUID `json:"parent,omitzero"` // the contact that this one goes on from (dialled again after a drop)
	Simulated bool      `json:"simulated,omitempty"`
}

// AgentSpan is the change of an agent's state. The span before it ends at At.
type AgentSpan struct {
	Agent   uuid.UUID `json:"agent"`
	Session uuid.UUID `json:"session"` // of agent work: one sign-in to the floor
	Seq     uint64    `json:"seq"`     // rises within a session
	State   string    `json:"state"`   // engine.AgentState
	Reason  string    `json:"reason,omitempty"`
	At      time.Time `json:"at"`
	Contact uuid.UUID `json:"contact,omitzero"`
	Queue   uuid.UUID `json:"queue,omitzero"`
	Centre  uuid.UUID `json:"centre,omitzero"`
}

// Entry is one line of the contact journal: exactly one of its fields is set.
type Entry struct {
	Open        *Opening   `json:"open,omitempty"`
	Hop         *Hop       `json:"hop,omitempty"`
	Span        *AgentSpan `json:"span,omitempty"`
	Disposition *Disposed  `json:"disposition,omitempty"`
	Note        *Noted     `json:"note,omitempty"`
}

// Disposed is what an agent says a contact was about. A contact may have several; the set replaces the one before.
type Disposed struct {
	Contact  uuid.UUID   `json:"contact"`
	By       uuid.UUID   `json:"by"` // member of staff
	At       time.Time   `json:"at"`
	Codes    []uuid.UUID `json:"codes"` // leaves of the tree, the main one first
	Revision int64       `json:"revision"`
}

// Noted is the agent's note on a contact as it is now.
type Noted struct {
	Contact  uuid.UUID `json:"contact"`
	By       uuid.UUID `json:"by"`
	At       time.Time `json:"at"`
	Text     string    `json:"text"` // personal
	Revision int64     `json:"revision"`
}

// Recorder takes what happens to contacts. [Journal] is one.
type Recorder interface {
	// Write keeps the entries in the order of the calls and never waits. What it has taken is stored within a moment;
	// a process that is killed in that moment loses it, so whoever must be sure uses Sure.
	Write(entries ...Entry)
}

package routing

import (
	"time"

	"github.com/google/uuid"

	"yingda/internal/routing/engine"
)

// What voice nodes (and later other channels) and the leading router say to each other; [Client] carries it. The node is
// the truth of its contacts, the leader of the order in line and of who is offered what.

// Entry asks for a place in a queue.
type Entry struct {
	Contact   uuid.UUID      `json:"contact"`
	Channel   engine.Channel `json:"channel"`
	Queue     string         `json:"queue"`  // its code
	KeyAt     time.Time      `json:"key_at"` // when the key for an agent was pressed; for a number that leads straight here, when the call arrived
	Priority  int            `json:"priority"`
	Prefer    string         `json:"prefer"` // staff number of who is asked first; empty: nobody
	PreferFor time.Duration  `json:"prefer_for"`
	Caller    string         `json:"caller"` // the number as it came; leaves the process only as a keyed hash
	Shown     string         `json:"shown"`  // the number as the agent's page shows it, masked; the client makes it of Caller
	Again     bool           `json:"again"`  // the contact is with an agent who transfers it into the queue
}

// Place is where a contact stands in line.
type Place struct {
	Queue    uuid.UUID     `json:"queue"`
	Position int           `json:"position"` // 1 is next
	Wait     time.Duration `json:"wait"`     // expected; negative: unknown
	KeyAt    time.Time     `json:"key_at"`   // earlier than asked for when an earlier place was found again
}

// What a node reports of a contact that the router knows.
type What string

// The reports.
const (
	ItRings      What = "rings"      // the agent's phone
	ItWasTaken   What = "taken"      // the agent answered
	ItWasRefused What = "refused"    // the agent's phone did not take it; Why
	ItLeft       What = "left"       // the contact is over for the customer, or went where no queue is
	ItReleased   What = "released"   // the agent's part is over, the customer's not
	ItCallsBack  What = "calls_back" // the customer hung up and keeps his place for a callback
)

// Report is one thing that happened to a contact on its node.
type Report struct {
	What        What                 `json:"what"`
	Contact     uuid.UUID            `json:"contact"`
	Reservation engine.Reservation   `json:"reservation,omitzero"`
	Why         engine.DeclineReason `json:"why,omitempty"`
	At          time.Time            `json:"at"`
}

// Desk is an agent as a node needs to know him to ring him.
type Desk struct {
	Agent  uuid.UUID `json:"agent"`  // member of staff
	Number string    `json:"number"` // staff number (工号), announced to the caller
	Phone  string    `json:"phone"`  // of ours, that is rung
}

// Order is what the leader wants of a node; see [Client.OnOrder].
type Order struct {
	Kind        engine.EffectKind  `json:"kind"` // Offer, Withdraw, Placed, Expelled, Overflowed, Stale
	Contact     uuid.UUID          `json:"contact"`
	Queue       uuid.UUID          `json:"queue,omitzero"`
	Desk        Desk               `json:"desk,omitzero"`
	Reservation engine.Reservation `json:"reservation,omitzero"`
	Until       time.Time          `json:"until,omitzero"` // of an offer: when it ends by itself
	Reason      string             `json:"reason,omitempty"`
	Position    int                `json:"position,omitzero"`
	Wait        time.Duration      `json:"wait,omitzero"`
	CallBack    bool               `json:"callback,omitempty"`
}

// Standing is a contact as its node knows it, for a leader that begins and for the reconciler.
type Standing struct {
	Entry       Entry              `json:"entry"`
	Desk        Desk               `json:"desk,omitzero"` // whose it is, or whose phone rings; zero: it waits
	Reservation engine.Reservation `json:"reservation,omitzero"`
	Accepted    bool               `json:"accepted,omitempty"`
	Since       time.Time          `json:"since"`
}

package routing

import (
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/fault"
	"yingda/internal/routing/engine"
)

// Session is one sign-in of an agent to the floor: from the phone he sits at until he signs out. It lies in the bucket
// routing_agent, written by the leader before a command of the agent is acknowledged, so that it survives the leader,
// the page and a restart of everything.
type Session struct {
	ID       uuid.UUID         `json:"id"`
	Staff    uuid.UUID         `json:"staff"`
	Account  uuid.UUID         `json:"account"`
	Login    uuid.UUID         `json:"login"` // session of the account by which he signed in
	Number   string            `json:"number"`
	Name     string            `json:"name"`
	Phone    string            `json:"phone"`
	Centre   uuid.UUID         `json:"centre"`
	Places   []uuid.UUID       `json:"places"` // the centre and those above it
	Skills   map[uuid.UUID]int `json:"skills"` // that are valid on the day
	Wanted   engine.AgentState `json:"wanted"` // ready, break, or signed_out: he leaves when his contact is over
	Reason   string            `json:"reason"` // code of a break
	Since    time.Time         `json:"since"`  // of what is wanted
	SignedIn time.Time         `json:"signed_in"`

	revision uint64
}

func (s Session) agent() *engine.Agent {
	return &engine.Agent{ID: s.Staff, Number: s.Number, Places: s.Places, Skills: s.Skills, Capacity: map[engine.Channel]int{engine.Voice: 1}}
}

func (s Session) desk() Desk { return Desk{Agent: s.Staff, Number: s.Number, Phone: s.Phone} }

// Faults of agents' work.
var (
	ErrNotSignedIn = fault.New(fault.Conflict, "routing.not_signed_in", "this agent is not signed in to the floor").
			WithRemedy("sign in to the floor with a phone first")
	ErrElsewhere = fault.New(fault.Conflict, "routing.signed_in_elsewhere", "you are signed in to the floor in another place").
			WithRemedy("take it over: the other place is told, and shows no contacts any more")
	ErrPhoneTaken = fault.New(fault.Conflict, "routing.phone_taken", "another agent is signed in at this phone").
			WithRemedy("choose another phone, or ask a supervisor to sign the other agent out")
	ErrInContact = fault.New(fault.Conflict, "routing.in_contact", "this agent is with a contact").
			WithRemedy("wait until it is over")
	ErrNoBreak = fault.New(fault.Invalid, "routing.no_such_break", "there is no such reason for a break")
	ErrNoPhone = fault.New(fault.Invalid, "routing.no_such_phone", "there is no such phone").
			WithRemedy("choose a desk phone that is registered here")
	ErrNoAgent   = fault.New(fault.NotFound, "routing.no_such_agent", "there is no such agent")
	ErrNoContact = fault.New(fault.NotFound, "routing.no_such_contact", "there is no such contact")
	ErrNoStaff   = fault.New(fault.Conflict, "routing.no_staff", "this account belongs to no member of staff")
)

// AgentView is an agent who is signed in, as pages see him.
type AgentView struct {
	Session  uuid.UUID         `json:"session"`
	Staff    uuid.UUID         `json:"staff"`
	Number   string            `json:"number"`
	Name     string            `json:"name"`
	Phone    string            `json:"phone" privacy:"-"` // of ours
	Centre   uuid.UUID         `json:"centre"`
	State    engine.AgentState `json:"state" doc:"signed_out, ready, reserved, ringing, talking, wrap_up, break, no_answer, unreachable or elsewhere"`
	Reason   string            `json:"reason" doc:"Of a break: its code"`
	Since    time.Time         `json:"since" doc:"Of the state"`
	Until    *time.Time        `json:"until,omitempty" doc:"When it ends by itself"`
	Wanted   engine.AgentState `json:"wanted" doc:"What he asked for, which holds when the contact is over"`
	WrapUp   bool              `json:"wrap_up" doc:"He asked for work after the contact"`
	SignedIn time.Time         `json:"signed_in"`
	Contact  *ContactCard      `json:"contact,omitempty"`
}

// ContactCard is what an agent sees of the contact that he is offered or has.
type ContactCard struct {
	ID        uuid.UUID `json:"id"`
	Queue     uuid.UUID `json:"queue_id"`
	QueueCode string    `json:"queue"`
	QueueName string    `json:"queue_name"`
	Caller    string    `json:"caller" privacy:"-" doc:"Masked"`
	KeyAt     time.Time `json:"key_at" doc:"When the customer asked for an agent"`
	Waited    int64     `json:"waited_ms" doc:"Until the offer"`
	Offered   time.Time `json:"offered_at"`
}

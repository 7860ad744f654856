package engine

import (
	"time"

	"github.com/google/uuid"
)

// The ids of what the engine speaks of. It gives none of its own but reservations.
type (
	ContactID   = uuid.UUID // one contact, on whatever channel
	AgentID     = uuid.UUID // a member of staff who is signed in as an agent
	QueueID     = uuid.UUID
	SkillID     = uuid.UUID
	Reservation uint64 // of one agent for one contact; rises; 0 is none
)

// Channel is how a contact came. An agent has a capacity for each.
type Channel string

// The channels. A voice contact and any other exclude each other unless the agent's capacity says otherwise.
const (
	Voice Channel = "voice"
	Chat  Channel = "chat"
	Mail  Channel = "mail"
	Task  Channel = "task"
)

// Need is a skill at a least level, from 1 to 9.
type Need struct {
	Skill SkillID `json:"skill"`
	Level int     `json:"level"`
}

// Queue is a line of contacts and who may serve it.
type Queue struct {
	ID         QueueID       `json:"id"`
	Channel    Channel       `json:"channel"`
	Place      uuid.UUID     `json:"place"`       // the centre whose agents serve it, those below it included; zero: all agents
	Needs      []Need        `json:"needs"`       // all of them
	Members    []AgentID     `json:"members"`     // if not empty: only these, and Needs too
	Priority   int           `json:"priority"`    // 0 to 99; the higher is served first
	Closed     bool          `json:"closed"`      // nobody comes in; who waits is served to the end
	MaxWaiting int           `json:"max_waiting"` // 0: no limit
	RingFor    time.Duration `json:"ring_for"`    // how long one agent is rung
	WrapUp     WrapUp        `json:"wrap_up"`
	Overflow   []Overflow    `json:"overflow"` // by rising After
	MaxWait    time.Duration `json:"max_wait"` // then the contact is expelled; 0: never
	Target     time.Duration `json:"target"`   // the promise of the service level; for figures only
	// NoAgents says what becomes of contacts while no agent who could ever serve them is signed in.
	NoAgents NoAgents `json:"no_agents"`
}

// NoAgents is what a queue does while nobody who may serve it is signed in.
type NoAgents string

// The ways.
const (
	WaitAnyway NoAgents = "wait"   // they wait
	Refuse     NoAgents = "refuse" // who comes is refused; who waits goes on waiting
	Expel      NoAgents = "expel"  // who comes is refused; who waits is sent away
)

// WrapUpMode says how the work after a contact ends.
type WrapUpMode string

// The modes.
const (
	NoWrapUp        WrapUpMode = "none"      // ready at once
	TimedWrapUp     WrapUpMode = "timed"     // ends by itself after For, or when the agent is done
	MandatoryWrapUp WrapUpMode = "mandatory" // ends when the agent is done, not before
	OptionalWrapUp  WrapUpMode = "optional"  // ready at once unless the agent asked for it during the contact; then timed
)

// WrapUp is a queue's rule for the work after a contact.
type WrapUp struct {
	Mode WrapUpMode    `json:"mode"`
	For  time.Duration `json:"for"`
}

// Overflow widens who may serve a contact that has waited for After.
type Overflow struct {
	After    time.Duration `json:"after"`
	Needs    []Need        `json:"needs"`    // in place of the queue's, when Relax
	Relax    bool          `json:"relax"`    // Needs replace the queue's
	Queue    QueueID       `json:"queue"`    // if not zero: the contact moves there, with its place by key press kept
	Priority int           `json:"priority"` // added to the contact's
}

// Agent is somebody who may be offered contacts.
type Agent struct {
	ID       AgentID         `json:"id"`
	Number   string          `json:"number"`   // staff number (工号), breaks ties for good
	Places   []uuid.UUID     `json:"places"`   // his centre and those above it
	Skills   map[SkillID]int `json:"skills"`   // levels
	Capacity map[Channel]int `json:"capacity"` // how many at once; missing: 1 for voice, 0 for others
}

// AgentState is what an agent does.
type AgentState string

// The states. Reserved, Ringing, Talking and WrapUp are the engine's; the others are asked for.
const (
	SignedOut   AgentState = "signed_out"
	Ready       AgentState = "ready"
	Reserved    AgentState = "reserved" // a contact was offered, nothing is known of the phone yet
	Ringing     AgentState = "ringing"
	Talking     AgentState = "talking"
	WrappingUp  AgentState = "wrap_up"
	OnBreak     AgentState = "break"       // with a reason; does not answer
	NoAnswer    AgentState = "no_answer"   // did not answer an offer: out until he says that he is back
	Unreachable AgentState = "unreachable" // the phone is unplugged; ready again by itself when it is back
	Elsewhere   AgentState = "elsewhere"   // the phone is in a call that no queue gave
)

// Kind is what happened.
type Kind string

// The kinds of events, with what each needs beside its kind. Whatever does not fit the present state (an answer to a
// reservation that is over, an end of what has ended) changes nothing and has no effect: messages come late and twice.
const (
	Configure Kind = "configure" // Queues: all there are; a queue that is missing takes nobody, who waits there is expelled

	SignIn     Kind = "sign_in"  // Agent; State Ready, OnBreak (with Reason), NoAnswer or WrappingUp (Until); of one who is signed in: as Change
	Change     Kind = "change"   // Agent: skills and capacity as they are now
	SignOut    Kind = "sign_out" // AgentID; takes effect after the present contact
	GetReady   Kind = "get_ready"
	TakeBreak  Kind = "take_break"   // AgentID, Reason; takes effect after the present contact
	Reach      Kind = "reach"        // AgentID, On: whether the phone can be rung
	Occupy     Kind = "occupy"       // AgentID, On: whether the phone is in a call that no queue gave
	WantWrapUp Kind = "want_wrap_up" // AgentID: asks for wrap-up after the present contact
	EndWrapUp  Kind = "end_wrap_up"  // AgentID
	ForceReady Kind = "force_ready"  // AgentID: a supervisor's
	ForceBreak Kind = "force_break"  // AgentID, Reason: a supervisor's; at once for who waits, else after the contact

	Enqueue  Kind = "enqueue"  // Contact
	Leave    Kind = "leave"    // ContactID: it is over, from whatever state; frees its agent into wrap-up
	Rings    Kind = "rings"    // ContactID, Reservation: the agent's phone rings
	Accept   Kind = "accept"   // ContactID, Reservation: the agent took it
	Decline  Kind = "decline"  // ContactID, Reservation, Why: the agent did not take it
	Release  Kind = "release"  // ContactID: the agent's part is over, the contact's not (transferred away, agent's phone lost)
	Requeue  Kind = "requeue"  // Contact, as Enqueue, of one that is with an agent: transfer into a queue
	CallBack Kind = "callback" // ContactID: hung up and is called back when its turn comes; keeps its place
	Lose     Kind = "lose"     // ContactID: its node died; the agent is freed, the place goes to who has dialled again, or is kept for [Options].KeepLost
	Adopt    Kind = "adopt"    // Standing: a node declares a contact as it is, to a leader that begins

	Begin Kind = "begin" // decisions begin: a new leader has heard every node; said again: whoever waits is looked at anew
	Tick  Kind = "tick"  // nothing but the time
)

// Event is one thing that happened.
type Event struct {
	Kind        Kind          `json:"kind"`
	ContactID   ContactID     `json:"contact_id,omitzero"`
	AgentID     AgentID       `json:"agent_id,omitzero"`
	Reservation Reservation   `json:"reservation,omitzero"`
	Contact     *Contact      `json:"contact,omitempty"`
	Agent       *Agent        `json:"agent,omitempty"`
	Queues      []Queue       `json:"queues,omitempty"`
	Standing    *Standing     `json:"standing,omitempty"`
	State       AgentState    `json:"state,omitempty"`
	Reason      string        `json:"reason,omitempty"` // of a break
	Why         DeclineReason `json:"why,omitempty"`
	On          bool          `json:"on,omitempty"`
	// Since and Until go with SignIn when an agent is declared to a new leader: since when he has been idle (zero: since
	// now), and with State WrappingUp when his wrap-up ends by itself (zero: when he says so).
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

// Contact is somebody who waits to be served.
type Contact struct {
	ID        ContactID     `json:"id"`
	Channel   Channel       `json:"channel"`
	Queue     QueueID       `json:"queue"`
	KeyAt     time.Time     `json:"key_at"`   // when the key for an agent was pressed: the place in line
	Priority  int           `json:"priority"` // added to the queue's
	Needs     []Need        `json:"needs"`    // beside the queue's (a language)
	Prefer    AgentID       `json:"prefer"`   // who is asked first if free; PreferFor how long only he
	PreferFor time.Duration `json:"prefer_for"`
	// Caller is an opaque mark of who waits (a keyed hash of the number), by which somebody whose call was lost with a
	// node finds his place again; empty: nobody can.
	Caller string `json:"caller"`
}

// Standing is a contact as its node knows it.
type Standing struct {
	Contact     Contact     `json:"contact"`
	Agent       AgentID     `json:"agent"` // zero: it waits
	Reservation Reservation `json:"reservation"`
	Accepted    bool        `json:"accepted"` // false with an agent: his phone rings
	Since       time.Time   `json:"since"`    // of its wait when it waits, else of the offer or the talk
	CallBack    bool        `json:"callback,omitempty"`
}

// DeclineReason is why an agent did not take an offer.
type DeclineReason string

// The reasons.
const (
	DidNotAnswer DeclineReason = "no_answer"
	WasBusy      DeclineReason = "busy"
	SaidNo       DeclineReason = "declined"
	NotReached   DeclineReason = "unreachable"
	Failed       DeclineReason = "failed" // ours: no sound, no line
)

// EffectKind is what is to be done.
type EffectKind string

// The kinds of effects, with what each has.
const (
	Offer        EffectKind = "offer"         // Contact, Agent, Reservation, Until: ring the agent; CallBack: call him, then the customer
	Withdraw     EffectKind = "withdraw"      // Contact, Agent, Reservation, Reason: stop ringing
	Placed       EffectKind = "placed"        // Contact, Queue, Position (1 is next), Wait (expected; negative: unknown), KeyAt; after Enqueue and when it changes, at most every [Options].TellEvery
	Refused      EffectKind = "refused"       // Contact, Queue, Reason: not taken into the queue
	Expelled     EffectKind = "expelled"      // Contact, Queue, Reason: no longer in the queue, unserved
	Overflowed   EffectKind = "overflowed"    // Contact, Queue (where it is now), Position
	Served       EffectKind = "served"        // Contact, Agent: taken; the answer to Accept
	Stale        EffectKind = "stale"         // Contact, Agent, Reservation: an Accept came too late; put the agent's leg down
	AgentChanged EffectKind = "agent_changed" // Agent, State, Reason, Contact, Until (zero: open)
)

// Why a contact was refused or expelled, or an offer withdrawn, in Effect.Reason.
const (
	WhyClosed      = "queue_closed"
	WhyFull        = "queue_full"
	WhyNoQueue     = "no_such_queue"
	WhyNoAgents    = "no_agents"
	WhyWaited      = "waited_too_long"
	WhyCallerLeft  = "caller_left"
	WhyNotAnswered = "no_answer"
	WhyAgentLeft   = "agent_left"
	WhyLost        = "node_lost"
)

// Effect is one thing to be done, in order.
type Effect struct {
	Kind        EffectKind    `json:"kind"`
	Contact     ContactID     `json:"contact,omitzero"`
	Agent       AgentID       `json:"agent,omitzero"`
	Queue       QueueID       `json:"queue,omitzero"`
	Reservation Reservation   `json:"reservation,omitzero"`
	State       AgentState    `json:"state,omitempty"`
	Reason      string        `json:"reason,omitempty"`
	Until       time.Time     `json:"until,omitzero"`
	Position    int           `json:"position,omitzero"`
	Wait        time.Duration `json:"wait,omitzero"`
	CallBack    bool          `json:"callback,omitempty"`
	KeyAt       time.Time     `json:"key_at,omitzero"` // of Placed: the key time that counts; earlier than told when an earlier place was found again
}

// Obstacle is why an agent was not chosen for a contact.
type Obstacle string

// The obstacles, the first that holds counts.
const (
	NotMember     Obstacle = "not_member" // or of another place
	LacksSkill    Obstacle = "lacks_skill"
	LowLevel      Obstacle = "level_too_low"
	IsBusy        Obstacle = "busy" // reserved, ringing, talking, elsewhere
	InWrapUp      Obstacle = "wrap_up"
	IsOnBreak     Obstacle = "break"
	IsUnreachable Obstacle = "unreachable"
	IsFull        Obstacle = "no_capacity"
	OthersFirst   Obstacle = "others_first" // contacts before this one want the same agents
	KeptForOther  Obstacle = "kept_for_preferred"
)

// Candidate is an agent who could take a contact, with what decided.
type Candidate struct {
	Agent     AgentID   `json:"agent"`
	Number    string    `json:"number"`
	IdleSince time.Time `json:"idle_since"`
	Skills    int       `json:"skills"` // how many he has: specialists are asked before generalists when so configured
	Level     int       `json:"level"`  // the least of his levels in what is needed
}

// Decision is why a contact went to an agent, or why it waits.
type Decision struct {
	At          time.Time        `json:"at"`
	Contact     ContactID        `json:"contact"`
	Queue       QueueID          `json:"queue"`
	Chosen      AgentID          `json:"chosen,omitzero"` // zero: it waits
	Reservation Reservation      `json:"reservation,omitzero"`
	Waited      time.Duration    `json:"waited"`
	Ahead       int              `json:"ahead"`   // contacts before it in the queue
	Top         []Candidate      `json:"top"`     // the best, the chosen first; at most five
	WhyNot      map[Obstacle]int `json:"why_not"` // how many agents, by obstacle
}

// Options are fixed for an engine's life.
type Options struct {
	Explain   bool          // make a [Decision] for each offer and each contact that begins to wait
	KeepLost  time.Duration // how long the place of a lost contact is kept; default 2 minutes
	TellEvery time.Duration // how often at most a contact that waits is told its place when it has changed; default 5 s
	Now       time.Time     // when it begins
	// First is the least reservation that it gives. A leader takes its epoch shifted far enough that no reservation of an
	// earlier leader comes again, so that an answer that is late by a whole leader fits nothing.
	First Reservation
}

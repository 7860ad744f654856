package interaction

import (
	"time"

	"github.com/google/uuid"

	"yingda/internal/organization"
)

// Person is a member of staff as records name him.
type Person struct {
	ID     uuid.UUID `json:"id"`
	Number string    `json:"number" doc:"Staff number (工号)"`
	Name   string    `json:"name" privacy:"-" doc:"A colleague's name; empty when he is not in the organisation any more"`
}

// person is nil for nobody.
func person(id uuid.UUID, number, name string) *Person {
	if id == uuid.Nil {
		return nil
	}
	return &Person{id, number, name}
}

// QueueRef names a queue.
type QueueRef struct {
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name" doc:"Empty when there is none of this id any more"`
}

func (s *Service) queueRef(id uuid.UUID) *QueueRef {
	if id == uuid.Nil {
		return nil
	}
	return &QueueRef{id, s.queueName(id)}
}

// Area is where a number is at home.
type Area struct {
	Code string `json:"code" doc:"Of the city, or of the province (GB/T 2260)"`
	Name string `json:"name"`
}

func placeName(tree *organization.Tree, code string) string {
	if c, ok := tree.Places().City(code); ok {
		return c.ZH
	}
	if p, ok := tree.Places().Province(code); ok {
		return p.ZH
	}
	return ""
}

// ContactItem is a contact in lists. Sums of time are in milliseconds.
type ContactItem struct {
	ID            uuid.UUID  `json:"id"`
	Began         time.Time  `json:"began_at"`
	Channel       string     `json:"channel"`
	Direction     string     `json:"direction"`
	Centre        uuid.UUID  `json:"centre_id" doc:"The zero id: the nation's"`
	Caller        string     `json:"caller" privacy:"-" doc:"Masked before it was stored"`
	Home          *Area      `json:"home,omitempty" doc:"Home of the number (归属地); absent: unknown"`
	Called        string     `json:"called" privacy:"-" doc:"Our number"`
	Simulated     bool       `json:"simulated"`
	Queue         *QueueRef  `json:"queue,omitempty" doc:"The last one; absent: it came into none"`
	Enqueued      *time.Time `json:"enqueued_at"`
	Talking       *time.Time `json:"talking_at"`
	Ended         *time.Time `json:"ended_at"`
	QueuedMS      int64      `json:"queued_ms"`
	RingMS        int64      `json:"ring_ms"`
	TalkMS        int64      `json:"talk_ms" doc:"Hold included"`
	HoldMS        int64      `json:"hold_ms"`
	WrapMS        int64      `json:"wrap_ms"`
	Offers        int        `json:"offers"`
	Transfers     int        `json:"transfers"`
	Agent         *Person    `json:"agent,omitempty" doc:"Who talked last"`
	Outcome       string     `json:"outcome" enum:"open,answered_by_agent,abandoned_in_flow,abandoned_in_queue,abandoned_ringing,served_by_machine,refused,left_queue,lost"`
	EndedBy       string     `json:"ended_by" enum:",caller,agent,system,network"`
	EndReason     string     `json:"end_reason"`
	Recordings    int        `json:"recordings"`
	Noted         bool       `json:"noted"`
	Hops          int        `json:"hops"`
	Disposition   string     `json:"disposition" doc:"The main one with what stands above it, in Chinese"`
	DispositionEN string     `json:"disposition_en"`
	Code          string     `json:"disposition_code"`
}

// ContactFilter says which contacts. Zero values do not filter.
type ContactFilter struct {
	Since, Until time.Time // began at or after, before; without Since the last seven days
	Caller       string    // whole number, as people write it
	Queue, Agent uuid.UUID
	AgentNumber  string // staff number of who talked last
	Outcome      string
	Disposition  string        // a code: it, or any below it
	Least, Most  time.Duration // of talking
	Simulated    bool          // with those of a simulation
	Before       *ContactPosition
	Limit        int32
}

// ContactPosition is where a contact stands in the list.
type ContactPosition struct {
	Began time.Time `json:"a"`
	ID    uuid.UUID `json:"i"`
}

// HopItem is one step, as people read it.
type HopItem struct {
	At      time.Time   `json:"at"`
	SinceMS int64       `json:"since_ms" doc:"Since the step before; of the first: since the contact began"`
	Kind    HopKind     `json:"kind"`
	Queue   *QueueRef   `json:"queue,omitempty"`
	Agent   *Person     `json:"agent,omitempty"`
	Detail  ContactStep `json:"detail"`
}

// ContactStep is what else is known of a step; empty fields are not known.
type ContactStep struct {
	Flow       string     `json:"flow,omitempty"`
	Node       string     `json:"node,omitempty"`
	Key        string     `json:"key,omitempty"`
	Position   int        `json:"position,omitempty"`
	ExpectedMS int64      `json:"expected_ms,omitempty"`
	Reason     string     `json:"reason,omitempty"`
	By         Party      `json:"by,omitempty"`
	To         string     `json:"to,omitempty" privacy:"-" doc:"A queue, agent or number of ours; other numbers are masked"`
	Way        string     `json:"way,omitempty"`
	Result     string     `json:"result,omitempty"`
	SIP        int        `json:"sip,omitempty"`
	Q850       int        `json:"q850,omitempty"`
	Recording  *uuid.UUID `json:"recording_id,omitempty"`
	Phone      string     `json:"phone,omitempty" privacy:"-" doc:"Of ours, on which the agent was rung"`
}

// CodeRef is a disposition.
type CodeRef struct {
	ID     uuid.UUID `json:"id"`
	Code   string    `json:"code"`
	Name   string    `json:"name" privacy:"-"`
	NameEN string    `json:"name_en"`
	Path   string    `json:"path" doc:"With what stands above it"`
	PathEN string    `json:"path_en"`
}

// Said is what a contact was about.
type Said struct {
	Revision int64      `json:"revision" doc:"Give it with a change; 0: nothing was said yet"`
	By       *Person    `json:"by,omitempty"`
	At       *time.Time `json:"at"`
	Codes    []CodeRef  `json:"codes" doc:"The main one first"`
}

// RelatedContact is a contact that belongs to another.
type RelatedContact struct {
	ID            uuid.UUID `json:"id"`
	Why           string    `json:"why" enum:"same_caller_7d,parent,by_hand"`
	Began         time.Time `json:"began_at"`
	Outcome       string    `json:"outcome"`
	Queue         *QueueRef `json:"queue,omitempty"`
	Agent         *Person   `json:"agent,omitempty"`
	FirstAgent    *Person   `json:"first_agent,omitempty"`
	Disposition   string    `json:"disposition"`
	DispositionEN string    `json:"disposition_en"`
}

// FirstAsked is who was asked first about what this caller called for in the last seven days, and so answers for it
// (首问负责, I-3).
type FirstAsked struct {
	Agent   Person    `json:"agent"`
	Contact uuid.UUID `json:"contact_id"`
	At      time.Time `json:"at"`
}

// Moments are the first moment of each kind; null: it did not happen.
type Moments struct {
	Answered  *time.Time `json:"answered_at" doc:"By us: the machine"`
	Key       *time.Time `json:"key_at" doc:"The key for an agent: where China's connect-rate clock starts"`
	Enqueued  *time.Time `json:"enqueued_at"`
	Offered   *time.Time `json:"offered_at"`
	Ringing   *time.Time `json:"ringing_at"`
	Accepted  *time.Time `json:"accepted_at"`
	Announced *time.Time `json:"announced_at" doc:"The staff number (报工号): where the connect-rate clock stops"`
	Talking   *time.Time `json:"talking_at"`
	Ended     *time.Time `json:"ended_at"`
	Wrapped   *time.Time `json:"wrapped_at" doc:"The last"`
}

package approval

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/platform/ident"
)

type requestKind struct{}

// RequestID identifies a request.
type RequestID = ident.ID[requestKind]

// Kind is something that one person can ask and another decide. The domain that owns the object declares it.
type Kind struct {
	Name   string // "identity.account"; never changes once released
	ZH, EN string // as people read it: 账号开通
	// Decide is the permission of the one who decides, at the request's centre.
	Decide actor.Permission
	// Steps are the permissions of all decisions, in order, where one is not enough; nil: Decide alone.
	Steps []actor.Permission
	// Expires is how long a request waits for its decision; 0 for 14 days.
	Expires time.Duration
	// Version is that of the payload which Ask writes; 0 for 1. Apply reads older ones, too.
	Version int
	// Grave kinds are decided one by one, after reading, never in bulk.
	Grave bool
	// Single allows one open request about an object at a time.
	Single bool

	// Apply makes the change. It runs in the transaction and context of the last approval. A fault keeps the
	// request open; [Obsolete] closes it as failed.
	Apply func(ctx context.Context, tx pgx.Tx, r Request) error
	// Describe tells a person what would change, old and new, as the object stands now. It is asked for requests
	// that the person may read; it must mask what is personal. nil: nothing but the label.
	Describe func(ctx context.Context, r Request) ([]Detail, error)
	// Closed is told, in the same transaction, that a request ended without being applied. May be nil.
	Closed func(ctx context.Context, tx pgx.Tx, r Request) error
	// Done is told after the commit that a request was decided, so that memories of this process are thrown away at
	// once. It may not be told, when the process dies: events are what others rely on. May be nil.
	Done func(ctx context.Context, r Request)
}

func (k Kind) steps() []actor.Permission {
	if len(k.Steps) > 0 {
		return k.Steps
	}
	return []actor.Permission{k.Decide}
}

// Detail is one line of what a request changes.
type Detail struct {
	Field string `json:"field"`
	ZH    string `json:"zh"`
	EN    string `json:"en"`
	Old   string `json:"old" doc:"Empty when there was nothing before"`
	New   string `json:"new" doc:"Empty when nothing is left"`
	// OldEN and NewEN are for values that have words in English too; empty: the same as Old and New.
	OldEN string `json:"old_en,omitempty"`
	NewEN string `json:"new_en,omitempty"`
}

// Object names what a request is about.
type Object struct {
	ID    string // of the object, or of what is to be made; may be empty for kinds that are not Single
	Label string // as people know it, not personal beyond staff number and name
}

// Ask is a wish.
type Ask struct {
	Kind     string
	Object   Object
	Centre   uuid.UUID // whose deciders decide; none: the nation's
	About    uuid.UUID // the member of staff it is about, who may not decide it; none: nobody
	Reason   string    // 1 to 1,000 characters
	Payload  any       // the change, as JSON; no secrets
	Evidence []string  // where it is written down: document numbers, links; at most 10 of 200 characters
}

// Decision is what a decider says. A refusal needs a comment.
type Decision struct {
	Approve bool
	Comment string // up to 1,000 characters
}

// Person is somebody as a request remembers them.
type Person struct {
	Account uuid.UUID `json:"account_id"`
	Staff   uuid.UUID `json:"staff_id"`
	Number  string    `json:"number" doc:"Staff number; empty for a part of the system"`
	Name    string    `json:"name" privacy:"-"`
}

// Request is a request with what was decided so far.
type Request struct {
	ID        RequestID
	Kind      string
	Object    Object
	Centre    uuid.UUID // none: the nation's
	Province  string
	City      string
	About     uuid.UUID
	Requester Person
	Reason    string
	Evidence  []string
	// Payload is the change as it was asked for, in the version named; see Decode.
	Payload        json.RawMessage
	PayloadVersion int

	State     State
	Step      int              // the one that is decided next, or was decided last; from 1
	Needs     actor.Permission // of that step
	Closed    Person           // who closed it; nobody while open or when time did
	ClosedAt  *time.Time
	Comment   string
	Failure   string // failed: why
	ExpiresAt time.Time
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int
	Steps     []Step // not read by List
}

// Decode reads the payload.
func (r Request) Decode(into any) error {
	if err := json.Unmarshal(r.Payload, into); err != nil {
		return fmt.Errorf("read payload of request %s: %w", r.ID, err)
	}
	return nil
}

// Step is one decision of a request.
type Step struct {
	Number     int
	Permission actor.Permission
	State      State // open, approved or refused
	By         Person
	At         *time.Time
	Comment    string
}

// obsolete carries why a change can never be made any more.
type obsolete struct{ error }

func (o obsolete) Unwrap() error { return o.error }

// Obsolete marks an error of Apply: what was asked for can never be applied any more, because its object is gone
// or was decided otherwise. The request closes as failed instead of staying open. err must be a fault.
func Obsolete(err error) error { return obsolete{err} }

func asObsolete(err error) (error, bool) {
	o, ok := errors.AsType[obsolete](err)
	return o.error, ok
}

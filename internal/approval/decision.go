package approval

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
)

// State is where a request stands.
type State string

// The states; only Open can change.
const (
	Open      State = "open"
	Approved  State = "approved"
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
	Expired   State = "expired"
	Failed    State = "failed"
)

// act is what happens to a request.
type act string

const (
	approveStep act = "approve_step" // another step is left
	approveLast act = "approve"
	refuse      act = "refuse"
	withdraw    act = "withdraw"
	expire      act = "expire"
	fail        act = "fail"
)

// transitions is the whole state machine: what is not in it does not happen.
var transitions = map[State]map[act]State{
	Open: {
		approveStep: Open, approveLast: Approved, refuse: Refused,
		withdraw: Withdrawn, expire: Expired, fail: Failed,
	},
}

// next gives the state after an act, and false where there is no such transition.
func next(s State, a act) (State, bool) {
	to, ok := transitions[s][a]
	return to, ok
}

// person is somebody as far as the rule is concerned.
type person struct{ Account, Staff uuid.UUID }

// same reports the same human being: two accounts of one member of staff are one person.
func (p person) same(o person) bool {
	return p.Account != uuid.Nil && p.Account == o.Account || p.Staff != uuid.Nil && p.Staff == o.Staff
}

// standing is everything about a request on which a decision depends.
type standing struct {
	State     State
	Requester person
	Subject   uuid.UUID // member of staff it is about; none: nobody
	Centre    uuid.UUID // none: the nation's
	Before    []person  // who approved the earlier steps
	ExpiresAt time.Time
}

// decider is who wants to decide: Scope is where they hold the permission that the step needs.
type decider struct {
	person
	Kind  actor.Kind
	Scope actor.Scope
}

// inPlace reports whether the request lies where the decider holds the permission.
func (d decider) inPlace(centre uuid.UUID) bool {
	if centre == uuid.Nil {
		return d.Scope.IsNational()
	}
	return d.Scope.Covers(centre)
}

// mayDecide says why somebody may not decide a request now; nil: they may.
func mayDecide(s standing, d decider, now time.Time) error {
	switch {
	case s.State != Open:
		return ErrClosed
	case d.Kind != actor.Person:
		return ErrPeopleOnly
	case !d.inPlace(s.Centre):
		return ErrNotDecider
	case d.same(s.Requester):
		return ErrOwn
	case s.Subject != uuid.Nil && s.Subject == d.Staff:
		return ErrAboutYou
	case slices.ContainsFunc(s.Before, d.same):
		return ErrTwice
	case !now.Before(s.ExpiresAt):
		return ErrExpired
	}
	return nil
}

// remindAt is when deciders are told again: half-way, but at most a day before the end.
func remindAt(asked, expires time.Time) time.Time {
	half := asked.Add(expires.Sub(asked) / 2)
	if day := expires.Add(-24 * time.Hour); day.After(half) {
		return day
	}
	return half
}

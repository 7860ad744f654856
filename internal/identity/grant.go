package identity

import (
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
)

// held is one assignment as the grants are computed from it.
type held struct {
	Centre      uuid.UUID
	From        time.Time
	Until       *time.Time
	Permissions []actor.Permission
}

// valid reports an assignment that holds at the moment now.
func (h held) valid(now time.Time) bool {
	return !h.From.After(now) && (h.Until == nil || h.Until.After(now))
}

// grants gives what an account may do at a moment: the union of its valid assignments, each in the scope of its
// centre. An account that is not active may do nothing.
func grants(now time.Time, state State, list []held, scopeOf func(centre uuid.UUID) actor.Scope) map[actor.Permission]actor.Scope {
	all := map[actor.Permission]actor.Scope{}
	if state != Active {
		return all
	}
	for _, h := range list {
		if !h.valid(now) {
			continue
		}
		scope := scopeOf(h.Centre)
		if scope.Empty() {
			continue
		}
		for _, p := range h.Permissions {
			all[p] = all[p].Union(scope)
		}
	}
	return all
}

// nextChange gives the first moment after now at which grants differ, or zero.
func nextChange(now time.Time, list []held) time.Time {
	var next time.Time
	consider := func(t time.Time) {
		if t.After(now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, h := range list {
		consider(h.From)
		if h.Until != nil {
			consider(*h.Until)
		}
	}
	return next
}

// narrowed gives the part of the grants that a token lists.
func narrowed(all map[actor.Permission]actor.Scope, listed []actor.Permission) map[actor.Permission]actor.Scope {
	part := make(map[actor.Permission]actor.Scope, len(listed))
	for _, p := range listed {
		if scope, ok := all[p]; ok {
			part[p] = scope
		}
	}
	return part
}

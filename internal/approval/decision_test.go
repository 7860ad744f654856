package approval

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/actor"
)

var (
	states = []State{Open, Approved, Refused, Withdrawn, Expired, Failed}
	acts   = []act{approveStep, approveLast, refuse, withdraw, expire, fail}
	// A small world, so that the same people and centres meet often.
	ids = []uuid.UUID{uuid.Nil, {1}, {2}, {3}}
	now = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
)

func drawPerson(t *rapid.T, label string) person {
	return person{rapid.SampledFrom(ids).Draw(t, label+" account"), rapid.SampledFrom(ids).Draw(t, label+" staff")}
}

func drawCase(t *rapid.T) (standing, decider) {
	scope := rapid.SampledFrom([]actor.Scope{{}, actor.National(), actor.Places(ids[1:2], nil, nil), actor.Places(ids[1:3], nil, nil)}).Draw(t, "scope")
	s := standing{
		State: rapid.SampledFrom(states).Draw(t, "state"), Requester: drawPerson(t, "requester"),
		Subject: rapid.SampledFrom(ids).Draw(t, "subject"), Centre: rapid.SampledFrom(ids).Draw(t, "centre"),
		ExpiresAt: now.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "left")) * time.Hour),
	}
	for range rapid.IntRange(0, 2).Draw(t, "steps before") {
		s.Before = append(s.Before, drawPerson(t, "before"))
	}
	kind := rapid.SampledFrom([]actor.Kind{actor.Person, actor.Program, actor.Machine}).Draw(t, "kind")
	return s, decider{person: drawPerson(t, "decider"), Kind: kind, Scope: scope}
}

func TestWhoeverMayDecideIsSomebodyElseInPlaceAndInTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, d := drawCase(t)
		err := mayDecide(s, d, now)
		is := func(a, b uuid.UUID) bool { return a != uuid.Nil && a == b }
		wrong := s.State != Open || d.Kind != actor.Person || !now.Before(s.ExpiresAt) ||
			is(s.Requester.Account, d.Account) || is(s.Requester.Staff, d.Staff) || is(s.Subject, d.Staff) ||
			d.Scope.Empty() || s.Centre == uuid.Nil && !d.Scope.IsNational() || s.Centre != uuid.Nil && !d.Scope.Covers(s.Centre)
		for _, b := range s.Before {
			wrong = wrong || is(b.Account, d.Account) || is(b.Staff, d.Staff)
		}
		if wrong != (err != nil) {
			t.Fatalf("standing %+v, decider %+v: %v", s, d, err)
		}
	})
}

func TestNobodyDecidesTheirOwnRequestWhateverElseHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, d := drawCase(t)
		d.Account, s.Requester.Account = ids[1], ids[1]
		if mayDecide(s, d, now) == nil {
			t.Fatal("decided their own request")
		}
	})
}

func TestAClosedRequestNeverChanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		state, closed := Open, false
		for _, a := range rapid.SliceOf(rapid.SampledFrom(acts)).Draw(t, "acts") {
			to, ok := next(state, a)
			if closed && ok {
				t.Fatalf("%s changed by %s", state, a)
			}
			if ok {
				state = to
			}
			closed = state != Open
		}
	})
}

func TestEveryActHasItsTransitionAndEveryStateIsReached(t *testing.T) {
	t.Parallel()
	reached := map[State]bool{Open: true}
	for _, a := range acts {
		to, ok := next(Open, a)
		require.True(t, ok, a)
		reached[to] = true
	}
	require.Len(t, reached, len(states))
}

func TestTheReminderComesHalfWayAndAtMostADayBeforeTheEnd(t *testing.T) {
	t.Parallel()
	require.Equal(t, now.Add(time.Hour), remindAt(now, now.Add(2*time.Hour)))
	require.Equal(t, now.Add(9*24*time.Hour), remindAt(now, now.Add(10*24*time.Hour)))
	rapid.Check(t, func(t *rapid.T) {
		expires := now.Add(time.Duration(rapid.Int64Range(1, int64(90*24*time.Hour)).Draw(t, "length")))
		if at := remindAt(now, expires); at.Before(now) || !at.Before(expires) {
			t.Fatalf("reminded at %s for %s", at, expires)
		}
	})
}

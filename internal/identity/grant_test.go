package identity

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/actor"
)

var epoch = time.Date(2026, 11, 16, 4, 0, 0, 0, time.UTC)

// tree is a small organisation: a nation over provinces over cities, by index.
type tree struct {
	ids    []uuid.UUID
	parent []int
}

func (tr tree) scope(id uuid.UUID) actor.Scope {
	at := -1
	for i := range tr.ids {
		if tr.ids[i] == id {
			at = i
		}
	}
	switch {
	case at < 0:
		return actor.Scope{}
	case at == 0:
		return actor.National()
	}
	var below []uuid.UUID
	for i := range tr.ids {
		for up := i; up > 0; up = tr.parent[up] {
			if up == at {
				below = append(below, tr.ids[i])
				break
			}
		}
	}
	return actor.Places(below, nil, nil)
}

func genTree(t *rapid.T) tree {
	n := rapid.IntRange(1, 12).Draw(t, "centres")
	tr := tree{ids: make([]uuid.UUID, n), parent: make([]int, n)}
	for i := range n {
		tr.ids[i] = uuid.New()
		if i > 0 {
			tr.parent[i] = rapid.IntRange(0, i-1).Draw(t, "parent")
		}
	}
	return tr
}

func genHeld(t *rapid.T, tr tree) []held {
	list := make([]held, rapid.IntRange(0, 6).Draw(t, "assignments"))
	for i := range list {
		list[i] = held{
			Centre:      rapid.SampledFrom(tr.ids).Draw(t, "centre"),
			From:        epoch.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "from")) * time.Hour),
			Permissions: rapid.SliceOfN(rapid.SampledFrom([]actor.Permission{"a", "b", "c"}), 0, 3).Draw(t, "permissions"),
		}
		if rapid.Bool().Draw(t, "ends") {
			list[i].Until = ptr(list[i].From.Add(time.Duration(rapid.IntRange(1, 4).Draw(t, "hours")) * time.Hour))
		}
	}
	return list
}

// What is granted covers a centre exactly when some assignment that is valid now brings it there.
func TestGrantsAreTheUnionOfWhatIsValidNow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tr := genTree(t)
		list := genHeld(t, tr)
		got := grants(epoch, Active, list, tr.scope)
		for _, p := range []actor.Permission{"a", "b", "c"} {
			for _, centre := range tr.ids {
				want := false
				for _, h := range list {
					started, ended := !h.From.After(epoch), h.Until != nil && !h.Until.After(epoch)
					brings := false
					for _, q := range h.Permissions {
						brings = brings || q == p
					}
					want = want || started && !ended && brings && tr.scope(h.Centre).Covers(centre)
				}
				require.Equal(t, want, got[p].Covers(centre), "permission %s", p)
			}
		}
	})
}

func TestGrantsOfOneAssignmentAreTheScopeOfItsCentre(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tr := genTree(t)
		centre := rapid.SampledFrom(tr.ids).Draw(t, "centre")
		got := grants(epoch, Active, []held{{Centre: centre, From: epoch, Permissions: []actor.Permission{"a"}}}, tr.scope)
		want := tr.scope(centre)
		require.True(t, got["a"].Within(want) && want.Within(got["a"]))
		require.Equal(t, want.IsNational(), got["a"].IsNational())
	})
}

func TestOnlyAnActiveAccountIsGrantedAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tr := genTree(t)
		list := genHeld(t, tr)
		require.Empty(t, grants(epoch, Suspended, list, tr.scope))
		require.Empty(t, grants(epoch, Left, list, tr.scope))
		require.Empty(t, grants(epoch, Active, []held{{Centre: uuid.New(), From: epoch, Permissions: []actor.Permission{"a"}}}, tr.scope), "an unknown centre")
	})
}

// Between now and the next change nothing changes, and at it something may.
func TestGrantsStayUntilTheNextChange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tr := genTree(t)
		list := genHeld(t, tr)
		next := nextChange(epoch, list)
		until := epoch.Add(100 * time.Hour)
		if !next.IsZero() {
			require.True(t, next.After(epoch))
			until = next.Add(-time.Nanosecond)
		}
		before, after := grants(epoch, Active, list, tr.scope), grants(until, Active, list, tr.scope)
		require.Equal(t, len(before), len(after))
		for p, s := range before {
			require.True(t, s.Within(after[p]) && after[p].Within(s))
		}
	})
}

func TestATokenHasOnlyWhatItListsAndItsOwnerHolds(t *testing.T) {
	t.Parallel()
	all := map[actor.Permission]actor.Scope{"a": actor.National(), "b": actor.National()}
	require.Len(t, narrowed(all, []actor.Permission{"b", "c"}), 1)
	require.True(t, narrowed(all, []actor.Permission{"b", "c"})["b"].IsNational())
	require.Empty(t, narrowed(nil, []actor.Permission{"a"}))
}

func TestFailuresCostGrowingPausesThatEnd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom([]pauses{accountPauses, addressPauses}).Draw(t, "kind")
		now, last := epoch, time.Duration(0)
		var tl tally
		for i := range rapid.IntRange(1, 200).Draw(t, "failures") {
			tl = p.failed(tl, now)
			wait := tl.wait(now)
			require.Equal(t, i+1 <= p.free, wait == 0)
			require.LessOrEqual(t, wait, p.most)
			require.GreaterOrEqual(t, wait, last)
			last = wait
			now = now.Add(wait)
		}
		tl = p.failed(tl, now.Add(p.forget))
		require.Equal(t, 1, tl.Failures, "long ago counts no more")
		require.Zero(t, tl.wait(now.Add(p.forget)))
	})
}

func TestAccountsChangeStateByTheTable(t *testing.T) {
	t.Parallel()
	for from, row := range map[State]map[State]bool{
		Active:    {Active: false, Suspended: true, Left: true},
		Suspended: {Active: true, Suspended: false, Left: true},
		Left:      {Active: false, Suspended: false, Left: false},
	} {
		for to, ok := range row {
			require.Equal(t, ok, mayBecome(from, to) == nil, "%s to %s", from, to)
		}
	}
	require.Error(t, mayBecome(Active, "unknown"))
}

func TestEventsOfOthersForgetWhomTheyConcern(t *testing.T) {
	t.Parallel()
	id := uuid.New()
	require.Equal(t, []uuid.UUID{id}, concerned("identity.account.changed", id.String()).Accounts)
	require.True(t, concerned("identity.session.changed", id.String()).Cut)
	require.Equal(t, []uuid.UUID{id}, concerned("organization.staff.changed", id.String()).Staff)
	require.True(t, concerned("organization.centre.changed", id.String()).All)
	require.True(t, concerned("identity.role.changed", id.String()).All)
	require.Equal(t, forgetting{}, concerned("identity.api_token.changed", id.String()))
	require.Equal(t, forgetting{}, concerned("organization.team.changed", id.String()))
}

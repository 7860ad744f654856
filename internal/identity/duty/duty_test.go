package duty_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/actor"
	"yingda/internal/identity/duty"
)

var (
	rules = []duty.Rule{{ID: "four_eyes", First: "b.request", Second: "a.approve", ZH: "同一人不得既申请又审批", EN: "one person may not request and approve", BuiltIn: true}}
	clerk = duty.Holding{Role: "clerk", RoleZH: "经办", RoleEN: "Clerk", Permissions: []actor.Permission{"b.request", "c.read"}}
	chief = duty.Holding{Role: "chief", RoleZH: "主管", RoleEN: "Chief", Permissions: []actor.Permission{"a.approve", "c.read"}}
)

func TestTwoRolesThatBreakARuleAreNamedWithTheirHalves(t *testing.T) {
	t.Parallel()
	found := duty.Check(rules, []duty.Holding{clerk, chief})
	require.Len(t, found, 1)
	require.Equal(t, actor.Permission("a.approve"), found[0].Rule.First)
	require.Equal(t, []duty.Source{{"chief", "主管", "Chief"}}, found[0].First)
	require.Equal(t, []duty.Source{{"clerk", "经办", "Clerk"}}, found[0].Second)
	require.False(t, found[0].WithinOneRole)
	require.Empty(t, duty.Check(rules, []duty.Holding{clerk}))
	require.Empty(t, duty.Check(rules, []duty.Holding{chief, chief}))
}

func TestOneRoleThatBringsBothHalvesIsSaid(t *testing.T) {
	t.Parallel()
	both := duty.Holding{Role: "all", Permissions: []actor.Permission{"a.approve", "b.request"}}
	found := duty.Check(rules, []duty.Holding{both})
	require.Len(t, found, 1)
	require.True(t, found[0].WithinOneRole)
}

func TestExplainNamesEveryRoleThatBringsAPermission(t *testing.T) {
	t.Parallel()
	all := duty.Explain([]duty.Holding{clerk, chief})
	require.Len(t, all, 3)
	require.Len(t, all["c.read"], 2)
}

// A conflict is there exactly when both halves are in the union, whatever the order of rules, pairs and roles.
func TestCheckAgreesWithTheUnion(t *testing.T) {
	t.Parallel()
	permission := rapid.SampledFrom([]actor.Permission{"a", "b", "c", "d", "e"})
	rapid.Check(t, func(t *rapid.T) {
		var rs []duty.Rule
		for range rapid.IntRange(0, 4).Draw(t, "rules") {
			a, b := permission.Draw(t, "first"), permission.Draw(t, "second")
			if a != b {
				rs = append(rs, duty.Rule{First: a, Second: b})
			}
		}
		var hs []duty.Holding
		union := map[actor.Permission]bool{}
		for i := range rapid.IntRange(0, 4).Draw(t, "roles") {
			h := duty.Holding{Role: string(rune('p' + i)), Permissions: rapid.SliceOfN(permission, 0, 4).Draw(t, "permissions")}
			for _, p := range h.Permissions {
				union[p] = true
			}
			hs = append(hs, h)
		}
		want := 0
		for _, r := range rs {
			if union[r.First] && union[r.Second] {
				want++
			}
		}
		got := duty.Check(rs, hs)
		require.Len(t, got, want)
		slices.Reverse(rs)
		slices.Reverse(hs)
		require.Len(t, duty.Check(rs, hs), want)
		for _, c := range got {
			require.NotEmpty(t, c.First)
			require.NotEmpty(t, c.Second)
			require.LessOrEqual(t, c.Rule.First, c.Rule.Second)
		}
	})
}

package actor_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/actor"
	"yingda/internal/platform/fault"
)

const (
	read  actor.Permission = "thing.read"
	write actor.Permission = "thing.write"
)

func TestNobodyIsRefused(t *testing.T) {
	t.Parallel()
	require.Nil(t, actor.From(t.Context()))
	_, err := actor.Allow(t.Context(), read)
	require.ErrorIs(t, err, actor.ErrUnauthenticated)
	_, err = actor.Require(t.Context())
	require.ErrorIs(t, err, actor.ErrUnauthenticated)
}

func TestAPermissionHoldsWhereItWasGiven(t *testing.T) {
	t.Parallel()
	here, elsewhere := uuid.New(), uuid.New()
	a := actor.New(actor.Actor{Kind: actor.Person, Number: "1001"}, map[actor.Permission]actor.Scope{
		read: actor.Places([]uuid.UUID{here}, nil, []string{"440100"}), write: {},
	})
	ctx := actor.With(t.Context(), a)
	scope, err := actor.Allow(ctx, read)
	require.NoError(t, err)
	require.True(t, scope.Covers(here))
	require.False(t, scope.Covers(elsewhere))
	require.Equal(t, []actor.Permission{read}, a.Permissions(), "a permission held nowhere is not held")

	_, err = actor.Allow(ctx, write)
	require.ErrorIs(t, err, actor.ErrDenied)
	f, ok := fault.As(err)
	require.True(t, ok)
	require.Contains(t, f.Message, "thing.write", "the refusal names what is missing")
	require.NotEmpty(t, f.Remedy)
}

func TestSomethingPendingComesFirst(t *testing.T) {
	t.Parallel()
	ctx := actor.With(t.Context(), actor.New(actor.Actor{Kind: actor.Person, Pending: "identity.must_change_password"},
		map[actor.Permission]actor.Scope{read: actor.National()}))
	_, err := actor.Allow(ctx, read)
	f, ok := fault.As(err)
	require.True(t, ok)
	require.Equal(t, fault.Denied, f.Kind)
	require.Equal(t, "identity.must_change_password", f.Code)
	_, err = actor.Require(ctx)
	require.Error(t, err)
	require.NotNil(t, actor.From(ctx), "who it is can still be seen")
}

func TestAPartOfTheSystemMayDoOnlyWhatIsListed(t *testing.T) {
	t.Parallel()
	ctx := actor.With(t.Context(), actor.System("thing.sweep", read))
	scope, err := actor.Allow(ctx, read)
	require.NoError(t, err)
	require.True(t, scope.IsNational())
	_, err = actor.Allow(ctx, write)
	require.ErrorIs(t, err, actor.ErrDenied)
	require.Equal(t, actor.Machine, actor.From(ctx).Kind)
	require.Equal(t, "thing.sweep", actor.From(ctx).Name)
}

func TestGrantsAreNotShared(t *testing.T) {
	t.Parallel()
	grants := map[actor.Permission]actor.Scope{read: actor.National()}
	a := actor.New(actor.Actor{}, grants)
	grants[write] = actor.National()
	require.True(t, a.Scope(write).Empty())
}

func TestAReadyRoleIsNamedOnceInBothLanguages(t *testing.T) {
	t.Parallel()
	seen := map[actor.Role]bool{}
	for _, r := range actor.ReadyRoles() {
		require.False(t, seen[r.Role], r.Role)
		seen[r.Role] = true
		require.NotEmpty(t, r.Levels, r.Role)
		require.NotEmpty(t, r.ZH)
		require.NotEmpty(t, r.EN)
	}
	require.Len(t, seen, 28)
}

// The country of the properties below: four provinces of four cities, each with a centre.
var country = func() (all []place) {
	for p := 1; p <= 4; p++ {
		for c := 1; c <= 4; c++ {
			all = append(all, place{uuid.New(), fmt.Sprintf("%d%d0000", p, p), fmt.Sprintf("%d%d0%d00", p, p, c)})
		}
	}
	return all
}()

type place struct {
	centre         uuid.UUID
	province, city string
}

func drawScope(t *rapid.T, label string) actor.Scope {
	if rapid.IntRange(0, 9).Draw(t, label+" national") == 0 {
		return actor.National()
	}
	var centres []uuid.UUID
	var provinces, cities []string
	for i, p := range country {
		switch rapid.IntRange(0, 5).Draw(t, fmt.Sprint(label, i)) {
		case 0:
			centres = append(centres, p.centre)
		case 1:
			cities = append(cities, p.city)
		case 2:
			provinces = append(provinces, p.province)
		}
	}
	return actor.Places(centres, provinces, cities)
}

func TestAUnionCoversWhatEitherCovers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawScope(t, "a"), drawScope(t, "b")
		u := a.Union(b)
		for _, p := range country {
			require.Equal(t, a.Covers(p.centre) || b.Covers(p.centre), u.Covers(p.centre))
			require.Equal(t, a.CoversPlace(p.province, p.city) || b.CoversPlace(p.province, p.city), u.CoversPlace(p.province, p.city))
			require.Equal(t, a.CoversPlace(p.province, "") || b.CoversPlace(p.province, ""), u.CoversPlace(p.province, ""))
		}
		require.Equal(t, a.CoversPlace("", "") || b.CoversPlace("", ""), u.CoversPlace("", ""), "what is the nation's")
		require.True(t, a.Within(u))
		require.True(t, b.Within(u))
		require.Equal(t, a.Empty() && b.Empty(), u.Empty())
	})
}

func TestWithinMeansNothingOutside(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawScope(t, "a"), drawScope(t, "b")
		if !a.Within(b) {
			return
		}
		for _, p := range country {
			require.False(t, a.Covers(p.centre) && !b.Covers(p.centre))
			require.False(t, a.CoversPlace(p.province, p.city) && !b.CoversPlace(p.province, p.city))
		}
		require.False(t, a.IsNational() && !b.IsNational())
	})
}

func TestListsForSQLAreSortedAndNeverNil(t *testing.T) {
	t.Parallel()
	for _, s := range []actor.Scope{{}, actor.National(), actor.Places(nil, []string{"b", "a", "b"}, nil)} {
		require.NotNil(t, s.Centres())
		require.NotNil(t, s.Cities())
		require.NotNil(t, s.Provinces())
	}
	require.Equal(t, []string{"a", "b"}, actor.Places(nil, []string{"b", "a", "b"}, nil).Provinces())
}

func BenchmarkAllow(b *testing.B) {
	grants := map[actor.Permission]actor.Scope{}
	for i := range 100 {
		grants[actor.Permission(fmt.Sprintf("domain.thing%d.read", i))] = actor.National()
	}
	ctx := actor.With(context.Background(), actor.New(actor.Actor{}, grants))
	for b.Loop() {
		if _, err := actor.Allow(ctx, "domain.thing42.read"); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleAllow() {
	ctx := actor.With(context.Background(), actor.System("thing.import", read))
	scope, err := actor.Allow(ctx, read)
	fmt.Println(scope.IsNational(), err)
	_, err = actor.Allow(ctx, write)
	fmt.Println(err)
	// Output:
	// true <nil>
	// actor.denied: you may not do this: it needs the permission thing.write
}

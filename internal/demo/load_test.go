package demo_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/demo"
	"yingda/internal/organization"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
)

func loaded(t testing.TB, staff int) (*organization.Service, demo.Load) {
	t.Helper()
	pool := postgrestest.New(t)
	units := organization.New(organization.Config{Pool: pool})
	require.NoError(t, units.Prepare(t.Context()))
	var l demo.Load
	require.NoError(t, postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		l, err = demo.FillLoad(ctx, tx, units, staff)
		return err
	}))
	return units, l
}

// readerAt may read what is at a centre and below it.
func readerAt(t testing.TB, units *organization.Service, centre organization.CentreID) context.Context {
	t.Helper()
	tree, err := units.Tree(t.Context())
	require.NoError(t, err)
	scope := tree.Scope(centre)
	return actor.With(t.Context(), actor.New(actor.Actor{Kind: actor.Person}, map[actor.Permission]actor.Scope{organization.StaffRead: scope}))
}

func TestTheLoadIsAsLargeAsAskedFor(t *testing.T) {
	t.Parallel()
	units, l := loaded(t, 1000)
	require.GreaterOrEqual(t, len(l.Provinces), 31)
	require.Greater(t, len(l.Cities), 330)
	require.Len(t, l.Staff, 1000)
	all := 0
	for _, p := range append(l.Provinces, l.Nation) {
		list, err := units.ListStaff(readerAt(t, units, p), organization.StaffFilter{Limit: 2000})
		require.NoError(t, err)
		if p == l.Nation {
			require.Len(t, list, 1000)
			continue
		}
		all += len(list)
	}
	require.Greater(t, all, 900, "the provinces have all but those of the national centre")
}

// BenchmarkScopedList is the list of staff among 50,000 as provinces, cities and the nation ask for it.
func BenchmarkScopedList(b *testing.B) {
	units, l := loaded(b, 50_000)
	for who, centre := range map[string]organization.CentreID{"nation": l.Nation, "province": l.Provinces[18], "city": l.Cities[200]} {
		ctx := readerAt(b, units, centre)
		for what, f := range map[string]organization.StaffFilter{
			"first": {}, "middle": {After: "L0025000"}, "name": {Query: "王"}, "initials": {Query: "zs"}, "front": {Class: organization.Front},
			"last": {After: "L0049900"}, "none": {Query: "zzzz"},
		} {
			b.Run(who+"/"+what, func(b *testing.B) {
				for b.Loop() {
					if _, err := units.ListStaff(ctx, f); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

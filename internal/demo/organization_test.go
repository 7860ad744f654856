package demo_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/demo"
	"yingda/internal/organization"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

func TestTheDemonstrationIsMadeOnceAndIsWhole(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	units := organization.New(organization.Config{Pool: pool})
	require.NoError(t, units.Prepare(t.Context()))
	now := time.Now()
	fill := func() {
		require.NoError(t, postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
			return demo.FillOrganization(ctx, tx, units, now)
		}))
	}
	count := func(what string) (n int) {
		require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM "+what).Scan(&n))
		return n
	}
	fill()
	before := count("audit.entry")
	fill()
	require.Equal(t, before, count("audit.entry"), "a second time does nothing")
	require.Equal(t, []int{1, 2, 5}, []int{
		count("organization.centre WHERE level = 'nation'"), count("organization.centre WHERE level = 'province'"), count("organization.centre WHERE level = 'city'"),
	})
	require.Equal(t, 60, count("organization.staff WHERE team_id IS NOT NULL"))
	require.Equal(t, 3, count("organization.team WHERE leader_id IS NOT NULL AND shift IN ('early', 'late', 'night')"))
	require.Zero(t, count("organization.staff WHERE mobile !~ '^154[0-9]{8}$'"), "numbers that nobody has")
	require.Equal(t, 3, count("(SELECT DISTINCT class FROM organization.post) c"))
	holders, acknowledged := count("organization.staff s JOIN organization.job_description d ON d.post_id = s.post_id AND d.state = 'issued'"), count("organization.acknowledgement")
	require.Less(t, acknowledged, holders)
	require.Greater(t, acknowledged, holders*7/10, "mostly acknowledged")

	reader := actor.With(t.Context(), actor.System("test", organization.StaffRead, organization.SkillRead, organization.PostRead))
	tree, err := units.Tree(t.Context())
	require.NoError(t, err)
	root, ok := tree.Root()
	require.True(t, ok)
	require.Contains(t, root.Name, demo.Operator)
	ending, err := units.Expiring(reader, 30, organization.ExpiringAfter{}, 100)
	require.NoError(t, err)
	require.NotEmpty(t, ending)
	found, err := units.ListStaff(reader, organization.StaffFilter{Query: "abdrhm"})
	require.NoError(t, err)
	require.Len(t, found, 1, "the overlong name is there")
}

func BenchmarkFillOrganization(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		pool := postgrestest.New(b)
		units := organization.New(organization.Config{Pool: pool})
		require.NoError(b, units.Prepare(b.Context()))
		b.StartTimer()
		require.NoError(b, postgres.InTx(b.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
			return demo.FillOrganization(ctx, tx, units, time.Now())
		}))
	}
}

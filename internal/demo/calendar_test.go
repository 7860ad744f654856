package demo_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/calendar"
	"yingda/internal/demo"
	"yingda/internal/organization"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/setting"
)

func TestTheDemonstrationHasWorkingTimeAndCodes(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	units := organization.New(organization.Config{Pool: pool})
	require.NoError(t, units.Prepare(t.Context()))
	now := time.Date(2026, time.March, 2, 1, 0, 0, 0, time.UTC)
	require.NoError(t, postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		return demo.FillOrganization(ctx, tx, units, now)
	}))
	settings := setting.New(setting.Config{
		Pool: pool, Organization: units, Registry: setting.NewRegistry(calendar.Definitions(), setting.Definitions()), Clock: clock.System(), Logger: slog.New(slog.DiscardHandler),
	})
	trees := actor.With(t.Context(), actor.System("test", setting.TreeRead, setting.TreeEdit))
	for _, key := range []string{"contact.reason", "workorder.category", "complaint.cause"} {
		require.NoError(t, settings.Declare(trees, setting.TreeDefinition{Key: key, ZH: key, Levels: 4}))
	}
	hours := calendar.New(calendar.Config{Pool: pool, Organization: units, Settings: settings, Clock: clock.System(), Logger: slog.New(slog.DiscardHandler)})
	for range 2 { // a second time does nothing
		require.NoError(t, demo.FillCalendar(t.Context(), hours, units, now))
		require.NoError(t, demo.FillTrees(t.Context(), settings, units))
	}

	tree, err := units.Tree(t.Context())
	require.NoError(t, err)
	root, _ := tree.Root()
	require.NoError(t, hours.Refresh(t.Context()))
	of, err := hours.Of(t.Context(), root.ID)
	require.NoError(t, err)
	// Friday 17:00 and two working hours: half an hour is left, the rest is on Monday from 08:30.
	zone := time.FixedZone("", 8*3600)
	due, err := of.Add(time.Date(2026, time.March, 6, 17, 0, 0, 0, zone), 2*time.Hour)
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, time.March, 9, 10, 0, 0, 0, zone).Unix(), due.Unix())

	reasons, err := settings.CodeTree(trees, "contact.reason", root.ID, time.Now())
	require.NoError(t, err)
	require.Len(t, reasons.Selectable(), 11)
}

package demo_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/demo"
	"yingda/internal/organization"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/secret"
	"yingda/internal/voice"
	"yingda/internal/voice/ending"
)

func TestTheDemonstrationsCallsLeadSomewhere(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	units := organization.New(organization.Config{Pool: pool})
	require.NoError(t, units.Prepare(t.Context()))
	require.NoError(t, postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		return demo.FillOrganization(ctx, tx, units, time.Now())
	}))
	blobs, err := blob.NewFiles(blob.FilesConfig{Dir: t.TempDir()})
	require.NoError(t, err)
	ring, err := secret.Load(t.Context(), secret.Config{Dir: t.TempDir(), Clock: clock.System(), Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	voices := voice.New(voice.Config{Pool: pool, Organization: units, Blobs: blobs, Ring: ring})
	require.NoError(t, demo.Voice(t.Context(), voices, units))
	require.NoError(t, demo.Voice(t.Context(), voices, units), "a second time does nothing")

	tables := voices.Tables()
	require.Len(t, tables.Trunks, 2)
	require.Equal(t, 9, tables.Phones())
	hotline := tables.Resolve("961540", false)
	require.Equal(t, voice.ActPrompt, hotline.Act)
	sound, err := voices.OpenPrompt(t.Context(), hotline.Prompt)
	require.NoError(t, err)
	require.NoError(t, sound.Close())
	require.Equal(t, voice.ActEcho, tables.Resolve("9000", false).Act)
	require.Equal(t, "8001", tables.Resolve("961548", false).Phone.Number)
	require.Equal(t, ending.BusyReason, tables.Resolve("961549", false).Cause)
	require.Equal(t, "DEMO", tables.Resolve("015400001234", true).Group)
	require.Equal(t, ending.Forbidden, tables.Resolve("015400001234", false).Cause, "nobody outside calls others at our cost")
	ctx := actor.With(t.Context(), actor.System("demo.test", voice.TrunkRead))
	list, err := voices.ListTrunks(ctx, voice.TrunkFilter{})
	require.NoError(t, err)
	for _, trunk := range list {
		require.Regexp(t, `^127\.0\.0\.1:`, trunk.Hosts[0], "the demonstration calls nobody")
	}
}

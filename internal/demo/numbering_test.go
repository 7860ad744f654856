package demo_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"yingda/internal/demo"
	"yingda/internal/numbering"
	"yingda/internal/numbering/called"
	"yingda/internal/numbering/home"
	"yingda/internal/organization"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
)

func TestTheDemonstrationsNumbersAnswer(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	units := organization.New(organization.Config{Pool: pool})
	require.NoError(t, units.Prepare(t.Context()))
	now := time.Now()
	require.NoError(t, postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		return demo.FillOrganization(ctx, tx, units, now)
	}))
	blobs, err := blob.NewFiles(blob.FilesConfig{Dir: t.TempDir()})
	require.NoError(t, err)
	numbers := numbering.New(numbering.Config{Pool: pool, Organization: units, Blobs: blobs})
	require.NoError(t, demo.Numbering(t.Context(), numbers, units, now))
	before := numbers.Tables()
	require.NoError(t, demo.Numbering(t.Context(), numbers, units, now))
	require.Equal(t, before.Called, numbers.Tables().Called, "a second time does nothing")
	require.Equal(t, 500, before.Segments)
	require.Equal(t, 5, before.Ported)

	now = time.Now() // service areas hold from when they were made
	tree, err := units.Tree(t.Context())
	require.NoError(t, err)
	caller, err := numbering.ParsePhone("15400009999", "")
	require.NoError(t, err)
	require.Equal(t, home.BySegment, numbers.Home(caller, now).Source)
	ported, err := numbering.ParsePhone("15400001234", "")
	require.NoError(t, err)
	require.Equal(t, home.ByPorted, numbers.Home(ported, now).Source)
	hotline, err := numbering.ParsePhone("961540", "")
	require.NoError(t, err)
	answer, err := numbers.Called(t.Context(), hotline, numbering.CameFrom{Caller: caller}, now)
	require.NoError(t, err)
	require.True(t, answer.Known)
	require.True(t, answer.Answers)
	require.True(t, answer.Why.ByArea, "a service area of the demonstration names %s", answer.Centre.Name)
	_, there := tree.Centre(answer.Centre.ID)
	require.True(t, there)
	old, err := numbering.ParsePhone("114", "")
	require.NoError(t, err)
	answer, err = numbers.Called(t.Context(), old, numbering.CameFrom{Caller: caller}, now)
	require.NoError(t, err)
	require.Equal(t, numbering.Transfer, answer.Called.MergeMethod)
	require.Equal(t, called.Chosen, answer.Why.Considered[0].Verdict)
}

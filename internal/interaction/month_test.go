package interaction_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/postgres/postgrestest"
)

func TestMonthsAreMadeOnceAndDroppedWhole(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	months := func() (n int) {
		require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_inherits WHERE inhparent = 'interaction.hop'::regclass`).Scan(&n))
		return n
	}
	for _, m := range []time.Time{
		time.Date(2026, 10, 31, 23, 59, 59, 0, time.UTC), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC), time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC),
	} {
		_, err := pool.Exec(t.Context(), `SELECT interaction.make_month($1)`, m)
		require.NoError(t, err)
	}
	require.Equal(t, 3, months())
	var gone int
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT interaction.drop_months($1)`, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)).Scan(&gone))
	require.Equal(t, 2, gone)
	require.Equal(t, 1, months())
}

package postgrestest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/postgres/postgrestest"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

func TestNewGivesAMigratedDatabaseToEachTest(t *testing.T) {
	t.Parallel()
	one, two := postgrestest.New(t), postgrestest.New(t)
	_, err := one.Exec(t.Context(), "CREATE TABLE mine (id bigint)")
	require.NoError(t, err)
	var there bool
	require.NoError(t, two.QueryRow(t.Context(), "SELECT to_regclass('mine') IS NOT NULL").Scan(&there))
	require.False(t, there, "another test does not see the table")
	require.NoError(t, one.QueryRow(t.Context(), "SELECT to_regclass('river.river_job') IS NOT NULL").Scan(&there))
	require.True(t, there, "migrations have run")
}

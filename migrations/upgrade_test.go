package migrations_test

import (
	"os"
	"testing"

	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/migrations"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

// TestMigrationsKeepWhatAnOlderProgramWrote runs each migration that has a pair of files in testdata
// over the rows of the program before it.
func TestMigrationsKeepWhatAnOlderProgramWrote(t *testing.T) {
	t.Parallel()
	postgrestest.Upgrades(t, migrations.Files, os.DirFS("testdata"))
}

package postgres_test

import (
	"io/fs"
	"math"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/migrations"
)

func sqlFile(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// history is a small database's: the second migration constrains rows of the first.
func history() fstest.MapFS {
	return fstest.MapFS{
		"20260101000000_begin.sql": sqlFile("-- +goose Up\nCREATE TABLE person (id bigint PRIMARY KEY, name text);"),
		"20260201000000_name_required.sql": sqlFile(`-- +goose Up
UPDATE person SET name = '未知' WHERE name IS NULL;
ALTER TABLE person ALTER COLUMN name SET NOT NULL;`),
		"20260301000000_index.sql": sqlFile("-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY person_name_idx ON person (name);"),
	}
}

func TestMigrateByManyNodesAtOnceHappensOnce(t *testing.T) {
	t.Parallel()
	address := postgrestest.Create(t, "template0")
	files := history()
	files["20260401000000_once.sql"] = sqlFile("-- +goose Up\nINSERT INTO person VALUES (1, '只有一次');")
	var wg sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		pool, err := postgres.Open(t.Context(), postgres.Options{URL: address, MaxConns: 2})
		require.NoError(t, err)
		defer pool.Close()
		wg.Go(func() {
			for range 2 {
				if err := postgres.MigrateTo(t.Context(), pool, quiet, files, math.MaxInt64); err != nil {
					errs[i] = err
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	pool, err := postgres.Open(t.Context(), postgres.Options{URL: address, MaxConns: 2})
	require.NoError(t, err)
	defer pool.Close()
	require.Equal(t, 1, count(t, pool, "SELECT count(*) FROM person"))
	require.Equal(t, 4, count(t, pool, "SELECT count(*) FROM schema_version WHERE version_id > 0"))
	require.Equal(t, 1, count(t, pool, "SELECT count(*) FROM pg_class WHERE oid = 'river.river_job'::regclass"))
}

func TestMigrateRefusesTheDatabaseOfANewerProgram(t *testing.T) {
	t.Parallel()
	pool := postgrestest.Empty(t)
	require.NoError(t, postgres.MigrateTo(t.Context(), pool, quiet, history(), math.MaxInt64))
	older := history()
	delete(older, "20260301000000_index.sql")
	older["20260115000000_mine.sql"] = sqlFile("-- +goose Up\nDROP TABLE person;")
	err := postgres.MigrateTo(t.Context(), pool, quiet, older, math.MaxInt64)
	requireFault(t, err, "postgres.schema_newer", "a newer version has run here", "20260301000000", "restore")
	require.Zero(t, count(t, pool, "SELECT count(*) FROM person"), "nothing was touched")
}

func TestMigrationThatFailsIsNamedAndCanBeRepeated(t *testing.T) {
	t.Parallel()
	pool := postgrestest.Empty(t)
	broken := history()
	broken["20260201000000_name_required.sql"] = sqlFile("-- +goose Up\nCREATE TABLE half (id bigint);\nSELECT 1/0;")
	err := postgres.MigrateTo(t.Context(), pool, quiet, broken, math.MaxInt64)
	require.ErrorContains(t, err, "migration 20260201000000")
	require.Equal(t, 1, count(t, pool, "SELECT (to_regclass('half') IS NULL)::int"), "rolled back")
	require.NoError(t, postgres.MigrateTo(t.Context(), pool, quiet, history(), math.MaxInt64))
}

func TestPendingMigrationsTellsWhatMigrateWouldDo(t *testing.T) {
	t.Parallel()
	pool := postgrestest.Empty(t)
	pending, err := postgres.PendingMigrations(t.Context(), pool)
	require.NoError(t, err)
	own, err := fs.Glob(migrations.Files, "*.sql")
	require.NoError(t, err)
	require.Greater(t, len(pending), len(own), "our own and those of the job queue")
	require.Contains(t, pending, "20261120000100")
	require.Contains(t, pending, "river 1")
	require.Equal(t, 1, count(t, pool, "SELECT (to_regclass('schema_version') IS NULL)::int"), "asking changes nothing")

	require.NoError(t, postgres.Migrate(t.Context(), pool, quiet))
	pending, err = postgres.PendingMigrations(t.Context(), pool)
	require.NoError(t, err)
	require.Empty(t, pending)
}

func TestMigrationsRunOverOldRows(t *testing.T) {
	t.Parallel()
	postgrestest.Upgrades(t, history(), fstest.MapFS{
		"20260101000000.before.sql": sqlFile("SELECT 1"),
		"20260101000000.after.sql":  sqlFile("SELECT 'the table is empty', count(*) = 0 FROM person"),
		"20260201000000.before.sql": sqlFile("INSERT INTO person VALUES (1, '张三'); INSERT INTO person VALUES (2, NULL);"),
		"20260201000000.after.sql": sqlFile(`SELECT 'names are kept', name = '张三' FROM person WHERE id = 1
			UNION ALL SELECT 'missing names are filled', name = '未知' FROM person WHERE id = 2`),
	})
}

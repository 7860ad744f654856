package postgrestest

import (
	"io/fs"
	"log/slog"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/postgres"
)

const (
	beforeSuffix = ".before.sql"
	afterSuffix  = ".after.sql"
)

// Upgrades tests migrations over the rows that an older program left. For each pair of files
//
//	<version>.before.sql   statements, run when all migrations before <version> have been applied
//	<version>.after.sql    one query of rows (claim text, holds boolean), asked after <version>
//
// in fixtures it makes a database, and fails when the migration fails, a claim does not hold, nothing
// is claimed, or a later migration does not get over the same rows. A migration that changes existing
// rows or constrains them gets such a pair.
func Upgrades(t *testing.T, files, fixtures fs.FS) {
	t.Helper()
	names, err := fs.Glob(fixtures, "*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, names, "there are no fixtures")
	versions := versionsOf(t, files)
	for _, name := range names {
		number, isBefore := strings.CutSuffix(name, beforeSuffix)
		if !isBefore {
			number, _ = strings.CutSuffix(name, afterSuffix)
			require.Contains(t, names, number+beforeSuffix, "%s has no partner", name)
			continue
		}
		version, err := strconv.ParseInt(number, 10, 64)
		require.NoError(t, err, "%s is not named by a version", name)
		require.Contains(t, versions, version, "%s belongs to no migration", name)
		t.Run(number, func(t *testing.T) {
			t.Parallel()
			upgrade(t, files, fixtures, versions, version)
		})
	}
}

func versionsOf(t *testing.T, files fs.FS) []int64 {
	t.Helper()
	names, err := fs.Glob(files, "*.sql")
	require.NoError(t, err)
	var versions []int64
	for _, name := range names {
		v, err := goose.NumericComponent(path.Base(name))
		require.NoError(t, err)
		versions = append(versions, v)
	}
	slices.Sort(versions)
	return versions
}

func upgrade(t *testing.T, files, fixtures fs.FS, versions []int64, version int64) {
	t.Helper()
	pool := Empty(t)
	at := slices.Index(versions, version)
	if at > 0 {
		migrate(t, pool, files, versions[at-1])
	}
	prefix := strconv.FormatInt(version, 10)
	before, err := fs.ReadFile(fixtures, prefix+beforeSuffix)
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), string(before))
	require.NoError(t, err, "put the old rows")

	migrate(t, pool, files, version)

	after, err := fs.ReadFile(fixtures, prefix+afterSuffix)
	require.NoError(t, err)
	rows, err := pool.Query(t.Context(), string(after))
	require.NoError(t, err)
	claims, err := pgx.CollectRows(rows, pgx.RowToStructByPos[claim])
	require.NoError(t, err)
	require.NotEmpty(t, claims, "%s%s claims nothing", prefix, afterSuffix)
	for _, c := range claims {
		require.True(t, c.Holds, "after migration %d: %s", version, c.Text)
	}
	migrate(t, pool, files, math.MaxInt64)
}

// claim is one row of an after file.
type claim struct {
	Text  string
	Holds bool
}

func migrate(t *testing.T, pool *pgxpool.Pool, files fs.FS, to int64) {
	t.Helper()
	err := postgres.MigrateTo(t.Context(), pool, slog.New(slog.DiscardHandler), files, to)
	require.NoError(t, err)
}

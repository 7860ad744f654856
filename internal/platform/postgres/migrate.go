package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/migrations"
)

const (
	// versionTable is goose's list of applied migrations; selectApplied reads it.
	versionTable  = "public.schema_version"
	selectApplied = "SELECT DISTINCT version_id FROM public.schema_version WHERE is_applied AND version_id > 0"
	// riverSchema holds the tables of the job queue.
	riverSchema = "river"
	// migrationLock is the key of the advisory lock that lets one node migrate; any constant will do.
	migrationLock int64 = 0x59494e474441 // "YINGDA"
	lockInterval        = 50 * time.Millisecond
)

// Migrate brings the schema up to date: the program's migrations, then those of the job queue. Nodes
// that start together wait for the first one and find nothing left to do. A database in which a newer
// program has migrated is refused, untouched. A migration that fails is rolled back and named; those
// before it stay, and the next start goes on from there.
func Migrate(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	return MigrateTo(ctx, pool, log, migrations.Files, math.MaxInt64)
}

// MigrateTo is Migrate with other migrations and up to a version; for tests that put rows of an older
// program into a database (postgrestest.Upgrade).
func MigrateTo(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger, files fs.FS, version int64) error {
	unlock, err := lockMigrations(ctx, pool)
	if err != nil {
		return err
	}
	defer unlock()
	if err := refuseNewer(ctx, pool, files); err != nil {
		return err
	}
	if err := migrateOwn(ctx, pool, log, files, version); err != nil {
		return err
	}
	return migrateRiver(ctx, pool, log)
}

func migrateOwn(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger, files fs.FS, version int64) error {
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close() // gives connections back to the pool, which stays open
	// No locker of goose's: ours also covers the job queue's migrations.
	p, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	results, err := p.UpTo(ctx, version)
	if partial, ok := errors.AsType[*goose.PartialError](err); ok {
		results = partial.Applied
		err = fmt.Errorf("migration %d: %w", partial.Failed.Source.Version, partial.Err)
	}
	for _, r := range results {
		log.Info("migrated the database", "version", r.Source.Version, "took", r.Duration)
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

func riverMigrator(pool *pgxpool.Pool) (*rivermigrate.Migrator[pgx.Tx], error) {
	return rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{
		Schema: riverSchema, Logger: slog.New(slog.DiscardHandler),
	})
}

func migrateRiver(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	m, err := riverMigrator(pool)
	if err == nil {
		_, err = pool.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS river")
	}
	var result *rivermigrate.MigrateResult
	if err == nil {
		result, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	if err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	if n := len(result.Versions); n > 0 {
		log.Info("migrated the job queue", "version", result.Versions[n-1].Version)
	}
	return nil
}

// lockMigrations takes the lock on a connection of its own. It asks again and again instead of waiting
// inside the server: a waiting statement holds a snapshot, and CREATE INDEX CONCURRENTLY of the node
// that migrates would wait for that snapshot: a deadlock.
func lockMigrations(ctx context.Context, pool *pgxpool.Pool) (unlock func(), err error) {
	conn, err := pgx.ConnectConfig(ctx, pool.Config().ConnConfig)
	if err != nil {
		return nil, connectFault(pool.Config().ConnConfig, err)
	}
	// The lock ends with the connection.
	unlock = func() { _ = conn.Close(context.WithoutCancel(ctx)) }
	for {
		var got bool
		err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", migrationLock).Scan(&got)
		if err == nil && got {
			return unlock, nil
		}
		if err == nil {
			err = clock.Sleep(ctx, clock.System(), lockInterval)
		}
		if err != nil {
			unlock()
			return nil, fmt.Errorf("lock the migrations: %w", err)
		}
	}
}

func refuseNewer(ctx context.Context, pool *pgxpool.Pool, files fs.FS) error {
	known, err := knownVersions(files)
	if err != nil {
		return err
	}
	applied, err := appliedVersions(ctx, pool)
	if err != nil || len(applied) == 0 {
		return err
	}
	newest := slices.Max(applied)
	if len(known) > 0 && newest <= slices.Max(known) {
		return nil
	}
	return fault.New(fault.Conflict, "postgres.schema_newer",
		"a newer version has run here: the database is at migration %d, which this program does not know", newest).
		WithRemedy("start the newer program; going back needs a restore of the backup made before the upgrade")
}

// PendingMigrations lists what Migrate would do, oldest first: versions of the program's migrations,
// and "river N" for the job queue's. It changes nothing.
func PendingMigrations(ctx context.Context, pool *pgxpool.Pool) ([]string, error) {
	known, err := knownVersions(migrations.Files)
	if err != nil {
		return nil, err
	}
	applied, err := appliedVersions(ctx, pool)
	if err != nil {
		return nil, err
	}
	var pending []string
	for _, v := range known {
		if !slices.Contains(applied, v) {
			pending = append(pending, fmt.Sprint(v))
		}
	}
	river, err := pendingRiver(ctx, pool)
	return append(pending, river...), err
}

func pendingRiver(ctx context.Context, pool *pgxpool.Pool) ([]string, error) {
	m, err := riverMigrator(pool)
	if err != nil {
		return nil, fmt.Errorf("migrations of the job queue: %w", err)
	}
	existing, err := m.ExistingVersions(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrations of the job queue: %w", err)
	}
	var pending []string
	for _, want := range m.AllVersions() {
		if !slices.ContainsFunc(existing, func(e rivermigrate.Migration) bool { return e.Version == want.Version }) {
			pending = append(pending, fmt.Sprintf("river %d", want.Version))
		}
	}
	return pending, nil
}

// appliedVersions is empty for a database in which nothing has run.
func appliedVersions(ctx context.Context, pool *pgxpool.Pool) ([]int64, error) {
	var there bool
	err := pool.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", versionTable).Scan(&there)
	if err != nil {
		return nil, fmt.Errorf("read the schema's version: %w", err)
	}
	if !there {
		return nil, nil
	}
	rows, err := pool.Query(ctx, selectApplied)
	if err != nil {
		return nil, fmt.Errorf("read the schema's version: %w", err)
	}
	applied, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("read the schema's version: %w", err)
	}
	return applied, nil
}

// knownVersions lists the versions of the migration files, ascending.
func knownVersions(files fs.FS) ([]int64, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	var known []int64
	for _, name := range names {
		v, err := goose.NumericComponent(name)
		if err != nil {
			return nil, fmt.Errorf("read the migrations: %w", err)
		}
		known = append(known, v)
	}
	slices.Sort(known)
	return known, nil
}

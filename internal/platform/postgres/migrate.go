package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
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
	// versionTable is goose's list of applied migrations.
	versionTable = "public.schema_version"
	// riverSchema holds the tables of the job queue.
	riverSchema = "river"
	// migrationLock is the key of the advisory lock that lets one node migrate; any constant will do.
	migrationLock = 0x59494e474441 // "YINGDA"
	lockInterval  = 50 * time.Millisecond
)

// Migrate brings the schema up to date: our own migrations, then those of the job queue. Nodes that
// start together wait for the first one and find nothing left to do. A database in which a newer
// program has migrated is refused, untouched.
func Migrate(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	return migrateFrom(ctx, pool, log, migrations.Files)
}

func migrateFrom(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger, files fs.FS) error {
	unlock, err := lockMigrations(ctx, pool)
	if err != nil {
		return err
	}
	defer unlock()
	if err := refuseNewer(ctx, pool, files); err != nil {
		return err
	}
	p, closeProvider, err := newProvider(pool, files)
	if err != nil {
		return err
	}
	defer closeProvider()
	results, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	for _, r := range results {
		log.Info("migrated", "version", r.Source.Version, "took", r.Duration)
	}
	return migrateRiver(ctx, pool)
}

func newProvider(pool *pgxpool.Pool, files fs.FS) (*goose.Provider, func(), error) {
	db := stdlib.OpenDBFromPool(pool)
	p, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("read the migrations: %w", err), db.Close())
	}
	return p, func() { _ = db.Close() }, nil
}

func migrateRiver(ctx context.Context, pool *pgxpool.Pool) error {
	if _, err := pool.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS river"); err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{
		Schema: riverSchema, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	return nil
}

// lockMigrations takes the lock on a connection of its own. It asks again and again instead of waiting
// inside the server: a waiting statement holds a snapshot, and CREATE INDEX CONCURRENTLY of the node
// that migrates would wait for that snapshot: a deadlock.
func lockMigrations(ctx context.Context, pool *pgxpool.Pool) (unlock func(), err error) {
	conn, err := pgx.ConnectConfig(ctx, pool.Config().ConnConfig)
	if err != nil {
		return nil, ErrUnreachable.WithCause(err)
	}
	// The lock ends with the connection.
	unlock = func() { _ = conn.Close(context.WithoutCancel(ctx)) }
	for {
		var got bool
		if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", int64(migrationLock)).Scan(&got); err != nil {
			unlock()
			return nil, fmt.Errorf("lock the migrations: %w", err)
		}
		if got {
			return unlock, nil
		}
		if err := clock.Sleep(ctx, clock.System(), lockInterval); err != nil {
			unlock()
			return nil, fmt.Errorf("lock the migrations: %w", err)
		}
	}
}

func refuseNewer(ctx context.Context, pool *pgxpool.Pool, files fs.FS) error {
	known, err := newestKnown(files)
	if err != nil {
		return err
	}
	var newest int64
	var there bool
	if err := pool.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", versionTable).Scan(&there); err != nil || !there {
		return err
	}
	err = pool.QueryRow(ctx, "SELECT coalesce(max(version_id), 0) FROM public.schema_version WHERE is_applied").Scan(&newest)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if newest > known {
		return fault.New(fault.Conflict, "postgres.schema_newer",
			"a newer version has run here: the database is at migration %d, this program knows %d", newest, known).
			WithRemedy("start the newer program; going back needs a restore of the backup made before the upgrade")
	}
	return nil
}

func newestKnown(files fs.FS) (int64, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return 0, fmt.Errorf("read the migrations: %w", err)
	}
	newest := int64(0)
	for _, name := range names {
		v, err := goose.NumericComponent(name)
		if err != nil {
			return 0, fmt.Errorf("read the migrations: %w", err)
		}
		newest = max(newest, v)
	}
	return newest, nil
}

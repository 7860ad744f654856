package app

import (
	"context"
	"errors"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/config"
	"yingda/internal/platform/postgres"
)

// Migrate brings the database up to this program's version and tells how many migrations that took.
func Migrate(ctx context.Context, cfg config.Config, log *slog.Logger) (applied int, err error) {
	err = withDatabase(ctx, cfg, log, func(pool *pgxpool.Pool) error {
		pending, err := postgres.PendingMigrations(ctx, pool)
		if err != nil {
			return err
		}
		applied = len(pending)
		return postgres.Migrate(ctx, pool, log)
	})
	return applied, err
}

// withDatabase gives a pool on the installation's database: the external one, that of the process that
// runs on the data directory, or the own server, started for as long as it takes.
func withDatabase(ctx context.Context, cfg config.Config, log *slog.Logger, do func(*pgxpool.Pool) error) (err error) {
	url := cfg.DatabaseURL
	if url == "" {
		url, _ = postgres.Running(cfg.DataDir)
	}
	if url == "" {
		server := postgres.NewServer(serverConfig(cfg, log))
		if err := server.Start(ctx); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
		url = server.URL()
	}
	pool, err := postgres.Open(ctx, postgres.Options{URL: url, MaxConns: 4, Logger: log})
	if err != nil {
		return err
	}
	defer pool.Close()
	return do(pool)
}

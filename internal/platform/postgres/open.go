package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/fault"
)

// Options describe a pool.
type Options struct {
	URL      string // pgx connection string; may hold a password, never shown
	MaxConns int32  // 0 for 4 per processor, at least 16
	Logger   *slog.Logger
}

// Open makes a pool and checks that the server can be used.
func Open(ctx context.Context, o Options) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, fault.New(fault.Invalid, "postgres.url_invalid", "the database address cannot be read").
			WithRemedy("write it as postgres://USER:PASSWORD@HOST:5432/DATABASE")
	}
	if o.MaxConns > 0 {
		cfg.MaxConns = o.MaxConns
	}
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.PingTimeout = 5 * time.Second
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	if cfg.ConnConfig.RuntimeParams["application_name"] == "" {
		cfg.ConnConfig.RuntimeParams["application_name"] = "yingda"
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("make the pool: %w", err)
	}
	if err := checkServer(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

func checkServer(ctx context.Context, pool *pgxpool.Pool) error {
	var version, encoding string
	err := pool.QueryRow(ctx, "SELECT current_setting('server_version_num'), current_setting('server_encoding')").Scan(&version, &encoding)
	if err != nil {
		return ErrUnreachable.WithCause(err)
	}
	n, err := strconv.Atoi(version)
	if err != nil {
		return fmt.Errorf("server version %q: %w", version, err)
	}
	if n/10000 < MinMajor {
		return fault.New(fault.Unavailable, "postgres.version_old", "the database server is PostgreSQL %d; %d or newer is needed", n/10000, MinMajor)
	}
	if encoding != "UTF8" {
		return fault.New(fault.Invalid, "postgres.encoding", "the database is stored as %s; UTF8 is needed", encoding)
	}
	return nil
}

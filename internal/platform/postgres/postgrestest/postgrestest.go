// Package postgrestest gives tests a real database of their own.
//
// Each test process has one private server, started at the first [New], with a template database in
// which all migrations have run; New clones the template. The server belongs to a holder process (see
// holder.go), so it needs no call at the end of the tests and does not outlive them, however they end.
//
// YINGDA_TEST_PG_BIN chooses the server programs (a bin directory), so that the whole suite can run on
// several PostgreSQL majors; otherwise they are searched as the product does.
package postgrestest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/postgres"
)

// EnvBin names the environment variable that chooses the server programs for tests.
const EnvBin = "YINGDA_TEST_PG_BIN"

// template is the migrated database that New clones.
const template = "yingda_template"

var databases atomic.Int64

// New gives a pool on a fresh database with all migrations applied. The database is dropped when the
// test ends.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return open(t, Create(t, template))
}

// Empty gives a pool on a fresh database in which nothing has run, for tests of migrations.
func Empty(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return open(t, Create(t, "template0"))
}

// Create makes a database from the template named, dropped when the test ends, and gives its address.
func Create(t testing.TB, from string) string {
	t.Helper()
	h := holderOf(t)
	name := fmt.Sprintf("test_%d", databases.Add(1))
	identifier := pgx.Identifier{name}.Sanitize()
	h.admin(t, "CREATE DATABASE "+identifier+" TEMPLATE "+pgx.Identifier{from}.Sanitize())
	t.Cleanup(func() { h.admin(t, "DROP DATABASE IF EXISTS "+identifier+" WITH (FORCE)") })
	return h.url(name)
}

func open(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := postgres.Open(context.Background(), postgres.Options{URL: url, MaxConns: 10, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// Server starts a private server for this test alone, which the test may kill. It is stopped and
// removed when the test ends.
func Server(t testing.TB) *postgres.Server {
	t.Helper()
	s := postgres.NewServer(Config(t, DataDir(t)))
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })
	return s
}

// DataDir makes a directory that the server's unprivileged user can reach, which t.TempDir is not.
func DataDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "yingda-test-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o711))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

// Config describes a private server that is quick rather than durable: what it has written is safe when
// processes are killed, but not when the machine loses power.
func Config(t testing.TB, dir string) postgres.ServerConfig {
	t.Helper()
	return config(dir)
}

// Search is where tests look for server programs.
func Search() postgres.Search {
	s := postgres.SystemSearch()
	if dir := os.Getenv(EnvBin); dir != "" {
		s.Env = dir
	}
	return s
}

func config(dir string) postgres.ServerConfig {
	return postgres.ServerConfig{
		DataDir: dir, Search: Search(), Settings: settings(), InitdbArgs: []string{"--wal-segsize=1"},
		Logger: slog.New(slog.DiscardHandler),
	}
}

func settings() map[string]string {
	return map[string]string{
		"fsync": "off", "full_page_writes": "off", "min_wal_size": "32MB",
		"shared_buffers": "64MB", "max_connections": "200", "autovacuum_naptime": "1h",
		"idle_in_transaction_session_timeout": "0",
	}
}

// startTimeout bounds the start of the process's server on a loaded machine.
const startTimeout = 2 * time.Minute

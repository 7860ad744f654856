package postgres_test

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
)

// startOnce starts a server with the product's settings, fsync included, opens a pool and stops.
func startOnce(b *testing.B, dir string) {
	s := postgres.NewServer(postgres.ServerConfig{DataDir: dir, Search: postgrestest.Search()})
	require.NoError(b, s.Start(context.Background()))
	pool, err := postgres.Open(context.Background(), postgres.Options{URL: s.URL()})
	require.NoError(b, err)
	b.StopTimer()
	pool.Close()
	require.NoError(b, s.Stop(context.Background()))
	b.StartTimer()
}

// BenchmarkColdStart goes from an empty directory to the first answered query.
func BenchmarkColdStart(b *testing.B) {
	dir := postgrestest.DataDir(b)
	for b.Loop() {
		startOnce(b, dir)
		b.StopTimer()
		require.NoError(b, os.RemoveAll(dir))
		b.StartTimer()
	}
}

// BenchmarkWarmStart starts an existing cluster again.
func BenchmarkWarmStart(b *testing.B) {
	dir := postgrestest.DataDir(b)
	startOnce(b, dir)
	for b.Loop() {
		startOnce(b, dir)
	}
}

// BenchmarkNew is what a test pays for a database of its own.
func BenchmarkNew(b *testing.B) {
	postgrestest.New(b)
	for b.Loop() {
		postgrestest.New(b)
	}
}

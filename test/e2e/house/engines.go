package house

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/bus/bustest"
	"yingda/internal/platform/postgres"
)

// Engines are an external PostgreSQL and an external NATS that the test started, as an operator
// with several processes has them.
type Engines struct {
	t        testing.TB
	database string
	nats     string
}

// NewEngines starts both for the test.
func NewEngines(t testing.TB) *Engines {
	t.Helper()
	server := postgres.NewServer(postgres.ServerConfig{DataDir: Dir(t), Search: postgres.SystemSearch(), Logger: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
	defer cancel()
	require.NoError(t, server.Start(ctx))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		require.NoError(t, server.Stop(ctx))
	})
	return &Engines{t: t, database: server.URL(), nats: bustest.External(t).URL()}
}

// Args are the options that point a process at the engines.
func (e *Engines) Args() []string {
	return []string{"--database-url", e.database, "--nats-url", e.nats}
}

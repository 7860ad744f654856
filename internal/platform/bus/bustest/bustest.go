// Package bustest gives tests a message bus of their own: the embedded one, or a client of a real NATS server that
// listens on a loopback port and can be stopped and started again.
package bustest

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
)

// patience is how long starting or stopping may take on a loaded machine.
const patience = 30 * time.Second

// Config is what New and Server.Open use, for tests that want to change something of it.
func Config(t testing.TB) bus.Config {
	return bus.Config{StoreDir: t.TempDir(), Name: t.Name(), Logger: slog.New(slog.DiscardHandler), Clock: clock.System()}
}

// New gives a started bus with the server in the test's process and its data in t.TempDir. It takes some 30 ms and
// is stopped when the test ends.
func New(t testing.TB) *bus.Bus {
	t.Helper()
	return Open(t, Config(t))
}

// Open starts a bus and stops it when the test ends.
func Open(t testing.TB, c bus.Config) *bus.Bus {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	b, err := bus.Open(ctx, c)
	require.NoError(t, err)
	t.Cleanup(func() { Stop(t, b) })
	return b
}

// Stop stops a bus (or anything else that stops) and fails the test when that takes too long.
func Stop(t testing.TB, s interface {
	Stop(ctx context.Context) error
}) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, s.Stop(ctx))
}

// Server is a real NATS server on a loopback port.
type Server struct {
	t      testing.TB
	dir    string
	port   int // 0 until first started, then kept
	server *natsserver.Server
}

// External starts a NATS server with JetStream; it is stopped when the test ends.
func External(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, dir: t.TempDir(), port: natsserver.RANDOM_PORT}
	s.Start()
	t.Cleanup(s.Stop)
	return s
}

// URL is its address.
func (s *Server) URL() string { return s.server.ClientURL() }

// Open gives a started bus that is a client of the server, and is stopped when the test ends.
func (s *Server) Open(t testing.TB) *bus.Bus {
	t.Helper()
	c := Config(t)
	c.URL = s.URL()
	return Open(t, c)
}

// Start starts the server again on the same port with the same data, after Stop.
func (s *Server) Start() {
	s.t.Helper()
	server, err := natsserver.NewServer(&natsserver.Options{
		ServerName: "bustest", Host: "127.0.0.1", Port: s.port, NoLog: true, NoSigs: true, JetStream: true, StoreDir: s.dir,
	})
	require.NoError(s.t, err)
	server.Start()
	require.True(s.t, server.ReadyForConnections(patience), "NATS server is not ready")
	s.server = server
	address, ok := server.Addr().(*net.TCPAddr)
	require.True(s.t, ok)
	s.port = address.Port
}

// Stop stops the server; its clients see the connection break. Stopping twice does no harm.
func (s *Server) Stop() {
	s.server.Shutdown()
	s.server.WaitForShutdown()
}

package httpapi

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"yingda/internal/platform/lifecycle"
)

// ServerConfig says where the entrance listens. Addr and Logger are required.
type ServerConfig struct {
	Addr   string      // host:port; port 0 takes a free one
	TLS    *tls.Config // nil: plain HTTP
	Logger *slog.Logger

	HeaderTime time.Duration // for a request's headers to arrive; default 5 s
	WriteTime  time.Duration // for an answer to leave; default 60 s; a handler may extend it by http.ResponseController
	IdleTime   time.Duration // for an open connection without a request; default 2 min
}

// mostHeaderBytes bounds the headers of one request.
const mostHeaderBytes = 32 << 10

// Server listens for an API. It is a lifecycle.Service: Start returns when the port is open, Stop when no
// request is in progress, or when its time is over, which then cuts them.
//
// The port opens before the rest of the program is ready, so that whoever watches the process finds it
// alive: until [Server.Open] gives it the API, /healthz says ok and everything else says that the program
// is starting.
type Server struct {
	lifecycle.Service
	config ServerConfig
	api    atomic.Pointer[API]

	mu       sync.Mutex
	listener net.Listener
	server   *http.Server
	done     chan struct{}
}

// NewServer makes a server; it listens at Start.
func NewServer(c ServerConfig) *Server {
	s := &Server{config: c}
	s.Service = lifecycle.Func("httpapi", s.start, s.stop)
	return s
}

// Open lets requests in.
func (s *Server) Open(a *API) { s.api.Store(a) }

// ServeHTTP passes requests to the API once it is there.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a := s.api.Load(); a != nil {
		a.ServeHTTP(w, r)
		return
	}
	switch r.URL.Path {
	case "/healthz":
		alive(w, r)
	case "/readyz":
		sayReady(w, false, "this node is starting")
	default:
		p, _ := problemOf(errStarting, "")
		writeBare(w, p)
	}
}

// Addr is the address that the server listens on; nil before Start.
func (s *Server) Addr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

func (s *Server) start(ctx context.Context) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", s.config.Addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", s.config.Addr, err)
	}
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: cmp.Or(s.config.HeaderTime, 5*time.Second),
		WriteTimeout:      cmp.Or(s.config.WriteTime, time.Minute),
		IdleTimeout:       cmp.Or(s.config.IdleTime, 2*time.Minute),
		MaxHeaderBytes:    mostHeaderBytes,
		TLSConfig:         s.config.TLS,
		// Broken handshakes and the like are the network's business, not a person's.
		ErrorLog: slog.NewLogLogger(s.config.Logger.Handler(), slog.LevelDebug),
	}
	s.mu.Lock()
	s.listener, s.server, s.done = l, server, make(chan struct{})
	s.mu.Unlock()
	go s.serve()
	return nil
}

// serve is ended and awaited by stop.
func (s *Server) serve() {
	defer close(s.done)
	var err error
	if s.config.TLS != nil {
		err = s.server.ServeTLS(s.listener, "", "")
	} else {
		err = s.server.Serve(s.listener)
	}
	if !errors.Is(err, http.ErrServerClosed) {
		s.config.Logger.Error("http server ended", "error", err)
	}
}

func (s *Server) stop(ctx context.Context) error {
	if a := s.api.Load(); a != nil {
		a.draining.Store(true)
	}
	err := s.server.Shutdown(ctx)
	if err != nil {
		s.config.Logger.Warn("requests were cut at stop", "error", err)
		err = s.server.Close()
	}
	<-s.done
	return err
}

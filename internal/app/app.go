// Package app joins everybody: it constructs the parts by hand, starts them in an order that can be
// read, and stops them in reverse.
//
//	port → data directory and keys → database and migrations → bus → domains → workers → lines → pages
//
// The port comes first, because a port in use must be said before anything is made; the pages come
// last, because nothing is served that does not work. A failed start stops what had been started.
// Only cmd, internal/command, internal/bench and tests import this package.
package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/blob"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/config"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/health"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
	"yingda/internal/platform/telemetry"
	"yingda/internal/voice"
	"yingda/internal/voice/ivr"
)

// Build says what is running.
type Build struct{ Version, Revision string }

// healthEvery is how often the parts are asked how they are.
const healthEvery = 2 * time.Second

// App is one process of Yingda.
type App struct {
	cfg     config.Config
	build   Build
	log     *slog.Logger
	clock   clock.Clock
	metrics *telemetry.Metrics
	monitor *health.Monitor
	began   time.Time

	entrance *httpapi.Server // the open port; its API is set when everything is ready
	server   *postgres.Server
	pool     *pgxpool.Pool
	bus      *bus.Bus
	keys     *secret.Ring
	blobs    blob.Store
	tracing  *telemetry.Tracing
	domains  *domains

	simulated voice.TrunkID // over which the demonstration calls itself; zero: none
	flows     *ivr.Flows    // through which called numbers may lead

	running []lifecycle.Service
}

// New makes a process that is not started yet; it does nothing by itself.
func New(cfg config.Config, build Build, log *slog.Logger) *App {
	c := clock.System()
	return &App{
		cfg: cfg, build: build, log: log, clock: c, began: c.Now(),
		metrics: telemetry.NewMetrics(telemetry.Build{Version: build.Version, Revision: build.Revision}),
		monitor: health.NewMonitor(c),
	}
}

// Start returns when every role serves, or with what went wrong and nothing left running.
func (a *App) Start(ctx context.Context) error {
	steps := []struct {
		name string
		do   func(context.Context) error
	}{
		{"open the port", a.openPort},
		{"prepare tracing", a.startTracing},
		{"start the database", a.startDatabase},
		{"read the keys", a.readKeys},
		{"open the store", a.openStore},
		{"start the bus", a.startBus},
		{"join the domains", a.joinDomains},
		{"start the workers", a.startWorkers},
		{"fill in demonstration data", a.fillDemo},
		{"open the lines", a.openLines},
		{"start simulated traffic", a.startTraffic},
		{"open the pages", a.openPages},
	}
	for _, step := range steps {
		begin := time.Now()
		if err := step.do(ctx); err != nil {
			stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
			defer cancel()
			return errors.Join(fmt.Errorf("%s: %w", step.name, err), a.Stop(stopCtx))
		}
		a.log.Debug("start", "step", step.name, "took", time.Since(begin).Round(time.Millisecond))
	}
	return nil
}

// begin starts a service and remembers to stop it.
func (a *App) begin(ctx context.Context, s lifecycle.Service) error {
	a.running = append(a.running, s) // also when Start fails: Stop is safe then, and frees what it holds
	return s.Start(ctx)
}

// Stop ends everything in reverse order and returns when nothing runs.
func (a *App) Stop(ctx context.Context) error {
	var errs []error
	for len(a.running) > 0 {
		last := a.running[len(a.running)-1]
		a.running = a.running[:len(a.running)-1]
		begin := time.Now()
		if err := last.Stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", last.Name(), err))
		}
		a.log.Debug("stop", "part", last.Name(), "took", time.Since(begin).Round(time.Millisecond))
	}
	return errors.Join(errs...)
}

// URL is the address of the pages.
func (a *App) URL() string {
	if a.entrance == nil || a.entrance.Addr() == nil {
		return ""
	}
	scheme := "http"
	if a.cfg.TLSCert != "" {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(a.entrance.Addr().String())
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

func (a *App) openPort(ctx context.Context) error {
	pair, err := a.tlsConfig()
	if err != nil {
		return err
	}
	a.entrance = httpapi.NewServer(httpapi.ServerConfig{Addr: a.cfg.HTTP, TLS: pair, Logger: a.log})
	return listenFault(a.cfg.HTTP, a.begin(ctx, a.entrance))
}

// listenFault says what to do when a port cannot be opened.
func listenFault(address string, err error) error {
	remedy := ""
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EADDRINUSE):
		remedy = "another program has it: stop that one, or choose another address with --http"
	case errors.Is(err, syscall.EACCES):
		remedy = "ports below 1024 need root or the capability CAP_NET_BIND_SERVICE; or choose another with --http"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		remedy = "this machine does not have that address; choose one it has with --http, or :PORT for all"
	default:
		return err
	}
	return fault.New(fault.Unavailable, "http.cannot_listen", "pages and API cannot listen on %s", address).WithCause(err).WithRemedy("%s", remedy)
}

func (a *App) tlsConfig() (*tls.Config, error) {
	if a.cfg.TLSCert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(a.cfg.TLSCert, a.cfg.TLSKey)
	if err != nil {
		return nil, fault.New(fault.Invalid, "tls.broken_pair", "%s and %s are not a usable pair", a.cfg.TLSCert, a.cfg.TLSKey).
			WithCause(err).WithRemedy("`yingda tls init` makes a pair that fits")
	}
	a.monitor.Register(certificateHealth(pair, a.clock))
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

func (a *App) startTracing(ctx context.Context) error {
	var err error
	a.tracing, err = telemetry.NewTracing(telemetry.TracingConfig{
		Endpoint: a.cfg.Tracing.Endpoint, Version: a.build.Version, Node: a.cfg.Node, Ratio: 1, Logger: a.log, Clock: a.clock,
	})
	if err != nil {
		return err
	}
	if a.cfg.Tracing.Endpoint != "" {
		a.monitor.Register(a.tracing.Health())
	}
	return a.begin(ctx, a.tracing)
}

func (a *App) startDatabase(ctx context.Context) error {
	url := a.cfg.DatabaseURL
	if url == "" {
		a.server = postgres.NewServer(serverConfig(a.cfg, a.log))
		if err := a.begin(ctx, a.server); err != nil {
			return err
		}
		url = a.server.URL()
	}
	pool, err := postgres.Open(ctx, postgres.Options{URL: url, Logger: a.log})
	if err != nil {
		return err
	}
	a.pool = pool
	a.running = append(a.running, closer{"database-pool", pool.Close})
	watched := ""
	if a.server != nil {
		watched = a.cfg.DataDir
	}
	a.monitor.Register(postgres.Health(postgres.HealthConfig{Pool: pool, Server: a.server, DataDir: watched, Clock: a.clock}))
	return postgres.Migrate(ctx, pool, a.log)
}

func serverConfig(cfg config.Config, log *slog.Logger) postgres.ServerConfig {
	search := postgres.SystemSearch()
	search.Archive = cfg.PGArchive
	return postgres.ServerConfig{DataDir: cfg.DataDir, Search: search, Logger: log}
}

func (a *App) readKeys(ctx context.Context) error {
	keys, err := secret.Load(ctx, secret.Config{
		Dir: filepath.Join(a.cfg.DataDir, "secret"), Source: a.cfg.Secret.Key, SealedDataExist: secret.SealedIn(a.pool),
		Clock: a.clock, Logger: a.log,
	})
	if err != nil {
		return err
	}
	if err := secret.Confirm(ctx, a.pool, keys, a.clock); err != nil {
		return err
	}
	a.keys = keys
	a.monitor.Register(keys.Health())
	return a.begin(ctx, secret.NewFollower(a.pool, keys, a.clock, a.log))
}

func (a *App) openStore(context.Context) error {
	if a.cfg.Blob.S3Endpoint == "" {
		files, err := blob.NewFiles(blob.FilesConfig{Dir: filepath.Join(a.cfg.DataDir, "blob")})
		if err != nil {
			return err
		}
		a.blobs = files
		a.monitor.Register(files.Health())
		return nil
	}
	plain := strings.HasPrefix(a.cfg.Blob.S3Endpoint, "http://")
	_, host, _ := strings.Cut(a.cfg.Blob.S3Endpoint, "://")
	s3, err := blob.NewS3(blob.S3Config{
		Endpoint: strings.TrimSuffix(host, "/"), Bucket: a.cfg.Blob.S3Bucket, Region: a.cfg.Blob.S3Region,
		AccessKey: a.cfg.Blob.S3AccessKey, Secret: secret.Hide(a.cfg.Blob.S3SecretKey), PlainHTTP: plain, Logger: a.log,
	})
	if err != nil {
		return err
	}
	a.blobs = s3
	a.running = append(a.running, closer{"blob", s3.Close})
	a.monitor.Register(s3.Health())
	return nil
}

func (a *App) startBus(ctx context.Context) error {
	b, err := bus.New(bus.Config{URL: a.cfg.NATSURL, StoreDir: a.cfg.DataDir, Name: a.cfg.Node, Logger: a.log, Clock: a.clock})
	if err != nil {
		return err
	}
	a.bus = b
	a.monitor.Register(b.Health())
	return a.begin(ctx, b)
}

// closer stops a part that has no start of its own.
type closer struct {
	name  string
	close func()
}

func (c closer) Name() string                { return c.name }
func (c closer) Start(context.Context) error { return nil }
func (c closer) Stop(context.Context) error  { c.close(); return nil }

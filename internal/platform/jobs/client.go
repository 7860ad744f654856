package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/telemetry"
)

const (
	attemptTimeout = time.Minute
	rescueAfter    = 90 * time.Second // must exceed attemptTimeout; kinds with longer timeouts are waited for
	cancelTimeout  = 5 * time.Second  // for cancelled jobs to notice
)

// Config is what a working client needs.
type Config struct {
	Pool        *pgxpool.Pool
	Registry    *Registry
	Logger      *slog.Logger
	Metrics     *telemetry.Metrics // nil: no figures
	Node        string             // in the job's history: who tried
	RescueAfter time.Duration      // 0 for 90 s; tests of killed workers shorten it
}

// Client works on jobs; a lifecycle.Service.
type Client struct {
	pool  *pgxpool.Pool
	log   *slog.Logger
	river *river.Client[pgx.Tx]

	mu      sync.Mutex
	started bool
	ended   bool
}

// New makes a client that works on everything in the registry.
func New(c Config) (*Client, error) {
	edge := &edge{log: c.Logger}
	if c.Metrics != nil {
		edge.failures = c.Metrics.Counter("job_failures_total", "Attempts of jobs that failed.")
	}
	rescue := cmp.Or(c.RescueAfter, rescueAfter)
	client, err := river.NewClient(riverpgxv5.New(c.Pool), &river.Config{
		Schema:               Schema,
		ID:                   nodeID(c.Node),
		Workers:              c.Registry.workers,
		Queues:               c.Registry.queues,
		PeriodicJobs:         c.Registry.periodic,
		JobTimeout:           min(attemptTimeout, rescue),
		RescueStuckJobsAfter: rescue,
		FetchCooldown:        20 * time.Millisecond,
		FetchPollInterval:    time.Second, // a back-up: LISTEN wakes at once
		FetchOnlyKnownKinds:  true,        // a rolling upgrade: the new version's jobs wait for the new version
		ErrorHandler:         edge,
		Logger:               slog.New(warnings{c.Logger.Handler()}),
	})
	if err != nil {
		return nil, fmt.Errorf("make the job client: %w", err)
	}
	return &Client{pool: c.Pool, log: c.Logger, river: client}, nil
}

func nodeID(node string) string {
	if node == "" {
		return ""
	}
	return fmt.Sprintf("%.60s_%d", node, time.Now().UnixNano())
}

// Name is the part's name in logs and health.
func (c *Client) Name() string { return "jobs" }

// Start begins to work.
func (c *Client) Start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return fmt.Errorf("start jobs: %w", lifecycle.ErrStopped)
	}
	if c.started {
		return nil
	}
	// River stops when the context of Start ends; ours bounds the start only.
	if err := c.river.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	c.started = true
	return nil
}

// Stop takes no new jobs and waits for those at work; when ctx ends they are cancelled.
func (c *Client) Stop(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if !c.started {
		return nil
	}
	err := c.river.Stop(ctx)
	if err == nil || errors.Is(err, rivertype.ErrNotFound) {
		return nil
	}
	cancelCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
	defer cancel()
	return c.river.StopAndCancel(cancelCtx)
}

// edge is where the failures of jobs are logged and counted, once.
type edge struct {
	log      *slog.Logger
	failures *telemetry.Counter
}

func (e *edge) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	e.record(ctx, job, "error", err)
	return nil
}

func (e *edge) HandlePanic(ctx context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	e.record(ctx, job, "error", fmt.Errorf("panic: %v", value), "trace", trace)
	return nil
}

func (e *edge) record(ctx context.Context, job *rivertype.JobRow, more ...any) {
	if e.failures != nil {
		e.failures.Inc()
	}
	level := slog.LevelWarn
	if job.Attempt >= job.MaxAttempts {
		level = slog.LevelError
	}
	err, _ := more[1].(error)
	args := []any{"kind", job.Kind, "job", job.ID, "attempt", job.Attempt, "of", job.MaxAttempts, "error", err}
	e.log.Log(ctx, level, "job failed", append(args, more[2:]...)...)
}

// warnings passes on what River says from warnings upwards: its other lines are noise to an operator, and
// so is that an orderly stop cuts off what it had just begun.
type warnings struct{ slog.Handler }

func (w warnings) Handle(ctx context.Context, r slog.Record) error {
	cut := false
	r.Attrs(func(a slog.Attr) bool {
		cut = cut || strings.Contains(a.Value.String(), context.Canceled.Error())
		return !cut
	})
	if cut {
		return nil
	}
	return w.Handler.Handle(ctx, r)
}

func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}

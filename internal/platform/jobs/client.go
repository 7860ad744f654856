package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/telemetry"
)

const (
	defaultSoftStop = 20 * time.Second
	// rescueMargin is River's own rescue of jobs that run much longer than they may.
	rescueMargin = 5 * time.Minute
	// fetchCooldown bounds how often a queue asks for work.
	fetchCooldown = 50 * time.Millisecond
)

// ErrNone is returned by Retry when there is no such job, or it needs no retry.
var ErrNone = fault.New(fault.NotFound, "jobs.none", "there is no such job")

// Config describes a client. Pool and Logger are needed.
type Config struct {
	Pool     *pgxpool.Pool // one of its connections is used for good while jobs are worked
	Registry *Registry     // nil: this process works no jobs
	Logger   *slog.Logger
	Clock    clock.Clock        // nil: the machine's
	Metrics  *telemetry.Metrics // nil: none
	Node     string             // name of this process in the rows of its jobs; "": the host's
	SoftStop time.Duration      // how long Stop lets running jobs finish before it cancels them; 0 for 20 s
	Absent   time.Duration      // how long a client must be gone before its jobs run again; 0 for 10 s
}

// Client works jobs. It is a lifecycle.Service.
type Client struct {
	lifecycle.Service
	cfg   Config
	river *river.Client[pgx.Tx]
}

// New makes a client; it works between Start and Stop.
func New(cfg Config) (*Client, error) {
	cfg.SoftStop = cmp.Or(cfg.SoftStop, defaultSoftStop)
	cfg.Absent = cmp.Or(cfg.Absent, defaultAbsent)
	if cfg.Clock == nil {
		cfg.Clock = clock.System()
	}
	if cfg.Node == "" {
		cfg.Node, _ = os.Hostname() // a name for people; the rest of the id makes it unique
	}
	id := fmt.Sprintf("%s/%s", cfg.Node, uuid.NewString())
	rc := &river.Config{
		ID: id, Schema: schema, MaxAttempts: defaultMaxAttempts, Logger: slog.New(warnings{cfg.Logger.Handler()}),
	}
	works := cfg.Registry != nil && len(cfg.Registry.kinds) > 0
	if works {
		cfg.Registry.measure = newMeasure(cfg.Metrics, cfg.Registry.kinds)
		rc.Workers, rc.Queues, rc.PeriodicJobs = cfg.Registry.workers, cfg.Registry.queues, cfg.Registry.periodic
		rc.JobTimeout, rc.RescueStuckJobsAfter = defaultTimeout, defaultTimeout+rescueMargin
		rc.FetchOnlyKnownKinds = true
		rc.FetchCooldown = fetchCooldown
		rc.SoftStopTimeout = cfg.SoftStop
		rc.ErrorHandler = &errorHandler{cfg.Logger}
	}
	rv, err := river.NewClient(riverpgxv5.New(cfg.Pool), rc)
	if err != nil {
		return nil, fmt.Errorf("prepare jobs: %w", err)
	}
	c := &Client{cfg: cfg, river: rv}
	if !works {
		c.Service = lifecycle.Func("jobs", nil, nil)
		return c, nil
	}
	c.Service = lifecycle.NewGroup("jobs", cfg.Logger,
		newSeat(cfg.Pool, cfg.Logger, id),
		newRescuer(cfg),
		lifecycle.Func("river", func(ctx context.Context) error {
			return rv.Start(context.WithoutCancel(ctx)) // River runs as long as this context
		}, rv.Stop),
	)
	return c, nil
}

// Retry makes a job run now that was discarded, cancelled or is waiting for its next attempt, on the word of an
// operator.
func (c *Client) Retry(ctx context.Context, id int64, actor string) error {
	job, err := c.river.JobRetry(ctx, id)
	if errors.Is(err, rivertype.ErrNotFound) {
		return ErrNone
	}
	if err != nil {
		return fmt.Errorf("retry job %d: %w", id, err)
	}
	c.cfg.Logger.Warn("job retried by an operator", "kind", job.Kind, "job_id", id, "actor", actor)
	return nil
}

// errorHandler is the one place that logs what failed.
type errorHandler struct{ log *slog.Logger }

func (h *errorHandler) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	level := slog.LevelWarn
	if job.Attempt >= job.MaxAttempts {
		level = slog.LevelError
	}
	h.log.Log(ctx, level, "job failed", "kind", job.Kind, "job_id", job.ID, "queue", job.Queue,
		"attempt", job.Attempt, "max_attempts", job.MaxAttempts, "error", err)
	return nil
}

// HandlePanic does not happen: a panic of the function is an error of the worker already.
func (h *errorHandler) HandlePanic(ctx context.Context, job *rivertype.JobRow, value any, _ string) *river.ErrorHandlerResult {
	return h.HandleError(ctx, job, fmt.Errorf("panic: %v", value))
}

// warnings passes on what River says from warning upwards; the rest repeats what we log ourselves.
type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}
func (w warnings) WithAttrs(a []slog.Attr) slog.Handler { return warnings{w.Handler.WithAttrs(a)} }
func (w warnings) WithGroup(name string) slog.Handler   { return warnings{w.Handler.WithGroup(name)} }

func newMeasure(m *telemetry.Metrics, kinds []string) measure {
	if m == nil {
		return func(string, result, time.Duration) {}
	}
	kind := telemetry.LabelOf("kind", kinds...)
	count := m.Counter("job_attempts_total", "Attempts at jobs, by how they ended.", kind, telemetry.LabelOf("result", done, snoozed, failure))
	took := m.Duration("job_seconds", "Length of an attempt.", telemetry.JobBuckets, kind)
	return func(kind string, r result, d time.Duration) {
		count.Inc(kind, string(r))
		took.Observe(d, kind)
	}
}

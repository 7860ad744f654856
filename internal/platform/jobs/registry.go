package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"go.opentelemetry.io/otel/propagation"

	"yingda/internal/platform/telemetry"
)

const (
	defaultQueue   = river.QueueDefault
	defaultWorkers = 10
	defaultTimeout = time.Minute
)

// Args describes a job: ids, never personal data. Kind is lower-case words joined by _ and never changes.
type Args = river.JobArgs

// Job is a job at work: its arguments as Args, its row (id, attempt) beside them.
type Job[T Args] = river.Job[T]

// Snooze is returned by a worker to have the job run again after d, without counting as an attempt.
func Snooze(d time.Duration) error { return river.JobSnooze(max(d, 0)) }

// Cancel is returned by a worker to give a job up for good: trying again cannot help.
func Cancel(cause error) error { return river.JobCancel(cause) }

// Registry is what a program can work: kinds with their functions, queues with their limits, and what is
// ordered periodically. Domains fill it before New. Doubles panic: a fault of start-up.
type Registry struct {
	workers  *river.Workers
	kinds    []string
	queues   map[string]river.QueueConfig
	periodic []*river.PeriodicJob
	measure  measure
}

// measure records the end of an attempt.
type measure func(kind string, result result, took time.Duration)

// result is how an attempt ended.
type result string

const (
	done    result = "done"
	snoozed result = "snoozed"
	failure result = "failed"
)

// NewRegistry gives an empty registry with the default queue.
func NewRegistry() *Registry {
	return &Registry{
		workers: river.NewWorkers(),
		queues:  map[string]river.QueueConfig{defaultQueue: {MaxWorkers: defaultWorkers}},
		measure: func(string, result, time.Duration) {},
	}
}

// Queue adds a queue that works at most so many jobs at the same time in one process.
func (r *Registry) Queue(name string, workers int) {
	if _, there := r.queues[name]; there && name != defaultQueue {
		panic("jobs: queue " + name + " exists")
	}
	r.queues[name] = river.QueueConfig{MaxWorkers: workers}
}

// Every orders a job at an interval, by one process of all. id names the order and never changes. The interval
// counts from the start of the process that leads, so a restart may shift it; long intervals
// belong to a timer.
func (r *Registry) Every(interval time.Duration, id string, job func() Args) {
	r.periodic = append(r.periodic, river.NewPeriodicJob(river.PeriodicInterval(interval), func() (river.JobArgs, *river.InsertOpts) {
		// An order that is still waiting or running is enough.
		return job(), &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
	}, &river.PeriodicJobOpts{ID: id, RunOnStart: true}))
}

// Add registers the function for a kind of job. timeout bounds one attempt (0: a minute); its context then
// ends.
func Add[T Args](r *Registry, timeout time.Duration, work func(ctx context.Context, j *Job[T]) error) {
	var zero T
	kind := zero.Kind()
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	river.AddWorker(r.workers, &worker[T]{registry: r, kind: kind, timeout: timeout, work: work})
	r.kinds = append(r.kinds, kind)
	slices.Sort(r.kinds)
}

type worker[T Args] struct {
	river.WorkerDefaults[T]
	registry *Registry
	kind     string
	timeout  time.Duration
	work     func(ctx context.Context, j *Job[T]) error
}

func (w *worker[T]) Timeout(*Job[T]) time.Duration { return w.timeout }

// Work runs the function with the trace of the transaction that ordered the job; a panic is an error.
func (w *worker[T]) Work(ctx context.Context, j *Job[T]) (err error) {
	begin := time.Now() // a duration, not a time of day
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
		w.registry.measure(w.kind, resultOf(err), time.Since(begin))
	}()
	return w.work(orderedUnder(ctx, j.Metadata), j)
}

func resultOf(err error) result {
	switch {
	case err == nil:
		return done
	case isSnooze(err):
		return snoozed
	}
	return failure
}

// metadata is what we keep beside the arguments of a job.
type metadata struct {
	Context propagation.MapCarrier `json:"context,omitempty"`
}

func metadataOf(ctx context.Context) ([]byte, error) {
	if !telemetry.HasContext(ctx) {
		return nil, nil
	}
	m := metadata{Context: propagation.MapCarrier{}}
	telemetry.Inject(ctx, m.Context)
	return json.Marshal(m)
}

func orderedUnder(ctx context.Context, raw []byte) context.Context {
	var m metadata
	if json.Unmarshal(raw, &m) != nil || m.Context == nil {
		return ctx
	}
	return telemetry.Extract(ctx, m.Context)
}

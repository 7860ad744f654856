package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
)

// Args are the arguments of one kind of job; Kind() never changes once released. Ids only.
type Args = river.JobArgs

// Job is one job at work.
type Job[T Args] = river.Job[T]

// Registry collects what the domains can work on, before a [Client] starts.
type Registry struct {
	workers  *river.Workers
	queues   map[string]river.QueueConfig
	periodic []*river.PeriodicJob
}

// NewRegistry makes a registry with the default queue.
func NewRegistry() *Registry {
	return &Registry{
		workers: river.NewWorkers(),
		queues:  map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 20}},
	}
}

// Add registers what works on one kind of job. timeout bounds one attempt; 0 means a minute.
// A second worker of the same kind panics: kinds are fixed in the code, so every test meets it.
func Add[T Args](r *Registry, timeout time.Duration, work func(ctx context.Context, job *Job[T]) error) {
	river.AddWorker(r.workers, &worker[T]{work: work, timeout: timeout})
}

// Queue gives jobs of a slow or limited kind a queue of their own; most at once per process.
func (r *Registry) Queue(name string, most int) {
	if _, exists := r.queues[name]; exists {
		panic(fmt.Sprintf("jobs: queue %q is registered twice", name))
	}
	r.queues[name] = river.QueueConfig{MaxWorkers: most}
}

// Every inserts a job at each interval, by one process of all; after a pause of the whole installation
// it runs once at the start.
func (r *Registry) Every(interval time.Duration, id string, args func() Args) {
	r.periodic = append(r.periodic, river.NewPeriodicJob(river.PeriodicInterval(interval),
		func() (river.JobArgs, *river.InsertOpts) { return args(), nil },
		&river.PeriodicJobOpts{ID: id, RunOnStart: true}))
}

type worker[T Args] struct {
	river.WorkerDefaults[T]
	work    func(ctx context.Context, job *Job[T]) error
	timeout time.Duration
}

func (w *worker[T]) Work(ctx context.Context, job *river.Job[T]) error { return w.work(ctx, job) }

func (w *worker[T]) Timeout(*river.Job[T]) time.Duration { return w.timeout }

// Cancel wraps an error that no further attempt can mend.
func Cancel(err error) error { return river.JobCancel(err) }

// Snooze ends this attempt without counting it; the job runs again after d.
func Snooze(d time.Duration) error { return river.JobSnooze(d) }

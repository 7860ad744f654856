package recording

import (
	"context"
	"time"

	"yingda/internal/actor"
	"yingda/internal/platform/jobs"
)

// sweepArgs is the job that keeps to the rules of retention.
type sweepArgs struct{}

func (sweepArgs) Kind() string { return "voice_recording_sweep" }

// RegisterJobs adds the jobs of this package.
func (s *Service) RegisterJobs(r *jobs.Registry) {
	jobs.Add(r, 55*time.Minute, func(ctx context.Context, _ *jobs.Job[sweepArgs]) error {
		return s.Sweep(actor.With(ctx, actor.System("voice.retention", Erase)))
	})
	r.Every(time.Hour, "voice_recording_sweep", func() jobs.Args { return sweepArgs{} })
}

package voice

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/jobs"
	"yingda/internal/voice/internal/db"
)

// sweepArgs is the daily job that removes calls and ladders that are too old.
type sweepArgs struct{}

func (sweepArgs) Kind() string { return "voice_sweep" }

// Register adds the jobs.
func (s *Service) Register(r *jobs.Registry) {
	jobs.Add(r, 30*time.Minute, func(ctx context.Context, _ *jobs.Job[sweepArgs]) error { return s.sweep(ctx) })
	r.Every(24*time.Hour, "voice_sweep", func() jobs.Args { return sweepArgs{} })
}

// sweep removes what the settings do not keep, in pieces.
func (s *Service) sweep(ctx context.Context) error {
	calls, ladders := int64(400), int64(30)
	if s.cfg.Settings != nil {
		calls, ladders = KeepCalls.Get(s.cfg.Settings, uuid.Nil), KeepLadders.Get(s.cfg.Settings, uuid.Nil)
	}
	now := s.cfg.Clock.Now()
	q := db.New(s.cfg.Pool)
	for n := int64(1); n > 0; {
		var err error
		if n, err = q.SweepLadders(ctx, now.AddDate(0, 0, -int(ladders))); err != nil {
			return fmt.Errorf("remove old signalling: %w", err)
		}
	}
	for n := int64(1); n > 0; {
		var err error
		if n, err = q.SweepCalls(ctx, now.AddDate(0, 0, -int(calls))); err != nil {
			return fmt.Errorf("remove old calls: %w", err)
		}
	}
	return nil
}

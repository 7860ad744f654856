package idempotency

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/httpapi/idempotency/internal/db"
	"yingda/internal/platform/lifecycle"
)

const (
	sweepEvery = 10 * time.Minute
	sweepBatch = 1000
	// sweepTimeout bounds one batch.
	sweepTimeout = 10 * time.Second
)

// Sweeper deletes expired keys in small batches. Several nodes may sweep at once; they skip each other's rows.
func (s *Store) Sweeper(log *slog.Logger) *lifecycle.Loop {
	return lifecycle.NewLoop("idempotency", log, func(ctx context.Context) error {
		for {
			if _, err := s.Sweep(ctx); err != nil {
				return err
			}
			if err := clock.Sleep(ctx, s.clock, sweepEvery); err != nil {
				return err
			}
		}
	})
}

// Sweep deletes every expired key and tells how many.
func (s *Store) Sweep(ctx context.Context) (deleted int64, err error) {
	for {
		n, err := s.sweepBatch(ctx)
		deleted += n
		if err != nil || n < sweepBatch {
			return deleted, err
		}
	}
}

func (s *Store) sweepBatch(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	n, err := db.New(s.pool).Sweep(ctx, db.SweepParams{Now: s.clock.Now(), Batch: sweepBatch})
	if err != nil {
		return 0, fmt.Errorf("sweep idempotency keys: %w", err)
	}
	return n, nil
}

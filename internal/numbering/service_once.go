package numbering

import (
	"context"

	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/httpapi/idempotency"
	"yingda/internal/platform/postgres"
)

// createOnce makes one thing and keeps the answer of the same request in the same transaction, so that a repeated
// request is answered without making it again.
func createOnce[Spec, Made, Answer any](ctx context.Context, s *Service, create func(context.Context, pgx.Tx, Spec) (Made, error), spec Spec, answer func(Made) Answer) (Answer, error) {
	var out Answer
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		made, err := create(ctx, tx, spec)
		if err != nil {
			return err
		}
		out = answer(made)
		return idempotency.Commit(ctx, tx, out)
	})
	if err == nil {
		s.refreshSoon(ctx)
	}
	return out, err
}

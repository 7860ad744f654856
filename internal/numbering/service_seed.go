package numbering

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"yingda/internal/numbering/internal/db"
	"yingda/internal/platform/postgres"
)

// SeedSegments puts segments into use that come with a program instead of a file, as a version of its own: the
// data of the demonstration. Errors: [ErrOtherInUse] when any version is in use.
func (s *Service) SeedSegments(ctx context.Context, name string, segments []Segment) error {
	if err := allowNation(ctx, SegmentEdit); err != nil {
		return err
	}
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.LockSegments(ctx); err != nil {
			return fmt.Errorf("lock versions of segments: %w", err)
		}
		number, err := q.NextVersion(ctx)
		if err != nil {
			return fmt.Errorf("number a version of segments: %w", err)
		}
		now := s.cfg.Clock.Now()
		if err := q.InsertVersion(ctx, db.InsertVersionParams{Number: number, Name: name, CreatedBy: who(ctx), Now: now}); err != nil {
			return fmt.Errorf("add a version of segments: %w", err)
		}
		rows := pgx.CopyFromSlice(len(segments), func(i int) ([]any, error) {
			g := segments[i]
			return []any{number, int32(g.Prefix), g.Province, g.City, g.Operator, g.Brand, g.ProductLine}, nil //nolint:gosec // seven digits
		})
		columns := []string{"version", "prefix", "province", "city", "operator", "brand", "product_line"}
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{"numbering", "segment"}, columns, rows); err != nil {
			return fmt.Errorf("write segments: %w", err)
		}
		none, count := int32(0), int32(len(segments)) //nolint:gosec // at most a million
		if _, err := q.ReadVersion(ctx, db.ReadVersionParams{Number: number, RowsRead: count, BasedOn: &none, Added: count, Now: &now}); err != nil {
			return fmt.Errorf("finish a version of segments: %w", err)
		}
		return s.activate(ctx, tx, number, 0, "")
	})
	if err == nil {
		s.refreshSoon(ctx)
	}
	return err
}

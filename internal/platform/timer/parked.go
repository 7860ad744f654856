package timer

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/timer/internal/db"
)

// Parked lists timers that were given up, in order of kind and key, after the one named ("", "" for the
// beginning), at most limit.
func Parked(ctx context.Context, pool *pgxpool.Pool, afterKind, afterKey string, limit int) ([]Timer, error) {
	rows, err := db.New(pool).Parked(ctx, db.ParkedParams{AfterKind: afterKind, AfterKey: afterKey, MaxTimers: int32(min(limit, 1000))})
	if err != nil {
		return nil, fmt.Errorf("list parked timers: %w", err)
	}
	list := make([]Timer, len(rows))
	for i, row := range rows {
		list[i] = timerOf(row)
	}
	return list, nil
}

// Revive lets a parked timer fire now, with all its attempts again, on the word of an operator.
func Revive(ctx context.Context, pool *pgxpool.Pool, clk clock.Clock, log *slog.Logger, kind, key, actor string) error {
	n, err := db.New(pool).Revive(ctx, db.ReviveParams{Kind: kind, Key: key, Now: clk.Now()})
	if err != nil {
		return fmt.Errorf("revive timer %s %s: %w", kind, key, err)
	}
	if n == 0 {
		return ErrNotParked
	}
	log.Warn("parked timer revived by an operator", "kind", kind, "key", key, "actor", actor)
	return nil
}

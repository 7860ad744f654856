package timer_test

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/timer"
)

// accept gives the department its deadline in the transaction that dispatches the order.
func accept(ctx context.Context, pool *pgxpool.Pool, order string, deadline time.Time) error {
	return postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error {
		// ... dispatch the order ...
		return timer.Set(ctx, tx, timer.Timer{Kind: "workorder.overdue", Key: order, DueAt: deadline})
	})
}

// overdue fires the deadlines.
func overdue(pool *pgxpool.Pool) *timer.Worker {
	w := timer.NewWorker(timer.Config{Pool: pool, Clock: clock.System(), Logger: quiet})
	w.Handle("workorder.overdue", func(_ context.Context, _ pgx.Tx, due []timer.Due) error {
		for _, d := range due {
			fmt.Println("remind", d.Key) // in earnest: through tx, and only if the order is still open
		}
		return nil
	})
	return w
}

func Example() {
	_ = accept
	fmt.Println(overdue(nil).Name())
	// Output: timer worker
}

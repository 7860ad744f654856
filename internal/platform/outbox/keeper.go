package outbox

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/outbox/internal/db"
	"yingda/internal/platform/postgres"
)

const (
	// DefaultRetention is how long events are kept at least: a new consumer or a lost stream can be filled
	// with a week of them.
	DefaultRetention = 7 * 24 * time.Hour

	keepEvery   = time.Minute
	deleteBatch = 2000
	// keeperName is locked by the one process that deletes.
	keeperName = "keeper"
)

// KeeperConfig describes a keeper. Pool, Clock and Logger are needed.
type KeeperConfig struct {
	Pool      *pgxpool.Pool
	Clock     clock.Clock
	Logger    *slog.Logger
	Retention time.Duration // 0 for DefaultRetention
	Metrics   prometheus.Registerer
}

// Keeper deletes events that are older than the retention and behind every consumer and the relay.
// It is a lifecycle.Service; of several processes one deletes at a time.
type Keeper struct {
	*lifecycle.Loop
	cfg     KeeperConfig
	metrics *metrics
	gone    int64 // all positions up to here are deleted
}

// NewKeeper makes a keeper; it works between Start and Stop.
func NewKeeper(cfg KeeperConfig) *Keeper {
	cfg.Retention = cmp.Or(cfg.Retention, DefaultRetention)
	k := &Keeper{cfg: cfg, metrics: newMetrics(cfg.Metrics)}
	k.Loop = lifecycle.NewLoop("outbox keeper", cfg.Logger, k.run)
	return k
}

func (k *Keeper) run(ctx context.Context) error {
	for {
		if _, err := k.sweep(ctx); err != nil && ctx.Err() == nil {
			k.cfg.Logger.Warn("outbox events cannot be deleted", "error", err)
		}
		if err := clock.Sleep(ctx, k.cfg.Clock, keepEvery); err != nil {
			return err
		}
	}
}

// sweep deletes what may go, in small transactions, and gives the number of events deleted.
func (k *Keeper) sweep(ctx context.Context) (int64, error) {
	before := k.cfg.Clock.Now().Add(-k.cfg.Retention)
	total, after := int64(0), k.gone
	for ctx.Err() == nil {
		var p pass
		err := postgres.InTx(ctx, k.cfg.Pool, func(ctx context.Context, tx pgx.Tx) (err error) {
			p, err = deleteSome(ctx, tx, after, before)
			return err
		})
		if err != nil {
			return total, fmt.Errorf("delete old events: %w", err)
		}
		total += p.deleted
		k.metrics.deleted.Add(float64(p.deleted))
		if p.ended {
			return total, nil
		}
		if p.all && after == k.gone {
			k.gone = p.last // the next sweep need not step over the dead entries of this one
		}
		after = p.last
	}
	return total, ctx.Err()
}

// pass is the result of one small transaction.
type pass struct {
	last    int64 // looked up to here
	deleted int64
	all     bool // everything looked at was deleted
	ended   bool // nothing more to look at
}

func deleteSome(ctx context.Context, tx pgx.Tx, after int64, before time.Time) (pass, error) {
	q := db.New(tx)
	lock, err := q.TryLock(ctx, db.TryLockParams{Class: lockClass, Name: keeperName, IdleLimitMs: "10000"})
	if err != nil || !lock.Locked {
		return pass{ended: true}, err
	}
	consumers, err := q.CountConsumers(ctx)
	if err != nil || consumers == 0 {
		return pass{ended: true}, err // without any consumer nothing is known to be consumed
	}
	rows, err := q.OldestEvents(ctx, db.OldestEventsParams{Before: before, After: after, MaxEvents: deleteBatch})
	if err != nil {
		return pass{}, err
	}
	p := pass{last: after, ended: len(rows) < deleteBatch}
	var positions []int64
	for _, r := range rows {
		if r.Young {
			p.ended = true
			break
		}
		p.last = r.Position
		if r.MayGo {
			positions = append(positions, r.Position)
		}
	}
	p.all = len(positions) == len(rows)
	if len(positions) > 0 {
		p.deleted, err = q.DeleteEvents(ctx, positions)
	}
	return p, err
}

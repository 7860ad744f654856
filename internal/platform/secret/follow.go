package secret

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/secret/internal/db"
)

// followEvery is how often a process looks whether the master key was rotated.
const followEvery = 30 * time.Second

// Follower makes a running process use a new version of the master key soon after another process has
// noted it in the database. A lifecycle.Service. A version that the process's source does not hold shows
// in the ring's health, and is asked for again at every look.
type Follower struct {
	*lifecycle.Loop
	pool   *pgxpool.Pool
	ring   *Ring
	log    *slog.Logger
	ailing bool // the last look failed
}

// NewFollower makes a follower of the ring; it looks between Start and Stop.
func NewFollower(pool *pgxpool.Pool, r *Ring, c clock.Clock, log *slog.Logger) *Follower {
	f := &Follower{pool: pool, ring: r, log: log}
	f.Loop = lifecycle.NewLoop("master-key", log, func(ctx context.Context) error {
		for clock.Sleep(ctx, c, followEvery) == nil {
			f.look(ctx)
		}
		return ctx.Err()
	})
	return f
}

// look reports each disturbance once, not twice a minute.
func (f *Follower) look(ctx context.Context) {
	err := f.ring.follow(ctx, f.pool)
	if err != nil && !f.ailing && ctx.Err() == nil {
		f.log.Warn("cannot follow the master key", "error", err)
	}
	f.ailing = err != nil
}

// follow reloads the ring when the database knows a version that is newer than all of the ring's.
func (r *Ring) follow(ctx context.Context, pool *pgxpool.Pool) error {
	known, err := db.New(pool).KnownKeys(ctx)
	if err != nil {
		return fmt.Errorf("read the known master keys: %w", err)
	}
	if len(known) == 0 || uint32(known[len(known)-1].Version) <= r.Active() {
		return nil
	}
	newest := uint32(known[len(known)-1].Version)
	r.mu.Lock()
	defer r.mu.Unlock()
	err = r.reloadLocked(ctx)
	if _, have := r.keys.Load().find(newest); !have {
		r.missing = newest
	}
	return err
}

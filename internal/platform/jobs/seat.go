package jobs

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/jobs/internal/db"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/postgres"
)

const (
	// seatClass is the first half of the advisory locks of working clients ("YDjb").
	seatClass = 0x59446a62

	seatPing      = 3 * time.Second
	defaultAbsent = 10 * time.Second
)

// seatOf is the second half: a hash of the client's id. Two clients with one hash would only make each other
// look alive.
func seatOf(client string) int32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(client)) // never fails
	return int32(h.Sum32())        // the bits count
}

// newSeat holds the client's lock on a connection of its own, and takes it again when the connection is lost.
func newSeat(pool *pgxpool.Pool, log *slog.Logger, client string) lifecycle.Service {
	return lifecycle.NewLoop("jobs seat", log, func(ctx context.Context) error {
		// Not one of the pool's: a pool at its limit must not make a living client look dead.
		own, err := pgx.ConnectConfig(ctx, pool.Config().ConnConfig)
		if err != nil {
			return fmt.Errorf("take a seat: %w", err)
		}
		defer func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			_ = own.Close(ctx)
		}()
		return sit(ctx, own, client)
	})
}

func sit(ctx context.Context, conn *pgx.Conn, client string) error {
	taken, err := db.New(conn).SeatTaken(ctx, db.SeatTakenParams{Class: seatClass, Seat: seatOf(client)})
	if err != nil {
		return fmt.Errorf("take a seat: %w", err)
	}
	if !taken {
		return errors.New("take a seat: an earlier connection of this client still has it")
	}
	for {
		if err := clock.Sleep(ctx, clock.System(), seatPing); err != nil {
			return err
		}
		pingCtx, cancel := context.WithTimeout(ctx, seatPing)
		err := conn.Ping(pingCtx)
		cancel()
		if err != nil {
			return fmt.Errorf("keep the seat: %w", err)
		}
	}
}

// rescuer releases the jobs of clients without a seat.
type rescuer struct {
	cfg    Config
	absent map[string]time.Time // since when a client with running jobs has had no seat
}

func newRescuer(cfg Config) lifecycle.Service {
	r := &rescuer{cfg: cfg, absent: map[string]time.Time{}}
	return lifecycle.NewLoop("jobs rescuer", cfg.Logger, r.run)
}

func (r *rescuer) run(ctx context.Context) error {
	for {
		if err := r.sweep(ctx); err != nil && ctx.Err() == nil {
			r.cfg.Logger.Warn("cannot look for jobs of dead workers", "error", err)
		}
		if err := clock.Sleep(ctx, r.cfg.Clock, r.cfg.Absent/4); err != nil {
			return err
		}
	}
}

func (r *rescuer) sweep(ctx context.Context) error {
	q := db.New(r.cfg.Pool)
	clients, err := q.RunningClients(ctx)
	if err != nil {
		return fmt.Errorf("list clients with running jobs: %w", err)
	}
	gone, err := r.gone(ctx, q, clients)
	if err != nil || len(gone) == 0 {
		return err
	}
	return postgres.InTx(ctx, r.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Release(ctx, db.ReleaseParams{Clients: gone, Now: r.cfg.Clock.Now()})
		if err != nil {
			return fmt.Errorf("release jobs of dead workers: %w", err)
		}
		for _, row := range rows {
			r.cfg.Logger.Warn("job of a dead worker runs again", "kind", row.Kind, "job_id", row.ID)
		}
		return nil
	})
}

// gone gives the clients that have had no seat for long enough.
func (r *rescuer) gone(ctx context.Context, q *db.Queries, clients []string) ([]string, error) {
	if len(clients) == 0 {
		clear(r.absent)
		return nil, nil
	}
	seats, err := q.Seats(ctx, seatClass)
	if err != nil {
		return nil, fmt.Errorf("list working clients: %w", err)
	}
	there := map[uint32]bool{}
	for _, s := range seats {
		there[uint32(s)] = true // an oid
	}
	now := r.cfg.Clock.Now()
	absent := map[string]time.Time{}
	var gone []string
	for _, c := range clients {
		if there[uint32(seatOf(c))] { // the bits count
			continue
		}
		since, known := r.absent[c]
		if !known {
			since = now
		}
		absent[c] = since
		if now.Sub(since) >= r.cfg.Absent {
			gone = append(gone, c)
		}
	}
	r.absent = absent
	return gone, nil
}

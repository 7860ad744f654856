package webhook

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/jobs"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/webhook/internal/db"
)

// State is where a delivery stands; see the package comment.
type State string

// The states.
const (
	Pending   State = "pending"
	Delivered State = "delivered"
	Failed    State = "failed"
)

// Delivery is one event on its way to one subscription.
type Delivery struct {
	ID            DeliveryID
	Topic         string
	State         State
	Attempts      int
	StatusCode    int // of the last answer; 0: none
	LastError     string
	CreatedAt     time.Time
	NextAttemptAt *time.Time
	DeliveredAt   *time.Time
}

// Position is where a delivery stands in the list, which goes from the newest back.
type Position struct {
	CreatedAt time.Time  `json:"t"`
	ID        DeliveryID `json:"i"`
}

var first = Position{CreatedAt: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), ID: ident.From[deliveryKind](uuid.Max)}

// Faults of deliveries.
var (
	ErrNoDelivery = fault.New(fault.NotFound, "webhook.no_such_delivery", "there is no such delivery")
	ErrUnderWay   = fault.New(fault.Conflict, "webhook.under_way", "the delivery is being attempted right now").
			WithRemedy("wait a minute and look again")
	ErrDisabled = fault.New(fault.Conflict, "webhook.disabled", "the webhook is disabled").
			WithRemedy("enable it first")
)

// Deliveries lists a subscription's deliveries, newest first.
func (s *Service) Deliveries(ctx context.Context, id SubscriptionID, after *Position, limit int32) ([]Delivery, error) {
	at := first
	if after != nil {
		at = *after
	}
	q := db.New(s.cfg.Pool)
	rows, err := q.ListDeliveries(ctx, db.ListDeliveriesParams{SubscriptionID: id.UUID(), Before: at.CreatedAt, BeforeID: at.ID.UUID(), RowLimit: limit})
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	if len(rows) == 0 {
		if exists, err := q.SubscriptionExists(ctx, id.UUID()); err != nil || !exists {
			return nil, notFound(err, ErrNoSubscription)
		}
	}
	list := make([]Delivery, len(rows))
	for i, r := range rows {
		list[i] = Delivery{
			ID: ident.From[deliveryKind](r.ID), Topic: r.Topic, State: State(r.State), Attempts: int(r.Attempts), StatusCode: int(r.StatusCode),
			LastError: r.LastError, CreatedAt: r.CreatedAt.UTC(), NextAttemptAt: r.NextAttemptAt, DeliveredAt: r.DeliveredAt,
		}
	}
	return list, nil
}

func notFound(err error, missing *fault.Fault) error {
	if err != nil {
		return fmt.Errorf("look for it: %w", err)
	}
	return missing
}

// Replay delivers once more, from the first attempt, under the same id.
func (s *Service) Replay(ctx context.Context, id DeliveryID) error {
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		active, err := q.Replay(ctx, db.ReplayParams{ID: id.UUID(), Now: s.cfg.Clock.Now()})
		switch {
		case postgres.IsNoRows(err):
			if exists, err := q.DeliveryExists(ctx, id.UUID()); err != nil || !exists {
				return notFound(err, ErrNoDelivery)
			}
			return ErrUnderWay
		case err != nil:
			return fmt.Errorf("replay delivery: %w", err)
		case !active:
			return ErrDisabled
		}
		return jobs.InsertTx(ctx, tx, deliverArgs{DeliveryID: id.UUID()}, jobs.Options{Queue: queue})
	})
}

// ReplaySince delivers everything once more that was written for the subscription since a time, what had arrived too: a
// receiver that was restored from a backup gets what it lost. It works in batches and says how many.
func (s *Service) ReplaySince(ctx context.Context, id SubscriptionID, since time.Time) (int, error) {
	subscriptions, err := s.List(ctx)
	if err != nil {
		return 0, err
	}
	found := false
	for _, sub := range subscriptions {
		if sub.ID == id {
			found = true
			if !sub.Active {
				return 0, ErrDisabled
			}
		}
	}
	if !found {
		return 0, ErrNoSubscription
	}
	total := 0
	at := Position{CreatedAt: since.Add(-time.Microsecond), ID: ident.From[deliveryKind](uuid.Max)} // the database's finest step: since itself is included
	for {
		n, last, err := s.replayBatch(ctx, id, at)
		total += n
		if err != nil || n < sweepBatch {
			return total, err
		}
		at = last
	}
}

func (s *Service) replayBatch(ctx context.Context, id SubscriptionID, at Position) (n int, last Position, err error) {
	last = at
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).ReplaySince(ctx, db.ReplaySinceParams{
			SubscriptionID: id.UUID(), Since: at.CreatedAt, AfterID: at.ID.UUID(), Now: s.cfg.Clock.Now(), RowLimit: sweepBatch,
		})
		if err != nil {
			return fmt.Errorf("replay deliveries: %w", err)
		}
		ids := make([]uuid.UUID, len(rows))
		last = at
		for i, r := range rows { // an UPDATE returns in no order
			ids[i] = r.ID
			p := Position{CreatedAt: r.CreatedAt, ID: ident.From[deliveryKind](r.ID)}
			if p.CreatedAt.After(last.CreatedAt) || p.CreatedAt.Equal(last.CreatedAt) && p.ID.String() > last.ID.String() {
				last = p
			}
		}
		n = len(rows)
		return insertJobs(ctx, tx, ids)
	})
	return n, last, err
}

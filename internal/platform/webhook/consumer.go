package webhook

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/ident"
	"yingda/internal/platform/jobs"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/webhook/internal/db"
)

// Consumer turns events into deliveries. Every node may run one.
func (s *Service) Consumer() *outbox.Consumer {
	return outbox.NewConsumer(outbox.ConsumerConfig{
		Name: "webhook", Topics: s.topics, Pool: s.cfg.Pool, Bus: s.cfg.Bus, Clock: s.cfg.Clock, Logger: s.cfg.Logger, Handle: s.fanOut,
	})
}

// fanOut writes one delivery and one job for each event and subscription that wants it.
func (s *Service) fanOut(ctx context.Context, tx pgx.Tx, events []outbox.Event) error {
	q := db.New(tx)
	subscriptions, err := q.ActiveSubscriptions(ctx)
	if err != nil {
		return fmt.Errorf("read webhooks: %w", err)
	}
	p := db.InsertDeliveriesParams{Now: s.cfg.Clock.Now()}
	for _, e := range events {
		payload, ok := e.Payload.(json.RawMessage)
		if !ok {
			return fmt.Errorf("event %s of %s has no payload", e.ID, e.Topic)
		}
		for _, sub := range subscriptions {
			if !wants(sub.Topics, e.Topic) {
				continue
			}
			p.Ids = append(p.Ids, ident.New[deliveryKind]().UUID())
			p.SubscriptionIds = append(p.SubscriptionIds, sub.ID)
			p.EventIds = append(p.EventIds, e.ID.UUID())
			p.Topics = append(p.Topics, e.Topic)
			p.Payloads = append(p.Payloads, string(payload))
			p.OccurredAt = append(p.OccurredAt, e.OccurredAt)
		}
	}
	if len(p.Ids) == 0 {
		return nil
	}
	made, err := q.InsertDeliveries(ctx, p)
	if err != nil {
		return fmt.Errorf("write %d deliveries: %w", len(p.Ids), err)
	}
	return insertJobs(ctx, tx, made)
}

func wants(patterns []string, topic string) bool {
	for _, p := range patterns {
		if fits(p, topic) {
			return true
		}
	}
	return false
}

func insertJobs(ctx context.Context, tx pgx.Tx, ids []uuid.UUID) error {
	orders := make([]jobs.Order, len(ids))
	for i, id := range ids {
		orders[i] = jobs.Order{Args: deliverArgs{DeliveryID: id}, Options: jobs.Options{Queue: queue}}
	}
	return jobs.InsertManyTx(ctx, tx, orders...)
}

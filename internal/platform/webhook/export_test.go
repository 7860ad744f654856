package webhook

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/outbox"
)

// Process makes one attempt as the job does.
func (s *Service) Process(ctx context.Context, id DeliveryID) error { return s.process(ctx, id) }

// Sweep works as the job does.
func (s *Service) Sweep(ctx context.Context) error { return s.sweep(ctx) }

// FanOut handles events as the consumer does.
func (s *Service) FanOut(ctx context.Context, tx pgx.Tx, events []outbox.Event) error {
	return s.fanOut(ctx, tx, events)
}

// Sign makes a signature as the service does.
func Sign(secret, id string, at time.Time, body []byte) string {
	key, err := secretKey(secret)
	if err != nil {
		panic(err)
	}
	return sign(key, id, at, body)
}

// Schedule is the pauses between attempts.
var Schedule = schedule

// Fits matches a topic.
var Fits = fits

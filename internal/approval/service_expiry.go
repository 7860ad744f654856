package approval

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/approval/internal/db"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/timer"
)

// Kinds of timers; they never change.
const (
	timerExpiry   = "approval.expiry"
	timerReminder = "approval.reminder"
)

// HandleTimers registers what happens when requests come due.
func (s *Service) HandleTimers(w *timer.Worker) {
	w.Handle(timerExpiry, s.expire)
	w.Handle(timerReminder, s.remind)
}

// expire closes requests that nobody decided in time.
func (s *Service) expire(ctx context.Context, tx pgx.Tx, due []timer.Due) error {
	ctx = actor.With(ctx, actor.System("approval.expiry", RequestRead))
	return s.each(due, func(id RequestID) error {
		row, err := db.New(tx).Lock(ctx, id.UUID())
		if err != nil {
			return err
		}
		r := requestOf(row)
		if r.State != Open || s.cfg.Clock.Now().Before(r.ExpiresAt) {
			return nil
		}
		return s.close(ctx, tx, r, expire, Person{}, "", nil)
	})
}

// remind tells the pages of those who can decide once more.
func (s *Service) remind(ctx context.Context, tx pgx.Tx, due []timer.Due) error {
	return s.each(due, func(id RequestID) error {
		row, err := db.New(tx).Lock(ctx, id.UUID())
		if err != nil || State(row.State) != Open {
			return err
		}
		now := s.cfg.Clock.Now()
		if err := db.New(tx).Reminded(ctx, db.RemindedParams{ID: row.ID, Now: &now}); err != nil {
			return err
		}
		return outbox.Write(ctx, tx, TopicChanged.Event(id.String(), now, Changed{ID: id.String()}))
	})
}

// each acts on the request of each timer; one that is not there any more (restored database) is left out.
func (s *Service) each(due []timer.Due, act func(RequestID) error) error {
	for _, d := range due {
		id, err := ident.Parse[requestKind](d.Key)
		if err != nil {
			return fmt.Errorf("timer %s %q: %w", d.Kind, d.Key, err)
		}
		if err := act(id); err != nil && !postgres.IsNoRows(err) {
			return fmt.Errorf("timer %s of request %s: %w", d.Kind, id, err)
		}
	}
	return nil
}

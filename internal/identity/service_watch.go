package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/identity/internal/controldb"
	"yingda/internal/organization"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/privacy"
	"yingda/internal/platform/timer"
)

const (
	staffSweepEvery = time.Hour
	staffSweepSize  = 200
)

// Workers give what happens in the background: accounts follow their member of staff, by event and by a sweep that finds
// what an event missed. b may be nil.
func (s *ControlService) Workers(b *bus.Bus) []lifecycle.Service {
	return []lifecycle.Service{
		outbox.NewConsumer(outbox.ConsumerConfig{
			Name: "identity.staff", Topics: []string{organization.TopicStaff.Name()}, Pool: s.pool, Bus: b, Clock: s.clock, Logger: s.log,
			Handle: s.staffChanged,
		}),
		lifecycle.NewLoop("identity-staff-sweep", s.log, func(ctx context.Context) error {
			for {
				if err := s.SweepStaff(ctx); err != nil {
					return err
				}
				if err := clock.Sleep(ctx, s.clock, staffSweepEvery); err != nil {
					return err
				}
			}
		}),
	}
}

// follower is the part of the system that lets accounts follow their member of staff.
func follower(ctx context.Context) context.Context {
	return actor.With(ctx, actor.System("identity.staff"))
}

// staffChanged ends the accounts of staff who left and suspends those of staff who are suspended.
func (s *ControlService) staffChanged(ctx context.Context, tx pgx.Tx, events []outbox.Event) error {
	var staff []uuid.UUID
	for _, e := range events {
		c, err := organization.TopicStaff.Decode(e)
		if err != nil {
			return err
		}
		id, err := uuid.Parse(c.ID)
		if err != nil {
			return fmt.Errorf("event %s: %w", e.ID, err)
		}
		staff = append(staff, id)
	}
	rows, err := controldb.New(tx).AccountsOfStoppedStaffIn(ctx, staff)
	if err != nil {
		return fmt.Errorf("find accounts of staff who stopped: %w", err)
	}
	for _, r := range rows {
		if err := s.follow(follower(ctx), tx, r.ID, r.State); err != nil {
			return err
		}
	}
	return nil
}

// SweepStaff does the same for all accounts: a restored database or an import may have passed the events by.
//
// Unchecked: the program's own, as the named part of the system.
func (s *ControlService) SweepStaff(ctx context.Context) error {
	ctx = follower(ctx)
	rows, err := controldb.New(s.pool).AccountsOfStoppedStaff(ctx, staffSweepSize)
	if err != nil {
		return fmt.Errorf("find accounts of staff who stopped: %w", err)
	}
	for _, r := range rows {
		err := postgres.InTx(ctx, s.pool, func(ctx context.Context, tx pgx.Tx) error { return s.follow(ctx, tx, r.ID, r.State) })
		if err != nil {
			return err
		}
	}
	return nil
}

// follow brings one account to the state of its member of staff. The last one who can give rights stays and is told
// on the health page: somebody must take over first.
func (s *ControlService) follow(ctx context.Context, tx pgx.Tx, account uuid.UUID, staffState string) error {
	to, reason := Suspended, "员工已停职 / the member of staff is suspended"
	if staffState == string(organization.StaffLeft) {
		to, reason = Left, "员工已离职 / the member of staff has left"
	}
	id := ident.From[accountKind](account)
	acct, err := s.identity.credential(ctx, tx, id)
	if err != nil {
		return err
	}
	if State(acct.State) == to || State(acct.State) == Left {
		return nil
	}
	err = s.identity.setState(ctx, tx, id, to, reason)
	if f, ok := fault.As(err); ok && f.Code == "identity.last_holder" {
		s.log.Warn("an account stays because nobody else could give rights", "account", account)
		return nil
	}
	if err != nil {
		return err
	}
	s.identity.forgetHere(forgetting{Accounts: []uuid.UUID{account}, Cut: true})
	return nil
}

// HandleTimers registers what happens when reviews come due.
func (s *ControlService) HandleTimers(w *timer.Worker) {
	w.Handle(timerReviewSoon, s.remindReviewers)
	w.Handle(timerReviewDue, s.remindReviewers)
}

// remindReviewers tells the pages, and by mail those whose sheets are open; after the end it does so every day.
func (s *ControlService) remindReviewers(ctx context.Context, tx pgx.Tx, due []timer.Due) error {
	ctx = actor.With(ctx, actor.System("identity.review"))
	q := controldb.New(tx)
	for _, d := range due {
		id, err := ident.Parse[campaignKind](d.Key)
		if err != nil {
			return fmt.Errorf("timer %s %q: %w", d.Kind, d.Key, err)
		}
		c, err := q.LockCampaign(ctx, id.UUID())
		if postgres.IsNoRows(err) || err == nil && c.State != "open" {
			continue
		}
		if err != nil {
			return fmt.Errorf("lock review: %w", err)
		}
		now := s.clock.Now()
		if err := q.CampaignReminded(ctx, controldb.CampaignRemindedParams{ID: id.UUID(), Now: &now}); err != nil {
			return fmt.Errorf("note reminder: %w", err)
		}
		if err := s.mailReviewers(ctx, tx, c, now); err != nil {
			return err
		}
		if d.Kind == timerReviewDue {
			if err := timer.Set(ctx, tx, timer.Timer{Kind: timerReviewDue, Key: d.Key, DueAt: now.Add(remindAgain)}); err != nil {
				return err
			}
		}
		if err := outbox.Write(ctx, tx, TopicReview.Event(d.Key, now, Changed{ID: d.Key})); err != nil {
			return err
		}
	}
	return nil
}

func (s *ControlService) mailReviewers(ctx context.Context, tx pgx.Tx, c controldb.IdentityReviewCampaign, now time.Time) error {
	if s.identity.cfg.Notify == nil {
		return nil
	}
	rows, err := controldb.New(tx).ReviewersToRemind(ctx, c.ID)
	if err != nil {
		return fmt.Errorf("find reviewers: %w", err)
	}
	day := c.DueAt.In(shanghai).Format("2006-01-02")
	for _, r := range rows {
		if r.Email == "" {
			continue
		}
		_, err := s.identity.cfg.Notify.Send(ctx, tx, notify.Message{
			Channel: notify.Email, Recipient: privacy.Recipient(r.Email), Subject: "权限复核待签署 / Access review to sign", Purpose: "identity.review_reminder",
			Body: "权限复核“" + c.Name + "”须于 " + day + " 前完成，您负责的复核表尚未签署。请登录应答系统，打开“权限复核”。\n\n" +
				"The access review \"" + c.Name + "\" is due on " + day + "; your sheet is not signed yet. Sign in and open Access reviews.",
			IdempotencyKey: fmt.Sprintf("review/%s/%s/%s", c.ID, r.Number, now.In(shanghai).Format(time.DateOnly)),
		})
		if fault.KindOf(err) == fault.Invalid {
			s.log.Warn("a reviewer was not reminded by mail: the address is not usable", "review", c.ID)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// UnusedAccount is an active account that nobody has used for long.
type UnusedAccount struct {
	ID           AccountID  `json:"id"`
	Number       string     `json:"number"`
	Name         string     `json:"name" privacy:"-"`
	Centre       uuid.UUID  `json:"centre_id"`
	CentreName   string     `json:"centre_name"`
	LastSignInAt *time.Time `json:"last_sign_in_at" doc:"null: never"`
	CreatedAt    time.Time  `json:"created_at"`
}

// UnusedAccounts lists active accounts without a sign-in for so many days, by staff number after the one given, within
// the scope of [AccountRead].
func (s *ControlService) UnusedAccounts(ctx context.Context, days int, after string, limit int32) ([]UnusedAccount, error) {
	scope, err := actor.Allow(ctx, AccountRead)
	if err != nil {
		return nil, err
	}
	rows, err := controldb.New(s.pool).ListUnused(ctx, controldb.ListUnusedParams{
		Before: ptr(s.clock.Now().AddDate(0, 0, -max(1, days))), National: scope.IsNational(), Centres: scope.Centres(), AfterNumber: after, RowLimit: limit,
	})
	if err != nil {
		return nil, fmt.Errorf("list unused accounts: %w", err)
	}
	list := make([]UnusedAccount, len(rows))
	for i, r := range rows {
		list[i] = UnusedAccount{
			ID: ident.From[accountKind](r.ID), Number: r.Number, Name: r.Name, Centre: r.CentreID, CentreName: r.CentreName,
			LastSignInAt: r.LastSignInAt, CreatedAt: r.CreatedAt,
		}
	}
	return list, nil
}

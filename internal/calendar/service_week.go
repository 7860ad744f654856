package calendar

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/calendar/internal/db"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpapi/idempotency"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

// WeekEdit is what of a working week can be set.
type WeekEdit struct {
	Week
	Reason string
}

// Weeks gives the working weeks of the centres from the nation down to one (none: the actor's own), by first day within each.
func (s *Service) Weeks(ctx context.Context, centre organization.CentreID) ([]organization.Centre, map[organization.CentreID][]Week, error) {
	scope, err := actor.Allow(ctx, HoursRead)
	if err != nil {
		return nil, nil, err
	}
	path, err := s.at(ctx, scope, centre, true)
	if err != nil {
		return nil, nil, err
	}
	rows, err := db.New(s.cfg.Pool).Weeks(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read working weeks: %w", err)
	}
	weeks := map[organization.CentreID][]Week{}
	for _, r := range rows {
		w, err := weekOf(r)
		if err != nil {
			return nil, nil, err
		}
		weeks[w.Centre] = append(weeks[w.Centre], w)
	}
	return path, weeks, nil
}

// CreateWeek gives a centre a working week from a day on. Errors: calendar.no_such_centre, calendar.invalid with the fields,
// calendar.week_taken.
func (s *Service) CreateWeek(ctx context.Context, tx pgx.Tx, e WeekEdit) (Week, error) {
	w, err := s.createWeek(ctx, tx, e, nil)
	return w, err
}

func (s *Service) createWeek(ctx context.Context, tx pgx.Tx, e WeekEdit, answer func(Week) any) (Week, error) {
	w, centre, reason, err := s.checkedWeek(ctx, e)
	if err != nil {
		return Week{}, err
	}
	w.ID, w.Version = ident.New[weekKind](), 1
	return w, s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		c := weekChange("create", w, centre, reason)
		c.changes = audit.Diff(nil, w)
		if err := s.record(ctx, tx, c); err != nil {
			return err
		}
		if err := insertWeek(ctx, db.New(tx), w); err != nil {
			return err
		}
		if answer == nil {
			return nil
		}
		return idempotency.Commit(ctx, tx, answer(w))
	})
}

func weekChange(act string, w Week, centre organization.Centre, reason string) change {
	return change{
		act: "calendar.week." + act, kind: "calendar.week", id: w.ID.String(), label: centre.Name + " · " + w.ValidFrom.String(),
		centre: centre, reason: reason, topic: TopicWeek,
	}
}

// inTx runs fn in tx, or in a transaction of its own when tx is nil.
func (s *Service) inTx(ctx context.Context, tx pgx.Tx, fn func(ctx context.Context, tx pgx.Tx) error) error {
	if tx != nil {
		return fn(ctx, tx)
	}
	if err := postgres.InTx(ctx, s.cfg.Pool, fn); err != nil {
		return err
	}
	s.caughtUp(ctx)
	return nil
}

func (s *Service) checkedWeek(ctx context.Context, e WeekEdit) (Week, organization.Centre, string, error) {
	scope, err := actor.Allow(ctx, HoursEdit)
	if err != nil {
		return Week{}, organization.Centre{}, "", err
	}
	path, err := s.at(ctx, scope, e.Centre, false)
	if err != nil {
		return Week{}, organization.Centre{}, "", err
	}
	var f fault.Fields
	w := e.normalise(&f)
	reason := text(&f, "body.reason", e.Reason, false, maxReason)
	centre := path[len(path)-1]
	w.Centre, w.UpdatedBy, w.UpdatedAt = centre.ID, who(ctx), s.cfg.Clock.Now()
	return w, centre, reason, f.Err(errInvalid.Code, "the working week cannot be like this")
}

// UpdateWeek changes a working week; its centre stays.
func (s *Service) UpdateWeek(ctx context.Context, id WeekID, e WeekEdit) (Week, error) {
	scope, err := actor.Allow(ctx, HoursEdit)
	if err != nil {
		return Week{}, err
	}
	old, _, err := s.weekIn(ctx, scope, id)
	if err != nil {
		return Week{}, err
	}
	e.Centre = old.Centre
	w, centre, reason, err := s.checkedWeek(ctx, e)
	if err != nil {
		return Week{}, err
	}
	w.ID = id
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		c := weekChange("update", w, centre, reason)
		c.changes = audit.Diff(old, w)
		if err := s.record(ctx, tx, c); err != nil {
			return err
		}
		n, err := updateWeek(ctx, db.New(tx), w, e.Version)
		if err == nil && n == 0 {
			return s.weekMoved(ctx, tx, id)
		}
		return err
	})
	w.Version = e.Version + 1
	return w, err
}

// DeleteWeek takes a working week away; what holds above holds again.
func (s *Service) DeleteWeek(ctx context.Context, id WeekID, version int, reason string) error {
	scope, err := actor.Allow(ctx, HoursEdit)
	if err != nil {
		return err
	}
	old, centre, err := s.weekIn(ctx, scope, id)
	if err != nil {
		return err
	}
	var f fault.Fields
	reason = text(&f, "body.reason", reason, false, maxReason)
	if err := f.Err(errInvalid.Code, "the working week cannot be taken away like this"); err != nil {
		return err
	}
	return s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		c := weekChange("delete", old, centre, reason)
		c.changes = audit.Diff(old, nil)
		if err := s.record(ctx, tx, c); err != nil {
			return err
		}
		n, err := db.New(tx).DeleteWeek(ctx, db.DeleteWeekParams{ID: id.UUID(), Version: int32(version)})
		if err == nil && n == 0 {
			return s.weekMoved(ctx, tx, id)
		}
		return err
	})
}

// weekIn gives a week of a centre in scope.
func (s *Service) weekIn(ctx context.Context, scope actor.Scope, id WeekID) (Week, organization.Centre, error) {
	row, err := db.New(s.cfg.Pool).Week(ctx, id.UUID())
	if postgres.IsNoRows(err) || err == nil && !scope.Covers(row.CentreID) {
		return Week{}, organization.Centre{}, ErrNoWeek
	}
	if err != nil {
		return Week{}, organization.Centre{}, fmt.Errorf("read working week: %w", err)
	}
	w, err := weekOf(row)
	if err != nil {
		return Week{}, organization.Centre{}, err
	}
	path, err := s.at(ctx, scope, w.Centre, false)
	if err != nil {
		return Week{}, organization.Centre{}, err
	}
	return w, path[len(path)-1], nil
}

func (s *Service) weekMoved(ctx context.Context, tx pgx.Tx, id WeekID) error {
	row, err := db.New(tx).Week(ctx, id.UUID())
	if postgres.IsNoRows(err) {
		return ErrNoWeek
	}
	if err != nil {
		return fmt.Errorf("read working week: %w", err)
	}
	return changedMeanwhile("the working week", row.UpdatedBy, row.UpdatedAt)
}

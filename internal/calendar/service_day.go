package calendar

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/calendar/internal/db"
	"yingda/internal/calendar/worktime"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpapi/idempotency"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

// DayEdit is what of an exception can be set.
type DayEdit struct {
	Day
	Reason string
}

// YearDay is one day as it holds at a centre.
type YearDay struct {
	Day   worktime.Date
	Kind  worktime.Kind
	Name  string
	By    string // whose word it is
	Spans []worktime.Span
	Own   *Day // the centre's own exception; nil: none
}

// Year gives every day of a year as it holds at a centre (none: the actor's own).
func (s *Service) Year(ctx context.Context, centre organization.CentreID, year int) (organization.Centre, []YearDay, error) {
	scope, err := actor.Allow(ctx, HoursRead)
	if err != nil {
		return organization.Centre{}, nil, err
	}
	path, err := s.at(ctx, scope, centre, true)
	if err != nil {
		return organization.Centre{}, nil, err
	}
	last := path[len(path)-1]
	c, err := s.Of(ctx, last.ID)
	if err != nil {
		return last, nil, err
	}
	from, to := worktime.DateOf(year, 1, 1), worktime.DateOf(year, 12, 31)
	rows, err := db.New(s.cfg.Pool).DaysOf(ctx, db.DaysOfParams{CentreID: last.ID.UUID(), FirstDay: dateOf(from), LastDay: dateOf(to)})
	if err != nil {
		return last, nil, fmt.Errorf("read special days: %w", err)
	}
	own := map[worktime.Date]*Day{}
	for _, r := range rows {
		d, err := exceptionOf(r)
		if err != nil {
			return last, nil, err
		}
		own[d.Day] = &d
	}
	days := make([]YearDay, 0, 366)
	for d := from; d <= to; d++ {
		spans, x := c.On(d)
		days = append(days, YearDay{d, x.Kind, x.Name, x.Label, spans, own[d]})
	}
	return last, days, nil
}

// CreateDay makes an exception. Errors: calendar.no_such_centre, calendar.invalid with the fields, calendar.day_taken.
func (s *Service) CreateDay(ctx context.Context, tx pgx.Tx, e DayEdit) (Day, error) {
	return s.createDay(ctx, tx, e, nil)
}

func (s *Service) createDay(ctx context.Context, tx pgx.Tx, e DayEdit, answer func(Day) any) (Day, error) {
	d, centre, reason, err := s.checkedDay(ctx, e)
	if err != nil {
		return Day{}, err
	}
	d.ID, d.Version = ident.New[dayKind](), 1
	return d, s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		c := dayChange("create", d, centre, reason)
		c.changes = audit.Diff(nil, d)
		if err := s.record(ctx, tx, c); err != nil {
			return err
		}
		if err := insertDay(ctx, db.New(tx), d); err != nil {
			return err
		}
		if answer == nil {
			return nil
		}
		return idempotency.Commit(ctx, tx, answer(d))
	})
}

func dayChange(act string, d Day, centre organization.Centre, reason string) change {
	return change{
		act: "calendar.day." + act, kind: "calendar.day", id: d.ID.String(), label: centre.Name + " · " + d.Day.String() + " " + d.Name,
		centre: centre, reason: reason, topic: TopicDay,
	}
}

func (s *Service) checkedDay(ctx context.Context, e DayEdit) (Day, organization.Centre, string, error) {
	scope, err := actor.Allow(ctx, HoursEdit)
	if err != nil {
		return Day{}, organization.Centre{}, "", err
	}
	path, err := s.at(ctx, scope, e.Centre, false)
	if err != nil {
		return Day{}, organization.Centre{}, "", err
	}
	var f fault.Fields
	d := e.normalise(&f)
	reason := text(&f, "body.reason", e.Reason, false, maxReason)
	centre := path[len(path)-1]
	d.Centre, d.UpdatedBy, d.UpdatedAt = centre.ID, who(ctx), s.cfg.Clock.Now()
	return d, centre, reason, f.Err(errInvalid.Code, "the day cannot be like this")
}

// UpdateDay changes an exception; its centre stays.
func (s *Service) UpdateDay(ctx context.Context, id DayID, e DayEdit) (Day, error) {
	scope, err := actor.Allow(ctx, HoursEdit)
	if err != nil {
		return Day{}, err
	}
	old, _, err := s.dayIn(ctx, scope, id)
	if err != nil {
		return Day{}, err
	}
	e.Centre = old.Centre
	d, centre, reason, err := s.checkedDay(ctx, e)
	if err != nil {
		return Day{}, err
	}
	d.ID = id
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		c := dayChange("update", d, centre, reason)
		c.changes = audit.Diff(old, d)
		if err := s.record(ctx, tx, c); err != nil {
			return err
		}
		n, err := updateDay(ctx, db.New(tx), d, e.Version)
		if err == nil && n == 0 {
			return s.dayMoved(ctx, tx, id)
		}
		return err
	})
	d.Version = e.Version + 1
	return d, err
}

// DeleteDay takes an exception away; what holds above holds again.
func (s *Service) DeleteDay(ctx context.Context, id DayID, version int, reason string) error {
	scope, err := actor.Allow(ctx, HoursEdit)
	if err != nil {
		return err
	}
	old, centre, err := s.dayIn(ctx, scope, id)
	if err != nil {
		return err
	}
	var f fault.Fields
	reason = text(&f, "body.reason", reason, false, maxReason)
	if err := f.Err(errInvalid.Code, "the day cannot be taken away like this"); err != nil {
		return err
	}
	return s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		c := dayChange("delete", old, centre, reason)
		c.changes = audit.Diff(old, nil)
		if err := s.record(ctx, tx, c); err != nil {
			return err
		}
		n, err := db.New(tx).DeleteDay(ctx, db.DeleteDayParams{ID: id.UUID(), Version: int32(version)})
		if err == nil && n == 0 {
			return s.dayMoved(ctx, tx, id)
		}
		return err
	})
}

func (s *Service) dayIn(ctx context.Context, scope actor.Scope, id DayID) (Day, organization.Centre, error) {
	row, err := db.New(s.cfg.Pool).Day(ctx, id.UUID())
	if postgres.IsNoRows(err) || err == nil && !scope.Covers(row.CentreID) {
		return Day{}, organization.Centre{}, ErrNoDay
	}
	if err != nil {
		return Day{}, organization.Centre{}, fmt.Errorf("read special day: %w", err)
	}
	d, err := exceptionOf(row)
	if err != nil {
		return Day{}, organization.Centre{}, err
	}
	path, err := s.at(ctx, scope, d.Centre, false)
	if err != nil {
		return Day{}, organization.Centre{}, err
	}
	return d, path[len(path)-1], nil
}

func (s *Service) dayMoved(ctx context.Context, tx pgx.Tx, id DayID) error {
	row, err := db.New(tx).Day(ctx, id.UUID())
	if postgres.IsNoRows(err) {
		return ErrNoDay
	}
	if err != nil {
		return fmt.Errorf("read special day: %w", err)
	}
	return changedMeanwhile("the day", row.UpdatedBy, row.UpdatedAt)
}

// TakeArrangement sets the public holidays and make-up workdays of a year that this program knows at a centre, usually the
// nation. Days that the centre has already stay as they are. It tells how many were set.
func (s *Service) TakeArrangement(ctx context.Context, centre organization.CentreID, year int) (int, error) {
	scope, err := actor.Allow(ctx, HoursEdit)
	if err != nil {
		return 0, err
	}
	path, err := s.at(ctx, scope, centre, false)
	if err != nil {
		return 0, err
	}
	a, ok := arrangementOf(year)
	if !ok {
		return 0, ErrNoYear
	}
	taken := 0
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) (err error) {
		taken, err = s.takeDays(ctx, tx, path[len(path)-1], a)
		return err
	})
	return taken, err
}

func (s *Service) takeDays(ctx context.Context, tx pgx.Tx, centre organization.Centre, a Arrangement) (int, error) {
	q, taken, now := db.New(tx), 0, s.cfg.Clock.Now()
	if _, err := q.Touch(ctx); err != nil {
		return 0, fmt.Errorf("take the turn to change calendars: %w", err)
	}
	var changes []change
	for _, x := range a.Days {
		if _, err := q.DayOf(ctx, db.DayOfParams{CentreID: centre.ID.UUID(), Day: dateOf(x.Day)}); err == nil {
			continue
		} else if !postgres.IsNoRows(err) {
			return 0, fmt.Errorf("read special day: %w", err)
		}
		d := Day{
			ID: ident.New[dayKind](), Centre: centre.ID, Day: x.Day, Kind: worktime.Off, Public: true, Name: x.Name, Version: 1,
			UpdatedBy: who(ctx), UpdatedAt: now, Spans: []worktime.Span{},
		}
		if !x.Off {
			d.Kind, d.AsWeekday = worktime.Work, s.makeUpAs(centre.ID)
		}
		if err := insertDay(ctx, q, d); err != nil {
			return 0, err
		}
		c := dayChange("create", d, centre, a.Source)
		c.changes = audit.Diff(nil, d)
		changes = append(changes, c)
		taken++
	}
	return taken, s.record(ctx, tx, changes...)
}

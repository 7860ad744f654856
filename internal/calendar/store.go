package calendar

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"

	"yingda/internal/calendar/internal/db"
	"yingda/internal/calendar/worktime"
	"yingda/internal/organization"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

func dateOf(d worktime.Date) pgtype.Date { return pgtype.Date{Time: d.Time(), Valid: true} }

func dayOf(d pgtype.Date) worktime.Date { return worktime.DateIn(d.Time, d.Time.Location()) }

func weekOf(r db.CalendarWeek) (Week, error) {
	w := Week{
		ID: ident.From[weekKind](r.ID), Centre: idOf(organization.CentreID{}, r.CentreID), ValidFrom: dayOf(r.ValidFrom), Holidays: r.Holidays,
		Version: int(r.Version), UpdatedBy: r.UpdatedBy, UpdatedAt: r.UpdatedAt, Periods: []Period{},
	}
	if err := json.Unmarshal(r.Periods, &w.Periods); err != nil {
		return w, fmt.Errorf("read periods of week %s: %w", w.ID, err)
	}
	return w, nil
}

func exceptionOf(r db.CalendarDay) (Day, error) {
	d := Day{
		ID: ident.From[dayKind](r.ID), Centre: idOf(organization.CentreID{}, r.CentreID), Day: dayOf(r.Day), Kind: worktime.Kind(r.Kind), Public: r.Public,
		Name: r.Name, AsWeekday: int(r.AsWeekday), Version: int(r.Version), UpdatedBy: r.UpdatedBy, UpdatedAt: r.UpdatedAt, Spans: []worktime.Span{},
	}
	if err := json.Unmarshal(r.Periods, &d.Spans); err != nil {
		return d, fmt.Errorf("read periods of day %s: %w", d.ID, err)
	}
	return d, nil
}

// mapConstraint tells a row that is there already from other failures.
func mapConstraint(err error) error {
	switch postgres.ConstraintName(err) {
	case "week_centre_day_key":
		return ErrWeekTaken.WithCause(err)
	case "day_centre_day_key":
		return ErrDayTaken.WithCause(err)
	}
	return err
}

func insertWeek(ctx context.Context, q *db.Queries, w Week) error {
	periods, err := json.Marshal(w.Periods)
	if err != nil {
		return fmt.Errorf("write periods: %w", err)
	}
	return mapConstraint(q.InsertWeek(ctx, db.InsertWeekParams{
		ID: w.ID.UUID(), CentreID: w.Centre.UUID(), ValidFrom: dateOf(w.ValidFrom), Holidays: w.Holidays, Periods: periods, UpdatedBy: w.UpdatedBy, Now: w.UpdatedAt,
	}))
}

func updateWeek(ctx context.Context, q *db.Queries, w Week, version int) (int64, error) {
	periods, err := json.Marshal(w.Periods)
	if err != nil {
		return 0, fmt.Errorf("write periods: %w", err)
	}
	n, err := q.UpdateWeek(ctx, db.UpdateWeekParams{
		ID: w.ID.UUID(), ValidFrom: dateOf(w.ValidFrom), Holidays: w.Holidays, Periods: periods, UpdatedBy: w.UpdatedBy, Now: w.UpdatedAt, Version: int32(version),
	})
	return n, mapConstraint(err)
}

func insertDay(ctx context.Context, q *db.Queries, d Day) error {
	spans, err := json.Marshal(d.Spans)
	if err != nil {
		return fmt.Errorf("write periods: %w", err)
	}
	return mapConstraint(q.InsertDay(ctx, db.InsertDayParams{
		ID: d.ID.UUID(), CentreID: d.Centre.UUID(), Day: dateOf(d.Day), Kind: string(d.Kind), Public: d.Public, Name: d.Name, AsWeekday: int32(d.AsWeekday),
		Periods: spans, UpdatedBy: d.UpdatedBy, Now: d.UpdatedAt,
	}))
}

func updateDay(ctx context.Context, q *db.Queries, d Day, version int) (int64, error) {
	spans, err := json.Marshal(d.Spans)
	if err != nil {
		return 0, fmt.Errorf("write periods: %w", err)
	}
	n, err := q.UpdateDay(ctx, db.UpdateDayParams{
		ID: d.ID.UUID(), Day: dateOf(d.Day), Kind: string(d.Kind), Public: d.Public, Name: d.Name, AsWeekday: int32(d.AsWeekday),
		Periods: spans, UpdatedBy: d.UpdatedBy, Now: d.UpdatedAt, Version: int32(version),
	})
	return n, mapConstraint(err)
}

package organization

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"yingda/internal/organization/internal/db"
	"yingda/internal/organization/lookup"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/privacy"
)

// staffOf reads a row.
func staffOf(r db.StaffByIDRow) Staff {
	s := Staff{
		ID: ident.From[staffKind](r.ID), Number: r.Number, Name: r.Name, Centre: ident.From[centreKind](r.CentreID),
		Team: ident.From[teamKind](r.TeamID.UUID), Post: ident.From[postKind](r.PostID.UUID),
		Mobile: privacy.Phone(r.Mobile), Email: privacy.Email(r.Email), State: StaffState(r.State),
		Version: int(r.Version), UpdatedBy: r.UpdatedBy, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
	_, _ = s.JoinedOn.ScanDate(r.JoinedOn), s.LeftOn.ScanDate(r.LeftOn) // a date column holds days
	return s
}

func dateOf(d Day) pgtype.Date {
	v, _ := d.DateValue() // checked before it is stored
	return v
}

func dayOf(v pgtype.Date) Day {
	var d Day
	_ = d.ScanDate(v)
	return d
}

func nullable[K any](id ident.ID[K]) uuid.NullUUID {
	return uuid.NullUUID{UUID: id.UUID(), Valid: !id.IsZero()}
}

func uuids[K any](ids []ident.ID[K]) []uuid.UUID {
	list := make([]uuid.UUID, len(ids))
	for i, id := range ids {
		list[i] = id.UUID()
	}
	return list
}

// insertStaff writes new rows by COPY.
func insertStaff(ctx context.Context, tx pgx.Tx, list []Staff) error {
	rows := make([]db.InsertStaffParams, len(list))
	for i, s := range list {
		rows[i] = db.InsertStaffParams{
			ID: s.ID.UUID(), Number: s.Number, Name: s.Name, CentreID: s.Centre.UUID(), TeamID: nullable(s.Team), PostID: nullable(s.Post),
			Mobile: s.Mobile.Plain(), Email: s.Email.Plain(), State: string(s.State), JoinedOn: dateOf(s.JoinedOn), LeftOn: dateOf(s.LeftOn),
			Version: 1, Search: lookup.Keys(s.Number, s.Name), UpdatedBy: s.UpdatedBy, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
		}
	}
	_, err := db.New(tx).InsertStaff(ctx, rows)
	return staffError("write staff", err)
}

// updateStaff writes rows that are locked.
func updateStaff(ctx context.Context, tx pgx.Tx, list []Staff, by string, now time.Time) error {
	p := db.UpdateStaffParams{UpdatedBy: by, Now: now}
	for _, s := range list {
		p.Ids = append(p.Ids, s.ID.UUID())
		p.Names = append(p.Names, s.Name)
		p.CentreIds = append(p.CentreIds, s.Centre.UUID())
		p.TeamIds = append(p.TeamIds, s.Team.UUID())
		p.PostIds = append(p.PostIds, s.Post.UUID())
		p.Mobiles = append(p.Mobiles, s.Mobile.Plain())
		p.Emails = append(p.Emails, s.Email.Plain())
		p.States = append(p.States, string(s.State))
		p.JoinedOns = append(p.JoinedOns, string(s.JoinedOn))
		p.LeftOns = append(p.LeftOns, string(s.LeftOn))
		p.Searches = append(p.Searches, lookup.Keys(s.Number, s.Name))
	}
	n, err := db.New(tx).UpdateStaff(ctx, p)
	if err == nil && n != int64(len(list)) {
		return fmt.Errorf("write staff: %d of %d locked rows were there", n, len(list))
	}
	return staffError("write staff", err)
}

// staffError maps the constraints of the table.
func staffError(doing string, err error) error {
	switch postgres.ConstraintName(err) {
	case "staff_number_key":
		return errNumberTaken.WithCause(err)
	case "staff_centre_fkey":
		return ErrNoCentre.WithCause(err)
	case "staff_team_fkey":
		return ErrNoTeam.WithCause(err)
	case "staff_post_fkey":
		return ErrNoPost.WithCause(err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// lockStaff reads rows and keeps others from changing them until tx ends. Unknown ids are left out.
func lockStaff(ctx context.Context, tx pgx.Tx, ids []StaffID) (map[StaffID]Staff, error) {
	rows, err := db.New(tx).StaffForUpdate(ctx, uuids(ids))
	if err != nil {
		return nil, fmt.Errorf("read staff to be changed: %w", err)
	}
	found := make(map[StaffID]Staff, len(rows))
	for _, r := range rows {
		s := staffOf(db.StaffByIDRow(r))
		found[s.ID] = s
	}
	return found, nil
}

// StaffByID reads a member of staff for another domain, in its transaction. It checks no permission: sign-in
// asks before anybody acts; who shows the answer to people checks theirs. Errors: [ErrNoStaff].
func (s *Service) StaffByID(ctx context.Context, tx pgx.Tx, id StaffID) (Staff, error) {
	row, err := db.New(tx).StaffByID(ctx, id.UUID())
	if postgres.IsNoRows(err) {
		return Staff{}, ErrNoStaff
	}
	if err != nil {
		return Staff{}, fmt.Errorf("read member of staff: %w", err)
	}
	return staffOf(row), nil
}

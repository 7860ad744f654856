package organization

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/privacy"
)

// StaffDetail is everything about one member of staff.
type StaffDetail struct {
	StaffItem
	Path    []Centre // from the top of what the asker sees down to the centre
	Skills  []HeldSkill
	Leads   []string // teams, as "code name"
	Edition int      // of the post's issued description; 0: none
	// AcknowledgedAt is when that edition was acknowledged; zero: not yet.
	AcknowledgedAt time.Time
}

// GetStaff gives one member of staff. Errors: [ErrNoStaff].
func (s *Service) GetStaff(ctx context.Context, id StaffID) (StaffDetail, error) {
	scope, err := actor.Allow(ctx, StaffRead)
	if err != nil {
		return StaffDetail{}, err
	}
	var d StaffDetail
	tree, err := s.seeStaff(ctx, scope, id, &d.StaffItem)
	if err != nil {
		return d, err
	}
	for _, c := range tree.Path(d.Centre) {
		if scope.Covers(c.ID.UUID()) {
			d.Path = append(d.Path, c)
		}
	}
	held, err := s.SkillsOf(ctx, s.cfg.Pool, []StaffID{id})
	if err != nil {
		return d, err
	}
	d.Skills = held[id]
	q := db.New(s.cfg.Pool)
	led, err := q.LedTeams(ctx, []uuid.UUID{id.UUID()})
	if err != nil {
		return d, fmt.Errorf("read the teams led: %w", err)
	}
	for _, t := range led {
		d.Leads = append(d.Leads, t.Code+" "+t.Name)
	}
	if d.Post.IsZero() {
		return d, nil
	}
	issued, err := descriptionIn(ctx, s.cfg.Pool, d.Post, Issued)
	if fault.KindOf(err) == fault.NotFound {
		return d, nil
	}
	if err != nil {
		return d, err
	}
	d.Edition = issued.Edition
	d.AcknowledgedAt, err = acknowledgedAt(ctx, q, issued.ID, id)
	return d, err
}

// seeStaff reads one member of staff within the scope.
func (s *Service) seeStaff(ctx context.Context, scope actor.Scope, id StaffID, into *StaffItem) (*Tree, error) {
	tree, err := s.Tree(ctx)
	if err != nil {
		return nil, err
	}
	err = scanStaff(s.cfg.Pool.QueryRow(ctx, staffOne, id), tree, into)
	if postgres.IsNoRows(err) || err == nil && !scope.Covers(into.Centre.UUID()) {
		return nil, ErrNoStaff
	}
	if err != nil {
		return nil, fmt.Errorf("read member of staff: %w", err)
	}
	return tree, nil
}

// StaffEvent is one thing that was done to a member of staff, from the audit.
type StaffEvent struct {
	ID      audit.EntryID
	At      time.Time
	By      string // number and name
	Action  string
	Reason  string
	Changes []audit.Change
}

// StaffHistory gives what was done to one member of staff, the newest first. Errors: [ErrNoStaff].
func (s *Service) StaffHistory(ctx context.Context, id StaffID, before audit.EntryID, limit int32) ([]StaffEvent, error) {
	scope, err := actor.Allow(ctx, StaffRead)
	if err != nil {
		return nil, err
	}
	var i StaffItem
	if _, err := s.seeStaff(ctx, scope, id, &i); err != nil {
		return nil, err
	}
	from := before.UUID()
	if before.IsZero() {
		from = uuid.Max
	}
	rows, err := db.New(s.cfg.Pool).StaffHistory(ctx, db.StaffHistoryParams{ObjectID: id.String(), Before: from, RowLimit: orDefault(limit)})
	if err != nil {
		return nil, fmt.Errorf("read the history of a member of staff: %w", err)
	}
	list := make([]StaffEvent, len(rows))
	for n, r := range rows {
		e := StaffEvent{At: r.At.UTC(), By: strings.TrimSpace(r.ActorNumber + " " + r.ActorName), Action: r.Action, Reason: r.Reason}
		_ = e.ID.UnmarshalText([]byte(r.ID.String())) // a UUID in its own form
		if err := json.Unmarshal(r.Changes, &e.Changes); err != nil {
			return nil, fmt.Errorf("read an audit entry of a member of staff: %w", err)
		}
		list[n] = e
	}
	return list, nil
}

// Contact is how somebody is reached.
type Contact struct {
	Mobile privacy.Phone
	Email  privacy.Email
}

// RevealStaff gives phone and mail address to be shown in full, and notes who looked and why. Errors:
// [ErrNoStaff], organization.invalid_staff without a reason.
func (s *Service) RevealStaff(ctx context.Context, id StaffID, reason string) (Contact, error) {
	scope, err := actor.Allow(ctx, StaffReveal)
	if err != nil {
		return Contact{}, err
	}
	var i StaffItem
	tree, err := s.seeStaff(ctx, scope, id, &i)
	if err != nil {
		return Contact{}, err
	}
	var f fault.Fields
	reason = strings.TrimSpace(reason)
	f.Check(utf8.RuneCountInString(reason) >= 2, "body.reason", fieldRequired, "is missing")
	checkText(&f, "body.reason", reason, 500)
	if err := f.Err(codeInvalidStaff, "personal data is shown for a reason only"); err != nil {
		return Contact{}, err
	}
	centre, _ := tree.Centre(i.Centre)
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		return s.auditOnly(ctx, tx, change{
			act: "staff.reveal", id: id.String(), label: i.Label(), centre: i.Centre.UUID(), province: centre.Province, city: centre.City, reason: reason,
		})
	})
	if err != nil {
		return Contact{}, err
	}
	privacy.Reveal(ctx, privacy.ClassPhone, privacy.ClassEmail)
	return Contact{Mobile: i.Mobile, Email: i.Email}, nil
}

package organization

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
)

// grantRecord is a held skill as the audit writes it.
type grantRecord struct {
	Level      int    `json:"level"`
	ValidFrom  Day    `json:"valid_from"`
	ValidUntil Day    `json:"valid_until"`
	Evidence   string `json:"evidence"`
}

// GrantSkill gives a skill to everybody named or to nobody. Errors: [ErrNoSkill], [ErrNoStaff], [ErrLeft],
// organization.skill_closed, organization.invalid_skill with the fields.
func (s *Service) GrantSkill(ctx context.Context, tx pgx.Tx, g Grant) error {
	scope, err := actor.Allow(ctx, SkillEdit)
	if err != nil {
		return err
	}
	g, err = g.normalise(s.today())
	if err != nil {
		return err
	}
	return s.changeGrants(ctx, tx, scope, "staff.grant_skill", g.Skill, g.Staff, g.Evidence, func(q *db.Queries, k db.SkillForShareRow) (grantRecord, error) {
		if k.State == string(Closed) {
			return grantRecord{}, errSkillClosed
		}
		err := q.GrantSkill(ctx, db.GrantSkillParams{
			StaffIds: uuids(g.Staff), SkillID: g.Skill.UUID(), Level: int16(g.Level), ValidFrom: dateOf(g.ValidFrom), ValidUntil: dateOf(g.ValidUntil),
			GrantedBy: who(ctx), Now: s.cfg.Clock.Now(), Evidence: g.Evidence,
		})
		if err != nil {
			return grantRecord{}, fmt.Errorf("grant skill: %w", err)
		}
		return grantRecord{Level: g.Level, ValidFrom: g.ValidFrom, ValidUntil: g.ValidUntil, Evidence: g.Evidence}, nil
	})
}

// WithdrawSkill takes a skill from everybody named who holds it. Errors: [ErrNoSkill], [ErrNoStaff], [ErrLeft],
// organization.invalid_skill with the fields.
func (s *Service) WithdrawSkill(ctx context.Context, tx pgx.Tx, skill SkillID, staff []StaffID, reason string) error {
	scope, err := actor.Allow(ctx, SkillEdit)
	if err != nil {
		return err
	}
	var f fault.Fields
	reason = strings.TrimSpace(reason)
	f.Check(reason != "", "body.reason", fieldRequired, "is missing")
	checkText(&f, "body.reason", reason, 500)
	if err := f.Err(codeInvalidSkill, "the skill cannot be withdrawn as it is"); err != nil {
		return err
	}
	return s.changeGrants(ctx, tx, scope, "staff.withdraw_skill", skill, staff, reason, func(q *db.Queries, _ db.SkillForShareRow) (grantRecord, error) {
		_, err := q.WithdrawSkill(ctx, db.WithdrawSkillParams{SkillID: skill.UUID(), StaffIds: uuids(staff)})
		if err != nil {
			return grantRecord{}, fmt.Errorf("withdraw skill: %w", err)
		}
		return grantRecord{}, nil
	})
}

// changeGrants locks the people and what they hold of the skill, applies change, and writes audit and events
// of those for whom something is different. change gives what all of them hold afterwards, zero for nothing.
func (s *Service) changeGrants(ctx context.Context, tx pgx.Tx, scope actor.Scope, act string, skill SkillID, staff []StaffID, reason string,
	change func(*db.Queries, db.SkillForShareRow) (grantRecord, error),
) error {
	refs := make([]StaffRef, len(staff))
	for i, id := range staff {
		refs[i].ID = id
	}
	if err := checkRefs(refs); err != nil {
		return err
	}
	return s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		k, err := q.SkillForShare(ctx, skill.UUID())
		if postgres.IsNoRows(err) {
			return ErrNoSkill
		}
		if err != nil {
			return fmt.Errorf("read skill: %w", err)
		}
		people, err := openStaff(ctx, tx, scope, refs)
		if err != nil {
			return err
		}
		held, err := heldOf(ctx, q, skill, staff)
		if err != nil {
			return err
		}
		after, err := change(q, k)
		if err != nil {
			return err
		}
		return s.recordGrants(ctx, tx, act, k, people, held, after, reason)
	})
}

func heldOf(ctx context.Context, q *db.Queries, skill SkillID, staff []StaffID) (map[uuid.UUID]grantRecord, error) {
	rows, err := q.GrantsForUpdate(ctx, db.GrantsForUpdateParams{SkillID: skill.UUID(), StaffIds: uuids(staff)})
	if err != nil {
		return nil, fmt.Errorf("read what staff hold: %w", err)
	}
	held := make(map[uuid.UUID]grantRecord, len(rows))
	for _, r := range rows {
		held[r.StaffID] = grantRecord{Level: int(r.Level), ValidFrom: dayOf(r.ValidFrom), ValidUntil: dayOf(r.ValidUntil), Evidence: r.Evidence}
	}
	return held, nil
}

func (s *Service) recordGrants(ctx context.Context, tx pgx.Tx, act string, k db.SkillForShareRow, people []Staff, held map[uuid.UUID]grantRecord, after grantRecord, reason string) error {
	tree, err := s.Tree(ctx)
	if err != nil {
		return err
	}
	now := s.cfg.Clock.Now()
	var events []outbox.Event
	var entries []audit.Entry
	var granted *grantRecord
	if after != (grantRecord{}) {
		granted = &after
	}
	for _, p := range people {
		var before *grantRecord
		if h, ok := held[p.ID.UUID()]; ok {
			before = &h
		}
		changes := audit.Diff(before, granted)
		if len(changes) == 0 {
			continue
		}
		changes = append([]audit.Change{{Field: "skill", Old: nil, New: k.Code + " " + k.Name}}, changes...)
		id := p.ID.String()
		centre, _ := tree.Centre(p.Centre)
		events = append(events, TopicStaff.Event(id, now, Changed{ID: id}))
		entries = append(entries, audit.Entry{
			Action: "organization." + act, Object: audit.Object{Kind: "organization.staff", ID: id, Label: p.Label()},
			Centre: p.Centre.UUID(), Province: centre.Province, City: centre.City, Reason: reason, Changes: changes,
		})
	}
	if err := outbox.Write(ctx, tx, events...); err != nil {
		return fmt.Errorf("tell of changed skills: %w", err)
	}
	return audit.Write(ctx, tx, now, entries...)
}

// SkillsOf gives what people hold, whether it counts today or not, by code.
//
// Unchecked: other domains (routing) ask for decisions; who shows the answer to people has asked for the people.
func (s *Service) SkillsOf(ctx context.Context, q db.DBTX, staff []StaffID) (map[StaffID][]HeldSkill, error) {
	rows, err := db.New(q).SkillsOf(ctx, uuids(staff))
	if err != nil {
		return nil, fmt.Errorf("read the skills of staff: %w", err)
	}
	held := make(map[StaffID][]HeldSkill, len(staff))
	for _, r := range rows {
		h := HeldSkill{
			Staff: ident.From[staffKind](r.StaffID), Skill: ident.From[skillKind](r.SkillID), Code: r.Code, Name: r.Name, Kind: SkillKind(r.Kind),
			Level: int(r.Level), ValidFrom: dayOf(r.ValidFrom), ValidUntil: dayOf(r.ValidUntil), GrantedBy: r.GrantedBy, GrantedAt: r.GrantedAt.UTC(), Evidence: r.Evidence,
		}
		held[h.Staff] = append(held[h.Staff], h)
	}
	return held, nil
}

// ExpiringSkill is a grant that ends soon.
type ExpiringSkill struct {
	Staff      StaffID
	Number     string
	Name       string
	Centre     CentreID
	Team       TeamID
	Skill      SkillID
	Code       string
	SkillName  string
	Level      int
	ValidUntil Day
}

// ExpiringAfter is where a grant stands in the list of those that end soon.
type ExpiringAfter struct {
	Until  Day    `json:"u"`
	Number string `json:"n"`
	Code   string `json:"c"`
}

// Expiring lists the grants that end within days from today, the nearest end first, within the asker's scope.
func (s *Service) Expiring(ctx context.Context, days int, after ExpiringAfter, limit int32) ([]ExpiringSkill, error) {
	scope, err := actor.Allow(ctx, SkillRead)
	if err != nil {
		return nil, err
	}
	today := s.today()
	if after.Until == "" {
		after.Until = today
	}
	rows, err := db.New(s.cfg.Pool).Expiring(ctx, db.ExpiringParams{
		Today: dateOf(today), Until: dateOf(today.Add(days)), AfterUntil: dateOf(after.Until), AfterNumber: after.Number, AfterCode: after.Code,
		National: scope.IsNational(), Centres: scope.Centres(), RowLimit: orDefault(limit),
	})
	if err != nil {
		return nil, fmt.Errorf("list skills that end soon: %w", err)
	}
	list := make([]ExpiringSkill, len(rows))
	for i, r := range rows {
		list[i] = ExpiringSkill{
			Staff: ident.From[staffKind](r.StaffID), Number: r.Number, Name: r.Name, Centre: ident.From[centreKind](r.CentreID), Team: ident.From[teamKind](r.TeamID.UUID),
			Skill: ident.From[skillKind](r.SkillID), Code: r.Code, SkillName: r.SkillName, Level: int(r.Level), ValidUntil: dayOf(r.ValidUntil),
		}
	}
	return list, nil
}

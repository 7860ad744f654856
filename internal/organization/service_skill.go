package organization

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

func skillOf(r db.OrganizationSkill) Skill {
	return Skill{
		ID: ident.From[skillKind](r.ID), Code: r.Code, Name: r.Name, Kind: SkillKind(r.Kind), Description: r.Description, State: State(r.State),
		Version: int(r.Version), UpdatedBy: r.UpdatedBy, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

// SkillFilter selects skills; zero values select all.
type SkillFilter struct {
	Kind  SkillKind
	State State
	After string // code
	Limit int32
}

// Skills lists skills by code. Holders are counted within the asker's scope.
func (s *Service) Skills(ctx context.Context, fl SkillFilter) ([]SkillItem, error) {
	scope, err := actor.Allow(ctx, SkillRead)
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.cfg.Pool).Skills(ctx, db.SkillsParams{
		Today: dateOf(s.today()), National: scope.IsNational(), Centres: scope.Centres(), AfterCode: fl.After,
		Kind: string(fl.Kind), State: string(fl.State), RowLimit: orDefault(fl.Limit),
	})
	if err != nil {
		return nil, fmt.Errorf("list skills: %w", err)
	}
	list := make([]SkillItem, len(rows))
	for i, r := range rows {
		list[i] = SkillItem{Holders: int(r.Holders), Skill: Skill{
			ID: ident.From[skillKind](r.ID), Code: r.Code, Name: r.Name, Kind: SkillKind(r.Kind), Description: r.Description,
			State: State(r.State), Version: int(r.Version),
		}}
	}
	return list, nil
}

// Skill gives one skill.
func (s *Service) Skill(ctx context.Context, id SkillID) (Skill, error) {
	if _, err := actor.Allow(ctx, SkillRead); err != nil {
		return Skill{}, err
	}
	row, err := db.New(s.cfg.Pool).SkillByID(ctx, id.UUID())
	if postgres.IsNoRows(err) {
		return Skill{}, ErrNoSkill
	}
	if err != nil {
		return Skill{}, fmt.Errorf("read skill: %w", err)
	}
	return skillOf(row), nil
}

// CreateSkill makes a skill. Errors: [ErrNationOnly], organization.invalid_skill with the fields,
// organization.skill_code_taken.
func (s *Service) CreateSkill(ctx context.Context, tx pgx.Tx, n NewSkill) (Skill, error) {
	if err := allowNation(ctx, SkillEdit); err != nil {
		return Skill{}, err
	}
	n, err := n.normalise()
	if err != nil {
		return Skill{}, err
	}
	now := s.cfg.Clock.Now()
	k := Skill{
		ID: ident.New[skillKind](), Code: n.Code, Name: n.Name, Kind: n.Kind, Description: n.Description, State: Active,
		Version: 1, UpdatedBy: who(ctx), CreatedAt: now, UpdatedAt: now,
	}
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		err := db.New(tx).InsertSkill(ctx, db.InsertSkillParams{
			ID: k.ID.UUID(), Code: k.Code, Name: k.Name, Kind: string(k.Kind), Description: k.Description, UpdatedBy: k.UpdatedBy, Now: now,
		})
		if postgres.ConstraintName(err) == "skill_code_key" {
			return errSkillCode.WithCause(err)
		}
		if err != nil {
			return fmt.Errorf("make skill: %w", err)
		}
		return s.record(ctx, tx, change{act: "skill.create", topic: TopicSkill, id: k.ID.String(), label: k.Label(), changes: audit.Diff(nil, k)})
	})
	return k, err
}

// UpdateSkill changes, closes or opens a skill. A closed skill stays with its holders but counts for nothing
// new. Errors: [ErrNationOnly], [ErrNoSkill], [ErrChangedMeanwhile], organization.invalid_skill with the fields.
func (s *Service) UpdateSkill(ctx context.Context, tx pgx.Tx, id SkillID, u SkillUpdate) (Skill, error) {
	if err := allowNation(ctx, SkillEdit); err != nil {
		return Skill{}, err
	}
	u, err := u.normalise()
	if err != nil {
		return Skill{}, err
	}
	var after Skill
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.SkillForUpdate(ctx, id.UUID())
		if postgres.IsNoRows(err) {
			return ErrNoSkill
		}
		if err != nil {
			return fmt.Errorf("read skill: %w", err)
		}
		before := skillOf(row)
		if u.Version != before.Version {
			return changedMeanwhile(before.Label(), before.UpdatedBy, before.UpdatedAt)
		}
		after = before
		after.Name, after.Kind, after.Description, after.State = u.Name, u.Kind, u.Description, u.State
		if after == before {
			return nil
		}
		after.Version, after.UpdatedBy, after.UpdatedAt = before.Version+1, who(ctx), s.cfg.Clock.Now()
		err = q.UpdateSkill(ctx, db.UpdateSkillParams{
			ID: id.UUID(), Name: u.Name, Kind: string(u.Kind), Description: u.Description, State: string(u.State), UpdatedBy: after.UpdatedBy, Now: after.UpdatedAt,
		})
		if err != nil {
			return fmt.Errorf("write skill: %w", err)
		}
		return s.record(ctx, tx, change{act: "skill.update", topic: TopicSkill, id: id.String(), label: after.Label(), changes: audit.Diff(before, after)})
	})
	return after, err
}

package organization

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
)

// SeedStaff writes active staff by COPY and tells nobody: demonstration data and load tests. Each is checked
// like a member of staff that is made; places and posts are checked by the database. The ids are in the order
// of the list.
func (s *Service) SeedStaff(ctx context.Context, tx pgx.Tx, list []NewStaff) ([]StaffID, error) {
	now := s.cfg.Clock.Now()
	rows, ids := make([]Staff, len(list)), make([]StaffID, len(list))
	for i, n := range list {
		var f fault.Fields
		n = n.normalise(&f, fmt.Sprintf("staff[%d].", i))
		if err := f.Err(codeInvalidStaff, "the member of staff cannot be made as it is"); err != nil {
			return nil, err
		}
		ids[i] = ident.New[staffKind]()
		rows[i] = Staff{
			ID: ids[i], Number: n.Number, Name: n.Name, Centre: n.Centre, Team: n.Team, Post: n.Post, Mobile: n.Mobile, Email: n.Email,
			State: StaffActive, JoinedOn: n.JoinedOn, CreatedAt: now, UpdatedAt: now,
		}
	}
	return ids, insertStaff(ctx, tx, rows)
}

// SeedSkills writes what people hold and tells nobody. Staff, Skill, Level, ValidFrom, ValidUntil and Evidence
// count.
func (s *Service) SeedSkills(ctx context.Context, tx pgx.Tx, by string, list []HeldSkill) error {
	rows := make([]db.SeedSkillsParams, len(list))
	now := s.cfg.Clock.Now()
	for i, h := range list {
		rows[i] = db.SeedSkillsParams{
			StaffID: h.Staff.UUID(), SkillID: h.Skill.UUID(), Level: int16(h.Level), ValidFrom: dateOf(h.ValidFrom), ValidUntil: dateOf(h.ValidUntil),
			GrantedBy: by, GrantedAt: now, Evidence: h.Evidence,
		}
	}
	if _, err := db.New(tx).SeedSkills(ctx, rows); err != nil {
		return fmt.Errorf("write skills: %w", err)
	}
	return nil
}

// SeedAcknowledgements writes that people acknowledged an issued edition now, and tells nobody.
func (s *Service) SeedAcknowledgements(ctx context.Context, tx pgx.Tx, id DescriptionID, staff []StaffID) error {
	rows := make([]db.SeedAcknowledgementsParams, len(staff))
	for i, member := range staff {
		rows[i] = db.SeedAcknowledgementsParams{DescriptionID: id.UUID(), StaffID: member.UUID(), At: s.cfg.Clock.Now()}
	}
	if _, err := db.New(tx).SeedAcknowledgements(ctx, rows); err != nil {
		return fmt.Errorf("write acknowledgements: %w", err)
	}
	return nil
}

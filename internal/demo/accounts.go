package demo

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/identity"
	"yingda/internal/organization"
	"yingda/internal/platform/ident"
)

// Password is what every account of the demonstration is opened with. The sign-in page shows it, so a demonstration
// must never be given real data.
const Password = "yingda-demo"

// rolesByPost are the ready roles of the holders of a post, by the level of their centre where it matters.
var rolesByPost = map[string]map[actor.Level]actor.Role{
	"DIRECTOR":     {actor.Nation: actor.NationManager, actor.Province: actor.ProvinceManager},
	"ADMIN":        {actor.Nation: actor.NationAdmin, actor.Province: actor.ProvinceAdmin, actor.City: actor.CityAdmin},
	"MANAGER":      {actor.City: actor.CityManager},
	"SHIFT-LEADER": {actor.City: actor.ShiftLeader},
	"PLANNER":      {actor.City: actor.Planner},
	"QUALITY":      {actor.Nation: actor.QualityInspector},
	"TRAINER":      {actor.Nation: actor.Trainer},
	"BACK-OFFICE":  {actor.City: actor.BackOffice},
	"SENIOR-AGENT": {actor.City: actor.Agent},
	"AGENT":        {actor.City: actor.Agent},
	"OUTBOUND":     {actor.City: actor.OutboundAgent},
}

// auditorNumber is the one whose role does not follow from the post.
const auditorNumber = "1005"

// fillAccounts gives everybody of the demonstration an account with one role, unless there are accounts.
func fillAccounts(ctx context.Context, tx pgx.Tx, accounts *identity.Service) error {
	var there bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM identity.account)`).Scan(&there); err != nil || there {
		return err
	}
	hash, err := accounts.HashPassword(ctx, Password)
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, `SELECT s.id, s.number, s.centre_id, c.level, p.code
		FROM organization.staff s
		JOIN organization.centre c ON c.id = s.centre_id
		JOIN organization.post p ON p.id = s.post_id
		ORDER BY s.number`)
	if err != nil {
		return fmt.Errorf("read the staff of the demonstration: %w", err)
	}
	var seeds []identity.Seed
	var staff, centre uuid.UUID
	var number, level, post string
	_, err = pgx.ForEachRow(rows, []any{&staff, &number, &centre, &level, &post}, func() error {
		role := rolesByPost[post][actor.Level(level)]
		if number == auditorNumber {
			role = actor.Auditor
		}
		if role == "" {
			return nil
		}
		seed := identity.Seed{PasswordHash: hash, Grants: []identity.SeedGrant{{Role: string(role)}}}
		seed.Staff, seed.Grants[0].Centre = as(organization.StaffID{}, staff), as(organization.CentreID{}, centre)
		seeds = append(seeds, seed)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the staff of the demonstration: %w", err)
	}
	_, err = accounts.SeedAccounts(actor.With(ctx, actor.System("demo")), tx, seeds)
	return err
}

// as gives an id the kind of the first argument.
func as[K any](_ ident.ID[K], id uuid.UUID) ident.ID[K] { return ident.From[K](id) }

package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/identity/internal/db"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

// SyncReadyRoles makes the ready roles those of this program: the list of actor.ReadyRoles with the permissions that
// name them. Of several processes that start together one does it. Roles that are gone retire.
//
// Unchecked: for the program itself at its start.
func (s *Service) SyncReadyRoles(ctx context.Context) error {
	ctx = actor.With(ctx, actor.System("identity.roles"))
	changed := false
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		if err := lockDuties(ctx, tx); err != nil {
			return err
		}
		rows, err := db.New(tx).Roles(ctx)
		if err != nil {
			return fmt.Errorf("list roles: %w", err)
		}
		present := map[string]Role{}
		for _, r := range rows {
			if role := roleOf(db.RoleByIDRow(r)); role.Ready {
				present[role.Code] = role
			}
		}
		for _, want := range s.readyRoles() {
			did, err := s.syncRole(ctx, tx, present[want.Code], want)
			if err != nil {
				return err
			}
			changed = changed || did
			delete(present, want.Code)
		}
		for _, gone := range present {
			gone.State = roleRetired
			did, err := s.syncRole(ctx, tx, present[gone.Code], gone)
			if err != nil {
				return err
			}
			changed = changed || did
		}
		return nil
	})
	if err == nil && changed {
		s.forget(ctx, forgetting{All: true})
	}
	return err
}

// readyRoles are the program's roles with everything that names them.
func (s *Service) readyRoles() []Role {
	var list []Role
	for _, r := range actor.ReadyRoles() {
		role := Role{Code: string(r.Role), Ready: true, ZH: r.ZH, EN: r.EN, Levels: r.Levels, State: roleActive, Permissions: []actor.Permission{}}
		for _, d := range s.cfg.Catalogue {
			if slices.Contains(d.Ready, r.Role) {
				role.Permissions = append(role.Permissions, d.Permission)
			}
		}
		slices.Sort(role.Permissions)
		list = append(list, role)
	}
	return list
}

func (s *Service) syncRole(ctx context.Context, tx pgx.Tx, old, want Role) (changed bool, err error) {
	now, q := s.cfg.Clock.Now(), db.New(tx)
	if old.ID.IsZero() {
		id := ident.New[roleKind]()
		err := q.InsertRole(ctx, db.InsertRoleParams{
			ID: id.UUID(), Code: want.Code, Ready: true, NameZh: want.ZH, NameEn: want.EN, Levels: textsOf(want.Levels),
			Permissions: textsOf(want.Permissions), Now: now, UpdatedBy: who(ctx),
		})
		if err != nil {
			return false, fmt.Errorf("write ready role %s: %w", want.Code, err)
		}
		return true, s.record(ctx, tx, aboutRole(id, want.Code, want.ZH, "role.create"))
	}
	before, _ := json.Marshal([]any{old.ZH, old.EN, old.Levels, old.Permissions, old.State})
	after, _ := json.Marshal([]any{want.ZH, want.EN, want.Levels, want.Permissions, want.State})
	if string(before) == string(after) {
		return false, nil
	}
	err = q.UpdateRole(ctx, db.UpdateRoleParams{
		ID: old.ID.UUID(), NameZh: want.ZH, NameEn: want.EN, Levels: textsOf(want.Levels), Permissions: textsOf(want.Permissions),
		State: want.State, Now: now, UpdatedBy: who(ctx),
	})
	if err != nil {
		return false, fmt.Errorf("write ready role %s: %w", want.Code, err)
	}
	changes := audit.Diff(plainRole(RoleEdit{ZH: old.ZH, EN: old.EN, Levels: old.Levels, Permissions: old.Permissions}),
		plainRole(RoleEdit{ZH: want.ZH, EN: want.EN, Levels: want.Levels, Permissions: want.Permissions}))
	return true, s.record(ctx, tx, aboutRole(old.ID, want.Code, want.ZH, "role.update", changes...))
}

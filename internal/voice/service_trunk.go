package voice

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/secret"
	"yingda/internal/voice/internal/db"
)

// Groups gives the trunk groups that the asker may see: those of centres in scope, and the nation's; by code.
func (s *Service) Groups(ctx context.Context) ([]Group, error) {
	scope, err := actor.Allow(ctx, TrunkRead)
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.cfg.Pool).ListGroups(ctx, db.ListGroupsParams{National: scope.IsNational(), Centres: scope.Centres()})
	if err != nil {
		return nil, fmt.Errorf("list trunk groups: %w", err)
	}
	list := make([]Group, len(rows))
	for i, r := range rows {
		list[i] = listedGroup(r)
	}
	return list, nil
}

// CreateGroup adds a trunk group. Errors: voice.invalid_trunk_group with the fields, [ErrGroupTaken].
func (s *Service) CreateGroup(ctx context.Context, tx pgx.Tx, e GroupSpec) (Group, error) {
	scope, err := actor.Allow(ctx, TrunkEdit)
	if err != nil {
		return Group{}, err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return Group{}, err
	}
	g, err := e.normalise(in)
	if err != nil {
		return Group{}, err
	}
	g.ID = ident.New[groupKind]()
	keptGroups.begin(ctx, s, &g)
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		return keptGroups.add(ctx, s, tx, g, func(q *db.Queries) error {
			return q.InsertGroup(ctx, db.InsertGroupParams{
				ID: g.ID.UUID(), Code: g.Code, Name: g.Name, CentreID: g.Centre.UUID(), Note: g.Note, Now: g.UpdatedAt, UpdatedBy: g.UpdatedBy,
			})
		})
	})
	if err != nil {
		return Group{}, err
	}
	return g, nil
}

// lockGroup holds a group that the asker may change until the transaction ends.
func lockGroup(ctx context.Context, tx pgx.Tx, in surroundings, id GroupID, version int) (Group, error) {
	r, err := db.New(tx).LockGroup(ctx, id.UUID())
	g, err := one(r, err, groupOf, ErrNoGroup)
	if err != nil {
		return Group{}, err
	}
	return g, keptGroups.mayChange(ctx, in, g, g.Code, version)
}

// UpdateGroup changes a group that still has the version the change was based on. Errors: [ErrNoGroup], [ErrNotYours],
// [ErrChangedMeanwhile], [ErrGroupTaken], voice.invalid_trunk_group.
func (s *Service) UpdateGroup(ctx context.Context, id GroupID, version int, e GroupSpec) (Group, error) {
	scope, err := actor.Allow(ctx, TrunkEdit)
	if err != nil {
		return Group{}, err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return Group{}, err
	}
	var g Group
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		g, err = s.updateGroup(ctx, tx, in, id, version, e)
		return err
	})
	if err != nil {
		return Group{}, err
	}
	return g, nil
}

// updateGroup writes what differs; nothing when nothing does.
func (s *Service) updateGroup(ctx context.Context, tx pgx.Tx, in surroundings, id GroupID, version int, e GroupSpec) (Group, error) {
	old, err := lockGroup(ctx, tx, in, id, version)
	if err != nil {
		return Group{}, err
	}
	g, err := e.normalise(in)
	if err != nil {
		return Group{}, err
	}
	g.ID = old.ID
	keptGroups.inherit(old, &g)
	fields := audit.Diff(old, g)
	if len(fields) == 0 {
		return g, nil
	}
	err = keptGroups.save(ctx, s, tx, "update", &g, fields, func(q *db.Queries, was int32) (int64, error) {
		return q.UpdateGroup(ctx, db.UpdateGroupParams{
			Code: g.Code, Name: g.Name, CentreID: g.Centre.UUID(), Note: g.Note, Now: g.UpdatedAt, UpdatedBy: g.UpdatedBy, ID: id.UUID(), Version: was,
		})
	})
	return g, err
}

// DeleteGroup takes away a group without trunks. Errors: [ErrNoGroup], [ErrNotYours], [ErrChangedMeanwhile], [ErrGroupInUse].
func (s *Service) DeleteGroup(ctx context.Context, id GroupID, version int) error {
	scope, err := actor.Allow(ctx, TrunkEdit)
	if err != nil {
		return err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return err
	}
	return s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		g, err := lockGroup(ctx, tx, in, id, version)
		if err != nil {
			return err
		}
		return keptGroups.remove(ctx, s, tx, g, func(q *db.Queries, was int32) (int64, error) {
			return q.DeleteGroup(ctx, db.DeleteGroupParams{ID: id.UUID(), Version: was})
		})
	})
}

// TrunkFilter selects trunks; zero values select all.
type TrunkFilter struct {
	Text  string // part of name, group or host
	Group GroupID
	After *TrunkPosition
	Limit int32 // 0: 50
}

// TrunkPosition is where a trunk stands in the list, which goes by name.
type TrunkPosition struct {
	Name string  `json:"n"`
	ID   TrunkID `json:"i"`
}

// ListTrunks gives the trunks that the asker may see.
func (s *Service) ListTrunks(ctx context.Context, f TrunkFilter) ([]Trunk, error) {
	scope, err := actor.Allow(ctx, TrunkRead)
	if err != nil {
		return nil, err
	}
	p := db.ListTrunksParams{
		National: scope.IsNational(), Centres: scope.Centres(), GroupID: f.Group.UUID(), Word: strings.TrimSpace(f.Text), RowLimit: limit(f.Limit),
	}
	if f.After != nil {
		p.AfterName, p.AfterID = f.After.Name, f.After.ID.UUID()
	}
	rows, err := db.New(s.cfg.Pool).ListTrunks(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("list trunks: %w", err)
	}
	list := make([]Trunk, len(rows))
	for i, r := range rows {
		list[i] = trunkOf(db.AllTrunksRow(r))
	}
	return list, nil
}

// GetTrunk gives one trunk, and whether the asker may change it. Errors: [ErrNoTrunk].
func (s *Service) GetTrunk(ctx context.Context, id TrunkID) (t Trunk, editable bool, err error) {
	scope, err := actor.Allow(ctx, TrunkRead)
	if err != nil {
		return Trunk{}, false, err
	}
	t, err = visibleTrunk(ctx, s.cfg.Pool, scope, id)
	return t, err == nil && actor.From(ctx).Scope(TrunkEdit).Covers(t.Centre.UUID()), err
}

// CreateTrunk adds a trunk. Errors: voice.invalid_trunk with the fields, [ErrTrunkTaken].
func (s *Service) CreateTrunk(ctx context.Context, tx pgx.Tx, e TrunkSpec) (Trunk, error) {
	scope, err := actor.Allow(ctx, TrunkEdit)
	if err != nil {
		return Trunk{}, err
	}
	t, err := e.normalise(Trunk{})
	if err != nil {
		return Trunk{}, err
	}
	t.ID = ident.New[trunkKind]()
	keptTrunks.begin(ctx, s, &t)
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		if t, err = s.inGroup(ctx, tx, scope, t); err != nil {
			return err
		}
		sealed, err := s.sealTrunk(t.ID, e.Password, nil)
		if err != nil {
			return err
		}
		return keptTrunks.add(ctx, s, tx, t, func(q *db.Queries) error {
			return q.InsertTrunk(ctx, db.InsertTrunkParams{
				ID: t.ID.UUID(), GroupID: t.Group.UUID(), Name: t.Name, Hosts: t.Hosts, Transport: string(t.Transport), Username: t.Username,
				PasswordSealed: sealed, Register: t.Register, Priority: number32(t.Priority), Weight: number32(t.Weight), MaxCalls: number32(t.MaxCalls),
				Codecs: t.Codecs, InbandDtmf: t.InbandDTMF, Quiet: t.Quiet, CallerFrom: string(t.CallerFrom), Disabled: t.Disabled, Note: t.Note, Now: t.UpdatedAt, UpdatedBy: t.UpdatedBy,
			})
		})
	})
	if err != nil {
		return Trunk{}, err
	}
	return t, nil
}

// inGroup fills in the group, which must be one that the editor may change.
func (s *Service) inGroup(ctx context.Context, tx pgx.Tx, scope actor.Scope, t Trunk) (Trunk, error) {
	g, err := visibleGroup(ctx, tx, scope, t.Group)
	if err != nil || !scope.Covers(g.Centre.UUID()) {
		var f fault.Fields
		f.Add("body.group_id", fieldUnknown, "is no trunk group that you may choose")
		return Trunk{}, f.Err("voice.invalid_trunk", "the trunk cannot be saved as it is")
	}
	t.GroupCode, t.Centre = g.Code, g.Centre
	return t, nil
}

// sealTrunk seals a password; nil leaves the sealed one as it is.
func (s *Service) sealTrunk(id TrunkID, password *secret.String, old []byte) ([]byte, error) {
	switch {
	case password == nil:
		return old, nil
	case password.IsZero():
		return nil, nil
	}
	return s.cfg.Ring.Seal(purposeTrunk, trunkContext(id), []byte(password.Reveal()))
}

// lockTrunk holds a trunk that the asker may change until the transaction ends; sealed is its password.
func lockTrunk(ctx context.Context, tx pgx.Tx, in surroundings, id TrunkID, version int) (t Trunk, sealed []byte, err error) {
	r, err := db.New(tx).LockTrunk(ctx, id.UUID())
	if t, err = one(r, err, func(r db.LockTrunkRow) Trunk { return trunkOf(db.AllTrunksRow(r)) }, ErrNoTrunk); err != nil {
		return Trunk{}, nil, err
	}
	return t, r.PasswordSealed, keptTrunks.mayChange(ctx, in, t, t.Name, version)
}

// UpdateTrunk changes a trunk that still has the version the change was based on. Calls over it go on. Errors:
// [ErrNoTrunk], [ErrNotYours], [ErrChangedMeanwhile], [ErrTrunkTaken], voice.invalid_trunk.
func (s *Service) UpdateTrunk(ctx context.Context, id TrunkID, version int, e TrunkSpec) (Trunk, error) {
	scope, err := actor.Allow(ctx, TrunkEdit)
	if err != nil {
		return Trunk{}, err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return Trunk{}, err
	}
	var t Trunk
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		old, sealed, err := lockTrunk(ctx, tx, in, id, version)
		if err != nil {
			return err
		}
		if t, err = e.normalise(old); err != nil {
			return err
		}
		if t, err = s.inGroup(ctx, tx, scope, t); err != nil {
			return err
		}
		if sealed, err = s.sealTrunk(id, e.Password, sealed); err != nil {
			return err
		}
		t, err = s.saveTrunk(ctx, tx, old, t, sealed, e.Password != nil)
		return err
	})
	if err != nil {
		return Trunk{}, err
	}
	return t, nil
}

// saveTrunk writes what differs; nothing when nothing does.
func (s *Service) saveTrunk(ctx context.Context, tx pgx.Tx, old, t Trunk, sealed []byte, newPassword bool) (Trunk, error) {
	t.ID = old.ID
	keptTrunks.inherit(old, &t)
	fields := audit.Diff(old, t)
	if newPassword && old.HasPassword == t.HasPassword && t.HasPassword {
		fields = append(fields, audit.Change{Field: "password"}) // that it changed, never what it is
	}
	if len(fields) == 0 {
		return t, nil
	}
	err := keptTrunks.save(ctx, s, tx, "update", &t, fields, func(q *db.Queries, was int32) (int64, error) {
		return q.UpdateTrunk(ctx, db.UpdateTrunkParams{
			GroupID: t.Group.UUID(), Name: t.Name, Hosts: t.Hosts, Transport: string(t.Transport), Username: t.Username, PasswordSealed: sealed,
			Register: t.Register, Priority: number32(t.Priority), Weight: number32(t.Weight), MaxCalls: number32(t.MaxCalls), Codecs: t.Codecs,
			InbandDtmf: t.InbandDTMF, Quiet: t.Quiet, CallerFrom: string(t.CallerFrom), Disabled: t.Disabled, Note: t.Note, Now: t.UpdatedAt, UpdatedBy: t.UpdatedBy,
			ID: t.ID.UUID(), Version: was,
		})
	})
	return t, err
}

// DeleteTrunk takes away a trunk; calls over it go on. Errors: [ErrNoTrunk], [ErrNotYours], [ErrChangedMeanwhile].
func (s *Service) DeleteTrunk(ctx context.Context, id TrunkID, version int) error {
	scope, err := actor.Allow(ctx, TrunkEdit)
	if err != nil {
		return err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return err
	}
	return s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		t, _, err := lockTrunk(ctx, tx, in, id, version)
		if err != nil {
			return err
		}
		return keptTrunks.remove(ctx, s, tx, t, func(q *db.Queries, was int32) (int64, error) {
			return q.DeleteTrunk(ctx, db.DeleteTrunkParams{ID: id.UUID(), Version: was})
		})
	})
}

// limit is how many rows a list gives where nobody said.
func limit(n int32) int32 {
	if n <= 0 {
		return 50
	}
	return n
}

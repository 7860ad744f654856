package setting

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpapi/idempotency"
	"yingda/internal/platform/postgres"
	"yingda/internal/setting/codetree"
	"yingda/internal/setting/internal/db"
)

// Trees lists the code trees by key.
func (s *Service) Trees(ctx context.Context) ([]TreeDefinition, error) {
	if _, err := actor.Allow(ctx, TreeRead); err != nil {
		return nil, err
	}
	rows, err := db.New(s.cfg.Pool).CodeTrees(ctx)
	if err != nil {
		return nil, fmt.Errorf("list code trees: %w", err)
	}
	list := make([]TreeDefinition, len(rows))
	for i, r := range rows {
		list[i] = TreeDefinition{Key: r.Key, ZH: r.Zh, EN: r.En, Levels: int(r.Depth)}
	}
	return list, nil
}

// MakeTree makes a code tree without nodes; whoever edits trees nationwide may. Errors: setting.tree_taken.
func (s *Service) MakeTree(ctx context.Context, d TreeDefinition) error {
	if _, err := actor.Allow(ctx, TreeEdit); err != nil {
		return err
	}
	_, err := s.makeTree(ctx, d, nil)
	return err
}

func (s *Service) makeTree(ctx context.Context, d TreeDefinition, answer any) (TreeDefinition, error) {
	scope, err := actor.Allow(ctx, TreeEdit)
	if err != nil {
		return d, err
	}
	if !scope.IsNational() {
		return d, fault.New(fault.Denied, actor.ErrDenied.Code, "code trees are made for the whole nation").WithRemedy("ask the national administrator")
	}
	if d, err = d.normalise(); err != nil {
		return d, err
	}
	return d, postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		made, err := s.insertTree(ctx, tx, d)
		if err != nil {
			return err
		}
		if !made {
			return ErrTreeTaken
		}
		if answer == nil {
			return nil
		}
		return idempotency.Commit(ctx, tx, answer)
	})
}

// insertTree reports false when the tree is there.
func (s *Service) insertTree(ctx context.Context, tx pgx.Tx, d TreeDefinition) (bool, error) {
	n, err := db.New(tx).InsertCodeTree(ctx, db.InsertCodeTreeParams{Key: d.Key, Zh: d.ZH, En: d.EN, Depth: int32(d.Levels), Now: s.cfg.Clock.Now()})
	if err != nil || n == 0 {
		return false, err
	}
	return true, s.record(ctx, tx, changed{
		action: "setting.code_tree.create", kind: "setting.code_tree", id: d.Key, label: d.ZH, topic: TopicTree, changes: audit.Diff(nil, d),
	})
}

// Declare makes the trees that domains of this program refer to, where they are not there yet. ctx's actor is a part of
// the system that holds [TreeEdit].
func (s *Service) Declare(ctx context.Context, trees ...TreeDefinition) error {
	if _, err := actor.Allow(ctx, TreeEdit); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		for _, d := range trees {
			if _, err := s.insertTree(ctx, tx, d); err != nil {
				return fmt.Errorf("declare code tree %s: %w", d.Key, err)
			}
		}
		return nil
	})
}

// CodeTree gives a tree as it holds at a centre (none: the actor's own) at a moment (zero: now).
func (s *Service) CodeTree(ctx context.Context, key string, centre organization.CentreID, moment time.Time) (*CodeTree, error) {
	scope, err := actor.Allow(ctx, TreeRead)
	if err != nil {
		return nil, err
	}
	_, path, err := s.at(ctx, scope, centre, true)
	if err != nil {
		return nil, err
	}
	if moment.IsZero() {
		moment = s.cfg.Clock.Now()
	}
	q := db.New(s.cfg.Pool)
	d, err := treeOf(q.CodeTreeOf(ctx, key))
	if err != nil {
		return nil, err
	}
	rows, err := q.LayersInForce(ctx, db.LayersInForceParams{Tree: key, Centres: idsOf(path), Moment: moment})
	if err != nil {
		return nil, fmt.Errorf("read layers of %s: %w", key, err)
	}
	contents := map[uuid.UUID][]byte{}
	for _, r := range rows {
		contents[r.CentreID] = r.Content
	}
	layers, err := layersOf(path, contents)
	if err != nil {
		return nil, err
	}
	return &CodeTree{TreeDefinition: d, Centre: path[len(path)-1], At: moment, Tree: codetree.Merge(d.Levels, layers...), Path: path}, nil
}

func layersOf(path []organization.Centre, contents map[uuid.UUID][]byte) ([]codetree.Layer, error) {
	layers := make([]codetree.Layer, len(path))
	for i, c := range path {
		raw, ok := contents[c.ID.UUID()]
		if !ok {
			continue
		}
		var err error
		if layers[i], err = decodeLayer(raw); err != nil {
			return nil, err
		}
	}
	return layers, nil
}

func treeOf(row db.CodeTreeOfRow, err error) (TreeDefinition, error) {
	if postgres.IsNoRows(err) {
		return TreeDefinition{}, ErrNoTree
	}
	if err != nil {
		return TreeDefinition{}, fmt.Errorf("read code tree: %w", err)
	}
	return TreeDefinition{Key: row.Key, ZH: row.Zh, EN: row.En, Levels: int(row.Depth)}, nil
}

// NewestLayer gives the newest version of what a centre contributes, whether in force or planned, and with version 0 when it
// never contributed anything.
func (s *Service) NewestLayer(ctx context.Context, key string, centre organization.CentreID) (Layer, error) {
	if _, err := actor.Allow(ctx, TreeRead); err != nil {
		return Layer{}, err
	}
	return s.layer(ctx, key, centre, 0)
}

// LayerAt gives an earlier version.
func (s *Service) LayerAt(ctx context.Context, key string, centre organization.CentreID, version int) (Layer, error) {
	if _, err := actor.Allow(ctx, TreeRead); err != nil {
		return Layer{}, err
	}
	if version < 1 {
		return Layer{}, ErrNoVersion
	}
	return s.layer(ctx, key, centre, version)
}

func (s *Service) layer(ctx context.Context, key string, centre organization.CentreID, version int) (Layer, error) {
	scope, err := actor.Allow(ctx, TreeRead)
	if err != nil {
		return Layer{}, err
	}
	_, path, err := s.at(ctx, scope, centre, true)
	if err != nil {
		return Layer{}, err
	}
	id, q := path[len(path)-1].ID.UUID(), db.New(s.cfg.Pool)
	if _, err := treeOf(q.CodeTreeOf(ctx, key)); err != nil {
		return Layer{}, err
	}
	var row db.SettingCodeLayer
	if version == 0 {
		row, err = q.NewestLayer(ctx, db.NewestLayerParams{Tree: key, CentreID: id})
	} else {
		row, err = q.LayerAt(ctx, db.LayerAtParams{Tree: key, CentreID: id, Version: int32(version)})
	}
	return layerOf(row, err, version > 0)
}

func layerOf(row db.SettingCodeLayer, err error, needed bool) (Layer, error) {
	if postgres.IsNoRows(err) {
		if needed {
			return Layer{}, ErrNoVersion
		}
		return Layer{Content: codetree.Layer{}.Trim()}, nil
	}
	if err != nil {
		return Layer{}, fmt.Errorf("read layer of a code tree: %w", err)
	}
	content, err := decodeLayer(row.Content)
	return Layer{Version: int(row.Version), Content: content, ActiveFrom: row.ActiveFrom, CreatedAt: row.CreatedAt, By: person(row.ActorNumber, row.ActorName)}, err
}

// LayerHistory gives the versions of what a centre contributes, newest first, before a version (0: from the newest).
func (s *Service) LayerHistory(ctx context.Context, key string, centre organization.CentreID, before int, limit int32) ([]LayerVersion, error) {
	scope, err := actor.Allow(ctx, TreeRead)
	if err != nil {
		return nil, err
	}
	_, path, err := s.at(ctx, scope, centre, true)
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.cfg.Pool).LayerVersions(ctx, db.LayerVersionsParams{Tree: key, CentreID: path[len(path)-1].ID.UUID(), Before: beforeVersion(before), RowLimit: limit})
	if err != nil {
		return nil, fmt.Errorf("read the history of %s: %w", key, err)
	}
	list := make([]LayerVersion, len(rows))
	for i, r := range rows {
		list[i] = LayerVersion{Version: int(r.Version), ActiveFrom: r.ActiveFrom, Reason: r.Reason, By: person(r.ActorNumber, r.ActorName), At: r.CreatedAt}
		if r.RolledBack != nil {
			list[i].RolledBack = new(int(*r.RolledBack))
		}
	}
	return list, nil
}

// SaveLayer publishes a new version of what a centre contributes. Errors: setting.invalid naming each node that cannot be
// like this, setting.changed_meanwhile, setting.unchanged.
func (s *Service) SaveLayer(ctx context.Context, edit LayerEdit) (int, error) {
	if _, err := actor.Allow(ctx, TreeEdit); err != nil {
		return 0, err
	}
	return s.saveLayer(ctx, edit, -1)
}

// RollBackLayer publishes an earlier version again; nodes made since are retired.
func (s *Service) RollBackLayer(ctx context.Context, key string, centre organization.CentreID, to, version int, reason string) (int, error) {
	if _, err := actor.Allow(ctx, TreeEdit); err != nil {
		return 0, err
	}
	old, err := s.LayerAt(ctx, key, centre, to)
	if err != nil {
		return 0, err
	}
	newest, err := s.NewestLayer(ctx, key, centre)
	if err != nil {
		return 0, err
	}
	return s.saveLayer(ctx, LayerEdit{Tree: key, Centre: centre, Version: version, Content: withRetired(old.Content, newest.Content), Reason: reason}, to)
}

// withRetired adds the nodes that a layer had later, as retired.
func withRetired(old, newest codetree.Layer) codetree.Layer {
	there := map[string]bool{}
	for _, n := range old.Nodes {
		there[n.Code] = true
	}
	for _, n := range newest.Nodes {
		if !there[n.Code] {
			n.Retired = true
			old.Nodes = append(old.Nodes, n)
		}
	}
	return old
}

func (s *Service) saveLayer(ctx context.Context, edit LayerEdit, rolledBack int) (int, error) {
	scope, err := actor.Allow(ctx, TreeEdit)
	if err != nil {
		return 0, err
	}
	_, path, err := s.at(ctx, scope, edit.Centre, false)
	if err != nil {
		return 0, err
	}
	now := s.cfg.Clock.Now()
	var f fault.Fields
	edit.Reason = freeText(&f, "body.reason", edit.Reason, true, maxReason)
	edit.Content = edit.Content.Trim()
	most := TreeNodes.Get(s, path[len(path)-1].ID.UUID())
	f.Check(int64(len(edit.Content.Nodes)) <= most, "body.nodes", fieldTooLarge, fmt.Sprintf("has more than %d nodes", most))
	f.Check(edit.ActiveFrom.Before(now.Add(furthestPlan)), "body.active_from", fieldTooLarge, "is more than two years away")
	if err := f.Err(errInvalid.Code, "the code tree cannot be saved like this"); err != nil {
		return 0, err
	}
	if edit.ActiveFrom.Before(now) {
		edit.ActiveFrom = now
	}
	var version int
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		version, err = s.publish(ctx, tx, edit, path, rolledBack)
		return err
	})
	return version, err
}

// publish checks an edit against what is stored and writes it.
func (s *Service) publish(ctx context.Context, tx pgx.Tx, edit LayerEdit, path []organization.Centre, rolledBack int) (int, error) {
	q, centre := db.New(tx), path[len(path)-1]
	locked, err := q.LockCodeTree(ctx, edit.Tree)
	d, err := treeOf(db.CodeTreeOfRow(locked), err)
	if err != nil {
		return 0, err
	}
	newest, err := q.NewestLayer(ctx, db.NewestLayerParams{Tree: edit.Tree, CentreID: centre.ID.UUID()})
	before, err := layerOf(newest, err, false)
	if err != nil {
		return 0, err
	}
	if before.Version != edit.Version {
		return 0, changedMeanwhile(d.ZH, newest.ActorNumber, newest.ActorName, newest.CreatedAt)
	}
	above, err := s.layersAbove(ctx, q, edit, path)
	if err != nil {
		return 0, err
	}
	if problems := codetree.Check(d.Levels, above, before.Content, edit.Content); len(problems) > 0 {
		return 0, fault.New(fault.Invalid, errInvalid.Code, "the code tree cannot be saved like this").WithFields(problemFields(edit.Content, problems)...)
	}
	if err := claimCodes(ctx, q, edit.Tree, centre, edit.Content); err != nil {
		return 0, err
	}
	content, err := json.Marshal(edit.Content)
	if err != nil {
		return 0, fmt.Errorf("write layer of %s: %w", edit.Tree, err)
	}
	if sameJSON(content, newest.Content) && !edit.ActiveFrom.After(newest.ActiveFrom) {
		return 0, ErrUnchanged
	}
	row := db.InsertLayerParams{
		Tree: edit.Tree, CentreID: centre.ID.UUID(), Version: int32(before.Version + 1), Content: content, ActiveFrom: edit.ActiveFrom,
		Reason: edit.Reason, Now: s.cfg.Clock.Now(),
	}
	if rolledBack >= 0 {
		row.RolledBack = new(int32(rolledBack))
	}
	if a := actor.From(ctx); a != nil {
		row.ActorNumber, row.ActorName = a.Number, a.Name
	}
	if err := q.InsertLayer(ctx, row); err != nil {
		return 0, fmt.Errorf("write layer of %s: %w", edit.Tree, err)
	}
	return before.Version + 1, s.record(ctx, tx, changed{
		action: "setting.code_tree.publish", kind: "setting.code_tree", id: edit.Tree, label: d.ZH + " · " + centre.Name, centre: centre,
		reason: edit.Reason, topic: TopicTree, changes: layerDiff(before.Content, edit.Content),
	})
}

// layersAbove gives what the centres above contribute when the edit begins to hold.
func (s *Service) layersAbove(ctx context.Context, q *db.Queries, edit LayerEdit, path []organization.Centre) ([]codetree.Layer, error) {
	above := path[:len(path)-1]
	rows, err := q.LayersInForce(ctx, db.LayersInForceParams{Tree: edit.Tree, Centres: idsOf(above), Moment: edit.ActiveFrom})
	if err != nil {
		return nil, fmt.Errorf("read layers of %s: %w", edit.Tree, err)
	}
	contents := map[uuid.UUID][]byte{}
	for _, r := range rows {
		contents[r.CentreID] = r.Content
	}
	return layersOf(above, contents)
}

// claimCodes makes codes the centre's own for ever, or names those that another centre has.
func claimCodes(ctx context.Context, q *db.Queries, tree string, centre organization.Centre, layer codetree.Layer) error {
	codes := make([]string, len(layer.Nodes))
	for i, n := range layer.Nodes {
		codes[i] = n.Code
	}
	taken, err := q.ClaimCodes(ctx, db.ClaimCodesParams{Codes: codes, Tree: tree, CentreID: centre.ID.UUID()})
	if err != nil {
		return fmt.Errorf("claim codes of %s: %w", tree, err)
	}
	if len(taken) == 0 {
		return nil
	}
	var fields []fault.Field
	for i, c := range codes {
		for _, other := range taken {
			if c == other {
				fields = append(fields, fault.Field{Location: fmt.Sprintf("body.nodes[%d].code", i), Code: "setting.tree_code_taken", Message: c + ": another centre uses this code"})
			}
		}
	}
	return fault.New(fault.Invalid, errInvalid.Code, "other centres use some of the codes: %s", strings.Join(taken, ", ")).WithFields(fields...)
}

// layerDiff lists the nodes and refinements that differ, by code.
func layerDiff(old, next codetree.Layer) []audit.Change {
	nodes, refinements := map[string]codetree.Node{}, map[string]codetree.Refinement{}
	for _, n := range old.Nodes {
		nodes[n.Code] = n
	}
	for _, r := range old.Refinements {
		refinements[r.Code] = r
	}
	var list []audit.Change
	for _, n := range next.Nodes {
		if was, ok := nodes[n.Code]; !ok {
			list = append(list, audit.Change{Field: n.Code, New: n})
		} else if was != n {
			list = append(list, audit.Change{Field: n.Code, Old: was, New: n})
		}
	}
	for _, r := range next.Refinements {
		if was, ok := refinements[r.Code]; !ok {
			list = append(list, audit.Change{Field: r.Code, New: r})
		} else if was != r {
			list = append(list, audit.Change{Field: r.Code, Old: was, New: r})
		}
		delete(refinements, r.Code)
	}
	for code, r := range refinements {
		list = append(list, audit.Change{Field: code, Old: r})
	}
	return list
}

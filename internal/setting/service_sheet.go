package setting

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
	"yingda/internal/setting/codetree"
	"yingda/internal/setting/inherit"
	"yingda/internal/setting/internal/db"
)

// exported notes that a list left as a file.
func (s *Service) exported(ctx context.Context, kind, label string, centre organization.Centre) error {
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		return s.audit(ctx, tx, changed{action: kind + ".export", kind: kind, id: centre.ID.String(), label: label, centre: centre})
	})
}

// Export writes the settings as they stand at a centre as a workbook; the audit notes it.
func (s *Service) Export(ctx context.Context, w io.Writer, lang string, centre organization.CentreID) error {
	if _, err := actor.Allow(ctx, ValueRead); err != nil {
		return err
	}
	views, err := s.List(ctx, centre)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, v := range views {
		source := wordIn(lang, "默认", "default")
		if v.Source != nil {
			source = v.Source.Name
		}
		d := v.Definition
		rows = append(rows, []any{d.Key, wordIn(lang, d.ZH, d.EN), v.Centre.Code, d.Show(v.Own), lockCell(v.OwnLock, lang), "", d.Show(v.Effective), source})
	}
	if len(views) > 0 {
		if err := s.exported(ctx, "setting.value", views[0].Centre.Name, views[0].Centre); err != nil {
			return err
		}
	}
	return valueTable.Write(w, lang, sheet.Rows(rows...))
}

// errNotApplied ends a transaction whose effects are not wanted.
var errNotApplied = errors.New("not applied")

// importRows takes each row in a savepoint of one transaction, so that a trial finds exactly what the real thing would.
// With anything rejected, and in a trial, nothing stays.
func (s *Service) importRows(ctx context.Context, table sheet.Table, data []byte, dryRun bool, label func(sheet.Row) string,
	take func(ctx context.Context, tx pgx.Tx, r sheet.Row) (action string, changes []string, err error),
) (*sheet.Report, error) {
	rows, err := table.Read(data, s.importLimit(ctx))
	if err != nil {
		return nil, err
	}
	report := sheet.NewReport(dryRun)
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		for _, r := range rows {
			line := sheet.Line{Line: r.Line, Label: label(r), Problems: table.Missing(r), Changes: []string{}}
			if len(line.Problems) == 0 {
				err := pgx.BeginFunc(ctx, tx, func(part pgx.Tx) (err error) {
					line.Action, line.Changes, err = take(ctx, part, r)
					return err
				})
				if line.Problems = sheet.Problems(err); err != nil && len(line.Problems) == 0 {
					return err
				}
			}
			report.Add(line)
		}
		if dryRun || report.Rejected > 0 {
			return errNotApplied
		}
		return nil
	})
	if err != nil && !errors.Is(err, errNotApplied) {
		return nil, err
	}
	return report, nil
}

func (s *Service) importLimit(ctx context.Context) int {
	return int(ImportRows.Get(s, actor.From(ctx).Centre))
}

// Import sets values from a workbook; see [Service.importRows]. Important settings become requests.
func (s *Service) Import(ctx context.Context, data []byte, dryRun bool) (*sheet.Report, error) {
	scope, err := actor.Allow(ctx, ValueEdit)
	if err != nil {
		return nil, err
	}
	byCode, err := s.centresByCode(ctx)
	if err != nil {
		return nil, err
	}
	report, err := s.importRows(ctx, valueTable, data, dryRun, func(r sheet.Row) string { return r.Get("key") },
		func(ctx context.Context, tx pgx.Tx, r sheet.Row) (string, []string, error) {
			return s.importValue(ctx, tx, scope, byCode, r)
		})
	if err == nil && !dryRun {
		s.catchUp(ctx)
	}
	return report, err
}

func (s *Service) centresByCode(ctx context.Context) (map[string]organization.CentreID, error) {
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return nil, err
	}
	byCode := map[string]organization.CentreID{}
	for _, c := range tree.Centres() {
		byCode[c.Code] = c.ID
	}
	return byCode, nil
}

func (s *Service) importValue(ctx context.Context, tx pgx.Tx, scope actor.Scope, byCode map[string]organization.CentreID, r sheet.Row) (string, []string, error) {
	var f fault.Fields
	d, ok := s.registry.Definition(r.Get("key"))
	f.Check(ok, "body.key", fieldUnknown, "there is no such setting")
	_, path, err := s.at(ctx, scope, byCode[r.Get("centre")], false)
	f.Check(err == nil && byCode[r.Get("centre")] != organization.CentreID{}, "body.centre", fieldUnknown, "there is no such centre")
	lock, known := readLock(r.Get("lock"))
	f.Check(known, "body.lock", fieldUnknown, "is not a lock")
	if err := f.Err(errInvalid.Code, "the row cannot be taken"); err != nil {
		return sheet.Reject, nil, err
	}
	if err := d.mayBeSetAt(path[len(path)-1]); err != nil && (r.Get("value") != "" || lock != inherit.Open) {
		return sheet.Reject, nil, err
	}
	c := Change{Key: d.Key, Centre: path[len(path)-1].ID, Lock: lock, Reason: r.Get("reason")}
	if c.Reason == "" {
		c.Reason = defaultReason
	}
	if cell := r.Get("value"); cell != "" {
		v, wrong := d.Read(cell, "body.value")
		if wrong != nil {
			return sheet.Reject, nil, fault.New(fault.Invalid, errInvalid.Code, "the value cannot be taken").WithFields(*wrong)
		}
		c.Value = d.Encode(v)
	}
	old, err := db.New(tx).ValuesOf(ctx, db.ValuesOfParams{Key: d.Key, Centres: idsOf(path[len(path)-1:])})
	if err != nil {
		return "", nil, fmt.Errorf("read %s: %w", d.Key, err)
	}
	action := sheet.Create
	if len(old) > 0 {
		c.Version = int(old[0].Version)
		if !isNull(old[0].Value) {
			action = sheet.Update
		}
	} else if isNull(c.Value) && c.Lock == inherit.Open {
		return sheet.Same, []string{}, nil
	}
	in, err := s.intend(d, c, -1)
	if err != nil {
		return sheet.Reject, nil, err
	}
	if _, err := s.ask(ctx, tx, d, in, path, nil); errors.Is(err, ErrUnchanged) {
		return sheet.Same, []string{}, nil
	} else if err != nil {
		return sheet.Reject, nil, err
	}
	return action, []string{"value"}, nil
}

// ExportTree writes a code tree as it is planned at a centre as a workbook.
func (s *Service) ExportTree(ctx context.Context, w io.Writer, lang, key string, centre organization.CentreID) error {
	if _, err := actor.Allow(ctx, TreeRead); err != nil {
		return err
	}
	t, err := s.CodeTree(ctx, key, centre, s.cfg.Clock.Now().Add(furthestPlan))
	if err != nil {
		return err
	}
	layer, err := s.NewestLayer(ctx, key, centre)
	if err != nil {
		return err
	}
	hidden := map[string]bool{}
	for _, r := range layer.Content.Refinements {
		hidden[r.Code] = r.Hidden
	}
	var rows [][]any
	for _, e := range t.Tree.Entries {
		rows = append(rows, []any{e.Code, e.Parent, e.ZH, e.EN, e.Position, e.Locked, e.Rename, e.Extend, e.Retired, hidden[e.Code], t.Path[e.Layer].Code})
	}
	if err := s.exported(ctx, "setting.code_tree", t.ZH, t.Centre); err != nil {
		return err
	}
	return nodeTable.Write(w, lang, sheet.Rows(rows...))
}

// ImportTree lays a workbook over what a centre contributes to a tree and publishes the result at once. Codes that the
// file does not name stay; codes from above become refinements.
func (s *Service) ImportTree(ctx context.Context, key string, centre organization.CentreID, data []byte, dryRun bool) (*sheet.Report, error) {
	if _, err := actor.Allow(ctx, TreeEdit); err != nil {
		return nil, err
	}
	t, err := s.CodeTree(ctx, key, centre, s.cfg.Clock.Now())
	if err != nil {
		return nil, err
	}
	newest, err := s.NewestLayer(ctx, key, t.Centre.ID)
	if err != nil {
		return nil, err
	}
	lines, err := nodeTable.Read(data, s.importLimit(ctx))
	if err != nil {
		return nil, err
	}
	report, rows := sheet.NewReport(dryRun), make([]nodeRow, 0, len(lines))
	wrong := make([][]sheet.Problem, len(lines))
	for i, r := range lines {
		row, problems := readNode(r)
		rows, wrong[i] = append(rows, row), append(nodeTable.Missing(r), problems...)
	}
	var layers []codetree.Layer
	for _, c := range t.Path[:len(t.Path)-1] {
		l, err := s.NewestLayer(ctx, key, c.ID)
		if err != nil {
			return nil, err
		}
		layers = append(layers, l.Content)
	}
	after := layerFromRows(codetree.Merge(t.Levels, layers...), newest.Content, rows).Trim()
	problems := map[string][]sheet.Problem{}
	for _, p := range codetree.Check(t.Levels, layers, newest.Content, after) {
		problems[p.Code] = append(problems[p.Code], sheet.Problem{Column: "code", Code: "setting.tree_" + string(p.Reason), Message: problemWords[p.Reason]})
	}
	different := map[string]bool{}
	for _, c := range layerDiff(newest.Content, after) {
		different[c.Field] = c.Old == nil
	}
	for i, r := range lines {
		line := sheet.Line{Line: r.Line, Label: rows[i].Code, Action: sheet.Same, Problems: append(wrong[i], problems[rows[i].Code]...), Changes: []string{}}
		if made, ok := different[rows[i].Code]; ok && made {
			line.Action = sheet.Create
		} else if ok {
			line.Action = sheet.Update
		}
		report.Add(line)
	}
	if dryRun || report.Rejected > 0 || len(different) == 0 {
		return report, nil
	}
	_, err = s.SaveLayer(ctx, LayerEdit{Tree: key, Centre: t.Centre.ID, Version: newest.Version, Content: after, Reason: defaultReason})
	return report, err
}

// readNode reads one row of nodeTable.
func readNode(r sheet.Row) (nodeRow, []sheet.Problem) {
	row := nodeRow{Node: codetree.Node{Code: r.Get("code"), Parent: r.Get("parent"), ZH: r.Get("zh"), EN: r.Get("en")}}
	var problems []sheet.Problem
	for key, into := range map[string]*bool{"locked": &row.Locked, "rename": &row.Rename, "extend": &row.Extend, "retired": &row.Retired, "hidden": &row.hidden} {
		cell := r.Get(key)
		v, ok := sheet.Yes(cell)
		if !ok && cell != "" {
			problems = append(problems, sheet.Problem{Column: key, Code: fieldType, Message: "is not yes or no"})
		}
		*into = v
	}
	if cell := r.Get("position"); cell != "" {
		n, err := strconv.Atoi(cell)
		if err != nil || n < 0 || n > 1_000_000 {
			problems = append(problems, sheet.Problem{Column: "position", Code: fieldType, Message: "is not a whole number"})
		}
		row.Position = n
	}
	return row, problems
}

// ExportHelp writes the help texts of a centre as a workbook.
func (s *Service) ExportHelp(ctx context.Context, w io.Writer, lang string, centre organization.CentreID) error {
	if _, err := actor.Allow(ctx, HelpWrite); err != nil {
		return err
	}
	list, err := s.HelpOf(ctx, centre)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, h := range list {
		rows = append(rows, []any{h.Key, h.Language, h.Centre.Code, h.Body})
	}
	if len(list) > 0 {
		if err := s.exported(ctx, "setting.help", list[0].Centre.Name, list[0].Centre); err != nil {
			return err
		}
	}
	return helpTable.Write(w, lang, sheet.Rows(rows...))
}

// ImportHelp sets help texts from a workbook.
func (s *Service) ImportHelp(ctx context.Context, data []byte, dryRun bool) (*sheet.Report, error) {
	scope, err := actor.Allow(ctx, HelpWrite)
	if err != nil {
		return nil, err
	}
	byCode, err := s.centresByCode(ctx)
	if err != nil {
		return nil, err
	}
	return s.importRows(ctx, helpTable, data, dryRun, func(r sheet.Row) string { return r.Get("key") },
		func(ctx context.Context, tx pgx.Tx, r sheet.Row) (string, []string, error) {
			id := byCode[r.Get("centre")]
			_, path, err := s.at(ctx, scope, id, false)
			if err != nil || id.IsZero() {
				return sheet.Reject, nil, fault.New(fault.Invalid, errInvalid.Code, "the row cannot be taken").
					WithFields(fault.Field{Location: "body.centre", Code: fieldUnknown, Message: "there is no such centre"})
			}
			e, err := checkHelp(HelpEdit{Key: r.Get("key"), Language: r.Get("lang"), Centre: id, Body: r.Get("body"), Reason: defaultReason})
			if err != nil {
				return sheet.Reject, nil, err
			}
			old, err := db.New(tx).LockHelp(ctx, db.LockHelpParams{Key: e.Key, Language: e.Language, CentreID: id.UUID()})
			if err != nil && !postgres.IsNoRows(err) {
				return "", nil, fmt.Errorf("read help %s: %w", e.Key, err)
			}
			e.Version = int(old.Version)
			if old.Body == e.Body {
				return sheet.Same, []string{}, nil
			}
			action := sheet.Update
			if old.Version == 0 {
				action = sheet.Create
			}
			_, err = s.writeHelp(ctx, tx, e, path[len(path)-1])
			return action, []string{"body"}, err
		})
}

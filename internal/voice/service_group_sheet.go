package voice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/sheet"
	"yingda/internal/voice/internal/db"
)

// groupTable is the trunk groups as a workbook; a group is known by its code.
var groupTable = sheet.Table{Key: "trunk_groups", ZH: "中继群", EN: "Trunk groups", Columns: []sheet.Column{
	{Key: "code", ZH: "代码", EN: "Code", Width: 16, Required: true, HelpZH: "已有的代码是修改，没有的是新增；文件里没有的中继群不变", HelpEN: "A code that exists is changed, another is made; groups that are not in the file stay"},
	{Key: "name", ZH: "名称", EN: "Name", Width: 28, Required: true, Kind: sheet.Free},
	{Key: "centre", ZH: "所属中心代码", EN: "Owner centre", Width: 16, Required: true},
	{Key: "note", ZH: "备注", EN: "Note", Width: 40, Kind: sheet.Free},
	{Key: "trunks", ZH: "中继数", EN: "Trunks", Width: 10, HelpZH: "只供查看，导入时不读", HelpEN: "To be looked at; an import reads over it"},
	{Key: "version", ZH: "版本", EN: "Version", Width: 8, HelpZH: "只供查看。导出后又被他人改过的中继群不会被覆盖；新中继群留空", HelpEN: "To be looked at. A group that somebody changed after the export is not overwritten; empty for a new one"},
}}

// ExportGroups writes what [Service.Groups] gives as a workbook; [Service.ImportGroups] takes it back.
func (s *Service) ExportGroups(ctx context.Context, w io.Writer, lang string) error {
	if _, err := actor.Allow(ctx, TrunkRead); err != nil {
		return err
	}
	list, err := s.Groups(ctx)
	if err != nil {
		return err
	}
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return fmt.Errorf("read the organisation: %w", err)
	}
	if err := s.exported(ctx, "voice.trunk_group", ""); err != nil {
		return err
	}
	lines := make([][]any, len(list))
	for i, g := range list {
		owner, _ := tree.Centre(g.Centre)
		lines[i] = []any{g.Code, g.Name, owner.Code, g.Note, g.Trunks, g.Version}
	}
	return groupTable.Write(w, lang, sheet.Rows(lines...))
}

// ImportGroups makes and changes trunk groups by a workbook in the form of the export, all of it or, when a row is
// rejected, nothing; with dryRun it only tells what would happen. Rows meet the rules of [Service.CreateGroup] and
// [Service.UpdateGroup]. Errors: those of package sheet.
func (s *Service) ImportGroups(ctx context.Context, data []byte, dryRun bool) (*sheet.Report, error) {
	scope, err := actor.Allow(ctx, TrunkEdit)
	if err != nil {
		return nil, err
	}
	rows, err := groupTable.Read(data, maxImport)
	if err != nil {
		return nil, err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return nil, err
	}
	imp := groupImport{Service: s, in: in, centres: map[string]organization.Centre{}, known: map[string]Group{}, lines: map[string]int{}}
	for _, c := range in.tree.Centres() {
		imp.centres[c.Code] = c
	}
	report := sheet.NewReport(dryRun)
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error { return imp.run(ctx, tx, rows, report) })
	if err != nil && !errors.Is(err, errNotApplied) {
		return nil, err
	}
	return report, nil
}

// groupImport is one import under way.
type groupImport struct {
	*Service
	in      surroundings
	centres map[string]organization.Centre
	known   map[string]Group // that the editor may see, by code
	lines   map[string]int   // where each code stands in the file
}

func (i *groupImport) run(ctx context.Context, tx pgx.Tx, rows []sheet.Row, report *sheet.Report) error {
	list, err := db.New(tx).ListGroups(ctx, db.ListGroupsParams{National: i.in.scope.IsNational(), Centres: i.in.scope.Centres()})
	if err != nil {
		return fmt.Errorf("read trunk groups: %w", err)
	}
	for _, r := range list {
		g := listedGroup(r)
		i.known[g.Code] = g
	}
	for _, r := range rows {
		line, err := importRow(ctx, tx, r, func(ctx context.Context, tx pgx.Tx) (sheet.Line, error) { return i.row(ctx, tx, r) })
		if err != nil {
			return err
		}
		report.Add(line)
	}
	if report.DryRun || report.Rejected > 0 {
		return errNotApplied
	}
	return audit.Write(ctx, tx, i.cfg.Clock.Now(), audit.Entry{
		Action: "voice.trunk_group.import",
		Object: audit.Object{Kind: "voice.trunk_group", Label: fmt.Sprintf("%d rows: %d new, %d changed", report.Rows, report.Create, report.Update)},
	})
}

// row makes or changes the group of one row. A code of another province is taken; nothing of it is told.
func (i *groupImport) row(ctx context.Context, tx pgx.Tx, r sheet.Row) (sheet.Line, error) {
	line := sheet.Line{Label: r.Get("code"), Action: sheet.Create}
	var f fault.Fields
	before, twice := i.lines[r.Get("code")]
	f.Check(!twice, "body.code", "twice", fmt.Sprintf("stands in line %d already", before))
	i.lines[r.Get("code")] = r.Line
	centre, there := i.centres[r.Get("centre")]
	f.Check(there, "body.centre", fieldUnknown, "is no centre that you may choose")
	old, exists := i.known[r.Get("code")]
	if err := f.Err("voice.invalid_trunk_group", "the row cannot be taken"); err != nil {
		return line, err
	}
	e := GroupSpec{Code: r.Get("code"), Name: r.Get("name"), Centre: centre.ID, Note: r.Get("note")}
	if !exists {
		if !i.in.scope.Covers(centre.ID.UUID()) {
			return line, errNoCentre()
		}
		_, err := i.CreateGroup(ctx, tx, e)
		return line, err
	}
	return i.change(ctx, tx, r, line, old, e)
}

// change gives a group what its row says, if that differs and the version in the row is the one that there is.
func (i *groupImport) change(ctx context.Context, tx pgx.Tx, r sheet.Row, line sheet.Line, old Group, e GroupSpec) (sheet.Line, error) {
	if !r.Has("note") {
		e.Note = old.Note
	}
	e.Name, e.Note = sheet.Like(e.Name, old.Name), sheet.Like(e.Note, old.Note)
	line.Action = sheet.Same
	for _, v := range []sheet.Value{
		{Column: "name", Old: old.Name, New: e.Name}, {Column: "centre", Old: i.codeOf(old.Centre), New: i.codeOf(e.Centre)}, {Column: "note", Old: old.Note, New: e.Note},
	} {
		if v.Old != v.New {
			line.Action, line.Values, line.Changes = sheet.Update, append(line.Values, v), append(line.Changes, v.Column)
		}
	}
	if line.Action == sheet.Same {
		return line, nil
	}
	if i.in.scope.Covers(old.Centre.UUID()) && !i.in.scope.Covers(e.Centre.UUID()) {
		return line, errNoCentre()
	}
	var f fault.Fields
	version, err := strconv.Atoi(r.Get("version"))
	f.Check(err == nil && version > 0, "body.version", fieldFormat, "is no version; take the row from an export")
	if err := f.Err("voice.invalid_trunk_group", "the row cannot be taken"); err != nil {
		return line, err
	}
	_, err = i.updateGroup(ctx, tx, i.in, old.ID, version, e)
	return line, err
}

// errNoCentre refuses the owner of a group in the words of a workbook.
func errNoCentre() error {
	var f fault.Fields
	f.Add("body.centre", fieldUnknown, "is no centre that you may choose")
	return f.Err("voice.invalid_trunk_group", "the row cannot be taken")
}

func (i *groupImport) codeOf(id organization.CentreID) string {
	c, _ := i.in.tree.Centre(id)
	return c.Code
}

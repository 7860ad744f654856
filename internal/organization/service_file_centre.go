package organization

import (
	"context"
	"io"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/platform/sheet"
)

var levelWords = []word[Level]{
	{actor.Nation, "全国", "nation"}, {actor.Province, "省", "province"}, {actor.City, "地市", "city"}, {actor.Site, "站点", "site"},
}

var unitStates = []word[State]{{Active, "启用", "active"}, {Closed, "撤销", "closed"}}

// centreTable is the list of centres as a workbook.
var centreTable = sheet.Table{Key: "centres", ZH: "中心", EN: "Centres", Columns: []sheet.Column{
	{Key: "code", ZH: "中心代码", EN: "Centre code", Required: true, Width: 16, HelpZH: "大写字母、数字和连字符，全国唯一。已有的代码是修改，没有的是新增。", HelpEN: "Capital letters, digits and hyphens, unique. A code that exists is changed, another is made."},
	{Key: "name", ZH: "名称", EN: "Name", Required: true, Width: 28, Kind: sheet.Free},
	{Key: "level", ZH: "级别", EN: "Level", Required: true, Width: 10, HelpZH: "全国、省、地市或站点。建立后不变。", HelpEN: "nation, province, city or site. It never changes."},
	{Key: "parent", ZH: "上级中心代码", EN: "Parent's code", Width: 16, HelpZH: "上级须排在前面的行或已经存在。", HelpEN: "The parent is there already or on a line before."},
	{Key: "province", ZH: "省份代码", EN: "Province", Width: 12, HelpZH: "GB/T 2260，如 440000。空着时取上级的。", HelpEN: "GB/T 2260, such as 440000. Empty: the parent's."},
	{Key: "city", ZH: "地市代码", EN: "City", Width: 12, HelpZH: "GB/T 2260，如 440100。", HelpEN: "GB/T 2260, such as 440100."},
	{Key: "time_zone", ZH: "时区", EN: "Time zone", Width: 18, Kind: sheet.Free},
	{Key: "state", ZH: "状态", EN: "State", Width: 10, HelpZH: "只读：撤销和恢复在页面上办理。", HelpEN: "Read only: centres are closed and reopened on the page."},
}}

// ExportCentres writes the centres of the filter as a workbook. The audit notes it.
func (s *Service) ExportCentres(ctx context.Context, w io.Writer, lang string, f CentreFilter) error {
	if _, err := actor.Allow(ctx, CentreRead); err != nil {
		return err
	}
	list, err := s.FindCentres(ctx, f)
	if err != nil {
		return err
	}
	t, err := s.Tree(ctx)
	if err != nil {
		return err
	}
	if err := s.exported(ctx, "centre.export", f.Find); err != nil {
		return err
	}
	return centreTable.Write(w, lang, func(yield func([]any, error) bool) {
		for _, c := range list {
			parent, _ := t.Centre(c.Parent)
			if !yield([]any{c.Code, c.Name, wordIn(levelWords, c.Level, lang), parent.Code, c.Province, c.City, c.TimeZone, wordIn(unitStates, c.State, lang)}, nil) {
				return
			}
		}
	})
}

// ImportCentres makes, changes and moves centres by a workbook in the form of the export, whole or not at all; with
// dryRun it only tells what would happen. Errors: those of package sheet.
func (s *Service) ImportCentres(ctx context.Context, data []byte, dryRun bool) (*sheet.Report, error) {
	scope, err := actor.Allow(ctx, CentreEdit)
	if err != nil {
		return nil, err
	}
	return s.importRows(ctx, centreTable, data, dryRun, func(ctx context.Context, tx pgx.Tx, r sheet.Row) (taken, error) {
		if err := s.holdTree(ctx, tx); err != nil {
			return taken{}, err
		}
		t, err := s.treeIn(ctx, tx)
		if err != nil {
			return taken{}, err
		}
		return s.takeCentre(ctx, tx, t, scope, r)
	})
}

func (s *Service) takeCentre(ctx context.Context, tx pgx.Tx, t *Tree, scope actor.Scope, r sheet.Row) (taken, error) {
	done := taken{label: r.Get("code") + " " + r.Get("name"), action: sheet.Create}
	level, ok := wordOf(levelWords, r.Get("level"))
	if !ok {
		return done, badCell("level", fieldUnknown, "is not nation, province, city or site")
	}
	parent, err := t.parentOf(scope, r)
	if err != nil {
		return done, err
	}
	old, exists := t.centreByCode(r.Get("code"))
	if !exists {
		_, err := s.CreateCentre(ctx, tx, NewCentre{
			Parent: parent.ID, Level: level, Code: r.Get("code"), Name: r.Get("name"), Province: r.Get("province"), City: r.Get("city"), TimeZone: r.Get("time_zone"),
		})
		return done, err
	}
	if !scope.Covers(old.ID.UUID()) {
		return done, ErrCentreCode
	}
	if old.Level != level {
		return done, badCell("level", "organization.read_only", "never changes")
	}
	if state, ok := wordOf(unitStates, r.Get("state")); r.Get("state") != "" && (!ok || state != old.State) {
		return done, badCell("state", "organization.read_only", "is changed on the page, not by a file")
	}
	next := old
	if r.Has("parent") && parent.ID != old.Parent {
		act := centreAct{name: "centre.move", id: old.ID, version: old.Version, decide: moveCentre(scope, parent.ID)}
		if next, err = s.changeCentre(ctx, tx, scope, act); err != nil {
			return done, err
		}
		done.changes = append(done.changes, "parent")
	}
	u := CentreUpdate{
		Version: next.Version, Code: old.Code, Name: r.Get("name"), Province: unlessEmpty(r, "province", old.Province),
		City: unlessEmpty(r, "city", old.City), TimeZone: unlessEmpty(r, "time_zone", old.TimeZone),
	}
	next, err = s.changeCentre(ctx, tx, scope, centreAct{name: "centre.update", id: old.ID, version: next.Version, decide: setCentre(scope, u)})
	if err != nil {
		return done, err
	}
	done.changes = append(done.changes, differing(
		"name", old.Name, next.Name, "province", old.Province, next.Province, "city", old.City, next.City, "time_zone", old.TimeZone, next.TimeZone)...)
	return done.orSame(), nil
}

// parentOf finds the parent that a row names; none when it names none.
func (t *Tree) parentOf(scope actor.Scope, r sheet.Row) (Centre, error) {
	code := r.Get("parent")
	if code == "" {
		return Centre{}, nil
	}
	parent, ok := t.centreByCode(code)
	if !ok {
		return Centre{}, badCell("parent", fieldUnknown, "is not the code of a centre that is there")
	}
	if old, exists := t.centreByCode(r.Get("code")); !scope.Covers(parent.ID.UUID()) && (!exists || old.Parent != parent.ID) {
		return Centre{}, badCell("parent", fieldUnknown, "is not the code of a centre that you look after")
	}
	return parent, nil
}

// differing names the columns whose values differ: column, old, new, column, old, new.
func differing(values ...string) []string {
	var columns []string
	for i := 0; i+2 < len(values); i += 3 {
		if values[i+1] != values[i+2] {
			columns = append(columns, values[i])
		}
	}
	return columns
}

// unlessEmpty gives what is in the cell, or was before when it is empty.
func unlessEmpty(r sheet.Row, column, was string) string {
	if v := r.Get(column); v != "" {
		return v
	}
	return was
}

// orSame makes an existing thing an update or the same, by what changed.
func (t taken) orSame() taken {
	t.action = sheet.Update
	if len(t.changes) == 0 {
		t.action = sheet.Same
	}
	return t
}

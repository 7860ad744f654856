package identity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/identity/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
)

// roleTable is the roles as a workbook: a line for each role and permission, as reviewers want it.
var roleTable = sheet.Table{Key: "roles", ZH: "角色", EN: "Roles", Columns: []sheet.Column{
	{Key: "code", ZH: "角色代码", EN: "Role code", Width: 20, Required: true, HelpZH: "已有的代码是修改，没有的是新增。每个权限一行。", HelpEN: "A code that exists is changed, another is made. One row for each permission."},
	{Key: "name_zh", ZH: "名称", EN: "Chinese name", Width: 20, Required: true, Kind: sheet.Free, HelpZH: "同一角色的各行须相同。", HelpEN: "The same on all rows of a role."},
	{Key: "name_en", ZH: "英文名称", EN: "English name", Width: 24, Required: true, Kind: sheet.Free},
	{Key: "levels", ZH: "授予层级", EN: "Given at", Width: 20, Required: true, HelpZH: "全国、省、地市、站点，可写多个。", HelpEN: "nation, province, city, site; several are possible."},
	{Key: "permission", ZH: "权限代码", EN: "Permission code", Width: 34, Required: true, HelpZH: "文件中没有的权限将从该角色收回；没有任何权限的角色写一行并留空。", HelpEN: "What is not in the file is taken from the role; a role without permissions has one row with this empty."},
	{Key: "meaning", ZH: "权限", EN: "What it allows", Width: 40, Kind: sheet.Free, HelpZH: "只读。", HelpEN: "Read only."},
	{Key: "note", ZH: "说明", EN: "Note", Width: 40, Kind: sheet.Free},
	{Key: "ready", ZH: "预置", EN: "Ready-made", Width: 10, HelpZH: "只读。预置角色不可修改。", HelpEN: "Read only. Ready-made roles cannot be changed."},
	{Key: "state", ZH: "状态", EN: "State", Width: 10, HelpZH: "只读。", HelpEN: "Read only."},
	{Key: "holders", ZH: "持有人数", EN: "Holders", Width: 10, HelpZH: "只读。", HelpEN: "Read only."},
	{Key: "version", ZH: "版本", EN: "Version", Width: 8, HelpZH: "只读。导出后又被他人改过的角色不会被覆盖；新角色留空。", HelpEN: "Read only. A role that somebody changed after the export is not overwritten; empty for a new role."},
}}

// mostRoleRows bounds the rows of one workbook.
const mostRoleRows = 20_000

var (
	levelWords = map[actor.Level][2]string{actor.Nation: {"全国", "nation"}, actor.Province: {"省", "province"}, actor.City: {"地市", "city"}, actor.Site: {"站点", "site"}}
	roleStates = map[string][2]string{roleActive: {"使用中", "active"}, roleRetired: {"已停用", "retired"}}
)

// ExportRoles writes one line per role and permission; a role without permissions has one line too.
func (s *Service) ExportRoles(ctx context.Context, w io.Writer, lang string) error {
	if _, err := actor.Allow(ctx, RoleRead); err != nil {
		return err
	}
	roles, err := s.Roles(ctx)
	if err != nil {
		return err
	}
	if err := s.exported(ctx, "role"); err != nil {
		return err
	}
	words := map[actor.Permission]actor.Definition{}
	for _, d := range s.cfg.Catalogue {
		words[d.Permission] = d
	}
	return roleTable.Write(w, lang, roleRows(roles, words, wordIn(lang)))
}

func roleRows(roles []Role, words map[actor.Permission]actor.Definition, word int) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, r := range roles {
			levels := make([]string, len(r.Levels))
			for i, l := range r.Levels {
				levels[i] = levelWords[l][word]
			}
			permissions := r.Permissions
			if len(permissions) == 0 {
				permissions = []actor.Permission{""}
			}
			for _, p := range permissions {
				meaning := [2]string{words[p].ZH, words[p].EN}[word]
				if !yield([]any{r.Code, r.ZH, r.EN, levels, string(p), meaning, r.Note, r.Ready, roleStates[r.State][word], r.Holders, r.Version}, nil) {
					return
				}
			}
		}
	}
}

// ImportRoles makes and changes roles by a workbook in the form of the export, all of it or, when a row is rejected,
// nothing; with dryRun it only tells what would happen. Each role goes through [Service.CreateRole] or the rules of
// [Service.UpdateRole], so that nothing can come in by a file that could not by the page. Roles that only lose
// permissions go first: what one role gives up for another in the same file is no conflict of duties. Errors: those of
// package sheet.
func (s *Service) ImportRoles(ctx context.Context, data []byte, dryRun bool) (*sheet.Report, error) {
	if err := allowNationwide(ctx, RoleEditing); err != nil {
		return nil, err
	}
	rows, err := roleTable.Read(data, mostRoleRows)
	if err != nil {
		return nil, err
	}
	var report *sheet.Report
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		report = sheet.NewReport(dryRun)
		drafts, err := s.roleDrafts(ctx, tx, rows)
		if err != nil {
			return err
		}
		for _, d := range drafts {
			if err := s.tryRole(ctx, tx, d); err != nil {
				return err
			}
			d.tell(report)
		}
		slices.SortStableFunc(report.Lines, func(a, b sheet.Line) int { return a.Line - b.Line })
		if dryRun || report.Rejected > 0 {
			return errUndone
		}
		return nil
	})
	if errors.Is(err, errUndone) {
		return report, nil
	}
	if err != nil {
		return nil, err
	}
	if report.Update > 0 {
		s.forget(ctx, forgetting{All: true})
	}
	return report, nil
}

// roleDraft is a role as the rows of a file say it.
type roleDraft struct {
	rows     []sheet.Row
	old      Role // without an id: there is none of this code
	edit     RoleEdit
	version  int
	at       []int                   // in which row each permission of the edit stands
	problems map[int][]sheet.Problem // by row
}

func (d *roleDraft) bad(row int, column, code, message string) {
	d.problems[row] = append(d.problems[row], sheet.Problem{Column: column, Code: code, Message: message})
}

// roleDrafts puts the rows of each role together, in the order in which they are taken.
func (s *Service) roleDrafts(ctx context.Context, tx pgx.Tx, rows []sheet.Row) ([]*roleDraft, error) {
	known, err := db.New(tx).Roles(ctx)
	if err != nil {
		return nil, fmt.Errorf("list roles: %w", err)
	}
	byCode := map[string]*roleDraft{}
	var list []*roleDraft
	for _, r := range rows {
		d := byCode[r.Get("code")]
		if d == nil {
			d = &roleDraft{problems: map[int][]sheet.Problem{}}
			byCode[r.Get("code")] = d
			list = append(list, d)
		}
		d.rows = append(d.rows, r)
	}
	for _, k := range known {
		if d := byCode[k.Code]; d != nil {
			d.old = roleOf(db.RoleByIDRow(k))
		}
	}
	for _, d := range list {
		d.read()
	}
	slices.SortStableFunc(list, func(a, b *roleDraft) int { return a.rank() - b.rank() })
	return list, nil
}

// rank is 0 for a role that gains nothing.
func (d *roleDraft) rank() int {
	if slices.ContainsFunc(d.edit.Permissions, func(p actor.Permission) bool { return !slices.Contains(d.old.Permissions, p) }) {
		return 1
	}
	return 0
}

// read makes the edit of the rows. What is said of the role itself stands in its first row; other rows repeat it or
// leave it out.
func (d *roleDraft) read() {
	first := d.rows[0]
	if first.Get("code") == "" {
		for i := range d.rows {
			d.bad(i, "code", "required", "is missing")
		}
		return
	}
	for _, p := range roleTable.Missing(first) {
		if p.Column != "permission" {
			d.problems[0] = append(d.problems[0], p)
		}
	}
	d.edit = RoleEdit{ZH: sheet.Like(first.Get("name_zh"), d.old.ZH), EN: sheet.Like(first.Get("name_en"), d.old.EN), Note: d.old.Note}
	if first.Has("note") {
		d.edit.Note = sheet.Like(first.Get("note"), d.old.Note)
	}
	for _, word := range sheet.Split(first.Get("levels")) {
		d.edit.Levels = append(d.edit.Levels, levelOf(word))
	}
	if cell := first.Get("version"); cell != "" {
		n, err := strconv.Atoi(cell)
		if err != nil || n < 1 {
			d.bad(0, "version", "format", "is not a version")
		}
		d.version = n
	}
	d.readState(first.Get("state"))
	seen := map[string]int{}
	for i, r := range d.rows {
		for _, column := range []string{"name_zh", "name_en", "levels", "note", "version", "state"} {
			if cell := r.Get(column); cell != "" && cell != first.Get(column) {
				d.bad(i, column, "differs", fmt.Sprintf("is not what line %d says of this role", first.Line))
			}
		}
		p := r.Get("permission")
		line, twice := seen[p]
		switch {
		case p == "" && len(d.rows) > 1:
			d.bad(i, "permission", "required", "is missing")
		case twice:
			d.bad(i, "permission", "twice", fmt.Sprintf("stands in line %d already", line))
		case p != "":
			seen[p] = r.Line
			d.edit.Permissions, d.at = append(d.edit.Permissions, actor.Permission(p)), append(d.at, i)
		}
	}
}

func (d *roleDraft) readState(cell string) {
	state := roleActive
	if d.exists() {
		state = d.old.State
	}
	words := roleStates[state]
	if cell != "" && cell != state && cell != words[0] && !strings.EqualFold(cell, words[1]) {
		d.bad(0, "state", "read_only", "is changed on the page, not by a file")
	}
}

func (d *roleDraft) exists() bool { return !d.old.ID.IsZero() }

// levelOf reads a level as people write it; another word stays itself, to be refused by name.
func levelOf(word string) actor.Level {
	for level, words := range levelWords {
		if word == words[0] || strings.EqualFold(word, words[1]) {
			return level
		}
	}
	return actor.Level(word)
}

// changes tells what the edit changes: nothing of a role that is as the file says.
func (s *Service) changes(d *roleDraft) bool {
	if !d.exists() {
		return true
	}
	var ignored fault.Fields
	return plainRole(s.checkRole(&ignored, d.edit, d.old.Permissions)) != plainRole(s.checkRole(&ignored, d.old.edit(), d.old.Permissions))
}

// tryRole takes a role in a savepoint: what is refused with a fault is a problem of its rows, not of the import.
func (s *Service) tryRole(ctx context.Context, tx pgx.Tx, d *roleDraft) error {
	if len(d.problems) > 0 || !s.changes(d) {
		return nil
	}
	if d.exists() && !d.old.Ready && d.version == 0 {
		d.bad(0, "version", "required", "is missing; take the row from an export")
		return nil
	}
	if d.old.State == roleRetired {
		d.bad(0, "state", "read_only", "this role is retired and comes back on the page, not by a file")
		return nil
	}
	inner, err := tx.Begin(ctx)
	if err != nil {
		return fmt.Errorf("import roles: %w", err)
	}
	if d.exists() {
		err = s.updateRole(ctx, inner, d.old.ID, d.version, d.edit)
	} else {
		_, err = s.CreateRole(ctx, inner, d.rows[0].Get("code"), d.edit)
	}
	if err == nil {
		return inner.Commit(ctx)
	}
	if !d.blame(err) {
		return err
	}
	if err := inner.Rollback(ctx); err != nil {
		return fmt.Errorf("import roles: %w", err)
	}
	return nil
}

// blame puts the fields of a fault at the rows they are about; false for what is not about the role.
func (d *roleDraft) blame(err error) bool {
	f, ok := fault.As(err)
	if !ok || f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		return false
	}
	if len(f.Fields) == 0 {
		d.bad(0, "", f.Code, f.Message)
	}
	for _, field := range f.Fields {
		name, index, _ := strings.Cut(strings.TrimPrefix(field.Location, "body."), "[")
		row := 0
		if name == "permissions" {
			name = "permission"
			if n, err := strconv.Atoi(strings.TrimSuffix(index, "]")); err == nil && n < len(d.at) {
				row = d.at[n]
			}
		}
		d.bad(row, name, field.Code, field.Message)
	}
	return true
}

// tell writes what becomes of each row. The first one also tells what changes of the role itself and which permissions
// it loses, which have no row.
func (d *roleDraft) tell(report *sheet.Report) {
	for i, r := range d.rows {
		line := sheet.Line{Line: r.Line, Label: strings.TrimSpace(r.Get("code") + " " + d.edit.ZH), Action: sheet.Same, Problems: d.problems[i]}
		note := func(column, old, fresh string) {
			if old == fresh {
				return
			}
			line.Action = sheet.Update
			line.Values = append(line.Values, sheet.Value{Column: column, Old: old, New: fresh})
			if !slices.Contains(line.Changes, column) {
				line.Changes = append(line.Changes, column)
			}
		}
		if p := actor.Permission(r.Get("permission")); !slices.Contains(d.old.Permissions, p) {
			note("permission", "", string(p))
		}
		if i == 0 && d.exists() {
			d.tellRole(note)
		}
		if !d.exists() {
			line.Action = sheet.Create
		}
		report.Add(line)
	}
}

func (d *roleDraft) tellRole(note func(column, old, fresh string)) {
	note("name_zh", d.old.ZH, strings.TrimSpace(d.edit.ZH))
	note("name_en", d.old.EN, strings.TrimSpace(d.edit.EN))
	note("note", d.old.Note, strings.TrimSpace(d.edit.Note))
	sorted := func(levels []actor.Level) string {
		list := slices.Clone(levels)
		slices.SortFunc(list, func(a, b actor.Level) int { return slices.Index(levelOrder, a) - slices.Index(levelOrder, b) })
		return strings.Join(textsOf(slices.Compact(list)), " ")
	}
	note("levels", sorted(d.old.Levels), sorted(d.edit.Levels))
	for _, p := range d.old.Permissions {
		if !slices.Contains(d.edit.Permissions, p) {
			note("permission", string(p), "")
		}
	}
}

package organization

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
)

// extraPrefix begins the key of a column that holds one of the additional fields of an item.
const extraPrefix = "extra_"

// extraNames are the headers of additional fields that this package knows.
var extraNames = map[string][2]string{extraAreaCode: {"长途区号", "Area code"}}

// itemTable is a code table as a workbook: the columns of every table, and one for each additional field that
// its items have.
func itemTable(c *Codes) sheet.Table {
	columns := []sheet.Column{
		{Key: "code", ZH: "代码", EN: "Code", Required: true, Width: 16, HelpZH: "已有的代码是修改，没有的是新增；文件里没有的代码不变。", HelpEN: "A code that exists is changed, another is added; codes that are not in the file stay."},
		{Key: "zh", ZH: "中文名称", EN: "Chinese name", Required: true, Width: 26, Kind: sheet.Free},
		{Key: "en", ZH: "英文名称", EN: "English name", Width: 26, Kind: sheet.Free},
		{Key: "initials", ZH: "拼音首字母", EN: "Pinyin initials", Width: 14},
		{Key: "parent", ZH: "上级代码", EN: "Parent", Width: 14},
	}
	for _, name := range c.extras() {
		names, known := extraNames[name]
		if !known {
			names = [2]string{name, name}
		}
		columns = append(columns, sheet.Column{Key: extraPrefix + name, ZH: names[0], EN: names[1], Width: 16})
	}
	columns = append(columns,
		sheet.Column{Key: "valid_from", ZH: "生效日期", EN: "From", Kind: sheet.Date, Width: 12},
		sheet.Column{Key: "valid_until", ZH: "截止日期（含）", EN: "Until (last day)", Kind: sheet.Date, Width: 16},
		sheet.Column{Key: "sort", ZH: "排序", EN: "Order", Width: 8, HelpZH: "整数，小的在前。", HelpEN: "A whole number, the smallest first."},
		sheet.Column{Key: "more", ZH: "其他字段", EN: "More fields", Width: 24, Kind: sheet.Free, HelpZH: "新的附加字段，写作 名称=值；多个用分号隔开。", HelpEN: "New additional fields as name=value; several are separated by semicolons."},
		sheet.Column{Key: "remove", ZH: "删除", EN: "Remove", Width: 8, HelpZH: "写“是”则从新版本中删除。", HelpEN: "yes takes the code out of the new version."},
	)
	return sheet.Table{Key: c.Table.Code, ZH: c.Table.NameZH, EN: c.Table.NameEN, Columns: columns}
}

// extras are the names of the additional fields of all items, sorted.
func (c *Codes) extras() []string {
	var names []string
	for _, i := range c.items {
		for name := range i.Extra {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// ExportCodes writes a version of a table as a workbook; version 0 is the newest. The audit notes it. Errors:
// [ErrNoCodeTable], [ErrNoCodeVersion].
func (s *Service) ExportCodes(ctx context.Context, w io.Writer, lang, table string, version int) error {
	if _, err := actor.Allow(ctx, CodeRead); err != nil {
		return err
	}
	c, err := s.CodeItems(ctx, table, version)
	if err != nil {
		return err
	}
	if err := s.exported(ctx, "code_table.export", table+" "+strconv.Itoa(c.Table.Version)); err != nil {
		return err
	}
	extras := c.extras()
	return itemTable(c).Write(w, lang, func(yield func([]any, error) bool) {
		for _, i := range c.items {
			row := []any{i.Code, i.ZH, i.EN, i.Initials, i.Parent}
			for _, name := range extras {
				row = append(row, i.Extra[name])
			}
			if !yield(append(row, dayTime(i.ValidFrom), dayTime(i.ValidUntil), i.Sort, nil, nil), nil) {
				return
			}
		}
	})
}

// ImportCodes publishes a workbook in the form of the export as the next version of a table, or with dryRun only
// tells the difference. Codes that the file does not have stay; to take one out, the column remove says yes. The
// version is published whole or not at all; a file without any difference publishes none. Errors:
// [ErrNoCodeTable], those of package sheet.
func (s *Service) ImportCodes(ctx context.Context, table string, data []byte, note string, dryRun bool) (*sheet.Report, error) {
	scope, err := actor.Allow(ctx, CodeEdit)
	if err != nil {
		return nil, err
	}
	c, err := s.Codes(ctx, table)
	if err != nil {
		return nil, err
	}
	columns := itemTable(c)
	rows, err := columns.Read(data, maxItems)
	if err != nil {
		return nil, err
	}
	report := sheet.NewReport(dryRun)
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		*report = *sheet.NewReport(dryRun)
		t, err := s.openTable(ctx, tx, scope, table)
		if err != nil {
			return err
		}
		before, err := itemsAt(ctx, db.New(tx), table, t.Version)
		if err != nil {
			return err
		}
		e := ItemsEdit{Base: t.Version, Note: note}
		in := itemsIn(before, c.extras())
		for _, r := range rows {
			line := sheet.Line{Line: r.Line, Label: r.Get("code") + " " + r.Get("zh"), Problems: columns.Missing(r), Changes: []string{}}
			if len(line.Problems) == 0 {
				in.take(&e, r, &line)
			}
			report.Add(line)
		}
		if report.Rejected > 0 || len(e.Set)+len(e.Remove) == 0 {
			return nil
		}
		_, err = s.publish(ctx, tx, t, before, e.apply(before), e.Note)
		if err == nil && dryRun {
			return errUndo
		}
		return err
	})
	if err != nil && !errors.Is(err, errUndo) {
		return nil, err
	}
	return report, nil
}

// itemRows are the items that a file is compared with.
type itemRows struct {
	known  map[string]CodeItem
	seen   map[string]bool
	extras []string // the additional fields that the file may have columns for
}

func itemsIn(before []CodeItem, extras []string) itemRows {
	in := itemRows{known: map[string]CodeItem{}, seen: map[string]bool{}, extras: extras}
	for _, i := range before {
		in.known[i.Code] = i
	}
	return in
}

// take adds what a row asks for to the edit and says so on its line.
func (in itemRows) take(e *ItemsEdit, r sheet.Row, line *sheet.Line) {
	old, exists := in.known[r.Get("code")]
	var f fault.Fields
	next := rowItem(&f, r, old, in.extras)
	next = next.normalise(&f, "row")
	f.Check(!in.seen[next.Code], "row.code", fieldTwice, "stands there twice")
	in.seen[next.Code] = true
	remove, ok := sheet.Yes(r.Get("remove"))
	f.Check(ok || r.Get("remove") == "", "row.remove", fieldFormat, "is not yes or no")
	f.Check(!remove || exists, "row.code", fieldUnknown, "is not there to be removed")
	if err := f.Err("organization.invalid_codes", "the row cannot be taken as it is"); err != nil {
		line.Problems = sheet.Problems(err)
		return
	}
	switch {
	case remove:
		line.Action, line.Changes = sheet.Update, []string{"remove"}
		e.Remove = append(e.Remove, next.Code)
	case !exists:
		line.Action = sheet.Create
		e.Set = append(e.Set, next)
	case old.equal(next):
		line.Action = sheet.Same
	default:
		line.Action, line.Changes = sheet.Update, changedColumns(old, next)
		e.Set = append(e.Set, next)
	}
}

// rowItem gives the item of a row; what the file has no column for stays as it was.
func rowItem(f *fault.Fields, r sheet.Row, old CodeItem, extras []string) CodeItem {
	i := CodeItem{
		Code: r.Get("code"), ZH: r.Get("zh"), EN: unlessSame(r, "en", old.EN), Initials: unlessSame(r, "initials", old.Initials),
		Parent: unlessSame(r, "parent", old.Parent), Sort: old.Sort, Extra: map[string]string{},
		ValidFrom: Day(unlessSame(r, "valid_from", string(old.ValidFrom))), ValidUntil: Day(unlessSame(r, "valid_until", string(old.ValidUntil))),
	}
	if r.Get("sort") != "" {
		n, err := strconv.ParseInt(r.Get("sort"), 10, 32)
		f.Check(err == nil, "row.sort", fieldFormat, "is not a whole number")
		i.Sort = int(n)
	}
	maps.Copy(i.Extra, old.Extra)
	for _, name := range extras {
		if r.Has(extraPrefix + name) {
			i.Extra[name] = r.Get(extraPrefix + name)
		}
	}
	for pair := range strings.FieldsFuncSeq(r.Get("more"), func(c rune) bool { return c == ';' || c == '；' || c == '\n' }) {
		name, value, ok := strings.Cut(pair, "=")
		f.Check(ok, "row.more", fieldFormat, "is not name=value")
		i.Extra[trim(name)] = trim(value)
	}
	return i
}

// changedColumns names the columns of a file that differ.
func changedColumns(a, b CodeItem) []string {
	list := differing("zh", a.ZH, b.ZH, "en", a.EN, b.EN, "initials", a.Initials, b.Initials, "parent", a.Parent, b.Parent,
		"valid_from", string(a.ValidFrom), string(b.ValidFrom), "valid_until", string(a.ValidUntil), string(b.ValidUntil),
		"sort", strconv.Itoa(a.Sort), strconv.Itoa(b.Sort))
	for name, value := range b.Extra {
		if a.Extra[name] != value {
			list = append(list, extraPrefix+name)
		}
	}
	for name := range a.Extra {
		if _, ok := b.Extra[name]; !ok {
			list = append(list, extraPrefix+name)
		}
	}
	slices.Sort(list)
	return list
}

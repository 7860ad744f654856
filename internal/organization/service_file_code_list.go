package organization

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"yingda/internal/actor"
	"yingda/internal/platform/sheet"
)

// The lists around code tables as workbooks: which tables there are, what was published, and what a version changed.
var (
	tableTable = sheet.Table{Key: "code_tables", ZH: "代码表", EN: "Code tables", Columns: []sheet.Column{
		{Key: "code", ZH: "代码表", EN: "Table", Width: 16}, {Key: "name_zh", ZH: "名称", EN: "Chinese name", Width: 24}, {Key: "name_en", ZH: "英文名称", EN: "English name", Width: 24},
		{Key: "owner", ZH: "归口部门", EN: "Owner", Width: 24}, {Key: "owner_centre", ZH: "所属中心代码", EN: "Owner centre", Width: 16},
		{Key: "version", ZH: "版本", EN: "Version", Width: 8}, {Key: "items", ZH: "条数", EN: "Codes", Width: 10}, {Key: "published_at", ZH: "发布时间", EN: "Published at", Width: 20},
	}}
	versionTable = sheet.Table{Key: "code_versions", ZH: "代码表版本", EN: "Versions of a code table", Columns: []sheet.Column{
		{Key: "version", ZH: "版本", EN: "Version", Width: 8}, {Key: "published_at", ZH: "发布时间", EN: "Published at", Width: 20},
		{Key: "published_by", ZH: "发布人", EN: "Published by", Width: 24}, {Key: "note", ZH: "原因", EN: "Why", Width: 50},
		{Key: "added", ZH: "新增", EN: "Added", Width: 8}, {Key: "changed", ZH: "修改", EN: "Changed", Width: 8}, {Key: "removed", ZH: "删除", EN: "Removed", Width: 8},
	}}
	differenceTable = sheet.Table{Key: "code_changes", ZH: "代码变化", EN: "Changes of codes", Columns: []sheet.Column{
		{Key: "act", ZH: "变化", EN: "What happened", Width: 10}, {Key: "code", ZH: "代码", EN: "Code", Width: 16}, {Key: "name", ZH: "中文名称", EN: "Chinese name", Width: 26},
		{Key: "field", ZH: "字段", EN: "Field", Width: 18}, {Key: "old", ZH: "原值", EN: "Before", Width: 30}, {Key: "new", ZH: "新值", EN: "After", Width: 30},
	}}
)

var changeWords = map[string][2]string{"add": {"新增", "added"}, "change": {"修改", "changed"}, "remove": {"删除", "removed"}}

// ExportCodeTables writes what [Service.CodeTables] gives as a workbook. The audit notes it.
func (s *Service) ExportCodeTables(ctx context.Context, w io.Writer, lang string) error {
	if _, err := actor.Allow(ctx, CodeRead); err != nil {
		return err
	}
	list, err := s.CodeTables(ctx)
	if err != nil {
		return err
	}
	tree, err := s.Tree(ctx)
	if err != nil {
		return err
	}
	if err := s.exported(ctx, "code_table.export", tableTable.ZH); err != nil {
		return err
	}
	lines := make([][]any, len(list))
	for i, t := range list {
		owner, _ := tree.Centre(t.OwnerCentre)
		lines[i] = []any{t.Code, t.NameZH, t.NameEN, t.Owner, owner.Code, t.Version, t.Items, t.PublishedAt}
	}
	return tableTable.Write(w, lang, sheet.Rows(lines...))
}

// ExportCodeVersions writes what [Service.CodeVersions] gives as a workbook. The audit notes it. Errors:
// [ErrNoCodeTable].
func (s *Service) ExportCodeVersions(ctx context.Context, w io.Writer, lang, table string) error {
	if _, err := actor.Allow(ctx, CodeRead); err != nil {
		return err
	}
	list, err := s.CodeVersions(ctx, table)
	if err != nil {
		return err
	}
	if err := s.exported(ctx, "code_table.export", table+" "+versionTable.ZH); err != nil {
		return err
	}
	lines := make([][]any, len(list))
	for i, v := range list {
		lines[i] = []any{v.Version, v.PublishedAt, v.PublishedBy, v.Note, v.Added, v.Changed, v.Removed}
	}
	return versionTable.Write(w, lang, sheet.Rows(lines...))
}

// ExportCodeDifference writes what [Service.CodeDifference] gives as a workbook: a row for each field that changed, and
// one for a code that came or went. The audit notes it. Errors: [ErrNoCodeTable], [ErrNoCodeVersion].
func (s *Service) ExportCodeDifference(ctx context.Context, w io.Writer, lang, table string, from, to int) error {
	if _, err := actor.Allow(ctx, CodeRead); err != nil {
		return err
	}
	changes, err := s.CodeDifference(ctx, table, from, to)
	if err != nil {
		return err
	}
	if err := s.exported(ctx, "code_table.export", fmt.Sprintf("%s %d-%d", table, from, to)); err != nil {
		return err
	}
	word := 0
	if lang == sheet.English {
		word = 1
	}
	var lines [][]any
	for _, c := range changes {
		act, item := changeWords[c.Act][word], c.New
		if c.Act != "change" {
			if c.Act == "remove" {
				item = c.Old
			}
			lines = append(lines, []any{act, item.Code, item.ZH, nil, nil, nil})
			continue
		}
		for _, f := range changedFields(c.Old, c.New) {
			lines = append(lines, []any{act, item.Code, item.ZH, f.name[word], f.old, f.fresh})
		}
	}
	return differenceTable.Write(w, lang, sheet.Rows(lines...))
}

// fieldChange is a field that two states of a code say differently.
type fieldChange struct {
	name       [2]string
	old, fresh string
}

// changedFields are in the order of the columns of [itemTable].
func changedFields(old, fresh CodeItem) []fieldChange {
	var list []fieldChange
	note := func(zh, en, a, b string) {
		if a != b {
			list = append(list, fieldChange{[2]string{zh, en}, a, b})
		}
	}
	note("中文名称", "Chinese name", old.ZH, fresh.ZH)
	note("英文名称", "English name", old.EN, fresh.EN)
	note("拼音首字母", "Pinyin initials", old.Initials, fresh.Initials)
	note("上级代码", "Parent", old.Parent, fresh.Parent)
	names := slices.AppendSeq(slices.Collect(maps.Keys(old.Extra)), maps.Keys(fresh.Extra))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		words, known := extraNames[name]
		if !known {
			words = [2]string{name, name}
		}
		note(words[0], words[1], old.Extra[name], fresh.Extra[name])
	}
	note("生效日期", "From", string(old.ValidFrom), string(fresh.ValidFrom))
	note("截止日期（含）", "Until (last day)", string(old.ValidUntil), string(fresh.ValidUntil))
	note("排序", "Order", strconv.Itoa(old.Sort), strconv.Itoa(fresh.Sort))
	return list
}

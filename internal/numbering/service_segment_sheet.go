package numbering

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"yingda/internal/actor"
	"yingda/internal/numbering/home"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/sheet"
)

// versionTable is the list of versions of segments as a workbook; the segments themselves stand in the files that
// were handed in.
var versionTable = sheet.Table{Key: "segment_versions", ZH: "号段版本", EN: "Versions of number segments", Columns: []sheet.Column{
	{Key: "number", ZH: "版本", EN: "Version", Width: 8}, {Key: "name", ZH: "名称", EN: "Name", Width: 28}, {Key: "file_name", ZH: "文件", EN: "File", Width: 32},
	{Key: "state", ZH: "状态", EN: "State", Width: 12}, {Key: "rows_read", ZH: "行数", EN: "Rows", Width: 12}, {Key: "based_on", ZH: "对比版本", EN: "Compared with", Width: 12},
	{Key: "added", ZH: "新增", EN: "New", Width: 10}, {Key: "changed", ZH: "修改", EN: "Changed", Width: 10}, {Key: "removed", ZH: "删除", EN: "Removed", Width: 10},
	{Key: "same", ZH: "相同", EN: "Same", Width: 10}, {Key: "wrong", ZH: "有误", EN: "Wrong", Width: 10}, {Key: "created_by", ZH: "导入人", EN: "Handed in by", Width: 18},
	{Key: "created_at", ZH: "导入时间", EN: "Handed in at", Width: 20}, {Key: "activated_by", ZH: "启用人", EN: "Put into use by", Width: 18},
	{Key: "activated_at", ZH: "启用时间", EN: "Put into use at", Width: 20},
}}

var versionStates = map[VersionState][2]string{
	Reading: {"读取中", "reading"}, Refused: {"未通过", "refused"}, Cancelled: {"已取消", "cancelled"}, Ready: {"待启用", "ready"},
	InUse: {"使用中", "in use"}, Retired: {"已停用", "retired"}, Removed: {"已清除", "removed"},
}

// changeTable is what a version changes, segment by segment.
var changeTable = sheet.Table{Key: "segment_changes", ZH: "号段变更", EN: "Changes of number segments", Columns: []sheet.Column{
	{Key: "segment", ZH: "号段", EN: "Segment", Width: 12}, {Key: "act", ZH: "变更", EN: "Change", Width: 10},
	{Key: "old_province", ZH: "原省份", EN: "Province before", Width: 12}, {Key: "old_city", ZH: "原城市", EN: "City before", Width: 12},
	{Key: "old_operator", ZH: "原运营商", EN: "Operator before", Width: 16}, {Key: "old_brand", ZH: "原品牌", EN: "Brand before", Width: 16},
	{Key: "old_product_line", ZH: "原产品线", EN: "Product line before", Width: 16},
	{Key: "province", ZH: "省份", EN: "Province", Width: 12}, {Key: "city", ZH: "城市", EN: "City", Width: 12}, {Key: "operator", ZH: "运营商", EN: "Operator", Width: 16},
	{Key: "brand", ZH: "品牌", EN: "Brand", Width: 16}, {Key: "product_line", ZH: "产品线", EN: "Product line", Width: 16},
}}

var changeWords = map[string][2]string{"add": {"新增", "new"}, "change": {"修改", "changed"}, "remove": {"删除", "removed"}}

// mostChanges bounds a file of changes: Excel holds a million rows, and nobody reads more than this.
const mostChanges = 200_000

// inWords picks the language of a pair.
func inWords(words [2]string, lang string) string {
	if lang == sheet.English {
		return words[1]
	}
	return words[0]
}

// ExportVersions writes what [Service.SegmentVersions] gives as a workbook. The audit notes it.
func (s *Service) ExportVersions(ctx context.Context, w io.Writer, lang string) error {
	if _, err := actor.Allow(ctx, SegmentRead); err != nil {
		return err
	}
	if err := s.exported(ctx, "numbering.segment_version", ""); err != nil {
		return err
	}
	return versionTable.Write(w, lang, func(yield func([]any, error) bool) {
		before := int32(0)
		for {
			page, err := s.SegmentVersions(ctx, before, exportPage)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, v := range page {
				var basedOn any
				if v.BasedOn > 0 {
					basedOn = v.BasedOn
				}
				row := []any{
					v.Number, v.Name, v.FileName, inWords(versionStates[v.State], lang), v.RowsRead, basedOn, v.Difference.Added, v.Difference.Changed,
					v.Difference.Removed, v.Difference.Same, v.Wrong, v.CreatedBy, v.CreatedAt, v.ActivatedBy, v.ActivatedAt,
				}
				if !yield(row, nil) {
					return
				}
				before = int32(v.Number)
			}
			if len(page) < exportPage {
				return
			}
		}
	})
}

// ExportChanges writes what [Service.SegmentChanges] gives as a workbook. The audit notes it. Errors: [ErrNoVersion],
// numbering.export_too_large before anything is written.
func (s *Service) ExportChanges(ctx context.Context, w io.Writer, lang string, number int32) error {
	if _, err := actor.Allow(ctx, SegmentRead); err != nil {
		return err
	}
	d, _, err := s.CompareSegments(ctx, number)
	if err != nil {
		return err
	}
	if n := d.Added + d.Changed + d.Removed; n > mostChanges {
		return fault.New(fault.Limit, "numbering.export_too_large", "these are %d changes, more than %d", n, mostChanges).
			WithRemedy("look at them on the page; the file that was handed in has them all")
	}
	if err := s.exported(ctx, "numbering.segment_version", fmt.Sprintf("changes=%d", number)); err != nil {
		return err
	}
	return changeTable.Write(w, lang, func(yield func([]any, error) bool) {
		after := uint32(0)
		for {
			page, err := s.SegmentChanges(ctx, number, after, exportPage)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, c := range page {
				row := append([]any{strconv.Itoa(int(c.Prefix)), inWords(changeWords[c.Act], lang)}, append(traitCells(c.Old), traitCells(c.New)...)...)
				if !yield(row, nil) {
					return
				}
				after = c.Prefix
			}
			if len(page) < exportPage {
				return
			}
		}
	})
}

func traitCells(t home.Traits) []any {
	return []any{t.Province, t.City, t.Operator, t.Brand, t.ProductLine}
}

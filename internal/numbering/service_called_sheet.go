package numbering

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/numbering/called"
	"yingda/internal/numbering/internal/db"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
)

// calledTable is the list of called numbers as a workbook.
var calledTable = sheet.Table{Key: "called", ZH: "接入号码", EN: "Called numbers", Columns: []sheet.Column{
	{Key: "number", ZH: "号码", EN: "Number", Width: 18, Required: true, HelpZH: "完整号码；匹配方式为“号首”时填号码开头", HelpEN: "The whole number, or its beginning when matched as prefix"},
	{Key: "match", ZH: "匹配方式", EN: "Match", Width: 10, Required: true, HelpZH: "number（完整号码）或 prefix（号首）", HelpEN: "number or prefix"},
	{Key: "name", ZH: "名称", EN: "Name", Width: 24, Required: true, Kind: sheet.Free},
	{Key: "kind", ZH: "类型", EN: "Kind", Width: 18, Required: true, HelpZH: "nation_line 全国热线、province_line 省热线、vip_line 大客户专线、escalation_line 升级投诉专线、enterprise 企业号码、outside_platform 外部平台", HelpEN: "nation_line, province_line, vip_line, escalation_line, enterprise or outside_platform"},
	{Key: "service", ZH: "服务代码", EN: "Service", Width: 14, HelpZH: "码表“服务”的代码；不填则由所属中心接听", HelpEN: "A code of the table of services; empty: the owner answers"},
	{Key: "centre", ZH: "所属中心代码", EN: "Owner centre", Width: 16, Required: true},
	{Key: "province", ZH: "省份代码", EN: "Province", Width: 10, HelpZH: "从哪里拨打；不填为各地通用", HelpEN: "Where it is dialled from; empty: everywhere"},
	{Key: "city", ZH: "城市代码", EN: "City", Width: 10},
	{Key: "merge_method", ZH: "并入方式", EN: "Merged by", Width: 12, HelpZH: "仅外部平台：transfer 话路转接、trunk 话路汇接", HelpEN: "Outside platforms only: transfer or trunk"},
	{Key: "transfer_to", ZH: "转接到", EN: "Transferred to", Width: 18},
	{Key: "trunk_group", ZH: "中继群", EN: "Trunk group", Width: 16, Kind: sheet.Free},
	{Key: "state", ZH: "状态", EN: "State", Width: 12, HelpZH: "active 启用、suspended 停用、retired 作废；不填为启用", HelpEN: "active, suspended or retired; empty: active"},
	{Key: "valid_from", ZH: "生效时间", EN: "Valid from", Width: 20, HelpZH: "如 2026-11-20 08:00；不填为现在", HelpEN: "Such as 2026-11-20 08:00; empty: now"},
	{Key: "valid_until", ZH: "失效时间", EN: "Valid until", Width: 20},
	{Key: "note", ZH: "备注", EN: "Note", Width: 40, Kind: sheet.Free},
}}

const exportPage = 1000

// ExportCalled writes what [Service.ListCalled] gives as a workbook.
func (s *Service) ExportCalled(ctx context.Context, w io.Writer, lang string, f CalledFilter) error {
	if _, err := actor.Allow(ctx, CalledRead); err != nil {
		return err
	}
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return fmt.Errorf("read the organisation: %w", err)
	}
	if err := s.exported(ctx, "numbering.called", strings.TrimSpace(f.Text+" "+string(f.Kind)+" "+string(f.State))); err != nil {
		return err
	}
	f.After, f.Limit = nil, exportPage
	return calledTable.Write(w, lang, func(yield func([]any, error) bool) {
		for {
			page, err := s.ListCalled(ctx, f)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, c := range page {
				if !yield(calledCells(c, tree), nil) {
					return
				}
			}
			if len(page) < exportPage {
				return
			}
			last := page[len(page)-1]
			f.After = &CalledPosition{last.Pattern, last.ID}
		}
	})
}

func calledCells(c Called, tree *organization.Tree) []any {
	owner, _ := tree.Centre(c.Centre)
	return []any{
		strings.TrimSuffix(c.Display(), "…"), string(c.Match), c.Name, string(c.Kind), c.Service, owner.Code, c.Province, c.City,
		string(c.MergeMethod), c.TransferTo, c.TrunkGroup, string(c.State), moment(&c.ValidFrom), moment(c.ValidUntil), c.Note,
	}
}

// moment writes a time as people read it; the import reads it back to the second.
func moment(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.In(chinaTime).Format(moments[0])
}

// ImportCalled makes and changes called numbers by a workbook in the form of the export, all of it or, when a row
// is rejected, nothing; with dryRun it only tells what would happen. A row means the entry of the same number,
// match and place that holds at the same time; a column that the file does not have stays as it is. Errors: those of
// package sheet.
func (s *Service) ImportCalled(ctx context.Context, data []byte, dryRun bool) (*sheet.Report, error) {
	scope, err := actor.Allow(ctx, CalledEdit)
	if err != nil {
		return nil, err
	}
	rows, err := calledTable.Read(data, maxImport)
	if err != nil {
		return nil, err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return nil, err
	}
	centres := map[string]organization.CentreID{}
	for _, c := range in.tree.Centres() {
		if scope.Covers(c.ID.UUID()) {
			centres[c.Code] = c.ID
		}
	}
	return s.importRows(ctx, rows, dryRun, func(ctx context.Context, tx pgx.Tx, r sheet.Row) (sheet.Line, error) {
		return s.importCalled(ctx, tx, in, centres, r)
	}, func(ctx context.Context, tx pgx.Tx, report *sheet.Report) error {
		return audit.Write(ctx, tx, s.cfg.Clock.Now(), audit.Entry{
			Action: "numbering.called.import",
			Object: audit.Object{Kind: "numbering.called", Label: fmt.Sprintf("%d rows: %d new, %d changed", report.Rows, report.Create, report.Update)},
		})
	})
}

func (s *Service) importCalled(ctx context.Context, tx pgx.Tx, in surroundings, centres map[string]organization.CentreID, r sheet.Row) (sheet.Line, error) {
	line := sheet.Line{Label: r.Get("number"), Action: sheet.Create}
	e, err := specOf(r, centres)
	if err != nil {
		return line, err
	}
	c, err := e.normalise(in)
	if err != nil {
		return line, err
	}
	row, err := db.New(tx).FindCalled(ctx, db.FindCalledParams{
		Pattern: c.Pattern, Match: string(c.Match), Province: c.Province, City: c.City, ValidFrom: c.ValidFrom, ValidUntil: c.ValidUntil,
	})
	if postgres.IsNoRows(err) {
		_, err = s.createCalled(ctx, tx, c)
		return line, err
	}
	if err != nil {
		return line, fmt.Errorf("find called number: %w", err)
	}
	old := calledOf(row)
	if !in.scope.Covers(old.Centre.UUID()) {
		return line, ErrTaken // another's; nothing of it is told
	}
	keepAbsent(r, &c, old)
	next, err := s.updateCalled(ctx, tx, old, c)
	line.Action = sheet.Update
	if changes := audit.Diff(old, next); err == nil && len(changes) == 0 {
		line.Action = sheet.Same
	} else {
		line.Changes = changedColumns(changes)
	}
	return line, err
}

// specOf reads the cells of a row.
func specOf(r sheet.Row, centres map[string]organization.CentreID) (CalledSpec, error) {
	var f fault.Fields
	e := CalledSpec{
		Number: r.Get("number"), Match: called.Match(r.Get("match")), Name: r.Get("name"), Kind: CalledKind(r.Get("kind")), Service: r.Get("service"),
		Province: r.Get("province"), City: r.Get("city"), MergeMethod: MergeMethod(r.Get("merge_method")), TransferTo: r.Get("transfer_to"),
		TrunkGroup: r.Get("trunk_group"), Note: r.Get("note"), State: called.State(r.Get("state")),
		ValidFrom: readMoment(&f, r, "valid_from"), ValidUntil: readMoment(&f, r, "valid_until"),
	}
	id, ok := centres[r.Get("centre")]
	f.Check(ok, "body.centre", fieldUnknown, "is no centre that you may choose")
	e.Centre = id
	return e, f.Err("numbering.invalid_called_number", "the row cannot be taken")
}

// keepAbsent leaves as it is what the file has no column for.
func keepAbsent(r sheet.Row, c *Called, old Called) {
	for _, k := range []struct {
		column string
		keep   func()
	}{
		{"service", func() { c.Service = old.Service }}, {"note", func() { c.Note = old.Note }}, {"state", func() { c.State = old.State }},
		{"trunk_group", func() { c.TrunkGroup = old.TrunkGroup }}, {"valid_until", func() { c.ValidUntil = old.ValidUntil }},
		{"valid_from", func() { c.ValidFrom = old.ValidFrom }},
	} {
		if !r.Has(k.column) {
			k.keep()
		}
	}
	if r.Get("valid_from") == "" { // "now" is for new entries
		c.ValidFrom = old.ValidFrom
	}
}

// moments that people write, in China Standard Time where no other is said.
var moments = []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "2006/1/2 15:04:05", "2006/1/2 15:04", "2006/1/2"}

var chinaTime = time.FixedZone("Asia/Shanghai", 8*60*60)

func readMoment(f *fault.Fields, r sheet.Row, column string) *time.Time {
	s := r.Get(column)
	if s == "" {
		return nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return &t
	}
	for _, layout := range moments {
		if t, err := time.ParseInLocation(layout, s, chinaTime); err == nil {
			return &t
		}
	}
	// Who types a date at the desk's program makes a number of it: days since 1899-12-30 (ISO/IEC 29500, 18.17.4.1).
	if days, err := strconv.ParseFloat(s, 64); err == nil && days > 20_000 && days < 100_000 {
		t := time.Date(1899, 12, 30, 0, 0, 0, 0, chinaTime).Add(time.Duration(math.Round(days*86_400)) * time.Second)
		return &t
	}
	f.Add("body."+column, fieldFormat, "is not a moment such as 2026-11-20 08:00")
	return nil
}

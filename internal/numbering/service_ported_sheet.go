package numbering

import (
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"yingda/internal/audit"
	"yingda/internal/numbering/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
)

// portedTable is the list of ported numbers as a workbook.
var portedTable = sheet.Table{Key: "ported", ZH: "携号转网号码", EN: "Ported numbers", Columns: []sheet.Column{
	{Key: "number", ZH: "号码", EN: "Number", Width: 16, Required: true, HelpZH: "11 位手机号码", HelpEN: "A mobile number of eleven digits"},
	{Key: "operator", ZH: "运营商", EN: "Operator", Width: 16, Required: true, Kind: sheet.Free},
	{Key: "brand", ZH: "品牌", EN: "Brand", Width: 16, Kind: sheet.Free},
	{Key: "product_line", ZH: "产品线", EN: "Product line", Width: 16, Kind: sheet.Free},
	{Key: "province", ZH: "省份代码", EN: "Province", Width: 10, HelpZH: "不填则按号段", HelpEN: "Empty: as the segment says"},
	{Key: "city", ZH: "城市代码", EN: "City", Width: 10},
	{Key: "valid_from", ZH: "生效时间", EN: "Valid from", Width: 20, Required: true, HelpZH: "如 2026-11-20 08:00", HelpEN: "Such as 2026-11-20 08:00"},
	{Key: "valid_until", ZH: "失效时间", EN: "Valid until", Width: 20},
}}

// ExportPorted writes ported numbers as a workbook, in full: the audit tells who took them.
func (s *Service) ExportPorted(ctx context.Context, w io.Writer, lang string, f PortedFilter) error {
	if err := allowNation(ctx, PortedExport); err != nil {
		return err
	}
	if err := s.exported(ctx, "numbering.ported", f.Operator); err != nil {
		return err
	}
	f.After, f.Limit = nil, exportPage
	return portedTable.Write(w, lang, func(yield func([]any, error) bool) {
		for {
			page, err := s.listPorted(ctx, f)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, p := range page {
				if !yield([]any{fmt.Sprint(p.position().Number), p.Operator, p.Brand, p.ProductLine, p.Province, p.City, moment(&p.ValidFrom), moment(p.ValidUntil)}, nil) {
					return
				}
			}
			if len(page) < exportPage {
				return
			}
			last := page[len(page)-1].position()
			f.After = &last
		}
	})
}

// ImportPorted makes and changes ported numbers by a workbook in the form of the export, all of it or, when a row is
// rejected, nothing; with dryRun it only tells what would happen. A row means the entry of the number that
// begins at the same moment. Errors: those of package sheet.
func (s *Service) ImportPorted(ctx context.Context, data []byte, dryRun bool) (*sheet.Report, error) {
	if err := allowNation(ctx, PortedEdit); err != nil {
		return nil, err
	}
	rows, err := portedTable.Read(data, maxImport)
	if err != nil {
		return nil, err
	}
	return s.importRows(ctx, rows, dryRun, s.importPorted, func(ctx context.Context, tx pgx.Tx, report *sheet.Report) error {
		if err := touchPorted(ctx, tx); err != nil {
			return err
		}
		return audit.Write(ctx, tx, s.cfg.Clock.Now(), audit.Entry{
			Action: "numbering.ported.import",
			Object: audit.Object{Kind: "numbering.ported", Label: fmt.Sprintf("%d rows: %d new, %d changed", report.Rows, report.Create, report.Update)},
		})
	})
}

func (s *Service) importPorted(ctx context.Context, tx pgx.Tx, r sheet.Row) (sheet.Line, error) {
	var f fault.Fields
	line := sheet.Line{Action: sheet.Create}
	e := PortedSpec{
		Number: r.Get("number"), Operator: r.Get("operator"), Brand: r.Get("brand"), ProductLine: r.Get("product_line"), Province: r.Get("province"),
		City: r.Get("city"), ValidFrom: readMoment(&f, r, "valid_from"), ValidUntil: readMoment(&f, r, "valid_until"),
	}
	f.Check(r.Get("valid_from") != "", "body.valid_from", fieldRequired, "is missing")
	if err := f.Err("numbering.invalid_ported_number", "the row cannot be taken"); err != nil {
		return line, err
	}
	p, err := s.normalisePorted(ctx, e)
	line.Label = p.Number.String()
	if err != nil {
		return line, err
	}
	row, err := db.New(tx).FindPorted(ctx, db.FindPortedParams{Number: p.position().Number, ValidFrom: p.ValidFrom})
	if postgres.IsNoRows(err) {
		_, err = s.createPorted(ctx, tx, p)
		return line, err
	}
	old, err := portedOr(row, err)
	if err != nil {
		return line, err
	}
	next, err := s.updatePorted(ctx, tx, old, p)
	line.Action = sheet.Update
	if changes := audit.Diff(old, next); err == nil && len(changes) == 0 {
		line.Action = sheet.Same
	} else {
		line.Changes = changedColumns(changes)
	}
	return line, err
}

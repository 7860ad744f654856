package numbering

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"yingda/internal/audit"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
)

// maxImport bounds the rows of one workbook.
const maxImport = 20_000

// errNotApplied undoes an import that is dry or has rejected rows.
var errNotApplied = errors.New("the import is not applied")

// importRows takes each row in a transaction of its own inside of one for all, so that a row that the database
// refuses is told like any other, and applies all rows or none. one says what becomes of a row, doing it.
func (s *Service) importRows(ctx context.Context, rows []sheet.Row, dryRun bool, one func(ctx context.Context, tx pgx.Tx, r sheet.Row) (sheet.Line, error), done func(ctx context.Context, tx pgx.Tx, report *sheet.Report) error) (*sheet.Report, error) {
	report := sheet.NewReport(dryRun)
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		for _, r := range rows {
			line, err := importRow(ctx, tx, r, one)
			if err != nil {
				return err
			}
			report.Add(line)
		}
		if dryRun || report.Rejected > 0 {
			return errNotApplied
		}
		return done(ctx, tx, report)
	})
	if errors.Is(err, errNotApplied) {
		return report, nil
	}
	if err != nil {
		return nil, err
	}
	s.refreshSoon(ctx)
	return report, nil
}

// importRow takes one row, or undoes what it did and says what is wrong with it.
func importRow(ctx context.Context, tx pgx.Tx, r sheet.Row, one func(ctx context.Context, tx pgx.Tx, r sheet.Row) (sheet.Line, error)) (sheet.Line, error) {
	inner, err := tx.Begin(ctx)
	if err != nil {
		return sheet.Line{}, err
	}
	line, err := one(ctx, inner, r)
	line.Line = r.Line
	if err == nil {
		return line, inner.Commit(ctx)
	}
	if undo := inner.Rollback(ctx); undo != nil {
		return sheet.Line{}, errors.Join(err, undo)
	}
	line.Problems = sheet.Problems(err)
	if f, ok := fault.As(err); !ok || f.Kind == fault.Internal || f.Kind == fault.Unavailable || len(line.Problems) == 0 {
		return sheet.Line{}, err // not about the row
	}
	line.Action = sheet.Reject
	return line, nil
}

// changedColumns names what an update of a row changes.
func changedColumns(changes []audit.Change) []string {
	names := make([]string, len(changes))
	for i, c := range changes {
		names[i] = c.Field
	}
	return names
}

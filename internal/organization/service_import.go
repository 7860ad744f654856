package organization

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
)

// maxUnitRows bounds a file of centres, areas, teams or codes.
const maxUnitRows = 5_000

// taken is what became of one row of a file.
type taken struct {
	label   string
	action  string // sheet.Create, sheet.Update or sheet.Same
	changes []string
}

// errUndo takes an import back that was only tried, or in which a row was rejected.
var errUndo = errors.New("take the import back")

// importRows takes a file row by row in one transaction, each under a savepoint, exactly as the same acts of a
// person; a trial and a file with a rejected row are taken back whole. take's faults reject its row, every
// other error ends the import.
func (s *Service) importRows(ctx context.Context, table sheet.Table, data []byte, dryRun bool, take func(ctx context.Context, tx pgx.Tx, r sheet.Row) (taken, error)) (*sheet.Report, error) {
	rows, err := table.Read(data, maxUnitRows)
	if err != nil {
		return nil, err
	}
	var report *sheet.Report
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		report = sheet.NewReport(dryRun)
		for _, r := range rows {
			line, err := importRow(ctx, tx, table, r, take)
			if err != nil {
				return err
			}
			report.Add(line)
		}
		if dryRun || report.Rejected > 0 {
			return errUndo
		}
		return nil
	})
	if err != nil && !errors.Is(err, errUndo) {
		return nil, err
	}
	return report, nil
}

func importRow(ctx context.Context, tx pgx.Tx, table sheet.Table, r sheet.Row, take func(context.Context, pgx.Tx, sheet.Row) (taken, error)) (sheet.Line, error) {
	line := sheet.Line{Line: r.Line, Label: r.Get(table.Columns[0].Key), Problems: table.Missing(r), Changes: []string{}}
	if len(line.Problems) > 0 {
		return line, nil
	}
	inner, err := tx.Begin(ctx)
	if err != nil {
		return line, err
	}
	t, err := take(ctx, inner, r)
	if t.label != "" {
		line.Label = t.label
	}
	if err != nil {
		if _, ok := fault.As(err); !ok || fault.KindOf(err) == fault.Unavailable {
			return line, errors.Join(err, inner.Rollback(ctx))
		}
		line.Problems = sheet.Problems(err)
		return line, inner.Rollback(ctx)
	}
	line.Action = t.action
	line.Changes = append(line.Changes, t.changes...)
	return line, inner.Commit(ctx)
}

// badCell is the fault of one cell.
func badCell(column, code, message string) error {
	var f fault.Fields
	f.Add("row."+column, code, message)
	return f.Err("organization.bad_cell", "the row cannot be taken as it is")
}

// word is a closed value with its names in files.
type word[T ~string] struct {
	value  T
	zh, en string
}

// wordIn gives a value in the language of a file.
func wordIn[T ~string](words []word[T], value T, lang string) string {
	for _, w := range words {
		if w.value == value {
			if strings.HasPrefix(lang, sheet.English) {
				return w.en
			}
			return w.zh
		}
	}
	return string(value)
}

// wordOf reads a value as people write it in either language.
func wordOf[T ~string](words []word[T], cell string) (T, bool) {
	i := slices.IndexFunc(words, func(w word[T]) bool {
		return strings.EqualFold(cell, string(w.value)) || cell == w.zh || strings.EqualFold(cell, w.en)
	})
	if i < 0 {
		return T(cell), false
	}
	return words[i].value, true
}

// unlessSame gives what is in the cell, or was before when the file does not have the column.
func unlessSame(r sheet.Row, column, was string) string {
	if !r.Has(column) {
		return was
	}
	return r.Get(column)
}

// centreByCode finds a centre of the asker's scope.
func (t *Tree) centreByCode(code string) (Centre, bool) {
	for _, c := range t.order {
		if strings.EqualFold(c.Code, code) {
			return c, true
		}
	}
	return Centre{}, false
}

// inRow names the columns of a file in place of the fields of a request: field, column, field, column.
func inRow(err error, names ...string) error {
	f, ok := fault.As(err)
	if !ok || len(f.Fields) == 0 {
		return err
	}
	fields := slices.Clone(f.Fields)
	for i := range fields {
		for n := 0; n+1 < len(names); n += 2 {
			if strings.HasSuffix(fields[i].Location, "."+names[n]) {
				fields[i].Location = "row." + names[n+1]
			}
		}
	}
	return f.WithFields(fields...)
}

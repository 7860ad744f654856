package sheet

import (
	"encoding"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

const (
	defaultWidth = 16
	textFormat   = 49 // the built-in number format "@" (ECMA-376 part 1, 18.8.30)
)

// styles are the cell formats of a workbook.
type styles struct{ header, required, text, moment, day int }

// Write streams the rows into a workbook with the header in the language given. A row has one value per column, in
// order. Strings stay text whatever they look like; personal values (platform/privacy) are written masked;
// time.Time is a moment in the table's zone, or a day in a Date column; a bool is 是/否 or yes/no; a list of strings
// is joined; nil is an empty cell. The first error of rows ends the writing and is returned.
func (t Table) Write(w io.Writer, lang string, rows iter.Seq2[[]any, error]) error {
	f, s, err := t.begin(lang)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // removes temporary files
	sw, err := t.writeHeader(f, s, lang)
	if err != nil {
		return err
	}
	line := 2
	for row, err := range rows {
		if err != nil {
			return err
		}
		if len(row) != len(t.Columns) {
			return fmt.Errorf("line %d of table %s has %d values for %d columns", line, t.Key, len(row), len(t.Columns))
		}
		cells := make([]any, len(row))
		for i, v := range row {
			cells[i] = t.cell(s, lang, t.Columns[i].Kind, v)
		}
		if err := sw.SetRow(cellName(1, line), cells); err != nil {
			return fmt.Errorf("write line %d of table %s: %w", line, t.Key, err)
		}
		line++
	}
	if err := sw.Flush(); err != nil {
		return fmt.Errorf("write table %s: %w", t.Key, err)
	}
	return save(f, w)
}

// Template writes a workbook to be filled in: the header, and a second sheet that explains each column.
func (t Table) Template(w io.Writer, lang string) error {
	f, s, err := t.begin(lang)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	sw, err := t.writeHeader(f, s, lang)
	if err != nil {
		return err
	}
	if err := sw.Flush(); err != nil {
		return fmt.Errorf("write the template of table %s: %w", t.Key, err)
	}
	if err := t.explain(f, s, lang); err != nil {
		return fmt.Errorf("write the template of table %s: %w", t.Key, err)
	}
	return save(f, w)
}

func save(f *excelize.File, w io.Writer) error {
	if err := f.Write(w); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

// begin makes a workbook with one sheet.
func (t Table) begin(lang string) (*excelize.File, styles, error) {
	f := excelize.NewFile()
	var s styles
	day, moment := "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
	grey := excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EDF3"}}
	for _, make := range []struct {
		into  *int
		style excelize.Style
	}{
		{&s.text, excelize.Style{NumFmt: textFormat}},
		{&s.moment, excelize.Style{CustomNumFmt: &moment}},
		{&s.day, excelize.Style{CustomNumFmt: &day}},
		{&s.header, excelize.Style{Font: &excelize.Font{Bold: true}, Fill: grey, NumFmt: textFormat}},
		{&s.required, excelize.Style{Font: &excelize.Font{Bold: true, Color: "A8071A"}, Fill: grey, NumFmt: textFormat}},
	} {
		id, err := f.NewStyle(&make.style)
		if err != nil {
			return nil, s, fmt.Errorf("make a cell style: %w", err)
		}
		*make.into = id
	}
	if err := f.SetSheetName("Sheet1", sheetName(t.name(lang))); err != nil {
		return nil, s, fmt.Errorf("name the sheet of table %s: %w", t.Key, err)
	}
	return f, s, nil
}

// writeHeader opens the first sheet; its header stays in view.
func (t Table) writeHeader(f *excelize.File, s styles, lang string) (*excelize.StreamWriter, error) {
	sw, err := f.NewStreamWriter(sheetName(t.name(lang)))
	if err != nil {
		return nil, fmt.Errorf("open the sheet of table %s: %w", t.Key, err)
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, fmt.Errorf("freeze the header of table %s: %w", t.Key, err)
	}
	header := make([]any, len(t.Columns))
	for i, c := range slices.Backward(t.Columns) { // the library writes the columns in the reverse order of setting them
		if err := setColumn(sw, s, i+1, c); err != nil {
			return nil, fmt.Errorf("set the format of column %s: %w", c.Key, err)
		}
		header[i] = excelize.Cell{StyleID: s.header, Value: pick(lang, c.ZH, c.EN)}
		if c.Required {
			header[i] = excelize.Cell{StyleID: s.required, Value: pick(lang, c.ZH, c.EN) + "*"}
		}
	}
	if err := sw.SetRow("A1", header); err != nil {
		return nil, fmt.Errorf("write the header of table %s: %w", t.Key, err)
	}
	return sw, nil
}

// setColumn gives a column its width, and the format text to its empty cells, so that what people type stays as
// typed: numbers keep their leading zeros.
func setColumn(sw *excelize.StreamWriter, s styles, number int, c Column) error {
	width, style := float64(c.Width), s.text
	if c.Width == 0 {
		width = defaultWidth
	}
	if c.Kind == Date {
		style = s.day
	}
	if err := sw.SetColWidth(number, number, min(width, excelize.MaxColumnWidth)); err != nil {
		return err
	}
	return sw.SetColStyle(number, number, style)
}

// explain adds the second sheet.
func (t Table) explain(f *excelize.File, s styles, lang string) error {
	name := pick(lang, "填写说明", "How to fill in")
	if _, err := f.NewSheet(name); err != nil {
		return err
	}
	sw, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	for i, width := range slices.Backward([]float64{20, 10, 80}) {
		if err := sw.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	lines := [][]string{{pick(lang, "列", "Column"), pick(lang, "必填", "Required"), pick(lang, "说明", "What to write")}}
	for _, c := range t.Columns {
		lines = append(lines, []string{pick(lang, c.ZH, c.EN), yes(lang, c.Required), pick(lang, c.HelpZH, c.HelpEN)})
	}
	for i, line := range lines {
		style := s.text
		if i == 0 {
			style = s.header
		}
		var cells []any
		for _, v := range line {
			cells = append(cells, excelize.Cell{StyleID: style, Value: v})
		}
		if err := sw.SetRow(cellName(1, i+1), cells); err != nil {
			return err
		}
	}
	return sw.Flush()
}

// cell gives the value as excelize takes it.
func (t Table) cell(s styles, lang string, kind Kind, v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return textCell(s, v)
	case bool:
		return textCell(s, yes(lang, v))
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64:
		return v
	case *time.Time:
		if v == nil {
			return nil
		}
		return t.cell(s, lang, kind, *v)
	case time.Time:
		if v.IsZero() {
			return nil
		}
		if kind == Date {
			return excelize.Cell{StyleID: s.day, Value: time.Date(v.Year(), v.Month(), v.Day(), 0, 0, 0, 0, time.UTC)}
		}
		l := v.In(t.location())
		return excelize.Cell{StyleID: s.moment, Value: time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), l.Second(), 0, time.UTC)}
	case []string:
		return textCell(s, strings.Join(v, pick(lang, "、", ", ")))
	case encoding.TextMarshaler: // ids and personal values, which mask themselves
		b, err := v.MarshalText()
		if err != nil {
			return textCell(s, "")
		}
		return textCell(s, string(b))
	default:
		return textCell(s, fmt.Sprint(v))
	}
}

func textCell(s styles, v string) any {
	if v == "" {
		return nil
	}
	return excelize.Cell{StyleID: s.text, Value: v}
}

func yes(lang string, v bool) string {
	if v {
		return pick(lang, "是", "yes")
	}
	return pick(lang, "否", "no")
}

// cellName is for places that are always inside of a sheet.
func cellName(column, line int) string {
	name, err := excelize.CoordinatesToCellName(column, line)
	if err != nil {
		return "A1048577" // beyond the last line: excelize refuses it
	}
	return name
}

// Rows makes what Write takes of a slice.
func Rows(rows ...[]any) iter.Seq2[[]any, error] {
	rows = slices.Clone(rows)
	return func(yield func([]any, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

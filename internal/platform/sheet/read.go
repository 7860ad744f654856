package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"yingda/internal/platform/fault"
)

// Limits of a file that is read.
const (
	MaxBytes    = 32 << 20  // of the file
	maxUnpacked = 256 << 20 // of all its parts
	maxParts    = 1000
	maxInMemory = 16 << 20 // a larger part goes through a temporary file
	maxColumns  = 256
	maxCell     = 32767 // characters, as in Excel
)

// Faults of reading.
var (
	ErrNotAWorkbook = fault.New(fault.Invalid, "sheet.not_a_workbook", "the file is not an Excel workbook (.xlsx)").
			WithRemedy("save it as .xlsx without a password, or start from the template")
	ErrTooLarge = fault.New(fault.Limit, "sheet.too_large", "the file is too large").WithRemedy("divide it into several files")
	ErrEmpty    = fault.New(fault.Invalid, "sheet.empty", "the first sheet of the file has no rows below its header").
			WithRemedy("put the header into the first row of the first sheet and the data below")
	// ErrBadHeader carries a field for each column that is unknown, missing or there twice.
	ErrBadHeader = fault.New(fault.Invalid, "sheet.bad_header", "the header does not fit").WithRemedy("take the header of the template")
	// ErrTooManyRows says how many are allowed.
	ErrTooManyRows = fault.New(fault.Limit, "sheet.too_many_rows", "the file has too many rows")
)

// Row is one line of a file.
type Row struct {
	Line   int // as the program at the desk numbers it; the header is usually line 1
	values []string
	places map[string]int // key → index of values; shared by all rows
}

// Get gives the value of the column, "" when the cell is empty or the file has no such column.
func (r Row) Get(key string) string {
	if i, ok := r.places[key]; ok && i < len(r.values) {
		return r.values[i]
	}
	return ""
}

// Has reports whether the file has the column: what is not in the file is not to be changed.
func (r Row) Has(key string) bool {
	_, ok := r.places[key]
	return ok
}

// Read takes the rows of the first sheet, at most maxRows that are not empty. The faults are those of this package;
// data that only look like a workbook never do worse.
func (t Table) Read(data []byte, maxRows int) (rows []Row, err error) {
	if len(data) > MaxBytes {
		return nil, ErrTooLarge
	}
	if err := checkArchive(data); err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil { // the library has many corners
			rows, err = nil, ErrNotAWorkbook.WithCause(fmt.Errorf("the reader panicked: %v", p))
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxInMemory,
	})
	if err != nil {
		return nil, ErrNotAWorkbook.WithCause(err)
	}
	defer func() { _ = f.Close() }()
	names := f.GetSheetList()
	if len(names) == 0 {
		return nil, ErrNotAWorkbook.WithCause(fmt.Errorf("it has no sheet"))
	}
	since1904 := false
	if props, err := f.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		since1904 = *props.Date1904
	}
	return t.readSheet(f, names[0], maxRows, since1904)
}

// checkArchive refuses what would unpack to too much before anything is unpacked. Go's zip reader does not give
// more bytes of a part than its directory says.
func checkArchive(data []byte) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return ErrNotAWorkbook.WithCause(err)
	}
	if len(z.File) > maxParts {
		return ErrTooLarge.WithCause(fmt.Errorf("%d parts", len(z.File)))
	}
	total := uint64(0)
	for _, part := range z.File {
		if total += part.UncompressedSize64; part.UncompressedSize64 > maxUnpacked || total > maxUnpacked {
			return ErrTooLarge.WithCause(fmt.Errorf("unpacks to more than %d bytes", maxUnpacked))
		}
	}
	return nil
}

func (t Table) readSheet(f *excelize.File, name string, maxRows int, since1904 bool) ([]Row, error) {
	cells, err := f.Rows(name)
	if err != nil {
		return nil, ErrNotAWorkbook.WithCause(err)
	}
	defer func() { _ = cells.Close() }()
	var places map[string]int
	var columns []*Column // by place in the file; nil for a column without a header
	var rows []Row
	for line := 1; cells.Next(); line++ {
		raw, err := cells.Columns()
		if err != nil {
			return nil, ErrNotAWorkbook.WithCause(fmt.Errorf("line %d: %w", line, err))
		}
		values, err := cleanRow(raw)
		if err != nil {
			return nil, err
		}
		switch {
		case len(values) == 0:
		case places == nil:
			if places, columns, err = t.header(values); err != nil {
				return nil, err
			}
		case len(rows) == maxRows:
			return nil, fault.New(fault.Limit, ErrTooManyRows.Code, "the file has more than %d rows", maxRows).WithRemedy("divide it into several files")
		default:
			refine(values, columns, since1904)
			rows = append(rows, Row{Line: line, values: values, places: places})
		}
	}
	if err := cells.Error(); err != nil {
		return nil, ErrNotAWorkbook.WithCause(err)
	}
	if len(rows) == 0 {
		return nil, ErrEmpty
	}
	return rows, nil
}

// cleanRow gives the values up to the last that is not empty.
func cleanRow(raw []string) ([]string, error) {
	values := make([]string, 0, min(len(raw), maxColumns))
	for i, v := range raw {
		if !utf8.ValidString(v) {
			v = strings.ToValidUTF8(v, "\ufffd")
		}
		if v = trim(v); v == "" {
			continue
		}
		if i >= maxColumns {
			return nil, ErrTooLarge.WithCause(fmt.Errorf("more than %d columns", maxColumns))
		}
		if utf8.RuneCountInString(v) > maxCell {
			return nil, ErrTooLarge.WithCause(fmt.Errorf("a cell with more than %d characters", maxCell))
		}
		values = append(values, make([]string, i-len(values)+1)...)
		values[i] = v
	}
	return values, nil
}

// refine brings values into the form of their column's kind.
func refine(values []string, columns []*Column, since1904 bool) {
	for i := range min(len(values), len(columns)) {
		if values[i] == "" || columns[i] == nil {
			continue
		}
		switch columns[i].Kind {
		case Date:
			values[i] = day(values[i], since1904)
		case Free:
		default:
			values[i] = code(values[i])
		}
	}
}

// header finds the columns by key, Chinese or English name.
func (t Table) header(names []string) (map[string]int, []*Column, error) {
	var wrong fault.Fields
	places := map[string]int{}
	columns := make([]*Column, len(names))
	for i, name := range names {
		if name == "" {
			continue
		}
		c := t.find(name)
		if c == nil {
			wrong.Add("header."+name, "sheet.unknown_column", "there is no such column")
			continue
		}
		if _, twice := places[c.Key]; twice {
			wrong.Add("header."+name, "sheet.double_column", "the column is there twice")
			continue
		}
		places[c.Key], columns[i] = i, c
	}
	for _, c := range t.Columns {
		if _, have := places[c.Key]; c.Required && !have {
			wrong.Add("header."+c.Key, "sheet.missing_column", fmt.Sprintf("the column %s (%s) is missing", c.ZH, c.EN))
		}
	}
	if err := wrong.Err(ErrBadHeader.Code, ErrBadHeader.Message); err != nil {
		f, _ := fault.As(err)
		return nil, nil, f.WithRemedy("%s", ErrBadHeader.Remedy)
	}
	return places, columns, nil
}

func (t Table) find(name string) *Column {
	name = plain(name)
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return name == plain(c.Key) || name == plain(c.ZH) || name == plain(c.EN) })
	if i < 0 {
		return nil
	}
	return &t.Columns[i]
}

// plain is a header without marks, width, case and blanks.
func plain(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(strings.TrimRight(halfWidth(name), "*: ")), " "))
}

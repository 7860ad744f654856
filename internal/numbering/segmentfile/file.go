// Package segmentfile reads files of number segments (号段): Excel workbooks and CSV, row by row, so that half a
// million rows need little memory. It is pure apart from the reader it is given.
//
// The first row names the columns, in Chinese, English or by key, in any order; docs/interfaces/number-segments.md
// describes them. Places may be codes (GB/T 2260), names with or without 省, 市 and the like, or follow from an area
// code. A row that cannot be taken is given with its problems, all of them at once; a file that is no table at
// all is a fault.
package segmentfile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"

	"yingda/internal/numbering/home"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/sheet"
)

// Limits of a file.
const (
	MaxBytes = 64 << 20
	MaxRows  = 1_000_000

	maxUnpacked = 1 << 30
	maxInMemory = 256 << 20 // a larger part of a workbook goes through a temporary file
	maxColumns  = 64
)

// Faults of a file as a whole; those of platform/sheet for what is no workbook.
var (
	ErrNotAFile   = fault.New(fault.Invalid, "numbering.not_a_segment_file", "the file is neither an Excel workbook (.xlsx) nor text with commas or tabs (.csv)")
	ErrNoRows     = fault.New(fault.Invalid, "numbering.segment_file_empty", "the file has no rows below its header")
	ErrTooManyRow = fault.New(fault.Limit, "numbering.segment_file_too_long", "the file has more than 1,000,000 rows")
)

// Row is one segment.
type Row struct {
	Line   int
	Prefix uint32
	home.Traits
}

// Reader gives the rows of a file. Close it.
type Reader struct {
	source source
	names  *Names
	header header
	seen   []uint32 // line of each prefix
	rows   int
}

// source gives lines of cells; io.EOF at the end.
type source interface {
	next() (line int, cells []string, err error)
	total(rows int) int
	close() error
}

// Open reads the header of a file of the size given.
func Open(r io.Reader, size int64, names *Names) (*Reader, error) {
	if size > MaxBytes {
		return nil, sheet.ErrTooLarge
	}
	buffered := bufio.NewReaderSize(r, 1<<16)
	start, err := buffered.Peek(1 << 16)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the file of segments: %w", err)
	}
	var s source
	if bytes.HasPrefix(start, []byte("PK\x03\x04")) {
		s, err = openWorkbook(buffered)
	} else {
		s, err = openText(buffered, start, size)
	}
	if err != nil {
		return nil, err
	}
	f := &Reader{source: s, names: names, seen: make([]uint32, home.LastPrefix-home.FirstPrefix+1)}
	for f.header.empty() {
		_, cells, err := s.next()
		if err == nil && blank(cells) {
			continue
		}
		if err == nil {
			f.header, err = readHeader(cells)
		} else if errors.Is(err, io.EOF) {
			err = ErrNoRows
		}
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	return f, nil
}

// Next gives the next row, or what is wrong with it; io.EOF at the end, which is a fault when there was no row.
func (f *Reader) Next() (Row, []sheet.Problem, error) {
	for {
		line, cells, err := f.source.next()
		switch {
		case errors.Is(err, io.EOF) && f.rows == 0:
			return Row{}, nil, ErrNoRows
		case err != nil:
			return Row{}, nil, err
		case blank(cells):
			continue
		}
		if f.rows++; f.rows > MaxRows {
			return Row{}, nil, ErrTooManyRow
		}
		row, problems := f.row(line, cells)
		return row, problems, nil
	}
}

// Rows is how many were given so far, and about how many there are in all; the latter is 0 while unknown.
func (f *Reader) Rows() (done, total int) { return f.rows, max(f.source.total(f.rows), 0) }

// Close gives back what the file took.
func (f *Reader) Close() error { return f.source.close() }

func blank(cells []string) bool {
	for _, c := range cells {
		if trim(c) != "" {
			return false
		}
	}
	return true
}

// text is a CSV file.
type text struct {
	csv  *csv.Reader
	size int64
}

func openText(r io.Reader, start []byte, size int64) (source, error) {
	if bytes.IndexByte(start, 0) >= 0 || len(start) == 0 {
		return nil, ErrNotAFile
	}
	// The end of what was peeked at may be the middle of a character.
	valid := start
	for range utf8.UTFMax - 1 {
		if utf8.Valid(valid) || len(valid) == 0 {
			break
		}
		valid = valid[:len(valid)-1]
	}
	if !utf8.Valid(valid) {
		r = transform.NewReader(r, simplifiedchinese.GB18030.NewDecoder())
	}
	first, _, _ := bytes.Cut(start, []byte("\n"))
	c := csv.NewReader(r)
	c.FieldsPerRecord, c.ReuseRecord = -1, true
	switch {
	case bytes.IndexByte(first, '\t') >= 0:
		c.Comma = '\t'
	case bytes.IndexByte(first, ',') < 0 && bytes.IndexByte(first, ';') >= 0:
		c.Comma = ';'
	}
	return &text{csv: c, size: size}, nil
}

func (t *text) next() (int, []string, error) {
	cells, err := t.csv.Read()
	line, _ := 0, 0
	if len(cells) > 0 {
		line, _ = t.csv.FieldPos(0)
	}
	var wrong *csv.ParseError
	if errors.As(err, &wrong) {
		return 0, nil, fault.New(fault.Invalid, ErrNotAFile.Code, "line %d is not well formed: quotation marks do not fit", wrong.Line)
	}
	return line, cells, err
}

func (t *text) total(rows int) int {
	if read := t.csv.InputOffset(); read > 0 {
		return int(float64(rows) * float64(t.size) / float64(read))
	}
	return 0
}

func (t *text) close() error { return nil }

// workbook is the first sheet of an Excel file.
type workbook struct {
	file *excelize.File
	rows *excelize.Rows
	line int
	all  int
}

func openWorkbook(r io.Reader) (s source, err error) {
	defer recovered(&err)
	f, err := excelize.OpenReader(r, excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxInMemory})
	if err != nil {
		return nil, sheet.ErrNotAWorkbook.WithCause(err)
	}
	names := f.GetSheetList()
	if len(names) == 0 {
		return nil, errors.Join(sheet.ErrNotAWorkbook, f.Close())
	}
	rows, err := f.Rows(names[0])
	if err != nil {
		return nil, errors.Join(sheet.ErrNotAWorkbook.WithCause(err), f.Close())
	}
	w := &workbook{file: f, rows: rows}
	if ref, err := f.GetSheetDimension(names[0]); err == nil {
		w.all = lastRow(ref) - 1
	}
	return w, nil
}

// lastRow gives the row of the second corner of a dimension such as A1:G500001.
func lastRow(ref string) int {
	n, unit := 0, 1
	for i := len(ref) - 1; i >= 0 && ref[i] >= '0' && ref[i] <= '9' && unit < 1e9; i-- {
		n += int(ref[i]-'0') * unit
		unit *= 10
	}
	return n
}

// recovered turns a panic of the library, which has many corners, into a fault.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = sheet.ErrNotAWorkbook.WithCause(fmt.Errorf("the reader panicked: %v", p))
	}
}

func (w *workbook) next() (line int, cells []string, err error) {
	defer recovered(&err)
	if !w.rows.Next() {
		if err := w.rows.Error(); err != nil {
			return 0, nil, sheet.ErrNotAWorkbook.WithCause(err)
		}
		return 0, nil, io.EOF
	}
	w.line++
	cells, err = w.rows.Columns()
	if err != nil {
		return 0, nil, sheet.ErrNotAWorkbook.WithCause(err)
	}
	return w.line, cells, nil
}

func (w *workbook) total(int) int { return w.all }

func (w *workbook) close() error { return errors.Join(w.rows.Close(), w.file.Close()) }

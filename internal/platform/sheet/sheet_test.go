package sheet_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/hostile"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/privacy"
	"yingda/internal/platform/sheet"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

var staff = sheet.Table{Key: "staff", ZH: "员工", EN: "Staff", Columns: []sheet.Column{
	{Key: "number", ZH: "工号", EN: "Staff number", Required: true, HelpZH: "两到十六位", HelpEN: "2 to 16 characters"},
	{Key: "name", ZH: "姓名", EN: "Name", Required: true, Width: 20},
	{Key: "mobile", ZH: "手机", EN: "Mobile"},
	{Key: "joined_on", ZH: "入职日期", EN: "Joined on", Kind: sheet.Date},
	{Key: "note", ZH: "备注", EN: "Note", Kind: sheet.Free},
}}

func written(t testing.TB, table sheet.Table, lang string, rows ...[]any) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, table.Write(&out, lang, sheet.Rows(rows...)))
	return out.Bytes()
}

// workbook makes a file as a person would, cell by cell.
func workbook(t testing.TB, edit func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer func() { require.NoError(t, f.Close()) }()
	edit(f)
	var out bytes.Buffer
	require.NoError(t, f.Write(&out))
	return out.Bytes()
}

func lines(t testing.TB, cells ...[]any) []byte {
	t.Helper()
	return workbook(t, func(f *excelize.File) {
		for i, row := range cells {
			require.NoError(t, f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row))
		}
	})
}

func requireFault(t *testing.T, err error, want *fault.Fault) *fault.Fault {
	t.Helper()
	require.ErrorIs(t, err, want)
	f, ok := fault.As(err)
	require.True(t, ok)
	require.NotEmpty(t, f.Remedy)
	return f
}

func TestWhatIsWrittenIsReadBackInBothLanguages(t *testing.T) {
	t.Parallel()
	joined := time.Date(2024, 2, 29, 20, 30, 0, 0, time.UTC)
	for _, lang := range []string{sheet.Chinese, sheet.English} {
		data := written(t, staff, lang, []any{"0001", "林一", "013800000000", joined, []string{"早", "晚"}}, []any{"0002", "林二", nil, time.Time{}, true})
		rows, err := staff.Read(data, 10)
		require.NoError(t, err)
		require.Len(t, rows, 2)
		require.Equal(t, 2, rows[0].Line)
		require.Equal(t, []string{"0001", "林一", "013800000000", "2024-02-29"},
			[]string{rows[0].Get("number"), rows[0].Get("name"), rows[0].Get("mobile"), rows[0].Get("joined_on")})
		require.Equal(t, []string{"早", "晚"}, sheet.Split(rows[0].Get("note")))
		require.Empty(t, rows[1].Get("mobile"))
		require.True(t, rows[1].Has("mobile"))
		require.False(t, rows[1].Has("nonsense"))
		yes, ok := sheet.Yes(rows[1].Get("note"))
		require.True(t, yes && ok)
	}
}

func TestTextThatLooksLikeAFormulaStaysText(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/csv-injection.json")
	require.NoError(t, err)
	var samples []struct{ Value string }
	require.NoError(t, json.Unmarshal(raw, &samples))
	require.Greater(t, len(samples), 20)
	for _, s := range samples {
		if s.Value == "" {
			continue
		}
		data := written(t, staff, sheet.English, []any{"1", s.Value, nil, nil, nil})
		worksheet := part(t, data, "xl/worksheets/sheet1.xml")
		require.Regexp(t, `<c[^>]* r="B2" s="1" t="inlineStr"`, worksheet, s.Value)
		require.NotContains(t, worksheet, "<f>")
		f, err := excelize.OpenReader(bytes.NewReader(data))
		require.NoError(t, err)
		formula, err := f.GetCellFormula("Staff", "B2")
		require.NoError(t, err)
		require.Empty(t, formula)
		id, err := f.GetCellStyle("Staff", "B2")
		require.NoError(t, err)
		style, err := f.GetStyle(id)
		require.NoError(t, err)
		require.Equal(t, 49, style.NumFmt, "the cell has the format text, so that editing it does not make a formula of it: %q", s.Value)
		require.NoError(t, f.Close())
	}
}

func part(t testing.TB, data []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	r, err := z.Open(name)
	require.NoError(t, err)
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(b)
}

// carried is what a workbook can carry of a text: XML has no control characters, and blanks around are dropped.
func carried(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return strings.TrimFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("\ufeff\u200b\u2060\u200e\u200f", r)
	})
}

func TestHostileTextSurvivesTheWayOutAndIn(t *testing.T) {
	t.Parallel()
	var rows [][]any
	for i, s := range hostile.Strings() {
		rows = append(rows, []any{fmt.Sprint(i), "x", nil, nil, s})
	}
	require.Greater(t, len(rows), 400)
	got, err := staff.Read(written(t, staff, sheet.Chinese, rows...), len(rows))
	require.NoError(t, err)
	require.Len(t, got, len(rows))
	for i, s := range hostile.Strings() {
		require.Equal(t, carried(s), got[i].Get("note"), "string %d", i)
	}
}

func TestWhatComesBackIsNotTakenForAChange(t *testing.T) {
	t.Parallel()
	table := sheet.Table{Key: "t", ZH: "表", EN: "Table", Columns: []sheet.Column{{Key: "a", ZH: "甲", EN: "A"}, {Key: "b", ZH: "乙", EN: "B", Kind: sheet.Free}}}
	for _, text := range append(hostile.Strings(), "\r\n\x1b[0m\ufffe\u200b", "a\rb") {
		rows, err := table.Read(written(t, table, sheet.Chinese, []any{"k", text}), 10)
		require.NoError(t, err)
		require.Equal(t, text, sheet.Like(rows[0].Get("b"), text))
	}
	require.Equal(t, "new", sheet.Like("new", "old"))
	require.Equal(t, "", sheet.Like("", "old"), "an emptied cell is a change")
}

func TestAnyTextSurvivesTheWayOutAndIn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringN(1, 50, -1).Draw(t, "text")
		var out bytes.Buffer
		require.NoError(t, staff.Write(&out, sheet.English, sheet.Rows([]any{"1", "x", nil, nil, s})))
		rows, err := staff.Read(out.Bytes(), 1)
		require.NoError(t, err)
		require.Equal(t, carried(s), rows[0].Get("note"))
	})
}

func TestPersonalValuesAreWrittenMasked(t *testing.T) {
	t.Parallel()
	rows, err := staff.Read(written(t, staff, sheet.Chinese, []any{"1", privacy.Name("王小明"), privacy.Phone("13812345678"), nil, nil}), 1)
	require.NoError(t, err)
	require.Equal(t, []string{"王**", "138****5678"}, []string{rows[0].Get("name"), rows[0].Get("mobile")})
}

func TestMomentsAreWrittenAsLocalTime(t *testing.T) {
	t.Parallel()
	table := sheet.Table{Key: "x", ZH: "时间", EN: "Times", Columns: []sheet.Column{{Key: "at", ZH: "时间", EN: "At"}}}
	at := time.Date(2026, 11, 20, 23, 30, 15, 0, time.UTC)
	f, err := excelize.OpenReader(bytes.NewReader(written(t, table, sheet.English, []any{at}, []any{&at}, []any{(*time.Time)(nil)})))
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	for _, cell := range []string{"A2", "A3"} {
		v, err := f.GetCellValue("Times", cell)
		require.NoError(t, err)
		require.Equal(t, "2026-11-21 07:30:15", v)
	}
	require.Equal(t, "时间-20261121.xlsx", table.FileName(sheet.Chinese, at))
}

func TestHeadersMayBeInAnyOrderLanguageAndWidth(t *testing.T) {
	t.Parallel()
	rows, err := staff.Read(lines(t, []any{}, []any{" 姓名 ", "STAFF  number*", "ｎｏｔｅ", "", "joined_on："}, []any{}, []any{"林一", "１３８Ａ－２", "Ａ　ｂ ", "", "2026年3月5日"}), 10)
	require.NoError(t, err)
	require.Equal(t, 4, rows[0].Line, "as the program at the desk numbers it")
	require.Equal(t, []string{"林一", "138A-2", "Ａ　ｂ", "2026-03-05"},
		[]string{rows[0].Get("name"), rows[0].Get("number"), rows[0].Get("note"), rows[0].Get("joined_on")})
}

func TestWrongHeadersAreAllNamed(t *testing.T) {
	t.Parallel()
	_, err := staff.Read(lines(t, []any{"手机", "Mobile", "工资", "name"}, []any{"1"}), 10)
	f := requireFault(t, err, sheet.ErrBadHeader)
	var got []string
	for _, field := range f.Fields {
		got = append(got, field.Location+" "+field.Code)
	}
	require.Equal(t, []string{"header.Mobile sheet.double_column", "header.工资 sheet.unknown_column", "header.number sheet.missing_column"}, got)
}

func TestDatesAreUnderstoodHoweverTheyWereTyped(t *testing.T) {
	t.Parallel()
	cells := [][]any{{"number", "name", "joined_on"}}
	for _, v := range []any{"2026-11-21", "2026/11/21", "2026.11.21", "2026年11月21日", "20261121", 20261121, "２０２６－１１－２１", time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC), 46347, "2026-11-21 08:00"} {
		cells = append(cells, []any{"1", "x", v})
	}
	cells = append(cells, []any{"1", "x", "明天"}, []any{"1", "x", "99999999"}, []any{"1", "x", "2026-02-30"})
	rows, err := staff.Read(lines(t, cells...), 100)
	require.NoError(t, err)
	for _, r := range rows[:10] {
		require.Equal(t, "2026-11-21", r.Get("joined_on"), "line %d", r.Line)
	}
	require.Equal(t, []string{"明天", "99999999", "2026-02-30"}, []string{rows[10].Get("joined_on"), rows[11].Get("joined_on"), rows[12].Get("joined_on")}, "what is no day is left to whoever checks it")
}

func TestNumbersKeepTheirDigits(t *testing.T) {
	t.Parallel()
	rows, err := staff.Read(lines(t, []any{"number", "name", "mobile"}, []any{7, "x", 13812345678}), 100)
	require.NoError(t, err)
	require.Equal(t, []string{"7", "13812345678"}, []string{rows[0].Get("number"), rows[0].Get("mobile")})
}

func TestAFormulaCountsAsItsLastValue(t *testing.T) {
	t.Parallel()
	data := workbook(t, func(f *excelize.File) {
		require.NoError(t, f.SetSheetRow("Sheet1", "A1", &[]any{"number", "name", "note"}))
		require.NoError(t, f.SetSheetRow("Sheet1", "A2", &[]any{"1", "x", "computed before"}))
		require.NoError(t, f.SetCellFormula("Sheet1", "C2", `=HYPERLINK("http://198.51.100.1","x")`))
	})
	rows, err := staff.Read(data, 100)
	require.NoError(t, err)
	require.NotContains(t, rows[0].Get("note"), "HYPERLINK")
}

func TestTooManyRowsAreRefused(t *testing.T) {
	t.Parallel()
	data := written(t, staff, sheet.Chinese, []any{"1", "x", nil, nil, nil}, []any{"2", "x", nil, nil, nil})
	_, err := staff.Read(data, 1)
	require.Contains(t, requireFault(t, err, sheet.ErrTooManyRows).Message, "1 rows")
	_, err = staff.Read(written(t, staff, sheet.Chinese), 1)
	requireFault(t, err, sheet.ErrEmpty)
	_, err = staff.Read(lines(t), 1)
	requireFault(t, err, sheet.ErrEmpty)
}

func TestWhatIsNoWorkbookIsRefused(t *testing.T) {
	t.Parallel()
	var empty bytes.Buffer
	require.NoError(t, zip.NewWriter(&empty).Close())
	protected := workbook(t, func(f *excelize.File) {})
	var locked bytes.Buffer
	f, err := excelize.OpenReader(bytes.NewReader(protected))
	require.NoError(t, err)
	require.NoError(t, f.Write(&locked, excelize.Options{Password: "p"}))
	require.NoError(t, f.Close())
	for name, data := range map[string][]byte{
		"nothing": nil, "text": []byte("number,name\n1,x\n"), "an empty archive": empty.Bytes(), "with a password": locked.Bytes(), "cut off": protected[:len(protected)/2],
	} {
		_, err := staff.Read(data, 10)
		require.ErrorIs(t, err, sheet.ErrNotAWorkbook, name)
	}
	_, err = staff.Read(make([]byte, sheet.MaxBytes+1), 10)
	requireFault(t, err, sheet.ErrTooLarge)
}

// archive replaces the first sheet of a workbook by the content given.
func archive(t testing.TB, content io.Reader, edit func(h *zip.FileHeader)) []byte {
	t.Helper()
	template := workbook(t, func(f *excelize.File) {})
	in, err := zip.NewReader(bytes.NewReader(template), int64(len(template)))
	require.NoError(t, err)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, part := range in.File {
		r, err := part.Open()
		require.NoError(t, err)
		if part.Name != "xl/worksheets/sheet1.xml" {
			dst, err := w.Create(part.Name)
			require.NoError(t, err)
			_, err = io.Copy(dst, r)
			require.NoError(t, err)
			continue
		}
		if edit == nil {
			dst, err := w.Create(part.Name)
			require.NoError(t, err)
			_, err = io.Copy(dst, content)
			require.NoError(t, err)
			continue
		}
		raw, err := io.ReadAll(content)
		require.NoError(t, err)
		var packed bytes.Buffer
		c, err := flate.NewWriter(&packed, flate.BestCompression)
		require.NoError(t, err)
		_, err = c.Write(raw)
		require.NoError(t, err)
		require.NoError(t, c.Close())
		h := &zip.FileHeader{Name: part.Name, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(raw), CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(len(raw))}
		edit(h)
		dst, err := w.CreateRaw(h)
		require.NoError(t, err)
		_, err = dst.Write(packed.Bytes())
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

const beforeRows, afterRows = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`, `</sheetData></worksheet>`

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestABombIsRefusedBeforeItIsUnpacked(t *testing.T) {
	t.Parallel()
	bomb := archive(t, io.MultiReader(strings.NewReader(beforeRows), io.LimitReader(zeros{}, 300<<20), strings.NewReader(afterRows)), nil)
	require.Less(t, len(bomb), 1<<20)
	_, err := staff.Read(bomb, 10)
	requireFault(t, err, sheet.ErrTooLarge)
}

func TestABombThatLiesAboutItsSizeIsRefused(t *testing.T) {
	t.Parallel()
	content := io.MultiReader(strings.NewReader(beforeRows), io.LimitReader(zeros{}, 40<<20), strings.NewReader(afterRows))
	lying := archive(t, content, func(h *zip.FileHeader) { h.UncompressedSize64 = 1000 })
	_, err := staff.Read(lying, 10)
	require.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
}

func TestTooManyPartsAndColumnsAreRefused(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := range 2000 {
		_, err := w.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", i))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	_, err := staff.Read(out.Bytes(), 10)
	requireFault(t, err, sheet.ErrTooLarge)

	wide := workbook(t, func(f *excelize.File) { require.NoError(t, f.SetCellStr("Sheet1", "XFD1", "x")) })
	_, err = staff.Read(wide, 10)
	requireFault(t, err, sheet.ErrTooLarge)

	far := archive(t, strings.NewReader(beforeRows+`<row r="1"><c r="A1" t="inlineStr"><is><t>number</t></is></c><c r="B1" t="inlineStr"><is><t>name</t></is></c></row><row r="1048576"><c r="A1048576"><v>1</v></c></row>`+afterRows), nil)
	rows, err := staff.Read(far, 10)
	require.NoError(t, err)
	require.Equal(t, 1048576, rows[0].Line)
}

func many(n int) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for i := range n {
			if !yield([]any{fmt.Sprintf("GD%05d", i), "林一二三", "13900000000", time.Unix(0, 0), "备注备注备注备注"}, nil) {
				return
			}
		}
	}
}

func TestManyRowsAreWrittenInBoundedMemory(t *testing.T) { // alone: it measures the heap
	var before, during runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	largest := uint64(0)
	rows := func(yield func([]any, error) bool) {
		n := 0
		for row := range many(50_000) {
			if n++; n%5000 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&during)
				largest = max(largest, during.HeapAlloc-min(before.HeapAlloc, during.HeapAlloc))
			}
			if !yield(row, nil) {
				return
			}
		}
	}
	var out bytes.Buffer
	require.NoError(t, staff.Write(&out, sheet.Chinese, rows))
	require.Less(t, largest, uint64(80<<20))
	got, err := staff.Read(out.Bytes(), 50_000)
	require.NoError(t, err)
	require.Len(t, got, 50_000)
	require.Equal(t, "GD49999", got[49_999].Get("number"))
	t.Logf("%d KiB, heap at most %d MiB above", out.Len()>>10, largest>>20)
}

func TestAnErrorOfTheRowsEndsTheWriting(t *testing.T) {
	t.Parallel()
	gone := errors.New("the database is away")
	err := staff.Write(io.Discard, sheet.Chinese, func(yield func([]any, error) bool) { yield(nil, gone) })
	require.ErrorIs(t, err, gone)
	require.Error(t, staff.Write(io.Discard, sheet.Chinese, sheet.Rows([]any{"too few"})))
}

func TestTheTemplateExplainsItsColumnsAndIsReadable(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string][]string{sheet.Chinese: {"工号", "是", "两到十六位"}, sheet.English: {"Staff number", "yes", "2 to 16 characters"}} {
		var out bytes.Buffer
		require.NoError(t, staff.Template(&out, lang))
		_, err := staff.Read(out.Bytes(), 10)
		requireFault(t, err, sheet.ErrEmpty)
		f, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
		require.NoError(t, err)
		require.Len(t, f.GetSheetList(), 2)
		help, err := f.GetRows(f.GetSheetList()[1])
		require.NoError(t, err)
		require.Equal(t, want, help[1])
		first := f.GetSheetList()[0]
		require.NoError(t, f.SetSheetRow(first, "A2", &[]any{"0007", "林七"}))
		var filled bytes.Buffer
		require.NoError(t, f.Write(&filled))
		require.NoError(t, f.Close())
		rows, err := staff.Read(filled.Bytes(), 10)
		require.NoError(t, err)
		require.Equal(t, "0007", rows[0].Get("number"))
	}
}

func TestColumnsStandInOrder(t *testing.T) {
	t.Parallel()
	require.Regexp(t, `<cols><col min="1" max="1"[^>]*/><col min="2" max="2"[^>]*/><col min="3" max="3"`,
		part(t, written(t, staff, sheet.Chinese), "xl/worksheets/sheet1.xml"), "Excel refuses other orders")
	var out bytes.Buffer
	require.NoError(t, staff.Template(&out, sheet.English))
	require.Regexp(t, `<cols><col min="1" max="1"[^>]*/><col min="2"`, part(t, out.Bytes(), "xl/worksheets/sheet2.xml"))
}

func TestSheetNamesAreMadeFit(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a/b:c*[d]?", strings.Repeat("长", 40), "", "'x'"} {
		table := sheet.Table{Key: "x", ZH: name, EN: name, Columns: []sheet.Column{{Key: "a", ZH: "甲", EN: "A"}}}
		rows, err := table.Read(written(t, table, sheet.Chinese, []any{"1"}), 1)
		require.NoError(t, err, name)
		require.Equal(t, "1", rows[0].Get("a"))
	}
}

func TestAReportCountsWhatBecomesOfLines(t *testing.T) {
	t.Parallel()
	r := sheet.NewReport(true)
	var fields fault.Fields
	fields.Add("body.number", "organization.bad_number", "is not a staff number")
	r.Add(sheet.Line{Line: 2, Action: sheet.Create})
	r.Add(sheet.Line{Line: 3, Action: sheet.Update, Changes: []string{"name"}})
	r.Add(sheet.Line{Line: 4, Action: sheet.Same})
	r.Add(sheet.Line{Line: 5, Action: sheet.Create, Problems: sheet.Problems(fields.Err("organization.invalid", "wrong"))})
	r.Add(sheet.Line{Line: 6, Problems: sheet.Problems(fault.New(fault.Conflict, "organization.taken", "is taken"))})
	require.Equal(t, []int{5, 1, 1, 1, 2}, []int{r.Rows, r.Create, r.Update, r.Same, r.Rejected})
	require.Equal(t, []sheet.Problem{{Column: "number", Code: "organization.bad_number", Message: "is not a staff number"}}, r.Lines[3].Problems)
	require.Equal(t, "organization.taken", r.Lines[4].Problems[0].Code)
	require.Nil(t, sheet.Problems(errors.New("x")))
	b, err := json.Marshal(r)
	require.NoError(t, err)
	require.NotContains(t, string(b), "null")
}

func TestMissingValuesAreNamed(t *testing.T) {
	t.Parallel()
	rows, err := staff.Read(lines(t, []any{"number", "name", "note"}, []any{"", "", "x"}, []any{"1", "y"}), 10)
	require.NoError(t, err)
	require.Len(t, staff.Missing(rows[0]), 2)
	require.Equal(t, "number", staff.Missing(rows[0])[0].Column)
	require.Empty(t, staff.Missing(rows[1]))
}

// FuzzRead changes bytes of the parts inside of the archive, where the parsers are.
func FuzzRead(f *testing.F) {
	f.Add([]byte(beforeRows+`<row r="1"><c r="A1" t="s"><v>0</v></c></row>`+afterRows), []byte(`<sst><si><t>number</t></si></sst>`), []byte(`<styleSheet/>`))
	f.Add([]byte(beforeRows+`<row r="99999999999"><c r="A1" t="b"><v>1</v></c><c r="ZZZZZ9"><f>1/0</f></c></row>`+afterRows), []byte(`<sst>`), []byte(``))
	f.Add([]byte(`<!DOCTYPE a [<!ENTITY b "c">]><worksheet><sheetData><row><c t="inlineStr"><is><t>number</t></is></c><c t="str"><v>name</v></c></row><row><c><v>1e309</v></c></row></sheetData></worksheet>`), []byte(nil), []byte(nil))
	template := workbook(f, func(*excelize.File) {})
	f.Fuzz(func(t *testing.T, worksheet, strings, styles []byte) {
		in, err := zip.NewReader(bytes.NewReader(template), int64(len(template)))
		require.NoError(t, err)
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for _, part := range in.File {
			dst, err := w.Create(part.Name)
			require.NoError(t, err)
			switch part.Name {
			case "xl/worksheets/sheet1.xml":
				_, err = dst.Write(worksheet)
			case "xl/sharedStrings.xml":
				_, err = dst.Write(strings)
			case "xl/styles.xml":
				_, err = dst.Write(styles)
			default:
				r, openErr := part.Open()
				require.NoError(t, openErr)
				_, err = io.Copy(dst, r)
			}
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		for _, data := range [][]byte{out.Bytes(), worksheet} {
			rows, err := staff.Read(data, 100)
			if err != nil {
				require.NotEqual(t, fault.Internal, fault.KindOf(err), "%v", err)
				continue
			}
			require.NotEmpty(t, rows)
			last := 0
			for _, r := range rows {
				require.Greater(t, r.Line, last)
				last = r.Line
				require.LessOrEqual(t, len(r.Get("number")), 32767*4)
			}
		}
	})
}

func TestYesIsUnderstood(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{"是": true, "Yes": true, "Ｙ": true, "1": true, "否": false, "no": false, "0": false} {
		got, ok := sheet.Yes(s)
		require.True(t, ok, s)
		require.Equal(t, want, got, s)
	}
	_, ok := sheet.Yes("也许")
	require.False(t, ok)
	_, ok = sheet.Yes("")
	require.False(t, ok)
}

func ExampleTable() {
	table := sheet.Table{Key: "teams", ZH: "班组", EN: "Teams", Columns: []sheet.Column{
		{Key: "code", ZH: "编码", EN: "Code", Required: true}, {Key: "name", ZH: "名称", EN: "Name"},
	}}
	var file bytes.Buffer
	if err := table.Write(&file, sheet.Chinese, sheet.Rows([]any{"MORNING", "早班"}, []any{"NIGHT", "=夜班"})); err != nil {
		fmt.Println(err)
	}
	rows, err := table.Read(file.Bytes(), 1000)
	for _, r := range rows {
		fmt.Println(r.Line, r.Get("code"), r.Get("name"))
	}
	fmt.Println(err)
	// Output:
	// 2 MORNING 早班
	// 3 NIGHT =夜班
	// <nil>
}

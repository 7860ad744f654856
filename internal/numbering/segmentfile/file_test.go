package segmentfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"yingda/internal/numbering/home"
	"yingda/internal/numbering/segmentfile"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/sheet"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

var names = segmentfile.NewNames(
	[]segmentfile.Named{{Code: "440000", Name: "广东省"}, {Code: "430000", Name: "湖南省"}, {Code: "450000", Name: "广西壮族自治区"}, {Code: "150000", Name: "内蒙古自治区"}},
	[]segmentfile.Named{
		{Code: "440100", Name: "广州市", Province: "440000", AreaCode: "020"}, {Code: "440300", Name: "深圳市", Province: "440000", AreaCode: "0755"},
		{Code: "430100", Name: "长沙市", Province: "430000", AreaCode: "0731"}, {Code: "430200", Name: "株洲市", Province: "430000", AreaCode: "0731"},
		{Code: "450100", Name: "南宁市", Province: "450000", AreaCode: "0771"}, {Code: "152200", Name: "兴安盟", Province: "150000", AreaCode: "0482"},
		{Code: "450300", Name: "同名市", Province: "450000"}, {Code: "440200", Name: "同名市", Province: "440000"},
	})

// read gives all rows and, by line, what is wrong.
func read(t testing.TB, data []byte) (rows []segmentfile.Row, wrong []string, err error) {
	t.Helper()
	f, err := segmentfile.Open(bytes.NewReader(data), int64(len(data)), names)
	if err != nil {
		return nil, nil, err
	}
	defer func() { require.NoError(t, f.Close()) }()
	for {
		row, problems, err := f.Next()
		if errors.Is(err, io.EOF) {
			return rows, wrong, nil
		}
		if err != nil {
			return rows, wrong, err
		}
		for _, p := range problems {
			wrong = append(wrong, fmt.Sprintf("%d %s %s", row.Line, p.Column, p.Code))
		}
		if len(problems) == 0 {
			rows = append(rows, row)
		}
	}
}

var guangzhou = home.Traits{Province: "440000", City: "440100", Operator: "甲", Brand: "甲品牌", ProductLine: "4G"}

const plainFile = "号段,省份,城市,运营商,品牌,产品线\n1540001,广东省,广州市,甲,甲品牌,4G\n\n1540002,430000,430100,乙,,\n"

func TestReadsTextInItsUsualForms(t *testing.T) {
	t.Parallel()
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(plainFile))
	require.NoError(t, err)
	for name, data := range map[string][]byte{
		"UTF-8": []byte(plainFile), "with a mark": []byte("\ufeff" + plainFile), "GB18030": gb,
		"tabs": []byte(strings.ReplaceAll(plainFile, ",", "\t")), "semicolons": []byte(strings.ReplaceAll(plainFile, ",", ";")),
		"Windows lines": []byte(strings.ReplaceAll(plainFile, "\n", "\r\n")),
		"keys":          []byte("segment,province,city,operator,brand,product_line\n" + plainFile[strings.Index(plainFile, "1540001"):]),
		"aliases":       []byte("号码段,省,地市,ISP,品牌,卡类型,邮编\n1540001,广东,广州,甲,甲品牌,4G,510000\n\n1540002,湖南,长沙,乙,,,\n"),
		"full width":    []byte("号段,省份,城市,运营商,品牌,产品线\n１５４０００１,４４００００,广州市　,　甲,甲品牌,4G\n\n1540002,湖南省,长沙,乙,,\n"),
		"other order":   []byte("Product line,Brand,Operator,City,Province,Segment*\n4G,甲品牌,甲,440100,,1540001\n\n,,乙,长沙,湖南,1540002\n"),
	} {
		rows, wrong, err := read(t, data)
		require.NoError(t, err, name)
		require.Empty(t, wrong, name)
		require.Equal(t, []segmentfile.Row{
			{Line: 2, Prefix: 1540001, Traits: guangzhou},
			{Line: 4, Prefix: 1540002, Traits: home.Traits{Province: "430000", City: "430100", Operator: "乙"}},
		}, rows, name)
	}
}

func TestReadsWorkbooks(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	table := sheet.Table{Key: "segment", ZH: "号段", EN: "Segments", Columns: segmentfile.Columns()}
	require.NoError(t, table.Write(&out, sheet.Chinese, sheet.Rows(
		[]any{1540001, "广东", "广州", "甲", "甲品牌", "4G", ""}, []any{"1540002", "", "", "乙", "", "", "0755"})))
	rows, wrong, err := read(t, out.Bytes())
	require.NoError(t, err)
	require.Empty(t, wrong)
	require.Equal(t, []segmentfile.Row{
		{Line: 2, Prefix: 1540001, Traits: guangzhou},
		{Line: 3, Prefix: 1540002, Traits: home.Traits{Province: "440000", City: "440300", Operator: "乙"}},
	}, rows)
}

func TestNamesEverythingThatIsWrongWithARow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		row  string
		want []string
	}{
		{"1540001,广东,广州,甲,,,", nil},
		{"1064712,广东,广州,甲,,,", nil},
		{"1540001,,,甲,,,020", nil},
		{"1540001,湖南,,甲,,,0731", nil},
		{"1540001,广东,,甲,,,", nil},
		{"1540001,内蒙古,兴安,甲,,,", nil},
		{"1540001,广西,南宁,甲,,,", nil},
		{"1540001,,广州,甲,,,", nil},
		{",广东,广州,,,,", []string{"2 segment required", "2 operator required"}},
		{"154000,广东,广州,甲,,,", []string{"2 segment format"}},
		{"15400011,广东,广州,甲,,,", []string{"2 segment format"}},
		{"2540001,广东,广州,甲,,,", []string{"2 segment format"}},
		{"1240001,广东,广州,甲,,,", []string{"2 segment format"}},
		{"154000x,广东,广州,甲,,,", []string{"2 segment format"}},
		{"-154000,广东,广州,甲,,,", []string{"2 segment format"}},
		{"1540001,江东,广州,甲,,,", []string{"2 province unknown"}},
		{"1540001,湖南,广州,甲,,,", []string{"2 city unknown"}},
		{"1540001,,同名,甲,,,", []string{"2 city unknown"}},
		{"1540001,广西,同名,甲,,,", nil},
		{"1540001,广东,,甲,,,0999", []string{"2 area_code unknown"}},
		{"1540001,,,甲,,,", []string{"2 province required"}},
		{"1540001,广东,广州," + strings.Repeat("甲", 65) + ",,,", []string{"2 operator too_long"}},
		{"1540001,广东,广州,甲,a\x01b,,", []string{"2 brand format"}},
		{"1540001,广东,广州,甲,,,\n1540001,广东,广州,甲,,,", []string{"3 segment double"}},
		{"x,y,z,,,,", []string{"2 segment format", "2 province unknown", "2 operator required"}},
	} {
		_, wrong, err := read(t, []byte("号段,省份,城市,运营商,品牌,产品线,区号\n"+c.row+"\n"))
		require.NoError(t, err, c.row)
		require.Equal(t, c.want, wrong, c.row)
	}
}

func TestRefusesWhatIsNoTable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ data, code string }{
		"nothing":           {"", "numbering.not_a_segment_file"},
		"binary":            {"\x7fELF\x00\x00", "numbering.not_a_segment_file"},
		"header only":       {"号段,运营商\n", "numbering.segment_file_empty"},
		"blank lines":       {"\n\n , \n", "numbering.segment_file_empty"},
		"unknown column":    {"号段,运营商,颜色\n1540001,甲,红\n", "sheet.bad_header"},
		"column twice":      {"号段,运营商,segment\n1540001,甲,1540002\n", "sheet.bad_header"},
		"column missing":    {"号段,省份\n1540001,广东\n", "sheet.bad_header"},
		"quotation marks":   {"号段,运营商,省份\n\"1540001,甲,广东\n", "numbering.not_a_segment_file"},
		"broken workbook":   {"PK\x03\x04 and no more", "sheet.not_a_workbook"},
		"another file type": {"%PDF-1.7\n", "sheet.bad_header"},
	} {
		_, _, err := read(t, []byte(c.data))
		f, ok := fault.As(err)
		require.True(t, ok, "%s: %v", name, err)
		require.Equal(t, c.code, f.Code, name)
	}
	_, err := segmentfile.Open(strings.NewReader(""), segmentfile.MaxBytes+1, names)
	require.ErrorIs(t, err, sheet.ErrTooLarge)
}

func TestTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	b.WriteString("号段,省份,运营商\n")
	for i := range 20_000 {
		fmt.Fprintf(&b, "%d,广东,甲\n", 1540000+i)
	}
	f, err := segmentfile.Open(bytes.NewReader(b.Bytes()), int64(b.Len()), names)
	require.NoError(t, err)
	for range 10_000 {
		_, problems, err := f.Next()
		require.NoError(t, err)
		require.Empty(t, problems)
	}
	done, total := f.Rows()
	require.Equal(t, 10_000, done)
	require.InDelta(t, 20_000, total, 500)
	require.NoError(t, f.Close())
}

func ExampleOpen() {
	data := "号段,省份,城市,运营商\n1540001,广东,广州,示例运营商\n"
	f, err := segmentfile.Open(strings.NewReader(data), int64(len(data)), names)
	if err != nil {
		fmt.Println(err)
		return
	}
	row, _, _ := f.Next()
	fmt.Println(row.Prefix, row.Province, row.City, row.Operator)
	fmt.Println(f.Close())
	// Output:
	// 1540001 440000 440100 示例运营商
	// <nil>
}

func FuzzAnyFileIsSafe(f *testing.F) {
	f.Add([]byte(plainFile))
	f.Add([]byte("PK\x03\x04"))
	var out bytes.Buffer
	table := sheet.Table{Key: "segment", ZH: "号段", EN: "Segments", Columns: segmentfile.Columns()}
	require.NoError(f, table.Write(&out, sheet.English, sheet.Rows([]any{"1540001", "广东", "广州", "甲", "", "", ""})))
	f.Add(out.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, _, err := read(t, data)
		if err != nil {
			if _, ok := fault.As(err); !ok {
				t.Fatalf("%v is no fault", err)
			}
		}
		seen := map[uint32]bool{}
		for _, r := range rows {
			if r.Prefix < home.FirstPrefix || r.Prefix > home.LastPrefix || seen[r.Prefix] || r.Operator == "" || r.Province == "" {
				t.Fatalf("%+v was taken", r)
			}
			seen[r.Prefix] = true
		}
	})
}

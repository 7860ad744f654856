package voice_test

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"yingda/internal/platform/hostile"
	"yingda/internal/platform/sheet"
	"yingda/internal/voice"
)

// groupBook is a workbook as people make it; each line says code, name, owner, note and version.
func groupBook(t testing.TB, lines ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	require.NoError(t, f.SetSheetRow("Sheet1", "A1", &[]any{"代码", "名称", "所属中心代码", "备注", "版本"}))
	for i, l := range lines {
		require.NoError(t, f.SetSheetRow("Sheet1", "A"+strconv.Itoa(i+2), &l))
	}
	var b bytes.Buffer
	require.NoError(t, f.Write(&b))
	return b.Bytes()
}

func (o *office) takeGroups(t testing.TB, ctx context.Context, data []byte, dry bool) *sheet.Report {
	t.Helper()
	report, err := o.ImportGroups(ctx, data, dry)
	require.NoError(t, err)
	require.Equal(t, dry, report.DryRun)
	return report
}

func (o *office) groups(t testing.TB) []voice.Group {
	t.Helper()
	list, err := o.Groups(everywhere(t))
	require.NoError(t, err)
	return list
}

// refusedGroup takes a file that must be refused in its last row, and checks that nothing changed.
func (o *office) refusedGroup(t testing.TB, ctx context.Context, column, code string, lines ...[]any) {
	t.Helper()
	before, acts := o.groups(t), len(o.audited(t, "voice.trunk_group"))
	report := o.takeGroups(t, ctx, groupBook(t, lines...), false)
	require.Equal(t, 1, report.Rejected, "%+v", report.Lines)
	last := report.Lines[len(lines)-1]
	require.Len(t, last.Problems, 1, "%+v", last)
	require.Equal(t, [2]string{column, code}, [2]string{last.Problems[0].Column, last.Problems[0].Code}, "%+v", last)
	require.Equal(t, before, o.groups(t), "one wrong row keeps all out")
	require.Len(t, o.audited(t, "voice.trunk_group"), acts, "and nothing is told")
}

func TestExportedTrunkGroupsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	o := setup(t)
	kept := 0
	for i, text := range hostile.Strings() {
		if i%2 == 0 && i < 450 {
			continue // the list has 500 groups at most
		}
		_, err := o.CreateGroup(everywhere(t), nil, voice.GroupSpec{Code: "g" + strconv.Itoa(i), Name: "局向", Centre: o.guangdong.ID, Note: text})
		if err == nil {
			kept++
		}
	}
	require.Greater(t, kept, 50, "what cannot be kept is refused")
	o.trunk(t, line(o.group(t, "N", o.nation), "全国", "10.0.0.1"))
	before := o.groups(t)
	for _, lang := range []string{sheet.Chinese, sheet.English} {
		for _, who := range []context.Context{everywhere(t), o.at(t, o.guangdong)} {
			var file bytes.Buffer
			require.NoError(t, o.ExportGroups(who, &file, lang))
			report := o.takeGroups(t, who, file.Bytes(), false)
			require.Equal(t, [2]int{kept + 1, kept + 1}, [2]int{report.Rows, report.Same}, "the nation's too, which a province only sees")
		}
	}
	require.Equal(t, before, o.groups(t))
}

func TestAFileMakesAndChangesTrunkGroupsAndTellsWhatItWould(t *testing.T) {
	t.Parallel()
	o := setup(t)
	g := o.group(t, "A", o.nation)
	data := groupBook(t, []any{"A", "新局向", o.guangdong.Code, "=1+1", 1}, []any{"B", "@乙", o.guangdong.Code, "", ""})
	dry := o.takeGroups(t, everywhere(t), data, true)
	require.Equal(t, [4]int{2, 1, 1, 0}, [4]int{dry.Rows, dry.Create, dry.Update, dry.Rejected}, "%+v", dry.Lines)
	require.Equal(t, []string{"name", "centre", "note"}, dry.Lines[0].Changes)
	require.Equal(t, sheet.Value{Column: "centre", Old: o.nation.Code, New: o.guangdong.Code}, dry.Lines[0].Values[1])
	require.Equal(t, []voice.Group{g}, o.groups(t), "it was a trial")

	require.Equal(t, dry.Lines, o.takeGroups(t, everywhere(t), data, false).Lines, "what the trial said")
	list := o.groups(t)
	require.Len(t, list, 2)
	require.Equal(t, voice.GroupSpec{Code: "A", Name: "新局向", Centre: o.guangdong.ID, Note: "=1+1"},
		voice.GroupSpec{Code: list[0].Code, Name: list[0].Name, Centre: list[0].Centre, Note: list[0].Note}, "formulas stay text")
	require.Equal(t, [2]int{2, 1}, [2]int{list[0].Version, list[1].Version})
	require.Equal(t, []string{"voice.trunk_group.create", "voice.trunk_group.create", "voice.trunk_group.import", "voice.trunk_group.update"}, o.audited(t, "voice.trunk_group"))
}

func TestEveryWrongCellOfATrunkGroupIsNamed(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.group(t, "A", o.nation)
	o.group(t, "FJ", o.fujian)
	all, province := everywhere(t), o.at(t, o.guangdong)
	here := o.guangdong.Code
	fine := []any{"B", "乙", here, "", ""}
	o.refusedGroup(t, all, "code", "format", fine, []any{"b c", "丙", here, "", ""})
	o.refusedGroup(t, all, "code", "twice", fine, fine)
	o.refusedGroup(t, all, "name", "required", fine, []any{"C", "", here, "", ""})
	o.refusedGroup(t, all, "centre", "unknown", fine, []any{"C", "丙", "nowhere", "", ""})
	o.refusedGroup(t, all, "version", "format", fine, []any{"A", "别名", o.nation.Code, "", ""})
	o.refusedGroup(t, all, "", voice.ErrChangedMeanwhile.Code, fine, []any{"A", "别名", o.nation.Code, "", 7})
	o.refusedGroup(t, province, "centre", "unknown", fine, []any{"C", "丙", o.fujian.Code, "", ""})
	o.refusedGroup(t, province, "", voice.ErrNotYours.Code, fine, []any{"A", "别名", o.nation.Code, "", 1})
	o.refusedGroup(t, province, "", voice.ErrGroupTaken.Code, fine, []any{"FJ", "抢", here, "", ""})
	_, err := o.ImportGroups(all, []byte("no workbook"), true)
	require.ErrorIs(t, err, sheet.ErrNotAWorkbook)
}

func TestTrunkGroupsGoOutAndInOverHTTP(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.group(t, "A", o.nation)
	c := o.client(t)
	file := c.Get("/api/trunk-groups/export?lang=en").Want(http.StatusOK)
	var report sheet.Report
	c.Post("/api/trunk-groups/import", file.Body, "Content-Type", sheet.ContentType).Want(http.StatusOK).JSON(&report)
	require.True(t, report.DryRun, "a trial unless somebody says otherwise")
	require.Equal(t, 1, report.Same)
	data := groupBook(t, []any{"B", "乙", o.nation.Code, "", ""})
	c.Post("/api/trunk-groups/import?dry_run=false", data, "Content-Type", sheet.ContentType).Want(http.StatusOK).JSON(&report)
	require.Len(t, o.groups(t), 2)
	require.Contains(t, o.audited(t, "voice.trunk_group"), "voice.trunk_group.export")
}

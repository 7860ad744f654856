package numbering_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/numbering"
	"yingda/internal/numbering/home"
	"yingda/internal/platform/hostile"
	"yingda/internal/platform/sheet"
)

func TestPortedNumberIsItsNewOperatorsForItsTime(t *testing.T) {
	t.Parallel()
	c := setup(t)
	ctx := everywhere(t)
	c.read(t, "十一月", file(1540000, 10, "甲"))
	require.NoError(t, c.ActivateSegments(ctx, 1, 0, ""))
	until := c.clock.Now().Add(days(30))
	made, err := c.CreatePorted(ctx, nil, numbering.PortedSpec{Number: "154 0000 0001", Operator: "乙", ValidUntil: &until})
	require.NoError(t, err)
	h := c.homeOf(t, "15400000001")
	require.Equal(t, home.ByPorted, h.Source)
	require.Equal(t, "乙", h.Operator)
	require.Equal(t, "甲", h.SegmentOperator)
	require.Equal(t, "440100", h.City, "the place is the segment's")
	require.Equal(t, "甲", c.homeOf(t, "15400000002").Operator)
	require.Equal(t, "甲", c.Home(phoneOf(t, "15400000001"), until).Operator)

	_, err = c.CreatePorted(ctx, nil, numbering.PortedSpec{Number: "15400000001", Operator: "丙"})
	require.ErrorIs(t, err, numbering.ErrPortedTaken)
	changed, err := c.UpdatePorted(ctx, made.ID, 1, numbering.PortedSpec{Operator: "丁", City: "440300"})
	require.NoError(t, err)
	require.Equal(t, "440000", changed.Province)
	require.Equal(t, "440300", c.homeOf(t, "15400000001").City)
	_, err = c.UpdatePorted(ctx, made.ID, 1, numbering.PortedSpec{Operator: "戊"})
	require.ErrorIs(t, err, numbering.ErrChangedMeanwhile)
	require.ErrorIs(t, c.DeletePorted(ctx, made.ID, 1), numbering.ErrChangedMeanwhile)
	require.NoError(t, c.DeletePorted(ctx, made.ID, 2))
	require.Equal(t, "甲", c.homeOf(t, "15400000001").Operator)
	_, err = c.GetPorted(ctx, made.ID)
	require.ErrorIs(t, err, numbering.ErrNoPorted)
	require.ElementsMatch(t, []string{"numbering.ported.create", "numbering.ported.update", "numbering.ported.delete"}, c.audited(t, "numbering.ported"))
	var kept int
	require.NoError(t, c.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit.entry WHERE to_jsonb(entry)::text LIKE '%15400000001%'`).Scan(&kept))
	require.Zero(t, kept, "the audit has the mask only")
}

func TestEverythingWrongWithAPortedNumberIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	c := setup(t)
	early := c.clock.Now().Add(-days(1))
	_, err := c.CreatePorted(everywhere(t), nil, numbering.PortedSpec{Number: "020 8888 8888", Province: "999999", City: "111111", ValidUntil: &early})
	require.Equal(t, []string{
		"body.number unfitting", "body.operator required", "body.valid_until format", "body.city unknown", "body.province unknown",
	}, fields(t, err, "numbering.invalid_ported_number"))
	_, err = c.CreatePorted(everywhere(t), nil, numbering.PortedSpec{Number: "x", Operator: "甲"})
	require.Equal(t, []string{"body.number letters"}, fields(t, err, "numbering.invalid_ported_number"))
	for _, text := range hostile.Strings() {
		made, err := c.CreatePorted(everywhere(t), nil, numbering.PortedSpec{Number: "15400000001", Operator: text})
		if err != nil {
			require.Subset(t, []string{"body.operator format", "body.operator too_long", "body.operator required"}, fields(t, err, "numbering.invalid_ported_number"), "%q", text)
			continue
		}
		got, err := c.GetPorted(everywhere(t), made.ID)
		require.NoError(t, err)
		require.Equal(t, made.Operator, got.Operator)
		require.NoError(t, c.DeletePorted(everywhere(t), made.ID, 1))
	}
}

func TestPortedNumbersGoOutInFullAndComeBack(t *testing.T) {
	t.Parallel()
	c := setup(t)
	ctx := everywhere(t)
	var in bytes.Buffer
	table := sheet.Table{Key: "ported", ZH: "携号转网号码", EN: "Ported numbers", Columns: []sheet.Column{
		{Key: "number", ZH: "号码", EN: "Number"}, {Key: "operator", ZH: "运营商", EN: "Operator"}, {Key: "valid_from", ZH: "生效时间", EN: "Valid from"},
	}}
	require.NoError(t, table.Write(&in, sheet.Chinese, sheet.Rows(
		[]any{"15400000001", "乙", "2026-11-01 08:00"}, []any{"154 0000 0002", "丙", "2026/11/1"}, []any{"15400000003", "丙", 46327.5})))
	report, err := c.ImportPorted(ctx, in.Bytes(), false)
	require.NoError(t, err)
	require.Equal(t, 3, report.Create, "%+v", report)
	require.Equal(t, 3, c.Tables().Ported)
	list, err := c.ListPorted(ctx, numbering.PortedFilter{Begin: "154 0000 0003"})
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, "2026-11-01T04:00:00Z", list[0].ValidFrom.Format("2006-01-02T15:04:05Z07:00"))

	var out bytes.Buffer
	require.NoError(t, c.ExportPorted(ctx, &out, sheet.English, numbering.PortedFilter{Operator: "丙"}))
	report, err = c.ImportPorted(ctx, out.Bytes(), false)
	require.NoError(t, err)
	require.Equal(t, 2, report.Same, "%+v", report)
	in.Reset()
	require.NoError(t, table.Write(&in, sheet.Chinese, sheet.Rows([]any{"15400000001", "丁", "2026-11-01 08:00"}, []any{"15400000001", "戊", "2026-11-02"}, []any{"abc", "", ""})))
	report, err = c.ImportPorted(ctx, in.Bytes(), false)
	require.NoError(t, err)
	require.Equal(t, 1, report.Update)
	require.Equal(t, 2, report.Rejected)
	require.Equal(t, "****", list[0].Number.String()[6:10])
	got, err := c.ListPorted(ctx, numbering.PortedFilter{Begin: "15400000001"})
	require.NoError(t, err)
	require.Equal(t, "乙", got[0].Operator, "nothing was taken")
	require.ElementsMatch(t, []string{"numbering.ported.create", "numbering.ported.create", "numbering.ported.create", "numbering.ported.import", "numbering.ported.export", "numbering.ported.import"},
		c.audited(t, "numbering.ported"))
}

package numbering_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"yingda/internal/actor"
	"yingda/internal/numbering"
)

func sheetRows(t testing.TB, data []byte) [][]string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	require.NoError(t, err)
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetList()[0])
	require.NoError(t, err)
	return rows
}

func TestVersionsAndTheirChangesGoOut(t *testing.T) {
	t.Parallel()
	c := setup(t)
	ctx := everywhere(t)
	c.read(t, "=1+1", file(1540000, 2500, "甲"))
	require.NoError(t, c.ActivateSegments(ctx, 1, 0, "首次启用"))
	c.read(t, "十二月", file(1540001, 2500, "乙"))
	var b bytes.Buffer
	require.NoError(t, c.ExportVersions(ctx, &b, "en"))
	rows := sheetRows(t, b.Bytes())
	require.Len(t, rows, 3)
	require.Equal(t, []string{"2", "十二月", "十二月.csv", "ready", "2500", "1", "1", "2499", "1", "0", "0"}, rows[1][:11], "newest first, with what it would change")
	require.Equal(t, []string{"1", "=1+1", "=1+1.csv", "in use"}, rows[2][:4], "formulas as text")

	b.Reset()
	require.NoError(t, c.ExportChanges(ctx, &b, "zh-CN", 2))
	rows = sheetRows(t, b.Bytes())
	require.Len(t, rows, 2502, "every change, over several pages")
	require.Equal(t, []string{"1540000", "删除", "440000", "440100", "甲"}, rows[1][:5])
	require.Equal(t, "修改", rows[2][1])
	require.Equal(t, "甲", rows[2][4])
	require.Equal(t, "乙", rows[2][9])
	require.Equal(t, []string{"1542500", "新增"}, rows[2501][:2])

	require.ErrorIs(t, c.ExportChanges(ctx, io.Discard, "en", 9), numbering.ErrNoVersion)
	require.Equal(t, []string{"numbering.segment_version.export", "numbering.segment_version.export"}, c.audited(t, "numbering.segment_version.export"))
	nobody := actor.With(t.Context(), actor.New(actor.Actor{Kind: actor.Person}, nil))
	require.ErrorIs(t, c.ExportVersions(nobody, io.Discard, "en"), actor.ErrDenied)
	require.ErrorIs(t, c.ExportChanges(nobody, io.Discard, "en", 2), actor.ErrDenied)
	require.Len(t, c.audited(t, "numbering.segment_version.export"), 2, "what was refused was not taken")
}

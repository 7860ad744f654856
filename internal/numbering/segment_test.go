package numbering_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/numbering"
	"yingda/internal/numbering/home"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/jobs"
	"yingda/internal/platform/sheet"
)

// file is a CSV of segments of Guangzhou that begin at first.
func file(first, count int, operator string) []byte {
	var b bytes.Buffer
	b.WriteString("号段,省份,城市,运营商,品牌,产品线\n")
	for i := range count {
		fmt.Fprintf(&b, "%d,广东,广州,%s,,\n", first+i, operator)
	}
	return b.Bytes()
}

// read imports a file and runs its job.
func (c *country) read(t testing.TB, name string, data []byte) numbering.SegmentVersion {
	t.Helper()
	v, err := c.ImportSegments(everywhere(t), name, name+".csv", data)
	require.NoError(t, err)
	require.Equal(t, numbering.Reading, v.State)
	require.NoError(t, c.ReadFile(everywhere(t), int32(v.Number)))
	v, err = c.SegmentVersion(everywhere(t), int32(v.Number))
	require.NoError(t, err)
	return v
}

func (c *country) homeOf(t testing.TB, text string) numbering.Home {
	t.Helper()
	return c.Home(phoneOf(t, text), c.clock.Now())
}

func TestVersionComesIntoUseWholeAndCanBeRolledBack(t *testing.T) {
	t.Parallel()
	c := setup(t)
	ctx := everywhere(t)
	first := c.read(t, "十一月", file(1540000, 100, "甲"))
	require.Equal(t, numbering.Ready, first.State)
	require.Equal(t, numbering.Difference{Added: 100}, first.Difference)
	require.Equal(t, home.Unknown, c.homeOf(t, "15400000001").Source, "nothing comes into use by reading")
	require.NoError(t, c.ActivateSegments(ctx, 1, 0, "首次启用"))
	require.Equal(t, "甲", c.homeOf(t, "15400000001").Operator)
	require.Equal(t, 100, c.Tables().Segments)

	second := append(file(1540050, 50, "甲"), file(1540100, 10, "乙")[len("号段,省份,城市,运营商,品牌,产品线\n"):]...)
	v := c.read(t, "十二月", bytes.Replace(second, []byte("1540050,广东,广州,甲"), []byte("1540050,广东,深圳,甲"), 1))
	require.Equal(t, numbering.Difference{Added: 10, Changed: 1, Removed: 50, Same: 49}, v.Difference)
	require.Equal(t, 1, v.BasedOn)
	changes, err := c.SegmentChanges(ctx, 2, 1540048, 3)
	require.NoError(t, err)
	require.Len(t, changes, 3)
	require.Equal(t, "remove", changes[0].Act)
	require.Equal(t, numbering.SegmentChange{
		Prefix: 1540050, Act: "change",
		Old: home.Traits{Province: "440000", City: "440100", Operator: "甲"}, New: home.Traits{Province: "440000", City: "440300", Operator: "甲"},
	}, changes[1])
	require.Equal(t, "add", changes[2].Act)

	require.ErrorIs(t, c.ActivateSegments(ctx, 2, 0, ""), numbering.ErrOtherInUse, "the difference that was looked at was another")
	require.NoError(t, c.ActivateSegments(ctx, 2, 1, ""))
	require.Equal(t, home.Unknown, c.homeOf(t, "15400000001").Source)
	require.Equal(t, "440300", c.homeOf(t, "15400500001").City)
	require.NoError(t, c.ActivateSegments(ctx, 1, 2, "回退"))
	require.Equal(t, "甲", c.homeOf(t, "15400000001").Operator)
	d, inUse, err := c.CompareSegments(ctx, 2)
	require.NoError(t, err)
	require.Equal(t, 1, inUse)
	require.Equal(t, 10, d.Added)
	require.ErrorIs(t, c.ActivateSegments(ctx, 9, 1, ""), numbering.ErrNoVersion)
	require.ElementsMatch(t, []string{
		"numbering.segment_version.import", "numbering.segment_version.read", "numbering.segment_version.activate",
		"numbering.segment_version.import", "numbering.segment_version.read", "numbering.segment_version.activate", "numbering.segment_version.activate",
	}, c.audited(t, "numbering.segment"))
}

func TestFileWithOneWrongRowIsRefusedWhole(t *testing.T) {
	t.Parallel()
	c := setup(t)
	data := append(file(1540000, 300, "甲"), []byte("154,广东,广州,甲,,\n1540001,广东,广州,甲,,\n")...)
	v := c.read(t, "坏文件", data)
	require.Equal(t, numbering.Refused, v.State)
	require.Equal(t, 2, v.Wrong)
	require.Equal(t, []numbering.LineProblem{
		{Line: 302, Problem: sheet.Problem{Column: "segment", Code: "format", Message: "is not the first seven digits of mobile numbers"}},
		{Line: 303, Problem: sheet.Problem{Column: "segment", Code: "double", Message: "is in line 3 already"}},
	}, v.Problems)
	rows, err := c.ListSegments(everywhere(t), 1, "", 0, 10)
	require.NoError(t, err)
	require.Empty(t, rows)
	require.ErrorIs(t, c.ActivateSegments(everywhere(t), 1, 0, ""), numbering.ErrNotReady)

	v = c.read(t, "没有表头", []byte("1540001,广东,广州,甲\n"))
	require.Equal(t, numbering.Refused, v.State)
	require.NotEmpty(t, v.Problems)
}

func TestReadingIsRepeatedFromTheStartAndIgnoredWhenDone(t *testing.T) {
	t.Parallel()
	c := setup(t)
	v := c.read(t, "十一月", file(1540000, 10, "甲"))
	require.NoError(t, c.ReadFile(everywhere(t), int32(v.Number)), "a repeated attempt finds nothing to do")
	rows, err := c.ListSegments(everywhere(t), 1, "1540 00", 1540003, 4)
	require.NoError(t, err)
	require.Len(t, rows, 4)
	require.EqualValues(t, 1540004, rows[0].Prefix)
}

func TestCancelledVersionIsGoneForGood(t *testing.T) {
	t.Parallel()
	c := setup(t)
	ctx := everywhere(t)
	v, err := c.ImportSegments(ctx, "十一月", "a.csv", file(1540000, 10, "甲"))
	require.NoError(t, err)
	require.NoError(t, c.CancelSegments(ctx, int32(v.Number)))
	require.NoError(t, c.ReadFile(ctx, int32(v.Number)))
	v, err = c.SegmentVersion(ctx, 1)
	require.NoError(t, err)
	require.Equal(t, numbering.Cancelled, v.State)
	require.ErrorIs(t, c.CancelSegments(ctx, 1), numbering.ErrNotOpen)
	require.ErrorIs(t, c.ActivateSegments(ctx, 1, 0, ""), numbering.ErrNotReady)
	require.ErrorIs(t, c.CancelSegments(ctx, 2), numbering.ErrNoVersion)
	require.NoError(t, c.Clean(ctx))
	files, err := c.blobs.List(ctx, "numbering/", "", blob.MaxList)
	require.NoError(t, err)
	require.Empty(t, files)
}

func TestOldVersionsAreRemovedAndTheLastThreeKept(t *testing.T) {
	t.Parallel()
	c := setup(t)
	ctx := everywhere(t)
	for n := range int32(6) {
		c.read(t, fmt.Sprint(n), file(1540000+int(n), 10, "甲"))
		require.NoError(t, c.ActivateSegments(ctx, n+1, n, ""))
		c.clock.Advance(time.Hour)
	}
	require.NoError(t, c.Clean(ctx))
	var states []numbering.VersionState
	list, err := c.SegmentVersions(ctx, 0, 50)
	require.NoError(t, err)
	for _, v := range list {
		states = append(states, v.State)
	}
	require.Equal(t, []numbering.VersionState{"active", "retired", "retired", "retired", "removed", "removed"}, states)
	rows, err := c.ListSegments(ctx, 1, "", 0, 1)
	require.NoError(t, err)
	require.Empty(t, rows)
	require.ErrorIs(t, c.ActivateSegments(ctx, 1, 6, ""), numbering.ErrNotReady)
	require.NoError(t, c.ActivateSegments(ctx, 3, 6, "回退"))
	older, err := c.SegmentVersions(ctx, 3, 50)
	require.NoError(t, err)
	require.Len(t, older, 2)
}

func TestWorkerReadsTheFileThatWasHandedIn(t *testing.T) {
	t.Parallel()
	c := setup(t)
	registry := jobs.NewRegistry()
	c.Register(registry)
	worker, err := jobs.New(jobs.Config{Pool: c.pool, Registry: registry, Logger: quiet})
	require.NoError(t, err)
	require.NoError(t, worker.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, worker.Stop(context.WithoutCancel(t.Context()))) })
	v, err := c.ImportSegments(everywhere(t), "十一月", "a.csv", file(1540000, 10, "甲"))
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		v, err = c.SegmentVersion(everywhere(t), int32(v.Number))
		return err == nil && v.State == numbering.Ready
	}, 20*time.Second, 50*time.Millisecond)
	require.Equal(t, 10, v.RowsRead)
}

func TestSegmentsAreTheNations(t *testing.T) {
	t.Parallel()
	c := setup(t)
	ctx := c.at(t, c.guangdong)
	_, err := c.ImportSegments(ctx, "x", "", []byte("x"))
	require.ErrorIs(t, err, numbering.ErrNationalOnly)
	require.ErrorIs(t, c.ActivateSegments(ctx, 1, 0, ""), numbering.ErrNationalOnly)
	require.ErrorIs(t, c.CancelSegments(ctx, 1), numbering.ErrNationalOnly)
	_, err = c.CreatePorted(ctx, nil, numbering.PortedSpec{})
	require.ErrorIs(t, err, numbering.ErrNationalOnly)
	_, err = c.ListPorted(ctx, numbering.PortedFilter{})
	require.ErrorIs(t, err, numbering.ErrNationalOnly)
	_, err = c.SegmentVersions(ctx, 0, 10)
	require.NoError(t, err)
}

func TestEveryProcessFollowsWhatOthersChange(t *testing.T) {
	t.Parallel()
	c := setup(t)
	other := numbering.New(numbering.Config{Pool: c.pool, Organization: c.organization, Blobs: c.blobs, Clock: c.clock})
	require.False(t, other.Tables().Loaded)
	follower := other.Follower()
	require.NoError(t, follower.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, follower.Stop(context.WithoutCancel(t.Context()))) })
	c.read(t, "十一月", file(1540000, 10, "甲"))
	require.NoError(t, c.ActivateSegments(everywhere(t), 1, 0, ""))
	require.Eventually(t, func() bool {
		c.clock.Advance(2 * time.Second)
		return other.Home(phoneOf(t, "15400000001"), c.clock.Now()).Operator == "甲"
	}, 20*time.Second, 20*time.Millisecond)
}

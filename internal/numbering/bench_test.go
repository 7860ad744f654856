package numbering_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/numbering"
)

// BenchmarkImport reads a file of half a million segments, puts it into use and loads it; run it with -benchtime 1x.
func BenchmarkImport(b *testing.B) {
	const n = 500_000
	c := setup(b)
	ctx := everywhere(b)
	var data bytes.Buffer
	data.WriteString("号段,省份,城市,运营商,品牌,产品线\n")
	places := []string{"广东,广州", "广东,深圳", "湖南,长沙", "福建,福州", "浙江,杭州"}
	for i := range n {
		fmt.Fprintf(&data, "%d,%s,甲%d,品牌%d,5G\n", 1_300_000+i, places[i%len(places)], i%4, i%9)
	}
	version := int32(0)
	for b.Loop() {
		version++
		v, err := c.ImportSegments(ctx, "全国", "a.csv", data.Bytes())
		require.NoError(b, err)
		begin := time.Now()
		require.NoError(b, c.ReadFile(ctx, int32(v.Number)))
		b.ReportMetric(time.Since(begin).Seconds(), "read_s")
		got, err := c.SegmentVersion(ctx, int32(v.Number))
		require.NoError(b, err)
		require.Equal(b, numbering.Ready, got.State)
		begin = time.Now()
		require.NoError(b, c.ActivateSegments(ctx, int32(v.Number), version-1, ""))
		b.ReportMetric(time.Since(begin).Seconds(), "use_s")
		begin = time.Now()
		d, _, err := c.CompareSegments(ctx, int32(v.Number))
		require.NoError(b, err)
		require.Equal(b, n, d.Same)
		b.ReportMetric(time.Since(begin).Seconds(), "compare_s")
	}
	require.Equal(b, n, c.Tables().Segments)
	b.ReportMetric(float64(c.Tables().Bytes)/(1<<20), "MiB")
}

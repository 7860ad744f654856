package bench_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/bench"
)

func TestJSONIsExactlyOneObject(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, bench.Result{Name: "x", Metrics: map[string]float64{"a": 1.5}}.PrintJSON(&out))
	d := json.NewDecoder(&out)
	var got map[string]any
	require.NoError(t, d.Decode(&got))
	require.Equal(t, map[string]any{"name": "x", "metrics": map[string]any{"a": 1.5}, "notes": []any{}}, got)
	require.False(t, d.More())
}

func TestQuantileIsTheNearestRank(t *testing.T) {
	t.Parallel()
	require.Zero(t, bench.Quantile(nil, 0.99))
	require.Equal(t, 3.0, bench.Quantile([]float64{3}, 0.5))
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(100 - i)
	}
	require.Equal(t, 99.0, bench.Quantile(hundred, 0.99))
	require.Equal(t, 50.0, bench.Quantile(hundred, 0.5))
	require.Equal(t, 100.0, bench.Quantile(hundred, 1))
}

func TestOwnProcessIsMeasured(t *testing.T) {
	t.Parallel()
	cpu, err := bench.CPUSeconds(os.Getpid())
	require.NoError(t, err)
	require.Less(t, cpu, 600.0)
	mb, err := bench.ResidentMB(os.Getpid())
	require.NoError(t, err)
	require.Greater(t, mb, 1.0)
	_, err = bench.CPUSeconds(1 << 30)
	require.Error(t, err)
}

package bench_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRoutingBenchDecides(t *testing.T) {
	t.Parallel()
	m := small(t, "routing", "--agents", "40", "--skills", "8", "--waiting", "100", "--for", "20ms")
	for _, name := range []string{"decisions_per_s", "decisions_explained_per_s", "decision_p99_us", "calm_decisions_per_s", "us_per_decision_fourfold"} {
		require.Positive(t, m[name], name)
	}
}

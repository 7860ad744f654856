package bench_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"yingda/internal/bench"
	"yingda/internal/platform/postgres/postgrestest"
)

// TestMain lets the test binary serve as its own load generator, as the program does.
func TestMain(m *testing.M) {
	if len(os.Args) > 3 && os.Args[1] == "bench" && os.Args[2] == "load" {
		if err := load(os.Args[3], os.Args[4:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func load(name string, args []string) error {
	all := bench.Loads()
	i := slices.IndexFunc(all, func(l bench.Load) bool { return l.Name == name })
	if i < 0 {
		return fmt.Errorf("no load generator %q", name)
	}
	fs := pflag.NewFlagSet(name, pflag.ContinueOnError)
	all[i].Flags(fs)
	if err := fs.Parse(args); err != nil {
		return err
	}
	return all[i].Run(context.Background(), os.Stdout)
}

// small runs a bench at a size that only shows that it works.
func small(t *testing.T, name string, args ...string) map[string]float64 {
	t.Helper()
	all := bench.All()
	i := slices.IndexFunc(all, func(b bench.Bench) bool { return b.Name == name })
	require.GreaterOrEqual(t, i, 0)
	fs := pflag.NewFlagSet(name, pflag.ContinueOnError)
	all[i].Flags(fs)
	require.NoError(t, fs.Parse(args))
	result, err := all[i].Run(t.Context(), bench.Env{
		Dir: postgrestest.DataDir(t), Self: os.Args[0], Progress: func(string, ...any) {},
	})
	require.NoError(t, err)
	require.Equal(t, name, result.Name)
	return result.Metrics
}

func TestOutboxBenchCountsEveryEventOnce(t *testing.T) {
	t.Parallel()
	m := small(t, "outbox", "--for", "300ms", "--writers", "4", "--backlog", "5000", "--rate", "100")
	require.Positive(t, m["events_per_s"])
	require.Positive(t, m["lag_p99_ms"])
	require.Positive(t, m["backlog_per_s"])
	require.Less(t, m["floor_ratio"], 5.0)
}

func TestTimerBenchFindsNothingDoubledMissingOrEarly(t *testing.T) {
	t.Parallel()
	m := small(t, "timer", "--pending", "2000", "--rate", "200", "--for", "1s")
	require.InDelta(t, 200, m["timers"], 0)
	require.Zero(t, m["doubles"])
	require.Zero(t, m["missing"])
	require.Zero(t, m["early"])
	require.Positive(t, m["p99_late_s"])
}

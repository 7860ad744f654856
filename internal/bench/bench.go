// Package bench measures this installation's mechanisms, so that an operator can compare a machine
// with another and a developer can see what a change costs.
//
// A [Bench] starts its own private engines in a temporary directory and measures at the size that
// docs/performance.md speaks of; smaller sizes only by flag. Its load generator is a separate
// process (the hidden `yingda bench load`), whose CPU is not counted. Figures are CPU-seconds and
// ratios to a floor measured in the same run wherever possible, because machines are shared.
package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// Result is what a bench prints: with --json exactly this object.
type Result struct {
	Name    string             `json:"name"`
	Metrics map[string]float64 `json:"metrics"`
	Notes   []string           `json:"notes"`
}

// Env is what a running bench may use.
type Env struct {
	Dir      string                           // temporary, removed afterwards, reachable by the database's user
	Self     string                           // path of this program, for child processes
	Progress func(format string, args ...any) // a line on standard error
}

// Bench is one measurement.
type Bench struct {
	Name    string
	Summary string
	Flags   func(*pflag.FlagSet) // sizes; nil: none
	Run     func(ctx context.Context, env Env) (Result, error)
}

// Load is one load generator: a process of its own that prints its findings as JSON.
type Load struct {
	Name  string
	Flags func(*pflag.FlagSet)
	Run   func(ctx context.Context, stdout io.Writer) error
}

// Print writes the result for people.
func (r Result) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.Name)
	width := 0
	for name := range r.Metrics {
		width = max(width, len(name))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Metrics)) {
		fmt.Fprintf(&b, "  %-*s  %s\n", width, name, figure(r.Metrics[name]))
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "  * %s\n", note)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// PrintJSON writes exactly one object.
func (r Result) PrintJSON(w io.Writer) error {
	if r.Notes == nil {
		r.Notes = []string{}
	}
	return json.NewEncoder(w).Encode(r)
}

// figure keeps three significant digits below a thousand and none after the point above.
func figure(v float64) string {
	switch {
	case v == float64(int64(v)) || v >= 1000 || v <= -1000:
		return fmt.Sprintf("%.0f", v)
	case v >= 1 || v <= -1:
		return fmt.Sprintf("%.2f", v)
	default:
		return fmt.Sprintf("%.4f", v)
	}
}

// Quantile gives the q-th quantile (0 to 1) of the values, by the nearest-rank definition;
// zero when there are none. It sorts its argument.
func Quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	rank := int(float64(len(values))*q + 0.999999)
	return values[min(max(rank, 1), len(values))-1]
}

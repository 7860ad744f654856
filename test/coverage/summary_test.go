package coverage_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/test/coverage"
)

func TestSummariseCountsPerSectionAndInTotal(t *testing.T) {
	t.Parallel()

	perSection, total := coverage.Summarise(
		[]coverage.Section{{Letter: "A", Title: "First", Size: 3}, {Letter: "B", Title: "Second", Size: 2}},
		[]coverage.Row{
			{Section: "A", State: coverage.Built}, {Section: "A", State: coverage.Partly}, {Section: "A", State: coverage.Open},
			{Section: "B", State: coverage.Built}, {Section: "B", State: coverage.OutOfScope},
		})

	require.Equal(t, []coverage.Count{
		{Section: "A", Title: "First", Built: 1, Partly: 1, Open: 1},
		{Section: "B", Title: "Second", Built: 1, OutOfScope: 1},
	}, perSection)
	require.Equal(t, coverage.Count{Title: "Total", Built: 2, Partly: 1, Open: 1, OutOfScope: 1}, total)
}

func TestShareCountsOnlyWhatIsBuiltAndInScope(t *testing.T) {
	t.Parallel()

	require.InDelta(t, 0.25, coverage.Count{Built: 1, Partly: 1, Open: 2, OutOfScope: 4}.Share(), 1e-9)
	require.Zero(t, coverage.Count{OutOfScope: 4}.Share(), "a section wholly out of scope divides by nothing")
}

func TestWriteTableAlignsColumns(t *testing.T) {
	t.Parallel()

	var out strings.Builder
	err := coverage.WriteTable(&out,
		[]coverage.Count{{Section: "A", Title: "First", Built: 10, Open: 30}, {Section: "B", Title: "Second", OutOfScope: 2}},
		coverage.Count{Title: "Total", Built: 10, Open: 30, OutOfScope: 2})

	require.NoError(t, err)
	require.Equal(t, strings.Join([]string{
		"   section                       built  partly   open  out-of-scope   share",
		"A  First                            10       0     30             0   25.0%",
		"B  Second                            0       0      0             2    0.0%",
		"   Total                            10       0     30             2   25.0%",
		"",
	}, "\n"), out.String())
}

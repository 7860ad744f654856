package coverage_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/test/coverage"
)

const head = "id,section,wording,state,reason,package,test\n"

func TestParseReadsEveryField(t *testing.T) {
	t.Parallel()

	rows, err := coverage.Parse([]byte(head +
		`A-1,A,"One line, quoted",built,,voice/ivr,internal/voice/ivr.TestOne; internal/voice/ivr.TestTwo` + "\n" +
		"A-2,A,Another,open,,routing,\n"))

	require.NoError(t, err)
	require.Equal(t, []coverage.Row{
		{
			ID: "A-1", Section: "A", Wording: "One line, quoted", State: coverage.Built, Package: "voice/ivr",
			Tests: []string{"internal/voice/ivr.TestOne", "internal/voice/ivr.TestTwo"},
		},
		{ID: "A-2", Section: "A", Wording: "Another", State: coverage.Open, Package: "routing"},
	}, rows)
}

func TestParseRefusesWhatToolsReadDifferently(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct{ text, want string }{
		"empty file":       {"", "first line must be"},
		"other header":     {strings.Replace(head, "reason", "why", 1), "first line must be"},
		"byte order mark":  {"\ufeff" + head, "first line must be"},
		"carriage returns": {strings.ReplaceAll(head, "\n", "\r\n"), "line feed alone"},
		"not UTF-8":        {head + "A-1,A,\xff,open,,routing,\n", "not UTF-8"},
		"missing field":    {head + "A-1,A,Words,open,,routing\n", "wrong number of fields"},
		"open quote":       {head + "A-1,A,\"Words,open,,routing,\n", "extraneous or missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := coverage.Parse([]byte(tt.text))

			require.ErrorContains(t, err, tt.want)
		})
	}
}

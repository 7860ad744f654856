package httpapi_test

import (
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// onlyReader hides the length of a body, so that it is sent chunked.
type onlyReader struct{ io.Reader }

// newSlowBody is a body whose first byte comes and whose rest does not, until feed is called.
func newSlowBody() (body io.Reader, feed func()) {
	r, w := io.Pipe()
	go func() { _, _ = w.Write([]byte("{")) }() // ends when the transport closes r
	return onlyReader{r}, func() { _ = w.Close() }
}

// moduleDir finds where a dependency's source lies.
func moduleDir(t *testing.T, module string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

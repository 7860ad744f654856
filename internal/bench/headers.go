package bench

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

const headersHelp = "file with one header a line, each of one person; connections take them in turn"

// headers are those of several people. Load generators get them in a file, because arguments can be read by
// everybody on the machine.
type headers []http.Header

// of gives the header of the i-th connection; nil when there are none.
func (h headers) of(i int) http.Header {
	if len(h) == 0 {
		return nil
	}
	return h[i%len(h)]
}

func readHeaders(file string) (headers, error) {
	if file == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var list headers
	for line := range strings.Lines(string(raw)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			return nil, fmt.Errorf("%s: not a header: one line has no colon", file)
		}
		list = append(list, http.Header{http.CanonicalHeaderKey(name): {value}})
	}
	return list, nil
}

// writeHeaders puts headers into a file of the bench's own directory.
func writeHeaders(dir, name string, lines ...string) (string, error) {
	file := filepath.Join(dir, name)
	return file, os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600)
}

// Package coverage keeps the list of requirements honest.
//
// docs/coverage.csv has one row per requirement and says how far it is built, which
// package owns it and which test proves it. Parse reads that file, Validate compares it
// with the source tree, Summarise counts it per section. All three are pure: the tree is
// an fs.FS, so the tests can hand in a small made-up one.
package coverage

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// File is the path of the list inside the source tree.
const File = "docs/coverage.csv"

// State says how far a requirement is met.
type State string

// The closed list of states.
const (
	Built      State = "built"        // done and proved by a test
	Partly     State = "partly"       // something works; the reason says what is missing
	Open       State = "open"         // not begun, or nothing to show yet
	OutOfScope State = "out-of-scope" // will not be built; the reason says why
)

// Row is one requirement.
type Row struct {
	ID      string
	Section string
	Wording string
	State   State
	Reason  string
	Package string   // folder below internal/ (or docs, test, web, cmd), or page:/route
	Tests   []string // what proves it
}

var header = []string{"id", "section", "wording", "state", "reason", "package", "test"}

// Parse reads the CSV text. It accepts only what every tool reads alike: UTF-8 without a
// byte order mark, line feeds, the exact header and seven fields in each row.
func Parse(text []byte) ([]Row, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("coverage: text is not UTF-8")
	}
	if bytes.ContainsRune(text, '\r') {
		return nil, errors.New("coverage: lines must end with a line feed alone")
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = len(header)
	records, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("coverage: %w", err)
	}
	if len(records) == 0 || !slices.Equal(records[0], header) {
		return nil, fmt.Errorf("coverage: first line must be %s", strings.Join(header, ","))
	}
	rows := make([]Row, 0, len(records)-1)
	for _, f := range records[1:] {
		rows = append(rows, Row{
			ID: f[0], Section: f[1], Wording: f[2], State: State(f[3]),
			Reason: f[4], Package: f[5], Tests: splitTests(f[6]),
		})
	}
	return rows, nil
}

// splitTests cuts "a; b" into its parts. An empty field is no test at all.
func splitTests(field string) []string {
	if strings.TrimSpace(field) == "" {
		return nil
	}
	parts := strings.Split(field, ";")
	for i, p := range parts {
		parts[i] = strings.TrimSpace(p)
	}
	return parts
}

// Package hostile holds text that breaks careless programs, for tests of everything that takes text from
// people. It is imported by tests only.
//
// The strings are the Big List of Naughty Strings by Max Woolf (MIT, testdata/naughty-strings-LICENSE.txt).
package hostile

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

//go:embed testdata/naughty-strings.json
var list []byte

// Strings gives the naughty strings: script, SQL and shell fragments, right-to-left and zero-width
// characters, numbers in disguise, an empty string. The slice is the caller's.
func Strings() []string {
	var all []string
	if err := json.Unmarshal(list, &all); err != nil {
		return []string{fmt.Sprintf("the embedded list is broken: %v", err)} // its own test fails
	}
	return all
}

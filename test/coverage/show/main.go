// Command show prints how many requirements are built, section by section.
//
// Run it in the root of the source tree: go run ./test/coverage/show
package main

import (
	"fmt"
	"io"
	"os"

	"yingda/test/coverage"
)

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "show:", err)
		os.Exit(1)
	}
}

func run(w io.Writer) error {
	text, err := os.ReadFile(coverage.File)
	if err != nil {
		return err
	}
	rows, err := coverage.Parse(text)
	if err != nil {
		return err
	}
	perSection, total := coverage.Summarise(coverage.Sections(), rows)
	return coverage.WriteTable(w, perSection, total)
}

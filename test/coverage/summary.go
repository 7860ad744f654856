package coverage

import (
	"fmt"
	"io"
)

// Count says how many rows of a section are in each state.
type Count struct {
	Section    string
	Title      string
	Built      int
	Partly     int
	Open       int
	OutOfScope int
}

// InScope is the number of rows that the product has to meet.
func (c Count) InScope() int { return c.Built + c.Partly + c.Open }

// Share is the part of the rows in scope that are built, from 0 to 1. A row that is
// partly built does not count: half a promise cannot be used.
func (c Count) Share() float64 {
	if c.InScope() == 0 {
		return 0
	}
	return float64(c.Built) / float64(c.InScope())
}

func (c *Count) add(s State) {
	switch s {
	case Built:
		c.Built++
	case Partly:
		c.Partly++
	case Open:
		c.Open++
	case OutOfScope:
		c.OutOfScope++
	}
}

// Summarise counts the rows per section, in the order of the catalogue, and in total.
func Summarise(sections []Section, rows []Row) (perSection []Count, total Count) {
	total.Title = "Total"
	index := make(map[string]int, len(sections))
	for i, s := range sections {
		index[s.Letter] = i
		perSection = append(perSection, Count{Section: s.Letter, Title: s.Title})
	}
	for _, r := range rows {
		if i, ok := index[r.Section]; ok {
			perSection[i].add(r.State)
			total.add(r.State)
		}
	}
	return perSection, total
}

// WriteTable writes the counts as an aligned table with the total below it.
func WriteTable(w io.Writer, perSection []Count, total Count) error {
	const head, line = "%-2s %-28s %6s %7s %6s %13s %7s\n", "%-2s %-28s %6d %7d %6d %13d %6.1f%%\n"
	if _, err := fmt.Fprintf(w, head, "", "section", "built", "partly", "open", "out-of-scope", "share"); err != nil {
		return err
	}
	for _, c := range append(perSection[:len(perSection):len(perSection)], total) {
		_, err := fmt.Fprintf(w, line, c.Section, c.Title, c.Built, c.Partly, c.Open, c.OutOfScope, 100*c.Share())
		if err != nil {
			return err
		}
	}
	return nil
}

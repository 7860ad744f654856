package metric

import (
	"slices"
	"time"
)

// Unit is how a figure is written.
type Unit string

// The units.
const (
	Count   Unit = "count"
	Percent Unit = "percent" // Value is 0 to 100
	Seconds Unit = "seconds"
	Hours   Unit = "hours"
	Erlang  Unit = "erlang"
	Bytes   Unit = "bytes"
	Score   Unit = "score" // mean opinion score, 1 to 4.5
)

// Better says in which direction a figure improves.
type Better string

// The directions.
const (
	Neither Better = ""
	Higher  Better = "higher"
	Lower   Better = "lower"
)

// Data is everything that a formula may look at.
type Data struct {
	Tally   Tally
	Shift   Shift
	Line    Line
	Archive Archive
	Period  time.Duration // of the report; for traffic
}

// Formula is one way to make a figure. ID never changes its meaning: another way to count is another id, a corrected
// one a higher Version.
type Formula struct {
	ID      string
	Version int
	Unit    Unit
	Better  Better
	ZH, EN  Text
	Source  string // where the formula stands
	value   func(d Data) (float64, bool)
}

// Text is a formula in one language.
type Text struct {
	Name    string // as a column's head
	Formula string // in the field's notation
	Note    string // what is in, what is out; may be empty
}

// Figure is a value with where it comes from.
type Figure struct {
	Formula string  `json:"formula"`
	Version int     `json:"version"`
	Unit    Unit    `json:"unit"`
	Value   float64 `json:"value"`
	Known   bool    `json:"known"` // false: there is nothing to divide by, and no figure
	Rules   Rules   `json:"rules"`
}

// Of computes the formula.
func (f Formula) Of(d Data) Figure {
	v, ok := f.value(d)
	if !ok {
		v = 0
	}
	return Figure{Formula: f.ID, Version: f.Version, Unit: f.Unit, Value: v, Known: ok, Rules: d.Tally.Rules}
}

// All gives every formula in the order in which people read them.
func All() []Formula {
	return slices.Concat(serviceLevels(), waits(), losses(), volumes(), agents(), lines(), archives())
}

// Get gives a formula by its id.
func Get(id string) (Formula, bool) {
	for _, f := range All() {
		if f.ID == id {
			return f, true
		}
	}
	return Formula{}, false
}

// share is part of whole in per cent.
func share(part, whole int) (float64, bool) {
	if whole <= 0 {
		return 0, false
	}
	return 100 * float64(part) / float64(whole), true
}

// ratio is part of whole in per cent.
func ratio(part, whole time.Duration) (float64, bool) {
	if whole <= 0 {
		return 0, false
	}
	return 100 * part.Seconds() / whole.Seconds(), true
}

// mean is a sum of times over a number of them, in seconds.
func mean(sum time.Duration, n int) (float64, bool) {
	if n <= 0 {
		return 0, false
	}
	return sum.Seconds() / float64(n), true
}

func count(n int) (float64, bool) { return float64(n), true }

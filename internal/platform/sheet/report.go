package sheet

import (
	"strings"

	"yingda/internal/platform/fault"
)

// What an import does with a line.
const (
	Create = "create"
	Update = "update"
	Same   = "same" // as it is already
	Reject = "reject"
)

// Report says what an import did, or would do when DryRun. An import is applied whole or not at all: with
// anything rejected, nothing is.
type Report struct {
	DryRun   bool   `json:"dry_run" doc:"Nothing was changed: this is what would happen"`
	Rows     int    `json:"rows"`
	Create   int    `json:"create"`
	Update   int    `json:"update"`
	Same     int    `json:"same" doc:"Rows that are as they are already"`
	Rejected int    `json:"rejected" doc:"Rows that cannot be taken; with one or more of them nothing is imported"`
	Lines    []Line `json:"lines"`
}

// Line is what becomes of one row of the file.
type Line struct {
	Line     int       `json:"line" doc:"Number of the row in the file"`
	Label    string    `json:"label" doc:"How people call the thing: its number or code"`
	Action   string    `json:"action" enum:"create,update,same,reject"`
	Problems []Problem `json:"problems" doc:"Why it is rejected"`
	Changes  []string  `json:"changes" doc:"Keys of the columns that change"`
	Values   []Value   `json:"values,omitempty" doc:"What stood and will stand in columns that change, where the import tells that"`
}

// Value is what a change makes of one value. Old empty: it is added; New empty: it is taken away.
type Value struct {
	Column string `json:"column" doc:"Key of the column"`
	Old    string `json:"old"`
	New    string `json:"new"`
}

// Problem is what is wrong with one value.
type Problem struct {
	Column  string `json:"column" doc:"Key of the column; empty for the row as a whole"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// NewReport begins a report.
func NewReport(dryRun bool) *Report { return &Report{DryRun: dryRun, Lines: []Line{}} }

// Add notes what becomes of a line. A line with problems counts as rejected whatever its action.
func (r *Report) Add(l Line) {
	if len(l.Problems) > 0 {
		l.Action = Reject
	}
	if l.Problems == nil {
		l.Problems = []Problem{}
	}
	if l.Changes == nil {
		l.Changes = []string{}
	}
	r.Rows++
	switch l.Action {
	case Create:
		r.Create++
	case Update:
		r.Update++
	case Same:
		r.Same++
	default:
		l.Action = Reject
		r.Rejected++
	}
	r.Lines = append(r.Lines, l)
}

// Problems makes problems of a fault: one per field, named by the last part of its place ("body.number" is
// the column number), or one for the row. An error that is no fault gives none: it is not about the row.
func Problems(err error) []Problem {
	f, ok := fault.As(err)
	if !ok {
		return nil
	}
	if len(f.Fields) == 0 {
		return []Problem{{Code: f.Code, Message: f.Message}}
	}
	var list []Problem
	for _, field := range f.Fields {
		list = append(list, Problem{Column: field.Location[strings.LastIndexByte(field.Location, '.')+1:], Code: field.Code, Message: field.Message})
	}
	return list
}

// Missing names the required columns that are empty in the row.
func (t Table) Missing(r Row) []Problem {
	var list []Problem
	for _, c := range t.Columns {
		if c.Required && r.Get(c.Key) == "" {
			list = append(list, Problem{Column: c.Key, Code: "sheet.required", Message: "is missing"})
		}
	}
	return list
}

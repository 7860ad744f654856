// Package health tells in words what is wrong with this installation and what to do about it.
//
// Every part registers a [Component] with a check. A check returns findings; each finding points at
// a [Warning], which is data: a stable code, a severity, and in Chinese and English a title, a cause
// and a remedy. The health page, /readyz, `yingda doctor` and the metrics all read the same [Report].
// Texts live here and not in the page's catalogues, because doctor speaks without a page.
package health

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
)

// Severity orders findings; the worst one is the installation's status.
type Severity string

// The severities, from quiet to loud.
const (
	OK      Severity = "ok"
	Info    Severity = "info"    // worth knowing; nothing to do
	Caution Severity = "warning" // works, but someone should act soon
	Fault   Severity = "fault"   // something does not work
)

func (s Severity) rank() int {
	return slices.Index([]Severity{OK, Info, Caution, Fault}, s)
}

// Language selects one of the two complete sets of texts.
type Language string

// The languages; anything else is answered in Chinese, the language of the centre.
const (
	Chinese Language = "zh-CN"
	English Language = "en"
)

// Text is what a person reads. {name} is replaced by the finding's parameter of that name.
type Text struct{ Title, Cause, Remedy string }

// Warning is one thing that can be wrong. Its code never changes once released.
type Warning struct {
	Code     string // component.reason
	Severity Severity
	Chinese  Text
	English  Text
}

// Found makes a finding of the warning; params are name, value, name, value.
func (w *Warning) Found(params ...string) Finding {
	f := Finding{Warning: w}
	for i := 0; i+1 < len(params); i += 2 {
		f.Params = append(f.Params, Param{params[i], params[i+1]})
	}
	return f
}

// Param is one value shown with a finding. It must not be personal data.
type Param struct{ Name, Value string }

// Finding is a warning that applies now.
type Finding struct {
	Warning *Warning
	Params  []Param
}

// Component is a part that can be asked how it is.
type Component struct {
	Name     string     // stable, as in docs/architecture.md: "postgres"
	Chinese  string     // the sentence when all is well: 数据库可用
	English  string     // the same: "The database answers"
	Required bool       // a fault of this component makes /readyz answer 503
	Warnings []*Warning // everything Check may find, so that texts can be tested and listed
	Check    func(ctx context.Context) []Finding
}

// Line is one line of a report, in one language.
type Line struct {
	Code      string
	Component string
	Severity  Severity
	Text
	Since   time.Time
	Details []Param
}

// Report is the state of the whole installation as seen by this node.
type Report struct {
	Status Severity
	Ready  bool
	At     time.Time
	states []state
}

type state struct {
	component *Component
	finding   Finding // Warning nil: all is well
	since     time.Time
}

func (s state) severity() Severity {
	if s.finding.Warning == nil {
		return OK
	}
	return s.finding.Warning.Severity
}

func (s state) code() string {
	if s.finding.Warning == nil {
		return s.component.Name + ".ok"
	}
	return s.finding.Warning.Code
}

// Lines gives the report in one language, worst first.
func (r Report) Lines(lang Language) []Line {
	lines := make([]Line, 0, len(r.states))
	for _, s := range r.states {
		lines = append(lines, Line{
			Code: s.code(), Component: s.component.Name, Severity: s.severity(),
			Text: s.text(lang), Since: s.since, Details: s.finding.Params,
		})
	}
	slices.SortStableFunc(lines, func(a, b Line) int { return cmp.Compare(b.Severity.rank(), a.Severity.rank()) })
	return lines
}

func (s state) text(lang Language) Text {
	var t Text
	switch w := s.finding.Warning; {
	case w == nil && lang == English:
		return Text{Title: s.component.English}
	case w == nil:
		return Text{Title: s.component.Chinese}
	case lang == English:
		t = w.English
	default:
		t = w.Chinese
	}
	for _, p := range s.finding.Params {
		hole := "{" + p.Name + "}"
		t.Title = strings.ReplaceAll(t.Title, hole, p.Value)
		t.Cause = strings.ReplaceAll(t.Cause, hole, p.Value)
		t.Remedy = strings.ReplaceAll(t.Remedy, hole, p.Value)
	}
	return t
}

package approval

import (
	"strings"
	"unicode/utf8"

	"yingda/internal/platform/fault"
)

const (
	maxText     = 1000 // of reasons, comments and remarks, in characters
	maxLabel    = 200
	maxEvidence = 10
)

// words trims free text and records what is wrong with it. Text stays as it was typed otherwise.
func words(f *fault.Fields, location, s string, needed bool, limit int) string {
	s = strings.TrimSpace(s)
	switch {
	case s == "" && needed:
		f.Add(location, "required", "is needed")
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		f.Add(location, "bad_characters", "holds characters that cannot be stored")
	case utf8.RuneCountInString(s) > limit:
		f.Add(location, "too_long", "is too long")
	}
	return s
}

// normalise trims and checks a wish; the fault names every field.
func (a Ask) normalise() (Ask, error) {
	var f fault.Fields
	a.Reason = words(&f, "body.reason", a.Reason, true, maxText)
	a.Object.ID = words(&f, "object.id", a.Object.ID, false, maxLabel)
	a.Object.Label = words(&f, "object.label", a.Object.Label, true, maxLabel)
	evidence := make([]string, 0, len(a.Evidence))
	for _, e := range a.Evidence {
		if e = words(&f, "body.evidence", e, false, maxLabel); e != "" {
			evidence = append(evidence, e)
		}
	}
	a.Evidence = evidence
	f.Check(len(evidence) <= maxEvidence, "body.evidence", "too_many", "at most ten references")
	return a, f.Err(errRequest.Code, errRequest.Message)
}

// normalise trims and checks a decision.
func (d Decision) normalise() (Decision, error) {
	var f fault.Fields
	d.Comment = words(&f, "body.comment", d.Comment, !d.Approve, maxText)
	return d, f.Err(errDecision.Code, errDecision.Message)
}

// likeText makes what a person typed safe within a LIKE pattern.
func likeText(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.TrimSpace(s))
}

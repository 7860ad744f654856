package codetree

import (
	"strings"
	"unicode/utf8"
)

// maxName bounds a name, in characters.
const maxName = 100

// namesOf checks the codes and names of a layer.
func namesOf(mine int, layer Layer) []Problem {
	var problems []Problem
	report := func(code string, r Reason) { problems = append(problems, Problem{mine, code, r}) }
	for _, n := range layer.Nodes {
		if !codeForm.MatchString(n.Code) {
			report(n.Code, BadCode)
		}
		if n.ZH == "" {
			report(n.Code, NoName)
		}
		if r := judge(n.ZH, n.EN); r != "" {
			report(n.Code, r)
		}
	}
	for _, r := range layer.Refinements {
		if reason := judge(r.ZH, r.EN); reason != "" {
			report(r.Code, reason)
		}
	}
	return problems
}

func judge(names ...string) Reason {
	for _, s := range names {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			return BadCharacter
		}
		if utf8.RuneCountInString(s) > maxName {
			return LongName
		}
	}
	return ""
}

// Trim takes spaces off the ends of everything that people type.
func (l Layer) Trim() Layer {
	for i := range l.Nodes {
		n := &l.Nodes[i]
		n.Code, n.Parent, n.ZH, n.EN = strings.TrimSpace(n.Code), strings.TrimSpace(n.Parent), strings.TrimSpace(n.ZH), strings.TrimSpace(n.EN)
	}
	for i := range l.Refinements {
		r := &l.Refinements[i]
		r.Code, r.ZH, r.EN = strings.TrimSpace(r.Code), strings.TrimSpace(r.ZH), strings.TrimSpace(r.EN)
	}
	if l.Nodes == nil {
		l.Nodes = []Node{}
	}
	if l.Refinements == nil {
		l.Refinements = []Refinement{}
	}
	return l
}

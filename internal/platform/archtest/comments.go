package archtest

import (
	"fmt"
	"go/ast"
	"regexp"
	"strings"
)

// checkPackageComment: a newcomer opens a package and reads what it is for.
func checkPackageComment(t *Tree) []Finding {
	var found []Finding
	for _, p := range t.Packages {
		first := p.Files[0]
		generated, commented := true, false
		for _, f := range p.Files {
			generated = generated && ast.IsGenerated(f.AST)
			commented = commented || describes(f)
			if first.Test && !f.Test {
				first = f
			}
		}
		if !generated && !commented {
			found = append(found, t.found(first, first.AST.Name.Pos(), "the package "+p.Dir+" has no comment",
				"write above one package clause (doc.go when it keeps state) what it is for, and why it is built so: // Package x ..."))
		}
	}
	return found
}

// describes reports a package comment that is a sentence in the usual form.
func describes(f *File) bool {
	text := strings.TrimSpace(f.AST.Doc.Text())
	if f.AST.Name.Name == "main" {
		return text != ""
	}
	return strings.HasPrefix(text, "Package "+f.AST.Name.Name+" ")
}

var (
	todoWord  = regexp.MustCompile(`\b(TODO|FIXME|XXX|HACK)\b`)
	todoIssue = regexp.MustCompile(`^TODO\(#[0-9]+\)`)
)

// checkTodo: what is left open has an issue, or it is forgotten.
func checkTodo(t *Tree) []Finding {
	var found []Finding
	for _, p := range t.Packages {
		for _, f := range p.Files {
			if ast.IsGenerated(f.AST) {
				continue
			}
			for _, group := range f.AST.Comments {
				for _, c := range group.List {
					found = append(found, todos(f.Path, t.line(c.Pos()), c.Text)...)
				}
			}
		}
	}
	for _, s := range t.SQL {
		for i, comment := range s.Comments {
			found = append(found, todos(s.Path, i, comment)...)
		}
	}
	return found
}

// todos finds loose ends in a comment that begins on the line given.
func todos(file string, line int, comment string) []Finding {
	var found []Finding
	for offset, text := range strings.Split(comment, "\n") {
		for _, at := range todoWord.FindAllStringIndex(text, -1) {
			if !todoIssue.MatchString(text[at[0]:]) {
				found = append(found, Finding{File: file, Line: line + offset,
					Problem: fmt.Sprintf("%s without an issue", text[at[0]:at[1]]),
					Remedy:  "do it now, or write the number of the issue: TODO(#12): what and when"})
			}
		}
	}
	return found
}

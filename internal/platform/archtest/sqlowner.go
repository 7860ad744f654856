package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"strings"
)

// write finds the table that a statement writes to. "FOR UPDATE OF x" and "DO UPDATE SET" name none.
var write = regexp.MustCompile(`(?i)\b(insert\s+into|delete\s+from|merge\s+into|truncate(?:\s+table)?|update|copy)\s+(?:only\s+)?([a-z_][a-z0-9_]*)(?:\s*\.\s*([a-z_][a-z0-9_]*))?`)

// sets follows the table of an update, with or without an alias.
var sets = regexp.MustCompile(`(?i)^(?:\s+as)?(?:\s+[a-z_][a-z0-9_]*)?\s+set\b`)

// temporary is where a session's own tables live.
const temporary = "pg_temp"

// schemasOf gives the schemas that a package owns: the one with its room's name, and what is called otherwise.
func schemasOf(p Place) []string {
	switch {
	case p.Kind == Platform && p.Room == "jobs":
		return []string{"jobs", "river"}
	case p.Kind == Domain, p.Kind == Platform:
		return []string{p.Room}
	}
	return nil
}

// knownSchemas are those that some package of the tree owns.
func (t *Tree) knownSchemas() map[string]bool {
	known := map[string]bool{}
	for _, p := range t.Packages {
		for _, s := range schemasOf(p.Place) {
			known[s] = true
		}
	}
	return known
}

// checkSQLOwner: only the owner of a schema writes to it; others ask it, or read.
func checkSQLOwner(t *Tree) []Finding {
	var found []Finding
	for _, s := range t.SQL {
		if s.Migration {
			continue
		}
		for _, st := range s.Statements {
			for _, m := range write.FindAllStringSubmatchIndex(st.Text, -1) {
				verb, schema, table := part(st.Text, m, 1), part(st.Text, m, 2), part(st.Text, m, 3)
				if table == "" && !isWrite(verb, schema, st.Text[m[1]:]) {
					continue
				}
				line := st.Line + strings.Count(st.Text[:m[4]], "\n")
				found = append(found, wrongOwner(s, line, schema, table)...)
			}
		}
	}
	known := t.knownSchemas()
	t.product(func(f *File) { found = append(found, t.writesOf(f, known)...) })
	return found
}

func part(text string, m []int, group int) string {
	if m[2*group] < 0 {
		return ""
	}
	return strings.ToLower(text[m[2*group]:m[2*group+1]])
}

// isWrite tells a write without schema from a clause: "for update of x", "do update set".
func isWrite(verb, name, rest string) bool {
	return verb != "update" || name != "set" && sets.MatchString(rest)
}

func wrongOwner(s *Script, line int, schema, table string) []Finding {
	switch {
	case table == "":
		return []Finding{{File: s.Path, Line: line, Problem: "a write to " + schema + " without its schema",
			Remedy: "write schema.table, so that the reader and this test see whose it is (pg_temp.x for a temporary table)"}}
	case schema == temporary || owns(s.Place, schema):
		return nil
	}
	return []Finding{{File: s.Path, Line: line, Problem: fmt.Sprintf("%s writes to %s.%s", s.Place.Dir, schema, table), Remedy: askOwner(schema)}}
}

func askOwner(schema string) string {
	return "only " + schema + " writes its tables: call its service, or publish an event that it consumes; reading a table above is allowed"
}

func owns(p Place, schema string) bool {
	if p.Kind == Beside && p.Room == "bench" {
		return true // a bench fills private databases of its own, by the million
	}
	for _, s := range schemasOf(p) {
		if s == schema {
			return true
		}
	}
	return false
}

// writesOf looks into a Go file's strings for writes to a schema that somebody else owns, and into pgx.Identifier.
func (t *Tree) writesOf(f *File, known map[string]bool) []Finding {
	var found []Finding
	foreign := func(schema, table string, at token.Pos) {
		if known[schema] && !owns(f.Package.Place, schema) {
			found = append(found, t.found(f, at, fmt.Sprintf("%s writes to %s.%s", f.Package.Dir, schema, table), askOwner(schema)))
		}
	}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			text, err := strconv.Unquote(n.Value)
			if n.Kind != token.STRING || err != nil {
				return true
			}
			for _, m := range write.FindAllStringSubmatchIndex(text, -1) {
				if schema, table := part(text, m, 2), part(text, m, 3); table != "" {
					foreign(schema, table, n.Pos())
				}
			}
		case *ast.CallExpr:
			if schema, table, ok := copied(n); ok {
				foreign(schema, table, n.Pos())
			}
		}
		return true
	})
	return found
}

// copied reads the target of x.CopyFrom(ctx, pgx.Identifier{"schema", "table"}, ...).
func copied(call *ast.CallExpr) (schema, table string, ok bool) {
	fn, isSelector := call.Fun.(*ast.SelectorExpr)
	if !isSelector || fn.Sel.Name != "CopyFrom" {
		return "", "", false
	}
	for _, arg := range call.Args {
		list, isList := arg.(*ast.CompositeLit)
		if !isList || len(list.Elts) != 2 {
			continue
		}
		first, ok1 := list.Elts[0].(*ast.BasicLit)
		second, ok2 := list.Elts[1].(*ast.BasicLit)
		if ok1 && ok2 {
			return strings.Trim(first.Value, `"`), strings.Trim(second.Value, `"`), true
		}
	}
	return "", "", false
}

package archtest

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

var (
	migrationName = regexp.MustCompile(`^[0-9]{14}_[a-z0-9_]+\.sql$`)
	makesSchema   = regexp.MustCompile(`(?i)^create\s+schema\s+(?:if\s+not\s+exists\s+)?([a-z_0-9]+)`)
	// makes finds the object that a statement makes, changes or drops; an index is made where its table is.
	makes = regexp.MustCompile(`(?is)^(?:create(?:\s+or\s+replace)?|alter|drop)\s+(?:unlogged\s+|temporary\s+|temp\s+|materialized\s+)?` +
		`(table|view|type|domain|sequence|function|procedure|index)\s+(?:concurrently\s+)?(?:if\s+(?:not\s+)?exists\s+)?(?:only\s+)?` +
		`([a-z_0-9]+)(?:\s*\.\s*([a-z_0-9]+))?`)
	makesOn = regexp.MustCompile(`(?is)^(?:create(?:\s+or\s+replace)?|drop)\s+(?:unique\s+|constraint\s+)*(index|trigger)\b.*?\bon\s+(?:only\s+)?` +
		`([a-z_0-9]+)(?:\s*\.\s*([a-z_0-9]+))?`)
)

// checkMigrations: named by time, upward only, and every object in the schema of a package.
func checkMigrations(t *Tree) []Finding {
	known := t.knownSchemas()
	var found []Finding
	for _, s := range t.SQL {
		if !s.Migration {
			continue
		}
		if path.Dir(s.Path) == "migrations" && path.Base(s.Path) != "schema.sql" {
			found = append(found, wellFormed(s)...)
		}
		for _, st := range s.Statements {
			if schema, object := target(st.Text); object != "" && !known[schema] {
				problem := fmt.Sprintf("%s is made in the schema %q, which no package owns", object, schema)
				if schema == "" {
					problem = object + " is named without a schema"
				}
				found = append(found, Finding{File: s.Path, Line: st.Line, Problem: problem,
					Remedy: "the schema has the name of the package that owns the table"})
			}
		}
	}
	return found
}

func wellFormed(s *Script) []Finding {
	var found []Finding
	if !migrationName.MatchString(path.Base(s.Path)) {
		found = append(found, Finding{File: s.Path, Line: 1, Problem: "the name of a migration has another form",
			Remedy: "YYYYMMDDHHMMSS_what_it_does.sql"})
	}
	up := false
	for line, c := range s.Comments {
		up = up || strings.HasPrefix(c, "-- +goose Up")
		if strings.HasPrefix(c, "-- +goose Down") {
			found = append(found, Finding{File: s.Path, Line: line, Problem: "a migration that goes down",
				Remedy: "migrations only go up: expand, then contract in a later release"})
		}
	}
	if !up {
		found = append(found, Finding{File: s.Path, Line: 1, Problem: "no -- +goose Up", Remedy: "begin the file with it"})
	}
	return found
}

// target gives the schema and the object that a statement of a migration makes or changes; object is "" for all else.
func target(statement string) (schema, object string) {
	if m := makesSchema.FindStringSubmatch(statement); m != nil {
		return strings.ToLower(m[1]), "schema " + m[1]
	}
	if m := makesOn.FindStringSubmatch(statement); m != nil {
		return qualified(m[1], m[2], m[3])
	}
	if m := makes.FindStringSubmatch(statement); m != nil {
		return qualified(m[1], m[2], m[3])
	}
	return "", ""
}

func qualified(what, first, second string) (schema, object string) {
	if second == "" {
		return "", strings.ToLower(what + " " + first)
	}
	return strings.ToLower(first), strings.ToLower(what + " " + first + "." + second)
}

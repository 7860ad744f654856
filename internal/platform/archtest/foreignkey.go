package archtest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// noIndex is the comment that says why a foreign key needs none.
const noIndex = "-- no index:"

var (
	tableHead   = regexp.MustCompile(`(?is)^create\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?([a-z_0-9]+\s*\.\s*[a-z_0-9]+)\s*\(`)
	alterHead   = regexp.MustCompile(`(?is)^alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?([a-z_0-9]+\s*\.\s*[a-z_0-9]+)\s+`)
	indexHead   = regexp.MustCompile(`(?is)^create\s+(?:unique\s+)?index\s+.*?\bon\s+(?:only\s+)?([a-z_0-9]+\s*\.\s*[a-z_0-9]+)\s*(?:using\s+btree\s*)?\(`)
	foreignKey  = regexp.MustCompile(`(?is)\bforeign\s+key\s*\(([^)]*)\)\s*references\b`)
	keyed       = regexp.MustCompile(`(?is)\b(?:primary\s+key|unique)\s*(?:nulls\s+not\s+distinct\s*)?\(([^)]*)\)`)
	addColumn   = regexp.MustCompile(`(?is)^add\s+(?:column\s+)?(?:if\s+not\s+exists\s+)?`)
	inlineKey   = regexp.MustCompile(`(?is)\b(?:primary\s+key|unique)\b`)
	references  = regexp.MustCompile(`(?is)\breferences\b`)
	firstWord   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*`)
	constraints = []string{"constraint", "foreign", "primary", "unique", "check", "exclude", "like"}
)

// keys are what one tree's migrations say about a table.
type keys struct {
	foreign []foreign
	indexed [][]string // leading columns of each index, primary key and unique constraint
}

type foreign struct {
	columns []string
	script  *Script
	line    int
	excused bool
}

// checkForeignKeys: deleting or changing the row referred to must not read the whole table that refers to it.
func checkForeignKeys(t *Tree) []Finding {
	tables := map[string]*keys{}
	var names []string
	at := func(name string) *keys {
		name = strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(name, ".", " ")), "."))
		if tables[name] == nil {
			tables[name] = &keys{}
			names = append(names, name)
		}
		return tables[name]
	}
	for _, s := range t.SQL {
		if s.Migration {
			for _, st := range s.Statements {
				readKeys(s, st, at)
			}
		}
	}
	var found []Finding
	for _, name := range names {
		for _, f := range tables[name].foreign {
			if !f.excused && !tables[name].covers(f.columns) {
				found = append(found, Finding{File: f.script.Path, Line: f.line,
					Problem: fmt.Sprintf("the foreign key %s (%s) has no index", name, strings.Join(f.columns, ", ")),
					Remedy:  "create an index that begins with these columns, or write why not beside it: " + noIndex + " ..."})
			}
		}
	}
	return found
}

// covers reports an index whose first columns are the key's, in any order.
func (k *keys) covers(columns []string) bool {
	return slices.ContainsFunc(k.indexed, func(index []string) bool {
		if len(index) < len(columns) {
			return false
		}
		for _, c := range columns {
			if !slices.Contains(index[:len(columns)], c) {
				return false
			}
		}
		return true
	})
}

// readKeys notes what one statement says.
func readKeys(s *Script, st Statement, at func(table string) *keys) {
	if m := tableHead.FindStringSubmatchIndex(st.Text); m != nil {
		k := at(st.Text[m[2]:m[3]])
		for _, item := range items(st.Text, m[1]) {
			k.read(s, st, item)
		}
		return
	}
	if m := alterHead.FindStringSubmatchIndex(st.Text); m != nil {
		k := at(st.Text[m[2]:m[3]])
		for _, item := range items(st.Text, m[1]) {
			if add := addColumn.FindString(item.text); add != "" {
				item.text, item.offset = item.text[len(add):], item.offset+len(add)
				k.read(s, st, item)
			}
		}
		return
	}
	if m := indexHead.FindStringSubmatchIndex(st.Text); m != nil {
		list := items(st.Text, m[1])
		var columns []string
		for _, item := range list {
			columns = append(columns, strings.ToLower(firstWord.FindString(item.text)))
		}
		where := regexp.MustCompile(`(?is)\)\s*(?:include\s*\([^)]*\)\s*)?where\b(.*)$`).FindStringSubmatch(st.Text)
		if where == nil || strings.Contains(strings.ToLower(where[1]), "is not null") {
			at(st.Text[m[2]:m[3]]).indexed = append(at(st.Text[m[2]:m[3]]).indexed, columns)
		}
	}
}

// item is one part of a list, with its place in the statement.
type item struct {
	text   string
	offset int
}

// items splits at the commas of one level, from an offset to the closing bracket of that level or the end.
func items(text string, from int) []item {
	var list []item
	depth, start := 0, from
	add := func(end int) {
		lead := len(text[start:end]) - len(strings.TrimLeft(text[start:end], " \t\r\n"))
		if body := strings.TrimSpace(text[start:end]); body != "" {
			list = append(list, item{body, start + lead})
		}
	}
	for i := from; i < len(text); i++ {
		switch text[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth < 0 {
				add(i)
				return list
			}
		case ',':
			if depth == 0 {
				add(i)
				start = i + 1
			}
		}
	}
	add(len(text))
	return list
}

// read notes one column or constraint.
func (k *keys) read(s *Script, st Statement, it item) {
	first := st.Line + strings.Count(st.Text[:it.offset], "\n")
	last := first + strings.Count(it.text, "\n")
	word := strings.ToLower(firstWord.FindString(it.text))
	isConstraint := slices.Contains(constraints, word)
	key := foreign{script: s, line: first, excused: strings.Contains(s.commentNear(first, last), noIndex)}
	if m := foreignKey.FindStringSubmatch(it.text); m != nil {
		key.columns = columnsOf(m[1])
		k.foreign = append(k.foreign, key)
		return
	}
	if m := keyed.FindStringSubmatch(it.text); m != nil && isConstraint {
		k.indexed = append(k.indexed, columnsOf(m[1]))
		return
	}
	if isConstraint || word == "" {
		return
	}
	if inlineKey.MatchString(it.text) {
		k.indexed = append(k.indexed, []string{word})
	}
	if references.MatchString(it.text) {
		key.columns = []string{word}
		k.foreign = append(k.foreign, key)
	}
}

func columnsOf(list string) []string {
	var columns []string
	for c := range strings.SplitSeq(list, ",") {
		columns = append(columns, strings.ToLower(strings.TrimSpace(c)))
	}
	return columns
}

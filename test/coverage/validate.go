package coverage

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxWording keeps a row readable in a table, counted in characters.
const maxWording = 140

// Problem is one thing that is wrong with the list.
type Problem struct {
	ID   string
	Text string
}

// String writes the problem on one line.
func (p Problem) String() string { return p.ID + ": " + p.Text }

// Validate compares the rows with the catalogue and with the source tree, and returns
// everything that is wrong, in the order of the rows; missing ids come last.
func Validate(tree fs.FS, sections []Section, rows []Row) []Problem {
	v := validator{tree: tree, known: map[string]int{}, seen: map[string]bool{}, wordings: map[string]string{}}
	for _, s := range sections {
		for _, id := range s.ids() {
			v.known[id] = len(v.known) + 1
		}
	}
	for _, r := range rows {
		v.identity(r)
		v.wording(r)
		v.state(r)
		v.owner(r)
		v.proof(r)
	}
	for _, s := range sections {
		for _, id := range s.ids() {
			if !v.seen[id] {
				v.add(id, "has no row")
			}
		}
	}
	return v.problems
}

// validator collects problems while the rows pass by.
type validator struct {
	tree     fs.FS
	known    map[string]int    // id → place in the catalogue, from 1
	seen     map[string]bool   // ids that had a row
	wordings map[string]string // wording → first id that used it
	last     int               // furthest place reached, to check the order
	problems []Problem
}

func (v *validator) add(id, format string, args ...any) {
	v.problems = append(v.problems, Problem{ID: id, Text: fmt.Sprintf(format, args...)})
}

// identity checks that the id exists, stands once, in its section and in order.
func (v *validator) identity(r Row) {
	place, ok := v.known[r.ID]
	if !ok {
		v.add(cmp.Or(r.ID, "(no id)"), "is not an id of the catalogue")
		return
	}
	if letter, _, _ := strings.Cut(r.ID, "-"); letter != r.Section {
		v.add(r.ID, "stands in section %q", r.Section)
	}
	switch {
	case v.seen[r.ID]:
		v.add(r.ID, "has two rows")
	case place < v.last:
		v.add(r.ID, "is out of order")
	}
	v.seen[r.ID] = true
	v.last = max(v.last, place)
}

func (v *validator) wording(r Row) {
	n := utf8.RuneCountInString(r.Wording)
	switch first := v.wordings[r.Wording]; {
	case strings.TrimSpace(r.Wording) == "":
		v.add(r.ID, "has no wording")
	case n > maxWording:
		v.add(r.ID, "wording has %d characters, at most %d allowed", n, maxWording)
	case first != "" && first != r.ID:
		v.add(r.ID, "has the same wording as %s", first)
	default:
		v.wordings[r.Wording] = r.ID
	}
}

// state checks the state itself and what each state must say.
func (v *validator) state(r Row) {
	switch r.State {
	case Built:
		if len(r.Tests) == 0 {
			v.add(r.ID, "is built but names no test")
		}
	case Partly, OutOfScope:
		if strings.TrimSpace(r.Reason) == "" {
			v.add(r.ID, "is %s but gives no reason", r.State)
		}
	case Open:
	default:
		v.add(r.ID, "has unknown state %q", string(r.State))
	}
	if len(r.Tests) > 0 && (r.State == Open || r.State == OutOfScope) {
		v.add(r.ID, "is %s but names a test", r.State)
	}
}

// begun tells whether something of the row must already stand in the tree.
func (r Row) begun() bool { return r.State == Built || r.State == Partly }

var ownerShape = regexp.MustCompile(`^(page:/[a-z0-9/_$:-]*|[a-z0-9]+(/[a-z0-9]+)*)$`)

// owner checks the package or page. Rows that are not begun may name one that is yet to come.
func (v *validator) owner(r Row) {
	if !ownerShape.MatchString(r.Package) {
		v.add(r.ID, "package %q is neither a folder nor page:/route", r.Package)
		return
	}
	if !r.begun() {
		return
	}
	if route, ok := strings.CutPrefix(r.Package, "page:"); ok {
		if !v.hasRoute(route) {
			v.add(r.ID, "no page at %s", route)
		}
		return
	}
	if !v.isDir(folder(r.Package)) {
		v.add(r.ID, "no folder %s", folder(r.Package))
	}
}

// folder turns the short name of a package into its place in the tree.
func folder(pkg string) string {
	switch first, _, _ := strings.Cut(pkg, "/"); first {
	case "cmd", "docs", "migrations", "test", "web":
		return pkg
	default:
		return "internal/" + pkg
	}
}

func (v *validator) isDir(name string) bool {
	info, err := fs.Stat(v.tree, name)
	return err == nil && info.IsDir()
}

// hasRoute looks for the quoted path in the files that declare the pages.
func (v *validator) hasRoute(route string) bool {
	for _, name := range v.glob("web/src/app/*.tsx") {
		if strings.HasSuffix(name, ".test.tsx") {
			continue
		}
		text := v.read(name)
		for _, quote := range []string{`"`, `'`, "`"} {
			if strings.Contains(text, quote+route+quote) {
				return true
			}
		}
	}
	return false
}

var (
	goTest  = regexp.MustCompile(`^((?:internal|test|cmd|tools|web|migrations)(?:/[a-z0-9_]+)*)\.((?:Test|Fuzz)\w+)$`)
	webTest = regexp.MustCompile(`^(web/[\w./-]+\.test\.tsx?): "([^"]+)"$`)
)

// proof checks that each named test exists.
func (v *validator) proof(r Row) {
	for _, t := range r.Tests {
		if m := goTest.FindStringSubmatch(t); m != nil {
			if !v.hasGoTest(m[1], m[2]) {
				v.add(r.ID, "no test %s in %s", m[2], m[1])
			}
			continue
		}
		if m := webTest.FindStringSubmatch(t); m != nil {
			if !v.hasWebTest(m[1], m[2]) {
				v.add(r.ID, "no test %q in %s", m[2], m[1])
			}
			continue
		}
		v.add(r.ID, `test %q is neither folder.TestName nor web/file.test.ts: "name"`, t)
	}
}

// hasGoTest searches the folder's own test files, not those below it.
func (v *validator) hasGoTest(dir, name string) bool {
	for _, file := range v.glob(path.Join(dir, "*_test.go")) {
		if strings.Contains("\n"+v.read(file), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}

func (v *validator) hasWebTest(file, name string) bool {
	text := v.read(file)
	for _, quote := range []string{`"`, `'`, "`"} {
		if strings.Contains(text, "("+quote+name+quote) {
			return true
		}
	}
	return false
}

// glob and read treat what cannot be read as absent: the row that needs it then fails
// with a message that names it.
func (v *validator) glob(pattern string) []string {
	names, err := fs.Glob(v.tree, pattern)
	if err != nil {
		return nil
	}
	return names
}

func (v *validator) read(name string) string {
	text, err := fs.ReadFile(v.tree, name)
	if err != nil {
		return ""
	}
	return string(text)
}

package archtest

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// module is the import path of the tree.
const module = "yingda"

// roots are the directories that hold our Go and SQL.
var roots = []string{"cmd", "internal", "migrations", "test", "web"}

// skipped are directories that never hold our own sources.
var skipped = []string{"testdata", "node_modules", "dist", "src"}

// Tree is all sources, parsed, with the order of the rooms.
type Tree struct {
	Rooms    *Rooms
	Fset     *token.FileSet
	Packages []*Package // by directory
	SQL      []*Script  // queries.sql and migrations, by path
}

// Package is one directory of Go files.
type Package struct {
	Place
	Files []*File
}

// File is one Go file.
type File struct {
	Package *Package
	Path    string // from the root, with slashes
	Name    string // last part
	Test    bool   // *_test.go
	AST     *ast.File
}

// Finding is one breach of a rule.
type Finding struct {
	File    string
	Line    int
	Rule    string
	Problem string
	Remedy  string
}

// String is how the test prints it: clickable, then what to do.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d: [%s] %s\n\t→ %s", f.File, f.Line, f.Rule, f.Problem, f.Remedy)
}

// Rule is one check of the whole tree.
type Rule struct {
	Name  string
	Check func(t *Tree) []Finding
}

// Check applies all rules and sorts what they find.
func (t *Tree) Check(rules []Rule) []Finding {
	var all []Finding
	for _, r := range rules {
		for _, f := range r.Check(t) {
			f.Rule = r.Name
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), strings.Compare(a.Rule, b.Rule))
	})
	return all
}

// Load reads the tree at the root of the repository.
func Load(root fs.FS) (*Tree, error) {
	text, err := fs.ReadFile(root, "docs/architecture.md")
	if err != nil {
		return nil, fmt.Errorf("read the order of the rooms: %w", err)
	}
	rooms, err := ParseRooms(string(text))
	if err != nil {
		return nil, err
	}
	t := &Tree{Rooms: rooms, Fset: token.NewFileSet()}
	paths, err := sources(root)
	if err != nil {
		return nil, err
	}
	return t, t.parse(root, paths)
}

// sources lists the files to look at.
func sources(root fs.FS) ([]string, error) {
	var paths []string
	for _, dir := range roots {
		err := fs.WalkDir(root, dir, func(p string, d fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil // not there (yet), or another process removed it just now
			case err != nil:
				return err
			case d.IsDir() && (slices.Contains(skipped, d.Name()) || strings.HasPrefix(d.Name(), ".")):
				return fs.SkipDir
			case strings.HasSuffix(p, ".go") || strings.HasSuffix(p, ".sql"):
				paths = append(paths, p)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("look for sources: %w", err)
		}
	}
	return paths, nil
}

// parse reads the files, several at a time.
func (t *Tree) parse(root fs.FS, paths []string) error {
	files, scripts, errs := make([]*File, len(paths)), make([]*Script, len(paths)), make([]error, len(paths))
	var wg sync.WaitGroup
	slots := make(chan struct{}, 4)
	for i, p := range paths {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			text, err := fs.ReadFile(root, p)
			switch {
			case err != nil:
				errs[i] = err
			case strings.HasSuffix(p, ".sql"):
				scripts[i] = newScript(p, string(text), t.Rooms)
			default:
				files[i], errs[i] = t.parseGo(p, text)
			}
		})
	}
	wg.Wait()
	t.SQL = slices.DeleteFunc(scripts, func(s *Script) bool { return s == nil })
	t.group(files)
	return errors.Join(errs...)
}

func (t *Tree) parseGo(p string, text []byte) (*File, error) {
	parsed, err := parser.ParseFile(t.Fset, p, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	name := path.Base(p)
	return &File{Path: p, Name: name, Test: strings.HasSuffix(name, "_test.go"), AST: parsed}, nil
}

// group makes packages of the files of one directory; the external tests of a package belong to it.
func (t *Tree) group(files []*File) {
	at := map[string]*Package{}
	for _, f := range files {
		if f == nil {
			continue
		}
		dir := path.Dir(f.Path)
		if at[dir] == nil {
			at[dir] = &Package{Place: placeOf(dir, t.Rooms)}
			t.Packages = append(t.Packages, at[dir])
		}
		f.Package = at[dir]
		f.Package.Files = append(f.Package.Files, f)
	}
	slices.SortFunc(t.Packages, func(a, b *Package) int { return strings.Compare(a.Dir, b.Dir) })
}

// line gives where a node stands.
func (t *Tree) line(p token.Pos) int { return t.Fset.Position(p).Line }

// found makes a finding at a node.
func (t *Tree) found(f *File, at token.Pos, problem, remedy string) Finding {
	return Finding{File: f.Path, Line: t.line(at), Problem: problem, Remedy: remedy}
}

// product calls fn for each file that becomes part of the program: no tests, no helpers of tests, nothing generated.
func (t *Tree) product(fn func(f *File)) {
	for _, p := range t.Packages {
		if p.Kind == ForTest || p.Helper {
			continue
		}
		for _, f := range p.Files {
			if !f.Test && !ast.IsGenerated(f.AST) {
				fn(f)
			}
		}
	}
}

// imported gives the path of an import.
func imported(s *ast.ImportSpec) string {
	p, err := strconv.Unquote(s.Path.Value)
	if err != nil {
		return "" // the parser accepts no such file
	}
	return p
}

// under reports that a path is one of the prefixes or below it.
func under(p string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool {
		return p == prefix || strings.HasPrefix(p, prefix+"/")
	})
}

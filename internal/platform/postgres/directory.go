package postgres

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"yingda/internal/platform/fault"
)

// DirectoryFormat is the format of a data directory that this program writes. It grows when an older
// program could no longer work with the directory.
const DirectoryFormat = 1

// directory is the data directory of an installation of one machine:
//
//	DIR/lock          held while a program runs on it; holds its process id
//	DIR/yingda.json   format and PostgreSQL major
//	DIR/postgres/     the cluster; other packages own other names
type directory struct {
	path string
	lock *os.File
}

// stamp is the content of yingda.json.
type stamp struct {
	Format        int `json:"format"`
	PostgresMajor int `json:"postgres_major"`
}

func (d *directory) cluster() string { return filepath.Join(d.path, "postgres") }

// openDirectory makes the directory where needed and locks it.
func openDirectory(path string) (*directory, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	// Others may pass through, for the server's unprivileged user, but not look around.
	if err := os.MkdirAll(path, 0o711); err != nil {
		return nil, directoryFault(path, err)
	}
	// The server's processes are recognised by their real directory.
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return nil, directoryFault(path, err)
	}
	d := &directory{path: path}
	if err := d.acquire(); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *directory) acquire() error {
	name := filepath.Join(d.path, "lock")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return directoryFault(d.path, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder, _ := os.ReadFile(name)
		_ = f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return directoryFault(d.path, err)
		}
		pid := strings.TrimSpace(string(holder))
		if pid == "" {
			pid = "unknown"
		}
		return fault.New(fault.Conflict, "postgres.directory_locked", "another yingda runs on %s, pid %s", d.path, pid).
			WithRemedy("stop that one first, or start this one with another --data-dir")
	}
	d.lock = f
	if err := writeLock(f); err != nil {
		d.release()
		return directoryFault(d.path, err)
	}
	return nil
}

func writeLock(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// release drops the lock. The file stays: removing it would let two programs lock two files of one name.
func (d *directory) release() {
	if d.lock != nil {
		// Not by closing alone: a child that another goroutine is just starting holds a copy until it
		// runs its program.
		_ = syscall.Flock(int(d.lock.Fd()), syscall.LOCK_UN)
		_ = d.lock.Close()
		d.lock = nil
	}
}

// major gives the PostgreSQL major that wrote the directory, 0 for a directory without a cluster, or a
// fault when this program must not touch it.
func (d *directory) major() (int, error) {
	raw, err := os.ReadFile(filepath.Join(d.path, "yingda.json"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return 0, directoryFault(d.path, err)
	default:
		var s stamp
		if err := json.Unmarshal(raw, &s); err != nil {
			return 0, fault.New(fault.Invalid, "postgres.directory_unreadable", "%s/yingda.json is not readable", d.path).
				WithCause(err).WithRemedy("restore the file from a backup")
		}
		if s.Format > DirectoryFormat {
			return 0, fault.New(fault.Conflict, "postgres.directory_newer",
				"%s was written by a newer yingda (format %d, this program knows %d)", d.path, s.Format, DirectoryFormat).
				WithRemedy("start the newer program; an older one must not write here")
		}
	}
	version, err := os.ReadFile(filepath.Join(d.cluster(), "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(d.cluster()); err == nil {
			return 0, fault.New(fault.Invalid, "postgres.directory_foreign",
				"%s is there, but is not a PostgreSQL cluster", d.cluster()).
				WithRemedy("move it away, or start with another --data-dir")
		}
		return 0, nil
	}
	if err != nil {
		return 0, directoryFault(d.path, err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(version)))
	if err != nil {
		return 0, fault.New(fault.Invalid, "postgres.directory_unreadable", "%s/PG_VERSION is not readable", d.cluster()).WithCause(err)
	}
	return major, nil
}

// writeStamp records format and major.
func (d *directory) writeStamp(major int) error {
	name := filepath.Join(d.path, "yingda.json")
	raw, err := json.Marshal(stamp{Format: DirectoryFormat, PostgresMajor: major})
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := replaceFile(name, string(raw)+"\n", 0o644, nil); err != nil {
		return directoryFault(d.path, err)
	}
	return nil
}

// replaceFile gives a file new content, which a crash or a full disk leaves old or new, never half.
// own, unless nil, gives the file to its owner before it appears.
func replaceFile(name, content string, mode fs.FileMode, own func(path string) error) error {
	if old, err := os.ReadFile(name); err == nil && string(old) == content {
		return nil
	}
	err := os.WriteFile(name+".new", []byte(content), mode)
	if err == nil && own != nil {
		err = own(name + ".new")
	}
	if err == nil {
		err = os.Rename(name+".new", name)
	}
	if err != nil {
		_ = os.Remove(name + ".new")
	}
	return err
}

// directoryFault turns what the operating system says about the data directory into words.
func directoryFault(path string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return errDiskFull(path, err)
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return fault.New(fault.Unavailable, "postgres.directory_read_only", "the data directory %s cannot be written", path).
			WithCause(err).WithRemedy("mount it writable, give it to this program's user, or choose another --data-dir")
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		return fault.New(fault.Invalid, "postgres.directory_unusable", "the data directory %s is not a directory", path).
			WithCause(err).WithRemedy("choose another --data-dir")
	}
	return fmt.Errorf("data directory %s: %w", path, err)
}

func errDiskFull(path string, cause error) error {
	return fault.New(fault.Unavailable, "postgres.disk_full", "the disk of the data directory %s is full", path).
		WithCause(cause).WithRemedy("free space there, or choose a --data-dir on a larger disk, then start again")
}

package blob

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Files is a store in a directory:
//
//	objects/recording+/2026+/3f/<name>   each part of a key but the last is a directory marked with '+', which no
//	                                     key contains; below it 256 directories by the key's hash keep each small
//	tmp/                                 what is being written
//
// A file is the content and a trailer of fixed length (see trailer), so that content and description appear together
// by one rename, and one can be told without the other's help.
type Files struct {
	root       string
	reserve    int64 // bytes free below which health warns
	dirMode    fs.FileMode
	checkSpace func(dir string) (free, total int64, err error)
}

// FilesConfig says where.
type FilesConfig struct {
	Dir string // made with mode 0700; one file system, because files are moved into place

	// LowSpace is how many free bytes are too few for comfort; default 10 GiB.
	LowSpace int64
}

// NewFiles opens the directory and makes it when it is not there.
func NewFiles(cfg FilesConfig) (*Files, error) {
	f := &Files{root: cfg.Dir, reserve: cmp.Or(cfg.LowSpace, 10<<30), dirMode: 0o700, checkSpace: freeSpace}
	for _, dir := range []string{f.objects(), f.temporary()} {
		if err := os.MkdirAll(dir, f.dirMode); err != nil {
			return nil, fileFault("make the store's directory", err)
		}
	}
	return f, nil
}

func (f *Files) objects() string   { return filepath.Join(f.root, "objects") }
func (f *Files) temporary() string { return filepath.Join(f.root, "tmp") }

// place is the directory and the file of a key.
func (f *Files) place(key string) (dir, file string) {
	parts := strings.Split(key, "/")
	path := make([]string, 0, len(parts)+2)
	path = append(path, f.objects())
	for _, p := range parts[:len(parts)-1] {
		path = append(path, p+dirMark)
	}
	sum := sha256.Sum256([]byte(key))
	path = append(path, hex.EncodeToString(sum[:1]))
	dir = filepath.Join(path...)
	return dir, filepath.Join(dir, parts[len(parts)-1])
}

const dirMark = "+"

// Put implements Store: temporary file, fsync, rename, fsync of the directories that changed.
func (f *Files) Put(ctx context.Context, key string, r io.Reader, opts PutOptions) (info Info, err error) {
	if err := errors.Join(CheckKey(key), opts.check()); err != nil {
		return Info{}, err
	}
	tmp, err := os.CreateTemp(f.temporary(), "put-*")
	if err != nil {
		return Info{}, fileFault("begin a file", err)
	}
	kept := false
	defer func() {
		if !kept {
			_ = tmp.Close() // the error that brought us here says more
			_ = os.Remove(tmp.Name())
		}
	}()
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(tmp, sum), contextReader{ctx, r})
	if err != nil {
		return Info{}, fileFault("write a file", err)
	}
	info = Info{Key: key, Size: size, ContentType: opts.ContentType, SHA256: SHA256(sum.Sum(nil))}
	if err := opts.verify(info.Size, info.SHA256); err != nil {
		return Info{}, err
	}
	if _, err := tmp.Write(formatTrailer(info)); err != nil {
		return Info{}, fileFault("write a file", err)
	}
	if err := tmp.Sync(); err != nil {
		return Info{}, fileFault("write a file", err)
	}
	stat, err := tmp.Stat()
	if err != nil {
		return Info{}, fileFault("write a file", err)
	}
	if err := tmp.Close(); err != nil {
		return Info{}, fileFault("write a file", err)
	}
	if err := f.moveIn(tmp.Name(), key); err != nil {
		return Info{}, err
	}
	kept = true
	info.StoredAt = stat.ModTime().UTC().Truncate(time.Second)
	return info, nil
}

// moveIn renames into place. A Sweep may take an empty directory away between our making and using it: then again.
func (f *Files) moveIn(tmp, key string) error {
	dir, file := f.place(key)
	for attempt := 0; ; attempt++ {
		err := makeDirs(dir, f.dirMode)
		if err == nil {
			err = os.Rename(tmp, file)
		}
		if errors.Is(err, fs.ErrNotExist) && attempt < 5 {
			continue
		}
		if err != nil {
			return fileFault("move a file into place", err)
		}
		return fileFault("move a file into place", syncDir(dir))
	}
}

// makeDirs is os.MkdirAll that also makes the new entries durable.
func makeDirs(dir string, mode fs.FileMode) error {
	err := os.Mkdir(dir, mode)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeDirs(filepath.Dir(dir), mode); err != nil {
			return err
		}
		if err = os.Mkdir(dir, mode); errors.Is(err, fs.ErrExist) {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Open implements Store.
func (f *Files) Open(ctx context.Context, key string) (Object, error) {
	if err := errors.Join(CheckKey(key), ctx.Err()); err != nil {
		return nil, err
	}
	_, path := f.place(key)
	file, err := os.Open(path)
	if err != nil {
		return nil, fileFault("open a file", err)
	}
	info, err := readTrailer(file, key)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &fileObject{file: file, check: newVerifier(info)}, nil
}

// Stat implements Store.
func (f *Files) Stat(ctx context.Context, key string) (Info, error) {
	o, err := f.Open(ctx, key)
	if err != nil {
		return Info{}, err
	}
	return o.Info(), o.Close()
}

// Delete implements Store.
func (f *Files) Delete(ctx context.Context, key string) error {
	if err := errors.Join(CheckKey(key), ctx.Err()); err != nil {
		return err
	}
	dir, path := f.place(key)
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = syncDir(dir)
	}
	return fileFault("delete a file", err)
}

// Sweep implements Store; it also takes away directories that became empty.
func (f *Files) Sweep(ctx context.Context, age time.Duration) (int, error) {
	left, err := os.ReadDir(f.temporary())
	if err != nil {
		return 0, fileFault("sweep", err)
	}
	removed := 0
	for _, e := range left {
		info, err := e.Info()
		if err != nil || time.Since(info.ModTime()) < age { // a file that grows is as young as its last byte
			continue
		}
		if os.Remove(filepath.Join(f.temporary(), e.Name())) == nil {
			removed++
		}
	}
	return removed, f.removeEmpty(ctx, f.objects())
}

func (f *Files) removeEmpty(ctx context.Context, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fileFault("sweep", err)
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !e.IsDir() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if err := f.removeEmpty(ctx, path); err != nil {
			return err
		}
		if err := syscall.Rmdir(path); err != nil && !errors.Is(err, syscall.ENOTEMPTY) && !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
			return fileFault("sweep", err)
		}
	}
	return nil
}

// fileFault turns an error of the file system into a fault; nil stays nil, and so do faults and ended contexts.
func fileFault(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return ErrNotFound.WithCause(err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return errFull.WithCause(err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return errRefused.WithCause(err)
	case errors.Is(err, syscall.EIO):
		return errAway.WithCause(err)
	default:
		return fmt.Errorf("%s: %w", doing, err)
	}
}

type fileObject struct {
	file  *os.File
	at    int64
	check verifier
}

func (o *fileObject) Info() Info { return o.check.info }

func (o *fileObject) Read(p []byte) (int, error) {
	if o.at >= o.check.info.Size {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), o.check.info.Size-o.at)]
	n, err := o.file.ReadAt(p, o.at)
	if n == len(p) {
		err = nil
	}
	if err != nil {
		return n, fileFault("read a file", err)
	}
	err = o.check.read(o.at, p[:n])
	o.at += int64(n)
	return n, err
}

func (o *fileObject) Seek(offset int64, whence int) (int64, error) {
	at, err := seekTo(offset, whence, o.at, o.check.info.Size)
	if err == nil {
		o.at = at
	}
	return at, err
}

func (o *fileObject) Close() error { return o.file.Close() }

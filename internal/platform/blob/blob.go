// Package blob stores what is too large for a row: recordings, prompts, attachments, import files, exports.
//
// A [Store] keeps objects by key, in a directory ([Files]) or in an S3-compatible service ([S3]). Both keep
// the same promises, checked by one suite:
//
//   - An object is visible whole or not at all. Put returns when it would survive a power cut; a Put that is
//     killed leaves nothing that List, Stat or Open shows. [Store.Sweep] removes what it left otherwise.
//   - The SHA-256 of the content is recorded. Put compares it with the one the caller expects; a reader that
//     goes from start to end compares it again and ends with [ErrDamaged] instead of io.EOF.
//   - Open gives random access, so that a browser can jump in a recording.
//   - List goes in byte order of the keys.
//
// A Put on an existing key replaces the object. The store encrypts nothing: content that is personal goes through
// platform/secret first. Failures are faults: blob.not_found, blob.bad_key, blob.wrong_content, blob.damaged,
// blob.disk_full, blob.unavailable, blob.refused.
package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"time"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/health"
)

// MaxList is how many objects one List gives at most.
const MaxList = 1000

// maxKey and maxSegment fit every file system and S3 (1024) with room for a prefix.
const (
	maxKey         = 512
	maxSegment     = 200
	maxContentType = 127
)

// Faults of a store.
var (
	ErrNotFound = fault.New(fault.NotFound, "blob.not_found", "the stored file does not exist")
	ErrBadKey   = fault.New(fault.Invalid, "blob.bad_key", "a stored file's name is made of letters, digits, '.', '_' and '-' in parts of up to 200, joined by '/'")
	ErrWrong    = fault.New(fault.Invalid, "blob.wrong_content", "the content is not what was announced: size or SHA-256 differ")
	ErrDamaged  = fault.New(fault.Unavailable, "blob.damaged", "a stored file no longer has the content that was put").
			WithRemedy("restore it from a backup; then look for a failing disk")
	errFull = fault.New(fault.Unavailable, "blob.disk_full", "the disk of the stored files is full").
		WithRemedy("free some space or enlarge the disk; what was not stored must be sent again")
	errAway = fault.New(fault.Unavailable, "blob.unavailable", "the store of files does not answer").
		WithRemedy("see the health page; the same request works once the store is back")
	errRefused = fault.New(fault.Unavailable, "blob.refused", "the store of files refuses our access").
			WithRemedy("check access key, secret, bucket and policy of the S3 store, or owner and mode of the directory")
)

// SHA256 is the hash of an object's content. The zero value means "not known".
type SHA256 = [sha256.Size]byte

// Info describes an object.
type Info struct {
	Key         string
	Size        int64
	ContentType string
	SHA256      SHA256
	StoredAt    time.Time // by the store's own clock; to the second
}

// PutOptions says what is known of the content. All of it is optional.
type PutOptions struct {
	ContentType string // empty: application/octet-stream
	Size        int64  // bytes expected when SizeKnown
	SizeKnown   bool
	SHA256      SHA256 // expected; zero: not checked
}

// Object is an open object. Read from start to end verifies the content.
type Object interface {
	io.ReadSeekCloser
	Info() Info
}

// Store keeps objects. Safe for concurrent use, also by several processes on the same directory or bucket.
type Store interface {
	// Put stores all of r under key. When it returns an error, the key holds what it held before.
	Put(ctx context.Context, key string, r io.Reader, opts PutOptions) (Info, error)
	// Open reads an object; ErrNotFound. The object must be closed.
	Open(ctx context.Context, key string) (Object, error)
	// Stat describes an object; ErrNotFound.
	Stat(ctx context.Context, key string) (Info, error)
	// Delete removes an object; one that does not exist is no error.
	Delete(ctx context.Context, key string) error
	// List gives up to limit objects (at most MaxList) whose keys begin with prefix and follow after, in byte order.
	// It fills Key, Size and StoredAt only. Only whole objects are listed.
	List(ctx context.Context, prefix, after string, limit int) ([]Info, error)
	// Sweep removes what Puts left that did not end, once it is older than age, and says how many.
	Sweep(ctx context.Context, age time.Duration) (int, error)
	// Health tells whether the store can be written and has room.
	Health() health.Component
}

// CheckKey gives ErrBadKey unless the key is usable on every store: parts of ASCII letters, digits, '.', '_' and '-',
// none beginning with '.', joined by '/'. A key must not continue another with '/': some S3 services are directories.
func CheckKey(key string) error {
	if key == "" || len(key) > maxKey {
		return ErrBadKey
	}
	start := 0
	for i := 0; i <= len(key); i++ {
		if i == len(key) || key[i] == '/' {
			if i == start || i-start > maxSegment || key[start] == '.' {
				return ErrBadKey
			}
			start = i + 1
		} else if !keyByte(key[i]) {
			return ErrBadKey
		}
	}
	return nil
}

// checkPrefix is like CheckKey for the beginning of a key.
func checkPrefix(prefix string) error {
	for i := range len(prefix) {
		if prefix[i] != '/' && !keyByte(prefix[i]) {
			return ErrBadKey
		}
	}
	return nil
}

func keyByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-'
}

func (o *PutOptions) check() error {
	if o.ContentType == "" {
		o.ContentType = "application/octet-stream"
	}
	if len(o.ContentType) > maxContentType {
		return fault.New(fault.Invalid, "blob.bad_content_type", "the content type is longer than %d characters", maxContentType)
	}
	for i := range len(o.ContentType) {
		if c := o.ContentType[i]; c < ' ' || c > '~' {
			return fault.New(fault.Invalid, "blob.bad_content_type", "the content type has a character that is not printable ASCII")
		}
	}
	return nil
}

func (o *PutOptions) verify(size int64, sum SHA256) error {
	if o.SizeKnown && o.Size != size {
		return ErrWrong.WithCause(fmt.Errorf("%d bytes announced, %d came", o.Size, size))
	}
	if o.SHA256 != (SHA256{}) && o.SHA256 != sum {
		return ErrWrong.WithCause(fmt.Errorf("announced SHA-256 %x, came %x", o.SHA256, sum))
	}
	return nil
}

// verifier checks the hash of a reading that goes from start to end without a jump.
type verifier struct {
	hash hash.Hash
	at   int64 // how far the hash has come; -1: a jump, nothing to check any more
	info Info
}

func newVerifier(info Info) verifier {
	v := verifier{hash: sha256.New(), info: info}
	if info.SHA256 == (SHA256{}) {
		v.at = -1
	}
	return v
}

// read takes what was read at pos and turns the end of a whole reading into ErrDamaged when the content is another.
func (v *verifier) read(pos int64, p []byte) error {
	if pos == 0 && v.at > 0 && len(p) > 0 { // from the start again
		v.hash.Reset()
		v.at = 0
	}
	if pos != v.at {
		v.at = -1
		return nil
	}
	v.hash.Write(p)
	v.at += int64(len(p))
	if v.at == v.info.Size && !bytes.Equal(v.hash.Sum(nil), v.info.SHA256[:]) {
		return ErrDamaged.WithCause(fmt.Errorf("object %s", v.info.Key))
	}
	return nil
}

// seekTo computes the position that Seek's arguments name.
func seekTo(offset int64, whence int, at, size int64) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += at
	case io.SeekEnd:
		offset += size
	default:
		return 0, fmt.Errorf("seek: unknown whence %d", whence)
	}
	if offset < 0 {
		return 0, fmt.Errorf("seek: position %d before the start", offset)
	}
	return offset, nil
}

// contextReader ends a long copy soon after its context.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

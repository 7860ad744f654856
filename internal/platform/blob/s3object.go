package blob

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/minio/minio-go/v7"
)

// skipBytes is the jump forward that is cheaper to read over than to ask for again.
const skipBytes = 128 << 10

// s3Object reads by ranges: a request begins where Read is called after a jump and goes to the object's end.
type s3Object struct {
	ctx   context.Context
	store *S3
	etag  string
	check verifier

	at     int64 // where Read goes on
	body   io.ReadCloser
	bodyAt int64 // where body goes on
	closed bool
}

var errClosed = errors.New("the object is closed")

func (o *s3Object) Info() Info { return o.check.info }

func (o *s3Object) Read(p []byte) (int, error) {
	if o.closed {
		return 0, errClosed
	}
	if o.at >= o.check.info.Size {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := o.read(p)
	if n == 0 && err != nil && o.ctx.Err() == nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrDamaged) {
		o.drop() // the connection broke; once more from the same place
		n, err = o.read(p)
	}
	if n == 0 {
		return 0, err
	}
	err = o.check.read(o.at, p[:n])
	o.at += int64(n)
	return n, err
}

// read gives at least one byte or an error.
func (o *s3Object) read(p []byte) (int, error) {
	if err := o.seekBody(); err != nil {
		return 0, err
	}
	n, err := io.ReadAtLeast(o.body, p[:min(int64(len(p)), o.check.info.Size-o.at)], 1)
	o.bodyAt += int64(n)
	if n > 0 {
		return n, nil
	}
	return 0, s3Fault("read an object", fmt.Errorf("the answer ended early: %w", err))
}

func (o *s3Object) seekBody() error {
	if ahead := o.at - o.bodyAt; o.body != nil && ahead > 0 && ahead <= skipBytes {
		n, err := io.CopyN(io.Discard, o.body, ahead)
		o.bodyAt += n
		if err != nil {
			o.drop()
		}
	}
	if o.body != nil && o.bodyAt == o.at {
		return nil
	}
	o.drop()
	var opts minio.GetObjectOptions
	if err := opts.SetRange(o.at, o.check.info.Size-1); err != nil {
		return fmt.Errorf("read an object: %w", err)
	}
	if err := opts.SetMatchETag(o.etag); err != nil { // the same object all along
		return fmt.Errorf("read an object: %w", err)
	}
	body, _, _, err := o.store.core.GetObject(o.ctx, o.store.cfg.Bucket, o.store.cfg.Prefix+o.check.info.Key, opts)
	if err != nil {
		return s3Fault("read an object", err)
	}
	o.body, o.bodyAt = body, o.at
	return nil
}

func (o *s3Object) drop() {
	if o.body != nil {
		_ = o.body.Close() // only reading: nothing is lost
		o.body = nil
	}
}

func (o *s3Object) Seek(offset int64, whence int) (int64, error) {
	at, err := seekTo(offset, whence, o.at, o.check.info.Size)
	if err == nil {
		o.at = at
	}
	return at, err
}

func (o *s3Object) Close() error {
	o.closed = true
	o.drop()
	return nil
}

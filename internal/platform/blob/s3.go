package blob

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/secret"
)

// S3Config says how to reach an S3-compatible service.
type S3Config struct {
	Endpoint  string // host, or host:port
	Bucket    string // must exist
	Prefix    string // in front of every key, such as "yingda/"; may be empty
	Region    string // default us-east-1
	AccessKey string
	Secret    secret.String
	PlainHTTP bool   // no TLS: only inside one machine or a closed network
	CAFile    string // PEM of an own certificate authority
	HostStyle bool   // bucket in the host name instead of the path

	PartSize uint64 // bytes of one part of a large upload; default 16 MiB, at least 5 MiB
	SpoolDir string // where uploads wait that are larger than 1 MiB; default the system's
	Logger   *slog.Logger
}

// Validate reports everything that is wrong.
func (c S3Config) Validate() error {
	var f fault.Fields
	f.Check(c.Endpoint != "" && !strings.ContainsAny(c.Endpoint, "/@ "), "s3.endpoint", "host", "want a host name or address, perhaps with a port")
	f.Check(c.Bucket != "", "s3.bucket", "required", "the bucket is missing")
	f.Check(checkPrefix(c.Prefix) == nil, "s3.prefix", "bad_characters", "the prefix may hold letters, digits and ._-/ only")
	f.Check(c.AccessKey != "", "s3.access_key", "required", "the access key is missing")
	f.Check(!c.Secret.IsZero(), "s3.secret", "required", "the secret is missing")
	f.Check(c.PartSize == 0 || c.PartSize >= 5<<20, "s3.part_size", "too_small", "S3 wants parts of at least 5 MiB")
	return f.Err("blob.bad_s3_config", "the settings of the S3 store are not usable")
}

// S3 is a store in a bucket. Uploads are spooled first, so that their hash is known when they begin, they can be
// repeated, and a sender that stalls holds no connection to the service.
type S3 struct {
	cfg    S3Config
	client *minio.Client
	core   minio.Core
	close  func()
	failed atomic.Pointer[error] // of the last Put, see remember
}

const (
	metaSHA256  = "Sha256" // x-amz-meta-sha256
	spoolMemory = 1 << 20
)

// NewS3 makes the store. It does not connect; see Health. Close it when done.
func NewS3(cfg S3Config) (*S3, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.Region = cmp.Or(cfg.Region, "us-east-1")
	cfg.PartSize = cmp.Or(cfg.PartSize, 16<<20)
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	transport, err := newTransport(cfg.CAFile)
	if err != nil {
		return nil, err
	}
	lookup := minio.BucketLookupPath
	if cfg.HostStyle {
		lookup = minio.BucketLookupDNS
	}
	options := &minio.Options{
		Creds: credentials.NewStaticV4(cfg.AccessKey, cfg.Secret.Reveal(), ""), Secure: !cfg.PlainHTTP,
		Transport: transport, Region: cfg.Region, BucketLookup: lookup, MaxRetries: 3,
	}
	client, err := minio.New(cfg.Endpoint, options)
	if err != nil {
		return nil, fmt.Errorf("set up S3: %w", err)
	}
	return &S3{cfg: cfg, client: client, core: minio.Core{Client: client}, close: transport.CloseIdleConnections}, nil
}

func newTransport(caFile string) (*http.Transport, error) {
	t := &http.Transport{
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: 30 * time.Second,
		MaxIdleConnsPerHost:   32,
		IdleConnTimeout:       90 * time.Second,
		DisableCompression:    true, // ranges must be the stored bytes
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if caFile == "" {
		return t, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("read the certificate authority of S3: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fault.New(fault.Invalid, "blob.bad_ca", "the file %s holds no PEM certificate", caFile)
	}
	t.TLSClientConfig.RootCAs = pool
	return t, nil
}

// Close drops idle connections.
func (s *S3) Close() { s.close() }

// Put implements Store.
func (s *S3) Put(ctx context.Context, key string, r io.Reader, opts PutOptions) (Info, error) {
	if err := errors.Join(CheckKey(key), opts.check()); err != nil {
		return Info{}, err
	}
	sp, err := s.spool(contextReader{ctx, r})
	if err != nil {
		return Info{}, err
	}
	defer sp.discard()
	if err := opts.verify(sp.size, sp.sum); err != nil {
		return Info{}, err
	}
	up, err := s.client.PutObject(ctx, s.cfg.Bucket, s.cfg.Prefix+key, sp.content, sp.size, minio.PutObjectOptions{
		ContentType:  opts.ContentType,
		UserMetadata: map[string]string{metaSHA256: hex.EncodeToString(sp.sum[:])},
		PartSize:     s.cfg.PartSize,
	})
	err = s3Fault("store an object", err)
	s.remember(err)
	if err != nil {
		return Info{}, err
	}
	stored := up.LastModified
	if stored.IsZero() { // a plain PUT does not tell
		stored = time.Now()
	}
	return Info{Key: key, Size: sp.size, ContentType: opts.ContentType, SHA256: sp.sum, StoredAt: stored.UTC().Truncate(time.Second)}, nil
}

// remember keeps what a look at the bucket would not show: that writing is not allowed, or that there is no room.
func (s *S3) remember(err error) {
	switch {
	case err == nil:
		s.failed.Store(nil)
	case errors.Is(err, errRefused), errors.Is(err, errFull):
		s.failed.Store(&err)
	}
}

type spooled struct {
	content io.Reader // with ReadAt and Seek, so that parts go in parallel and again
	size    int64
	sum     SHA256
	discard func()
}

func (s *S3) spool(r io.Reader) (spooled, error) {
	sum := sha256.New()
	r = io.TeeReader(r, sum)
	var head bytes.Buffer
	n, err := io.CopyN(&head, r, spoolMemory)
	if errors.Is(err, io.EOF) {
		return spooled{bytes.NewReader(head.Bytes()), n, SHA256(sum.Sum(nil)), func() {}}, nil
	}
	if err != nil {
		return spooled{}, fmt.Errorf("read what is to be stored: %w", err)
	}
	f, err := os.CreateTemp(s.cfg.SpoolDir, "yingda-spool-*")
	if err != nil {
		return spooled{}, fileFault("spool an upload", err)
	}
	discard := func() { _, _ = f.Close(), os.Remove(f.Name()) }
	size, err := io.Copy(f, io.MultiReader(&head, r))
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		discard()
		return spooled{}, fileFault("spool an upload", err)
	}
	return spooled{f, size, SHA256(sum.Sum(nil)), discard}, nil
}

// Stat implements Store.
func (s *S3) Stat(ctx context.Context, key string) (Info, error) {
	info, _, err := s.stat(ctx, key)
	return info, err
}

func (s *S3) stat(ctx context.Context, key string) (Info, string, error) {
	if err := CheckKey(key); err != nil {
		return Info{}, "", err
	}
	o, err := s.client.StatObject(ctx, s.cfg.Bucket, s.cfg.Prefix+key, minio.StatObjectOptions{})
	if err != nil {
		return Info{}, "", s3Fault("describe an object", err)
	}
	info := Info{Key: key, Size: o.Size, ContentType: o.ContentType, StoredAt: o.LastModified.UTC()}
	if sum, err := hex.DecodeString(o.UserMetadata[metaSHA256]); err == nil && len(sum) == len(info.SHA256) {
		info.SHA256 = SHA256(sum)
	}
	return info, o.ETag, nil
}

// Open implements Store.
func (s *S3) Open(ctx context.Context, key string) (Object, error) {
	info, etag, err := s.stat(ctx, key)
	if err != nil {
		return nil, err
	}
	return &s3Object{ctx: ctx, store: s, etag: etag, check: newVerifier(info)}, nil
}

// Delete implements Store.
func (s *S3) Delete(ctx context.Context, key string) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	err := s3Fault("delete an object", s.client.RemoveObject(ctx, s.cfg.Bucket, s.cfg.Prefix+key, minio.RemoveObjectOptions{}))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// List implements Store.
func (s *S3) List(ctx context.Context, prefix, after string, limit int) ([]Info, error) {
	if err := errors.Join(checkPrefix(prefix), checkPrefix(after)); err != nil {
		return nil, err
	}
	limit = min(max(limit, 0), MaxList)
	if limit == 0 {
		return nil, nil
	}
	opts := minio.ListObjectsOptions{Prefix: s.cfg.Prefix + prefix, Recursive: true, MaxKeys: limit}
	if after != "" {
		opts.StartAfter = s.cfg.Prefix + after
	}
	var found []Info
	for o := range s.client.ListObjectsIter(ctx, s.cfg.Bucket, opts) {
		if o.Err != nil {
			return nil, s3Fault("list objects", o.Err)
		}
		key := o.Key[min(len(s.cfg.Prefix), len(o.Key)):]
		if CheckKey(key) != nil {
			continue // not ours
		}
		found = append(found, Info{Key: key, Size: o.Size, StoredAt: o.LastModified.UTC()})
		if len(found) == limit {
			break
		}
	}
	return found, ctx.Err() // the iterator ends quietly with its context
}

// Sweep implements Store: it aborts uploads in parts that never ended.
func (s *S3) Sweep(ctx context.Context, age time.Duration) (int, error) {
	removed := 0
	keyMarker, uploadMarker := "", ""
	for {
		page, err := s.core.ListMultipartUploads(ctx, s.cfg.Bucket, s.cfg.Prefix, keyMarker, uploadMarker, "", MaxList)
		if err != nil {
			return removed, s3Fault("list unfinished uploads", err)
		}
		for _, u := range page.Uploads {
			if time.Since(u.Initiated) < age {
				continue
			}
			err := s3Fault("abort an upload", s.core.AbortMultipartUpload(ctx, s.cfg.Bucket, u.Key, u.UploadID))
			if err != nil && !errors.Is(err, ErrNotFound) {
				return removed, err
			}
			removed++
		}
		if !page.IsTruncated {
			return removed, nil
		}
		keyMarker, uploadMarker = page.NextKeyMarker, page.NextUploadIDMarker
	}
}

// s3Fault turns an error of the service into a fault. Ended contexts and faults pass.
func s3Fault(doing string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := fault.As(err); ok || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	answer := minio.ToErrorResponse(err) // knows its own error only unwrapped
	err = fmt.Errorf("%s: %w", doing, err)
	switch answer.Code {
	case "NoSuchKey", "NoSuchUpload":
		return ErrNotFound.WithCause(err)
	case "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "NoSuchBucket", "AllAccessDisabled", "AccountProblem":
		return errRefused.WithCause(err)
	case "XMinioStorageFull", "QuotaExceeded", "InsufficientStorage", "EntityTooLarge":
		return errFull.WithCause(err)
	case "PreconditionFailed":
		return ErrDamaged.WithCause(err) // replaced while it was read
	}
	if answer.StatusCode == http.StatusInsufficientStorage {
		return errFull.WithCause(err)
	}
	return errAway.WithCause(err)
}

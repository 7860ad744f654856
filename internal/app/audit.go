package app

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/audit"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/config"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/secret"
)

// joinAudit makes the audit; its hook for revealed personal data belongs to the API.
func (a *App) joinAudit(messages *notify.Service) *audit.Service {
	s := audit.New(audit.Config{
		Pool: a.pool, Ring: a.keys, Blobs: a.blobs, Messages: messages, MailTo: a.cfg.Audit.MailTo, Clock: a.clock, Logger: a.log,
	})
	a.monitor.Register(s.Health())
	return s
}

// startAudit starts sealing and the daily verification.
func (a *App) startAudit(ctx context.Context, s *audit.Service) error {
	return errors.Join(a.begin(ctx, s.Sealer()), a.begin(ctx, s.Verifier()))
}

// VerifyAudit compares the audit with its seal. An error means that it could not; what is wrong goes to
// options.Report.
func (o *Operator) VerifyAudit(ctx context.Context, options audit.VerifyOptions) (v audit.Verification, took time.Duration, err error) {
	err = o.onAudit(ctx, func(s *audit.Service) (err error) {
		begin := o.clock.Now()
		v, err = s.Verify(ctx, options)
		took = o.clock.Now().Sub(begin)
		return err
	})
	return v, took, err
}

// AuditKeys lists the public keys of the audit, the oldest first.
func (o *Operator) AuditKeys(ctx context.Context) (keys []audit.Key, err error) {
	err = o.onAudit(ctx, func(s *audit.Service) (err error) {
		keys, err = s.Keys(ctx)
		return err
	})
	return keys, err
}

// onAudit gives the audit of an existing installation, without the master key: verifying needs none.
func (o *Operator) onAudit(ctx context.Context, do func(*audit.Service) error) error {
	return o.onDatabase(ctx, func(pool *pgxpool.Pool) error {
		store, stop, err := openBlobs(o.cfg)
		if err != nil {
			return err
		}
		defer stop()
		return do(audit.New(audit.Config{Pool: pool, Blobs: store, Clock: o.clock, Logger: o.log}))
	})
}

// openBlobs opens the file store of an installation for a command.
func openBlobs(cfg config.Config) (store blob.Store, stop func(), err error) {
	if cfg.Blob.S3Endpoint == "" {
		store, err = blob.NewFiles(blob.FilesConfig{Dir: filepath.Join(cfg.DataDir, "blob")})
		return store, func() {}, err
	}
	_, host, _ := strings.Cut(cfg.Blob.S3Endpoint, "://")
	s3, err := blob.NewS3(blob.S3Config{
		Endpoint: strings.TrimSuffix(host, "/"), Bucket: cfg.Blob.S3Bucket, Region: cfg.Blob.S3Region,
		AccessKey: cfg.Blob.S3AccessKey, Secret: secret.Hide(cfg.Blob.S3SecretKey), PlainHTTP: strings.HasPrefix(cfg.Blob.S3Endpoint, "http://"),
	})
	if err != nil {
		return nil, nil, err
	}
	return s3, s3.Close, nil
}

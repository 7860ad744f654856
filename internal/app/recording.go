package app

import (
	"context"
	"path/filepath"
	"strings"

	"yingda/internal/platform/blob"
	"yingda/internal/platform/config"
	"yingda/internal/platform/secret"
	"yingda/internal/setting"
	"yingda/internal/voice/recording"
)

// joinRecording makes the recordings; processes that carry calls also record them.
func (a *App) joinRecording(ctx context.Context, settings *setting.Service) (*recording.Service, error) {
	archive, err := a.openArchive()
	if err != nil {
		return nil, err
	}
	s := recording.NewService(recording.Config{
		Pool: a.pool, Ring: a.keys, Blobs: a.blobs, Archive: archive, Settings: settings, Spool: filepath.Join(a.cfg.DataDir, "recording"),
		Node: a.cfg.Node, Clock: a.clock, Logger: a.log,
	})
	a.monitor.Register(s.Health())
	if !a.cfg.Has(config.Voice) {
		return s, nil
	}
	return s, a.begin(ctx, s.Recording())
}

// openArchive is where old recordings move: a directory of its own, which may be a mount of slower and cheaper disks,
// or a prefix in the bucket, which the bucket's own rules may put into a cheaper class.
func (a *App) openArchive() (blob.Store, error) {
	if a.cfg.Blob.S3Endpoint == "" {
		return blob.NewFiles(blob.FilesConfig{Dir: filepath.Join(a.cfg.DataDir, "archive")})
	}
	plain := strings.HasPrefix(a.cfg.Blob.S3Endpoint, "http://")
	_, host, _ := strings.Cut(a.cfg.Blob.S3Endpoint, "://")
	s3, err := blob.NewS3(blob.S3Config{
		Endpoint: strings.TrimSuffix(host, "/"), Bucket: a.cfg.Blob.S3Bucket, Prefix: "archive/", Region: a.cfg.Blob.S3Region,
		AccessKey: a.cfg.Blob.S3AccessKey, Secret: secret.Hide(a.cfg.Blob.S3SecretKey), PlainHTTP: plain, Logger: a.log,
	})
	if err != nil {
		return nil, err
	}
	a.running = append(a.running, closer{"archive", s3.Close})
	return s3, nil
}

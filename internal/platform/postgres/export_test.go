package postgres

import (
	"context"
	"time"

	"yingda/internal/platform/health"
)

// Pin, Unpack with other pins, and the rest of this file open internals to the tests of this package.
type Pin = pin

var ArchivePins = archivePins

func UnpackPinned(ctx context.Context, archive, cache string, pins []Pin, platform string) (string, error) {
	return unpack(ctx, archive, cache, pins, platform)
}

func HealthWith(cfg HealthConfig, disk func(string) (uint64, uint64, error), long time.Duration) health.Component {
	h := newCheckup(cfg)
	h.disk, h.long = disk, long
	return h.component()
}

var (
	CheckAge         = checkAge
	MemTotal         = memTotal
	ClusterProcesses = clusterProcesses
	NewServerLog     = func(s *Server) *serverLog { return &serverLog{log: s.log} }
)

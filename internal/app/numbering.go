package app

import (
	"context"

	"yingda/internal/numbering"
	"yingda/internal/organization"
)

// joinNumbering makes the tables of numbers; every process follows them, whatever its roles.
func (a *App) joinNumbering(ctx context.Context, units *organization.Service) (*numbering.Service, error) {
	s := numbering.New(numbering.Config{Pool: a.pool, Organization: units, Blobs: a.blobs, Clock: a.clock, Logger: a.log})
	a.monitor.Register(s.Health())
	return s, a.begin(ctx, s.Follower())
}

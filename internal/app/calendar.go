package app

import (
	"context"

	"yingda/internal/calendar"
	"yingda/internal/organization"
	"yingda/internal/setting"
)

// joinCalendar makes the calendars; every process follows them, whatever its roles.
func (a *App) joinCalendar(ctx context.Context, units *organization.Service, settings *setting.Service) (*calendar.Service, error) {
	s := calendar.New(calendar.Config{Pool: a.pool, Organization: units, Settings: settings, Clock: a.clock, Logger: a.log})
	a.monitor.Register(s.Health())
	return s, a.begin(ctx, s.Follower(a.bus))
}

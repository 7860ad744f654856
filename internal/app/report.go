package app

import (
	"yingda/internal/organization"
	"yingda/internal/report"
)

// joinReport makes the reports; they read what the other domains wrote.
func (a *App) joinReport(units *organization.Service) *report.Service {
	return report.New(report.Config{Pool: a.pool, Organization: units, Clock: a.clock, Logger: a.log})
}

package app

import (
	"yingda/internal/approval"
)

// joinApproval makes the requests that one person asks and another decides; domains register their kinds with it.
func (a *App) joinApproval() *approval.Service {
	return approval.New(approval.Config{Pool: a.pool, Clock: a.clock, Logger: a.log})
}

package app

import (
	"context"

	"yingda/internal/approval"
	"yingda/internal/identity"
	"yingda/internal/platform/timer"
)

// joinControl makes the control of accounts and registers what can be asked with the approvals.
func (a *App) joinControl(accounts *identity.Service, approvals *approval.Service) (*identity.ControlService, error) {
	s, err := identity.NewControl(accounts, approvals)
	if err != nil {
		return nil, err
	}
	a.monitor.Register(s.Health())
	return s, nil
}

// handleRequests registers what happens when requests and reviews come due; before the timers start.
func (d *domains) handleRequests(clockwork *timer.Worker) {
	d.approval.HandleTimers(clockwork)
	d.control.HandleTimers(clockwork)
}

// startControl lets accounts follow their member of staff.
func (a *App) startControl(ctx context.Context) error {
	for _, w := range a.domains.control.Workers(a.bus) {
		if err := a.begin(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

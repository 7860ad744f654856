package app

import (
	"context"
	"fmt"

	"yingda/internal/approval"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/outbox"
)

// joinApproval makes the requests that one person asks and another decides; domains register their kinds with it.
func (a *App) joinApproval() *approval.Service {
	return approval.New(approval.Config{Pool: a.pool, Clock: a.clock, Logger: a.log})
}

// tellApprovals lets open pages hear that a request changed, so that counts and lists are read again.
func (a *App) tellApprovals(ctx context.Context) error {
	sub, err := a.bus.Subscribe(outbox.Subject("approval.>"), "live-approvals", func(context.Context, bus.Message) {
		a.tell("approvals.changed")
	})
	if err != nil {
		return fmt.Errorf("listen for changes of requests: %w", err)
	}
	return a.begin(ctx, lifecycle.Func("live-approvals", nil, sub.Stop))
}

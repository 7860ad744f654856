package app

import (
	"context"

	"yingda/internal/demo"
)

// fillDemo puts demonstration data into an installation that has none.
func (a *App) fillDemo(ctx context.Context) error {
	if !a.cfg.Demo {
		return nil
	}
	return demo.Fill(ctx, a.pool, a.domains.organization, a.domains.notify, a.clock.Now())
}

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
	d := a.domains
	return demo.Fill(ctx, demo.House{Pool: a.pool, Units: d.organization, Accounts: d.identity, Numbers: d.numbering, Messages: d.notify, Settings: d.setting, Hours: d.calendar, Recordings: d.recording, Voice: d.voice}, a.clock.Now())
}

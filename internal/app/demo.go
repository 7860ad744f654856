package app

import (
	"context"
	"net"

	"yingda/internal/demo"
	"yingda/internal/platform/config"
	"yingda/internal/voice"
)

// fillDemo puts demonstration data into an installation that has none.
func (a *App) fillDemo(ctx context.Context) error {
	if !a.cfg.Demo {
		return nil
	}
	d := a.domains
	house := demo.House{
		Pool: a.pool, Units: d.organization, Accounts: d.identity, Numbers: d.numbering, Messages: d.notify, Settings: d.setting, Hours: d.calendar,
		Recordings: d.recording, Voice: d.voice, Queues: d.routing,
	}
	if err := demo.Fill(ctx, house, a.clock.Now()); err != nil {
		return err
	}
	floor, err := demo.FillFloor(ctx, house, a.clock.Now())
	if err != nil {
		return err
	}
	if err := d.interaction.NameDispositions(ctx); err != nil { // the first contact already shows what it was about
		return err
	}
	a.simulated = floor.Trunk
	if len(floor.Seats) == 0 || !a.cfg.Has(config.Voice) {
		return nil
	}
	address, err := simulationTarget(a.cfg.SIP)
	if err != nil {
		return err
	}
	d.traffic = demo.NewTraffic(demo.TrafficConfig{
		Floor: floor, SIP: address, Desks: d.routing, Words: d.interaction, Rate: float64(a.cfg.DemoTraffic), Clock: a.clock, Logger: a.log,
	})
	return nil
}

// simulationTarget is where this machine reaches its own voice node.
func simulationTarget(listen string) (string, error) {
	at, err := listenAddress(listen)
	if err != nil {
		return "", err
	}
	if !at.Addr().IsUnspecified() {
		return at.String(), nil
	}
	_, port, err := net.SplitHostPort(at.String())
	return net.JoinHostPort("127.0.0.1", port), err
}

// isSimulated tells whether calls over a trunk are the demonstration's own.
func (a *App) isSimulated(trunk voice.TrunkID) bool {
	return a.simulated != (voice.TrunkID{}) && trunk == a.simulated
}

// startTraffic lets simulated callers and agents begin when they shall from the start; pages switch them later.
func (a *App) startTraffic(ctx context.Context) error {
	if a.domains.traffic == nil {
		return nil
	}
	return a.begin(ctx, a.domains.traffic)
}

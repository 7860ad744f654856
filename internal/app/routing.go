package app

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"

	"yingda/internal/organization"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/config"
	"yingda/internal/platform/secret"
	"yingda/internal/routing"
	"yingda/internal/setting"
)

// purposeCaller is that of the hashes by which callers find their places in line again.
const purposeCaller secret.Purpose = "routing.caller"

// joinRouting makes queues and agents. Every process follows them and speaks with the leader; those with the role
// router also lead when nobody else does.
func (a *App) joinRouting(ctx context.Context, units *organization.Service, settings *setting.Service) (*routing.Service, error) {
	d := a.domains
	s := routing.New(routing.Config{
		Pool: a.pool, Organization: units, Bus: a.bus, Settings: settings, Node: a.cfg.Node, Clock: a.clock, Logger: a.log, Tell: a.tell,
		TellUser: a.tellUser, Recorder: d.journal, KnowsPhone: func(number string) bool {
			p, ok := d.voice.Tables().Phone(number)
			return ok && !p.Disabled
		},
	})
	a.monitor.Register(s.Health())
	a.metrics.Registerer().MustRegister(s.Collectors()...)
	d.live.Snapshot(routing.AgentLive, s.LiveAgent)
	if err := s.Refresh(ctx); err != nil { // a router that leads at once knows its queues
		return nil, err
	}
	if err := a.begin(ctx, s.Follower()); err != nil {
		return nil, err
	}
	if err := a.begin(ctx, s.Gatherer()); err != nil {
		return nil, err
	}
	if !a.cfg.Has(config.Router) {
		return s, nil
	}
	if err := a.begin(ctx, s.Router()); err != nil {
		return nil, err
	}
	return s, a.begin(ctx, s.Caretaker())
}

// tellUser lets the pages of one account hear something.
func (a *App) tellUser(user, topic string, data any) {
	if err := a.domains.live.Publish(user, topic, data); err != nil {
		a.log.Error("live event", "topic", topic, "error", err)
	}
}

// routingClient makes what a node that takes contacts speaks with the leader by.
func (a *App) routingClient() *routing.Client {
	return routing.NewClient(routing.ClientConfig{
		Bus: a.bus, Node: a.cfg.Node, Local: a.domains.routing, Clock: a.clock, Logger: a.log, Mark: a.callerMark,
	})
}

// callerMark is a keyed hash of a caller's number.
func (a *App) callerMark(number string) string {
	mac, err := a.keys.MAC(purposeCaller, []byte(number))
	if err != nil {
		a.log.Error("hash a caller's number", "error", err)
		return ""
	}
	return hex.EncodeToString(mac)
}

// ReplayRouting lets a new engine take the events of one term of the router (0: the newest) from the journal, and
// compares its states with those that the router wrote. With the server in the process, no other may run.
func ReplayRouting(ctx context.Context, cfg config.Config, epoch uint64, log *slog.Logger) (routing.Replayed, error) {
	b, err := bus.Open(ctx, bus.Config{URL: cfg.NATSURL, StoreDir: cfg.DataDir, Name: cfg.Node + "-replay", Logger: log, Clock: clock.System()})
	if err != nil {
		return routing.Replayed{}, err
	}
	r, err := routing.Replay(ctx, b, epoch)
	return r, errors.Join(err, b.Stop(context.WithoutCancel(ctx)))
}

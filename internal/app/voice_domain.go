package app

import (
	"context"

	"yingda/internal/organization"
	"yingda/internal/setting"
	"yingda/internal/voice"
)

// joinVoiceDomain makes trunks, phones, numbers and calls; every process follows their tables and hears what nodes
// tell, whatever its roles, so that each can show all of it.
func (a *App) joinVoiceDomain(ctx context.Context, units *organization.Service, settings *setting.Service) (*voice.Service, error) {
	s := voice.New(voice.Config{
		Pool: a.pool, Organization: units, Blobs: a.blobs, Ring: a.keys, Bus: a.bus, Settings: settings, Node: a.cfg.Node, Realm: a.cfg.SIPRealm, SHA256: a.cfg.SIPDigest == "both",
		Clock: a.clock, Logger: a.log, Tell: a.tell,
	})
	a.monitor.Register(s.Health())
	if err := a.begin(ctx, s.Follower()); err != nil {
		return nil, err
	}
	return s, a.begin(ctx, s.Gatherer())
}

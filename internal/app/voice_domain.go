package app

import (
	"context"

	"yingda/internal/organization"
	"yingda/internal/routing"
	"yingda/internal/setting"
	"yingda/internal/voice"
	"yingda/internal/voice/ivr"
)

// joinVoiceDomain makes trunks, phones, numbers and calls; every process follows their tables and hears what nodes
// tell, whatever its roles, so that each can show all of it.
func (a *App) joinVoiceDomain(ctx context.Context, units *organization.Service, settings *setting.Service) (_ *voice.Service, err error) {
	if a.flows, err = ivr.Load(a.cfg.Flows()); err != nil {
		return nil, err
	}
	s := voice.New(voice.Config{
		Pool: a.pool, Organization: units, Blobs: a.blobs, Ring: a.keys, Bus: a.bus, Settings: settings, Node: a.cfg.Node, Realm: a.cfg.SIPRealm, SHA256: a.cfg.SIPDigest == "both",
		Clock: a.clock, Logger: a.log, Tell: a.tell, Queues: a.queueTargets, Flows: a.flowTargets,
	})
	a.monitor.Register(s.Health())
	if err := a.begin(ctx, s.Follower()); err != nil {
		return nil, err
	}
	return s, a.begin(ctx, s.Gatherer())
}

// queueTargets are the queues that a called number may lead to.
func (a *App) queueTargets() (list []voice.QueueTarget) {
	if a.domains.routing == nil { // it is joined after voice
		return nil
	}
	for _, q := range a.domains.routing.Tables().Queues {
		if q.Channel == routing.VoiceChannel {
			list = append(list, voice.QueueTarget{Code: q.Code, Name: q.Name})
		}
	}
	return list
}

// flowTargets are the flows that a called number may lead to.
func (a *App) flowTargets() (list []voice.FlowTarget) {
	for _, name := range a.flows.Names() {
		if f, ok := a.flows.Get(name); ok {
			list = append(list, voice.FlowTarget{Name: name, Chinese: f.Chinese, English: f.English, NeedsQueue: f.NeedsQueue(), Queues: f.Queues()})
		}
	}
	return list
}

package node

import (
	"context"
	"log/slog"
	"sync/atomic"

	"yingda/internal/voice"
	"yingda/internal/voice/media"
	"yingda/internal/voice/sdp"
	"yingda/internal/voice/sip/trunk"
)

// apply takes over trunks and prompts. Calls in progress stay as they are.
func (n *Node) apply(tables *voice.Tables) {
	ids := make(map[string]voice.TrunkID, len(tables.Trunks))
	trunks := make([]trunk.Trunk, 0, len(tables.Trunks))
	for _, l := range tables.Trunks {
		ids[l.Name] = l.ID
		trunks = append(trunks, trunk.Trunk{
			ID: l.ID.UUID(), Name: l.Name, Group: l.GroupCode, Hosts: l.Hosts, Transport: trunk.Transport(l.Transport),
			Username: l.Username, Password: l.Password, Register: l.Register, Weight: l.Weight, Priority: l.Priority, MaxCalls: l.MaxCalls,
			Codecs: codecsOf(l.Codecs), InbandDTMF: l.InbandDTMF, Quiet: l.Quiet, Disabled: l.Disabled, CallerIDFrom: trunk.CallerIDFrom(l.CallerFrom),
		})
	}
	n.mu.Lock()
	n.trunkIDs = ids
	n.mu.Unlock()
	n.trunks.Apply(trunks)
	n.forgetPhones(tables)
	n.prompts.load(n.stopping, tables.Prompts)
}

// forgetPhones takes back the registrations of phones that are gone or disabled, or that were made with a password that
// has been replaced. Their calls go on.
func (n *Node) forgetPhones(tables *voice.Tables) {
	for _, r := range n.agent.Registrar().Snapshot() {
		if p, ok := tables.Phone(r.Phone); !ok || p.Disabled || r.Since.Before(p.PasswordAt) {
			n.agent.Registrar().Remove(r.Phone)
		}
	}
}

// codecsOf reads the names of an administrator's list.
func codecsOf(names []string) []sdp.Codec {
	var list []sdp.Codec
	for _, name := range names {
		switch name {
		case sdp.PCMA.String():
			list = append(list, sdp.PCMA)
		case sdp.PCMU.String():
			list = append(list, sdp.PCMU)
		}
	}
	return list
}

// prompts keep what callers hear in memory, encoded once.
type prompts struct {
	voice *voice.Service
	log   *slog.Logger
	have  atomic.Pointer[map[voice.PromptID]loaded]
}

type loaded struct {
	sha256 string
	prompt *media.Prompt
}

func newPrompts(v *voice.Service, log *slog.Logger) *prompts {
	p := &prompts{voice: v, log: log}
	p.have.Store(&map[voice.PromptID]loaded{})
	return p
}

func (p *prompts) get(id voice.PromptID) (*media.Prompt, bool) {
	have, ok := (*p.have.Load())[id]
	return have.prompt, ok
}

// load reads what is new. One that cannot be read keeps its older sound, and is tried again with the next change.
func (p *prompts) load(ctx context.Context, wanted map[voice.PromptID]voice.Prompt) {
	old := *p.have.Load()
	next := make(map[voice.PromptID]loaded, len(wanted))
	for id, w := range wanted {
		if have, ok := old[id]; ok && have.sha256 == w.SHA256 {
			next[id] = have
			continue
		}
		made, err := p.read(ctx, w)
		if err != nil {
			p.log.Error("a prompt cannot be read", "prompt", id, "error", err)
			if have, ok := old[id]; ok {
				next[id] = have
			}
			continue
		}
		next[id] = loaded{w.SHA256, made}
	}
	p.have.Store(&next)
}

func (p *prompts) read(ctx context.Context, w voice.Prompt) (*media.Prompt, error) {
	sound, err := p.voice.OpenPrompt(ctx, w.ID)
	if err != nil {
		return nil, err
	}
	defer sound.Close()
	return media.LoadPrompt(sound)
}

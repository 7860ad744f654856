package node

import (
	"context"
	"time"

	"yingda/internal/voice"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/media"
	"yingda/internal/voice/sip/trunk"
)

// Calls gives the legs of now.
func (n *Node) Calls() []voice.LiveCall {
	parties := n.all()
	list := make([]voice.LiveCall, 0, len(parties))
	for _, p := range parties {
		if !p.ended() {
			list = append(list, p.live())
		}
	}
	return list
}

func (p *party) live() voice.LiveCall {
	var stats media.Stats
	var silent time.Duration
	if p.sound != nil {
		stats, silent = p.sound.Stats(), p.sound.Silent()
	}
	_, callID := p.callIDs()
	p.mu.Lock()
	defer p.mu.Unlock()
	c := voice.LiveCall{
		ID: p.id, Conversation: p.conversation, Direction: p.direction, State: p.state, Caller: p.caller, Called: p.called,
		Trunk: p.trunk, Phone: p.phone, Centre: p.centre, Act: p.act, Started: p.began, Answered: p.answered, Recording: p.recorded,
		SIPCallID: callID,
	}
	if p.sounds {
		c.Codec = p.agreed.Codec.String()
		c.Quality = qualityOf(stats)
		if p.agreed.Receive && !p.answered.IsZero() {
			c.Quality.SilentMS = silent.Milliseconds()
		}
	}
	return c
}

// qualityOf puts the figures of sound into the words of the page.
func qualityOf(s media.Stats) voice.Quality {
	return voice.Quality{
		Receive: voice.Way{Packets: s.In.Packets, Lost: s.In.Lost, JitterMS: s.In.JitterMS, Reported: s.In.Packets > 0},
		Send:    voice.Way{Packets: s.Out.Packets, Lost: s.Out.Lost, JitterMS: s.Out.JitterMS, Late: s.Late, Reported: s.Out.MOS > 0},
		MOS:     s.In.MOS, RTTMS: float64(s.RoundTrip) / float64(time.Millisecond),
	}
}

// Ladder gives the messages of a leg of now.
func (n *Node) Ladder(id voice.CallID) ([]voice.Message, bool) {
	p, ok := n.party(id)
	if !ok {
		return nil, false
	}
	all, _ := p.callIDs()
	return n.ladders.of(all)
}

// Hang ends a leg.
func (n *Node) Hang(id voice.CallID) bool {
	p, ok := n.party(id)
	if !ok || p.ended() {
		return false
	}
	p.hang(ending.Normal)
	return true
}

// Registrations gives where phones are.
func (n *Node) Registrations() []voice.Registration {
	all := n.agent.Registrar().Snapshot()
	list := make([]voice.Registration, 0, len(all))
	for _, r := range all {
		list = append(list, voice.Registration{
			Phone: r.Phone, Contact: r.Contact, Source: r.Source, Transport: r.Network, Agent: r.UserAgent, Since: r.Since, Expires: r.Expires,
		})
	}
	return list
}

// TrunkStatus gives how each trunk is, as seen from here.
func (n *Node) TrunkStatus() []voice.TrunkStatus {
	all := n.trunks.Snapshot()
	list := make([]voice.TrunkStatus, 0, len(all))
	n.mu.RLock()
	defer n.mu.RUnlock()
	for _, t := range all {
		if id, ok := n.trunkIDs[t.Name]; ok {
			s := trunkStatus(t)
			s.Trunk = id
			list = append(list, s)
		}
	}
	return list
}

// TestTrunk asks every host of a trunk now.
func (n *Node) TestTrunk(ctx context.Context, id voice.TrunkID) ([]voice.HostTest, error) {
	status, err := n.trunks.Ask(ctx, id.UUID())
	if err != nil {
		return nil, err
	}
	list := make([]voice.HostTest, 0, len(status.Hosts))
	for _, h := range status.Hosts {
		list = append(list, voice.HostTest{
			Host: h.Host, OK: h.Answer >= 200 && h.Answer < 500, SIP: h.Answer, RTTMS: float64(h.RTT) / float64(time.Millisecond), Problem: problemOf(h.Problem),
		})
	}
	return list, nil
}

// trunkStatus tells of the host that is used: the first that is up, else the first.
func trunkStatus(t trunk.Status) voice.TrunkStatus {
	s := voice.TrunkStatus{Calls: t.Calls, Until: t.RegisteredUntil, State: trunkStates[t.State]}
	if len(t.Hosts) > 0 {
		h := t.Hosts[0]
		for _, other := range t.Hosts {
			if other.State == trunk.Up {
				h = other
				break
			}
		}
		s.Host, s.Since, s.Asked, s.SIP, s.Problem = h.Host, h.Since, h.Asked, h.Answer, problemOf(h.Problem)
		s.RTTMS = float64(h.RTT) / float64(time.Millisecond)
	}
	if s.State == voice.TrunkUp {
		switch t.Registered {
		case trunk.Trying:
			s.State = voice.TrunkRegistering
		case trunk.Refused:
			s.State, s.SIP = voice.TrunkRefused, t.RegisterAnswer
		case trunk.NotNeeded, trunk.Accepted:
		}
	}
	return s
}

var trunkStates = map[trunk.State]voice.TrunkState{
	trunk.Unknown: voice.TrunkUnknown, trunk.Up: voice.TrunkUp, trunk.Down: voice.TrunkDown, trunk.Off: voice.TrunkDisabled,
}

func problemOf(p trunk.Problem) string {
	switch p {
	case trunk.NoAddress:
		return "name"
	case trunk.NoAnswer:
		return "timeout"
	case trunk.NotReached:
		return "unreachable"
	case trunk.NoProblem:
	}
	return ""
}

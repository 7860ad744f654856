package node

import (
	"net/netip"

	"yingda/internal/voice"
	"yingda/internal/voice/media"
	"yingda/internal/voice/sip"
)

// Address is where the node listens for SIP over a network.
func (n *Node) Address(network string) netip.AddrPort { return n.agent.Wire().Addresses(network)[0] }

// Dialog is what the other side of a leg puts into a Replaces for it; "" when there is none.
func (n *Node) Dialog(id voice.CallID) string {
	p, ok := n.party(id)
	if !ok || p.leg == nil {
		return ""
	}
	d := p.leg.Dialog()
	return d.String()
}

// FallSilent does what happens when a leg has sent no sound for too long.
func (n *Node) FallSilent(id voice.CallID) bool {
	p, ok := n.party(id)
	if ok {
		p.fellSilent()
	}
	return ok
}

// Parties tells how many legs have not been reported.
func (n *Node) Parties() int { return len(n.all()) }

// Sound gives the figures of the media engine, Signalling those of SIP.
func (n *Node) Sound() media.Metrics  { return n.engine.Metrics() }
func (n *Node) Signalling() sip.Stats { return n.agent.Stats() }

// Ladders tells how many ladders are kept.
func (n *Node) Ladders() (kept int) {
	for i := range n.ladders.shards {
		s := &n.ladders.shards[i]
		s.Lock()
		kept += len(s.calls)
		s.Unlock()
	}
	return kept
}

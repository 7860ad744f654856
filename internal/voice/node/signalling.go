package node

import (
	"errors"

	"yingda/internal/voice/sdp"
	"yingda/internal/voice/sip"
	"yingda/internal/voice/sip/registrar"
	"yingda/internal/voice/sip/trunk"
	"yingda/internal/voice/sip/wire"
)

// newSignalling makes the SIP side; it opens nothing yet.
func (n *Node) newSignalling() {
	n.trunks = trunk.NewManager(trunk.Config{Clock: n.clock, Logger: n.log, Domain: n.cfg.Realm})
	n.agent = sip.New(sip.Config{
		Listen: n.cfg.Listen, Public: n.cfg.Public, TLS: n.cfg.TLS, Realm: n.cfg.Realm, MaxCalls: n.cfg.MaxCalls,
		Clock: n.clock, Logger: n.log, Credentials: n.cfg.Voice, Trunks: n.trunks, Trace: n.trace,
		Incoming: n.incoming, Refused: n.turnedAway, Renegotiate: n.renegotiate, Registrar: registrar.Config{Changed: n.desks.registered},
	})
}

// trace sees every message of the sockets.
func (n *Node) trace(m wire.Message) {
	n.arrivals.see(m, n.ladders.see(m))
	n.turns.see(m)
}

var errStranger = errors.New("the leg belongs to no call")

// renegotiate answers a re-INVITE; what it means for the other party follows as the event Updated.
func (n *Node) renegotiate(leg *sip.Leg, offer *sdp.Description) ([]byte, error) {
	p, ok := n.partyOf(leg)
	if !ok || p.sound == nil {
		return nil, errStranger
	}
	return p.accept(offer)
}

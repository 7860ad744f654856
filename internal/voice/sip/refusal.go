package sip

import (
	"net/netip"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/voice/ending"
)

// Refusal is a call of a trunk or phone that was turned away before it became a leg: over the limit, or with an INVITE
// that cannot be served. Strangers who are challenged or refused are not calls; the wire counts them.
type Refusal struct {
	CallID  string
	Arrived time.Time
	Called  string
	Caller  Identity
	Trunk   string // its name
	Phone   string
	Ending  ending.Ending
}

// turnedAway tells whoever keeps a record of calls.
func (a *Agent) turnedAway(req *sip.Request, from source, reason ending.Reason, side ending.Side) {
	if a.cfg.Refused == nil || req.From() == nil || req.CallID() == nil {
		return
	}
	r := Refusal{
		CallID: req.CallID().Value(), Arrived: a.arrival(req), Called: called(req, from.trunk), Caller: caller(req, string(from.trunk.CallerIDFrom)),
		Trunk: from.trunk.Name, Phone: from.phone, Ending: ending.Of(reason, side),
	}
	if from.phone != "" {
		r.Caller.Number, r.Caller.Asserted = from.phone, true
	}
	a.cfg.Refused(r)
}

// overLimit tells of a call that there is no room for. Who is no trunk has not shown who it is.
func (a *Agent) overLimit(req *sip.Request) {
	addr, err := netip.ParseAddrPort(req.Source())
	if err != nil || a.cfg.Trunks == nil {
		return
	}
	addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	if t, ok := a.cfg.Trunks.Identify(addr, strings.ToLower(req.Transport())); ok {
		a.turnedAway(req, source{trunk: t}, ending.CallLimit, ending.Ours)
	}
}

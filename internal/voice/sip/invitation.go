package sip

import (
	"errors"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/voice/sip/trunk"
)

// outgoing makes the leg of a call of ours.
func (a *Agent) outgoing(c *Call, w way) (*Leg, error) {
	e, err := a.endpoint(w.network)
	if err != nil {
		return nil, err
	}
	if _, err := netip.ParseAddrPort(w.destination); err != nil {
		return nil, errors.New("the name of the trunk's host does not resolve")
	}
	l := a.newLeg(Outgoing)
	l.arrived = a.clock.Now()
	l.in.shut = true
	l.end, l.network, l.flow = e, w.network, w.destination
	l.callID, l.localTag = newID().String(), a.table.tag()
	l.called, l.caller = c.To, c.From
	if l.called == "" {
		l.called = c.Phone
	}
	l.trunk, l.phone, l.login = w.trunk.Name, w.phone, w.login
	l.release = func() {
		w.release()
		a.giveBack()
	}
	l.target = w.target
	l.peer = party{uri: *w.target.Clone()}
	l.peer.uri.UriParams, l.peer.uri.Headers = nil, nil
	l.local = fromParty(c.From, e, w.trunk)
	l.body = c.SDP
	l.session.interval = a.cfg.SessionExpires
	return l, nil
}

// fromParty is how From names the caller; who does not want to be shown is anonymous there (RFC 3323).
func fromParty(id Identity, e *endpoint, t trunk.Trunk) party {
	if id.Withheld {
		return party{name: "Anonymous", uri: sip.Uri{Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"}}
	}
	user := id.Number
	if user == "" {
		user = t.Username
	}
	if user == "" {
		user = "yingda"
	}
	host := id.Host
	if host == "" {
		host = e.host
	}
	return party{name: clean(id.Name), uri: sip.Uri{Scheme: "sip", User: userPart(user), Host: clean(host)}}
}

// invitation writes the INVITE; after is the refusal that it reacts to, nil the first time. It gives
// nil when a challenge cannot be answered.
func (l *Leg) invitation(c *Call, w way, after *sip.Response) *sip.Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	req := l.request(sip.INVITE)
	l.invited = l.cseq
	req.SetDestination(w.destination)
	if after != nil && challenged(after) && !l.login.authorize(req, after) {
		return nil
	}
	req.AppendHeader(l.agent.allow)
	req.AppendHeader(l.agent.supported)
	l.session.propose(req)
	addIdentity(req, c.From, l.end, w)
	if c.Replaces != nil {
		req.AppendHeader(sip.NewHeader("Replaces", c.Replaces.String()))
		req.AppendHeader(sip.NewHeader("Require", "replaces"))
	}
	if c.ReferredBy != "" {
		by := l.end.uri(userPart(c.ReferredBy))
		req.AppendHeader(sip.NewHeader("Referred-By", "<"+by.String()+">"))
	}
	for _, h := range c.Headers {
		req.AppendHeader(sip.NewHeader(oneLine(h.Name), oneLine(h.Value)))
	}
	setBody(req, contentSDP, c.SDP)
	return req
}

// addIdentity tells a trunk who calls in the way that it expects (RFC 3325).
func addIdentity(req *sip.Request, id Identity, e *endpoint, w way) {
	if id.Number == "" {
		return
	}
	who := sip.Uri{Scheme: "sip", User: userPart(id.Number), Host: e.host}
	switch {
	case w.phone != "" && id.Withheld:
		return // a phone is no part of the trust domain
	case w.trunk.CallerIDFrom == trunk.FromRPID:
		privacy := "off"
		if id.Withheld {
			privacy = "full"
		}
		req.AppendHeader(sip.NewHeader("Remote-Party-ID", "<"+who.String()+">;party=calling;privacy="+privacy))
	case w.trunk.CallerIDFrom != trunk.FromFrom || id.Withheld:
		req.AppendHeader(sip.NewHeader("P-Asserted-Identity", "<"+who.String()+">"))
	}
	if id.Withheld {
		req.AppendHeader(sip.NewHeader("Privacy", "id"))
	}
}

// userPart escapes what may not stand in the user part of a URI (RFC 3261, section 25.1).
func userPart(s string) string {
	const plain = "-_.!~*'()&=+$,"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		const hex = "0123456789ABCDEF"
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

// oneLine takes out what would end a header line.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

// clean takes out what would end a header line, a quoted string or a URI.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`"\<>`, r) {
			return -1
		}
		return r
	}, oneLine(s))
}

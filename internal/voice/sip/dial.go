package sip

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	icholy "github.com/icholy/digest"

	"yingda/internal/voice/ending"
	"yingda/internal/voice/sip/registrar"
	"yingda/internal/voice/sip/trunk"
)

// way is one place where a call is tried.
type way struct {
	target      sip.Uri
	network     string
	destination string
	trunk       trunk.Trunk
	phone       string
	login       *login
	patience    time.Duration // how long it may stay silent before the next is tried; 0: as long as the transaction
	release     func()
}

// gaveUp is why a call of ours is taken back, as the cause of its context.
type gaveUp struct{ ending ending.Ending }

func (g gaveUp) Error() string { return "call taken back: " + string(g.ending.Reason) }

// Dial makes a call and waits until it is answered. A phone rings at all its contacts, the first to
// answer wins; a number is tried on the group's trunks in their order, the next one only when
// [ending.Ending.Retry] says that it is safe and useful. When ctx ends the call is taken back: CANCEL,
// or ACK and BYE when their answer was faster. The error is a *[NotAnswered].
func (a *Agent) Dial(ctx context.Context, c Call) (*Leg, error) {
	if !a.acquire() {
		return nil, &NotAnswered{Ending: ending.Of(ending.CallLimit, ending.Ours)}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if c.Ring > 0 {
		limit := deadline{fire: func(time.Time) { cancel(gaveUp{ending.Of(ending.NoAnswerReason, ending.Theirs)}) }}
		a.wheel.set(&limit, a.clock.Now().Add(c.Ring))
		defer a.wheel.set(&limit, time.Time{})
	}
	var l *Leg
	var err error
	if c.Phone != "" {
		l, err = a.dialPhone(ctx, &c)
	} else {
		l, err = a.dialTrunks(ctx, &c)
	}
	if err != nil {
		a.giveBack()
	}
	return l, err
}

// dialTrunks tries the group's trunks in turn.
func (a *Agent) dialTrunks(ctx context.Context, c *Call) (*Leg, error) {
	var candidates []trunk.Candidate
	if a.cfg.Trunks != nil {
		candidates = a.cfg.Trunks.Choose(c.Trunk)
	}
	var last error = &NotAnswered{Ending: ending.Of(ending.TrunkDown, ending.Network)}
	for i, candidate := range candidates {
		release, room := a.cfg.Trunks.Acquire(candidate.Trunk.ID)
		if !room {
			last = &NotAnswered{Ending: ending.Of(ending.CallLimit, ending.Ours)}
			continue
		}
		w := trunkWay(c.To, candidate)
		w.release = release
		if i < len(candidates)-1 {
			w.patience = a.cfg.TrunkWait
		}
		l, err := a.invite(ctx, c, w)
		e := EndingOf(err)
		heard := err == nil || e.Reason != ending.Timeout && e.Reason != ending.TrunkDown
		if heard || context.Cause(ctx) == nil {
			a.cfg.Trunks.Report(candidate.Trunk.ID, candidate.Host, heard)
		}
		if err == nil {
			return l, nil
		}
		release()
		last = err
		if !e.Retry || ctx.Err() != nil {
			return nil, err
		}
	}
	return nil, last
}

func trunkWay(to string, c trunk.Candidate) way {
	w := way{
		target:  sip.Uri{Scheme: "sip", User: userPart(to), Host: c.Host.Name},
		network: strings.ToUpper(string(c.Trunk.Transport)), destination: c.Address, trunk: c.Trunk,
	}
	if c.Host.Port != c.Trunk.Transport.DefaultPort() {
		w.target.Port = c.Host.Port
	}
	if w.network != "UDP" {
		w.target.UriParams = sip.HeaderParams{{K: "transport", V: strings.ToLower(w.network)}}
	}
	if c.Trunk.Username != "" {
		w.login = &login{user: c.Trunk.Username, password: c.Trunk.Password.Reveal()}
	}
	return w
}

// outcome is what came of one branch of a fork.
type outcome struct {
	leg *Leg
	err error
}

// dialPhone rings at all contacts of a phone at once.
func (a *Agent) dialPhone(ctx context.Context, c *Call) (*Leg, error) {
	var bindings []registrar.Binding
	if a.registrar != nil {
		bindings = a.registrar.Lookup(c.Phone)
	}
	if len(bindings) == 0 {
		return nil, &NotAnswered{Ending: ending.Of(ending.Unavailable, ending.Theirs)}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make(chan outcome, len(bindings))
	for _, b := range bindings {
		w := way{target: b.Contact, network: b.Flow.Transport(), destination: b.Flow.Destination(), phone: c.Phone, release: func() {}}
		a.work.Go(func() {
			l, err := a.inviteSafely(ctx, c, w)
			results <- outcome{leg: l, err: err}
		})
	}
	var won *Leg
	var best error
	for range bindings {
		r := <-results
		switch {
		case r.err == nil && won == nil:
			won = r.leg
			cancel(gaveUp{ending.Of(ending.AnsweredElsewhere, ending.Ours)})
		case r.err == nil:
			r.leg.keepRoom()
			r.leg.drop(ending.Of(ending.AnsweredElsewhere, ending.Ours))
		case best == nil || rank(r.err) > rank(best):
			best = r.err
			if e := EndingOf(r.err); e.SIP >= 600 && won == nil {
				cancel(gaveUp{e}) // a 6xx speaks for all contacts
			}
		}
	}
	if won != nil {
		return won, nil
	}
	return nil, best
}

// inviteSafely is invite for a goroutine of its own.
func (a *Agent) inviteSafely(ctx context.Context, c *Call, w way) (l *Leg, err error) {
	defer func() {
		if p := recover(); p != nil {
			a.panicked("dial", p)
			l, err = nil, &NotAnswered{Ending: ending.Of(ending.Internal, ending.Ours)}
		}
	}()
	return a.invite(ctx, c, w)
}

// rank tells which failure of several contacts is the callee's answer (RFC 3261, section 16.7 step 6).
func rank(err error) int {
	switch e := EndingOf(err); {
	case e.SIP >= 600:
		return 5
	case e.Result == ending.Busy, e.Result == ending.Rejected:
		return 4
	case e.Result == ending.NoAnswer:
		return 3
	case e.Result == ending.Cancelled:
		return 2
	default:
		return 1
	}
}

// invite tries one way. It returns with a leg that is up, or with the ending.
func (a *Agent) invite(ctx context.Context, c *Call, w way) (*Leg, error) {
	if err := ctx.Err(); err != nil {
		return nil, &NotAnswered{Ending: why(ctx)}
	}
	l, err := a.outgoing(c, w)
	if err != nil {
		return nil, &NotAnswered{Ending: ending.Of(ending.TrunkDown, ending.Network), Cause: err}
	}
	_, _ = a.table.put(l)
	var res *sip.Response
	for try := 0; ; try++ {
		req := l.invitation(c, w, res)
		if req == nil {
			break // a challenge without a login
		}
		res, err = a.attempt(ctx, c, l, w, req)
		if err != nil {
			return nil, l.failed(err)
		}
		if res.IsSuccess() {
			return l, l.established(res)
		}
		if try == 2 || !challenged(res) && res.StatusCode != 422 || !l.next(res, try) {
			break
		}
	}
	e := ending.FromResponse(res.StatusCode, strings.Join(values(res, "reason"), ", "))
	return nil, l.failed(&NotAnswered{Ending: e})
}

// next prepares another INVITE after a refusal that tells how to do it better.
func (l *Leg) next(res *sip.Response, try int) bool {
	if challenged(res) {
		return l.login != nil && (try == 0 || stale(res))
	}
	least, _, ok := seconds(text(res, "min-se"))
	if !ok || least <= l.session.interval || least > 24*time.Hour {
		return false
	}
	l.mu.Lock()
	l.session.interval = least
	l.mu.Unlock()
	return true
}

// stale reports a challenge that finds only the nonce too old (RFC 7616, section 3.3).
func stale(res *sip.Response) bool {
	for _, name := range [...]string{"www-authenticate", "proxy-authenticate"} {
		for _, h := range res.GetHeaders(name) {
			if c, err := icholy.ParseChallenge(h.Value()); err == nil && c.Stale {
				return true
			}
		}
	}
	return false
}

// failed ends a leg that was not answered.
func (l *Leg) failed(err error) error {
	var n *NotAnswered
	if !errors.As(err, &n) {
		e := ending.Of(ending.TrunkDown, ending.Network)
		if errors.Is(err, errNoAnswer) {
			e = ending.Of(ending.Timeout, ending.Network)
		}
		n = &NotAnswered{Ending: e, Cause: err}
	}
	l.keepRoom()
	l.finish(n.Ending)
	return n
}

// keepRoom leaves the room that the leg has taken to Dial, which gives it back or tries the next way
// with it.
func (l *Leg) keepRoom() {
	l.mu.Lock()
	l.release = func() {}
	l.mu.Unlock()
}

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

// attempt sends one INVITE and waits for its final answer.
func (a *Agent) attempt(ctx context.Context, c *Call, l *Leg, w way, req *sip.Request) (*sip.Response, error) {
	tx, err := a.begin(ctx, req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, &NotAnswered{Ending: why(ctx)}
		}
		return nil, err
	}
	silence := make(chan struct{})
	if w.patience > 0 {
		limit := deadline{fire: func(time.Time) { close(silence) }}
		a.wheel.set(&limit, a.clock.Now().Add(w.patience))
		defer a.wheel.set(&limit, time.Time{})
	}
	heard := false
	for {
		select {
		case res := <-tx.Responses():
			if res.StatusCode >= 200 {
				if res.IsSuccess() {
					tx.Terminate() // repeated 200s come to onStray
				}
				return res, nil
			}
			heard, silence = true, nil
			l.progressed(c, res)
		case <-silence:
			tx.Terminate()
			return nil, errNoAnswer
		case <-tx.Done():
			return nil, txError(tx)
		case <-ctx.Done():
			e := why(ctx)
			a.byes.Go(func() { a.takeBack(tx, req, heard, e) })
			return nil, &NotAnswered{Ending: e}
		}
	}
}

// why is the ending that a context's cause stands for.
func why(ctx context.Context) ending.Ending {
	var g gaveUp
	if errors.As(context.Cause(ctx), &g) {
		return g.ending
	}
	return ending.Of(ending.CallerGaveUp, ending.Ours)
}

// progressed tells of a provisional answer.
func (l *Leg) progressed(c *Call, res *sip.Response) {
	if res.StatusCode == sip.StatusTrying {
		return
	}
	var e Event = Ringing{Status: res.StatusCode}
	if d, status := description(res); status == 0 && d != nil {
		e = EarlyMedia{Remote: d}
	}
	l.emit(e)
	if c.Progress != nil {
		c.Progress(e)
	}
}

// established takes their 200: ACK, and the leg is up.
func (l *Leg) established(res *sip.Response) error {
	a := l.agent
	d, status := description(res)
	now := a.clock.Now()
	l.mu.Lock()
	l.fromAnswer(res)
	l.state = up
	l.remote = d
	l.remoteSum = a.sum(res.Body())
	l.session.agreed(res)
	l.session.begin(now)
	ack := l.request(sip.ACK)
	ack.SetBody(nil)
	l.rearm()
	l.mu.Unlock()
	if err := a.write(ack); err != nil {
		a.log.Debug("sip ACK not sent", "error", err) // their repeated 200 gets the next one
	}
	if status != 0 || d == nil {
		e := ending.Of(ending.NoCommonCodec, ending.Theirs)
		e.Retry = false
		l.keepRoom()
		l.drop(e)
		return &NotAnswered{Ending: e}
	}
	l.emit(Answered{At: now, Remote: d})
	return nil
}

// fromAnswer fills the dialog from their answer; with l.mu held or before the leg is shown.
func (l *Leg) fromAnswer(res *sip.Response) {
	l.remoteTag, _ = res.To().Params.Get("tag")
	l.peer.name, l.peer.uri = res.To().DisplayName, res.To().Address
	if c := res.Contact(); c != nil && c.Address.Host != "" {
		l.target = c.Address
	} else {
		l.target = res.To().Address
	}
	l.routes = nil
	list := res.GetHeaders("record-route")
	for i := len(list) - 1; i >= 0; i-- { // RFC 3261, section 12.1.2: in reverse order
		if r, ok := list[i].(*sip.RecordRouteHeader); ok {
			l.routes = append(l.routes, r.Address)
		}
	}
	if source := res.Source(); source != "" {
		l.flow = source
	}
}

// takeBack ends an INVITE of ours that has no final answer: CANCEL as soon as they have said anything
// (RFC 3261, section 9.1), then their 487; ACK and BYE when their 200 was faster.
func (a *Agent) takeBack(tx *sip.ClientTx, invite *sip.Request, heard bool, e ending.Ending) {
	limit := a.clock.NewTimer(byeWait)
	defer limit.Stop()
	cancelled := false
	for {
		if heard && !cancelled {
			cancelled = true
			a.byes.Go(func() { a.cancel(invite, e) })
		}
		select {
		case res := <-tx.Responses():
			switch {
			case res.StatusCode < 200:
				heard = true
				continue
			case res.IsSuccess():
				tx.Terminate()
				a.unwanted(res)
			}
			return
		case <-tx.Done():
			return
		case <-limit.C():
			tx.Terminate()
			return
		case <-a.stopping.Done():
			tx.Terminate()
			return
		}
	}
}

// cancel sends CANCEL for an INVITE (RFC 3261, section 9.1).
func (a *Agent) cancel(invite *sip.Request, e ending.Ending) {
	req := sip.NewRequest(sip.CANCEL, invite.Recipient)
	req.AppendHeader(sip.HeaderClone(invite.Via()))
	hops := sip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	sip.CopyHeaders("Route", invite, req)
	req.AppendHeader(sip.HeaderClone(invite.From()))
	req.AppendHeader(sip.HeaderClone(invite.To()))
	req.AppendHeader(sip.HeaderClone(invite.CallID()))
	req.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sip.CANCEL})
	addReason(req, e)
	req.SetBody(nil)
	req.SetTransport(invite.Transport())
	req.SetDestination(invite.Destination())
	req.Laddr = invite.Laddr
	ctx, cancel := context.WithTimeout(a.stopping, byeWait)
	defer cancel()
	if _, err := a.send(ctx, req); err != nil {
		a.log.Debug("sip CANCEL without an answer", "error", err)
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

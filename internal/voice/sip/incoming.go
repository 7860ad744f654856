package sip

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/voice/ending"
	"yingda/internal/voice/sdp"
	"yingda/internal/voice/sip/registrar"
	"yingda/internal/voice/sip/trunk"
)

// authWait bounds the reading of a phone's credentials.
const authWait = 5 * time.Second

// source is who sent a request.
type source struct {
	trunk   trunk.Trunk
	phone   string
	network string
	release func()
}

// onInvite takes an INVITE that begins a call. It runs in the request's own goroutine, in which the
// call's handler runs too.
func (a *Agent) onInvite(req *sip.Request, tx *sip.ServerTx) {
	if a.repeated(req, tx) {
		return
	}
	if !a.acquire() {
		res := a.response(req, sip.StatusServiceUnavailable)
		res.AppendHeader(sip.NewHeader("Retry-After", "5"))
		addReason(res, ending.Of(ending.CallLimit, ending.Ours))
		a.refused.Add(1)
		a.reply(req, tx, res)
		a.overLimit(req)
		return
	}
	var l *Leg
	func() {
		defer func() {
			if l == nil {
				a.giveBack() // also when taking it panicked
			}
		}()
		l = a.take(req, tx)
	}()
	if l == nil {
		return
	}
	defer l.rescue("call handler")
	a.cfg.Incoming(l)
}

// take makes a leg of an INVITE, or answers why not and gives nil.
func (a *Agent) take(req *sip.Request, tx *sip.ServerTx) *Leg {
	from, ok := a.identify(req, tx)
	if !ok {
		return nil
	}
	if unknown := unsupported(req); unknown != "" {
		res := a.response(req, sip.StatusBadExtension)
		res.AppendHeader(sip.NewHeader("Unsupported", unknown))
		from.release()
		a.reply(req, tx, res)
		a.turnedAway(req, from, ending.NotSupported, ending.Theirs)
		return nil
	}
	l := a.fromInvite(req, tx, from)
	if l == nil {
		from.release()
		return nil
	}
	l.release = func() { from.release(); a.giveBack() }
	if other, buried := a.table.put(l); other != nil || buried {
		from.release()
		a.again(other, req, tx)
		return nil
	}
	hook := new(atomic.Pointer[Leg]) // the transaction outlives the leg and must not hold it
	hook.Store(l)
	l.hook = hook
	if !tx.OnCancel(func(cancel *sip.Request) { a.onCancel(hook.Load(), cancel) }) {
		l.final.Store(cancelled)
		from.release()
		l.release = func() {}
		l.finish(ending.Of(ending.CallerGaveUp, ending.Theirs))
		return nil
	}
	return l
}

// fromInvite reads an INVITE into a leg; a defect is answered.
func (a *Agent) fromInvite(req *sip.Request, tx *sip.ServerTx, from source) *Leg {
	contact := req.Contact()
	if contact == nil || contact.Address.Host == "" || contact.Address.Wildcard {
		a.refuse(req, tx, sip.StatusBadRequest)
		a.turnedAway(req, from, ending.BadMessage, ending.Theirs)
		return nil
	}
	offer, status := description(req)
	if status == 0 && offer != nil {
		if _, _, err := offer.Answer(sdp.Local{Codecs: from.trunk.Codecs}); err != nil {
			status = sip.StatusNotAcceptableHere
		}
	}
	if status != 0 {
		reason := ending.BadMessage
		if status == sip.StatusNotAcceptableHere {
			reason = ending.NoCommonCodec
		}
		a.refuse(req, tx, status)
		a.turnedAway(req, from, reason, ending.Theirs)
		return nil
	}
	timer, tooSmall := a.asked(req)
	if tooSmall > 0 {
		res := a.response(req, 422)
		res.AppendHeader(sip.NewHeader("Min-SE", "90"))
		a.reply(req, tx, res)
		return nil
	}
	takesOver, status := a.replaced(req)
	if status != 0 {
		a.refuse(req, tx, status)
		a.turnedAway(req, from, ending.NotFound, ending.Theirs) // there is nothing to take over
		return nil
	}
	l := a.newLeg(Incoming)
	l.takesOver, l.session, l.phone, l.trunk = takesOver, timer, from.phone, from.trunk.Name
	l.arrived = a.arrival(req)
	l.setRemote(offer)
	l.remoteSum = a.sum(req.Body())
	l.fromRequest(req, tx, from)
	return l
}

// fromRequest fills the dialog from their INVITE.
func (l *Leg) fromRequest(req *sip.Request, tx *sip.ServerTx, from source) {
	a := l.agent
	fromHeader, toHeader := req.From(), req.To()
	l.req, l.tx = req, tx
	l.callID = req.CallID().Value()
	l.localTag, _ = toHeader.Params.Get("tag")
	l.remoteTag, _ = fromHeader.Params.Get("tag")
	l.branch, _ = req.Via().Params.Get("branch")
	l.origin = a.origin(req)
	l.local = party{name: toHeader.DisplayName, uri: toHeader.Address}
	l.peer = party{name: fromHeader.DisplayName, uri: fromHeader.Address}
	l.target = req.Contact().Address
	for _, h := range req.GetHeaders("record-route") {
		if r, ok := h.(*sip.RecordRouteHeader); ok {
			l.routes = append(l.routes, r.Address)
		}
	}
	l.network, l.flow = from.network, req.Source()
	l.end = a.endpointOf(from.network, tx.Connection())
	l.called, l.diverted = called(req, from.trunk), diverted(req)
	l.caller = caller(req, string(from.trunk.CallerIDFrom))
	if from.phone != "" {
		l.caller.Number, l.caller.Asserted = from.phone, true
	}
	l.in.begin(req.CSeq().SeqNo)
	if from.trunk.Username != "" {
		l.login = &login{user: from.trunk.Username, password: from.trunk.Password.Reveal()}
	}
}

// unsupported lists what a Require header wants and we cannot do (RFC 3261, section 8.2.2.3).
func unsupported(req *sip.Request) string {
	var list []string
	for _, v := range values(req, "require") {
		if !strings.EqualFold(v, "timer") && !strings.EqualFold(v, "replaces") {
			list = append(list, v)
		}
	}
	return strings.Join(list, ", ")
}

// identify tells who sends an INVITE: a phone by digest, a trunk by its address. Who registered by this
// flow, or brings credentials, is taken for a phone even at a trunk's address (a test machine has all at
// one). Who is neither is challenged, so that it can show to be a phone, or refused where no phone can
// register.
func (a *Agent) identify(req *sip.Request, tx *sip.ServerTx) (source, bool) {
	from := source{network: strings.ToUpper(req.Transport()), release: func() {}}
	addr, err := netip.ParseAddrPort(req.Source())
	addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	if a.fromPhone(req, addr) {
		return a.authenticate(req, tx, from)
	}
	if err == nil && a.cfg.Trunks != nil {
		if t, ok := a.cfg.Trunks.Identify(addr, strings.ToLower(from.network)); ok {
			release, room := a.cfg.Trunks.Acquire(t.ID)
			if !room {
				a.refuse(req, tx, sip.StatusServiceUnavailable)
				from.trunk = t
				a.turnedAway(req, from, ending.CallLimit, ending.Ours)
				return from, false
			}
			from.trunk, from.release = t, release
			return from, true
		}
	}
	if a.cfg.Anybody {
		return from, true
	}
	if a.registrar == nil {
		a.refuse(req, tx, sip.StatusForbidden)
		return from, false
	}
	return a.authenticate(req, tx, from)
}

// fromPhone reports whether a request is a phone's to prove.
func (a *Agent) fromPhone(req *sip.Request, addr netip.AddrPort) bool {
	if a.registrar == nil {
		return false
	}
	if req.GetHeader("authorization") != nil {
		return true
	}
	_, ok := a.registrar.Phone(registrar.Flow{Network: strings.ToLower(req.Transport()), Source: addr}, req.From().Address.User)
	return ok
}

func (a *Agent) authenticate(req *sip.Request, tx *sip.ServerTx, from source) (source, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), authWait)
	defer cancel()
	phone, refusal := a.registrar.Authenticate(ctx, req)
	if refusal != nil {
		a.reply(req, tx, refusal)
		return from, false
	}
	from.phone = phone
	return from, true
}

// origin names the INVITE that begins a call, whichever way it came (RFC 3261, section 8.2.2.2).
func (a *Agent) origin(req *sip.Request) uint64 {
	tag, _ := req.From().Params.Get("tag")
	return max(1, a.table.hash("origin", req.CallID().Value(), tag, req.CSeq().String()))
}

// repeated handles an INVITE that has made a leg already: sent again after its transaction was freed,
// or arrived by a second way.
func (a *Agent) repeated(req *sip.Request, tx *sip.ServerTx) bool {
	other, buried := a.table.made(a.origin(req))
	if other == nil && !buried {
		return false
	}
	a.again(other, req, tx)
	return true
}

func (a *Agent) again(other *Leg, req *sip.Request, tx *sip.ServerTx) {
	branch, _ := req.Via().Params.Get("branch")
	if other == nil || other.branch == branch {
		tx.Terminate() // the 200 is repeated by the leg's own timer
		return
	}
	a.refuse(req, tx, sip.StatusLoopDetected)
}

// replaced finds the leg that a Replaces header names, or the status of RFC 3891, section 3.
func (a *Agent) replaced(req *sip.Request) (*Leg, int) {
	value := text(req, "replaces")
	if value == "" {
		return nil, 0
	}
	r, ok := replaces(value)
	if !ok || len(req.GetHeaders("replaces")) > 1 {
		return nil, sip.StatusBadRequest
	}
	l := a.table.get(r.ToTag)
	if l == nil || l.callID != r.CallID {
		if a.table.gone(r.ToTag) {
			return nil, sip.StatusGlobalDecline
		}
		return nil, sip.StatusCallTransactionDoesNotExists
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.remoteTag != r.FromTag:
		return nil, sip.StatusCallTransactionDoesNotExists
	case l.state == early && l.direction == Incoming:
		return nil, sip.StatusCallTransactionDoesNotExists // only the caller's side of an early dialog can be replaced
	case r.EarlyOnly && l.state != early:
		return nil, sip.StatusBusyHere
	}
	return l, 0
}

// onCancel is called by the transaction with its lock held, before it sends the 487 by itself. The leg is
// finished beside: finishing takes the leg's lock, which Answer holds while it waits for the
// transaction's. So their 487 may be a moment ahead of the end of the leg; the outcome is decided here.
func (a *Agent) onCancel(l *Leg, cancel *sip.Request) {
	if l == nil || !l.final.CompareAndSwap(undecided, cancelled) {
		return // our answer was first; its sender learns from the transaction whether it went out
	}
	reason := strings.Join(values(cancel, "reason"), ", ")
	a.work.Go(func() {
		l.mu.Lock()
		tx := l.tx
		l.mu.Unlock()
		l.finish(ending.FromCancel(reason))
		if tx != nil {
			a.settle(tx)
		}
	})
}

// Ring answers 180.
func (l *Leg) Ring(context.Context) error { return l.provisional(180, nil) }

// Progress answers 183 with our description: early media. Without a body it says only that something
// goes on.
func (l *Leg) Progress(_ context.Context, body []byte) error {
	return l.provisional(sip.StatusSessionInProgress, body)
}

func (l *Leg) provisional(status int, body []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == over {
		return ErrEnded
	}
	if l.direction != Incoming || l.state != early || l.final.Load() != undecided {
		return ErrState
	}
	res := l.agent.response(l.req, status)
	l.addContact(res)
	if len(body) > 0 {
		l.body = body
		setBody(res, contentSDP, body)
	}
	l.reminder = reminder{res: res, at: l.agent.clock.Now().Add(remindEvery)}
	l.rearm()
	return l.tx.Respond(res)
}

// reminder repeats the last provisional answer of a call that waits long, because proxies give up a call
// of which they hear nothing for three minutes (RFC 3261, section 13.3.1.1).
type reminder struct {
	res *sip.Response
	at  time.Time
}

const remindEvery = time.Minute

func (l *Leg) remind(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != early || l.reminder.res == nil {
		l.reminder = reminder{}
		return
	}
	if now.Before(l.reminder.at) {
		return
	}
	l.reminder.at = now.Add(remindEvery)
	if err := l.tx.Respond(l.reminder.res); err != nil {
		l.agent.log.Debug("sip answer not repeated", "error", err)
	}
}

// Answer answers 200 with our description. When their CANCEL was faster it gives ErrEnded: the other
// side has, or will have, a 487.
func (l *Leg) Answer(_ context.Context, body []byte) error {
	l.mu.Lock()
	if err := l.decide(); err != nil {
		l.mu.Unlock()
		return err
	}
	a := l.agent
	req, tx := l.req, l.tx
	res := a.response(req, sip.StatusOK)
	l.addContact(res)
	l.session.confirm(res, req)
	setBody(res, contentSDP, body)
	l.body = body
	l.state = answered
	l.reminder = reminder{}
	l.awaitAck(tx, res, req.CSeq().SeqNo, l.remote == nil)
	takesOver := l.takesOver
	err := tx.Respond(res)
	l.mu.Unlock()
	if err != nil {
		return l.notAnswered(req, tx, err)
	}
	if takesOver != nil {
		a.work.Go(func() { takesOver.drop(ending.Of(ending.Transferred, ending.Theirs)) })
	}
	return nil
}

// decide takes the right to give the final answer; with l.mu held. It gives ErrEnded when their CANCEL
// has it, ErrState when there is nothing to answer any longer.
func (l *Leg) decide() error {
	switch {
	case l.state == over:
		return ErrEnded
	case l.direction != Incoming || l.state != early:
		return ErrState
	case l.final.CompareAndSwap(undecided, decided):
		return nil
	case l.final.Load() == cancelled:
		return ErrEnded
	default:
		return ErrState
	}
}

// notAnswered ends a leg whose 200 did not go out. After a CANCEL the transaction holds our 200 as what
// to repeat; it gets its 487 back (sipgo remembers the last answer given, sent or not).
func (l *Leg) notAnswered(req *sip.Request, tx *sip.ServerTx, err error) error {
	if errors.Is(err, sip.ErrTransactionCanceled) {
		l.finish(ending.Of(ending.CallerGaveUp, ending.Theirs))
		_ = tx.Respond(l.agent.response(req, sip.StatusRequestTerminated))
		l.agent.settle(tx)
		return ErrEnded
	}
	l.finish(ending.Of(ending.TrunkDown, ending.Network))
	return errors.Join(ErrEnded, err)
}

// Refuse ends a leg that came in and is not answered, with the reason's status and Reason header.
func (l *Leg) Refuse(_ context.Context, reason ending.Reason) error {
	return l.refuse(ending.Of(reason, ending.Ours), 0)
}

// RefuseWith refuses with a status of the caller's choice (400 to 699), for a table that maps numbers to
// causes.
func (l *Leg) RefuseWith(_ context.Context, status int) error {
	e := ending.FromResponse(status, "")
	e.Side, e.Retry = ending.Ours, false
	return l.refuse(e, status)
}

func (l *Leg) refuse(e ending.Ending, status int) error {
	l.mu.Lock()
	if err := l.decide(); err != nil {
		l.mu.Unlock()
		return err
	}
	if status == 0 {
		status = e.SIP
	}
	if status < 300 || status == 401 || status == 407 {
		status = sip.StatusTemporarilyUnavailable // hung up without an answer: nothing was wrong with the call
	}
	a := l.agent
	req, tx := l.req, l.tx
	l.mu.Unlock()
	res := a.response(req, status)
	addReason(res, e)
	if status == sip.StatusServiceUnavailable {
		res.AppendHeader(sip.NewHeader("Retry-After", "5"))
	}
	e.SIP = status
	if e.Result == ending.Completed {
		e.Result = ending.Rejected // it was never answered, whatever the reason given
	}
	l.finish(e)
	a.reply(req, tx, res)
	return nil
}

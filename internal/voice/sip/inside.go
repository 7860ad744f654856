package sip

import (
	"context"
	"errors"
	"hash/maphash"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/platform/clock"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/sdp"
)

// setRemote notes their description; with l.mu held, or before the leg is shown.
func (l *Leg) setRemote(d *sdp.Description) { l.remote = d }

// sum is a hash of a description's text, to know it again.
func (a *Agent) sum(body []byte) uint64 { return maphash.Bytes(a.table.seed, body) }

// addContact adds what every answer to an INVITE says of us.
func (l *Leg) addContact(m sip.Message) {
	m.AppendHeader(&sip.ContactHeader{Address: l.end.uri(l.local.uri.User)})
	m.AppendHeader(l.agent.allow)
	m.AppendHeader(l.agent.supported)
}

// request makes a request inside the dialog (RFC 3261, section 12.2.1.1); with l.mu held. The caller
// adds the body last.
func (l *Leg) request(method sip.RequestMethod) *sip.Request {
	if method != sip.ACK {
		l.cseq++
	}
	seq := l.cseq
	if method == sip.ACK {
		seq = l.invited
	}
	e, destination := l.way()
	req := l.agent.newRequest(method, l.target, e, destination)
	for _, r := range l.routes {
		req.AppendHeader(&sip.RouteHeader{Address: r})
	}
	from := &sip.FromHeader{DisplayName: l.local.name, Address: l.local.uri, Params: sip.HeaderParams{{K: "tag", V: l.localTag}}}
	to := &sip.ToHeader{DisplayName: l.peer.name, Address: l.peer.uri}
	if l.remoteTag != "" {
		to.Params = sip.HeaderParams{{K: "tag", V: l.remoteTag}}
	}
	req.AppendHeader(from)
	req.AppendHeader(to)
	id := sip.CallIDHeader(l.callID)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})
	if method != sip.BYE && method != sip.ACK {
		req.AppendHeader(&sip.ContactHeader{Address: l.end.uri(l.local.uri.User)})
	}
	return req
}

// way is where requests inside the dialog go: to the first station of the route set; to a phone over
// the flow that it registered or called by; over a connection that is still open; else to the address
// of their Contact, or the flow when that has a name.
func (l *Leg) way() (*endpoint, string) {
	a := l.agent
	if len(l.routes) > 0 {
		if d := hostPort(&l.routes[0], l.network); d != "" {
			return a.endpointFor(networkOf(&l.routes[0], l.network), l.end), d
		}
		return l.end, l.flow
	}
	if l.phone != "" || l.network != "UDP" && a.connected(l.network, l.flow) {
		return l.end, l.flow
	}
	if d := hostPort(&l.target, l.network); d != "" {
		return a.endpointFor(networkOf(&l.target, l.network), l.end), d
	}
	return l.end, l.flow
}

// exchange sends a request inside the dialog that build makes, answers one challenge, and gives the
// final answer. A 481 means that the other side has lost the call, so it ends (RFC 3261, section
// 12.2.1.2); that to a NOTIFY speaks of the subscription only.
func (l *Leg) exchange(ctx context.Context, method sip.RequestMethod, build func(*sip.Request)) (*sip.Response, error) {
	var authorized *sip.Response
	for {
		l.mu.Lock()
		if l.state != up && method != sip.BYE {
			gone := l.state == over
			l.mu.Unlock()
			if gone {
				return nil, ErrEnded
			}
			return nil, ErrState
		}
		req := l.request(method)
		if method == sip.INVITE {
			l.invited = l.cseq
		}
		l.mu.Unlock()
		if authorized != nil && !l.login.authorize(req, authorized) {
			return authorized, nil
		}
		build(req)
		res, err := l.agent.send(ctx, req)
		if err == nil && res.StatusCode == sip.StatusCallTransactionDoesNotExists && method != sip.BYE && method != sip.NOTIFY {
			l.drop(ending.Of(ending.SessionExpired, ending.Theirs)) // they do not know the call any longer
		}
		if err != nil || !challenged(res) || authorized != nil || l.login == nil {
			return res, err
		}
		authorized = res
	}
}

// Reinvite offers a changed session, or the same one again, and gives their answer. When both sides
// offer at once (491) it waits and tries again as RFC 3261, section 14.1 wants. The error is a
// *[Refused] when they said no; the session is then as it was.
func (l *Leg) Reinvite(ctx context.Context, body []byte) (*sdp.Description, error) {
	for try := 0; ; try++ {
		d, err := l.reinvite(ctx, body)
		var refused *Refused
		if !errors.As(err, &refused) || refused.Status != sip.StatusRequestPending || try == 4 {
			return d, err
		}
		// Who owns the Call-ID waits longer: 2.1 to 4 s, the other up to 2 s.
		pause := time.Duration(rand.IntN(200)+1) * 10 * time.Millisecond
		if l.direction == Outgoing {
			pause = 2100*time.Millisecond + time.Duration(rand.IntN(190))*10*time.Millisecond
		}
		if clock.Sleep(ctx, l.agent.clock, pause) != nil {
			return nil, err
		}
	}
}

// turn waits until no INVITE of either side is open and takes the turn (RFC 3261, section 14.1).
func (l *Leg) turn(ctx context.Context) (session, error) {
	for {
		l.mu.Lock()
		switch {
		case l.state == over:
			l.mu.Unlock()
			return session{}, ErrEnded
		case l.state == early:
			l.mu.Unlock()
			return session{}, ErrState
		case !l.inviting && l.unacked == nil:
			l.inviting = true
			timer := l.session
			l.mu.Unlock()
			return timer, nil
		}
		if l.idle == nil {
			l.idle = make(chan struct{})
		}
		idle := l.idle
		l.mu.Unlock()
		select {
		case <-idle:
		case <-l.done:
		case <-ctx.Done():
			return session{}, ctx.Err()
		}
	}
}

// settled wakes who waits for a turn; with l.mu held.
func (l *Leg) settled() {
	if l.idle != nil {
		close(l.idle)
		l.idle = nil
	}
}

func (l *Leg) reinvite(ctx context.Context, body []byte) (*sdp.Description, error) {
	timer, err := l.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		l.mu.Lock()
		l.inviting, l.accepted = false, false
		l.settled()
		l.mu.Unlock()
	}()
	res, err := l.exchange(ctx, sip.INVITE, func(req *sip.Request) {
		req.AppendHeader(l.agent.allow)
		req.AppendHeader(l.agent.supported)
		timer.propose(req)
		setBody(req, contentSDP, body)
	})
	if err != nil {
		return nil, err
	}
	if !res.IsSuccess() {
		return nil, &Refused{Status: res.StatusCode}
	}
	return l.reinvited(res, body)
}

// reinvited takes their 200 to our re-INVITE.
func (l *Leg) reinvited(res *sip.Response, body []byte) (*sdp.Description, error) {
	d, status := description(res)
	l.mu.Lock()
	l.accepted = true // who has our ACK may offer at once
	if c := res.Contact(); c != nil && c.Address.Host != "" {
		l.target = c.Address
	}
	ack := l.request(sip.ACK)
	ack.SetBody(nil)
	if l.state == up {
		l.body = body
		if status == 0 && d != nil {
			l.setRemote(d)
		}
		l.session.agreed(res)
		l.session.begin(l.agent.clock.Now())
		l.rearm()
	}
	l.mu.Unlock()
	if err := l.agent.write(ack); err != nil {
		return nil, err
	}
	if status != 0 || d == nil {
		return nil, &Refused{Status: sip.StatusNotAcceptableHere}
	}
	return d, nil
}

// onReinvite answers their re-INVITE: by the media side when it changes something, by our description
// as it is when it does not (a refresh) or when they ask for an offer.
func (l *Leg) onReinvite(m message) {
	a := l.agent
	l.mu.Lock()
	inviting, pending, now, body, known := l.inviting && !l.accepted, l.unacked != nil, l.state, l.body, l.remoteSum
	l.mu.Unlock()
	switch {
	case now == over:
		a.refuse(m.req, m.tx, sip.StatusCallTransactionDoesNotExists)
		return
	case inviting:
		a.refuse(m.req, m.tx, sip.StatusRequestPending)
		return
	case now != up || pending:
		a.refuse(m.req, m.tx, sip.StatusInternalServerError) // with Retry-After (RFC 3261, section 14.2)
		return
	}
	timer, tooSmall := a.asked(m.req)
	if tooSmall > 0 {
		res := a.response(m.req, 422)
		res.AppendHeader(sip.NewHeader("Min-SE", strconv.Itoa(int(tooSmall/time.Second))))
		a.reply(m.req, m.tx, res)
		return
	}
	offer, status := description(m.req)
	if status != 0 {
		a.refuse(m.req, m.tx, status)
		return
	}
	sum := a.sum(m.req.Body())
	changed := offer != nil && sum != known
	if changed {
		answer, err := a.renegotiate(l, offer)
		if err != nil {
			a.refuse(m.req, m.tx, sip.StatusNotAcceptableHere)
			return
		}
		body = answer
	}
	l.accept(m, timer, offer, sum, body)
	if changed {
		l.emit(Updated{Remote: offer, Answer: body, Hold: offer.Hold()})
	}
}

// accept answers their re-INVITE with 200.
func (l *Leg) accept(m message, timer session, offer *sdp.Description, sum uint64, body []byte) {
	a := l.agent
	res := a.response(m.req, sip.StatusOK)
	l.mu.Lock()
	if l.state != up {
		l.mu.Unlock()
		a.refuse(m.req, m.tx, sip.StatusCallTransactionDoesNotExists)
		return
	}
	l.addContact(res)
	timer.confirm(res, m.req)
	setBody(res, contentSDP, body)
	if c := m.req.Contact(); c != nil && c.Address.Host != "" {
		l.target = c.Address
	}
	l.body = body
	if offer != nil {
		l.setRemote(offer)
		l.remoteSum = sum
	}
	timer.least = l.session.least
	l.session = timer
	l.session.begin(a.clock.Now())
	l.awaitAck(m.tx, res, m.cseq, offer == nil)
	l.mu.Unlock()
	if err := m.tx.Respond(res); err != nil {
		a.log.Debug("sip answer not sent", "error", err)
	}
}

// renegotiate asks the media side for an answer.
func (a *Agent) renegotiate(l *Leg, offer *sdp.Description) ([]byte, error) {
	if a.cfg.Renegotiate == nil {
		return nil, sdp.ErrNothingCommon
	}
	return a.cfg.Renegotiate(l, offer)
}

// Hang ends the leg in any state: it refuses a call that is not answered, takes back one that we
// dialled, and sends BYE otherwise. Before their ACK the BYE waits for it, as RFC 3261, section 15
// wants; Ended comes then. The BYE's answer is not waited for.
func (l *Leg) Hang(ctx context.Context, reason ending.Reason) error {
	if err := l.Refuse(ctx, reason); !errors.Is(err, ErrState) {
		return err
	}
	e := ending.Of(reason, ending.Ours)
	l.mu.Lock()
	switch {
	case l.state == over:
		l.mu.Unlock()
		return ErrEnded
	case l.state == answered && l.unacked != nil:
		l.wanted = reason
		l.mu.Unlock()
		return nil
	}
	l.mu.Unlock()
	l.drop(e)
	return nil
}

// drop ends the leg with a BYE where one is due, in any state.
func (l *Leg) drop(e ending.Ending) {
	l.mu.Lock()
	was := l.state
	req, tx := l.req, l.tx
	l.mu.Unlock()
	if was == early {
		if l.direction == Incoming && l.final.CompareAndSwap(undecided, decided) {
			l.finish(e)
			status := e.SIP
			if status < 300 {
				status = sip.StatusTemporarilyUnavailable
			}
			l.agent.refuse(req, tx, status)
			return
		}
		if l.takeBack != nil {
			l.takeBack(gaveUp{e}) // its Dial finishes the leg
			return
		}
		l.finish(e)
		return
	}
	if l.finish(e) {
		l.agent.byes.Go(func() { l.bye(e) })
	}
}

// bye sends BYE until it is answered.
func (l *Leg) bye(e ending.Ending) {
	ctx, cancel := context.WithTimeout(l.agent.stopping, byeWait)
	defer cancel()
	_, err := l.exchange(ctx, sip.BYE, func(req *sip.Request) {
		addReason(req, e)
		req.SetBody(nil)
	})
	if err != nil {
		l.agent.log.Debug("sip call ended without an answer to BYE", "error", err)
	}
}

// SendInfoDigit sends a key by INFO (application/dtmf-relay).
func (l *Leg) SendInfoDigit(ctx context.Context, key byte, duration time.Duration) error {
	res, err := l.exchange(ctx, sip.INFO, func(req *sip.Request) {
		setBody(req, "application/dtmf-relay", []byte("Signal="+string(rune(key))+"\r\nDuration="+strconv.Itoa(int(duration/time.Millisecond))+"\r\n"))
	})
	switch {
	case err != nil:
		return err
	case !res.IsSuccess():
		return &Refused{Status: res.StatusCode}
	}
	return nil
}

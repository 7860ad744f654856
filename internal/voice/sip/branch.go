package sip

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	icholy "github.com/icholy/digest"

	"yingda/internal/voice/ending"
)

// invite tries one way. It returns with a leg that is up, or with the ending.
func (a *Agent) invite(ctx context.Context, c *Call, w way) (*Leg, error) {
	if err := ctx.Err(); err != nil {
		return nil, &NotAnswered{Ending: why(ctx)}
	}
	l, err := a.outgoing(c, w)
	if err != nil {
		return nil, &NotAnswered{Ending: ending.Of(ending.TrunkDown, ending.Network), Cause: err}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	l.takeBack = cancel
	_, _ = a.table.put(l)
	if c.Tried != nil {
		c.Tried(Try{CallID: l.callID, Trunk: l.trunk, Phone: l.phone})
	}
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
	l.session.interval, l.session.least = least, least
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
	l.in.open()
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
	if l.in.resume() {
		a.work.Go(l.work)
	}
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

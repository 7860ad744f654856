package sip

import (
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/voice/ending"
)

// receive takes a request inside the dialog in and works on what is in turn.
func (l *Leg) receive(req *sip.Request, tx *sip.ServerTx) {
	work, full := l.in.add(message{req: req, tx: tx, cseq: req.CSeq().SeqNo})
	if full {
		if req.Method == sip.ACK {
			tx.Terminate()
			return
		}
		l.agent.refuse(req, tx, sip.StatusServiceUnavailable)
		return
	}
	if work {
		l.work()
	}
}

// work handles messages until none is in turn.
func (l *Leg) work() {
	for {
		m, until, ok := l.in.next(l.agent.clock.Now())
		if !ok {
			if !until.IsZero() {
				l.mu.Lock()
				l.held = until
				l.rearm()
				l.mu.Unlock()
			}
			return
		}
		l.handle(m)
	}
}

// handle handles one message; a panic costs this call only.
func (l *Leg) handle(m message) {
	defer func() {
		if p := recover(); p != nil {
			l.agent.panicked(string(m.req.Method), p)
			if m.req.Method != sip.ACK {
				l.agent.refuse(m.req, m.tx, sip.StatusInternalServerError)
			}
			l.agent.work.Go(func() { l.drop(ending.Of(ending.Internal, ending.Ours)) })
		}
	}()
	if l.direction == Outgoing && !l.own(m.req) {
		if m.req.Method == sip.ACK {
			m.tx.Terminate()
			return
		}
		l.agent.refuse(m.req, m.tx, sip.StatusCallTransactionDoesNotExists)
		return
	}
	if m.late && m.req.Method != sip.BYE {
		l.agent.refuse(m.req, m.tx, sip.StatusInternalServerError) // RFC 3261, section 12.2.2
		return
	}
	switch m.req.Method {
	case sip.ACK:
		m.tx.Terminate()
		l.onAck(m.req)
	case sip.BYE:
		l.onBye(m)
	case sip.INVITE:
		l.onReinvite(m)
	case sip.INFO:
		l.onInfo(m)
	case sip.REFER:
		l.onRefer(m)
	case sip.NOTIFY:
		l.onNotify(m)
	case sip.OPTIONS:
		l.agent.onOptions(m.req, m.tx)
	default:
		l.agent.refuse(m.req, m.tx, sip.StatusMethodNotAllowed)
	}
}

// onBye ends the leg. A BYE is taken whatever state the leg is in: before their ACK, before our answer
// (then the INVITE gets its 487), and with a CSeq that is too low, because a call that cannot be ended
// is the worse fault. The leg is over before the 200 leaves: who has it may take for granted that the
// room which the call held is free again.
func (l *Leg) onBye(m message) {
	a := l.agent
	reason := strings.Join(values(m.req, "reason"), ", ")
	l.mu.Lock()
	was, tx, req := l.state, l.tx, l.req
	if l.unacked != nil {
		l.unacked.tx.Terminate()
	}
	l.mu.Unlock()
	unanswered := was == early && l.direction == Incoming
	refuses := unanswered && l.final.CompareAndSwap(undecided, decided) && tx != nil
	if unanswered {
		l.finish(ending.FromCancel(reason))
	} else {
		l.finish(ending.FromBye(reason, l.direction == Outgoing))
	}
	a.reply(m.req, m.tx, a.response(m.req, sip.StatusOK))
	m.tx.Terminate() // a repeated BYE is answered from the graves of the table
	if refuses {
		a.reply(req, tx, a.response(req, sip.StatusRequestTerminated))
	}
}

// onInfo answers every INFO: a key becomes an event, an empty body is a sign of life, anything else is
// told to be of a kind that we do not read.
func (l *Leg) onInfo(m message) {
	a := l.agent
	kind := text(m.req, "content-type")
	if kind == "" {
		kind = text(m.req, "c")
	}
	if key, length, ok := infoDigit(kind, m.req.Body()); ok {
		a.reply(m.req, m.tx, a.response(m.req, sip.StatusOK))
		l.emit(Digit{Key: key, Duration: length, At: a.arrival(m.req)})
		return
	}
	known := strings.HasPrefix(strings.ToLower(kind), "application/dtmf")
	if len(m.req.Body()) == 0 || known {
		a.reply(m.req, m.tx, a.response(m.req, sip.StatusOK))
		return
	}
	a.refuse(m.req, m.tx, sip.StatusUnsupportedMediaType)
}

// unacked is a 200 of ours to an INVITE, sent again until its ACK comes (RFC 3261, section 13.3.1.4).
type unacked struct {
	tx       *sip.ServerTx
	res      *sip.Response
	cseq     uint32
	next     time.Time     // when to send it again
	interval time.Duration // since the last time
	until    time.Time     // when the call counts as dead
	offered  bool          // the 200 had our offer: the ACK must bring an answer
}

const (
	t1      = 500 * time.Millisecond // round trip (RFC 3261, section 17.1.1.1)
	t2      = 4 * time.Second        // longest pause between repetitions
	ackWait = 64 * t1                // how long an ACK may take
	byeWait = 64 * t1                // how long the answer to a BYE may take
)

func (u *unacked) due() time.Time {
	if u == nil {
		return time.Time{}
	}
	if u.until.Before(u.next) {
		return u.until
	}
	return u.next
}

// awaitAck notes a 200 as sent; with l.mu held.
func (l *Leg) awaitAck(tx *sip.ServerTx, res *sip.Response, cseq uint32, offered bool) {
	now := l.agent.clock.Now()
	l.unacked = &unacked{
		tx: tx, res: res, cseq: cseq, next: now.Add(t1), interval: t1, until: now.Add(ackWait), offered: offered,
	}
	l.in.expectAck(cseq)
	l.rearm()
}

// resend sends the 200 again, or gives the call up.
func (l *Leg) resend(now time.Time) {
	l.mu.Lock()
	u := l.unacked
	if u == nil || now.Before(u.due()) {
		l.mu.Unlock()
		return
	}
	select {
	case ack := <-u.tx.Acks(): // sent with the INVITE's branch, so that the transaction kept it
		l.mu.Unlock()
		l.onAck(ack)
		return
	default:
	}
	if !now.Before(u.until) {
		l.unacked = nil
		l.mu.Unlock()
		l.drop(ending.Of(ending.NoAck, ending.Theirs))
		return
	}
	u.interval = min(2*u.interval, t2)
	u.next = now.Add(u.interval)
	l.mu.Unlock()
	if err := u.tx.Connection().WriteMsg(u.res); err != nil {
		l.agent.log.Debug("sip answer not repeated", "error", err)
	}
}

// onAck takes the ACK to our 200.
func (l *Leg) onAck(req *sip.Request) {
	l.mu.Lock()
	u := l.unacked
	if u == nil || req.CSeq().SeqNo != u.cseq || l.state == over {
		l.mu.Unlock()
		return
	}
	l.unacked = nil
	l.settled()
	l.in.expectAck(0)
	first := l.state == answered
	l.state = up
	l.tx, l.req = nil, nil
	l.unhook()
	offered, wanted := u.offered, l.wanted
	if offered {
		if d, status := description(req); status == 0 && d != nil {
			l.setRemote(d)
		} else {
			offered = false // they never answered our offer
			if wanted == "" {
				wanted = ending.NoCommonCodec
			}
		}
	}
	remote := l.remote
	now := l.agent.clock.Now()
	l.session.begin(now)
	l.rearm()
	l.mu.Unlock()
	u.tx.Terminate()
	if first {
		e := Answered{At: now}
		if offered {
			e.Remote = remote
		}
		l.emit(e)
	} else if offered {
		l.emit(Updated{Remote: remote, Hold: remote.Hold()})
	}
	if wanted != "" {
		l.agent.work.Go(func() { l.drop(ending.Of(wanted, ending.Ours)) })
	}
}

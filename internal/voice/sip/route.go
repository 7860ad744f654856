package sip

import (
	"strings"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/voice/ending"
)

// initial marks, in the field for internal routing that sipgo leaves alone, a request whose To tag is
// ours because it had none.
const initial = "initial"

// before sees every message in the reading goroutine, before sipgo starts one for it. An INVITE that
// begins a call gets our tag into its To here, so that every answer to it, also those that sipgo makes
// by itself (100, 487), has the same one.
func (a *Agent) before(m sip.Message) {
	req, ok := m.(*sip.Request)
	if !ok {
		return
	}
	if a.sealed.Load() {
		req.SetTransport("none") // sipgo drops it, and opens no socket for an answer
		return
	}
	a.recent.add(req)
	if req.Method != sip.INVITE {
		return
	}
	to := req.To()
	if to == nil {
		return
	}
	if tag, ok := to.Params.Get("tag"); ok && tag != "" {
		return
	}
	to.Params.Add("tag", a.table.tag())
	req.SetDestination(initial)
}

// onRequest is where all requests enter, each in a goroutine of its own.
func (a *Agent) onRequest(req *sip.Request, tx *sip.ServerTx) {
	a.work.enter()
	defer a.work.done()
	defer func() {
		if p := recover(); p != nil {
			a.panicked(string(req.Method), p)
			a.failed(req, tx)
		}
	}()
	if req.From() == nil || req.To() == nil || req.CallID() == nil || req.CSeq() == nil || req.Via() == nil {
		a.refuse(req, tx, sip.StatusBadRequest)
		return
	}
	if req.Method == sip.INVITE && req.MessageData.Destination() == initial {
		a.onInvite(req, tx)
		return
	}
	if tag, ok := req.To().Params.Get("tag"); ok && tag != "" {
		a.onInside(req, tx, tag)
		return
	}
	switch req.Method {
	case sip.ACK:
		tx.Terminate()
	case sip.OPTIONS:
		a.onOptions(req, tx)
	case sip.REGISTER:
		a.onRegister(req, tx)
	case sip.CANCEL, sip.BYE, sip.INFO, sip.NOTIFY, sip.REFER:
		a.refuse(req, tx, sip.StatusCallTransactionDoesNotExists)
	default:
		a.refuse(req, tx, sip.StatusMethodNotAllowed)
	}
}

// failed answers a request whose handling panicked.
func (a *Agent) failed(req *sip.Request, tx *sip.ServerTx) {
	defer func() { _ = recover() }()
	if req.Method != sip.ACK {
		a.refuse(req, tx, sip.StatusInternalServerError)
	}
}

// onInside takes a request inside a dialog to its leg.
func (a *Agent) onInside(req *sip.Request, tx *sip.ServerTx, tag string) {
	l := a.table.get(tag)
	if l != nil && l.knows(req) {
		l.receive(req, tx)
		return
	}
	switch {
	case req.Method == sip.ACK:
		tx.Terminate()
	case req.Method == sip.BYE && a.table.gone(tag):
		a.reply(req, tx, a.response(req, sip.StatusOK)) // both hung up at once, or it was sent again
		tx.Terminate()
	case req.Method == sip.OPTIONS:
		a.onOptions(req, tx)
	default:
		a.refuse(req, tx, sip.StatusCallTransactionDoesNotExists)
	}
}

// knows reports whether a request belongs to the dialog: Call-ID and the other side's tag agree. While
// our INVITE has no answer any tag may turn out to be theirs; [Leg.handle] looks again.
func (l *Leg) knows(req *sip.Request) bool {
	tag, _ := req.From().Params.Get("tag")
	l.mu.Lock()
	defer l.mu.Unlock()
	return req.CallID().Value() == l.callID && (tag == l.remoteTag || l.state == early && l.direction == Outgoing)
}

// own reports whether a request is of the dialog for certain.
func (l *Leg) own(req *sip.Request) bool {
	tag, _ := req.From().Params.Get("tag")
	l.mu.Lock()
	defer l.mu.Unlock()
	return tag == l.remoteTag
}

// onOptions says what we can (RFC 3261, section 11.2); it also serves as a sign of life.
func (a *Agent) onOptions(req *sip.Request, tx *sip.ServerTx) {
	status := sip.StatusOK
	if a.closing.Load() {
		status = sip.StatusServiceUnavailable
	}
	res := a.response(req, status)
	res.AppendHeader(a.allow)
	res.AppendHeader(a.supported)
	res.AppendHeader(sip.NewHeader("Accept", contentSDP))
	a.reply(req, tx, res)
}

func (a *Agent) onRegister(req *sip.Request, tx *sip.ServerTx) {
	if a.registrar == nil {
		a.refuse(req, tx, sip.StatusMethodNotAllowed)
		return
	}
	a.reply(req, tx, a.registrar.Handle(a.stopping, req))
}

// onStray takes answers that belong to no transaction: a 200 to an INVITE of ours that comes again, or
// after we gave up, or from a second branch. Ours are known by the tag; anything else is dropped, so
// that nobody can make us send.
func (a *Agent) onStray(res *sip.Response) {
	a.work.enter()
	defer a.work.done()
	defer func() {
		if p := recover(); p != nil {
			a.panicked("stray answer", p)
		}
	}()
	cseq, from, to := res.CSeq(), res.From(), res.To()
	if a.sealed.Load() {
		return
	}
	if cseq == nil || from == nil || to == nil || res.CallID() == nil || cseq.MethodName != sip.INVITE || !res.IsSuccess() {
		return
	}
	tag, _ := from.Params.Get("tag")
	if !a.table.ours(tag) {
		return
	}
	theirs, _ := to.Params.Get("tag")
	if l := a.table.get(tag); l != nil && l.acknowledge(res, theirs) {
		return
	}
	a.unwanted(res)
}

// acknowledge repeats the ACK for a 200 that came again.
func (l *Leg) acknowledge(res *sip.Response, theirs string) bool {
	l.mu.Lock()
	if l.state == early {
		l.mu.Unlock()
		return true // the first one is being taken just now; what is no copy of it comes again
	}
	if l.state != up || l.remoteTag != theirs || res.CallID().Value() != l.callID {
		l.mu.Unlock()
		return false
	}
	if res.CSeq().SeqNo != l.invited {
		l.mu.Unlock()
		return true // of an older INVITE that is long acknowledged
	}
	ack := l.request(sip.ACK)
	ack.SetBody(nil)
	l.mu.Unlock()
	_ = l.agent.write(ack)
	return true
}

// unwanted ends a call that was answered when we did not want it any longer: ACK, then BYE (RFC 3261,
// section 15.1). All that is needed stands in the answer.
func (a *Agent) unwanted(res *sip.Response) {
	l := a.newLeg(Outgoing)
	from, to := res.From(), res.To()
	network := strings.ToUpper(res.Transport())
	e, err := a.endpoint(network)
	if err != nil {
		return
	}
	l.end, l.network, l.flow = e, network, res.Source()
	l.callID = res.CallID().Value()
	l.localTag, _ = from.Params.Get("tag")
	l.local = party{name: from.DisplayName, uri: from.Address}
	l.peer = party{name: to.DisplayName, uri: to.Address}
	l.cseq, l.invited = res.CSeq().SeqNo, res.CSeq().SeqNo
	l.fromAnswer(res)
	l.state = up
	ack := l.request(sip.ACK)
	ack.SetBody(nil)
	if err := a.write(ack); err != nil {
		return
	}
	a.byes.Go(func() { l.bye(ending.Of(ending.CallerGaveUp, ending.Ours)) })
}

package carrier

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"yingda/internal/platform/clock"
)

const allow = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, REFER, NOTIFY, UPDATE"

// incoming is their INVITE and its transaction.
type incoming struct {
	session *Session
	request *sip.Request
	tx      sip.ServerTransaction
	final   chan struct{} // closed when the final answer went out
}

// handle registers what is done with requests.
func (e *endpoint) handle(server *sipgo.Server) {
	on := func(method sip.RequestMethod, fn func(*sip.Request, sip.ServerTransaction)) {
		server.OnRequest(method, func(r *sip.Request, tx sip.ServerTransaction) {
			defer func() {
				if cause := recover(); cause != nil { // a defect of ours costs one message
					e.cfg.Logger.Error("SIP request failed", "method", string(method), "cause", cause)
				}
			}()
			e.trace.in(r)
			if r.CSeq() == nil || r.CallID() == nil || r.From() == nil || r.To() == nil {
				e.reply(r, tx, 400, "Bad Request")
				return
			}
			fn(r, tx)
		})
	}
	on(sip.INVITE, e.onInvite)
	on(sip.ACK, func(r *sip.Request, _ sip.ServerTransaction) {
		if s := e.find(r); s != nil {
			s.onAck(r)
		}
	})
	on(sip.OPTIONS, func(r *sip.Request, tx sip.ServerTransaction) {
		e.reply(r, tx, 200, "OK", Header{"Allow", allow}, Header{"Accept", "application/sdp"})
	})
	for _, method := range []sip.RequestMethod{sip.BYE, sip.INFO, sip.REFER, sip.NOTIFY, sip.UPDATE} {
		on(method, e.onInDialog)
	}
	on(sip.CANCEL, func(r *sip.Request, tx sip.ServerTransaction) { e.reply(r, tx, 481, "Call/Transaction Does Not Exist") })
	server.OnNoRoute(func(r *sip.Request, tx sip.ServerTransaction) {
		e.trace.in(r)
		e.reply(r, tx, 405, "Method Not Allowed", Header{"Allow", allow})
	})
}

// reply answers a request without a body.
func (e *endpoint) reply(r *sip.Request, tx sip.ServerTransaction, status int, phrase string, headers ...Header) {
	res := sip.NewResponseFromRequest(r, status, phrase, nil)
	for _, h := range headers {
		res.AppendHeader(sip.NewHeader(h.Name, h.Value))
	}
	e.trace.out(res)
	_ = tx.Respond(res) // lost: they repeat the request
}

func (e *endpoint) onInDialog(r *sip.Request, tx sip.ServerTransaction) {
	s := e.find(r)
	if s == nil {
		e.reply(r, tx, 481, "Call/Transaction Does Not Exist")
		return
	}
	switch r.Method {
	case sip.BYE:
		s.onBye(r, tx)
	case sip.INFO:
		s.onInfo(r, tx)
	case sip.NOTIFY:
		s.onNotify(r, tx)
	case sip.REFER:
		if s.follow == nil {
			e.reply(r, tx, 603, "Decline")
			return
		}
		e.reply(r, tx, 202, "Accepted", contactHeader(s))
		s.follow(s, r)
	case sip.UPDATE:
		s.onUpdate(r, tx)
	default:
		e.reply(r, tx, 405, "Method Not Allowed", Header{"Allow", allow})
	}
}

func contactHeader(s *Session) Header {
	u := s.e.contact(s.localURI.User)
	return Header{"Contact", "<" + u.String() + ">"}
}

func (s *Session) onBye(r *sip.Request, tx sip.ServerTransaction) {
	s.e.reply(r, tx, 200, "OK")
	end := End{By: ByThem, Cause: "hung up"}
	if h := r.GetHeader("Reason"); h != nil {
		end.Reason = h.Value()
	}
	s.finish(end)
}

// onInfo reads a key of application/dtmf-relay or application/dtmf.
func (s *Session) onInfo(r *sip.Request, tx sip.ServerTransaction) {
	kind := ""
	if h := r.ContentType(); h != nil {
		kind = strings.ToLower(h.Value())
	}
	digit := Digit{At: s.e.cfg.Clock.Now(), Way: Info, Duration: 100 * time.Millisecond}
	switch kind {
	case "application/dtmf-relay":
		for line := range strings.Lines(string(r.Body())) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			value = strings.TrimSpace(value)
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "signal":
				if value != "" {
					digit.Key = value[0]
				}
			case "duration":
				if n, err := strconv.Atoi(value); err == nil {
					digit.Duration = time.Duration(n) * time.Millisecond
				}
			}
		}
	case "application/dtmf":
		if body := strings.TrimSpace(string(r.Body())); body != "" {
			digit.Key = body[0]
		}
	}
	if digit.Key != 0 {
		s.mu.Lock()
		s.infos = append(s.infos, digit)
		s.mu.Unlock()
	}
	s.e.reply(r, tx, 200, "OK")
}

// onNotify reads the progress of a REFER (RFC 3515 section 2.4.5).
func (s *Session) onNotify(r *sip.Request, tx sip.ServerTransaction) {
	s.e.reply(r, tx, 200, "OK")
	words := strings.Fields(string(r.Body()))
	if len(words) < 2 {
		return
	}
	if status, err := strconv.Atoi(words[1]); err == nil {
		select {
		case s.referral <- status:
		default:
		}
	}
}

// onUpdate answers an UPDATE (RFC 3311), with or without an offer.
func (s *Session) onUpdate(r *sip.Request, tx sip.ServerTransaction) {
	s.mu.Lock()
	s.updates++
	s.mu.Unlock()
	s.answerOffer(r, tx)
}

// answerOffer answers a re-INVITE or UPDATE with 200 and our answer, or 488.
func (s *Session) answerOffer(r *sip.Request, tx sip.ServerTransaction) {
	var body []byte
	if len(r.Body()) > 0 {
		var err error
		if body, err = s.answerTo(r.Body()); err != nil {
			s.e.reply(r, tx, 488, "Not Acceptable Here")
			return
		}
	} else if r.Method == sip.INVITE {
		body = s.offer()
	}
	_ = s.respondOK(r, tx, body)
}

// respondOK sends a 200 with Contact, the agreed session timer and a description.
func (s *Session) respondOK(r *sip.Request, tx sip.ServerTransaction, body []byte) error {
	res := s.response(r, 200, "OK", body)
	if h := r.GetHeader("Session-Expires"); h != nil && supportsTimer(r) {
		value := h.Value()
		if !strings.Contains(value, "refresher") {
			value += ";refresher=uac"
		}
		res.AppendHeader(sip.NewHeader("Require", "timer"))
		res.AppendHeader(sip.NewHeader("Session-Expires", value))
	}
	s.e.trace.out(res)
	return tx.Respond(res)
}

func supportsTimer(r *sip.Request) bool {
	for _, name := range []string{"Supported", "Require"} {
		for _, h := range r.GetHeaders(name) {
			if strings.Contains(h.Value(), "timer") {
				return true
			}
		}
	}
	return false
}

// response makes an answer with our tag and Contact.
func (s *Session) response(r *sip.Request, status int, phrase string, body []byte) *sip.Response {
	res := sip.NewResponseFromRequest(r, status, phrase, nil)
	res.To().Params.Remove("tag")
	res.To().Params.Add("tag", s.ourTag)
	contact := s.e.contact(s.localURI.User)
	res.AppendHeader(&sip.ContactHeader{Address: contact, Params: sip.NewParams()})
	res.AppendHeader(sip.NewHeader("Allow", allow))
	if body != nil {
		res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
		res.SetBody(body)
	}
	return res
}

func (s *Session) onAck(r *sip.Request) {
	s.mu.Lock()
	first := s.incoming != nil && r.CSeq().SeqNo == s.incoming.request.CSeq().SeqNo
	s.mu.Unlock()
	if len(r.Body()) > 0 {
		_ = s.accept(r.Body()) // the answer to an offer of ours in the 200
	}
	if !first {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.acked:
	default:
		close(s.acked)
	}
}

// onInvite takes a new call, or a re-INVITE.
func (e *endpoint) onInvite(r *sip.Request, tx sip.ServerTransaction) {
	if _, tagged := r.To().Params.Get("tag"); tagged {
		s := e.find(r)
		if s == nil || s.State() != Talking {
			e.reply(r, tx, 481, "Call/Transaction Does Not Exist")
			return
		}
		s.mu.Lock()
		s.updates++
		if c := r.Contact(); c != nil {
			s.target = *c.Address.Clone()
		}
		s.mu.Unlock()
		s.answerOffer(r, tx)
		return
	}
	if e.cfg.Incoming == nil {
		e.reply(r, tx, 480, "Temporarily Unavailable")
		return
	}
	if r.Contact() == nil {
		e.reply(r, tx, 400, "Missing Contact")
		return
	}
	in := &incoming{request: r, tx: tx, final: make(chan struct{})}
	e.cfg.Incoming(in)
}

// accept makes the session of an incoming call; its media port is open from now on.
func (in *incoming) accept(e *endpoint, c Call) (*Session, error) {
	media, err := newStream(e.cfg.Local, e.cfg.Clock, c.Report)
	if err != nil {
		return nil, err
	}
	r := in.request
	s := newSession(e, media, c)
	s.incoming, in.session = in, s
	s.callID = r.CallID().Value()
	s.localURI, s.remoteURI = *r.To().Address.Clone(), *r.From().Address.Clone()
	s.theirTag, _ = r.From().Params.Get("tag")
	s.target = *r.Contact().Address.Clone()
	s.sent = e.cfg.Clock.Now()
	for _, h := range r.GetHeaders("Record-Route") {
		s.routes = append(s.routes, h.Value())
	}
	if c.Play != nil {
		media.play(c.Play)
	}
	e.add(s)
	in.tx.OnCancel(func(*sip.Request) {
		end := End{By: ByThem, Status: 487, Cause: "cancelled"}
		s.finish(end)
		in.done()
	})
	return s, nil
}

func (in *incoming) done() {
	in.session.mu.Lock()
	defer in.session.mu.Unlock()
	select {
	case <-in.final:
	default:
		close(in.final)
	}
}

var errNotRinging = errors.New("the call is not waiting for an answer of ours")

func (s *Session) waiting() bool {
	if s.incoming == nil {
		return false
	}
	select {
	case <-s.incoming.final:
		return false
	default:
		return s.State() != Ended
	}
}

// Called gives the Request-URI's user of an incoming call, Caller the user of its From.
func (s *Session) Called() string {
	if s.incoming == nil {
		return s.remoteURI.User
	}
	return s.incoming.request.Recipient.User
}

// Caller gives the user of From.
func (s *Session) Caller() string {
	if s.incoming == nil {
		return s.localURI.User
	}
	return s.remoteURI.User
}

// Header gives a header of the INVITE of an incoming call, "" when it has none.
func (s *Session) Header(name string) string {
	if s.incoming == nil {
		return ""
	}
	if h := s.incoming.request.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}

// Ring answers an incoming call with 180.
func (s *Session) Ring() error {
	if !s.waiting() {
		return errNotRinging
	}
	res := s.response(s.incoming.request, 180, "Ringing", nil)
	s.e.trace.out(res)
	s.move(Ringing)
	return s.incoming.tx.Respond(res)
}

// Progress answers an incoming call with 183 and our description: early media flows.
func (s *Session) Progress() error {
	if !s.waiting() {
		return errNotRinging
	}
	body, err := s.answerTo(s.incoming.request.Body())
	if err != nil {
		return err
	}
	res := s.response(s.incoming.request, 183, "Session Progress", body)
	s.e.trace.out(res)
	s.move(Early)
	return s.incoming.tx.Respond(res)
}

// Refuse answers an incoming call with a final status of 300 or more.
func (s *Session) Refuse(status int, phrase string, headers ...Header) error {
	if !s.waiting() {
		return errNotRinging
	}
	res := s.response(s.incoming.request, status, phrase, nil)
	for _, h := range headers {
		res.AppendHeader(sip.NewHeader(h.Name, h.Value))
	}
	s.e.trace.out(res)
	err := s.incoming.tx.Respond(res)
	s.finish(End{By: ByUs, Status: status, Cause: phrase})
	s.incoming.done()
	return err
}

// Answer answers an incoming call and waits for the ACK; without one it hangs up after 32 s (RFC 3261 section 13.3.1.4).
func (s *Session) Answer(ctx context.Context) error {
	if !s.waiting() {
		return errNotRinging
	}
	r := s.incoming.request
	var body []byte
	var err error
	if len(r.Body()) > 0 {
		body, err = s.answerTo(r.Body())
	} else {
		body = s.offer()
	}
	if err != nil {
		return errors.Join(err, s.Refuse(488, "Not Acceptable Here"))
	}
	s.move(Talking)
	err = s.respondOK(r, s.incoming.tx, body)
	s.incoming.done()
	if err != nil {
		s.finish(End{By: ByNetwork, Cause: err.Error()})
		return err
	}
	return s.awaitAck(ctx, r, body)
}

func (s *Session) awaitAck(ctx context.Context, r *sip.Request, body []byte) error {
	wait, total := sip.T1, time.Duration(0)
	for {
		t := s.e.cfg.Clock.NewTimer(wait)
		select {
		case <-s.acked:
			t.Stop()
			return nil
		case <-s.over:
			t.Stop()
			return nil
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C():
		}
		if total += wait; total >= 64*sip.T1 {
			s.hangUpAtOnce("no ACK")
			return errors.New("the answer was never acknowledged")
		}
		if s.e.cfg.Transport == UDP {
			_ = s.respondOK(r, s.incoming.tx, body)
		}
		wait = min(2*wait, sip.T2)
	}
}

// await waits until the other side hangs up or the context ends.
func (s *Session) Await(ctx context.Context) error {
	select {
	case <-s.over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// after waits on the session's clock.
func (s *Session) after(ctx context.Context, d time.Duration) error {
	return clock.Sleep(ctx, s.e.cfg.Clock, d)
}

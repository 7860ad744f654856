package sip

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/voice/ending"
)

const (
	referWait = 20 * time.Second // how long a REFER waits for Accept or Refuse
	referLife = 3 * time.Minute  // how long we report on an accepted one without a Finish
	sipfrag   = "message/sipfrag;version=2.0"
)

// referrals is what a leg knows of transfers, theirs that we do and ours that they do.
type referrals struct {
	asked  *referral     // theirs that waits for Accept or Refuse
	report chan fragment // what they tell of ours; nil while we have none
	taken  uint32        // REFERs accepted, for the id of the second and further ones
}

// referral is one REFER of theirs.
type referral struct {
	req   *sip.Request
	tx    *sip.ServerTx
	until time.Time
}

// fragment is what one NOTIFY tells of a transfer.
type fragment struct {
	status int
	last   bool
}

func (r *referrals) due() time.Time {
	if r.asked == nil {
		return time.Time{}
	}
	return r.asked.until
}

// ErrTransferUnknown says that the other side ended the call or its reports before it told how the
// transfer went.
var ErrTransferUnknown = errors.New("the other side did not tell how the transfer went")

// onRefer takes a REFER (RFC 3515).
func (l *Leg) onRefer(m message) {
	a := l.agent
	to, ok := referTo(m.req)
	if !ok {
		a.refuse(m.req, m.tx, sip.StatusBadRequest)
		return
	}
	l.mu.Lock()
	if l.state != up || l.asked != nil {
		l.mu.Unlock()
		a.refuse(m.req, m.tx, sip.StatusRequestPending)
		return
	}
	r := &referral{req: m.req, tx: m.tx, until: a.clock.Now().Add(referWait)}
	l.asked = r
	l.rearm()
	l.mu.Unlock()
	to.ReferredBy = l.caller.Number
	if by, ok := parseAddress(text(m.req, "referred-by")); ok && number(&by.uri) != "" {
		to.ReferredBy = number(&by.uri)
	}
	s := &subscription{leg: l, of: r}
	to.Accept, to.Progress, to.Finish, to.Refuse = s.accept, s.progress, s.finish, s.refuse
	l.emit(to)
}

// referTo reads Refer-To: where to call, and what to replace there.
func referTo(req *sip.Request) (Transfer, bool) {
	list := req.GetHeaders("refer-to")
	if len(list) == 0 {
		list = req.GetHeaders("r")
	}
	if len(list) != 1 {
		return Transfer{}, false
	}
	a, ok := parseAddress(list[0].Value())
	if !ok || number(&a.uri) == "" && a.uri.Host == "" {
		return Transfer{}, false
	}
	t := Transfer{To: number(&a.uri)}
	for _, h := range a.uri.Headers {
		if !strings.EqualFold(h.K, "replaces") {
			continue
		}
		plain, err := url.PathUnescape(h.V)
		if err != nil {
			return Transfer{}, false
		}
		if t.Replaces, ok = replaces(plain); !ok {
			return Transfer{}, false
		}
	}
	a.uri.Headers = nil
	t.URI = a.uri.String()
	return t, true
}

// take gives the REFER to whoever decides about it, once.
func (l *Leg) take(r *referral) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.asked != r {
		return false
	}
	l.asked = nil
	l.rearm()
	return true
}

// expireReferrals refuses a REFER that nobody decided about.
func (l *Leg) expireReferrals(now time.Time) {
	l.mu.Lock()
	r := l.asked
	if r == nil || now.Before(r.until) {
		l.mu.Unlock()
		return
	}
	l.asked = nil
	l.mu.Unlock()
	l.agent.refuse(r.req, r.tx, sip.StatusGlobalDecline)
}

// subscription reports on one REFER that was accepted.
type subscription struct {
	leg   *Leg
	of    *referral
	event string
	lock  chan struct{} // one report at a time, in order; made by accept
	over  bool
}

func (s *subscription) refuse(_ context.Context, reason ending.Reason) error {
	if !s.leg.take(s.of) {
		return ErrState
	}
	e := ending.Of(reason, ending.Ours)
	status := e.SIP
	if status < 300 {
		status = sip.StatusGlobalDecline
	}
	s.leg.agent.refuse(s.of.req, s.of.tx, status)
	return nil
}

func (s *subscription) accept(ctx context.Context) error {
	if !s.leg.take(s.of) {
		return ErrState
	}
	l := s.leg
	l.mu.Lock()
	l.taken++
	s.event = "refer"
	if l.taken > 1 { // RFC 3515, section 2.4.6
		s.event += ";id=" + strconv.FormatUint(uint64(s.of.req.CSeq().SeqNo), 10)
	}
	l.mu.Unlock()
	s.lock = make(chan struct{}, 1)
	res := l.agent.response(s.of.req, sip.StatusAccepted)
	res.AppendHeader(&sip.ContactHeader{Address: l.end.uri(l.local.uri.User)})
	if err := s.of.tx.Respond(res); err != nil {
		return err
	}
	return s.notify(ctx, sip.StatusTrying, false)
}

func (s *subscription) progress(ctx context.Context, status int) error {
	if status < 100 || status > 199 {
		return ErrState
	}
	return s.notify(ctx, status, false)
}

func (s *subscription) finish(ctx context.Context, status int) error {
	if status < 200 || status > 699 {
		return ErrState
	}
	return s.notify(ctx, status, true)
}

// notify sends one report (RFC 3515, section 2.4.4). The terminating one is sent once.
func (s *subscription) notify(ctx context.Context, status int, last bool) error {
	if s.lock == nil {
		return ErrState
	}
	select {
	case s.lock <- struct{}{}:
		defer func() { <-s.lock }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.over {
		return nil
	}
	s.over = last
	state := "active;expires=" + strconv.Itoa(int(referLife/time.Second))
	if last {
		state = "terminated;reason=noresource"
	}
	res, err := s.leg.exchange(ctx, sip.NOTIFY, func(req *sip.Request) {
		req.AppendHeader(sip.NewHeader("Event", s.event))
		req.AppendHeader(sip.NewHeader("Subscription-State", state))
		setBody(req, sipfrag, []byte("SIP/2.0 "+strconv.Itoa(status)+" "+phrase(status)+"\r\n"))
	})
	if err != nil {
		s.over = true
		return err
	}
	if !res.IsSuccess() {
		s.over = true
		return &Refused{Status: res.StatusCode}
	}
	return nil
}

// Refer asks the other side to call target (a number, a phone, or a URI) instead of us and waits for
// its report. It gives nil when the report says that the transfer worked, *[Refused] with the status
// otherwise, and [ErrTransferUnknown] when the other side left without telling.
func (l *Leg) Refer(ctx context.Context, target string) error {
	if !strings.Contains(target, ":") {
		target = "sip:" + url.PathEscape(target) + "@" + l.end.host
		if l.end.port != 0 && l.end.port != 5060 {
			target += ":" + strconv.Itoa(l.end.port)
		}
	}
	return l.refer(ctx, "<"+target+">")
}

// ReferReplaces asks the other side to take the place that we have in the other leg (attended transfer):
// it then calls the other party with Replaces, and both of our legs end.
func (l *Leg) ReferReplaces(ctx context.Context, other *Leg) error {
	other.mu.Lock()
	r := Replaces{CallID: other.callID, ToTag: other.remoteTag, FromTag: other.localTag}
	target := *other.target.Clone()
	alive := other.state == up
	other.mu.Unlock()
	if !alive {
		return ErrState
	}
	target.Headers = nil
	return l.refer(ctx, "<"+target.String()+"?Replaces="+url.QueryEscape(r.String())+">")
}

func (l *Leg) refer(ctx context.Context, target string) error {
	reports := make(chan fragment, 8)
	l.mu.Lock()
	if l.report != nil {
		l.mu.Unlock()
		return ErrState
	}
	l.report = reports
	by := l.end.uri(l.local.uri.User)
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		l.report = nil
		l.mu.Unlock()
	}()
	res, err := l.exchange(ctx, sip.REFER, func(req *sip.Request) {
		req.AppendHeader(sip.NewHeader("Refer-To", target))
		req.AppendHeader(sip.NewHeader("Referred-By", "<"+by.String()+">"))
		req.SetBody(nil)
	})
	if err != nil {
		return err
	}
	if !res.IsSuccess() {
		return &Refused{Status: res.StatusCode}
	}
	return l.awaitReport(ctx, reports)
}

func (l *Leg) awaitReport(ctx context.Context, reports <-chan fragment) error {
	done := l.done
	for {
		select {
		case f := <-reports:
			switch {
			case f.status >= 300:
				return &Refused{Status: f.status}
			case f.status >= 200:
				return nil
			case f.last:
				return ErrTransferUnknown
			}
		case <-done:
			done = nil
			if len(reports) == 0 {
				return ErrTransferUnknown
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// onNotify takes their report on a REFER of ours; other events are not known (RFC 6665).
func (l *Leg) onNotify(m message) {
	a := l.agent
	event, _, _ := strings.Cut(strings.ToLower(text(m.req, "event")), ";")
	if event == "" {
		event, _, _ = strings.Cut(strings.ToLower(text(m.req, "o")), ";")
	}
	l.mu.Lock()
	report := l.report
	l.mu.Unlock()
	if strings.TrimSpace(event) != "refer" {
		a.refuse(m.req, m.tx, 489)
		return
	}
	if report == nil {
		a.refuse(m.req, m.tx, sip.StatusCallTransactionDoesNotExists)
		return
	}
	a.reply(m.req, m.tx, a.response(m.req, sip.StatusOK))
	state, _, _ := strings.Cut(strings.ToLower(text(m.req, "subscription-state")), ";")
	f := fragment{status: fragStatus(m.req.Body()), last: strings.TrimSpace(state) == "terminated"}
	select {
	case report <- f:
	default:
	}
}

// fragStatus reads the status line of a sipfrag; 0 when there is none.
func fragStatus(body []byte) int {
	line, _, _ := strings.Cut(string(body[:min(len(body), 256)]), "\n")
	fields := strings.Fields(line)
	if len(fields) < 2 || !strings.EqualFold(fields[0], "SIP/2.0") {
		return 0
	}
	n, err := strconv.Atoi(fields[1])
	if err != nil || n < 100 || n > 699 {
		return 0
	}
	return n
}

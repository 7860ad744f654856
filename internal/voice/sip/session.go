package sip

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/voice/ending"
)

// minSession is the shortest session interval that we take (RFC 4028, section 4).
const minSession = 90 * time.Second

// session is the timer of RFC 4028: a side refreshes at half of the interval by a re-INVITE; a call
// that nobody refreshes ends by itself.
type session struct {
	interval  time.Duration // 0: no timer
	least     time.Duration // the shortest that they take, when it is above ours
	refresher bool          // we refresh
	alone     bool          // the other side does not speak of timers: ours is only to learn whether it lives
	refresh   time.Time     // when we refresh next, when we are the refresher
	expires   time.Time     // when the call counts as dead
}

func (s *session) due() time.Time {
	if s.refresher && !s.refresh.IsZero() {
		return s.refresh
	}
	return s.expires
}

// begin starts the interval anew, after the answer or a refresh.
func (s *session) begin(now time.Time) {
	if s.interval == 0 {
		return
	}
	s.refresh = now.Add(s.interval / 2)
	s.expires = now.Add(s.interval - min(32*time.Second, s.interval/3)) // RFC 4028, section 10
	if s.refresher {
		s.expires = now.Add(s.interval)
	}
}

// asked reads what their INVITE wants of the timer. tooSmall is the interval to answer 422 with, 0 when
// theirs will do.
func (a *Agent) asked(req *sip.Request) (s session, tooSmall time.Duration) {
	value := text(req, "session-expires")
	if value == "" {
		value = text(req, "x")
	}
	able := has(req, "supported", "timer") || has(req, "k", "timer") || has(req, "require", "timer")
	interval, params, ok := seconds(value)
	if ok && able && interval < minSession {
		return s, minSession
	}
	s.interval = a.cfg.SessionExpires
	if ok && interval < s.interval {
		s.interval = max(interval, minSession)
	}
	if least, _, ok := seconds(text(req, "min-se")); ok && least > s.interval {
		s.interval = least
	}
	switch {
	case !able:
		s.refresher, s.alone = true, true
	case params != nil && params.GetOr("refresher", "") == "uas":
		s.refresher = true
	}
	return s, 0
}

// confirm writes the timer into our 200 to an INVITE.
func (s *session) confirm(res *sip.Response, req *sip.Request) {
	if s.interval == 0 {
		return
	}
	who := "uac"
	if s.refresher {
		who = "uas"
	} else {
		res.AppendHeader(sip.NewHeader("Require", "timer"))
	}
	res.AppendHeader(sip.NewHeader("Session-Expires", strconv.Itoa(int(s.interval/time.Second))+";refresher="+who))
}

// propose writes the timer into our INVITE. Inside a call we name ourselves the refresher when we are.
func (s *session) propose(req *sip.Request) {
	if s.interval == 0 {
		return
	}
	value := strconv.Itoa(int(s.interval / time.Second))
	if req.To().Params.Has("tag") {
		if s.refresher {
			value += ";refresher=uac"
		} else {
			value += ";refresher=uas"
		}
	}
	req.AppendHeader(sip.NewHeader("Session-Expires", value))
	req.AppendHeader(sip.NewHeader("Min-SE", strconv.Itoa(int(max(minSession, s.least)/time.Second)))) // RFC 4028, section 7.4
}

// agreed reads the timer from their 200 to our INVITE. When they do not speak of it, we refresh: that is
// how we learn of a dead call (RFC 4028, section 7.2).
func (s *session) agreed(res *sip.Response) {
	value := text(res, "session-expires")
	if value == "" {
		value = text(res, "x")
	}
	interval, params, ok := seconds(value)
	s.refresher = true
	if s.alone = !ok || interval < minSession; s.alone {
		return
	}
	s.interval = interval
	s.refresher = params.GetOr("refresher", "uac") != "uas"
}

// keepSession refreshes, or ends a call that was not refreshed.
func (l *Leg) keepSession(now time.Time) {
	l.mu.Lock()
	due := l.session.due()
	if l.state != up || due.IsZero() || now.Before(due) {
		l.mu.Unlock()
		return
	}
	if !now.Before(l.session.expires) {
		l.session = session{}
		l.mu.Unlock()
		l.drop(ending.Of(ending.SessionExpired, ending.Theirs))
		return
	}
	l.session.refresh = l.session.expires // looked at again then, unless the refresh succeeds
	body := l.body
	l.mu.Unlock()
	l.agent.work.Go(func() { l.refresh(body) })
}

// refresh sends the session as it is again. A side that does not know the call any longer, or does not
// answer at all, has lost it. Any other refusal leaves the call until its interval ends, or for another
// interval when the other side knows nothing of timers: the refusal shows that it is there.
func (l *Leg) refresh(body []byte) {
	defer l.rescue("refresh")
	ctx, cancel := context.WithTimeout(context.Background(), byeWait)
	defer cancel()
	_, err := l.Reinvite(ctx, body)
	var refused *Refused
	switch {
	case err == nil, errors.Is(err, ErrEnded):
	case errors.As(err, &refused) && refused.Status != sip.StatusCallTransactionDoesNotExists && refused.Status != sip.StatusRequestTimeout:
		l.mu.Lock()
		if l.session.alone {
			l.session.begin(l.agent.clock.Now())
			l.rearm()
		}
		l.mu.Unlock()
	default:
		l.drop(ending.Of(ending.SessionExpired, ending.Theirs))
	}
}

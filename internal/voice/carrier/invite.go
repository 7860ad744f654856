package carrier

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/platform/clock"
)

// maxChallenges bounds how often an INVITE is sent again with credentials or a longer session timer.
const maxChallenges = 3

// invite sends the INVITE and follows its transaction in the background.
func (s *Session) invite(ctx context.Context) error {
	s.mu.Lock()
	s.sent = s.e.cfg.Clock.Now()
	s.mu.Unlock()
	r, tx, err := s.sendInvite(ctx, nil)
	if err != nil {
		return err
	}
	s.work.Go(func() { s.followInvite(r, tx) })
	return nil
}

func (s *Session) sendInvite(ctx context.Context, challenge *sip.Response) (*sip.Request, sip.ClientTransaction, error) {
	r := s.inDialog(sip.INVITE)
	r.AppendHeader(sip.NewHeader("Allow", allow))
	for _, h := range s.call.Headers {
		r.AppendHeader(sip.NewHeader(h.Name, h.Value))
	}
	s.addTimer(r)
	if !s.call.LateOffer {
		r.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
		r.SetBody(s.offer())
	}
	if challenge != nil && isChallenge(challenge) {
		if err := authorize(r, challenge, s.call.Auth); err != nil {
			return nil, nil, err
		}
	}
	tx, err := s.e.transaction(ctx, r)
	if err != nil {
		return nil, nil, sendFault(r, err)
	}
	return r, tx, nil
}

// firstAnswer is how long a call that was given up waits for a first answer: before one, no CANCEL may be sent.
const firstAnswer = 2 * time.Second

// attempt is one INVITE transaction on its way.
type attempt struct {
	request     *sip.Request
	tx          sip.ClientTransaction
	provisional bool // CANCEL may be sent
	cancelled   bool // CANCEL was sent
	challenges  int
}

// followInvite works off the answers to our INVITE until the final one.
func (s *Session) followInvite(r *sip.Request, tx sip.ClientTransaction) {
	a := &attempt{request: r, tx: tx}
	giveUp := s.giveUp
	wanted := false
	var silent <-chan time.Time // how long a CANCEL waits for a first answer
	for {
		select {
		case res := <-a.tx.Responses():
			s.e.trace.in(res)
			if s.respond(a, res, wanted) {
				return
			}
		case <-a.tx.Done():
			cause := "no answer from the network"
			if err := a.tx.Err(); err != nil {
				cause = err.Error()
			}
			s.fail(sendFault(a.request, a.tx.Err()), End{By: ByNetwork, Cause: cause})
			return
		case <-giveUp:
			giveUp, wanted = nil, true
			timer := s.e.cfg.Clock.NewTimer(firstAnswer)
			defer timer.Stop()
			silent = timer.C()
		case <-silent:
			silent = nil
			if !a.provisional {
				a.tx.Terminate()
				s.fail(nil, End{By: ByUs, Cause: "cancelled before any answer"})
				return
			}
		}
		if wanted && a.provisional && !a.cancelled {
			a.cancelled = true
			s.sendCancel(a)
		}
	}
}

// respond handles one answer and reports whether it was the last.
func (s *Session) respond(a *attempt, res *sip.Response, wanted bool) bool {
	switch {
	case res.IsProvisional():
		a.provisional = true
		s.progress(res)
		return false
	case res.IsSuccess():
		s.answeredBy(a, res, wanted)
		return true
	case !wanted && a.challenges < maxChallenges && (isChallenge(res) && s.call.Auth.User != "" || res.StatusCode == 422):
		return s.again(a, res)
	}
	end := End{By: ByThem, Status: res.StatusCode, Cause: res.Reason}
	refused := refusedBy(sip.INVITE, res)
	end.Reason = refused.Reason
	if wanted {
		end.By, end.Cause = ByUs, "cancelled"
	}
	s.fail(refused, end)
	return true
}

// again repeats the INVITE with credentials, or with the session timer that a 422 asks for.
func (s *Session) again(a *attempt, res *sip.Response) bool {
	a.challenges++
	if h := res.GetHeader("Min-SE"); res.StatusCode == 422 && h != nil {
		if n, err := strconv.Atoi(strings.TrimSpace(h.Value())); err == nil && n > 0 && n < 86400 {
			s.call.SessionExpires = time.Duration(n) * time.Second
		}
	}
	s.nextCSeq()
	ctx, cancel := context.WithTimeout(s.ctx, 10*time.Second)
	defer cancel()
	r, tx, err := s.sendInvite(ctx, res)
	if err != nil {
		s.fail(err, End{By: ByUs, Cause: err.Error()})
		return true
	}
	a.request, a.tx, a.provisional = r, tx, false
	return false
}

func (s *Session) fail(err error, end End) {
	s.mu.Lock()
	s.refusal = err
	s.mu.Unlock()
	s.finish(end)
}

// progress handles 1xx: ringing, and early media when a description came.
func (s *Session) progress(res *sip.Response) {
	if res.StatusCode == 100 {
		return
	}
	if len(res.Body()) > 0 && s.accept(res.Body()) == nil {
		s.move(Early)
		return
	}
	if s.State() == Calling {
		s.move(Ringing)
	}
}

// answeredBy handles the 200.
func (s *Session) answeredBy(a *attempt, res *sip.Response, wanted bool) {
	s.establish(res)
	var answer []byte
	var err error
	if s.call.LateOffer {
		answer, err = s.answerTo(res.Body())
	} else {
		err = s.accept(res.Body())
	}
	if !s.call.NoAck {
		s.confirm(a.request, a.tx, answer)
	}
	switch {
	case wanted:
		s.takeBack()
	case err != nil:
		s.mu.Lock()
		s.refusal = err
		s.mu.Unlock()
		s.hangUpAtOnce("their description: " + err.Error())
	case s.move(Talking):
		if s.givenUp() {
			s.takeBack()
			return
		}
		s.keepAlive(res)
	}
}

// hangUpAtOnce ends a call that was answered although we no longer want it (RFC 3261 section 15.1).
func (s *Session) hangUpAtOnce(cause string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, _ = s.request(ctx, sip.BYE, "", nil)
	s.finish(End{By: ByUs, Cause: cause})
}

// sendCancel sends the CANCEL of the INVITE: same Via, same CSeq (RFC 3261 section 9.1).
func (s *Session) sendCancel(a *attempt) {
	c := sip.NewRequest(sip.CANCEL, *a.request.Recipient.Clone())
	for _, name := range []string{"Via", "Route", "Max-Forwards", "From", "To", "Call-ID"} {
		for _, h := range a.request.GetHeaders(name) {
			c.AppendHeader(sip.HeaderClone(h))
		}
	}
	c.AppendHeader(&sip.CSeqHeader{SeqNo: a.request.CSeq().SeqNo, MethodName: sip.CANCEL})
	c.SetBody(nil)
	s.e.route(c)
	if d := a.request.MessageData.Destination(); d != "" {
		c.SetDestination(d)
	}
	s.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, _ = s.e.transact(ctx, c) // what counts is the INVITE's own answer
	})
}

// keepAlive refreshes the session when we are the one to do it (RFC 4028 section 10).
func (s *Session) keepAlive(res *sip.Response) {
	h := res.GetHeader("Session-Expires")
	if h == nil || s.call.NoRefresh || s.call.SessionExpires <= 0 {
		return
	}
	seconds, who, _ := strings.Cut(h.Value(), ";")
	n, err := strconv.Atoi(strings.TrimSpace(seconds))
	if err != nil || n <= 0 || strings.Contains(who, "uas") {
		return
	}
	s.work.Go(func() {
		for clock.Sleep(s.ctx, s.e.cfg.Clock, time.Duration(n)*time.Second/2) == nil {
			if err := s.Reinvite(s.ctx); err != nil {
				return // their timer ends the call, as it must
			}
		}
	})
}

package carrier

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
)

// inDialog makes a request of this dialog (RFC 3261 section 12.2.1.1). An INVITE without a dialog is one too.
func (s *Session) inDialog(method sip.RequestMethod) *sip.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.e.request(method, s.target)
	from := &sip.FromHeader{DisplayName: s.call.Name, Address: *s.localURI.Clone(), Params: sip.NewParams()}
	from.Params.Add("tag", s.ourTag)
	to := &sip.ToHeader{Address: *s.remoteURI.Clone(), Params: sip.NewParams()}
	if s.theirTag != "" {
		to.Params.Add("tag", s.theirTag)
	}
	id := sip.CallIDHeader(s.callID)
	contact := &sip.ContactHeader{Address: s.e.contact(s.localURI.User), Params: sip.NewParams()}
	for _, route := range s.routes {
		r.AppendHeader(sip.NewHeader("Route", route))
	}
	r.AppendHeader(from)
	r.AppendHeader(to)
	r.AppendHeader(&id)
	r.AppendHeader(&sip.CSeqHeader{SeqNo: s.cseq, MethodName: method})
	r.AppendHeader(contact)
	if s.theirTag == "" && s.proxy != "" {
		r.SetDestination(s.proxy)
	} else if len(s.routes) > 0 {
		var u sip.Uri
		if sip.ParseUri(strings.Trim(strings.SplitN(s.routes[0], ">", 2)[0], "< "), &u) == nil {
			r.SetDestination(target(&u, "", s.e.cfg.Transport))
		}
	}
	r.SetBody(nil)
	return r
}

func (s *Session) nextCSeq() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cseq++
}

// request sends a request in the dialog and gives the final answer; a challenge is answered once.
func (s *Session) request(ctx context.Context, method sip.RequestMethod, kind string, body []byte, headers ...Header) (*sip.Response, error) {
	var challenge *sip.Response
	for {
		s.nextCSeq()
		r := s.inDialog(method)
		for _, h := range headers {
			r.AppendHeader(sip.NewHeader(h.Name, h.Value))
		}
		if body != nil {
			r.AppendHeader(sip.NewHeader("Content-Type", kind))
			r.SetBody(body)
		}
		if challenge != nil {
			if err := authorize(r, challenge, s.call.Auth); err != nil {
				return nil, err
			}
		}
		res, err := s.e.transact(ctx, r)
		if err != nil || challenge != nil || !isChallenge(res) || s.call.Auth.User == "" {
			return res, err
		}
		challenge = res
	}
}

func isChallenge(res *sip.Response) bool { return res.StatusCode == 401 || res.StatusCode == 407 }

// authorize adds the answer to a challenge (RFC 3261 section 22, RFC 7616, RFC 8760: the first one we can answer).
func authorize(r *sip.Request, challenge *sip.Response, a Auth) error {
	ask, reply := "WWW-Authenticate", "Authorization"
	if challenge.StatusCode == 407 {
		ask, reply = "Proxy-Authenticate", "Proxy-Authorization"
	}
	err := fmt.Errorf("%d without %s", challenge.StatusCode, ask)
	for _, h := range challenge.GetHeaders(ask) {
		var c *digest.Challenge
		if c, err = digest.ParseChallenge(h.Value()); err != nil {
			continue
		}
		var answer *digest.Credentials
		answer, err = digest.Digest(c, digest.Options{
			Method: string(r.Method), URI: r.Recipient.String(), Username: a.User, Password: a.Password, Count: 1,
		})
		if err != nil {
			continue
		}
		r.AppendHeader(sip.NewHeader(reply, answer.String()))
		return nil
	}
	return fault.New(fault.Unauthenticated, "carrier.bad_challenge", "The challenge cannot be answered.").WithCause(err)
}

// confirm sends the ACK of a 2xx, and again for each repetition of it (RFC 3261 section 13.2.2.4).
func (s *Session) confirm(invite *sip.Request, tx sip.ClientTransaction, body []byte) {
	send := func() {
		ack := s.inDialog(sip.ACK)
		ack.CSeq().SeqNo = invite.CSeq().SeqNo
		for _, name := range []string{"Authorization", "Proxy-Authorization"} {
			if h := invite.GetHeader(name); h != nil {
				ack.AppendHeader(sip.HeaderClone(h))
			}
		}
		if body != nil {
			ack.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
			ack.SetBody(body)
		}
		s.e.write(ack)
	}
	tx.OnRetransmission(func(res *sip.Response) {
		if res.IsSuccess() {
			s.mu.Lock()
			s.retransmit++
			s.mu.Unlock()
			send()
		}
	})
	send()
}

// establish takes tag, target and route set from a response (RFC 3261 section 12.1.2).
func (s *Session) establish(res *sip.Response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if tag, ok := res.To().Params.Get("tag"); ok {
		s.theirTag = tag
	}
	if c := res.Contact(); c != nil {
		s.target = *c.Address.Clone()
	}
	s.routes = nil
	records := res.GetHeaders("Record-Route")
	for i := len(records) - 1; i >= 0; i-- {
		s.routes = append(s.routes, records[i].Value())
	}
}

// Bye hangs up. A second one does nothing.
func (s *Session) Bye(ctx context.Context) error { return s.ByeReason(ctx, "") }

// ByeReason hangs up with a Reason header (RFC 3326), such as "Q.850;cause=16".
func (s *Session) ByeReason(ctx context.Context, reason string) error {
	if s.State() == Ended {
		return nil
	}
	s.media.silence()
	var headers []Header
	if reason != "" {
		headers = append(headers, Header{"Reason", reason})
	}
	res, err := s.request(ctx, sip.BYE, "", nil, headers...)
	s.finish(End{By: ByUs, Cause: "hung up"})
	if err != nil {
		return fmt.Errorf("hang up: %w", err)
	}
	if !res.IsSuccess() && res.StatusCode != 481 {
		return fmt.Errorf("hang up: %w", refusedBy(sip.BYE, res))
	}
	return nil
}

// Hold asks the other side to stop sending (re-INVITE with sendonly); we go on sending what Play says.
func (s *Session) Hold(ctx context.Context) error { return s.redirect(ctx, sendOnly) }

// HoldInactive stops both directions.
func (s *Session) HoldInactive(ctx context.Context) error { return s.redirect(ctx, inactive) }

// Resume takes a hold back.
func (s *Session) Resume(ctx context.Context) error { return s.redirect(ctx, sendReceive) }

func (s *Session) redirect(ctx context.Context, to direction) error {
	s.mu.Lock()
	before := s.direction
	s.direction = to
	s.mu.Unlock()
	err := s.Reinvite(ctx)
	if err != nil {
		s.mu.Lock()
		s.direction = before
		s.mu.Unlock()
	}
	return err
}

var errNotAnswered = errors.New("the call is not answered yet")

// Reinvite offers the present description again. 491 (both sides at once) is tried again (RFC 3261 section 14.1).
func (s *Session) Reinvite(ctx context.Context) error {
	select {
	case <-s.Answered():
	default:
		return errNotAnswered // without their tag it would begin another call
	}
	var challenge *sip.Response
	for try := 0; ; try++ {
		s.nextCSeq()
		r := s.inDialog(sip.INVITE)
		r.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
		r.SetBody(s.offer())
		s.addTimer(r)
		if challenge != nil {
			if err := authorize(r, challenge, s.call.Auth); err != nil {
				return err
			}
		}
		res, err := s.reinviteOnce(ctx, r)
		switch {
		case err != nil:
			return err
		case res.IsSuccess():
			return s.accept(res.Body())
		case isChallenge(res) && challenge == nil && s.call.Auth.User != "":
			challenge = res
		case res.StatusCode == 491 && try < 5:
			wait := time.Duration(rand.IntN(200)) * 10 * time.Millisecond
			if s.outgoing {
				wait += 2100 * time.Millisecond
			}
			if err := clock.Sleep(ctx, s.e.cfg.Clock, wait); err != nil {
				return err
			}
		default:
			return refusedBy(sip.INVITE, res)
		}
	}
}

func (s *Session) reinviteOnce(ctx context.Context, r *sip.Request) (*sip.Response, error) {
	tx, err := s.e.transaction(ctx, r)
	if err != nil {
		return nil, sendFault(r, err)
	}
	for {
		select {
		case res := <-tx.Responses():
			s.e.trace.in(res)
			if res.IsProvisional() {
				continue
			}
			if res.IsSuccess() {
				s.confirm(r, tx, nil)
			}
			return res, nil
		case <-tx.Done():
			return nil, sendFault(r, tx.Err())
		case <-ctx.Done():
			tx.Terminate()
			return nil, ctx.Err()
		}
	}
}

// addTimer asks for a session timer (RFC 4028) when the call has one.
func (s *Session) addTimer(r *sip.Request) {
	if s.call.SessionExpires <= 0 {
		return
	}
	r.AppendHeader(sip.NewHeader("Supported", "timer"))
	r.AppendHeader(sip.NewHeader("Session-Expires", strconv.Itoa(int(s.call.SessionExpires.Seconds()))+";refresher=uac"))
}

// SendInfo sends a key as SIP INFO (application/dtmf-relay).
func (s *Session) sendInfo(ctx context.Context, key byte, each time.Duration) error {
	body := fmt.Sprintf("Signal=%c\r\nDuration=%d\r\n", key, each.Milliseconds())
	res, err := s.request(ctx, sip.INFO, "application/dtmf-relay", []byte(body))
	if err != nil {
		return fmt.Errorf("send the key %c: %w", key, err)
	}
	if !res.IsSuccess() {
		return refusedBy(sip.INFO, res)
	}
	return nil
}

// Raw sends any request in the dialog, for tests of what is unusual; it gives the status.
func (s *Session) Raw(ctx context.Context, method, contentType string, body []byte, headers ...Header) (int, error) {
	if contentType == "" && body != nil {
		return 0, errors.New("a body needs a content type; leave both away for a request without")
	}
	res, err := s.request(ctx, sip.RequestMethod(method), contentType, body, headers...)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, nil
}

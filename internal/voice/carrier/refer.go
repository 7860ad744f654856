package carrier

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Transfer is how a REFER went.
type Transfer struct {
	Progress []int // the status lines that NOTIFY brought, in order
	Final    int   // the last one; 0: none came
}

// Refer asks the other side to call the target (a number or URI) instead: a blind transfer (RFC 3515). It waits for the
// final NOTIFY; hanging up is the caller's, as after any transfer.
func (s *Session) Refer(ctx context.Context, target string) (Transfer, error) {
	u, err := parseAddress(target, s.targetHost())
	if err != nil {
		return Transfer{}, err
	}
	return s.refer(ctx, "<"+u.String()+">")
}

// ReferReplaces asks the other side to call the other session's partner and to take over that conversation: an attended
// transfer (RFC 3891).
func (s *Session) ReferReplaces(ctx context.Context, other *Session) (Transfer, error) {
	other.mu.Lock()
	u := other.target.Clone()
	replaces := fmt.Sprintf("%s;to-tag=%s;from-tag=%s", other.callID, other.theirTag, other.ourTag)
	other.mu.Unlock()
	return s.refer(ctx, "<"+u.String()+"?Replaces="+url.QueryEscape(replaces)+">")
}

func (s *Session) targetHost() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.target.Port > 0 {
		return fmt.Sprintf("%s:%d", s.target.Host, s.target.Port)
	}
	return s.target.Host
}

func (s *Session) refer(ctx context.Context, to string) (Transfer, error) {
	by := s.e.contact(s.localURI.User)
	res, err := s.request(ctx, sip.REFER, "", nil, Header{"Refer-To", to}, Header{"Referred-By", "<" + by.String() + ">"})
	if err != nil {
		return Transfer{}, fmt.Errorf("transfer: %w", err)
	}
	if !res.IsSuccess() {
		return Transfer{}, refusedBy(sip.REFER, res)
	}
	var t Transfer
	for {
		select {
		case status := <-s.referral:
			t.Progress = append(t.Progress, status)
			if status >= 200 {
				t.Final = status
				return t, nil
			}
		case <-ctx.Done():
			return t, fmt.Errorf("wait for the end of the transfer: %w", ctx.Err())
		}
	}
}

// referred is what a REFER asks for.
type referred struct {
	to       sip.Uri
	replaces string
	by       string
}

func readRefer(r *sip.Request) (referred, error) {
	var x referred
	h := r.GetHeader("Refer-To")
	if h == nil {
		return x, fmt.Errorf("no Refer-To")
	}
	text := h.Value()
	if i := strings.IndexByte(text, '<'); i >= 0 {
		text = text[i+1:]
		text, _, _ = strings.Cut(text, ">")
	}
	text, query, _ := strings.Cut(text, "?")
	for part := range strings.SplitSeq(query, "&") {
		if name, value, ok := strings.Cut(part, "="); ok && strings.EqualFold(name, "Replaces") {
			x.replaces, _ = url.QueryUnescape(strings.ReplaceAll(value, "+", "%2B"))
		}
	}
	if h := r.GetHeader("Referred-By"); h != nil {
		x.by = h.Value()
	}
	var err error
	x.to, err = parseAddress(text, "")
	return x, err
}

// followRefer calls where a REFER points to and tells the asker how it goes; the new session is given to use.
func (s *Session) followRefer(r *sip.Request, proxy string, use func(*Session)) {
	x, err := readRefer(r)
	notify := func(status int, phrase, state string) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		body := fmt.Sprintf("SIP/2.0 %d %s\r\n", status, phrase)
		_, _ = s.request(ctx, sip.NOTIFY, "message/sipfrag;version=2.0", []byte(body),
			Header{"Event", "refer"}, Header{"Subscription-State", state})
	}
	s.e.done.Go(func() { // not the session's: it usually ends before the transfer has
		if err != nil {
			notify(400, "Bad Refer-To", "terminated;reason=noresource")
			return
		}
		notify(100, "Trying", "active;expires=60")
		c := s.call
		c.Headers, c.Ring, c.Proxy = nil, 20*time.Second, proxy
		if x.by != "" {
			c.Headers = append(c.Headers, Header{"Referred-By", x.by})
		}
		if x.replaces != "" {
			c.Headers = append(c.Headers, Header{"Replaces", x.replaces})
		}
		c.From = s.localURI.User
		next, err := s.e.start(s.e.ctx, c, x.to)
		if err == nil {
			err = next.Wait(s.e.ctx)
		}
		if err != nil {
			status, phrase := 503, "Service Unavailable"
			if refused, ok := err.(*Refused); ok {
				status, phrase = refused.Status, refused.Phrase
			}
			if next != nil {
				next.Close()
			}
			notify(status, phrase, "terminated;reason=noresource")
			return
		}
		use(next)
		notify(200, "OK", "terminated;reason=noresource")
	})
}

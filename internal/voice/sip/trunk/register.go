package trunk

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"
	icholy "github.com/icholy/digest"

	"yingda/internal/platform/clock"
)

// registration is what is known of a trunk's binding at its carrier.
type registration struct {
	state  Registered
	since  time.Time
	until  time.Time // the carrier keeps it until then
	answer int       // last final status
	host   Host      // where
}

const goodbye = 2 * time.Second

var errNoDigest = errors.New("trunk: the carrier asks for a digest that is not supported")

// binding is one registration's identity: one Call-ID and rising CSeq for its whole life (RFC 3261 10.2.4).
type binding struct {
	callID string
	cseq   uint32
	asked  time.Duration
}

// keepRegistered registers a trunk and refreshes until its context ends; then it takes the binding away.
func (m *Manager) keepRegistered(ctx context.Context, e *entry) {
	defer close(e.gone)
	if e.after != nil {
		<-e.after // it ends within goodbye: its context ended when we began
	}
	b := &binding{callID: uuid.NewString(), asked: askedExpiry}
	failures := 0
	for {
		granted, host, status := m.registerOnce(ctx, e, b)
		if ctx.Err() != nil {
			break
		}
		pause := renewAfter(granted)
		if granted > 0 {
			failures = 0
		} else {
			failures++
			pause = retryAfter(failures, refusedLogin(status))
		}
		m.note(e, granted, host, status)
		if clock.Sleep(ctx, m.cfg.Clock, pause) != nil {
			break
		}
	}
	m.unregister(ctx, e, b)
}

func refusedLogin(status int) bool { return status == 401 || status == 403 || status == 407 }

// note keeps the outcome for the page and health.
func (m *Manager) note(e *entry, granted time.Duration, host Host, status int) {
	now := m.cfg.Clock.Now()
	m.mu.Lock()
	was := e.reg.state
	to := Accepted
	switch {
	case granted > 0:
		e.reg.until, e.reg.host = now.Add(granted), host
	case refusedLogin(status):
		to = Refused
	case was == Accepted && now.Before(e.reg.until):
		to = Accepted // the carrier still keeps it; the next try may refresh it
	default:
		to = Lost
	}
	if to != was {
		e.reg.state, e.reg.since = to, now
	}
	e.reg.answer = status
	m.mu.Unlock()
	if to != was {
		m.cfg.Logger.Info("trunk registration changed", "trunk", e.id, "state", string(to), "answer", status)
	}
}

// registerOnce tries the hosts, those that answer first, until one grants. Status is of the last answer, 0 for none.
func (m *Manager) registerOnce(ctx context.Context, e *entry, b *binding) (granted time.Duration, at Host, status int) {
	for _, h := range m.inOrder(e) {
		if !m.resolve(ctx, h) {
			continue
		}
		res, err := m.registerAt(ctx, e, h, b, b.asked)
		if err == nil && res.StatusCode == sip.StatusIntervalToBrief {
			if least, ok := header(res, "min-expires"); ok && least > b.asked && least <= 24*time.Hour {
				b.asked = least
				res, err = m.registerAt(ctx, e, h, b, b.asked)
			}
		}
		if err != nil {
			continue
		}
		if status = res.StatusCode; res.IsSuccess() {
			return grantedBy(res, b.asked), h.host, status
		}
		if refusedLogin(status) {
			return 0, h.host, status // another host of the same carrier has the same password
		}
	}
	return 0, Host{}, status
}

func (m *Manager) inOrder(e *entry) []*hostEntry {
	m.mu.Lock()
	defer m.mu.Unlock()
	var good, last []*hostEntry
	for _, h := range e.hosts {
		if h.health.state == Down {
			last = append(last, h)
		} else {
			good = append(good, h)
		}
	}
	return append(good, last...)
}

// registerAt sends one REGISTER and answers challenges: one, and one more when the nonce was stale.
func (m *Manager) registerAt(ctx context.Context, e *entry, h *hostEntry, b *binding, expires time.Duration) (*sip.Response, error) {
	name, value := "", ""
	for tries := 0; ; tries++ {
		req := m.registerRequest(e, h, b, expires)
		if value != "" {
			req.AppendHeader(sip.NewHeader(name, value))
		}
		within, cancel := context.WithTimeout(ctx, askTimeout)
		res, err := m.requester.Do(within, req)
		cancel()
		if err != nil || res.StatusCode != 401 && res.StatusCode != 407 {
			return res, err
		}
		c := challengeOf(res)
		if c == nil || tries > 1 || tries == 1 && !c.Stale {
			return res, nil
		}
		if name, value, err = m.credentials(e, req, res.StatusCode, c); err != nil {
			return res, nil // the carrier's refusal says what to do
		}
	}
}

func (m *Manager) registerRequest(e *entry, h *hostEntry, b *binding, expires time.Duration) *sip.Request {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := e.trunk
	req := m.request(sip.REGISTER, t, h, t.Username, h.host.Name)
	req.AppendHeader(&sip.ToHeader{Address: sip.Uri{Scheme: "sip", User: t.Username, Host: h.host.Name}})
	callID := sip.CallIDHeader(b.callID)
	req.AppendHeader(&callID)
	b.cseq++
	req.AppendHeader(&sip.CSeqHeader{SeqNo: b.cseq, MethodName: sip.REGISTER})
	lifetime := sip.ExpiresHeader(uint32(expires / time.Second)) // at most a day
	req.AppendHeader(&lifetime)
	req.SetBody(nil)
	return req
}

// challengeOf takes the first challenge that we can answer; carriers put the one they prefer first (RFC 8760 2.4).
func challengeOf(res *sip.Response) *icholy.Challenge {
	name := "www-authenticate"
	if res.StatusCode == 407 {
		name = "proxy-authenticate"
	}
	for _, h := range res.GetHeaders(name) {
		c, err := icholy.ParseChallenge(h.Value())
		if err != nil {
			continue
		}
		for i := range c.QOP { // "auth, auth-int" comes with the space
			c.QOP[i] = strings.TrimSpace(c.QOP[i])
		}
		if icholy.CanDigest(c) && (len(c.QOP) == 0 || c.SupportsQOP("auth")) {
			return c
		}
	}
	return nil
}

func (m *Manager) credentials(e *entry, req *sip.Request, status int, c *icholy.Challenge) (name, value string, err error) {
	m.mu.Lock()
	user, password := e.trunk.Username, e.trunk.Password
	m.mu.Unlock()
	answer, err := icholy.Digest(c, icholy.Options{
		Method: string(req.Method), URI: req.Recipient.String(), Count: 1, Username: user, Password: password.Reveal(),
	})
	if err != nil {
		return "", "", errNoDigest
	}
	name = "Authorization"
	if status == 407 {
		name = "Proxy-Authorization"
	}
	return name, answer.String(), nil
}

// grantedBy is the time that a 200 grants: of its only contact, or of ours among several, or of its Expires.
func grantedBy(res *sip.Response, asked time.Duration) time.Duration {
	least := time.Duration(0)
	for _, h := range res.GetHeaders("contact") {
		c, ok := h.(*sip.ContactHeader)
		if !ok {
			continue
		}
		if n, err := strconv.Atoi(c.Params.GetOr("expires", "")); err == nil && n > 0 {
			if d := time.Duration(n) * time.Second; least == 0 || d < least {
				least = d
			}
		}
	}
	if least == 0 {
		least, _ = header(res, "expires")
	}
	if least <= 0 {
		least = asked
	}
	return min(least, asked)
}

func header(res *sip.Response, name string) (time.Duration, bool) {
	h := res.GetHeader(name)
	if h == nil {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSpace(h.Value()), 10, 31)
	return time.Duration(n) * time.Second, err == nil // 31 bits
}

// unregister takes the binding away (RFC 3261 10.2.2) when there is one.
func (m *Manager) unregister(ctx context.Context, e *entry, b *binding) {
	m.mu.Lock()
	registered, at := e.reg.state == Accepted, e.reg.host
	e.reg.state = NotNeeded
	m.mu.Unlock()
	if !registered {
		return
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	for _, h := range e.hosts {
		if h.host == at {
			if _, err := m.registerAt(within, e, h, b, 0); err != nil {
				m.cfg.Logger.Info("trunk not unregistered", "trunk", e.id)
			}
		}
	}
}

package registrar

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/voice/sip/digest"
)

const (
	retryAfter  = "30"            // seconds, when the store of credentials is away or memory is full
	sweepEvery  = time.Minute     // between sweeps of expired bindings
	gonePause   = 2 * time.Minute // Retry-After of a lock-out; it does not say how long the lock holds
	maxAgent    = 120             // bytes of User-Agent that are kept
	maxContact  = 512             // bytes of one contact
	maxInstance = 200

	dateLayout = "Mon, 02 Jan 2006 15:04:05 GMT" // RFC 3261 20.17
)

// Handle answers a REGISTER. The request's source and transport are the flow; both were set by the transport, not
// by the sender. The answer is complete but for the sending of it.
func (r *Registrar) Handle(ctx context.Context, req *sip.Request) *sip.Response {
	if _, ok := flowOf(req); !ok || req.To() == nil || req.CallID() == nil || req.CSeq() == nil {
		return respond(req, sip.StatusBadRequest, "Bad Request")
	}
	if h := req.GetHeader("require"); h != nil && !strings.EqualFold(h.Value(), "path") {
		res := respond(req, sip.StatusBadExtension, "Bad Extension")
		res.AppendHeader(sip.NewHeader("Unsupported", h.Value()))
		return res
	}
	phone, refusal := r.Authenticate(ctx, req)
	if refusal != nil {
		return refusal
	}
	if req.To().Address.User != phone {
		return respond(req, sip.StatusForbidden, "Not Your Address")
	}
	return r.register(req, phone)
}

// Authenticate proves by digest who sends a request, a REGISTER or the INVITE of a phone. The answer is nil when
// the phone is proved, otherwise what to send: 401 with challenges, 403 while locked out, 400, or 500 when the
// credentials cannot be read.
func (r *Registrar) Authenticate(ctx context.Context, req *sip.Request) (phone string, refusal *sip.Response) {
	f, ok := flowOf(req)
	if !ok {
		return "", respond(req, sip.StatusBadRequest, "Bad Request")
	}
	headers := authorizations(req)
	now := r.cfg.Clock.Now()
	if r.locks.locked(f.Source.Addr(), userOf(headers, r.cfg.Realm), now) {
		return "", lockedOut(req)
	}
	request := digest.Request{Method: string(req.Method), URI: req.Recipient.String(), Header: headers}
	user, result, err := r.digest.Verify(ctx, request, r.cfg.Credentials)
	if err != nil {
		res := respond(req, sip.StatusInternalServerError, "Server Internal Error")
		res.AppendHeader(sip.NewHeader("Retry-After", retryAfter))
		return "", res
	}
	if result.Failed() && r.locks.fail(f.Source.Addr(), user, now) {
		return "", lockedOut(req)
	}
	switch result {
	case digest.OK:
		r.locks.right(f.Source.Addr(), user)
		return user, nil
	case digest.Malformed, digest.OtherURI:
		return "", respond(req, sip.StatusBadRequest, "Bad Request")
	default: // Absent, Stale, Wrong
		return "", r.challenge(req, result == digest.Stale)
	}
}

func (r *Registrar) challenge(req *sip.Request, stale bool) *sip.Response {
	res := respond(req, sip.StatusUnauthorized, "Unauthorized")
	for _, c := range r.digest.Challenges(stale) {
		res.AppendHeader(sip.NewHeader("WWW-Authenticate", c))
	}
	return res
}

func lockedOut(req *sip.Request) *sip.Response {
	res := respond(req, sip.StatusForbidden, "Forbidden")
	res.AppendHeader(sip.NewHeader("Retry-After", strconv.Itoa(int(gonePause/time.Second))))
	return res
}

func authorizations(req *sip.Request) []string {
	var out []string
	for _, h := range req.GetHeaders("authorization") {
		out = append(out, h.Value())
	}
	return out
}

// userOf is the name that credentials for our realm claim, for the lock before any check.
func userOf(headers []string, realm string) string {
	for _, v := range headers {
		if a, err := digest.Parse(v); err == nil && a.Realm == realm {
			return a.Username
		}
	}
	return ""
}

func flowOf(req *sip.Request) (Flow, bool) {
	source, err := netip.ParseAddrPort(req.Source())
	if err != nil {
		return Flow{}, false
	}
	return Flow{
		Network: strings.ToLower(req.Transport()),
		Source:  netip.AddrPortFrom(source.Addr().Unmap(), source.Port()),
	}, true
}

// asked is what a REGISTER wants, before anything is changed.
type asked struct {
	all     bool // Contact: * with Expires: 0
	updates []update
}

type update struct {
	contact  *sip.ContactHeader
	instance string
	expires  time.Duration // 0 removes
	q        int
}

// register does what a proved phone asks (RFC 3261 10.3 steps 6 to 8).
func (r *Registrar) register(req *sip.Request, phone string) *sip.Response {
	want, refusal := r.read(req)
	if refusal != nil {
		return refusal
	}
	now := r.cfg.Clock.Now()
	r.mu.Lock()
	var changed []change
	if now.Sub(r.swept) >= sweepEvery {
		changed = r.sweep(now)
	}
	before := len(r.phones[phone]) > 0
	next, refusal := r.apply(req, phone, want, now)
	if refusal == nil && (want.all || len(want.updates) > 0) {
		r.replace(phone, next)
		if after := len(next) > 0; after || before {
			changed = append(changed, change{phone, after})
		}
	}
	r.mu.Unlock()
	r.tell(changed)
	if refusal != nil {
		return refusal
	}
	return r.accepted(req, next, now)
}

// read checks contacts and times.
func (r *Registrar) read(req *sip.Request) (asked, *sip.Response) {
	var want asked
	byHeader := r.cfg.DefaultExpires
	if h := req.GetHeader("expires"); h != nil {
		if d, ok := seconds(h.Value()); ok { // a malformed value counts as none (RFC 3261 20.19)
			byHeader = d
		}
	}
	contacts := req.GetHeaders("contact")
	for _, h := range contacts {
		c, ok := h.(*sip.ContactHeader)
		if !ok || len(c.Value()) > maxContact {
			return want, respond(req, sip.StatusBadRequest, "Bad Contact")
		}
		if c.Address.Wildcard {
			if len(contacts) != 1 || req.GetHeader("expires") == nil || byHeader != 0 {
				return want, respond(req, sip.StatusBadRequest, "Bad Contact") // step 6
			}
			want.all = true
			return want, nil
		}
		u, ok := r.update(c, byHeader)
		if !ok {
			return want, respond(req, sip.StatusBadRequest, "Bad Contact")
		}
		if u.expires > 0 && u.expires < r.cfg.MinExpires {
			res := respond(req, sip.StatusIntervalToBrief, "Interval Too Brief")
			res.AppendHeader(sip.NewHeader("Min-Expires", strconv.Itoa(int(r.cfg.MinExpires/time.Second))))
			return want, res
		}
		want.updates = append(want.updates, u)
	}
	if len(want.updates) > r.cfg.MaxContacts {
		return want, respond(req, sip.StatusForbidden, "Too Many Contacts")
	}
	return want, nil
}

func (r *Registrar) update(c *sip.ContactHeader, expires time.Duration) (update, bool) {
	if s := schemeOf(c.Address); !strings.EqualFold(s, "sip") && !strings.EqualFold(s, "sips") || c.Address.Host == "" {
		return update{}, false
	}
	u := update{contact: c, expires: expires, q: 1000}
	if v, ok := c.Params.Get("expires"); ok {
		if d, ok := seconds(v); ok {
			u.expires = d
		}
	}
	u.expires = min(u.expires, r.cfg.MaxExpires)
	if v, ok := c.Params.Get("q"); ok {
		if u.q, ok = qvalue(v); !ok {
			return update{}, false
		}
	}
	if id := c.Params.GetOr("+sip.instance", ""); id != "" && len(id) <= maxInstance {
		u.instance = id + ";" + c.Params.GetOr("reg-id", "")
	}
	return u, true
}

// apply works out the bindings of the phone after the request; with the lock held and nothing changed yet.
func (r *Registrar) apply(req *sip.Request, phone string, want asked, now time.Time) ([]Binding, *sip.Response) {
	var next []Binding
	for _, b := range r.phones[phone] {
		if b.Expires.After(now) {
			next = append(next, b)
		}
	}
	callID, cseq := req.CallID().Value(), req.CSeq().SeqNo
	late := func(b Binding) bool { return b.callID == callID && cseq <= b.cseq }
	if want.all {
		if slices.ContainsFunc(next, late) {
			return nil, respond(req, sip.StatusInternalServerError, "Out Of Order")
		}
		return nil, nil
	}
	f, _ := flowOf(req)
	for _, u := range want.updates {
		i := slices.IndexFunc(next, func(b Binding) bool { return b.sameContact(u.contact.Address, u.instance) })
		if i >= 0 && late(next[i]) {
			return nil, respond(req, sip.StatusInternalServerError, "Out Of Order")
		}
		b := Binding{
			Phone: phone, Contact: *u.contact.Address.Clone(), Q: u.q, Expires: now.Add(u.expires), Since: now, Refreshed: now,
			UserAgent: agent(req), Flow: f, instance: u.instance, callID: callID, cseq: cseq, params: u.contact.Params.Clone(),
		}
		switch {
		case u.expires == 0 && i >= 0:
			next = slices.Delete(next, i, i+1)
		case u.expires == 0: // nothing to remove
		case i >= 0:
			b.Since = next[i].Since
			next[i] = b
		default:
			next = append(next, b)
		}
	}
	return r.bounded(req, phone, next)
}

// bounded keeps a phone within its contacts and all phones within memory.
func (r *Registrar) bounded(req *sip.Request, phone string, next []Binding) ([]Binding, *sip.Response) {
	for len(next) > r.cfg.MaxContacts {
		oldest := 0
		for i := range next {
			if next[i].Refreshed.Before(next[oldest].Refreshed) {
				oldest = i
			}
		}
		next = slices.Delete(next, oldest, oldest+1)
	}
	if had := len(r.phones[phone]); len(next) > had && r.count-had+len(next) > r.cfg.MaxBindings {
		res := respond(req, sip.StatusServiceUnavailable, "Too Many Registrations")
		res.AppendHeader(sip.NewHeader("Retry-After", retryAfter))
		return nil, res
	}
	return next, nil
}

// accepted is the 200 with all contacts and the seconds they have left (step 8).
func (r *Registrar) accepted(req *sip.Request, bindings []Binding, now time.Time) *sip.Response {
	res := respond(req, sip.StatusOK, "OK")
	for _, b := range bindings {
		params := b.params.Clone()
		params.Remove("expires")
		params.Add("expires", strconv.Itoa(int(b.Expires.Sub(now)/time.Second)))
		res.AppendHeader(&sip.ContactHeader{Address: *b.Contact.Clone(), Params: params})
	}
	res.AppendHeader(sip.NewHeader("Date", now.UTC().Format(dateLayout)))
	return res
}

func agent(req *sip.Request) string {
	h := req.GetHeader("user-agent")
	if h == nil {
		return ""
	}
	v := strings.ToValidUTF8(h.Value(), "?")
	if len(v) > maxAgent {
		v = strings.ToValidUTF8(v[:maxAgent], "")
	}
	return v
}

// seconds reads delta-seconds (RFC 3261 20.19); more than 2^32-1 counts as that.
func seconds(v string) (time.Duration, bool) {
	v = strings.TrimSpace(v)
	if v == "" || strings.Trim(v, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(v, 10, 32)
	if err != nil {
		n = 1<<32 - 1
	}
	return time.Duration(n) * time.Second, true // 32 bits
}

// qvalue reads 0, 0.5, 1.000 into thousandths (RFC 3261 25.1).
func qvalue(v string) (int, bool) {
	whole, part, _ := strings.Cut(v, ".")
	if len(part) > 3 || whole != "0" && whole != "1" || strings.Trim(part, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(whole + (part + "000")[:3])
	return n, err == nil && n <= 1000
}

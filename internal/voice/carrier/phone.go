package carrier

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
)

// Mode is what a phone does when it is called.
type Mode string

// The modes.
const (
	AnswerAtOnce Mode = "answer" // 200 after After; the default
	RingOnly     Mode = "ring"   // 180, and then the program that owns the phone decides
	EarlyMedia   Mode = "early"  // 183 with sound, then 200 after After
	RefuseAll    Mode = "refuse" // the status of Status
	ByHand       Mode = "hand"   // nothing: the program that owns the phone decides
)

// Policy is how a phone answers.
type Policy struct {
	Mode   Mode
	After  time.Duration // ringing before the answer; 0: at once, without 180
	Status int           // of RefuseAll; 0: 486
	Reason string        // Reason header of a refusal
}

// PhoneConfig describes a phone. With Registrar "" it is not registered and called by its address.
type PhoneConfig struct {
	Registrar string // host:port
	Domain    string // of the address of record; "": the registrar's host
	User      string
	Password  string
	Transport Transport // "": UDP
	TLS       *tls.Config
	Local     netip.Addr // zero: the address that packets to the registrar leave from
	Port      int        // 0: any
	Expires   time.Duration
	Answer    Policy
	Codecs    []Codec
	Event     uint8         // payload type of telephone-event in its own offers; 0: 101
	NoEvent   bool          // knows no telephone-event
	Play      func() Source // what every call hears from the phone; nil: silence
	Echo      bool          // send back what comes in
	Report    time.Duration // between RTCP reports; 0: 5 s
	OnCall    func(*Session)
	NoFollow  bool // refuse REFER
	Agent     string
	Clock     clock.Clock
	Logger    *slog.Logger
}

// Phone registers, is called and calls. It is a lifecycle.Service.
type Phone struct {
	cfg PhoneConfig
	e   *endpoint

	mu       sync.Mutex
	cseq     uint32
	callID   string
	tag      string
	started  bool
	stopped  bool
	cancel   context.CancelFunc
	done     sync.WaitGroup
	sessions []*Session
	calls    chan *Session
}

// NewPhone opens the phone's port; Start registers it.
func NewPhone(cfg PhoneConfig) (*Phone, error) {
	if cfg.Transport == "" {
		cfg.Transport = UDP
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.System()
	}
	if cfg.Agent == "" {
		cfg.Agent = "yingda phone"
	}
	if cfg.Expires == 0 {
		cfg.Expires = 5 * time.Minute
	}
	if cfg.Answer.Mode == "" {
		cfg.Answer.Mode = AnswerAtOnce
	}
	if !cfg.Local.IsValid() {
		if cfg.Registrar == "" {
			cfg.Local = netip.MustParseAddr("127.0.0.1")
		} else {
			var u sip.Uri
			local, err := routeTo(target(&u, cfg.Registrar, cfg.Transport))
			if err != nil {
				return nil, err
			}
			cfg.Local = local
		}
	}
	p := &Phone{cfg: cfg, callID: sip.GenerateTagN(24), tag: sip.GenerateTagN(16), calls: make(chan *Session, 64)}
	e, err := newEndpoint(endpointConfig{
		Transport: cfg.Transport, Local: cfg.Local, Port: cfg.Port, TLS: cfg.TLS, Agent: cfg.Agent,
		Clock: cfg.Clock, Logger: cfg.Logger, Incoming: p.called,
	})
	if err != nil {
		return nil, err
	}
	p.e = e
	if err := e.open(context.Background()); err != nil {
		return nil, err
	}
	return p, nil
}

// Name is the service's name.
func (p *Phone) Name() string { return "carrier phone" }

// Addr is where the phone's SIP port is.
func (p *Phone) Addr() netip.AddrPort { return p.e.local }

// URI is how the phone is called directly.
func (p *Phone) URI() string {
	u := p.e.contact(p.cfg.User)
	return u.String()
}

// Calls gives the calls that come in, as soon as they come; with mode answer they may not be answered yet.
func (p *Phone) Calls() <-chan *Session { return p.calls }

// Start registers, and keeps the registration alive until Stop.
func (p *Phone) Start(ctx context.Context) error {
	p.mu.Lock()
	if p.started || p.stopped {
		stopped := p.stopped
		p.mu.Unlock()
		if stopped {
			return lifecycle.ErrStopped
		}
		return nil
	}
	p.started = true
	p.mu.Unlock()
	if p.cfg.Registrar == "" {
		return nil
	}
	granted, err := p.Register(ctx, p.cfg.Expires)
	if err != nil {
		return err
	}
	background, cancel := context.WithCancel(context.Background())
	p.mu.Lock()
	p.cancel = cancel
	p.mu.Unlock()
	p.done.Go(func() {
		for clock.Sleep(background, p.cfg.Clock, granted*4/5) == nil {
			if again, err := p.Register(background, p.cfg.Expires); err == nil {
				granted = again
			} else {
				granted = 10 * time.Second
			}
		}
	})
	return nil
}

// Stop unregisters, hangs up and closes the port.
func (p *Phone) Stop(ctx context.Context) error {
	p.mu.Lock()
	if p.stopped {
		p.mu.Unlock()
		return nil
	}
	p.stopped = true
	cancel, sessions, registered := p.cancel, p.sessions, p.cancel != nil
	p.sessions = nil
	p.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	p.e.stop()
	var err error
	for _, s := range sessions {
		err = errors.Join(err, s.Close())
	}
	if registered {
		_, unregister := p.Register(ctx, 0)
		err = errors.Join(err, unregister)
	}
	p.e.close()
	p.done.Wait()
	return err
}

// Register sends one REGISTER (RFC 3261 section 10), with digest where it is asked for, and gives the time granted.
// expires 0 takes the registration back.
func (p *Phone) Register(ctx context.Context, expires time.Duration) (time.Duration, error) {
	var challenge *sip.Response
	for try := 0; ; try++ {
		r, err := p.registration(expires, challenge)
		if err != nil {
			return 0, err
		}
		res, err := p.e.transact(ctx, r)
		if err != nil {
			return 0, err
		}
		switch {
		case res.IsSuccess():
			return p.granted(res, expires), nil
		case isChallenge(res) && try < 2: // once more when the nonce was stale
			challenge = res
		case res.StatusCode == 423 && try < 3:
			if h := res.GetHeader("Min-Expires"); h != nil {
				if n, err := strconv.Atoi(strings.TrimSpace(h.Value())); err == nil && n > 0 && n <= 86400 {
					expires = time.Duration(n) * time.Second
				}
			}
		default:
			return 0, refusedBy(sip.REGISTER, res)
		}
	}
}

func (p *Phone) registration(expires time.Duration, challenge *sip.Response) (*sip.Request, error) {
	domain := p.cfg.Domain
	if domain == "" {
		domain = p.cfg.Registrar
	}
	home, err := parseAddress("sip:"+domain, "")
	if err != nil {
		return nil, err
	}
	home.User = ""
	r := p.e.request(sip.REGISTER, home)
	aor := *home.Clone()
	aor.User, aor.Port = p.cfg.User, 0
	from := &sip.FromHeader{Address: aor, Params: sip.NewParams()}
	from.Params.Add("tag", p.tag)
	id := sip.CallIDHeader(p.callID)
	p.mu.Lock()
	p.cseq++
	seq := p.cseq
	p.mu.Unlock()
	r.AppendHeader(from)
	r.AppendHeader(&sip.ToHeader{Address: *aor.Clone(), Params: sip.NewParams()})
	r.AppendHeader(&id)
	r.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: sip.REGISTER})
	r.AppendHeader(&sip.ContactHeader{Address: p.e.contact(p.cfg.User), Params: sip.NewParams()})
	seconds := sip.ExpiresHeader(expires.Seconds())
	r.AppendHeader(&seconds)
	r.SetBody(nil)
	r.SetDestination(target(&home, p.cfg.Registrar, p.cfg.Transport))
	if challenge != nil {
		if err := authorize(r, challenge, Auth{p.cfg.User, p.cfg.Password}); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// granted reads the time of our contact from the answer.
func (p *Phone) granted(res *sip.Response, asked time.Duration) time.Duration {
	ours := p.e.contact(p.cfg.User)
	for _, h := range res.GetHeaders("Contact") {
		_, params, ok := strings.Cut(h.Value(), ">")
		if !ok || !strings.Contains(h.Value(), fmt.Sprintf("%s:%d", ours.Host, ours.Port)) {
			continue
		}
		for part := range strings.SplitSeq(params, ";") {
			if v, ok := strings.CutPrefix(strings.TrimSpace(part), "expires="); ok {
				if n, err := strconv.Atoi(v); err == nil && n >= 0 {
					return time.Duration(n) * time.Second
				}
			}
		}
	}
	if h := res.GetHeader("Expires"); h != nil {
		if n, err := strconv.Atoi(strings.TrimSpace(h.Value())); err == nil && n >= 0 {
			return time.Duration(n) * time.Second
		}
	}
	return asked
}

// settings of a session of this phone.
func (p *Phone) settings() Call {
	c := Call{
		Transport: p.cfg.Transport, TLS: p.cfg.TLS, Local: p.cfg.Local, Codecs: p.cfg.Codecs, Event: p.cfg.Event, NoEvent: p.cfg.NoEvent,
		Auth: Auth{p.cfg.User, p.cfg.Password}, Report: p.cfg.Report, Agent: p.cfg.Agent, Clock: p.cfg.Clock,
	}
	if len(c.Codecs) == 0 {
		c.Codecs = []Codec{PCMA, PCMU}
	}
	if c.Event == 0 {
		c.Event = 101
	}
	if c.NoEvent {
		c.Event = 0
	}
	if c.Report == 0 {
		c.Report = 5 * time.Second
	}
	if p.cfg.Play != nil {
		c.Play = p.cfg.Play()
	}
	return c
}

// Dial calls from the phone's own port, over its registrar when To is a bare number, and waits for the answer.
func (p *Phone) Dial(ctx context.Context, c Call) (*Session, error) {
	s, err := p.Call(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := s.Wait(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Call is Dial without waiting for the answer.
func (p *Phone) Call(ctx context.Context, c Call) (*Session, error) {
	base := p.settings()
	c.Transport, c.TLS, c.Local, c.Clock = base.Transport, base.TLS, base.Local, base.Clock
	if c.Auth.User == "" {
		c.Auth = base.Auth
	}
	if c.From == "" {
		c.From = p.cfg.User
	}
	if c.Proxy == "" && p.cfg.Registrar != "" {
		c.Proxy = p.cfg.Registrar
	}
	if len(c.Codecs) == 0 {
		c.Codecs = base.Codecs
	}
	c, to, err := c.complete()
	if err != nil {
		return nil, err
	}
	s, err := p.e.start(ctx, c, to)
	if err != nil {
		return nil, err
	}
	p.keep(s)
	return s, nil
}

// keep remembers a session for Stop and gives it a REFER handler.
func (p *Phone) keep(s *Session) {
	if !p.cfg.NoFollow {
		s.follow = func(s *Session, r *sip.Request) { s.followRefer(r, p.cfg.Registrar, p.took) }
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sessions = append(p.sessions, s)
}

// took hands a session that a transfer made to the program that owns the phone.
func (p *Phone) took(s *Session) {
	p.keep(s)
	p.announce(s)
}

func (p *Phone) announce(s *Session) {
	select {
	case p.calls <- s:
	default: // nobody reads; the session lives on and ends with the phone
	}
	if p.cfg.OnCall != nil {
		p.done.Go(func() { p.cfg.OnCall(s) })
	}
}

// called follows the policy for one call. It returns when the final answer is out.
func (p *Phone) called(in *incoming) {
	s, err := in.accept(p.e, p.settings())
	if err != nil {
		p.e.reply(in.request, in.tx, 500, "Internal Server Error")
		return
	}
	s.Echo(p.cfg.Echo)
	replaced := p.replaced(in)
	p.keep(s)
	p.announce(s)
	if replaced != nil {
		_ = s.Answer(s.ctx)
		replaced.work.Go(func() { _ = replaced.Bye(context.Background()) })
		return
	}
	switch policy := p.cfg.Answer; policy.Mode {
	case AnswerAtOnce:
		if policy.After > 0 {
			_ = s.Ring()
		}
		p.answerAfter(s, policy.After)
	case EarlyMedia:
		_ = s.Progress()
		p.answerAfter(s, policy.After)
	case RefuseAll:
		p.refuse(s, policy)
	case RingOnly:
		_ = s.Ring()
	case ByHand:
	}
	<-in.final
}

// replaced gives the session that this INVITE takes over (RFC 3891), nil for an ordinary call.
func (p *Phone) replaced(in *incoming) *Session {
	h := in.request.GetHeader("Replaces")
	if h == nil {
		return nil
	}
	return p.e.byReplaces(h.Value())
}

func (p *Phone) answerAfter(s *Session, d time.Duration) {
	if s.after(s.ctx, d) == nil {
		_ = s.Answer(s.ctx) // how it went is seen in the session
	}
}

func (p *Phone) refuse(s *Session, policy Policy) {
	status := policy.Status
	if status == 0 {
		status = 486
	}
	var headers []Header
	if policy.Reason != "" {
		headers = append(headers, Header{"Reason", policy.Reason})
	}
	_ = s.Refuse(status, sipPhrase(status), headers...)
}

// sipPhrase is the usual phrase of a status.
func sipPhrase(status int) string {
	phrases := map[int]string{
		302: "Moved Temporarily", 403: "Forbidden", 404: "Not Found", 408: "Request Timeout", 480: "Temporarily Unavailable",
		486: "Busy Here", 488: "Not Acceptable Here", 500: "Server Internal Error", 503: "Service Unavailable", 600: "Busy Everywhere",
		603: "Decline",
	}
	if p, ok := phrases[status]; ok {
		return p
	}
	return "Refused"
}

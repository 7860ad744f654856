package carrier

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
)

// Auth is the answer to a 401 or 407 (RFC 3261 section 22).
type Auth struct {
	User, Password string
}

// Header is an additional header of the INVITE.
type Header struct {
	Name, Value string
}

// Call says what to dial, and how. Only To is needed, and Proxy when To is a bare number.
type Call struct {
	To        string        // a number, or a SIP URI
	Proxy     string        // host or host:port that gets the INVITE; "": the host of To
	From      string        // a number, or a SIP URI; "": anonymous
	Name      string        // display name of From
	Transport Transport     // "": UDP
	TLS       *tls.Config   // for TLS
	Local     netip.Addr    // our address; zero: the one that packets to the proxy leave from
	Codecs    []Codec       // by preference; nil: PCMA, PCMU
	Event     uint8         // payload type of telephone-event; 0: 101
	NoEvent   bool          // offer no telephone-event
	Headers   []Header      // added to the INVITE
	Auth      Auth          // for a challenge
	Ring      time.Duration // CANCEL when it is not answered by then; 0: only when the context ends
	Play      Source        // what is sent from the answer on; nil: silence
	Report    time.Duration // between RTCP reports; 0: 5 s; negative: none

	// How to misbehave, for tests.
	NoAck     bool // never acknowledge the 200
	NoMedia   bool // send no RTP at all
	LateOffer bool // no offer in the INVITE: it comes in the 200, the answer in the ACK

	// SessionExpires asks for a session timer (RFC 4028); we refresh at half of it unless NoRefresh. 0: no timer.
	SessionExpires time.Duration
	NoRefresh      bool

	Agent  string // User-Agent; "": "yingda carrier"
	Clock  clock.Clock
	Logger *slog.Logger
}

// Refused is an INVITE, REGISTER or REFER that got a final answer other than 2xx.
type Refused struct {
	Method string
	Status int
	Phrase string
	Reason string // the Reason header (RFC 3326), as it came
	Retry  string // Retry-After, as it came
}

func (r *Refused) Error() string {
	words := fmt.Sprintf("%s was answered %d %s", r.Method, r.Status, r.Phrase)
	if r.Reason != "" {
		words += " (Reason: " + r.Reason + ")"
	}
	return words
}

func refusedBy(method sip.RequestMethod, res *sip.Response) *Refused {
	r := &Refused{Method: string(method), Status: res.StatusCode, Phrase: res.Reason}
	if h := res.GetHeader("Reason"); h != nil {
		r.Reason = h.Value()
	}
	if h := res.GetHeader("Retry-After"); h != nil {
		r.Retry = h.Value()
	}
	return r
}

// Dial calls and waits for the answer. The context bounds the waiting alone: the session lives until it is hung up. An
// error is a [Refused], a fault, or the context's (the call was cancelled).
func Dial(ctx context.Context, c Call) (*Session, error) {
	s, err := Start(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := s.Wait(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Start sends the INVITE and returns; Wait waits for the answer, Cancel gives up, and early media can be heard.
func Start(ctx context.Context, c Call) (*Session, error) {
	c, to, err := c.complete()
	if err != nil {
		return nil, err
	}
	e, err := newEndpoint(endpointConfig{
		Transport: c.Transport, Local: c.Local, TLS: c.TLS, Agent: c.Agent, Clock: c.Clock, Logger: c.Logger,
	})
	if err != nil {
		return nil, err
	}
	if err := e.open(ctx); err != nil {
		return nil, err
	}
	s, err := e.start(ctx, c, to)
	if err != nil {
		e.close()
		return nil, err
	}
	s.own = true
	return s, nil
}

// complete fills the defaults and checks all values.
func (c Call) complete() (Call, sip.Uri, error) {
	var wrong fault.Fields
	var to sip.Uri
	if c.Transport == "" {
		c.Transport = UDP
	}
	wrong.Check(c.Transport == UDP || c.Transport == TCP || c.Transport == TLS, "transport", "unknown", "must be udp, tcp or tls")
	if len(c.Codecs) == 0 {
		c.Codecs = []Codec{PCMA, PCMU}
	}
	for _, codec := range c.Codecs {
		wrong.Check(codec.known(), "codecs", "unknown", "must be PCMA (8) or PCMU (0)")
	}
	if c.Event == 0 {
		c.Event = 101
	}
	if c.NoEvent {
		c.Event = 0
	}
	if c.Agent == "" {
		c.Agent = "yingda carrier"
	}
	if c.Clock == nil {
		c.Clock = clock.System()
	}
	if c.Report == 0 {
		c.Report = 5 * time.Second
	}
	to, err := parseAddress(c.To, c.Proxy)
	wrong.Check(err == nil, "to", "not_an_address", "must be a number, or a URI such as sip:10086@192.0.2.1; a bare number needs the proxy")
	if err := wrong.Err("carrier.bad_call", "The call is described wrongly."); err != nil {
		return c, to, err
	}
	if !c.Local.IsValid() {
		c.Local, err = routeTo(target(&to, c.Proxy, c.Transport))
	}
	return c, to, err
}

// parseAddress reads a number or a URI; a bare number gets the proxy's host.
func parseAddress(text, host string) (sip.Uri, error) {
	var u sip.Uri
	if text == "" {
		return u, fmt.Errorf("an address is missing")
	}
	if !strings.HasPrefix(text, "sip:") && !strings.HasPrefix(text, "sips:") {
		if !strings.Contains(text, "@") {
			if host == "" {
				return u, fmt.Errorf("%q has no host", text)
			}
			text += "@" + host
		}
		text = "sip:" + text
	}
	if err := sip.ParseUri(text, &u); err != nil {
		return u, fmt.Errorf("read the address %q: %w", text, err)
	}
	if u.UriParams == nil {
		u.UriParams = sip.NewParams()
	}
	return u, nil
}

// start builds the session and its INVITE.
func (e *endpoint) start(ctx context.Context, c Call, to sip.Uri) (*Session, error) {
	from, err := parseAddress(c.From, hostOf(e.local.Addr()))
	if err != nil {
		from = sip.Uri{Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"}
	}
	media, err := newStream(e.cfg.Local, e.cfg.Clock, c.Report)
	if err != nil {
		return nil, err
	}
	s := newSession(e, media, c)
	s.localURI, s.remoteURI, s.target = from, to, to
	if c.Proxy != "" {
		s.proxy = target(&to, c.Proxy, c.Transport)
	}
	s.callID = sip.GenerateTagN(24) + "@" + hostOf(e.local.Addr())
	s.outgoing = true
	if c.Play != nil {
		media.play(c.Play)
	}
	e.add(s)
	if err := s.invite(ctx); err != nil {
		s.finish(End{By: "us", Cause: err.Error()})
		s.media.close()
		return nil, err
	}
	return s, nil
}

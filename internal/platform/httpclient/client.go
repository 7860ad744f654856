package httpclient

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"go.opentelemetry.io/otel/propagation"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/telemetry"
)

// Config describes a client. Only Name is needed.
type Config struct {
	Name    string        // in metrics and logs: "sms", "webhook"
	Timeout time.Duration // one attempt from dialling to the answer's last byte; default 10 s
	Connect time.Duration // dialling, and the TLS handshake, each; default 5 s
	MaxBody int64         // bytes of an answer; default 1 MiB

	AllowNetworks []netip.Prefix // internal networks that may be reached all the same
	Proxy         *url.URL       // http, https or socks5; nil: none
	RootCAs       *x509.CertPool // nil: the system's
	Redirects     int            // followed at most, for GET and HEAD only; 0: a redirect is an answer like any other

	Retry   Retry
	Breaker Breaker

	Clock   clock.Clock
	Logger  *slog.Logger
	Metrics *Metrics // may be nil
}

// Retry says how often a request that may be repeated is repeated.
type Retry struct {
	Attempts int           // all in all; default 3; 1: never
	Min, Max time.Duration // of the pauses; default 200 ms and 5 s. A longer Retry-After ends the retries
}

// Breaker says when a host is left alone.
type Breaker struct {
	Failures int           // in a row; default 5
	OpenFor  time.Duration // before the next probe, doubled each time up to 5 min; default 15 s
}

func (c Config) withDefaults() Config {
	c.Timeout = cmp.Or(c.Timeout, 10*time.Second)
	c.Connect = cmp.Or(c.Connect, 5*time.Second)
	c.MaxBody = cmp.Or(c.MaxBody, 1<<20)
	c.Retry.Attempts = cmp.Or(c.Retry.Attempts, 3)
	c.Retry.Min = cmp.Or(c.Retry.Min, 200*time.Millisecond)
	c.Retry.Max = cmp.Or(c.Retry.Max, 5*time.Second)
	c.Breaker.Failures = cmp.Or(c.Breaker.Failures, 5)
	c.Breaker.OpenFor = cmp.Or(c.Breaker.OpenFor, 15*time.Second)
	c.Clock = cmp.Or[clock.Clock](c.Clock, clock.System())
	c.Logger = cmp.Or(c.Logger, slog.New(slog.DiscardHandler))
	return c
}

// Client makes calls. Safe for concurrent use.
type Client struct {
	cfg      Config
	guard    Guard
	http     *http.Client
	breakers *breakers
}

// Request is one call. The body is kept, so that it can be sent again.
type Request struct {
	Method     string // default GET
	URL        string // http or https, without user:password
	Header     http.Header
	Body       []byte
	Idempotent bool // may be repeated although the method alone does not say so
}

// Response is an answer of any status.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// OK reports a status of 200 to 299.
func (r *Response) OK() bool { return r.Status >= 200 && r.Status <= 299 }

// Faults of a call, beside ErrAddress.
var (
	ErrRequest  = fault.New(fault.Invalid, "httpclient.bad_request", "the call cannot be made: want an http or https address without user name")
	ErrRedirect = fault.New(fault.Unavailable, "httpclient.bad_redirect", "the other side redirects too often or to where we do not go")
	ErrBroken   = fault.New(fault.Unavailable, "httpclient.answer_broken", "the other side's answer could not be read")
	ErrTooLarge = fault.New(fault.Limit, "httpclient.answer_too_large", "the other side's answer is too large")
	ErrTimeout  = fault.New(fault.Unavailable, "httpclient.timeout", "the other side did not answer in time")
	ErrAway     = fault.New(fault.Unavailable, "httpclient.unreachable", "the other side cannot be reached")
	ErrOpen     = fault.New(fault.Unavailable, "httpclient.circuit_open", "the other side failed several times and is left alone for a while")
)

// New makes a client. Close it when done.
func New(cfg Config) *Client {
	cfg = cfg.withDefaults()
	c := &Client{
		cfg: cfg, guard: Guard{Allow: cfg.AllowNetworks},
		breakers: &breakers{cfg: cfg.Breaker, clock: cfg.Clock, list: map[string]*breaker{}},
	}
	dialer := &net.Dialer{Timeout: cfg.Connect, KeepAlive: 30 * time.Second}
	guarded := &net.Dialer{Timeout: cfg.Connect, KeepAlive: 30 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		return c.guard.checkDialled(address)
	}}
	transport := &http.Transport{
		DialContext:            guarded.DialContext,
		TLSHandshakeTimeout:    cfg.Connect,
		ResponseHeaderTimeout:  cfg.Timeout,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: cfg.RootCAs},
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        60 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
	if cfg.Proxy != nil {
		transport.Proxy = http.ProxyURL(cfg.Proxy)
		transport.DialContext = dialer.DialContext // to the proxy, which the operator named
	}
	c.http = &http.Client{Transport: transport, CheckRedirect: c.checkRedirect}
	return c
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// CheckURL reports whether an address that somebody enters could be called at all: form, and literal internal addresses.
func (c *Client) CheckURL(address string) error {
	_, err := c.parse(address)
	return err
}

func (c *Client) parse(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, ErrRequest // url's error repeats the address, which may hold a secret
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
		return nil, ErrRequest
	}
	return u, c.guard.checkHost(u.Hostname())
}

// Do makes the call, again where that is safe and can help. It returns the last answer or the last fault.
func (c *Client) Do(ctx context.Context, req Request) (*Response, error) {
	req.Method = cmp.Or(req.Method, http.MethodGet)
	u, err := c.parse(req.URL)
	if err != nil {
		return nil, &callError{err, true}
	}
	repeatable := req.Idempotent || slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions}, req.Method)
	for attempt := 1; ; attempt++ {
		resp, err := c.attempt(ctx, u, req)
		if !repeatable || attempt >= c.cfg.Retry.Attempts || !worthRepeating(resp, err) || ctx.Err() != nil {
			return resp, err
		}
		pause, ok := c.pause(attempt, resp)
		if !ok || clock.Sleep(ctx, c.cfg.Clock, pause) != nil {
			return resp, err
		}
	}
}

// attempt makes the call once.
func (c *Client) attempt(ctx context.Context, u *url.URL, req Request) (*Response, error) {
	if wait, ok := c.breakers.enter(u.Host); !ok {
		c.cfg.Metrics.count(c.cfg.Name, outcomeOpen)
		return nil, &callError{ErrOpen.WithRemedy("try again in %s", wait.Round(time.Second)), true}
	}
	begin := c.cfg.Clock.Now()
	resp, err := c.exchange(ctx, u, req)
	c.breakers.leave(u.Host, verdict(ctx, resp, err))
	outcome := outcomeOf(resp, err)
	took := c.cfg.Clock.Now().Sub(begin)
	c.cfg.Metrics.count(c.cfg.Name, outcome)
	c.cfg.Metrics.observe(c.cfg.Name, took)
	c.cfg.Logger.DebugContext(ctx, "http call", "client", c.cfg.Name, "method", req.Method, "host", u.Host, "outcome", string(outcome), "took", took)
	return resp, err
}

func (c *Client) exchange(ctx context.Context, u *url.URL, req Request) (*Response, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	var connected atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	r, err := http.NewRequestWithContext(traced, req.Method, u.String(), bytes.NewReader(req.Body))
	if err != nil {
		return nil, &callError{ErrRequest.WithCause(fmt.Errorf("method %q", req.Method)), true}
	}
	if req.Header != nil {
		r.Header = req.Header.Clone()
	}
	if len(req.Body) == 0 {
		r.Body, r.GetBody, r.ContentLength = nil, nil, 0
	}
	if r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", "Yingda")
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
		r.Header.Del("Host")
	}
	telemetry.InjectTrace(ctx, propagation.HeaderCarrier(r.Header))
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, &callError{faultOf(ctx, err), !connected.Load()}
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, c.cfg.MaxBody+1))
	switch {
	case int64(len(body)) > c.cfg.MaxBody:
		return nil, &callError{ErrTooLarge, false}
	case err != nil && ctx.Err() != nil:
		return nil, &callError{faultOf(ctx, err), false}
	case err != nil:
		return nil, &callError{ErrBroken.WithCause(err), false}
	}
	return &Response{Status: answer.StatusCode, Header: answer.Header, Body: body}, nil
}

// faultOf hides where the call went: url.Error repeats the whole address, query included.
func faultOf(ctx context.Context, err error) error {
	if f, ok := fault.As(err); ok {
		return f
	}
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err
	}
	var timeout net.Error
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return ErrTimeout.WithCause(err)
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrBroken.WithCause(err)
	}
	return ErrAway.WithCause(err)
}

// callError carries whether the peer can have seen the request.
type callError struct {
	error
	notSent bool
}

func (e *callError) Unwrap() error { return e.error }

// NotSent reports that the call certainly never reached the other side: no connection was used for it.
// When it is false the other side may have acted on the request although no answer came.
func NotSent(err error) bool {
	e, ok := errors.AsType[*callError](err)
	return ok && e.notSent
}

// checkRedirect follows only where the same request could have gone at once, and takes nothing secret along.
func (c *Client) checkRedirect(next *http.Request, via []*http.Request) error {
	first := via[0]
	if c.cfg.Redirects == 0 || first.Method != http.MethodGet && first.Method != http.MethodHead {
		return http.ErrUseLastResponse
	}
	if len(via) > c.cfg.Redirects {
		return ErrRedirect.WithCause(fmt.Errorf("more than %d redirects", c.cfg.Redirects))
	}
	if _, err := c.parse(next.URL.String()); err != nil {
		return err
	}
	if first.URL.Scheme == "https" && next.URL.Scheme != "https" {
		return ErrRedirect.WithCause(errors.New("from https to http"))
	}
	if !strings.EqualFold(first.URL.Host, next.URL.Host) {
		for name := range next.Header {
			if !slices.Contains(keptHeaders, name) {
				next.Header.Del(name)
			}
		}
		next.Host = ""
	}
	return nil
}

// keptHeaders may go to another host; an API key may be in any other.
var keptHeaders = []string{"Accept", "Accept-Language", "User-Agent", "Traceparent", "Tracestate"}

// Package gateway talks to OpenID Connect providers: where to send a browser, and what came back.
//
// A sign-in is one [Provider.Start] and one [Provider.Finish]. Between them the browser carries the [Flow], sealed by the
// caller: state against forged answers, nonce against replayed tokens (OpenID Connect Core 1.0, sections 3.1.2.1 and
// 15.5.2), and the verifier of PKCE (RFC 7636), so that a stolen code is worth nothing. The provider's description is
// read at the first use and kept; a provider that does not answer fails its own sign-ins only.
package gateway

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpclient"
)

// Config describes a provider. ID, Issuer and ClientID are required.
type Config struct {
	ID           string // in our paths: /api/oidc/ID/start
	Name         string // on the sign-in page
	Issuer       string
	ClientID     string
	ClientSecret string
	Claim        string // that holds the staff number; default preferred_username
	MFA          bool   // the provider asks for a second factor itself

	HTTP  *httpclient.Client
	Clock clock.Clock
}

// The faults of this package.
var (
	ErrAway = fault.New(fault.Unavailable, "identity.oidc_away", "the identity provider does not answer").
		WithRemedy("try again in a moment, or sign in with your password")
	ErrRefused = fault.New(fault.Unauthenticated, "identity.oidc_refused", "the identity provider did not confirm the sign-in").
			WithRemedy("start again from the sign-in page")
)

// Flow is one sign-in on its way.
type Flow struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
}

// Claims are what the provider says of whoever signed in.
type Claims struct {
	Subject string // never changes and is never given to another
	Number  string // staff number, as the provider has it
}

// Provider is one provider. Safe for concurrent use.
type Provider struct {
	Config
	mu    sync.Mutex
	found *oidc.Provider
}

// New makes a provider; nothing is asked yet.
func New(c Config) *Provider {
	c.Claim = cmp.Or(c.Claim, "preferred_username")
	c.Name = cmp.Or(c.Name, c.ID)
	c.Clock = cmp.Or[clock.Clock](c.Clock, clock.System())
	return &Provider{Config: c}
}

// Start gives the address at the provider to which the browser goes, and the flow that [Provider.Finish] needs.
func (p *Provider) Start(ctx context.Context, redirect string) (address string, f Flow, err error) {
	c, err := p.client(ctx, redirect)
	if err != nil {
		return "", f, err
	}
	f = Flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	return c.AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), f, nil
}

// Finish exchanges the code for the provider's word and checks it: state, signature, issuer, audience, time, nonce.
func (p *Provider) Finish(ctx context.Context, f Flow, state, code, redirect string) (Claims, error) {
	if f.State == "" || subtle.ConstantTimeCompare([]byte(f.State), []byte(state)) != 1 || code == "" {
		return Claims{}, ErrRefused
	}
	c, err := p.client(ctx, redirect)
	if err != nil {
		return Claims{}, err
	}
	token, err := c.Exchange(p.over(ctx), code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return Claims{}, p.because("exchange the code", err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.found.Verifier(&oidc.Config{ClientID: p.ClientID, Now: p.Clock.Now}).Verify(p.over(ctx), raw)
	if err != nil {
		return Claims{}, p.because("verify the token", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1 {
		return Claims{}, ErrRefused.WithCause(fmt.Errorf("the nonce is another"))
	}
	return p.claims(id)
}

func (p *Provider) claims(id *oidc.IDToken) (Claims, error) {
	var all map[string]any
	if err := id.Claims(&all); err != nil {
		return Claims{}, ErrRefused.WithCause(err)
	}
	number, _ := all[p.Claim].(string)
	if id.Subject == "" || len(id.Subject) > 255 {
		return Claims{}, ErrRefused.WithCause(fmt.Errorf("no usable subject"))
	}
	return Claims{Subject: id.Subject, Number: strings.TrimSpace(number)}, nil
}

// client reads the provider's description, once.
func (p *Provider) client(ctx context.Context, redirect string) (*oauth2.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found == nil {
		// The context is kept by the provider for later reading of its keys.
		found, err := oidc.NewProvider(p.over(context.WithoutCancel(ctx)), p.Issuer)
		if err != nil {
			return nil, ErrAway.WithCause(fmt.Errorf("read the description of %s: %w", p.ID, err))
		}
		p.found = found
	}
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: p.found.Endpoint(), RedirectURL: redirect,
		Scopes: slices.Concat([]string{oidc.ScopeOpenID}, []string{"profile"}),
	}, nil
}

// because tells a provider that is away from one that refused.
func (p *Provider) because(what string, err error) error {
	if f, ok := fault.As(err); ok && f.Kind == fault.Unavailable {
		return ErrAway.WithCause(fmt.Errorf("%s: %w", what, err))
	}
	return ErrRefused.WithCause(fmt.Errorf("%s: %w", what, err))
}

// over gives ctx in which the libraries call through our client.
func (p *Provider) over(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, &http.Client{Transport: transport{p.HTTP}})
}

// transport lets libraries that want a net/http client go through httpclient: its guard, limits and breaker.
type transport struct{ client *httpclient.Client }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	req := httpclient.Request{Method: r.Method, URL: r.URL.String(), Header: r.Header}
	if r.Body != nil {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			return nil, fmt.Errorf("read own request: %w", err)
		}
		_ = r.Body.Close()
		req.Body = body
	}
	got, err := t.client.Do(r.Context(), req)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", got.Status, http.StatusText(got.Status)), StatusCode: got.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: got.Header, Body: io.NopCloser(bytes.NewReader(got.Body)), ContentLength: int64(len(got.Body)), Request: r,
	}, nil
}

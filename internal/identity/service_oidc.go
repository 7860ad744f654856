package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/identity/gateway"
	"yingda/internal/identity/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
)

const (
	sealFlow = secret.Purpose("identity.oidc_flow")
	// flowFor is how long somebody may take at the provider.
	flowFor = 10 * time.Minute
)

// ErrNoMatch is returned when a provider knows somebody who has no account here: accounts are never made by signing in.
var ErrNoMatch = fault.New(fault.Denied, "identity.oidc_no_account", "the identity provider knows you, but you have no account here").
	WithRemedy("ask your administrator for an account; its staff number must be the one that the provider tells")

// ErrNoProvider is returned for a provider that is not configured.
var ErrNoProvider = fault.New(fault.NotFound, "identity.no_such_provider", "there is no such identity provider")

// flow is what the browser carries to the provider and back, sealed.
type flow struct {
	gateway.Flow
	Provider string    `json:"p"`
	Redirect string    `json:"r"`
	Until    time.Time `json:"u"`
}

func (s *Service) provider(id string) (*gateway.Provider, error) {
	for _, p := range s.cfg.Providers {
		if p.ID == id {
			return p, nil
		}
	}
	return nil, ErrNoProvider
}

// StartOIDC gives the address at the provider, and what the browser must bring back, sealed.
//
// Unchecked: nobody is signed in yet.
func (s *Service) StartOIDC(ctx context.Context, provider, redirect string) (address, carry string, err error) {
	p, err := s.provider(provider)
	if err != nil {
		return "", "", err
	}
	address, f, err := p.Start(ctx, redirect)
	if err != nil {
		return "", "", err
	}
	data, err := json.Marshal(flow{Flow: f, Provider: provider, Redirect: redirect, Until: s.cfg.Clock.Now().Add(flowFor)})
	if err != nil {
		return "", "", fmt.Errorf("encode sign-in: %w", err)
	}
	sealed, err := s.cfg.Ring.Seal(sealFlow, provider, data)
	return address, encodeCarry(sealed), err
}

// FinishOIDC opens a session for whoever the provider names: the account linked to the subject, else the one of the
// staff number, which is then linked. Errors: those of the gateway, [ErrNoMatch], [ErrSuspended].
//
// Unchecked: nobody is signed in yet; the provider's word is what is checked.
func (s *Service) FinishOIDC(ctx context.Context, provider, carry, state, code string, from Origin) (SignedIn, error) {
	p, err := s.provider(provider)
	if err != nil {
		return SignedIn{}, err
	}
	f, err := s.openFlow(provider, carry)
	if err != nil {
		return SignedIn{}, err
	}
	claims, err := p.Finish(ctx, f.Flow, state, code, f.Redirect)
	if err != nil {
		return SignedIn{}, err
	}
	from = from.clean()
	acct, linked, err := s.matchSubject(ctx, provider, claims)
	if err != nil {
		return SignedIn{}, err
	}
	if acct.State != string(Active) || acct.StaffState != string(Active) {
		_ = s.history(ctx, s.cfg.Pool, acct, uuid.Nil, methodOIDC, ErrSuspended.Code, from)
		return SignedIn{}, ErrSuspended
	}
	known, err := db.New(s.cfg.Pool).AddressKnown(ctx, db.AddressKnownParams{AccountID: acct.ID, Address: from.Address, Since: s.cfg.Clock.Now().Add(-knownFor)})
	if err != nil {
		return SignedIn{}, fmt.Errorf("look whether the address is known: %w", err)
	}
	method := methodOIDC
	if p.MFA {
		method = methodOIDCWithMFA
	}
	var out SignedIn
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		if !linked {
			if err := s.link(ctx, tx, acct, provider, claims.Subject); err != nil {
				return err
			}
		}
		out, err = s.open(ctx, tx, acct, method, !p.MFA && acct.TotpConfirmedAt != nil, from)
		return err
	})
	if err == nil {
		s.afterSignIn(ctx, acct, from, known)
	}
	return out, err
}

func (s *Service) openFlow(provider, carry string) (flow, error) {
	var f flow
	sealed, err := decodeCarry(carry)
	if err != nil {
		return f, gateway.ErrRefused.WithCause(err)
	}
	data, err := s.cfg.Ring.Open(sealFlow, provider, sealed)
	if err != nil {
		return f, gateway.ErrRefused.WithCause(err)
	}
	if err := json.Unmarshal(data, &f); err != nil {
		return f, gateway.ErrRefused.WithCause(err)
	}
	if f.Provider != provider || !s.cfg.Clock.Now().Before(f.Until) {
		return f, gateway.ErrRefused.WithCause(fmt.Errorf("the sign-in took too long"))
	}
	return f, nil
}

// matchSubject finds the account of a provider's subject. The link counts more than the number: a number that the
// provider later gives to somebody else does not open the first one's account, nor does a second subject.
func (s *Service) matchSubject(ctx context.Context, provider string, c gateway.Claims) (credential, bool, error) {
	id, err := db.New(s.cfg.Pool).SubjectAccount(ctx, db.SubjectAccountParams{Provider: provider, Subject: c.Subject})
	if err == nil {
		acct, err := s.credential(ctx, nil, ident.From[accountKind](id))
		return acct, true, err
	}
	if !postgres.IsNoRows(err) {
		return credential{}, false, fmt.Errorf("find the account of the subject: %w", err)
	}
	acct, err := s.byNumber(ctx, strings.ToUpper(c.Number))
	if err == nil && !acct.known() {
		err = ErrNoMatch
	}
	return acct, false, err
}

func (s *Service) link(ctx context.Context, tx pgx.Tx, acct credential, provider, subject string) error {
	n, err := db.New(tx).LinkSubject(ctx, db.LinkSubjectParams{Provider: provider, Subject: subject, AccountID: acct.ID, Now: s.cfg.Clock.Now()})
	if err != nil {
		return fmt.Errorf("link subject: %w", err)
	}
	if n == 0 {
		return ErrNoMatch.WithCause(fmt.Errorf("the account is linked to another subject"))
	}
	return s.record(acct.acts(ctx, uuid.Nil, ""), tx, aboutAccount(acct.account(), "oidc.link", ""))
}

package app

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/actor"
	"yingda/internal/identity"
	"yingda/internal/identity/gateway"
	"yingda/internal/organization"
	"yingda/internal/platform/httpclient"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/secret"
)

// oidcID names the configured provider in paths.
const oidcID = "sso"

// joinIdentity makes the accounts, brings the ready roles into the database and listens for changes of rights. It must
// come before anything that serves requests. disconnect ends the live connections of an account on this node.
func (a *App) joinIdentity(ctx context.Context, units *organization.Service, messages *notify.Service, catalogue []actor.Definition,
	policy func() identity.Policy, client func(name string) *httpclient.Client, disconnect func(account string),
) (*identity.Service, error) {
	cfg := identity.Config{
		Pool: a.pool, Organization: units, Ring: a.keys, Bus: a.bus, Clock: a.clock, Logger: a.log, Catalogue: catalogue,
		Pending:    []func(context.Context, identity.AccountID) (string, error){identity.PendingRegulations(a.pool, a.clock)},
		Disconnect: disconnect, Notify: messages, SetupDir: a.cfg.DataDir, Demo: a.cfg.Demo, PublicURL: a.cfg.PublicURL,
		Policy: policy,
	}
	if a.cfg.Demo {
		cfg.Policy = func() identity.Policy { return demoPolicy(policy()) }
	}
	if a.cfg.OIDC.Issuer != "" {
		cfg.Providers = append(cfg.Providers, gateway.New(gateway.Config{
			ID: oidcID, Name: a.cfg.OIDC.Name, Issuer: a.cfg.OIDC.Issuer, ClientID: a.cfg.OIDC.ClientID, ClientSecret: a.cfg.OIDC.ClientSecret,
			Claim: a.cfg.OIDC.Claim, MFA: a.cfg.OIDC.MFA, HTTP: client("oidc"), Clock: a.clock,
		}))
	}
	s, err := identity.New(cfg)
	if err != nil {
		return nil, err
	}
	if err := s.SyncReadyRoles(ctx); err != nil {
		return nil, fmt.Errorf("bring the ready roles up to date: %w", err)
	}
	return s, a.begin(ctx, s.Keeper())
}

// demoPolicy lets the demonstration's shared password be used without a second factor.
func demoPolicy(p identity.Policy) identity.Policy {
	p.NoTOTP = true
	p.Password.MaxAge = 0
	return p
}

// SetupCode is what an empty installation wants to be told before it makes its first accounts; "" when it has some.
func (a *App) SetupCode(ctx context.Context) (string, error) {
	if a.domains == nil || a.domains.identity == nil {
		return "", nil
	}
	return a.domains.identity.SetupCode(ctx)
}

// onAccounts gives an operator the accounts of an installation, with its key ring. The audit names the user of the
// operating system.
func (o *Operator) onAccounts(ctx context.Context, do func(ctx context.Context, s *identity.Service) error) error {
	return o.onKeys(ctx, func(pool *pgxpool.Pool, ring *secret.Ring) error {
		s, err := identity.New(identity.Config{
			Pool: pool, Ring: ring, Clock: o.clock, Logger: o.log,
			Organization: organization.New(organization.Config{Pool: pool, Clock: o.clock, Logger: o.log}),
			SetupDir:     filepath.Clean(o.cfg.DataDir),
		})
		if err != nil {
			return err
		}
		return do(identity.AsOperator(ctx, o.actor), s)
	})
}

// Accounts lists accounts by staff number.
func (o *Operator) Accounts(ctx context.Context) (list []identity.OperatorAccount, err error) {
	err = o.onAccounts(ctx, func(ctx context.Context, s *identity.Service) error {
		after := ""
		for {
			page, err := s.OperatorList(ctx, after, 1000)
			if err != nil {
				return err
			}
			list = append(list, page...)
			if len(page) < 1000 {
				return nil
			}
			after = page[len(page)-1].Number
		}
	})
	return list, err
}

// ResetPassword gives an account a temporary password, which its owner changes at the first sign-in.
func (o *Operator) ResetPassword(ctx context.Context, number, reason string) (temporary string, err error) {
	err = o.onAccount(ctx, number, reason, func(ctx context.Context, s *identity.Service, id identity.AccountID) (err error) {
		temporary, err = s.ResetPassword(ctx, id, reason)
		return err
	})
	return temporary, err
}

// UnlockAccount takes the pauses after wrong passwords from an account.
func (o *Operator) UnlockAccount(ctx context.Context, number, reason string) error {
	return o.onAccount(ctx, number, reason, func(ctx context.Context, s *identity.Service, id identity.AccountID) error {
		return s.Unlock(ctx, id, reason)
	})
}

// DisableTOTP takes the second factor from an account.
func (o *Operator) DisableTOTP(ctx context.Context, number, reason string) error {
	return o.onAccount(ctx, number, reason, func(ctx context.Context, s *identity.Service, id identity.AccountID) error {
		return s.DisableTOTP(ctx, id, reason)
	})
}

func (o *Operator) onAccount(ctx context.Context, number, reason string, do func(context.Context, *identity.Service, identity.AccountID) error) error {
	return o.onAccounts(ctx, func(ctx context.Context, s *identity.Service) error {
		acct, err := s.ByNumber(ctx, number)
		if err != nil {
			return err
		}
		if err := do(ctx, s, acct.ID); err != nil {
			return err
		}
		o.log.Info("account changed by an operator", "account", acct.ID, "actor", o.actor)
		return nil
	})
}

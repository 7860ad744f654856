package identity

import (
	"context"
	"fmt"
	"strings"

	"yingda/internal/actor"
	"yingda/internal/identity/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
)

// What an operator does on the host, where nobody is signed in. The audit names the operating system's user.

// AsOperator gives ctx in which the user of the operating system acts on accounts.
func AsOperator(ctx context.Context, user string) context.Context {
	return actor.With(ctx, actor.System("operator "+user, AccountRead, CredentialHelp))
}

// OperatorAccount is a line of the operator's list.
type OperatorAccount struct {
	Number, Name string
	State        State
	TOTP         bool
	MustChange   bool
	Locked       bool
	Roles        []string
}

// ByNumber gives the account of a staff number within the scope of [AccountRead].
func (s *Service) ByNumber(ctx context.Context, number string) (Account, error) {
	if _, err := actor.Allow(ctx, AccountRead); err != nil {
		return Account{}, err
	}
	acct, err := s.byNumber(ctx, strings.ToUpper(strings.TrimSpace(number)))
	if err != nil {
		return Account{}, err
	}
	if !acct.known() {
		return Account{}, fault.New(fault.NotFound, ErrNoAccount.Code, "there is no account of the number %q", number).
			WithRemedy("`yingda account list` shows them")
	}
	return s.Get(ctx, ident.From[accountKind](acct.ID))
}

// OperatorList lists accounts with their roles, by number, at most limit, after the number given.
func (s *Service) OperatorList(ctx context.Context, after string, limit int32) ([]OperatorAccount, error) {
	if _, err := actor.Allow(ctx, AccountRead); err != nil {
		return nil, err
	}
	rows, err := db.New(s.cfg.Pool).OperatorAccounts(ctx, db.OperatorAccountsParams{AfterNumber: after, RowLimit: limit, Now: s.cfg.Clock.Now()})
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	list := make([]OperatorAccount, len(rows))
	for i, r := range rows {
		mac, err := s.numberSubject(r.Number)
		if err != nil {
			return nil, err
		}
		blocked, err := db.New(s.cfg.Pool).AnyBlocked(ctx, db.AnyBlockedParams{Subjects: []string{mac, "account:" + r.ID.String() + ":known"}, Now: s.cfg.Clock.Now()})
		if err != nil {
			return nil, fmt.Errorf("look for pauses: %w", err)
		}
		list[i] = OperatorAccount{Number: r.Number, Name: r.Name, State: State(r.State), TOTP: r.Totp, MustChange: r.MustChangePassword, Locked: blocked, Roles: r.Roles}
	}
	return list, nil
}

package identity

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/identity/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

// mostTokens is how many an account may have that are valid.
const mostTokens = 50

// Token is a program's key, without its secret.
type Token struct {
	ID              TokenID            `json:"id"`
	Account         AccountID          `json:"account_id"`
	OwnerNumber     string             `json:"owner_number"`
	OwnerName       string             `json:"owner_name"`
	Name            string             `json:"name"`
	Hint            string             `json:"hint" doc:"How the token begins, to tell tokens apart"`
	Permissions     []actor.Permission `json:"permissions"`
	Networks        []string           `json:"networks" doc:"From where it may be used; empty: from anywhere"`
	CreatedAt       time.Time          `json:"created_at"`
	ExpiresAt       time.Time          `json:"expires_at"`
	LastUsedAt      *time.Time         `json:"last_used_at" doc:"Up to half a minute behind"`
	LastUsedAddress string             `json:"last_used_address"`
	RevokedAt       *time.Time         `json:"revoked_at"`
	RevokedBy       string             `json:"revoked_by"`
}

// NewToken is a token to be made.
type NewToken struct {
	Name        string
	Permissions []actor.Permission
	Networks    []string // CIDR, or single addresses
	Expires     time.Time
}

// CreateToken makes a token for the account that asks and gives its secret, which is shown once. It may list only what
// its owner holds now; what the owner loses later the token loses too.
func (s *Service) CreateToken(ctx context.Context, tx pgx.Tx, n NewToken) (TokenID, string, error) {
	if _, err := actor.Allow(ctx, TokenOwn); err != nil {
		return TokenID{}, "", err
	}
	a, err := actor.Require(ctx)
	if err != nil {
		return TokenID{}, "", err
	}
	if a.Kind != actor.Person {
		return TokenID{}, "", fault.New(fault.Denied, "identity.person_needed", "only a signed-in person makes tokens")
	}
	n, err = s.checkToken(a, n)
	if err != nil {
		return TokenID{}, "", err
	}
	acct, err := s.credential(ctx, nil, ident.From[accountKind](a.Account))
	if err != nil {
		return TokenID{}, "", err
	}
	secret := newSecret()
	hash, _ := hashSecret(secret)
	id := ident.New[tokenKind]()
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		if _, err := q.LockAccount(ctx, a.Account); err != nil {
			return fmt.Errorf("lock account: %w", err)
		}
		if err := s.roomForToken(ctx, q, a.Account); err != nil {
			return err
		}
		err := q.InsertToken(ctx, db.InsertTokenParams{
			ID: id.UUID(), AccountID: a.Account, Name: n.Name, TokenHash: hash[:], Hint: (tokenPrefix + secret)[:hintLength],
			Permissions: textsOf(n.Permissions), Networks: n.Networks, Now: s.cfg.Clock.Now(), ExpiresAt: n.Expires,
		})
		if err != nil {
			return fmt.Errorf("write token: %w", err)
		}
		return s.record(ctx, tx, aboutToken(acct, id, n.Name, "api_token.create",
			audit.Change{Field: "permissions", New: strings.Join(textsOf(n.Permissions), " ")},
			audit.Change{Field: "networks", New: strings.Join(n.Networks, " ")},
			audit.Change{Field: "expires_at", New: n.Expires}))
	})
	return id, tokenPrefix + secret, err
}

func (s *Service) roomForToken(ctx context.Context, q *db.Queries, account uuid.UUID) error {
	rows, err := q.TokensOf(ctx, account)
	if err != nil {
		return fmt.Errorf("count tokens: %w", err)
	}
	now, valid := s.cfg.Clock.Now(), 0
	for _, r := range rows {
		if r.RevokedAt == nil && r.ExpiresAt.After(now) {
			valid++
		}
	}
	if valid >= mostTokens {
		return fault.New(fault.Limit, "identity.too_many_tokens", "%d tokens are valid, which is the most", valid).WithRemedy("revoke those that nobody uses")
	}
	return nil
}

// checkToken puts a request into its form.
func (s *Service) checkToken(a *actor.Actor, n NewToken) (NewToken, error) {
	var fields fault.Fields
	n.Name = strings.TrimSpace(n.Name)
	checkText(&fields, "body.name", n.Name, 1, 100)
	n.Permissions = slices.Compact(slices.Sorted(slices.Values(n.Permissions)))
	fields.Check(len(n.Permissions) > 0, "body.permissions", "required", "at least one permission")
	for i, p := range n.Permissions {
		fields.Check(!a.Scope(p).Empty(), fmt.Sprintf("body.permissions[%d]", i), "not_held", "you do not hold "+string(p)+" yourself")
		fields.Check(p != TokenOwn, fmt.Sprintf("body.permissions[%d]", i), "not_for_programs", "a token does not make tokens")
	}
	networks := []string{}
	for i, text := range n.Networks {
		p, err := parseNetwork(strings.TrimSpace(text))
		fields.Check(err == nil, fmt.Sprintf("body.networks[%d]", i), "invalid", "want an address or a network such as 10.20.0.0/16")
		if err == nil {
			networks = append(networks, p.String())
		}
	}
	slices.Sort(networks)
	n.Networks = slices.Compact(networks)
	fields.Check(len(networks) <= 50, "body.networks", "too_many", "at most 50 networks")
	now := s.cfg.Clock.Now()
	most := now.Add(s.cfg.Policy().TokenMax)
	if n.Expires.IsZero() {
		n.Expires = most
	}
	n.Expires = n.Expires.UTC().Truncate(time.Microsecond)
	fields.Check(n.Expires.After(now), "body.expires_at", "past", "must be in the future")
	fields.Check(!n.Expires.After(most), "body.expires_at", "too_late", "at the latest "+most.UTC().Format(time.RFC3339))
	return n, fields.Err("identity.invalid_token", "the token cannot be made")
}

func parseNetwork(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		if a.Zone() != "" {
			return netip.Prefix{}, fmt.Errorf("address with a zone")
		}
		return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("network: %w", err)
	}
	return p.Masked(), nil
}

// OwnTokens lists the tokens of the account that asks, newest first.
func (s *Service) OwnTokens(ctx context.Context) ([]Token, error) {
	a, err := actor.Require(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.cfg.Pool).TokensOf(ctx, a.Account)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	list := make([]Token, len(rows))
	for i, r := range rows {
		list[i] = tokenOf(db.AllTokensRow(r))
	}
	return list, nil
}

// Tokens lists tokens of others within the scope of [TokenManage], newest first, before the id given.
func (s *Service) Tokens(ctx context.Context, before TokenID, limit int32) ([]Token, error) {
	scope, err := actor.Allow(ctx, TokenManage)
	if err != nil {
		return nil, err
	}
	last := before.UUID()
	if before.IsZero() {
		last = uuid.Max
	}
	rows, err := db.New(s.cfg.Pool).AllTokens(ctx, db.AllTokensParams{National: scope.IsNational(), Centres: scope.Centres(), Before: last, RowLimit: limit})
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	list := make([]Token, len(rows))
	for i, r := range rows {
		list[i] = tokenOf(r)
	}
	return list, nil
}

func tokenOf(r db.AllTokensRow) Token {
	return Token{
		ID: ident.From[tokenKind](r.ID), Account: ident.From[accountKind](r.AccountID), OwnerNumber: r.Number, OwnerName: r.OwnerName, Name: r.Name, Hint: r.Hint,
		Permissions: permissionsOf(r.Permissions), Networks: append([]string{}, r.Networks...), CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt,
		LastUsedAt: r.LastUsedAt, LastUsedAddress: r.LastUsedAddress, RevokedAt: r.RevokedAt, RevokedBy: r.RevokedBy,
	}
}

// RevokeToken ends a token: one's own, or another's within the scope of [TokenManage]. It works no more at once.
func (s *Service) RevokeToken(ctx context.Context, id TokenID) error {
	a, err := actor.Require(ctx)
	if err != nil {
		return err
	}
	row, err := db.New(s.cfg.Pool).TokenByID(ctx, id.UUID())
	if postgres.IsNoRows(err) || err == nil && row.AccountID != a.Account && !a.Scope(TokenManage).Covers(row.CentreID) {
		return ErrNoToken
	}
	if err != nil {
		return fmt.Errorf("read token: %w", err)
	}
	acct, err := s.credential(ctx, nil, ident.From[accountKind](row.AccountID))
	if err != nil {
		return err
	}
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		n, err := db.New(tx).RevokeToken(ctx, db.RevokeTokenParams{ID: id.UUID(), Now: s.cfg.Clock.Now(), RevokedBy: who(ctx)})
		if err != nil || n == 0 {
			return wrap("revoke token", err)
		}
		return s.record(ctx, tx, aboutToken(acct, id, row.Name, "api_token.revoke"))
	})
	if err == nil {
		s.forget(ctx, forgetting{Accounts: []uuid.UUID{row.AccountID}, Cut: true})
	}
	return err
}

func aboutToken(acct credential, id TokenID, name, act string, changes ...audit.Change) change {
	return change{topic: TopicAPIToken, id: id.String(), entry: audit.Entry{
		Action: "identity." + act, Object: audit.Object{Kind: "identity.api_token", ID: id.String(), Label: acct.Number + ": " + name},
		Centre: acct.CentreID, Changes: changes,
	}}
}

package identity

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"net/netip"
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

// How a session came to be.
const (
	methodPassword    = "password"
	methodTOTP        = "totp"     // password and code
	methodRecovery    = "recovery" // password and recovery code
	methodOIDC        = "oidc"
	methodOIDCWithMFA = "oidc_mfa" // the provider has asked for a second factor
)

const resultSignedIn = "signed_in"

// knownFor is how long an address is known to an account after a sign-in from there.
const knownFor = 90 * 24 * time.Hour

// Credentials are what somebody enters to sign in.
type Credentials struct {
	Number   string // staff number, in any case
	Password string
	Code     string // of the authenticator, or a recovery code; empty at first
}

// SignedIn is a new session. Token goes into the cookie and is kept nowhere else.
type SignedIn struct {
	Token     string
	Session   SessionID
	Account   AccountID
	ExpiresAt time.Time
}

// SignIn opens a session. Errors: [ErrWrongCredentials] for an unknown number and a wrong password alike,
// [ErrTOTPRequired] when the password is right and a code is missing, [ErrWrongCode], [ErrSuspended], a limit of code
// identity.too_many_attempts that says how long to wait, [ErrBusy].
//
// Unchecked: nobody is signed in yet; the credentials are what is checked.
func (s *Service) SignIn(ctx context.Context, c Credentials, from Origin) (SignedIn, error) {
	from = from.clean()
	number := strings.ToUpper(strings.TrimSpace(c.Number))
	acct, err := s.byNumber(ctx, number)
	if err != nil {
		return SignedIn{}, err
	}
	t, err := s.throttle(ctx, acct, number, from.Address)
	if err != nil {
		return SignedIn{}, err
	}
	method, err := s.check(ctx, acct, c)
	if err != nil {
		return SignedIn{}, s.refuse(ctx, t, acct, method, from, err)
	}
	var out SignedIn
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		if err := db.New(tx).ClearThrottle(ctx, []string{t.account}); err != nil {
			return fmt.Errorf("forget failures: %w", err)
		}
		out, err = s.open(ctx, tx, acct, method, false, from)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	s.afterSignIn(ctx, acct, from, t.known)
	return out, nil
}

// byNumber finds the account of a staff number; the zero account when there is none.
func (s *Service) byNumber(ctx context.Context, number string) (credential, error) {
	if len(number) < 2 || len(number) > 16 {
		return credential{}, nil
	}
	q := db.New(s.cfg.Pool)
	id, err := q.AccountIDByNumber(ctx, number)
	if postgres.IsNoRows(err) {
		return credential{}, nil
	}
	if err != nil {
		return credential{}, fmt.Errorf("find account: %w", reading(err))
	}
	row, err := q.AccountByID(ctx, id)
	if err != nil {
		return credential{}, fmt.Errorf("read account: %w", err)
	}
	return credential(row), nil
}

// credential is an account with what proves who it is. The zero value stands for an unknown number.
type credential db.AccountByIDRow

func (c credential) known() bool { return c.ID != uuid.Nil }

func (c credential) account() Account {
	return Account{
		ID: ident.From[accountKind](c.ID), Staff: c.StaffID, Number: c.Number, Name: c.Name, Centre: c.CentreID,
		State: State(c.State), StateReason: c.StateReason, HasPassword: c.PasswordHash != "", MustChangePassword: c.MustChangePassword,
		PasswordChangedAt: c.PasswordChangedAt, TOTP: c.TotpConfirmedAt != nil, LastSignInAt: c.LastSignInAt,
		Version: int(c.Version), CreatedAt: c.CreatedAt,
	}
}

// acts gives ctx in which this account acts on itself.
func (c credential) acts(ctx context.Context, session uuid.UUID, address string) context.Context {
	return actor.With(ctx, actor.New(actor.Actor{
		Kind: actor.Person, Account: c.ID, Session: session, Staff: c.StaffID, Number: c.Number, Name: c.Name, Centre: c.CentreID, Address: address,
	}, nil))
}

// check proves the password and, where there is one, the second factor. The work for an unknown number is the same
// as for a known one.
func (s *Service) check(ctx context.Context, acct credential, c Credentials) (method string, err error) {
	hash := acct.PasswordHash
	if hash == "" {
		hash = s.hasher.dummy
	}
	ok, outdated, err := s.hasher.verify(ctx, hash, c.Password)
	switch {
	case err != nil:
		return methodPassword, err
	case !ok || !acct.known() || acct.PasswordHash == "":
		return methodPassword, ErrWrongCredentials
	case acct.State != string(Active) || acct.StaffState != string(Active):
		return methodPassword, ErrSuspended
	}
	if outdated {
		s.upgrade(ctx, acct, c.Password)
	}
	if acct.TotpConfirmedAt == nil {
		return methodPassword, nil
	}
	if strings.TrimSpace(c.Code) == "" {
		return methodPassword, ErrTOTPRequired
	}
	return s.useCode(ctx, acct, c.Code)
}

// upgrade writes a hash with the present costs. A failure costs nothing: the next sign-in tries again.
func (s *Service) upgrade(ctx context.Context, acct credential, password string) {
	fresh, err := s.hasher.make(ctx, password)
	if err == nil {
		err = db.New(s.cfg.Pool).UpgradePasswordHash(ctx, db.UpgradePasswordHashParams{ID: acct.ID, Old: acct.PasswordHash, Fresh: fresh})
	}
	if err != nil {
		s.cfg.Logger.Warn("password hash keeps its old costs", "account", acct.ID, "error", err)
	}
}

// open makes a session of an account that has proved who it is, in the transaction given.
func (s *Service) open(ctx context.Context, tx pgx.Tx, acct credential, method string, totpDue bool, from Origin) (SignedIn, error) {
	now, policy, q := s.cfg.Clock.Now(), s.cfg.Policy(), db.New(tx)
	locked, err := q.LockAccount(ctx, acct.ID) // of several sign-ins at once each sees the sessions of the others
	if err != nil {
		return SignedIn{}, fmt.Errorf("lock account: %w", err)
	}
	if locked.State != string(Active) || locked.PasswordHash != acct.PasswordHash && method != methodOIDC && method != methodOIDCWithMFA && !sameCredential(locked, acct) {
		return SignedIn{}, ErrWrongCredentials // it changed while the password was checked
	}
	secret := newSecret()
	hash, _ := hashSecret(secret)
	out := SignedIn{Token: secret, Session: ident.New[sessionKind](), Account: ident.From[accountKind](acct.ID), ExpiresAt: now.Add(policy.SessionMax)}
	if err := q.InsertSession(ctx, db.InsertSessionParams{
		ID: out.Session.UUID(), AccountID: acct.ID, TokenHash: hash[:], Method: method, TotpDue: totpDue,
		Address: from.Address, UserAgent: from.UserAgent, Now: now, ExpiresAt: out.ExpiresAt,
	}); err != nil {
		return SignedIn{}, fmt.Errorf("write session: %w", err)
	}
	over, err := q.EndOldestSessions(ctx, db.EndOldestSessionsParams{AccountID: acct.ID, Now: now, Keep: int32(max(1, policy.Sessions))})
	if err != nil {
		return SignedIn{}, fmt.Errorf("end sessions beyond the limit: %w", err)
	}
	if err := q.TouchSignIn(ctx, db.TouchSignInParams{ID: acct.ID, Now: now}); err != nil {
		return SignedIn{}, fmt.Errorf("note sign-in: %w", err)
	}
	if err := s.history(ctx, tx, acct, out.Session.UUID(), method, resultSignedIn, from); err != nil {
		return SignedIn{}, err
	}
	ctx = acct.acts(ctx, out.Session.UUID(), from.Address)
	c := aboutAccount(acct.account(), "session.sign_in", "", audit.Change{Field: "method", New: method})
	if over == 0 {
		return out, audit.Write(ctx, tx, now, c.entry)
	}
	c.topic = TopicSession // others ended: their pages must notice
	return out, s.record(ctx, tx, c)
}

// history writes one attempt to sign in.
func (s *Service) history(ctx context.Context, tx db.DBTX, acct credential, session uuid.UUID, method, result string, from Origin) error {
	err := db.New(tx).InsertSignIn(ctx, db.InsertSignInParams{
		ID: ident.New[signInKind]().UUID(), AccountID: optional(acct.ID), SessionID: optional(session), At: s.cfg.Clock.Now(),
		Method: method, Result: result, Address: from.Address, UserAgent: from.UserAgent,
	})
	if err != nil {
		return fmt.Errorf("write sign-in: %w", err)
	}
	return nil
}

func optional(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: id != uuid.Nil} }

// subjects are under what names failures of one attempt are counted.
type subjects struct {
	account, address string
	known            bool // the account was used from this address before
}

// throttle refuses an attempt that comes too early, and counts it as failed until it succeeds: a thousand attempts
// at once are a thousand failures. Failures from addresses where the account is known are counted apart, so that
// nobody elsewhere can keep a person out of the usual desk; and an address with many failures is closed only to
// accounts that are not known there, so that one person cannot close a whole centre.
func (s *Service) throttle(ctx context.Context, acct credential, number, address string) (subjects, error) {
	now := s.cfg.Clock.Now()
	t := subjects{address: "address:" + network(address)}
	var err error
	if acct.known() {
		t.known, err = db.New(s.cfg.Pool).AddressKnown(ctx, db.AddressKnownParams{AccountID: acct.ID, Address: address, Since: now.Add(-knownFor)})
		if err != nil {
			return t, fmt.Errorf("look whether the address is known: %w", reading(err))
		}
	}
	t.account, err = s.numberSubject(number)
	if err != nil {
		return t, err
	}
	if t.known {
		t.account = knownSubject(acct)
	}
	return t, postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		if !t.known {
			row, err := db.New(tx).ReadThrottle(ctx, t.address)
			if err != nil && !postgres.IsNoRows(err) {
				return fmt.Errorf("read failures of the address: %w", err)
			}
			if err == nil && row.BlockedUntil.After(now) {
				return tooMany(row.BlockedUntil.Sub(now))
			}
		}
		return s.count(ctx, tx, t.account, accountPauses, now)
	})
}

// numberSubject names a number that somebody tries: hashed, because it may be anything that people type.
func (s *Service) numberSubject(number string) (string, error) {
	mac, err := s.cfg.Ring.MAC("identity.throttle", []byte(number))
	if err != nil {
		return "", err
	}
	return "account:" + hex.EncodeToString(mac[:16]) + ":other", nil
}

func knownSubject(acct credential) string { return "account:" + acct.ID.String() + ":known" }

// throttleSubjects are both names of an account.
func (s *Service) throttleSubjects(acct credential) ([]string, error) {
	other, err := s.numberSubject(acct.Number)
	return []string{other, knownSubject(acct)}, err
}

// count adds a failure, or refuses while the last pause lasts.
func (s *Service) count(ctx context.Context, tx pgx.Tx, subject string, p pauses, now time.Time) error {
	q := db.New(tx)
	if err := q.InsertThrottle(ctx, db.InsertThrottleParams{Subject: subject, Now: now}); err != nil {
		return fmt.Errorf("count failure: %w", err)
	}
	row, err := q.LockThrottle(ctx, subject)
	if err != nil {
		return fmt.Errorf("count failure: %w", err)
	}
	before := tally{Failures: int(row.Failures), LastFailed: row.LastFailedAt, BlockedUntil: row.BlockedUntil}
	if wait := before.wait(now); wait > 0 {
		return tooMany(wait)
	}
	after := p.failed(before, now)
	blocked := after.BlockedUntil
	if blocked.IsZero() {
		blocked = now
	}
	if err := q.SetThrottle(ctx, db.SetThrottleParams{Subject: subject, Failures: int32(after.Failures), LastFailedAt: now, BlockedUntil: blocked}); err != nil {
		return fmt.Errorf("count failure: %w", err)
	}
	return nil
}

// tooMany says how long to wait.
func tooMany(wait time.Duration) error {
	seconds := int(math.Ceil(wait.Seconds()))
	return fault.New(fault.Limit, "identity.too_many_attempts", "too many failed attempts; wait %d seconds", seconds).
		WithRemedy("wait, or ask an administrator to unlock the account or reset the password")
}

// refuse notes a failed attempt and gives its error. A password that was right is no failure.
func (s *Service) refuse(ctx context.Context, t subjects, acct credential, method string, from Origin, cause error) error {
	f, ok := fault.As(cause)
	if !ok || f.Kind == fault.Unavailable {
		return cause
	}
	innocent := f.Code == ErrTOTPRequired.Code || f.Code == ErrSuspended.Code
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		if innocent {
			if err := db.New(tx).ClearThrottle(ctx, []string{t.account}); err != nil {
				return fmt.Errorf("forget failures: %w", err)
			}
		} else if err := s.count(ctx, tx, t.address, addressPauses, s.cfg.Clock.Now()); err != nil && fault.KindOf(err) != fault.Limit {
			return err
		}
		if f.Code == ErrTOTPRequired.Code || !acct.known() {
			return nil // the attempt goes on; of unknown numbers nothing is kept
		}
		return s.history(ctx, tx, acct, uuid.Nil, method, f.Code, from)
	})
	if err != nil {
		s.cfg.Logger.Error("failed sign-in was not noted", "error", err)
	}
	return cause
}

// network is what counts as one address: an IPv6 customer has a /64.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	if ip.Unmap().Is4() {
		return ip.Unmap().String()
	}
	p, _ := ip.WithZone("").Prefix(64)
	return p.String()
}

// clean cuts what browsers send to what is kept.
func (o Origin) clean() Origin {
	o.Address = cut(o.Address, 64)
	o.UserAgent = cut(strings.ToValidUTF8(o.UserAgent, ""), 300)
	return o
}

func cut(s string, most int) string {
	n := 0
	for i := range s {
		if n == most {
			return s[:i]
		}
		n++
	}
	return s
}

// sameCredential reports that only the costs of the hash changed since the account was read.
func sameCredential(locked db.LockAccountRow, acct credential) bool {
	a, b := locked.PasswordChangedAt, acct.PasswordChangedAt
	return a != nil && b != nil && a.Equal(*b)
}

package identity

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/mozillazg/go-pinyin"

	"yingda/internal/actor"
	"yingda/internal/identity/internal/db"
	"yingda/internal/identity/password"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

// ErrWeakPassword names everything that is wrong with a new password, in its fields.
var ErrWeakPassword = fault.New(fault.Invalid, "identity.weak_password", "the new password is not taken")

// ChangePassword gives the account that asks a new password. All its other sessions end. Allowed while something is
// pending. Errors: [ErrWrongCredentials] when the present one is wrong (counted as at sign-in), [ErrWeakPassword].
func (s *Service) ChangePassword(ctx context.Context, present, fresh string) error {
	a, err := allowSelf(ctx)
	if err != nil {
		return err
	}
	if a.Pending == PendingTOTP {
		return fault.New(fault.Denied, PendingTOTP, "enter the code of your authenticator first")
	}
	acct, err := s.credential(ctx, nil, ident.From[accountKind](a.Account))
	if err != nil {
		return err
	}
	if acct.PasswordHash == "" {
		return ErrNoPassword
	}
	if err := s.prove(ctx, acct, present, a.Address); err != nil {
		return err
	}
	hash, err := s.judge(ctx, acct, fresh)
	if err != nil {
		return err
	}
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.setPassword(ctx, tx, acct, hash, false); err != nil {
			return err
		}
		if _, err := s.endAll(ctx, tx, acct, a.Session, "password_changed", "session.end_others", ""); err != nil {
			return err
		}
		return s.record(ctx, tx, aboutAccount(acct.account(), "password.change", ""))
	})
	if err == nil {
		s.forget(ctx, forgetting{Accounts: []uuid.UUID{acct.ID}, Cut: true})
	}
	return err
}

// prove checks the present password of somebody who is signed in, with the pauses of the sign-in.
func (s *Service) prove(ctx context.Context, acct credential, present, address string) error {
	t, err := s.throttle(ctx, acct, acct.Number, address)
	if err != nil {
		return err
	}
	ok, _, err := s.hasher.verify(ctx, acct.PasswordHash, present)
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Invalid, "identity.wrong_password", "the present password is wrong").
			WithFields(fault.Field{Location: "body.password", Code: "wrong", Message: "is not your present password"})
	}
	return wrap("forget failures", db.New(s.cfg.Pool).ClearThrottle(ctx, []string{t.account}))
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// judge gives the hash of a new password that satisfies the policy and was not used lately.
func (s *Service) judge(ctx context.Context, acct credential, fresh string) (string, error) {
	policy := s.cfg.Policy().Password
	problems := policy.Check(fresh, personOf(acct))
	if len(problems) == 0 && policy.History > 0 {
		used, err := s.wasUsed(ctx, acct, fresh, policy.History)
		if err != nil {
			return "", err
		}
		if used {
			problems = append(problems, password.Reused)
		}
	}
	if len(problems) > 0 {
		return "", weak("body.new_password", problems)
	}
	return s.hasher.make(ctx, fresh)
}

func weak(field string, problems []password.Problem) error {
	f := ErrWeakPassword
	for _, p := range problems {
		f = f.WithFields(fault.Field{Location: field, Code: p.Code, Message: p.EN})
	}
	return f
}

// wasUsed compares with the present password and those before it.
func (s *Service) wasUsed(ctx context.Context, acct credential, fresh string, history int) (bool, error) {
	hashes, err := db.New(s.cfg.Pool).PasswordHistory(ctx, db.PasswordHistoryParams{AccountID: acct.ID, RowLimit: int32(min(history, 24))})
	if err != nil {
		return false, fmt.Errorf("read earlier passwords: %w", err)
	}
	if acct.PasswordHash != "" {
		hashes = append(hashes, acct.PasswordHash)
	}
	for _, h := range hashes {
		same, _, err := s.hasher.verify(ctx, h, fresh)
		if err != nil || same {
			return same, err
		}
	}
	return false, nil
}

// setPassword writes a hash and keeps it for the comparison with later ones.
func (s *Service) setPassword(ctx context.Context, tx pgx.Tx, acct credential, hash string, mustChange bool) error {
	now, q := s.cfg.Clock.Now(), db.New(tx)
	if err := q.SetPassword(ctx, db.SetPasswordParams{ID: acct.ID, PasswordHash: hash, MustChange: mustChange, Now: now}); err != nil {
		return fmt.Errorf("write password: %w", err)
	}
	if mustChange {
		return nil // a temporary one is nobody's choice
	}
	if err := q.AddPasswordHistory(ctx, db.AddPasswordHistoryParams{AccountID: acct.ID, ChangedAt: now, Hash: hash}); err != nil {
		return fmt.Errorf("keep password for comparison: %w", err)
	}
	return wrap("trim earlier passwords", q.TrimPasswordHistory(ctx, db.TrimPasswordHistoryParams{AccountID: acct.ID, Keep: int32(max(1, s.cfg.Policy().Password.History))}))
}

// ResetPassword gives another account a temporary password, which must be changed at the first sign-in, and ends its
// sessions. The password is shown once, to the administrator who asks. Nobody resets their own.
func (s *Service) ResetPassword(ctx context.Context, account AccountID, reason string) (temporary string, err error) {
	acct, err := s.allowAccount(ctx, CredentialHelp, account)
	if err != nil {
		return "", err
	}
	if err := notOwn(ctx, account); err != nil {
		return "", err
	}
	return s.resetPassword(ctx, acct, reason)
}

func (s *Service) resetPassword(ctx context.Context, acct credential, reason string) (string, error) {
	if acct.State == string(Left) {
		return "", fault.New(fault.Conflict, "identity.account_left", "the owner of this account has left")
	}
	temporary := temporaryPassword()
	hash, err := s.hasher.make(ctx, temporary)
	if err != nil {
		return "", err
	}
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.setPassword(ctx, tx, acct, hash, true); err != nil {
			return err
		}
		if _, err := s.endAll(ctx, tx, acct, uuid.Nil, "password_reset", "session.end_all", reason); err != nil {
			return err
		}
		if err := s.clearPauses(ctx, tx, acct); err != nil {
			return err
		}
		return s.record(ctx, tx, aboutAccount(acct.account(), "password.reset", reason))
	})
	if err != nil {
		return "", err
	}
	s.forget(ctx, forgetting{Accounts: []uuid.UUID{acct.ID}, Cut: true})
	return temporary, nil
}

// Unlock takes the pauses from an account, so that its owner may try again at once.
func (s *Service) Unlock(ctx context.Context, account AccountID, reason string) error {
	acct, err := s.allowAccount(ctx, CredentialHelp, account)
	if err != nil {
		return err
	}
	return s.unlock(ctx, acct, reason)
}

func (s *Service) unlock(ctx context.Context, acct credential, reason string) error {
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.clearPauses(ctx, tx, acct); err != nil {
			return err
		}
		return s.record(ctx, tx, aboutAccount(acct.account(), "account.unlock", reason))
	})
}

func (s *Service) clearPauses(ctx context.Context, tx pgx.Tx, acct credential) error {
	list, err := s.throttleSubjects(acct)
	if err != nil {
		return err
	}
	return wrap("clear pauses", db.New(tx).ClearThrottle(ctx, list))
}

// notOwn refuses what nobody may do to their own account.
func notOwn(ctx context.Context, account AccountID) error {
	if a := actor.From(ctx); a != nil && a.Account == account.UUID() {
		return fault.New(fault.Denied, "identity.own_account", "nobody does this to their own account").WithRemedy("ask another administrator")
	}
	return nil
}

// temporaryPassword is easy to read out on the telephone and satisfies any policy: three groups without look-alikes,
// about 60 bits.
func temporaryPassword() string {
	const small, capital, digits = "abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"
	var b strings.Builder
	for _, set := range []string{capital, small, small, digits, small, "-", small, digits, capital, small, small, "-", small, capital, small, small, digits} {
		b.WriteByte(set[pick(len(set))])
	}
	return b.String()
}

// pick gives a random number below n.
func pick(n int) int {
	v, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		return 0 // rand.Reader never fails
	}
	return int(v.Int64())
}

// personOf is what others know of the owner.
func personOf(acct credential) password.Person {
	return password.Person{Number: acct.Number, Name: acct.Name, Pinyin: pinyinOf(acct.Name), Mobile: acct.Mobile}
}

// pinyinOf gives a Chinese name in syllables without tones, and words of another name as they are.
func pinyinOf(name string) []string {
	args := pinyin.NewArgs()
	args.Fallback = func(r rune, _ pinyin.Args) []string {
		if unicode.IsLetter(r) && r < utf8.RuneSelf {
			return []string{string(unicode.ToLower(r))}
		}
		return nil
	}
	if !strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return strings.Fields(strings.ToLower(name))
	}
	return pinyin.LazyPinyin(name, args)
}

func passwordProblems() []password.Problem { return password.Problems() }

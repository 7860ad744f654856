package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"net/url"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"yingda/internal/actor"
	"yingda/internal/identity/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
)

// TOTP as every authenticator understands it (RFC 6238): SHA-1, six digits, 30 seconds.
const (
	totpPeriod    = 30
	totpSkew      = 1 // steps before and after the present one that are taken: clocks of phones differ
	totpIssuer    = "Yingda"
	recoveryCodes = 10
	sealTOTP      = secret.Purpose("identity.totp")
)

func totpPlace(account uuid.UUID) string { return "identity.account/" + account.String() + "/totp" }

// Enrollment is what an authenticator needs; shown once.
type Enrollment struct {
	Secret string // base32, to type in
	URL    string // otpauth, for a QR code
}

// EnrollTOTP begins a second factor for the account that asks; [Service.ConfirmTOTP] completes it. Allowed while
// something is pending. The password is asked for again, so that an unattended screen is not enough.
func (s *Service) EnrollTOTP(ctx context.Context, presentPassword string) (Enrollment, error) {
	a, acct, err := s.allowOwner(ctx, presentPassword)
	if err != nil {
		return Enrollment{}, err
	}
	if acct.TotpConfirmedAt != nil {
		return Enrollment{}, fault.New(fault.Conflict, "identity.totp_exists", "you have a second factor already").WithRemedy("take it off first")
	}
	key := make([]byte, 20)
	_, _ = rand.Read(key) // never fails
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(key)
	sealed, err := s.cfg.Ring.Seal(sealTOTP, totpPlace(acct.ID), []byte(text))
	if err != nil {
		return Enrollment{}, err
	}
	version, err := secret.Version(sealed)
	if err != nil {
		return Enrollment{}, err
	}
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		err := db.New(tx).SetTOTP(ctx, db.SetTOTPParams{ID: a.Account, Sealed: sealed, KeyVersion: int64(version), Now: s.cfg.Clock.Now()})
		if err != nil {
			return fmt.Errorf("begin second factor: %w", err)
		}
		return s.record(ctx, tx, aboutAccount(acct.account(), "totp.begin", ""))
	})
	if err != nil {
		return Enrollment{}, err
	}
	v := url.Values{"secret": {text}, "issuer": {totpIssuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + totpIssuer + ":" + acct.Number, RawQuery: v.Encode()}
	return Enrollment{Secret: text, URL: u.String()}, nil
}

// allowOwner gives the account that asks, whose owner has just proved the password. People who sign in elsewhere have none.
func (s *Service) allowOwner(ctx context.Context, presentPassword string) (*actor.Actor, credential, error) {
	a, err := allowSelf(ctx)
	if err != nil {
		return nil, credential{}, err
	}
	if a.Pending == PendingTOTP {
		return nil, credential{}, fault.New(fault.Denied, PendingTOTP, "enter the code of your authenticator first")
	}
	acct, err := s.credential(ctx, nil, ident.From[accountKind](a.Account))
	if err != nil {
		return nil, credential{}, err
	}
	if acct.PasswordHash != "" {
		err = s.prove(ctx, acct, presentPassword, a.Address)
	}
	return a, acct, err
}

// ConfirmTOTP completes a second factor with a first code and gives the recovery codes, shown once.
func (s *Service) ConfirmTOTP(ctx context.Context, code string) ([]string, error) {
	a, err := allowSelf(ctx)
	if err != nil {
		return nil, err
	}
	var codes []string
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		acct, err := s.credential(ctx, tx, ident.From[accountKind](a.Account))
		if err != nil {
			return err
		}
		if acct.TotpSealed == nil || acct.TotpConfirmedAt != nil {
			return fault.New(fault.Conflict, "identity.totp_not_begun", "there is no second factor waiting for its first code").WithRemedy("begin again")
		}
		step, ok, err := s.matchTOTP(acct, code)
		if err != nil {
			return err
		}
		if !ok {
			return wrongCode("body.code")
		}
		now := s.cfg.Clock.Now()
		if err := db.New(tx).ConfirmTOTP(ctx, db.ConfirmTOTPParams{ID: acct.ID, Step: step, Now: now}); err != nil {
			return fmt.Errorf("confirm second factor: %w", err)
		}
		if codes, err = s.freshRecovery(ctx, tx, acct); err != nil {
			return err
		}
		return s.record(ctx, tx, aboutAccount(acct.account(), "totp.confirm", ""))
	})
	if err != nil {
		return nil, err
	}
	s.forget(ctx, forgetting{Accounts: []uuid.UUID{a.Account}})
	return codes, nil
}

func wrongCode(field string) error {
	return fault.New(fault.Invalid, ErrWrongCode.Code, "%s", ErrWrongCode.Message).WithRemedy("%s", ErrWrongCode.Remedy).
		WithFields(fault.Field{Location: field, Code: "wrong", Message: "is wrong or was used before"})
}

// freshRecovery replaces the recovery codes of an account.
func (s *Service) freshRecovery(ctx context.Context, tx pgx.Tx, acct credential) ([]string, error) {
	q := db.New(tx)
	if err := q.DeleteRecoveryCodes(ctx, acct.ID); err != nil {
		return nil, fmt.Errorf("remove recovery codes: %w", err)
	}
	codes := make([]string, recoveryCodes)
	hashes := make([][]byte, recoveryCodes)
	for i := range codes {
		text := rand.Text()[:16] // 80 bits of base32
		codes[i] = text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
		hashes[i] = recoveryHash(acct.ID, codes[i])
	}
	if err := q.InsertRecoveryCodes(ctx, db.InsertRecoveryCodesParams{AccountID: acct.ID, Hashes: hashes, Now: s.cfg.Clock.Now()}); err != nil {
		return nil, fmt.Errorf("write recovery codes: %w", err)
	}
	return codes, nil
}

// recoveryHash reads a code as people type it: in any case, with or without hyphens and spaces.
func recoveryHash(account uuid.UUID, code string) []byte {
	plain := strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToUpper(code))
	sum := sha256.Sum256(append(account[:], plain...))
	return sum[:]
}

// RenewRecoveryCodes makes new recovery codes for the account that asks; the old ones stop working.
func (s *Service) RenewRecoveryCodes(ctx context.Context, presentPassword string) ([]string, error) {
	_, acct, err := s.allowOwner(ctx, presentPassword)
	if err != nil {
		return nil, err
	}
	if acct.TotpConfirmedAt == nil {
		return nil, fault.New(fault.Conflict, "identity.no_totp", "there is no second factor")
	}
	var codes []string
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		if codes, err = s.freshRecovery(ctx, tx, acct); err != nil {
			return err
		}
		return s.record(ctx, tx, aboutAccount(acct.account(), "totp.renew_recovery", ""))
	})
	return codes, err
}

// RemoveTOTP takes the second factor from the account that asks.
func (s *Service) RemoveTOTP(ctx context.Context, presentPassword string) error {
	_, acct, err := s.allowOwner(ctx, presentPassword)
	if err != nil {
		return err
	}
	return s.removeTOTP(ctx, acct, "totp.remove", "")
}

// DisableTOTP takes the second factor from another account, whose owner lost it. Where one is obligatory, a new one
// must be enrolled at the next sign-in. Sessions end.
func (s *Service) DisableTOTP(ctx context.Context, account AccountID, reason string) error {
	acct, err := s.allowAccount(ctx, CredentialHelp, account)
	if err != nil {
		return err
	}
	if err := notOwn(ctx, account); err != nil {
		return err
	}
	return s.disableTOTP(ctx, acct, reason)
}

func (s *Service) disableTOTP(ctx context.Context, acct credential, reason string) error {
	if err := s.removeTOTP(ctx, acct, "totp.disable", reason); err != nil {
		return err
	}
	_, err := s.endAll(ctx, nil, acct, uuid.Nil, "totp_disabled", "session.end_all", reason)
	return err
}

func (s *Service) removeTOTP(ctx context.Context, acct credential, act, reason string) error {
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.ClearTOTP(ctx, db.ClearTOTPParams{ID: acct.ID, Now: s.cfg.Clock.Now()}); err != nil {
			return fmt.Errorf("remove second factor: %w", err)
		}
		if err := q.DeleteRecoveryCodes(ctx, acct.ID); err != nil {
			return fmt.Errorf("remove recovery codes: %w", err)
		}
		return s.record(ctx, tx, aboutAccount(acct.account(), act, reason))
	})
	if err == nil {
		s.forget(ctx, forgetting{Accounts: []uuid.UUID{acct.ID}})
	}
	return err
}

// EnterTOTP does the second step of a sign-in that has only done the first, such as one through a provider.
func (s *Service) EnterTOTP(ctx context.Context, code string) error {
	a, err := allowSelf(ctx)
	if err != nil {
		return err
	}
	acct, err := s.credential(ctx, nil, ident.From[accountKind](a.Account))
	if err != nil {
		return err
	}
	t, err := s.throttle(ctx, acct, acct.Number, a.Address)
	if err != nil {
		return err
	}
	if _, err := s.useCode(ctx, acct, code); err != nil {
		return s.refuse(ctx, t, acct, methodTOTP, Origin{Address: a.Address}, err)
	}
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.ClearThrottle(ctx, []string{t.account}); err != nil {
			return fmt.Errorf("forget failures: %w", err)
		}
		if _, err := q.TOTPDone(ctx, a.Session); err != nil {
			return fmt.Errorf("note the second step: %w", err)
		}
		return s.record(ctx, tx, aboutAccount(acct.account(), "session.second_step", ""))
	})
	if err == nil {
		s.forget(ctx, forgetting{Accounts: []uuid.UUID{a.Account}})
	}
	return err
}

// useCode takes a code of the authenticator or a recovery code, once.
func (s *Service) useCode(ctx context.Context, acct credential, code string) (method string, err error) {
	q := db.New(s.cfg.Pool)
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	if len(code) != 6 {
		n, err := q.UseRecoveryCode(ctx, db.UseRecoveryCodeParams{AccountID: acct.ID, Hash: recoveryHash(acct.ID, code), Now: s.cfg.Clock.Now()})
		switch {
		case err != nil:
			return methodRecovery, fmt.Errorf("use recovery code: %w", err)
		case n == 0:
			return methodRecovery, ErrWrongCode
		}
		return methodRecovery, nil
	}
	step, ok, err := s.matchTOTP(acct, code)
	if err != nil {
		return methodTOTP, err
	}
	if !ok {
		return methodTOTP, ErrWrongCode
	}
	n, err := q.UseTOTPStep(ctx, db.UseTOTPStepParams{ID: acct.ID, Step: step})
	switch {
	case err != nil:
		return methodTOTP, fmt.Errorf("note that a code was used: %w", err)
	case n == 0:
		return methodTOTP, ErrWrongCode // used before, perhaps this very moment
	}
	return methodTOTP, nil
}

// matchTOTP finds the time step that a code belongs to, later than the last one used.
func (s *Service) matchTOTP(acct credential, code string) (step int64, ok bool, err error) {
	text, err := s.cfg.Ring.Open(sealTOTP, totpPlace(acct.ID), acct.TotpSealed)
	if err != nil {
		return 0, false, err
	}
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	now := s.cfg.Clock.Now().Unix() / totpPeriod
	for step := now - totpSkew; step <= now+totpSkew; step++ {
		want, err := hotp.GenerateCodeCustom(string(text), uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, false, fmt.Errorf("compute code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && step > acct.TotpStep {
			return step, true, nil
		}
	}
	return 0, false, nil
}

// Rewrap seals every second factor under the active master key again; see secret.Rotate.
//
// Unchecked: for the operator's command on the host, which shows nothing.
func (s *Service) Rewrap(ctx context.Context, progress func(values int)) (int, error) {
	after := uuid.Nil
	return secret.Rotate(ctx, s.cfg.Ring, func(ctx context.Context, active uint32) (secret.Batch, error) {
		rows, err := db.New(s.cfg.Pool).TOTPNotActive(ctx, db.TOTPNotActiveParams{AfterID: after, Active: int64(active), RowLimit: 500})
		if err != nil {
			return secret.Batch{}, fmt.Errorf("find second factors under older keys: %w", err)
		}
		var b secret.Batch
		for _, r := range rows {
			b.Values = append(b.Values, secret.Sealed{Purpose: sealTOTP, Context: totpPlace(r.ID), Value: r.TotpSealed})
			after = r.ID
		}
		b.Replace = func(ctx context.Context, fresh [][]byte) error {
			return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
				for i, r := range rows {
					err := db.New(tx).RewrapTOTP(ctx, db.RewrapTOTPParams{ID: r.ID, Old: r.TotpSealed, Fresh: fresh[i], KeyVersion: int64(active)})
					if err != nil {
						return fmt.Errorf("store rewrapped second factor: %w", err)
					}
				}
				return nil
			})
		}
		return b, nil
	}, progress)
}

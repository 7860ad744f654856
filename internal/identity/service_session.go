package identity

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/identity/internal/db"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/privacy"
)

// Session is one browser in which somebody is signed in.
type Session struct {
	ID         SessionID `json:"id"`
	Method     string    `json:"method" enum:"password,totp,recovery,oidc,oidc_mfa"`
	Address    string    `json:"address"`
	UserAgent  string    `json:"user_agent"`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at" doc:"Up to half a minute behind"`
	ExpiresAt  time.Time `json:"expires_at"`
	Current    bool      `json:"current" doc:"The session that asks"`
}

// SignInAttempt is one attempt to sign in to an account.
type SignInAttempt struct {
	ID        SignInID  `json:"id"`
	At        time.Time `json:"at"`
	Method    string    `json:"method"`
	Result    string    `json:"result" doc:"signed_in, or the code of the refusal"`
	Address   string    `json:"address"`
	UserAgent string    `json:"user_agent"`
}

// allowSelf gives who acts with a session, pending or not.
func allowSelf(ctx context.Context) (*actor.Actor, error) {
	a := actor.From(ctx)
	if a == nil || a.Kind != actor.Person {
		return nil, actor.ErrUnauthenticated
	}
	return a, nil
}

// SignOut ends the session that asks.
func (s *Service) SignOut(ctx context.Context) error {
	a, err := allowSelf(ctx)
	if err != nil {
		return err
	}
	return s.end(ctx, a.Account, a.Session, "signed_out", "session.sign_out")
}

// Sessions lists the open sessions of the account that asks.
func (s *Service) Sessions(ctx context.Context) ([]Session, error) {
	a, err := allowSelf(ctx)
	if err != nil {
		return nil, err
	}
	return s.sessionsOf(ctx, a.Account, a.Session)
}

func (s *Service) sessionsOf(ctx context.Context, account, current uuid.UUID) ([]Session, error) {
	now := s.cfg.Clock.Now()
	rows, err := db.New(s.cfg.Pool).OpenSessions(ctx, db.OpenSessionsParams{AccountID: account, Now: now, SeenAfter: now.Add(-s.cfg.Policy().SessionIdle)})
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	list := make([]Session, len(rows))
	for i, r := range rows {
		list[i] = Session{
			ID: ident.From[sessionKind](r.ID), Method: r.Method, Address: r.Address, UserAgent: r.UserAgent,
			CreatedAt: r.CreatedAt, LastSeenAt: r.LastSeenAt, ExpiresAt: r.ExpiresAt, Current: r.ID == current,
		}
	}
	return list, nil
}

// EndSession ends a session of the account that asks.
func (s *Service) EndSession(ctx context.Context, id SessionID) error {
	a, err := allowSelf(ctx)
	if err != nil {
		return err
	}
	row, err := db.New(s.cfg.Pool).SessionByID(ctx, id.UUID())
	if postgres.IsNoRows(err) || err == nil && (row.AccountID != a.Account || row.EndedAt != nil) {
		return ErrNoSession
	}
	if err != nil {
		return fmt.Errorf("read session: %w", err)
	}
	return s.end(ctx, a.Account, id.UUID(), "ended_by_owner", "session.end")
}

// EndOtherSessions ends all sessions of the account that asks but this one, and tells how many.
func (s *Service) EndOtherSessions(ctx context.Context) (int, error) {
	a, err := allowSelf(ctx)
	if err != nil {
		return 0, err
	}
	acct, err := s.credential(ctx, nil, ident.From[accountKind](a.Account))
	if err != nil {
		return 0, err
	}
	return s.endAll(ctx, nil, acct, a.Session, "ended_by_owner", "session.end_others", "")
}

// History lists the latest attempts to sign in to the account that asks, newest first.
func (s *Service) History(ctx context.Context) ([]SignInAttempt, error) {
	a, err := allowSelf(ctx)
	if err != nil {
		return nil, err
	}
	return s.historyOf(ctx, a.Account)
}

func (s *Service) historyOf(ctx context.Context, account uuid.UUID) ([]SignInAttempt, error) {
	rows, err := db.New(s.cfg.Pool).SignIns(ctx, db.SignInsParams{AccountID: account, RowLimit: 100})
	if err != nil {
		return nil, fmt.Errorf("list sign-ins: %w", err)
	}
	list := make([]SignInAttempt, len(rows))
	for i, r := range rows {
		list[i] = SignInAttempt{ID: ident.From[signInKind](r.ID), At: r.At, Method: r.Method, Result: r.Result, Address: r.Address, UserAgent: r.UserAgent}
	}
	return list, nil
}

// SessionsOf lists the open sessions of another account within the scope of [SessionManage].
func (s *Service) SessionsOf(ctx context.Context, account AccountID) ([]Session, error) {
	if _, err := s.allowAccount(ctx, SessionManage, account); err != nil {
		return nil, err
	}
	return s.sessionsOf(ctx, account.UUID(), uuid.Nil)
}

// HistoryOf lists the latest attempts to sign in to another account.
func (s *Service) HistoryOf(ctx context.Context, account AccountID) ([]SignInAttempt, error) {
	if _, err := s.allowAccount(ctx, SessionManage, account); err != nil {
		return nil, err
	}
	return s.historyOf(ctx, account.UUID())
}

// EndSessionsOf ends all sessions of another account and tells how many.
func (s *Service) EndSessionsOf(ctx context.Context, account AccountID, reason string) (int, error) {
	acct, err := s.allowAccount(ctx, SessionManage, account)
	if err != nil {
		return 0, err
	}
	return s.endAll(ctx, nil, acct, uuid.Nil, "ended_by_administrator", "session.end_all", reason)
}

// allowAccount gives an account that the actor may treat by a permission; one outside the scope does not exist.
func (s *Service) allowAccount(ctx context.Context, p actor.Permission, account AccountID) (credential, error) {
	scope, err := actor.Allow(ctx, p)
	if err != nil {
		return credential{}, err
	}
	acct, err := s.credential(ctx, nil, account)
	if err != nil {
		return credential{}, err
	}
	if !scope.Covers(acct.CentreID) {
		return credential{}, ErrNoAccount
	}
	return acct, nil
}

// credential reads an account; with a transaction it also locks it.
func (s *Service) credential(ctx context.Context, tx pgx.Tx, account AccountID) (credential, error) {
	var row db.AccountByIDRow
	var err error
	if tx == nil {
		row, err = db.New(s.cfg.Pool).AccountByID(ctx, account.UUID())
	} else {
		var locked db.LockAccountRow
		locked, err = db.New(tx).LockAccount(ctx, account.UUID())
		row = db.AccountByIDRow(locked)
	}
	if postgres.IsNoRows(err) {
		return credential{}, ErrNoAccount
	}
	if err != nil {
		return credential{}, fmt.Errorf("read account: %w", err)
	}
	return credential(row), nil
}

// end ends one session of an account.
func (s *Service) end(ctx context.Context, account, session uuid.UUID, reason, act string) error {
	acct, err := s.credential(ctx, nil, ident.From[accountKind](account))
	if err != nil {
		return err
	}
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		n, err := db.New(tx).EndSession(ctx, db.EndSessionParams{ID: session, Now: s.cfg.Clock.Now(), Reason: reason})
		if err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		if n == 0 {
			return nil // somebody was faster
		}
		c := aboutAccount(acct.account(), act, "")
		c.topic = TopicSession
		return s.record(ctx, tx, c)
	})
	if err == nil {
		s.forget(ctx, forgetting{Accounts: []uuid.UUID{account}, Cut: true})
	}
	return err
}

// endAll ends all sessions of an account but one. Inside a transaction of others they are told by its event.
func (s *Service) endAll(ctx context.Context, tx pgx.Tx, acct credential, but uuid.UUID, why, act, reason string) (int, error) {
	var ended int64
	err := s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) (err error) {
		ended, err = db.New(tx).EndSessionsOf(ctx, db.EndSessionsOfParams{AccountID: acct.ID, But: but, Now: s.cfg.Clock.Now(), Reason: why})
		if err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
		if ended == 0 {
			return nil
		}
		c := aboutAccount(acct.account(), act, reason, audit.Change{Field: "sessions", Old: ended, New: 0})
		c.topic = TopicSession
		return s.record(ctx, tx, c)
	})
	if err == nil && tx == nil && ended > 0 {
		s.forget(ctx, forgetting{Accounts: []uuid.UUID{acct.ID}, Cut: true})
	}
	return int(ended), err
}

func ptr[T any](v T) *T { return &v }

// afterSignIn tells a person of a sign-in from where the account was never used, if a mobile number is known.
func (s *Service) afterSignIn(ctx context.Context, acct credential, from Origin, known bool) {
	if known || s.cfg.Notify == nil || acct.Mobile == "" || acct.LastSignInAt == nil {
		return // at the very first sign-in every address is new
	}
	at := s.cfg.Clock.Now().In(shanghai).Format("01-02 15:04")
	text := fmt.Sprintf("【应答】您的工号 %s 于 %s 从新的地址 %s 登录。如非本人操作，请立即联系管理员。", acct.Number, at, from.Address)
	_, err := s.cfg.Notify.Send(ctx, nil, notify.Message{
		Channel: notify.SMS, Recipient: privacy.Recipient(strings.TrimSpace(acct.Mobile)), Subject: "新地址登录提醒", Body: text,
	})
	if err != nil {
		s.cfg.Logger.Warn("the notice of a sign-in from a new address was not sent", "account", acct.ID, "error", err)
	}
}

// shanghai is the time of the mainland, without summer time since 1992.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

package identity

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/identity/internal/db"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

// NewAccount is an account to be made for a member of staff.
type NewAccount struct {
	Staff  organization.StaffID
	Grants []Grant
	Reason string
	// PasswordHash is set by set-up and demonstration only; others get a temporary password by [Service.ResetPassword].
	PasswordHash string
	MustChange   bool
}

// authority says by which permission somebody gives rights, which bounds where.
type authority actor.Permission

// createAccount makes an account with its roles, in the transaction of the decision.
func (s *Service) createAccount(ctx context.Context, tx pgx.Tx, by authority, n NewAccount) (AccountID, error) {
	id := ident.New[accountKind]()
	now := s.cfg.Clock.Now()
	p := db.InsertAccountParams{ID: id.UUID(), StaffID: n.Staff.UUID(), PasswordHash: n.PasswordHash, MustChangePassword: n.MustChange, Now: now}
	if n.PasswordHash != "" {
		p.PasswordChangedAt = &now
	}
	if err := db.New(tx).InsertAccount(ctx, p); err != nil {
		switch postgres.ConstraintName(err) {
		case "account_staff_key":
			return AccountID{}, fault.New(fault.Conflict, "identity.account_exists", "this member of staff has an account").
				WithFields(fault.Field{Location: "body.staff_id", Code: "exists", Message: "has an account already"})
		case "account_staff_fkey":
			return AccountID{}, fault.New(fault.NotFound, "identity.no_such_staff", "there is no such member of staff")
		}
		return AccountID{}, fmt.Errorf("write account: %w", err)
	}
	acct, err := s.credential(ctx, tx, id)
	if err != nil {
		return AccountID{}, err
	}
	if acct.StaffState != string(Active) {
		return AccountID{}, fault.New(fault.Conflict, "identity.staff_not_active", "%s does not work here now", acct.Number)
	}
	if err := s.record(ctx, tx, aboutAccount(acct.account(), "account.create", n.Reason)); err != nil {
		return AccountID{}, err
	}
	return id, s.setGrants(ctx, tx, by, acct, n.Grants, n.Reason)
}

// setState suspends an account, wakes it up again, or ends it for ever. Sessions and, for ever, tokens and roles
// end with it.
func (s *Service) setState(ctx context.Context, tx pgx.Tx, id AccountID, state State, reason string) error {
	acct, err := s.credential(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := mayBecome(State(acct.State), state); err != nil {
		return err
	}
	now, q := s.cfg.Clock.Now(), db.New(tx)
	if state != Active {
		if err := s.keepSomebody(ctx, tx, acct, nil); err != nil {
			return err
		}
		if _, err := s.endAll(ctx, tx, acct, uuid.Nil, "account_"+string(state), "session.end_all", reason); err != nil {
			return err
		}
	}
	if state == Left {
		if _, err := q.EndAssignmentsOf(ctx, db.EndAssignmentsOfParams{AccountID: acct.ID, Now: now, EndedBy: who(ctx)}); err != nil {
			return fmt.Errorf("end assignments: %w", err)
		}
		if _, err := q.RevokeTokensOf(ctx, db.RevokeTokensOfParams{AccountID: acct.ID, Now: now, RevokedBy: who(ctx)}); err != nil {
			return fmt.Errorf("revoke tokens: %w", err)
		}
		if _, err := q.UnlinkSubjects(ctx, acct.ID); err != nil {
			return fmt.Errorf("unlink providers: %w", err)
		}
	}
	if err := q.SetAccountState(ctx, db.SetAccountStateParams{ID: acct.ID, State: string(state), Reason: cut(reason, 500), Now: now}); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	act := map[State]string{Active: "account.resume", Suspended: "account.suspend", Left: "account.leave"}[state]
	return s.record(ctx, tx, aboutAccount(acct.account(), act, reason, audit.Change{Field: "state", Old: acct.State, New: string(state)}))
}

// mayBecome is the table of the states of an account.
func mayBecome(from, to State) error {
	allowed := map[State][]State{Active: {Suspended, Left}, Suspended: {Active, Left}, Left: {}}
	if slices.Contains(allowed[from], to) {
		return nil
	}
	return fault.New(fault.Conflict, "identity.wrong_state", "an account that is %s cannot become %s", from, to).
		WithRemedy("look at the account again: it may have changed meanwhile")
}

// Get gives an account within the scope of [AccountRead].
func (s *Service) Get(ctx context.Context, id AccountID) (Account, error) {
	acct, err := s.allowAccount(ctx, AccountRead, id)
	if err != nil {
		return Account{}, err
	}
	return acct.account(), nil
}

// ByStaff gives the account of a member of staff within the scope of [AccountRead].
func (s *Service) ByStaff(ctx context.Context, staff organization.StaffID) (Account, error) {
	if _, err := actor.Allow(ctx, AccountRead); err != nil {
		return Account{}, err
	}
	id, err := db.New(s.cfg.Pool).AccountIDByStaff(ctx, staff.UUID())
	if postgres.IsNoRows(err) {
		return Account{}, ErrNoAccount
	}
	if err != nil {
		return Account{}, fmt.Errorf("find account: %w", err)
	}
	return s.Get(ctx, ident.From[accountKind](id))
}

// Assignments lists the roles of an account, ended ones too if wanted.
func (s *Service) Assignments(ctx context.Context, id AccountID, withEnded bool) ([]Assignment, error) {
	if _, err := s.allowAccount(ctx, AccountRead, id); err != nil {
		return nil, err
	}
	return s.assignmentsOf(ctx, db.New(s.cfg.Pool), id.UUID(), withEnded)
}

func (s *Service) assignmentsOf(ctx context.Context, q *db.Queries, account uuid.UUID, withEnded bool) ([]Assignment, error) {
	rows, err := q.AssignmentsOf(ctx, db.AssignmentsOfParams{AccountID: account, WithEnded: withEnded})
	if err != nil {
		return nil, fmt.Errorf("list assignments: %w", err)
	}
	list := make([]Assignment, len(rows))
	for i, r := range rows {
		list[i] = Assignment{
			ID: ident.From[assignmentKind](r.ID), Account: ident.From[accountKind](r.AccountID), Role: ident.From[roleKind](r.RoleID),
			RoleCode: r.Code, RoleZH: r.NameZh, RoleEN: r.NameEn, Permissions: permissionsOf(r.Permissions), Centre: r.CentreID, CentreName: r.CentreName,
			ValidFrom: r.ValidFrom, ValidUntil: r.ValidUntil, Reason: r.Reason, GrantedBy: r.GrantedBy, CreatedAt: r.CreatedAt, EndedAt: r.EndedAt, EndedBy: r.EndedBy,
		}
	}
	return list, nil
}

// Effective is one permission that an account holds now, and why.
type Effective struct {
	Permission actor.Permission
	ZH, EN     string
	Grave      bool
	Through    []Through
}

// Through is an assignment that brings a permission.
type Through struct {
	RoleCode, RoleZH, RoleEN string
	Centre                   uuid.UUID
	CentreName               string
	Until                    *time.Time
	GrantedBy                string
}

// Effective explains what an account holds at this moment, by permission.
func (s *Service) Effective(ctx context.Context, id AccountID) ([]Effective, error) {
	acct, err := s.allowAccount(ctx, AccountRead, id)
	if err != nil {
		return nil, err
	}
	list, err := s.assignmentsOf(ctx, db.New(s.cfg.Pool), id.UUID(), false)
	if err != nil {
		return nil, err
	}
	if acct.State != string(Active) || acct.StaffState != string(Active) {
		list = nil
	}
	now := s.cfg.Clock.Now()
	through := map[actor.Permission][]Through{}
	for _, a := range list {
		if !(held{From: a.ValidFrom, Until: a.ValidUntil}).valid(now) {
			continue
		}
		for _, p := range a.Permissions {
			through[p] = append(through[p], Through{RoleCode: a.RoleCode, RoleZH: a.RoleZH, RoleEN: a.RoleEN, Centre: a.Centre, CentreName: a.CentreName, Until: a.ValidUntil, GrantedBy: a.GrantedBy})
		}
	}
	var out []Effective
	for _, d := range s.cfg.Catalogue {
		if t := through[d.Permission]; len(t) > 0 {
			out = append(out, Effective{Permission: d.Permission, ZH: d.ZH, EN: d.EN, Grave: d.Grave, Through: t})
		}
	}
	return out, nil
}

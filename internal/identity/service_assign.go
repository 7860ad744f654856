package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/identity/duty"
	"yingda/internal/identity/internal/db"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
)

// most roles that one account may have at once.
const mostGrants = 50

// ErrDuty refuses a combination that segregation of duties forbids; the message explains it.
var ErrDuty = fault.New(fault.Conflict, "identity.duty_conflict", "one person may not hold these together")

// lockDuties makes this transaction the only one that changes roles, assignments or duty rules, because each of them
// could bring together what another checks to be apart.
func lockDuties(ctx context.Context, tx pgx.Tx) error {
	return wrap("take the lock of the duty rules", db.New(tx).LockDuties(ctx))
}

// setGrants makes the open assignments of an account those wanted: new ones are made, those not wanted end, and
// periods that differ are changed. Everything is checked: see [Service.checkGrants].
func (s *Service) setGrants(ctx context.Context, tx pgx.Tx, by authority, acct credential, wanted []Grant, reason string) error {
	if err := lockDuties(ctx, tx); err != nil {
		return err
	}
	present, err := s.assignmentsOf(ctx, db.New(tx), acct.ID, false)
	if err != nil {
		return err
	}
	for i := range wanted {
		if wanted[i].From.IsZero() {
			wanted[i].From = s.cfg.Clock.Now()
			if old := find(present, wanted[i]); old != nil {
				wanted[i].From = old.ValidFrom
			}
		}
	}
	if err := s.checkGrants(ctx, tx, by, acct, present, wanted); err != nil {
		return err
	}
	return s.applyGrants(ctx, tx, acct, present, wanted, reason)
}

// applyGrants writes the difference.
func (s *Service) applyGrants(ctx context.Context, tx pgx.Tx, acct credential, present []Assignment, wanted []Grant, reason string) error {
	now, q := s.cfg.Clock.Now(), db.New(tx)
	var changes []audit.Change
	for _, a := range present {
		if slices.ContainsFunc(wanted, func(g Grant) bool { return g.Role == a.Role && g.Centre == a.Centre }) {
			continue
		}
		if _, err := q.EndAssignment(ctx, db.EndAssignmentParams{ID: a.ID.UUID(), Now: now, EndedBy: who(ctx)}); err != nil {
			return fmt.Errorf("end assignment: %w", err)
		}
		changes = append(changes, audit.Change{Field: "role", Old: a.RoleCode + " @ " + a.CentreName})
	}
	for _, g := range wanted {
		old := find(present, g)
		switch {
		case old == nil:
			err := q.InsertAssignment(ctx, db.InsertAssignmentParams{
				ID: ident.New[assignmentKind]().UUID(), AccountID: acct.ID, RoleID: g.Role.UUID(), CentreID: g.Centre,
				ValidFrom: g.From, ValidUntil: g.Until, Reason: cut(reason, 500), GrantedBy: who(ctx), Now: now,
			})
			if err != nil {
				return fmt.Errorf("write assignment: %w", err)
			}
			label, err := s.labelOf(ctx, tx, g)
			if err != nil {
				return err
			}
			changes = append(changes, audit.Change{Field: "role", New: label})
		case !old.ValidFrom.Equal(g.From) || !sameTime(old.ValidUntil, g.Until):
			err := q.SetAssignmentPeriod(ctx, db.SetAssignmentPeriodParams{
				ID: old.ID.UUID(), ValidFrom: g.From, ValidUntil: g.Until, Reason: cut(reason, 500), GrantedBy: who(ctx),
			})
			if err != nil {
				return fmt.Errorf("change assignment: %w", err)
			}
			changes = append(changes, audit.Change{Field: "valid_until of " + old.RoleCode + " @ " + old.CentreName, Old: old.ValidUntil, New: g.Until})
		}
	}
	if len(changes) == 0 {
		return nil
	}
	return s.record(ctx, tx, aboutAccount(acct.account(), "account.assign", reason, changes...))
}

func find(list []Assignment, g Grant) *Assignment {
	for i := range list {
		if list[i].Role == g.Role && list[i].Centre == g.Centre {
			return &list[i]
		}
	}
	return nil
}

func sameTime(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}

// labelOf names a grant as people read it.
func (s *Service) labelOf(ctx context.Context, tx pgx.Tx, g Grant) (string, error) {
	r, err := s.role(ctx, db.New(tx), g.Role)
	if err != nil {
		return "", err
	}
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return "", err
	}
	c, _ := tree.Centre(centreID(g.Centre))
	return r.Code + " @ " + c.Name, nil
}

// checkGrants refuses, naming every wrong one, what an account must not get: unknown or retired roles, a role at a
// level where it is not given, a place that is closed or beyond where the actor may give rights, one's own account,
// more than one person may hold, and an installation without anybody who could go on.
func (s *Service) checkGrants(ctx context.Context, tx pgx.Tx, by authority, acct credential, present []Assignment, wanted []Grant) error {
	if err := notOwn(ctx, ident.From[accountKind](acct.ID)); err != nil {
		return err
	}
	scope, err := actor.Allow(ctx, actor.Permission(by))
	if err != nil {
		return err
	}
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return err
	}
	var fields fault.Fields
	fields.Check(len(wanted) <= mostGrants, "body.grants", "too_many", "too many roles for one account")
	holdings := make([]duty.Holding, 0, len(wanted))
	for i, g := range wanted {
		at := fmt.Sprintf("body.grants[%d]", i)
		r, err := s.role(ctx, db.New(tx), g.Role)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
		s.checkGrant(&fields, at, g, r, err == nil, tree, scope, find(present, g) != nil)
		duplicate := slices.ContainsFunc(wanted[:i], func(o Grant) bool { return o.Role == g.Role && o.Centre == g.Centre })
		fields.Check(!duplicate, at, "duplicate", "the same role at the same centre twice")
		if err == nil && (g.Until == nil || g.Until.After(s.cfg.Clock.Now())) {
			holdings = append(holdings, duty.Holding{Role: r.Code, RoleZH: r.ZH, RoleEN: r.EN, Permissions: r.Permissions})
		}
	}
	// What is taken away must be within reach too.
	for _, a := range present {
		gone := !slices.ContainsFunc(wanted, func(g Grant) bool { return g.Role == a.Role && g.Centre == a.Centre })
		fields.Check(!gone || scope.Covers(a.Centre), "body.grants", "beyond_scope", "takes a role at a centre beyond your area")
	}
	if err := fields.Err("identity.invalid_grants", "these roles cannot be given"); err != nil {
		return err
	}
	if err := s.checkDuty(ctx, tx, holdings); err != nil {
		return err
	}
	return s.keepSomebody(ctx, tx, acct, wanted)
}

func (s *Service) checkGrant(fields *fault.Fields, at string, g Grant, r Role, known bool, tree *organization.Tree, scope actor.Scope, kept bool) {
	centre, there := tree.Centre(centreID(g.Centre))
	inside := there && tree.Scope(centre.ID).Within(scope)
	switch {
	case !known || r.State != roleActive && !kept:
		fields.Add(at+".role_id", "unknown", "there is no such role")
	case !there || !inside && !kept:
		fields.Add(at+".centre_id", "unknown", "there is no such centre in your area")
	case kept:
	case centre.State != organization.Active:
		fields.Add(at+".centre_id", "closed", "the centre is closed")
	case !slices.Contains(r.Levels, centre.Level):
		fields.Add(at+".centre_id", "wrong_level", "the role is not given at a centre of this level")
	}
	fields.Check(g.Until == nil || g.Until.After(g.From), at+".valid_until", "before_start", "ends before it begins")
}

// checkDuty refuses what one person may not hold together, and explains it.
func (s *Service) checkDuty(ctx context.Context, tx pgx.Tx, holdings []duty.Holding) error {
	rules, err := s.rules(ctx, db.New(tx))
	if err != nil {
		return err
	}
	conflicts := duty.Check(rules, holdings)
	if len(conflicts) == 0 {
		return nil
	}
	f := fault.New(fault.Conflict, ErrDuty.Code, "%s", explain(conflicts[0])).WithRemedy("leave out one of the roles, or give it to another person")
	for _, c := range conflicts {
		f = f.WithFields(fault.Field{Location: "body.grants", Code: "duty_conflict", Message: explain(c)})
	}
	return f
}

// explain says in words why a combination is refused.
func explain(c duty.Conflict) string {
	names := func(list []duty.Source) string {
		texts := make([]string, len(list))
		for i, s := range list {
			texts[i] = s.RoleEN + " (" + s.RoleZH + ")"
		}
		return strings.Join(texts, ", ")
	}
	return fmt.Sprintf("%s comes with %s, %s comes with %s; %s (%s)",
		c.Rule.First, names(c.First), c.Rule.Second, names(c.Second), c.Rule.EN, c.Rule.ZH)
}

// neededSomewhere are permissions without whose national holders nobody could give rights any more.
var neededSomewhere = []actor.Permission{AccountRequest, AccountApprove}

// keepSomebody refuses to take the last national holder of what is needed to give rights. wanted is what the account
// will have; nil: nothing.
func (s *Service) keepSomebody(ctx context.Context, tx pgx.Tx, acct credential, wanted []Grant) error {
	q := db.New(tx)
	now := s.cfg.Clock.Now()
	rows, err := s.heldBy(ctx, q, acct.ID)
	if err != nil {
		return err
	}
	for _, p := range neededSomewhere {
		holds := slices.ContainsFunc(rows, func(h held) bool { return h.valid(now) && slices.Contains(h.Permissions, p) })
		if !holds {
			continue
		}
		keeps := false
		for _, g := range wanted {
			r, err := s.role(ctx, q, g.Role)
			if err != nil {
				return err
			}
			keeps = keeps || g.Until == nil && slices.Contains(r.Permissions, p)
		}
		others, err := q.ActiveHoldersOf(ctx, db.ActiveHoldersOfParams{Permission: string(p), Now: now, But: acct.ID})
		if err != nil {
			return fmt.Errorf("count other holders: %w", err)
		}
		if !keeps && others == 0 {
			return fault.New(fault.Conflict, "identity.last_holder", "%s is the last one in the nation who holds %s", acct.Number, p).
				WithRemedy("give the role to somebody else first")
		}
	}
	return nil
}

// holdingsOf gives what accounts hold now or will hold, by account.
func holdingsOf(ctx context.Context, q *db.Queries, now time.Time, accounts []uuid.UUID) (map[uuid.UUID][]duty.Holding, map[uuid.UUID]string, error) {
	rows, err := q.HoldingsOf(ctx, db.HoldingsOfParams{Accounts: accounts, Now: now})
	if err != nil {
		return nil, nil, fmt.Errorf("read what accounts hold: %w", err)
	}
	all, numbers := map[uuid.UUID][]duty.Holding{}, map[uuid.UUID]string{}
	for _, r := range rows {
		all[r.AccountID] = append(all[r.AccountID], duty.Holding{Role: r.Code, RoleZH: r.NameZh, RoleEN: r.NameEn, Permissions: permissionsOf(r.Permissions)})
		numbers[r.AccountID] = r.Number
	}
	return all, numbers, nil
}

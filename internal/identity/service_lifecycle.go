package identity

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/approval"
	"yingda/internal/audit"
	"yingda/internal/identity/internal/controldb"
	"yingda/internal/identity/internal/db"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/privacy"
)

// registerAccounts declares what can be asked about accounts.
func (s *ControlService) registerAccounts() {
	for act, words := range actWords {
		k := approval.Kind{
			Name: act.kind(), ZH: words[0], EN: words[1], Decide: AccountApprove, Single: true, Grave: true,
			Apply: s.applyAccount, Describe: s.describeAccount, Done: s.accountDecided,
		}
		if act == ActEmergency {
			k.Closed = s.emergencyClosed
		}
		s.approvals.Register(k)
	}
}

// AskAccount asks for an act on the account of a member of staff. What the asker may not give, what one person may not
// hold, and what does not fit the account's state is refused now; it is checked again when somebody else approves.
func (s *ControlService) AskAccount(ctx context.Context, ask AccountAsk) (approval.RequestID, error) {
	scope, err := actor.Allow(ctx, AccountRequest)
	if err != nil {
		return approval.RequestID{}, err
	}
	var id approval.RequestID
	err = postgres.InTx(ctx, s.pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		id, err = s.askAccount(ctx, tx, scope, ask)
		return err
	})
	return id, err
}

// target is the member of staff and the account, if any, that a request is about.
type target struct {
	staff   controldb.StaffForAccountRow
	acct    credential // zero: no account yet
	present []Assignment
}

func (t target) label() string { return t.staff.Number + " " + t.staff.Name }

// target reads and locks what a request is about, within the scope.
func (s *ControlService) target(ctx context.Context, tx pgx.Tx, scope actor.Scope, staff uuid.UUID) (target, error) {
	q := controldb.New(tx)
	row, err := q.StaffForAccount(ctx, staff)
	if postgres.IsNoRows(err) || err == nil && !scope.Covers(row.CentreID) {
		return target{}, fault.New(fault.NotFound, "identity.no_such_staff", "there is no such member of staff")
	}
	if err != nil {
		return target{}, fmt.Errorf("read member of staff: %w", err)
	}
	t := target{staff: row}
	found, err := q.AccountOfStaff(ctx, staff)
	if postgres.IsNoRows(err) {
		return t, nil
	}
	if err != nil {
		return target{}, fmt.Errorf("read account: %w", err)
	}
	if t.acct, err = s.identity.credential(ctx, tx, ident.From[accountKind](found.ID)); err != nil {
		return target{}, err
	}
	t.present, err = s.identity.assignmentsOf(ctx, db.New(tx), found.ID, false)
	return t, err
}

func (s *ControlService) askAccount(ctx context.Context, tx pgx.Tx, scope actor.Scope, ask AccountAsk) (approval.RequestID, error) {
	t, err := s.target(ctx, tx, scope, ask.Staff)
	if err != nil {
		return approval.RequestID{}, err
	}
	p, err := s.prepare(ctx, tx, t, ask)
	if err != nil {
		return approval.RequestID{}, err
	}
	return s.approvals.Ask(ctx, tx, approval.Ask{
		Kind: ask.Act.kind(), Object: approval.Object{ID: ask.Staff.String(), Label: t.label()}, Centre: t.staff.CentreID, About: ask.Staff,
		Reason: ask.Reason, Evidence: ask.Evidence, Payload: p,
	})
}

// prepare checks an ask as if it were applied now and gives its payload.
func (s *ControlService) prepare(ctx context.Context, tx pgx.Tx, t target, ask AccountAsk) (accountPayload, error) {
	p := accountPayload{Act: ask.Act, Staff: ask.Staff, Account: t.acct.ID, State: State(t.acct.State), Delivery: ask.Delivery}
	if err := checkAct(ask.Act, t.acct.known(), p.State); err != nil {
		return p, err
	}
	if a := actor.From(ctx); a.Staff == ask.Staff && a.Staff != uuid.Nil {
		return p, fault.New(fault.Denied, "identity.own_account", "nobody does this to their own account").WithRemedy("ask another administrator")
	}
	p.Before = payloads(t.present)
	if ask.Act != ActCreate && ask.Act != ActChange {
		return p, nil
	}
	if t.staff.State != string(organization.StaffActive) {
		return p, fault.New(fault.Conflict, "identity.staff_not_active", "%s does not work here now", t.staff.Number)
	}
	if ask.Act == ActCreate {
		if err := checkDelivery(&p, t.staff.Email); err != nil {
			return p, err
		}
	}
	if err := lockDuties(ctx, tx); err != nil {
		return p, err
	}
	wanted := fromNow(ask.Grants, t.present, s.clock.Now())
	if err := s.identity.checkGrants(ctx, tx, authority(AccountRequest), t.acct, t.present, wanted); err != nil {
		return p, err
	}
	var err error
	if p.Grants, err = s.named(ctx, tx, wanted); err != nil {
		return p, err
	}
	added, removed, period := p.difference()
	if ask.Act == ActChange && len(added)+len(removed)+len(period) == 0 {
		return p, fault.New(fault.Invalid, "identity.nothing_changes", "the account has just these roles").
			WithFields(fault.Field{Location: "body.grants", Code: "same", Message: "are as they are already"})
	}
	return p, nil
}

func checkDelivery(p *accountPayload, email string) error {
	if p.Delivery == "" {
		p.Delivery = ShowOnce
	}
	if p.Delivery != ShowOnce && p.Delivery != ByEmail {
		return fault.New(fault.Invalid, "identity.invalid_request", "the request is not complete").
			WithFields(fault.Field{Location: "body.delivery", Code: "unknown", Message: "is no way to deliver a password"})
	}
	if p.Delivery == ByEmail && email == "" {
		return fault.New(fault.Invalid, "identity.no_email", "this member of staff has no e-mail address").
			WithFields(fault.Field{Location: "body.delivery", Code: "no_email", Message: "needs an e-mail address of the member of staff"})
	}
	return nil
}

// fromNow fills in when grants begin: those that exist keep their beginning.
func fromNow(wanted []Grant, present []Assignment, now time.Time) []Grant {
	list := make([]Grant, len(wanted))
	copy(list, wanted)
	for i := range list {
		if list[i].From.IsZero() {
			list[i].From = now
			if old := find(present, list[i]); old != nil {
				list[i].From = old.ValidFrom
			}
		}
	}
	return list
}

func payloads(list []Assignment) []grantPayload {
	out := make([]grantPayload, len(list))
	for i, a := range list {
		out[i] = grantPayload{Role: a.Role.String(), Code: a.RoleCode, ZH: a.RoleZH, EN: a.RoleEN, Centre: a.Centre, Place: a.CentreName, From: a.ValidFrom, Until: a.ValidUntil}
	}
	return out
}

// named gives grants with the names of their roles and centres.
func (s *ControlService) named(ctx context.Context, tx pgx.Tx, wanted []Grant) ([]grantPayload, error) {
	tree, err := s.identity.cfg.Organization.Tree(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]grantPayload, len(wanted))
	for i, g := range wanted {
		r, err := s.identity.role(ctx, db.New(tx), g.Role)
		if err != nil {
			return nil, err
		}
		c, _ := tree.Centre(centreID(g.Centre))
		out[i] = grantPayload{Role: g.Role.String(), Code: r.Code, ZH: r.ZH, EN: r.EN, Centre: g.Centre, Place: c.Name, From: g.From, Until: g.Until}
	}
	return out, nil
}

// applyAccount does what was asked, by the right of the approver: every check runs again.
func (s *ControlService) applyAccount(ctx context.Context, tx pgx.Tx, r approval.Request) error {
	scope, err := actor.Allow(ctx, AccountApprove)
	if err != nil {
		return err
	}
	var p accountPayload
	if err := r.Decode(&p); err != nil {
		return err
	}
	t, err := s.target(ctx, tx, scope, p.Staff)
	if err != nil {
		return err
	}
	if t.acct.State == string(Left) {
		return approval.Obsolete(fault.New(fault.Conflict, "identity.account_left", "the owner of this account has left"))
	}
	if p.Act == ActEmergency {
		return s.confirmEmergency(ctx, tx, t, r)
	}
	if err := checkAct(p.Act, t.acct.known(), State(t.acct.State)); err != nil {
		return err
	}
	if p.changed(State(t.acct.State), t.present) {
		return fault.New(fault.Conflict, "identity.changed_meanwhile", "the account of %s was changed after this was asked for", t.staff.Number).
			WithRemedy("look at the account; refuse the request and let it be asked again")
	}
	id := ident.From[accountKind](t.acct.ID)
	switch p.Act {
	case ActCreate:
		return s.open(ctx, tx, p, r.Reason)
	case ActChange:
		return s.identity.setGrants(ctx, tx, authority(AccountApprove), t.acct, p.wanted(s.clock.Now()), r.Reason)
	case ActSuspend:
		return s.identity.setState(ctx, tx, id, Suspended, r.Reason)
	case ActResume:
		if t.staff.State != string(organization.StaffActive) {
			return fault.New(fault.Conflict, "identity.staff_not_active", "%s does not work here now", t.staff.Number)
		}
		return s.identity.setState(ctx, tx, id, Active, r.Reason)
	case ActLeave:
		return s.identity.setState(ctx, tx, id, Left, r.Reason)
	}
	return fmt.Errorf("apply request %s: unknown act %q", r.ID, p.Act)
}

// open makes the account and, where it goes by mail, its first password.
func (s *ControlService) open(ctx context.Context, tx pgx.Tx, p accountPayload, reason string) error {
	var staff organization.StaffID
	id, err := s.identity.createAccount(ctx, tx, authority(AccountApprove), NewAccount{Staff: typed(staff, p.Staff), Grants: p.wanted(s.clock.Now()), Reason: reason})
	if err != nil || p.Delivery != ByEmail {
		return err
	}
	acct, err := s.identity.credential(ctx, tx, id)
	if err != nil {
		return err
	}
	_, err = s.givePassword(ctx, tx, acct, ByEmail)
	return err
}

// accountDecided lets this process forget at once what the account could do; others hear it from the event.
func (s *ControlService) accountDecided(ctx context.Context, r approval.Request) {
	var p accountPayload
	if err := r.Decode(&p); err == nil {
		s.identity.forget(ctx, forgetting{Staff: []uuid.UUID{p.Staff}, Cut: p.Act == ActSuspend || p.Act == ActLeave})
	}
}

func (s *ControlService) describeAccount(_ context.Context, r approval.Request) ([]approval.Detail, error) {
	var p accountPayload
	if err := r.Decode(&p); err != nil {
		return nil, err
	}
	next := map[Act]State{ActCreate: Active, ActSuspend: Suspended, ActEmergency: Suspended, ActResume: Active, ActLeave: Left}
	list := []approval.Detail{{Field: "staff", ZH: "员工", EN: "Member of staff", New: r.Object.Label}}
	if to, ok := next[p.Act]; ok {
		list = append(list, approval.Detail{
			Field: "state", ZH: "账号状态", EN: "State of the account",
			Old: accountWords[p.State][0], OldEN: accountWords[p.State][1], New: accountWords[to][0], NewEN: accountWords[to][1],
		})
	}
	if p.Act == ActCreate {
		way := map[Delivery][2]string{ShowOnce: {"向申请人显示一次", "shown once to the person who asks"}, ByEmail: {"发送到员工邮箱", "sent by mail to the member of staff"}}[p.Delivery]
		list = append(list, approval.Detail{Field: "delivery", ZH: "初始密码", EN: "First password", New: way[0], NewEN: way[1]})
	}
	if p.Act != ActCreate && p.Act != ActChange {
		for _, b := range p.Before {
			list = append(list, approval.Detail{Field: "holds", ZH: "现有角色", EN: "Holds", Old: b.zh(), OldEN: b.en(), New: b.zh(), NewEN: b.en()})
		}
		return list, nil
	}
	added, removed, period := p.difference()
	for _, g := range added {
		list = append(list, approval.Detail{Field: "role_added", ZH: "增加角色", EN: "Role given", New: g.zh(), NewEN: g.en()})
	}
	for _, g := range removed {
		list = append(list, approval.Detail{Field: "role_removed", ZH: "取消角色", EN: "Role taken away", Old: g.zh(), OldEN: g.en()})
	}
	for _, pair := range period {
		list = append(list, approval.Detail{Field: "role_period", ZH: "有效期", EN: "Validity", Old: pair[0].zh(), OldEN: pair[0].en(), New: pair[1].zh(), NewEN: pair[1].en()})
	}
	return list, nil
}

// SuspendNow suspends an account at once, on the word of a manager alone, and asks for the confirmation afterwards. When
// that is refused the account works again; when nobody decides it stays suspended.
func (s *ControlService) SuspendNow(ctx context.Context, id AccountID, reason string) (approval.RequestID, error) {
	scope, err := actor.Allow(ctx, AccountEmergency)
	if err != nil {
		return approval.RequestID{}, err
	}
	var f fault.Fields
	reason = freeText(&f, "body.reason", reason, true, 500)
	if err := f.Err("identity.invalid_request", "the reason is missing"); err != nil {
		return approval.RequestID{}, err
	}
	var request approval.RequestID
	err = postgres.InTx(ctx, s.pool, func(ctx context.Context, tx pgx.Tx) error {
		acct, err := s.identity.credential(ctx, tx, id)
		if err != nil {
			return err
		}
		if !scope.Covers(acct.CentreID) {
			return ErrNoAccount
		}
		t, err := s.target(ctx, tx, scope, acct.StaffID)
		if err != nil {
			return err
		}
		p, err := s.prepare(ctx, tx, t, AccountAsk{Act: ActEmergency, Staff: acct.StaffID})
		if err != nil {
			return err
		}
		if err := s.identity.setState(ctx, tx, id, Suspended, reason); err != nil {
			return err
		}
		request, err = s.approvals.Ask(ctx, tx, approval.Ask{
			Kind: ActEmergency.kind(), Object: approval.Object{ID: acct.StaffID.String(), Label: t.label()}, Centre: acct.CentreID,
			About: acct.StaffID, Reason: reason, Payload: p,
		})
		return err
	})
	if err == nil {
		s.identity.forget(ctx, forgetting{Accounts: []uuid.UUID{id.UUID()}, Cut: true})
	}
	return request, err
}

// confirmEmergency is the approval after the fact: the suspension stands.
func (s *ControlService) confirmEmergency(ctx context.Context, tx pgx.Tx, t target, r approval.Request) error {
	if !t.acct.known() {
		return approval.Obsolete(ErrNoAccount)
	}
	return s.identity.record(ctx, tx, aboutAccount(t.acct.account(), "account.confirm_emergency", r.Reason, audit.Change{Field: "confirmed", New: t.acct.State}))
}

// emergencyClosed lets the account work again when the confirmation was refused. An account that was changed meanwhile,
// or whose owner is away, stays as it is.
func (s *ControlService) emergencyClosed(ctx context.Context, tx pgx.Tx, r approval.Request) error {
	var p accountPayload
	if err := r.Decode(&p); err != nil || r.State != approval.Refused {
		return err
	}
	acct, err := s.identity.credential(ctx, tx, ident.From[accountKind](p.Account))
	if err != nil {
		return err
	}
	if acct.State != string(Suspended) || acct.StateReason != r.Reason || acct.StaffState != string(organization.StaffActive) {
		return nil
	}
	return s.identity.setState(ctx, tx, ident.From[accountKind](p.Account), Active, r.Comment)
}

// IssueFirstPassword makes the temporary password of an account that never had one. Shown once it is returned; by mail
// it goes to the member of staff, and nothing is returned. It must be changed at the first sign-in.
func (s *ControlService) IssueFirstPassword(ctx context.Context, id AccountID, d Delivery) (temporary string, err error) {
	scope, err := actor.Allow(ctx, AccountRequest)
	if err != nil {
		return "", err
	}
	if err := notOwn(ctx, id); err != nil {
		return "", err
	}
	err = postgres.InTx(ctx, s.pool, func(ctx context.Context, tx pgx.Tx) error {
		acct, err := s.identity.credential(ctx, tx, id)
		if err != nil {
			return err
		}
		if !scope.Covers(acct.CentreID) {
			return ErrNoAccount
		}
		if acct.PasswordHash != "" || acct.State != string(Active) {
			return fault.New(fault.Conflict, "identity.has_password", "this account has a password already, or is not active").
				WithRemedy("an administrator can reset it")
		}
		temporary, err = s.givePassword(ctx, tx, acct, d)
		return err
	})
	if d == ByEmail {
		temporary = ""
	}
	return temporary, err
}

// givePassword writes a temporary password and, by mail, sends it in the same transaction.
func (s *ControlService) givePassword(ctx context.Context, tx pgx.Tx, acct credential, d Delivery) (string, error) {
	temporary := temporaryPassword()
	hash, err := s.identity.hasher.make(ctx, temporary)
	if err != nil {
		return "", err
	}
	if err := s.identity.setPassword(ctx, tx, acct, hash, true); err != nil {
		return "", err
	}
	if d == ByEmail {
		if err := s.mailPassword(ctx, tx, acct, temporary); err != nil {
			return "", err
		}
	}
	return temporary, s.identity.record(ctx, tx, aboutAccount(acct.account(), "password.first", "", audit.Change{Field: "delivery", New: d}))
}

func (s *ControlService) mailPassword(ctx context.Context, tx pgx.Tx, acct credential, temporary string) error {
	staff, err := controldb.New(tx).StaffForAccount(ctx, acct.StaffID)
	if err != nil {
		return fmt.Errorf("read member of staff: %w", err)
	}
	if staff.Email == "" || s.identity.cfg.Notify == nil {
		return fault.New(fault.Conflict, "identity.no_email", "this member of staff has no e-mail address").WithRemedy("let the password be shown instead")
	}
	text := strings.Join([]string{
		"您的工号 " + acct.Number + " 已开通应答系统账号。", "临时密码：" + temporary, "首次登录后须立即修改。请勿转发此邮件。", "",
		"An account was opened for your staff number " + acct.Number + ".", "Temporary password: " + temporary,
		"You must change it when you sign in for the first time. Do not pass this mail on.",
	}, "\n")
	_, err = s.identity.cfg.Notify.Send(ctx, tx, notify.Message{
		Channel: notify.Email, Recipient: privacy.Recipient(staff.Email), Subject: "应答系统账号已开通 / Your account", Body: text, Purpose: "identity.first_password",
	})
	return err
}

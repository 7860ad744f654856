package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/identity/duty"
	"yingda/internal/identity/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

// builtInRules are the pairs that no installation may allow (requirements P-3, P-6).
func builtInRules() []duty.Rule {
	pair := func(id string, a, b actor.Permission, zh, en string) duty.Rule {
		return duty.Rule{ID: id, First: a, Second: b, ZH: zh, EN: en, BuiltIn: true}.Normal()
	}
	return []duty.Rule{
		pair("account_four_eyes", AccountRequest, AccountApprove, "账号须由一人申请、另一人审批", "accounts are requested by one person and approved by another"),
		pair("role_and_approval", RoleEditing, AccountApprove, "定义权限的人不得审批谁得到权限", "whoever defines rights may not approve who gets them"),
		pair("reset_and_approval", CredentialHelp, AccountApprove, "能重置他人密码的人不得审批账号", "whoever can reset passwords may not approve accounts"),
		pair("audit_and_approval", audit.EntryExport, AccountApprove, "导出审计记录的人不得审批账号", "whoever takes the audit away may not approve accounts"),
		pair("audit_and_roles", audit.EntryExport, RoleEditing, "导出审计记录的人不得定义权限", "whoever takes the audit away may not define rights"),
	}
}

// DutyRule is a rule with its version, as the page edits it. Built-in ones have version 0.
type DutyRule struct {
	duty.Rule
	Version   int
	UpdatedAt *time.Time
	UpdatedBy string
}

// DutyEdit is what an administrator says of a rule.
type DutyEdit struct {
	First, Second actor.Permission
	ZH, EN        string
}

// rules gives the built-in rules and those of administrators.
func (s *Service) rules(ctx context.Context, q *db.Queries) ([]duty.Rule, error) {
	rows, err := q.DutyRules(ctx)
	if err != nil {
		return nil, fmt.Errorf("read duty rules: %w", err)
	}
	list := builtInRules()
	for _, r := range rows {
		list = append(list, ruleOf(r))
	}
	return list, nil
}

func ruleOf(r db.IdentityDutyRule) duty.Rule {
	return duty.Rule{ID: r.ID.String(), First: actor.Permission(r.First), Second: actor.Permission(r.Second), ZH: r.ReasonZh, EN: r.ReasonEn}
}

// DutyRules lists all rules, built-in ones first.
func (s *Service) DutyRules(ctx context.Context) ([]DutyRule, error) {
	if _, err := actor.Allow(ctx, RoleRead); err != nil {
		return nil, err
	}
	rows, err := db.New(s.cfg.Pool).DutyRules(ctx)
	if err != nil {
		return nil, fmt.Errorf("read duty rules: %w", err)
	}
	var list []DutyRule
	for _, r := range builtInRules() {
		list = append(list, DutyRule{Rule: r})
	}
	for _, r := range rows {
		list = append(list, DutyRule{Rule: ruleOf(r), Version: int(r.Version), UpdatedAt: &r.UpdatedAt, UpdatedBy: r.UpdatedBy})
	}
	return list, nil
}

// CreateDutyRule adds a rule. It is refused while somebody holds both permissions: the message says who.
func (s *Service) CreateDutyRule(ctx context.Context, tx pgx.Tx, e DutyEdit) (RuleID, error) {
	if err := allowNationwide(ctx, DutyEditing); err != nil {
		return RuleID{}, err
	}
	r, err := s.checkRule(e)
	if err != nil {
		return RuleID{}, err
	}
	id := ident.New[ruleKind]()
	return id, s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.nobodyBreaks(ctx, tx, r); err != nil {
			return err
		}
		err := db.New(tx).InsertDutyRule(ctx, db.InsertDutyRuleParams{
			ID: id.UUID(), First: string(r.First), Second: string(r.Second), ReasonZh: r.ZH, ReasonEn: r.EN, Now: s.cfg.Clock.Now(), UpdatedBy: who(ctx),
		})
		if err != nil {
			return ruleFault(err)
		}
		return s.record(ctx, tx, aboutRule(id, r, "duty_rule.create"))
	})
}

// UpdateDutyRule changes a rule of administrators that was read at a version.
func (s *Service) UpdateDutyRule(ctx context.Context, id RuleID, version int, e DutyEdit) error {
	if err := allowNationwide(ctx, DutyEditing); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error { return s.updateDutyRule(ctx, tx, id, version, e) })
}

func (s *Service) updateDutyRule(ctx context.Context, tx pgx.Tx, id RuleID, version int, e DutyEdit) error {
	r, err := s.checkRule(e)
	if err != nil {
		return err
	}
	old, err := s.lockRule(ctx, tx, id, version)
	if err != nil {
		return err
	}
	if err := s.nobodyBreaks(ctx, tx, r); err != nil {
		return err
	}
	err = db.New(tx).UpdateDutyRule(ctx, db.UpdateDutyRuleParams{
		ID: id.UUID(), First: string(r.First), Second: string(r.Second), ReasonZh: r.ZH, ReasonEn: r.EN, Now: s.cfg.Clock.Now(), UpdatedBy: who(ctx),
	})
	if err != nil {
		return ruleFault(err)
	}
	return s.record(ctx, tx, aboutRule(id, r, "duty_rule.update",
		audit.Change{Field: "pair", Old: old.First + " / " + old.Second, New: r.First + " / " + r.Second},
		audit.Change{Field: "reason_zh", Old: old.ReasonZh, New: r.ZH}, audit.Change{Field: "reason_en", Old: old.ReasonEn, New: r.EN}))
}

// DeleteDutyRule removes a rule of administrators.
func (s *Service) DeleteDutyRule(ctx context.Context, id RuleID, version int) error {
	if err := allowNationwide(ctx, DutyEditing); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		old, err := s.lockRule(ctx, tx, id, version)
		if err != nil {
			return err
		}
		if err := db.New(tx).DeleteDutyRule(ctx, id.UUID()); err != nil {
			return fmt.Errorf("remove duty rule: %w", err)
		}
		return s.record(ctx, tx, aboutRule(id, ruleOf(old), "duty_rule.delete"))
	})
}

func (s *Service) lockRule(ctx context.Context, tx pgx.Tx, id RuleID, version int) (db.IdentityDutyRule, error) {
	if err := lockDuties(ctx, tx); err != nil {
		return db.IdentityDutyRule{}, err
	}
	old, err := db.New(tx).LockDutyRule(ctx, id.UUID())
	switch {
	case postgres.IsNoRows(err):
		return old, ErrNoRule
	case err != nil:
		return old, fmt.Errorf("lock duty rule: %w", err)
	case int(old.Version) != version:
		return old, changedBy("the rule", old.UpdatedBy, old.UpdatedAt)
	}
	return old, nil
}

// checkRule puts an edit into its form.
func (s *Service) checkRule(e DutyEdit) (duty.Rule, error) {
	e.ZH, e.EN = strings.TrimSpace(e.ZH), strings.TrimSpace(e.EN)
	var fields fault.Fields
	known := func(p actor.Permission) bool {
		return slices.ContainsFunc(s.cfg.Catalogue, func(d actor.Definition) bool { return d.Permission == p })
	}
	fields.Check(known(e.First), "body.first", "unknown", "there is no such permission")
	fields.Check(known(e.Second), "body.second", "unknown", "there is no such permission")
	fields.Check(e.First != e.Second, "body.second", "same", "must be another permission")
	checkText(&fields, "body.reason_zh", e.ZH, 1, 300)
	checkText(&fields, "body.reason_en", e.EN, 1, 300)
	r := duty.Rule{First: e.First, Second: e.Second, ZH: e.ZH, EN: e.EN}.Normal()
	for _, b := range builtInRules() {
		fields.Check(b.First != r.First || b.Second != r.Second, "body.second", "exists", "the program has this rule already")
	}
	return r, fields.Err("identity.invalid_rule", "the rule cannot be saved")
}

// nobodyBreaks refuses a rule that somebody breaks already.
func (s *Service) nobodyBreaks(ctx context.Context, tx pgx.Tx, r duty.Rule) error {
	if err := lockDuties(ctx, tx); err != nil {
		return err
	}
	q, now := db.New(tx), s.cfg.Clock.Now()
	accounts, err := q.AccountsHoldingBoth(ctx, db.AccountsHoldingBothParams{First: string(r.First), Second: string(r.Second), Now: now})
	if err != nil {
		return fmt.Errorf("find who holds both: %w", err)
	}
	all, numbers, err := holdingsOf(ctx, q, now, accounts)
	if err != nil {
		return err
	}
	f := fault.New(fault.Conflict, "identity.rule_broken", "people hold both permissions already").WithRemedy("take one of the roles from them first")
	for account, list := range all {
		for _, c := range duty.Check([]duty.Rule{r}, list) {
			if len(f.Fields) < 20 {
				f = f.WithFields(fault.Field{Location: "body.second", Code: "held_by", Message: numbers[account] + ": " + explain(c)})
			}
		}
	}
	if len(f.Fields) > 0 {
		return f
	}
	return nil
}

func ruleFault(err error) error {
	if postgres.ConstraintName(err) == "duty_rule_pair_key" {
		return fault.New(fault.Conflict, "identity.rule_exists", "there is a rule for this pair").
			WithFields(fault.Field{Location: "body.second", Code: "exists", Message: "there is a rule for this pair"})
	}
	return fmt.Errorf("write duty rule: %w", err)
}

func aboutRule(id RuleID, r duty.Rule, act string, changes ...audit.Change) change {
	return change{topic: TopicRule, id: id.String(), entry: audit.Entry{
		Action: "identity." + act, Object: audit.Object{Kind: "identity.duty_rule", ID: id.String(), Label: string(r.First) + " / " + string(r.Second)}, Changes: changes,
	}}
}

package identity

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/identity/internal/db"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
)

// AccountItem is one account of the list.
type AccountItem struct {
	ID           AccountID  `json:"id"`
	Staff        uuid.UUID  `json:"staff_id"`
	Number       string     `json:"number"`
	Name         string     `json:"name"`
	Centre       uuid.UUID  `json:"centre_id"`
	CentreName   string     `json:"centre_name"`
	State        State      `json:"state" enum:"active,suspended,left"`
	StateReason  string     `json:"state_reason"`
	HasPassword  bool       `json:"has_password"`
	MustChange   bool       `json:"must_change_password"`
	TOTP         bool       `json:"totp"`
	RolesZH      []string   `json:"roles_zh"`
	RolesEN      []string   `json:"roles_en"`
	LastSignInAt *time.Time `json:"last_sign_in_at"`
	Version      int        `json:"version"`
	CreatedAt    time.Time  `json:"created_at"`
}

// AccountFilter cuts the list of accounts.
type AccountFilter struct {
	Words  string    // beginning of the number, or part of the name
	State  State     // "": every
	Centre uuid.UUID // with all below; nil: every
	Role   RoleID    // zero: every
	After  string    // number of the last one on the page before
	Limit  int32
}

// Accounts lists accounts within the scope of [AccountRead], by number.
func (s *Service) Accounts(ctx context.Context, f AccountFilter) ([]AccountItem, error) {
	scope, err := actor.Allow(ctx, AccountRead)
	if err != nil {
		return nil, err
	}
	p := db.AccountsParams{
		National: scope.IsNational(), Centres: scope.Centres(), EveryPlace: f.Centre == uuid.Nil, Places: []uuid.UUID{},
		State: string(f.State), Words: strings.TrimSpace(f.Words), ByRole: !f.Role.IsZero(), Role: f.Role.UUID(),
		AfterNumber: f.After, RowLimit: f.Limit, Now: s.cfg.Clock.Now(),
	}
	if !p.EveryPlace {
		tree, err := s.cfg.Organization.Tree(ctx)
		if err != nil {
			return nil, err
		}
		for _, id := range tree.Below(centreID(f.Centre)) {
			p.Places = append(p.Places, id.UUID())
		}
	}
	rows, err := db.New(s.cfg.Pool).Accounts(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	list := make([]AccountItem, len(rows))
	for i, r := range rows {
		list[i] = AccountItem{
			ID: ident.From[accountKind](r.ID), Staff: r.StaffID, Number: r.Number, Name: r.Name, Centre: r.CentreID, CentreName: r.CentreName,
			State: State(r.State), StateReason: r.StateReason, HasPassword: r.HasPassword, MustChange: r.MustChangePassword, TOTP: r.Totp,
			RolesZH: r.RolesZh, RolesEN: r.RolesEn, LastSignInAt: r.LastSignInAt, Version: int(r.Version), CreatedAt: r.CreatedAt,
		}
	}
	return list, nil
}

// demoAccounts shows one account per ready role of the demonstration.
func (s *Service) demoAccounts(ctx context.Context) ([]demoAccount, error) {
	rows, err := db.New(s.cfg.Pool).DemoAccounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("list accounts of the demonstration: %w", err)
	}
	byCode := map[string]demoAccount{}
	for _, r := range rows {
		byCode[r.Code] = demoAccount{Number: r.Number, Name: r.Name, RoleZH: r.NameZh, RoleEN: r.NameEn}
	}
	var list []demoAccount
	for _, r := range actor.ReadyRoles() { // in the order people read them
		if d, ok := byCode[string(r.Role)]; ok {
			list = append(list, d)
		}
	}
	return list, nil
}

var accountTable = sheet.Table{Key: "accounts", ZH: "账号", EN: "Accounts", Columns: []sheet.Column{
	{Key: "number", ZH: "工号", EN: "Staff number", Width: 14}, {Key: "name", ZH: "姓名", EN: "Name", Width: 14},
	{Key: "centre", ZH: "中心", EN: "Centre", Width: 24}, {Key: "state", ZH: "状态", EN: "State", Width: 12},
	{Key: "roles", ZH: "角色", EN: "Roles", Width: 40}, {Key: "totp", ZH: "动态口令", EN: "Second factor", Width: 10},
	{Key: "last_sign_in_at", ZH: "最近登录", EN: "Last sign-in", Width: 20},
}}

var accountStateWords = map[State][2]string{Active: {"正常", "active"}, Suspended: {"停用", "suspended"}, Left: {"离职", "left"}}

// ExportAccounts writes the list as an Excel file; the audit keeps who took it.
func (s *Service) ExportAccounts(ctx context.Context, w io.Writer, lang string, f AccountFilter) error {
	if _, err := actor.Allow(ctx, AccountRead); err != nil {
		return err
	}
	if err := s.exported(ctx, "account"); err != nil {
		return err
	}
	return accountTable.Write(w, lang, s.accountRows(ctx, lang, f))
}

// exported writes that a list left as a file.
func (s *Service) exported(ctx context.Context, what string) error {
	return s.exportedOf(ctx, "identity."+what+".export", audit.Object{Kind: "identity." + what})
}

// exportedOf writes that what belongs to one thing left as a file.
func (s *Service) exportedOf(ctx context.Context, action string, object audit.Object) error {
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		return audit.Write(ctx, tx, s.cfg.Clock.Now(), audit.Entry{Action: action, Object: object})
	})
}

func (s *Service) accountRows(ctx context.Context, lang string, f AccountFilter) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		word, f := 0, f
		if lang == sheet.English {
			word = 1
		}
		f.Limit = 1000
		for {
			list, err := s.Accounts(ctx, f)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, a := range list {
				roles, last := a.RolesZH, ""
				if word == 1 {
					roles = a.RolesEN
				}
				if a.LastSignInAt != nil {
					last = a.LastSignInAt.In(shanghai).Format("2006-01-02 15:04")
				}
				totp := map[bool][2]string{true: {"有", "yes"}, false: {"无", "no"}}[a.TOTP][word]
				if !yield([]any{a.Number, a.Name, a.CentreName, accountStateWords[a.State][word], strings.Join(roles, "、"), totp, last}, nil) {
					return
				}
				f.After = a.Number
			}
			if len(list) < int(f.Limit) {
				return
			}
		}
	}
}

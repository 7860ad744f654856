package identity

import (
	"context"
	"io"
	"iter"
	"strings"
	"time"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
)

// fileTimeout is for lists of tens of thousands of rows.
const fileTimeout = 2 * time.Minute

// exportPage is how many rows an export reads at once.
const exportPage = 1000

// ExportQuery is what every export takes.
type ExportQuery struct {
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN" doc:"Language of the file"`
}

// file answers with a table.
func (s *Service) file(t sheet.Table, lang string, write func(w io.Writer) error) *httpapi.File {
	return &httpapi.File{Name: t.FileName(lang, s.cfg.Clock.Now()), Type: httpapi.TypeXLSX, Write: write}
}

// pages makes the rows of a table from a list that is read page by page, until one is not full.
func pages[T any](read func() ([]T, error), row func(T) []any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for {
			list, err := read()
			if err != nil {
				yield(nil, err)
				return
			}
			for _, item := range list {
				if !yield(row(item), nil) {
					return
				}
			}
			if len(list) < exportPage {
				return
			}
		}
	}
}

var holderTable = sheet.Table{Key: "role_holders", ZH: "角色持有人", EN: "Role holders", Columns: []sheet.Column{
	{Key: "number", ZH: "工号", EN: "Staff number", Width: 14}, {Key: "name", ZH: "姓名", EN: "Name", Width: 14},
	{Key: "state", ZH: "账号状态", EN: "State of the account", Width: 12}, {Key: "centre", ZH: "授权中心", EN: "Given at", Width: 24},
	{Key: "valid_from", ZH: "生效时间", EN: "Valid from", Width: 20}, {Key: "valid_until", ZH: "有效期至", EN: "Valid until", Width: 20},
}}

// ExportHolders writes what [Service.Holders] gives as a workbook; the audit keeps who took it. Errors: [ErrNoRole].
func (s *Service) ExportHolders(ctx context.Context, w io.Writer, lang string, id RoleID) error {
	if _, err := actor.Allow(ctx, RoleRead); err != nil {
		return err
	}
	r, err := s.Role(ctx, id)
	if err != nil {
		return err
	}
	if err := s.exportedOf(ctx, "identity.role_holder.export", audit.Object{Kind: "identity.role", ID: id.String(), Label: r.Code + " " + r.ZH}); err != nil {
		return err
	}
	var after AssignmentID
	word := wordIn(lang)
	return holderTable.Write(w, lang, pages(
		func() ([]Holder, error) {
			list, err := s.Holders(ctx, id, after, exportPage)
			if len(list) > 0 {
				after = list[len(list)-1].Assignment
			}
			return list, err
		},
		func(h Holder) []any {
			return []any{h.Number, h.Name, accountStateWords[h.State][word], h.CentreName, h.ValidFrom, h.ValidUntil}
		}))
}

var tokenTable = sheet.Table{Key: "tokens", ZH: "接口令牌", EN: "API tokens", Columns: []sheet.Column{
	{Key: "owner_number", ZH: "所有人工号", EN: "Owner (number)", Width: 14}, {Key: "owner_name", ZH: "所有人", EN: "Owner", Width: 14},
	{Key: "name", ZH: "名称", EN: "Name", Width: 24}, {Key: "hint", ZH: "开头", EN: "Begins with", Width: 14},
	{Key: "permissions", ZH: "权限", EN: "Permissions", Width: 50}, {Key: "networks", ZH: "允许的网络", EN: "Networks", Width: 30},
	{Key: "state", ZH: "状态", EN: "State", Width: 12}, {Key: "created_at", ZH: "建立时间", EN: "Made at", Width: 20},
	{Key: "expires_at", ZH: "有效期至", EN: "Valid until", Width: 20}, {Key: "last_used_at", ZH: "最近使用", EN: "Last used", Width: 20},
	{Key: "last_used_address", ZH: "使用地址", EN: "Used from", Width: 18}, {Key: "revoked_at", ZH: "撤销时间", EN: "Revoked at", Width: 20},
	{Key: "revoked_by", ZH: "撤销人", EN: "Revoked by", Width: 18},
}}

// ExportTokens writes what [Service.Tokens] gives as a workbook; the audit keeps who took it. No secret is in it.
func (s *Service) ExportTokens(ctx context.Context, w io.Writer, lang string) error {
	if _, err := actor.Allow(ctx, TokenManage); err != nil {
		return err
	}
	if err := s.exported(ctx, "api_token"); err != nil {
		return err
	}
	var before TokenID
	word, now := wordIn(lang), s.cfg.Clock.Now()
	return tokenTable.Write(w, lang, pages(
		func() ([]Token, error) {
			list, err := s.Tokens(ctx, before, exportPage)
			if len(list) > 0 {
				before = list[len(list)-1].ID
			}
			return list, err
		},
		func(t Token) []any {
			return []any{
				t.OwnerNumber, t.OwnerName, t.Name, t.Hint, strings.Join(textsOf(t.Permissions), "\n"), t.Networks, t.state(now)[word],
				t.CreatedAt, t.ExpiresAt, t.LastUsedAt, t.LastUsedAddress, t.RevokedAt, t.RevokedBy,
			}
		}))
}

// state is whether a token works, in the two languages.
func (t Token) state(now time.Time) [2]string {
	switch {
	case t.RevokedAt != nil:
		return [2]string{"已撤销", "revoked"}
	case !t.ExpiresAt.After(now):
		return [2]string{"已过期", "expired"}
	}
	return [2]string{"有效", "valid"}
}

var unusedTable = sheet.Table{Key: "unused_accounts", ZH: "长期未用账号", EN: "Unused accounts", Columns: []sheet.Column{
	{Key: "number", ZH: "工号", EN: "Staff number", Width: 14}, {Key: "name", ZH: "姓名", EN: "Name", Width: 14},
	{Key: "centre", ZH: "中心", EN: "Centre", Width: 24}, {Key: "last_sign_in_at", ZH: "最近登录", EN: "Last sign-in", Width: 20},
	{Key: "created_at", ZH: "开通时间", EN: "Opened at", Width: 20},
}}

// ExportUnused writes what [ControlService.UnusedAccounts] gives as a workbook; the audit keeps who took it.
func (s *ControlService) ExportUnused(ctx context.Context, w io.Writer, lang string, days int) error {
	if _, err := actor.Allow(ctx, AccountRead); err != nil {
		return err
	}
	if err := s.exported(ctx, "identity.account.export", audit.Object{Kind: "identity.account", Label: unusedTable.ZH}); err != nil {
		return err
	}
	after := ""
	return unusedTable.Write(w, lang, pages(
		func() ([]UnusedAccount, error) {
			list, err := s.UnusedAccounts(ctx, days, after, exportPage)
			if len(list) > 0 {
				after = list[len(list)-1].Number
			}
			return list, err
		},
		func(u UnusedAccount) []any { return []any{u.Number, u.Name, u.CentreName, u.LastSignInAt, u.CreatedAt} }))
}

var campaignsTable = sheet.Table{Key: "reviews", ZH: "权限复核", EN: "Access reviews", Columns: []sheet.Column{
	{Key: "name", ZH: "名称", EN: "Name", Width: 28}, {Key: "centre", ZH: "中心", EN: "Centre", Width: 24},
	{Key: "roles", ZH: "角色", EN: "Roles", Width: 30}, {Key: "state", ZH: "状态", EN: "State", Width: 10},
	{Key: "due_at", ZH: "截止时间", EN: "Due at", Width: 20}, {Key: "sheets", ZH: "复核表", EN: "Sheets", Width: 10},
	{Key: "signed", ZH: "已签署", EN: "Signed", Width: 10}, {Key: "items", ZH: "项目", EN: "Items", Width: 10},
	{Key: "decided", ZH: "已决定", EN: "Decided", Width: 10}, {Key: "revoked", ZH: "取消", EN: "Revoked", Width: 10},
	{Key: "opened_by", ZH: "发起人", EN: "Opened by", Width: 18}, {Key: "created_at", ZH: "发起时间", EN: "Opened at", Width: 20},
	{Key: "closed_by", ZH: "关闭人", EN: "Closed by", Width: 18}, {Key: "closed_at", ZH: "关闭时间", EN: "Closed at", Width: 20},
	{Key: "close_reason", ZH: "关闭原因", EN: "Why closed", Width: 40},
}}

var campaignStates = map[bool][2]string{false: {"进行中", "open"}, true: {"已关闭", "closed"}}

// ExportCampaigns writes what [ControlService.Campaigns] gives as a workbook; the audit keeps who took it.
func (s *ControlService) ExportCampaigns(ctx context.Context, w io.Writer, lang string, f CampaignFilter) error {
	if _, err := actor.Allow(ctx, ReviewRead); err != nil {
		return err
	}
	if err := s.exported(ctx, "identity.review.export", audit.Object{Kind: "identity.review", Label: f.State}); err != nil {
		return err
	}
	f.After, f.Limit = nil, exportPage
	word := wordIn(lang)
	return campaignsTable.Write(w, lang, pages(
		func() ([]Campaign, error) {
			list, err := s.Campaigns(ctx, f)
			if len(list) > 0 {
				last := list[len(list)-1]
				f.After = &CampaignPosition{CreatedAt: last.CreatedAt, ID: last.ID}
			}
			return list, err
		},
		func(c Campaign) []any {
			return []any{
				c.Name, c.CentreName, c.Roles, campaignStates[c.Closed][word], c.DueAt, c.Sheets, c.Signed, c.Items, c.Decided, c.Revoked,
				c.OpenedBy, c.CreatedAt, c.ClosedBy, c.ClosedAt, c.CloseReason,
			}
		}))
}

var regulationTable = sheet.Table{Key: "policies", ZH: "规章制度", EN: "Policies", Columns: []sheet.Column{
	{Key: "code", ZH: "编号", EN: "Code", Width: 16}, {Key: "title_zh", ZH: "标题", EN: "Chinese title", Width: 36}, {Key: "title_en", ZH: "英文标题", EN: "English title", Width: 36},
	{Key: "current", ZH: "执行版本", EN: "Version in force", Width: 10}, {Key: "newest", ZH: "最新版本", EN: "Newest version", Width: 10},
	{Key: "newest_state", ZH: "最新版本状态", EN: "State of the newest", Width: 16}, {Key: "withdrawn", ZH: "已废止", EN: "Withdrawn", Width: 10},
	{Key: "published_at", ZH: "最新版本发布时间", EN: "Newest published at", Width: 20}, {Key: "acknowledged", ZH: "执行版本确认人数", EN: "Acknowledged the one in force", Width: 14},
	{Key: "updated_by", ZH: "更新人", EN: "Changed by", Width: 18}, {Key: "updated_at", ZH: "更新时间", EN: "Changed at", Width: 20},
}}

var regulationStates = map[RegulationState][2]string{
	Draft: {"草稿", "draft"}, Requested: {"待审批", "to be approved"}, Published: {"执行中", "in force"}, Replaced: {"已被替换", "replaced"},
}

// ExportRegulations writes what [ControlService.Regulations] gives as a workbook; the audit keeps who took it. Texts
// stand on the page: they are read and approved there.
func (s *ControlService) ExportRegulations(ctx context.Context, w io.Writer, lang string) error {
	if _, err := actor.Allow(ctx, RegulationRead); err != nil {
		return err
	}
	list, err := s.Regulations(ctx)
	if err != nil {
		return err
	}
	if err := s.exported(ctx, "identity.policy.export", audit.Object{Kind: "identity.policy"}); err != nil {
		return err
	}
	word := wordIn(lang)
	lines := make([][]any, len(list))
	for i, r := range list {
		var current any // none yet
		if r.Current > 0 {
			current = r.Current
		}
		lines[i] = []any{
			r.Code, r.TitleZH, r.TitleEN, current, r.Newest, regulationStates[r.NewestState][word], r.Withdrawn, r.PublishedAt, r.Acknowledged, r.UpdatedBy, r.UpdatedAt,
		}
	}
	return regulationTable.Write(w, lang, sheet.Rows(lines...))
}

package identity

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/identity/internal/controldb"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
)

// campaignTable is the evidence of a review.
var campaignTable = sheet.Table{
	Key: "review", ZH: "权限复核", EN: "Access review",
	Columns: []sheet.Column{
		{Key: "sheet", ZH: "复核表", EN: "Sheet", Width: 28},
		{Key: "reviewer", ZH: "复核人", EN: "Reviewer", Width: 18},
		{Key: "signed_at", ZH: "签署时间", EN: "Signed at", Width: 20},
		{Key: "number", ZH: "工号", EN: "Staff number", Width: 12},
		{Key: "name", ZH: "姓名", EN: "Name", Width: 14},
		{Key: "role", ZH: "角色", EN: "Role", Width: 22},
		{Key: "grave", ZH: "重要权限", EN: "Grave", Width: 10},
		{Key: "centre", ZH: "授权中心", EN: "Given at", Width: 24},
		{Key: "valid_until", ZH: "有效期至", EN: "Valid until", Width: 20},
		{Key: "granted_at", ZH: "授权时间", EN: "Given on", Width: 20},
		{Key: "last_sign_in_at", ZH: "最近登录", EN: "Last sign-in", Width: 20},
		{Key: "verdict", ZH: "结论", EN: "Verdict", Width: 10},
		{Key: "reason", ZH: "理由", EN: "Reason", Width: 40},
		{Key: "outcome", ZH: "结果", EN: "Outcome", Width: 14},
		{Key: "signature", ZH: "签名（SHA-256）", EN: "Signature (SHA-256)", Width: 66},
	},
}

var (
	verdictWords = map[string][2]string{"": {"未决定", "not decided"}, "keep": {"保留", "keep"}, "revoke": {"取消", "revoke"}}
	outcomeWords = map[string][2]string{"": {"", ""}, "kept": {"已保留", "kept"}, "revoked": {"已取消", "revoked"}, "gone": {"此前已取消", "gone before"}}
)

// Campaign gives one review within the scope of [ReviewRead].
func (s *ControlService) Campaign(ctx context.Context, id CampaignID) (Campaign, error) {
	scope, err := actor.Allow(ctx, ReviewRead)
	if err != nil {
		return Campaign{}, err
	}
	q := controldb.New(s.pool)
	row, err := s.campaign(ctx, q, scope, id)
	if err != nil {
		return Campaign{}, err
	}
	tree, err := s.identity.cfg.Organization.Tree(ctx)
	if err != nil {
		return Campaign{}, err
	}
	sheets, err := q.Sheets(ctx, id.UUID())
	if err != nil {
		return Campaign{}, fmt.Errorf("list review sheets: %w", err)
	}
	place, _ := tree.Centre(centreID(row.CentreID))
	c := Campaign{
		ID: id, Name: row.Name, Centre: row.CentreID, CentreName: place.Name, Team: row.TeamID.UUID, Roles: row.Roles, DueAt: row.DueAt,
		Closed: row.State == "closed", OpenedBy: row.OpenedBy, CreatedAt: row.CreatedAt, ClosedAt: row.ClosedAt, ClosedBy: row.ClosedBy,
		CloseReason: row.CloseReason, Version: int(row.Version), Sheets: int64(len(sheets)),
	}
	for _, sh := range sheets {
		if sh.SignedAt != nil {
			c.Signed++
		}
		c.Items, c.Decided, c.Revoked = c.Items+sh.Items, c.Decided+sh.Decided, c.Revoked+sh.Revoked
	}
	return c, nil
}

// ExportCampaign writes the evidence of a review as a workbook; who exports it is audited.
func (s *ControlService) ExportCampaign(ctx context.Context, id CampaignID, lang string, w io.Writer) error {
	scope, err := actor.Allow(ctx, ReviewRead)
	if err != nil {
		return err
	}
	c, err := s.campaign(ctx, controldb.New(s.pool), scope, id)
	if err != nil {
		return err
	}
	if err := s.exported(ctx, "identity.review.export", audit.Object{Kind: "identity.review", ID: id.String(), Label: c.Name}); err != nil {
		return err
	}
	rows, err := controldb.New(s.pool).CampaignRows(ctx, id.UUID())
	if err != nil {
		return fmt.Errorf("read review: %w", err)
	}
	word := wordIn(lang)
	var lines [][]any
	for _, r := range rows {
		lines = append(lines, []any{
			r.Title, r.ReviewerNumber + " " + r.ReviewerName, r.SignedAt, r.StaffNumber, r.StaffName, [2]string{r.RoleZh, r.RoleEn}[word], r.Grave, r.CentreName,
			r.ValidUntil, r.GrantedAt, r.LastSignInAt, verdictWords[r.Decision][word], r.Reason, outcomeWords[r.Outcome][word], hex.EncodeToString(r.Signature),
		})
	}
	return campaignTable.Write(w, lang, sheet.Rows(lines...))
}

// wordIn picks the language of a pair of words.
func wordIn(lang string) int {
	if lang == sheet.English {
		return 1
	}
	return 0
}

// exported notes that somebody took a list away.
func (s *ControlService) exported(ctx context.Context, action string, object audit.Object) error {
	return postgres.InTx(ctx, s.pool, func(ctx context.Context, tx pgx.Tx) error {
		return audit.Write(ctx, tx, s.clock.Now(), audit.Entry{Action: action, Object: object})
	})
}

// readerTable is who must know a policy.
var readerTable = sheet.Table{
	Key: "policy_readers", ZH: "制度确认情况", EN: "Policy acknowledgements",
	Columns: []sheet.Column{
		{Key: "number", ZH: "工号", EN: "Staff number", Width: 12},
		{Key: "name", ZH: "姓名", EN: "Name", Width: 14},
		{Key: "centre", ZH: "中心", EN: "Centre", Width: 24},
		{Key: "team", ZH: "班组", EN: "Team", Width: 16},
		{Key: "last_sign_in_at", ZH: "最近登录", EN: "Last sign-in", Width: 20},
		{Key: "acknowledged_at", ZH: "确认时间", EN: "Acknowledged at", Width: 20},
	},
}

// ExportReaders writes who must know a policy as a workbook; who exports it is audited.
func (s *ControlService) ExportReaders(ctx context.Context, id RegulationID, missing bool, lang string, w io.Writer) error {
	if _, err := actor.Allow(ctx, RegulationRead); err != nil {
		return err
	}
	r, err := s.regulation(ctx, controldb.New(s.pool), id, false)
	if err != nil {
		return err
	}
	if err := s.exported(ctx, "identity.policy.export", audit.Object{Kind: "identity.policy", ID: id.String(), Label: r.Code}); err != nil {
		return err
	}
	const page = 500
	f := ReadersFilter{Missing: missing, Limit: page}
	return readerTable.Write(w, lang, func(yield func([]any, error) bool) {
		for {
			list, err := s.Readers(ctx, id, f)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, p := range list {
				if !yield([]any{p.Number, p.Name, p.CentreName, p.Team, p.LastSignInAt, p.AcknowledgedAt}, nil) {
					return
				}
				f.After = p.Number
			}
			if len(list) < page {
				return
			}
		}
	})
}

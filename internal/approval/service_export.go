package approval

import (
	"context"
	"io"
	"iter"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
)

var exported = sheet.Table{
	Key: "approvals", ZH: "审批", EN: "Approvals",
	Columns: []sheet.Column{
		{Key: "created_at", ZH: "申请时间", EN: "Asked at", Width: 20},
		{Key: "kind", ZH: "类型", EN: "Kind", Width: 18},
		{Key: "label", ZH: "对象", EN: "About", Width: 30},
		{Key: "requester_number", ZH: "申请人工号", EN: "Asked by (number)", Width: 14},
		{Key: "requester_name", ZH: "申请人", EN: "Asked by", Width: 14},
		{Key: "reason", ZH: "申请原因", EN: "Reason", Width: 40},
		{Key: "evidence", ZH: "依据", EN: "Evidence", Width: 30},
		{Key: "state", ZH: "状态", EN: "State", Width: 12},
		{Key: "closed_by", ZH: "处理人", EN: "Closed by", Width: 18},
		{Key: "closed_at", ZH: "处理时间", EN: "Closed at", Width: 20},
		{Key: "comment", ZH: "审批意见", EN: "Comment", Width: 40},
		{Key: "failure", ZH: "未能生效的原因", EN: "Why it failed", Width: 30},
		{Key: "expires_at", ZH: "截止时间", EN: "Expires at", Width: 20},
	},
}

// stateWords are the states in the two languages.
var stateWords = map[State][2]string{
	Open: {"待审批", "open"}, Approved: {"已通过", "approved"}, Refused: {"已驳回", "refused"},
	Withdrawn: {"已撤回", "withdrawn"}, Expired: {"已过期", "expired"}, Failed: {"未能生效", "failed"},
}

const exportPage = 500

// Export writes the requests of a filter as a workbook; who exports what is audited.
func (s *Service) Export(ctx context.Context, f Filter, lang string, w io.Writer) error {
	if _, err := actor.Require(ctx); err != nil {
		return err
	}
	f.After, f.Limit = nil, exportPage
	if _, err := s.List(ctx, f); err != nil { // permission, before anything is noted
		return err
	}
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		return audit.Write(ctx, tx, s.cfg.Clock.Now(), audit.Entry{
			Action: "approval.request.export", Object: audit.Object{Kind: "approval.request", Label: string(f.Box)},
			Changes: []audit.Change{{Field: "filter", New: map[string]string{"state": string(f.State), "kind": f.Kind, "q": f.Text}}},
		})
	})
	if err != nil {
		return err
	}
	return exported.Write(w, lang, s.exportRows(ctx, f, lang))
}

func (s *Service) exportRows(ctx context.Context, f Filter, lang string) iter.Seq2[[]any, error] {
	word := 0
	if lang == sheet.English {
		word = 1
	}
	return func(yield func([]any, error) bool) {
		for {
			list, err := s.List(ctx, f)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, r := range list {
				it := s.item(r)
				row := []any{
					r.CreatedAt, [2]string{it.KindZH, it.KindEN}[word], r.Object.Label, r.Requester.Number, r.Requester.Name, r.Reason, r.Evidence,
					stateWords[r.State][word], r.Closed.Name, r.ClosedAt, r.Comment, r.Failure, r.ExpiresAt,
				}
				if !yield(row, nil) {
					return
				}
				f.After = &Position{CreatedAt: r.CreatedAt, ID: r.ID}
			}
			if len(list) < exportPage {
				return
			}
		}
	}
}

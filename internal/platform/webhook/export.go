package webhook

import (
	"context"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
)

// subscriptionTable is the list of webhooks as a workbook. It has no column for a secret.
var subscriptionTable = sheet.Table{Key: "webhooks", ZH: "事件推送", EN: "Webhooks", Columns: []sheet.Column{
	{Key: "url", ZH: "地址", EN: "Address", Width: 60, Kind: sheet.Free}, {Key: "topics", ZH: "事件", EN: "Topics", Width: 40, Kind: sheet.Free},
	{Key: "state", ZH: "状态", EN: "State", Width: 24}, {Key: "failing_since", ZH: "开始失败时间", EN: "Failing since", Width: 20},
	{Key: "created_at", ZH: "建立时间", EN: "Made at", Width: 20}, {Key: "id", ZH: "编号", EN: "Id", Width: 38},
}}

// Export writes what [Service.List] gives as a workbook; Config.Record takes note of it first, as webhook.export of no
// subscription. Nothing of a secret is in it.
func (s *Service) Export(ctx context.Context, w io.Writer, lang string) error {
	list, err := s.List(ctx)
	if err != nil {
		return err
	}
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		return s.note(ctx, tx, "webhook.export", SubscriptionID{}, "")
	})
	if err != nil {
		return err
	}
	word := 0
	if lang == sheet.English {
		word = 1
	}
	lines := make([][]any, len(list))
	for i, sub := range list {
		lines[i] = []any{sub.URL, strings.Join(sub.Topics, "\n"), sub.words()[word], sub.FailingSince, sub.CreatedAt, sub.ID.String()}
	}
	return subscriptionTable.Write(w, lang, sheet.Rows(lines...))
}

// words tell in both languages how a subscription is.
func (s Subscription) words() [2]string {
	switch {
	case s.DisabledReason == "failing":
		return [2]string{"已停用：多日失败", "disabled: failing for days"}
	case s.DisabledReason == "gone":
		return [2]string{"已停用：对方已撤销", "disabled: gone"}
	case !s.Active:
		return [2]string{"已停用", "disabled"}
	case s.FailingSince != nil:
		return [2]string{"失败重试中", "failing"}
	}
	return [2]string{"推送中", "active"}
}

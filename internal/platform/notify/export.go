package notify

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
)

// MaxExport is how many messages one file holds.
const MaxExport = 200_000

// exportPage is how many rows are read at once, so that no transaction stays open while a slow client takes the file.
const exportPage = 1000

// messageTable is the list of messages as a workbook, with the same hint in place of the address.
var messageTable = sheet.Table{Key: "messages", ZH: "消息记录", EN: "Messages", Columns: []sheet.Column{
	{Key: "created_at", ZH: "时间", EN: "Time", Width: 20}, {Key: "channel", ZH: "渠道", EN: "Channel", Width: 10},
	{Key: "recipient", ZH: "接收人", EN: "Recipient", Width: 18}, {Key: "subject", ZH: "主题", EN: "Subject", Width: 40},
	{Key: "state", ZH: "状态", EN: "State", Width: 12}, {Key: "attempts", ZH: "尝试次数", EN: "Attempts", Width: 10},
	{Key: "sent_at", ZH: "送出时间", EN: "Sent at", Width: 20}, {Key: "error_code", ZH: "错误代码", EN: "Error code", Width: 28},
	{Key: "error", ZH: "对方答复", EN: "What the other side said", Width: 50}, {Key: "id", ZH: "消息编号", EN: "Message id", Width: 38},
}}

var channelWords = map[Channel][2]string{Email: {"邮件", "email"}, SMS: {"短信", "SMS"}}

var stateWords = map[State][2]string{
	Queued: {"待发送", "queued"}, Sending: {"发送中", "sending"}, Sent: {"已发送", "sent"}, Failed: {"失败", "failed"}, Unknown: {"结果不明", "unknown"},
}

// Export writes what [Service.List] gives as a workbook; Config.Exported takes note of it first. Errors:
// notify.export_too_large for more than [MaxExport] messages, before anything is written.
func (s *Service) Export(ctx context.Context, w io.Writer, lang string, f Filter) error {
	var n int
	err := s.cfg.Pool.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM notify.message WHERE ($1 = '' OR channel = $1) AND ($2 = '' OR state = $2) LIMIT `+
		strconv.Itoa(MaxExport+1)+`) matching`, string(f.Channel), string(f.State)).Scan(&n)
	if err != nil {
		return fmt.Errorf("count messages: %w", err)
	}
	if n > MaxExport {
		return fault.New(fault.Limit, "notify.export_too_large", "these are more than %d messages", MaxExport).WithRemedy("choose a channel or a state")
	}
	if s.cfg.Exported != nil {
		if err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error { return s.cfg.Exported(ctx, tx, f, n) }); err != nil {
			return err
		}
	}
	word := 0
	if lang == sheet.English {
		word = 1
	}
	f.After, f.Limit = nil, exportPage
	return messageTable.Write(w, lang, func(yield func([]any, error) bool) {
		for {
			page, err := s.List(ctx, f)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, m := range page {
				row := []any{
					m.CreatedAt, channelWords[m.Channel][word], string(m.Recipient), m.Subject, stateWords[m.State][word], m.Attempts, m.SentAt, m.ErrorCode, m.Error, m.ID,
				}
				if !yield(row, nil) {
					return
				}
				f.After = &Position{CreatedAt: m.CreatedAt, ID: m.ID}
			}
			if len(page) < exportPage {
				return
			}
		}
	})
}

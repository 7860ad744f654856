// Package demo fills an empty installation with demonstration data: fictitious people, numbers that
// nobody has, no real operator's name.
package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/calendar"
	"yingda/internal/identity"
	"yingda/internal/numbering"
	"yingda/internal/organization"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/privacy"
	"yingda/internal/routing"
	"yingda/internal/setting"
	"yingda/internal/voice"
	"yingda/internal/voice/recording"
)

// seed makes every demonstration the same.
const seed = 20261120

// lockKey is the advisory lock under which one process fills; two may start together.
const lockKey = 0x59646d6f

// House is what the demonstration fills.
type House struct {
	Pool       *pgxpool.Pool
	Units      *organization.Service
	Accounts   *identity.Service
	Numbers    *numbering.Service
	Messages   *notify.Service
	Settings   *setting.Service
	Hours      *calendar.Service
	Recordings *recording.Service
	Voice      *voice.Service
	Queues     *routing.Service // for [FillFloor]
}

// Fill writes demonstration data, each part unless there is some of it already. Killed in the middle, the next start
// goes on where it was.
func Fill(ctx context.Context, h House, now time.Time) error {
	err := postgres.InTx(ctx, h.Pool, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", lockKey); err != nil {
			return fmt.Errorf("lock the demonstration data: %w", err)
		}
		if err := FillOrganization(ctx, tx, h.Units, now); err != nil {
			return err
		}
		if err := fillAccounts(ctx, tx, h.Accounts); err != nil {
			return err
		}
		existing, err := h.Messages.List(ctx, notify.Filter{Limit: 1})
		if err != nil || len(existing) > 0 {
			return err
		}
		return h.Messages.Seed(ctx, tx, Messages(120, now))
	})
	if err != nil {
		return err
	}
	if err := Numbering(ctx, h.Numbers, h.Units, now); err != nil {
		return err
	}
	if err := FillCalendar(ctx, h.Hours, h.Units, now); err != nil {
		return err
	}
	if err := FillTrees(ctx, h.Settings, h.Units); err != nil {
		return err
	}
	if err := Voice(ctx, h.Voice, h.Units); err != nil {
		return err
	}
	return Recordings(ctx, h.Recordings, h.Units, now)
}

// Messages makes the past messages of the last two weeks, the newest minutes before now.
func Messages(count int, now time.Time) []notify.Past {
	random := rand.New(rand.NewPCG(seed, 1))
	past := make([]notify.Past, 0, count)
	for i := range count {
		text := texts[random.IntN(len(texts))]
		at := now.Add(-time.Duration(count-i) * 14 * 24 * time.Hour / time.Duration(count+1)).Add(-time.Duration(random.IntN(3600)) * time.Second)
		p := notify.Past{Message: text, State: notify.Sent, Attempts: 1, CreatedAt: at}
		if text.Channel == notify.SMS {
			// No operator hands out numbers that begin with 100.
			// Numbers that begin with 154 were never handed out by anybody.
			p.Recipient = privacy.Recipient(fmt.Sprintf("+86154%08d", random.IntN(100_000_000)))
		} else {
			p.Recipient = privacy.Recipient(fmt.Sprintf("customer%04d@example.com", random.IntN(10_000)))
		}
		if random.IntN(25) == 0 {
			p.State, p.Attempts = notify.Failed, 5
			p.ErrorCode, p.Error = "notify.refused", "550 mailbox unavailable"
			if text.Channel == notify.SMS {
				p.Error = "the gateway refused the number"
			}
		} else {
			sent := at.Add(time.Duration(200+random.IntN(3000)) * time.Millisecond)
			p.SentAt = &sent
		}
		past = append(past, p)
	}
	return past
}

var texts = []notify.Message{
	{Channel: notify.SMS, Subject: "停机提醒", Body: "您的号码因欠费将于明日暂停服务，请及时缴费。", Purpose: "billing.suspension_notice"},
	{Channel: notify.SMS, Subject: "工单受理", Body: "您反映的宽带故障已受理，预计 24 小时内处理。", Purpose: "workorder.accepted"},
	{Channel: notify.SMS, Subject: "工单办结", Body: "您反映的问题已处理完毕，如有疑问请回复。", Purpose: "workorder.closed"},
	{Channel: notify.SMS, Subject: "满意度调查", Body: "请对本次服务评价：1 满意 2 一般 3 不满意。", Purpose: "survey.invitation"},
	{Channel: notify.SMS, Subject: "流量提醒", Body: "您本月套餐内流量已使用 80%。", Purpose: "usage.threshold"},
	{Channel: notify.Email, Subject: "2026 年 10 月电子账单", Body: "您的电子账单已生成。", Purpose: "billing.statement"},
	{Channel: notify.Email, Subject: "企业专线割接通知", Body: "割接窗口：周六 00:00 至 04:00。", Purpose: "enterprise.maintenance"},
	{Channel: notify.Email, Subject: "投诉处理结果告知书（含需要较长标题才能说明的补充材料清单与回访安排）", Body: "处理结果见正文。", Purpose: "complaint.result"},
}

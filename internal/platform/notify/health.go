package notify

import (
	"context"
	"strconv"
	"time"

	"yingda/internal/platform/health"
	"yingda/internal/platform/notify/internal/db"
)

const (
	stuckAfter   = 2 * time.Minute // a message older than that, with an error, shows that a channel is down
	waitingAfter = 5 * time.Minute
	unknownFor   = 24 * time.Hour
)

var (
	warnNoEmail = &health.Warning{
		Code: codeEmailNotConfigured, Severity: health.Info,
		Chinese: health.Text{Title: "未配置邮件服务器", Cause: "没有设置 smtp.host，发出的邮件会立即标记为失败。", Remedy: "在配置中填写 smtp.host、smtp.from 等项后重启；不需要发邮件时可忽略。"},
		English: health.Text{Title: "No mail server is configured", Cause: "smtp.host is not set, so mail fails at once.", Remedy: "Set smtp.host, smtp.from and their neighbours and start again; ignore this if no mail is to be sent."},
	}
	warnNoSMS = &health.Warning{
		Code: codeSMSNotConfigured, Severity: health.Info,
		Chinese: health.Text{Title: "未配置短信网关", Cause: "没有设置 sms.url，发出的短信会立即标记为失败。", Remedy: "在配置中填写 sms.url 等项后重启；不需要发短信时可忽略。"},
		English: health.Text{Title: "No gateway for text messages is configured", Cause: "sms.url is not set, so text messages fail at once.", Remedy: "Set sms.url and its neighbours and start again; ignore this if no text messages are to be sent."},
	}
	warnEmailDown = &health.Warning{
		Code: "notify.email_down", Severity: health.Fault,
		Chinese: health.Text{Title: "邮件发不出去", Cause: "{count} 封邮件反复尝试仍未发出，最近的原因：{error}。", Remedy: "在“发送记录”中查看原因；检查邮件服务器、网络和账号。恢复后会自动继续发送。"},
		English: health.Text{Title: "Mail does not go out", Cause: "{count} mails were tried several times without success; the latest reason: {error}.", Remedy: "See the list of messages; check the mail server, the network and the account. Sending goes on by itself."},
	}
	warnSMSDown = &health.Warning{
		Code: "notify.sms_down", Severity: health.Fault,
		Chinese: health.Text{Title: "短信发不出去", Cause: "{count} 条短信反复尝试仍未发出，最近的原因：{error}。", Remedy: "在“发送记录”中查看原因；检查短信网关、网络和余额。恢复后会自动继续发送，超过时限的短信不再发送。"},
		English: health.Text{Title: "Text messages do not go out", Cause: "{count} text messages were tried several times without success; the latest reason: {error}.", Remedy: "See the list of messages; check the gateway, the network and the credit. Sending goes on by itself, but not for messages that are too old."},
	}
	warnWaiting = &health.Warning{
		Code: "notify.waiting", Severity: health.Caution,
		Chinese: health.Text{Title: "消息在排队", Cause: "{count} 条消息等待超过 5 分钟还没有尝试发送。", Remedy: "确认至少有一个带 worker 角色的进程在运行；发送量大时增加进程。"},
		English: health.Text{Title: "Messages are waiting", Cause: "{count} messages have waited more than 5 minutes for their first attempt.", Remedy: "Make sure that a process with the worker role runs; add processes when there is much to send."},
	}
	warnUnknown = &health.Warning{
		Code: "notify.unknown", Severity: health.Caution,
		Chinese: health.Text{Title: "有短信不知是否发出", Cause: "过去 24 小时有 {count} 条短信交给网关后没有得到应答，系统不会自动重发。", Remedy: "在“发送记录”中按“未知”状态查看，向网关核对；需要时重新发送。"},
		English: health.Text{Title: "Some text messages may or may not have gone out", Cause: "{count} text messages of the last 24 hours were handed to the gateway, whose answer was lost. They are not sent again by themselves.", Remedy: "List messages in state unknown, ask the gateway's operator, and send again where needed."},
	}
)

// Health tells whether messages go out.
func (s *Service) Health() health.Component {
	return health.Component{
		Name: "notify", Chinese: "消息可以发出", English: "Messages go out",
		Warnings: []*health.Warning{warnNoEmail, warnNoSMS, warnEmailDown, warnSMSDown, warnWaiting, warnUnknown},
		Check:    s.check,
	}
}

func (s *Service) check(ctx context.Context) []health.Finding {
	var found []health.Finding
	if s.channels[Email] == nil {
		found = append(found, warnNoEmail.Found())
	}
	if s.channels[SMS] == nil {
		found = append(found, warnNoSMS.Found())
	}
	now := s.cfg.Clock.Now()
	rows, err := db.New(s.cfg.Pool).Trouble(ctx, db.TroubleParams{
		StuckBefore: now.Add(-stuckAfter), WaitingBefore: now.Add(-waitingAfter), UnknownAfter: now.Add(-unknownFor),
	})
	if err != nil {
		return found // the database's own component tells that it is away
	}
	waiting := int64(0)
	for _, r := range rows {
		down := warnEmailDown
		if Channel(r.Channel) == SMS {
			down = warnSMSDown
		}
		if r.Stuck > 0 {
			found = append(found, down.Found("count", strconv.FormatInt(r.Stuck, 10), "error", r.LastError))
		}
		if r.Unknown > 0 {
			found = append(found, warnUnknown.Found("count", strconv.FormatInt(r.Unknown, 10)))
		}
		waiting += r.Waiting
	}
	if waiting > 0 {
		found = append(found, warnWaiting.Found("count", strconv.FormatInt(waiting, 10)))
	}
	return found
}

package webhook

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"yingda/internal/platform/health"
)

// failingFor is how long a receiver may fail before somebody should look.
const failingFor = time.Hour

var (
	warnFailing = &health.Warning{
		Code: "webhook.failing", Severity: health.Caution,
		Chinese: health.Text{Title: "事件推送一直失败", Cause: "接收方 {host} 自 {since} 起没有成功接收过推送。", Remedy: "请接收方检查其服务；连续失败 {days} 天后推送会自动停用。原因见“事件推送”中的推送记录。"},
		English: health.Text{Title: "A webhook keeps failing", Cause: "The receiver {host} has taken nothing since {since}.", Remedy: "Ask the receiver to check its service; after {days} days of failures the webhook is disabled. See its deliveries for the reason."},
	}
	warnDisabled = &health.Warning{
		Code: "webhook.disabled", Severity: health.Caution,
		Chinese: health.Text{Title: "事件推送已停用", Cause: "接收方 {host} 的推送已停用（{reason}：failing 为长期失败，gone 为接收方声明不再接收），新的事件不再推送给它。", Remedy: "与接收方确认后重新启用并补发，或删除这个推送。"},
		English: health.Text{Title: "A webhook was disabled", Cause: "The webhook to {host} is disabled ({reason}: failing for days, or gone by the receiver's own word) and gets no new events.", Remedy: "Ask the receiver, then enable it and replay, or delete it."},
	}
)

// Health tells which receivers are in trouble.
func (s *Service) Health() health.Component {
	return health.Component{
		Name: "webhook", Chinese: "事件推送正常", English: "Webhooks are delivered",
		Warnings: []*health.Warning{warnFailing, warnDisabled}, Check: s.checkHealth,
	}
}

func (s *Service) checkHealth(ctx context.Context) []health.Finding {
	list, err := s.List(ctx)
	if err != nil {
		return nil // the database's own component tells that it is away
	}
	days := s.cfg.DisableAfter.Round(24*time.Hour).Hours() / 24
	var found []health.Finding
	for _, sub := range list {
		switch {
		case !sub.Active:
			found = append(found, warnDisabled.Found("host", host(sub.URL), "reason", sub.DisabledReason))
		case sub.FailingSince != nil && s.cfg.Clock.Now().Sub(*sub.FailingSince) > failingFor:
			found = append(found, warnFailing.Found("host", host(sub.URL), "since", sub.FailingSince.UTC().Format(time.RFC3339), "days", strconv.FormatFloat(days, 'f', -1, 64)))
		}
	}
	return found
}

// host is what may be shown of an address: its path and query often hold a key.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "?"
	}
	return u.Host
}

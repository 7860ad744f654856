package telemetry

import (
	"context"
	"net/url"
	"time"

	"yingda/internal/platform/health"
)

var tracesLost = &health.Warning{
	Code: "telemetry.traces_lost", Severity: health.Caution,
	Chinese: health.Text{
		Title:  "链路追踪数据无法送达",
		Cause:  "自 {since} 起，采集器 {host} 不接收追踪数据；业务不受影响，这段时间的追踪数据会丢失。",
		Remedy: "检查采集器是否运行、地址与密钥是否正确；不需要追踪时清空追踪地址配置。",
	},
	English: health.Text{
		Title:  "Traces cannot be delivered",
		Cause:  "Since {since} the collector {host} has not taken them. Service is not affected; the traces of this time are lost.",
		Remedy: "Check that the collector runs and that its address and key are right, or clear the trace endpoint if you do not need traces.",
	},
}

// Health tells whether traces arrive.
func (t *Tracing) Health() health.Component {
	return health.Component{
		Name: "telemetry", Chinese: "运行数据正常输出", English: "Telemetry is delivered",
		Warnings: []*health.Warning{tracesLost},
		Check: func(context.Context) []health.Finding {
			t.mu.Lock()
			since := t.failed
			t.mu.Unlock()
			if since.IsZero() {
				return nil
			}
			host := t.url
			if u, err := url.Parse(t.url); err == nil {
				host = u.Host // the rest may hold a key
			}
			return []health.Finding{tracesLost.Found("since", since.Format(time.RFC3339), "host", host)}
		},
	}
}

package httpclient

import (
	"context"
	"slices"
	"strings"

	"yingda/internal/platform/health"
)

var warnOpen = &health.Warning{
	Code: "httpclient.circuit_open", Severity: health.Caution,
	Chinese: health.Text{Title: "外部系统暂时无法访问（{client}）", Cause: "{hosts} 连续失败，暂停调用，稍后自动重试。",
		Remedy: "检查对方系统和网络；恢复后无需操作。"},
	English: health.Text{Title: "Another system cannot be reached ({client})", Cause: "{hosts} failed several times in a row and is left alone until a probe succeeds.",
		Remedy: "Check that system and the network; nothing is to be done here once it is back."},
}

// Health tells which hosts are left alone now.
func (c *Client) Health() health.Component {
	return health.Component{
		Name: "httpclient." + c.cfg.Name, Chinese: "外部系统可访问（" + c.cfg.Name + "）", English: "Other systems can be reached (" + c.cfg.Name + ")",
		Warnings: []*health.Warning{warnOpen},
		Check: func(context.Context) []health.Finding {
			hosts := c.breakers.open()
			if len(hosts) == 0 {
				return nil
			}
			slices.Sort(hosts)
			return []health.Finding{warnOpen.Found("client", c.cfg.Name, "hosts", strings.Join(hosts[:min(len(hosts), 5)], ", "))}
		},
	}
}

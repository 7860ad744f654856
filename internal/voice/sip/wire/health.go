package wire

import (
	"context"
	"strconv"

	"yingda/internal/platform/health"
)

var warnBuffer = &health.Warning{
	Code: "wire.buffer_small", Severity: health.Caution,
	Chinese: health.Text{Title: "SIP 接收缓冲区偏小", Cause: "UDP 接收缓冲区只有 {got} KB，建议 {want} KB；呼叫突增时可能丢失信令。", Remedy: "以 root 执行 sysctl -w net.core.rmem_max=4194304，写入 /etc/sysctl.d 后重启本程序。"},
	English: health.Text{Title: "The SIP receive buffer is small", Cause: "The UDP receive buffer has {got} KB, {want} KB are wanted; a burst of calls may lose messages.", Remedy: "As root run sysctl -w net.core.rmem_max=4194304, keep it in /etc/sysctl.d, and start this program again."},
}

// Health tells whether the sockets are as they should be.
func (w *Wire) Health() health.Component {
	return health.Component{
		Name: "wire", Chinese: "SIP 端口正常", English: "The SIP ports are well",
		Warnings: []*health.Warning{warnBuffer},
		Check: func(context.Context) []health.Finding {
			got := w.Stats().Buffer
			if got == 0 || got >= wantBuffer {
				return nil
			}
			return []health.Finding{warnBuffer.Found("got", strconv.Itoa(got>>10), "want", strconv.Itoa(wantBuffer>>10))}
		},
	}
}

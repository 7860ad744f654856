package live

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"yingda/internal/platform/health"
	"yingda/internal/platform/telemetry"
)

var full = &health.Warning{
	Code: "live.full", Severity: health.Caution,
	Chinese: health.Text{
		Title:  "实时连接已满",
		Cause:  "最近 5 分钟内，本节点的实时连接达到上限 {limit}，新打开的页面只能定时刷新。",
		Remedy: "增加一个 web 节点，或提高连接上限。",
	},
	English: health.Text{
		Title:  "No more live connections",
		Cause:  "In the last 5 minutes this node was at its limit of {limit} live connections; newly opened pages refresh now and then only.",
		Remedy: "Add a web node, or raise the limit.",
	},
}

var slow = &health.Warning{
	Code: "live.slow_clients", Severity: health.Info,
	Chinese: health.Text{
		Title:  "部分页面跟不上实时更新",
		Cause:  "最近 5 分钟内有页面接收过慢，已改为重新读取全部状态；通常是其网络缓慢。",
		Remedy: "若坐席反映页面滞后，检查其网络；若普遍发生，检查本节点的负载。",
	},
	English: health.Text{
		Title:  "Some pages cannot keep up",
		Cause:  "In the last 5 minutes pages took updates too slowly and were given the whole state instead, usually because of their network.",
		Remedy: "If agents see late pages, check their network; if it happens everywhere, check this node's load.",
	},
}

const troubleSpan = 5 * time.Minute

// Health tells whether pages get live updates.
func (h *Hub) Health() health.Component {
	return health.Component{
		Name: "live", Chinese: "页面实时更新正常", English: "Pages are updated live",
		Warnings: []*health.Warning{full, slow},
		Check: func(context.Context) []health.Finding {
			now := h.clock.Now()
			var found []health.Finding
			if recent(&h.figures.refused, now) {
				found = append(found, full.Found("limit", strconv.Itoa(h.config.Total)))
			}
			if recent(&h.figures.resynced, now) {
				found = append(found, slow.Found())
			}
			return found
		},
	}
}

func recent(at *atomic.Int64, now time.Time) bool {
	t := at.Load()
	return t != 0 && now.UnixNano()-t < int64(troubleSpan)
}

// figures are the hub's metrics, and when troubles last happened (unix nanoseconds).
type figures struct {
	connections prometheus.Gauge
	events      prometheus.Counter
	resyncs     prometheus.Counter
	refusals    prometheus.Counter
	lost        prometheus.Counter

	refused, resynced atomic.Int64
}

func newFigures(m *telemetry.Metrics) *figures {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: telemetry.Namespace, Subsystem: "live", Name: name, Help: help})
	}
	f := &figures{
		connections: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: telemetry.Namespace, Subsystem: "live", Name: "connections", Help: "Live connections open on this node.",
		}),
		events:   counter("events_total", "Events delivered to the streams of this node."),
		resyncs:  counter("resyncs_total", "Clients too slow for their stream, which were given a snapshot or cut."),
		refusals: counter("refusals_total", "Connections refused because the node was full."),
		lost:     counter("not_passed_total", "Events that the bus did not take for other nodes."),
	}
	if m != nil {
		m.Register(f.connections, f.events, f.resyncs, f.refusals, f.lost)
	}
	return f
}

func (f *figures) refuse(now time.Time) {
	f.refusals.Inc()
	f.refused.Store(now.UnixNano())
}

func (f *figures) resync(now time.Time) {
	f.resyncs.Inc()
	f.resynced.Store(now.UnixNano())
}

package node

import (
	"context"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"yingda/internal/platform/health"
	"yingda/internal/platform/telemetry"
	"yingda/internal/voice"
	"yingda/internal/voice/ending"
)

var (
	warnPorts = &health.Warning{
		Code: "voice.ports_low", Severity: health.Caution,
		Chinese: health.Text{Title: "通话端口快用完了", Cause: "{total} 对 RTP 端口只剩 {free} 对。", Remedy: "用 --rtp-ports 放宽范围（32768 以下），并在防火墙上放行；或增加处理话务的进程。"},
		English: health.Text{Title: "Ports for sound are running out", Cause: "Of {total} pairs of RTP ports {free} are free.", Remedy: "Widen --rtp-ports (below 32768) and let it through the firewall, or add a process that takes calls."},
	}
	warnLimit = &health.Warning{
		Code: "voice.call_limit", Severity: health.Fault,
		Chinese: health.Text{Title: "通话数达到上限，正在拒绝来电", Cause: "最近拒绝了 {count} 个来电（上限 {limit} 路）。", Remedy: "机器有余量时调高 --max-calls，否则增加处理话务的进程。"},
		English: health.Text{Title: "The limit of calls is reached: calls are refused", Cause: "{count} calls were refused lately (limit: {limit} legs).", Remedy: "Raise --max-calls when the machine has room, or add a process that takes calls."},
	}
	warnLate = &health.Warning{
		Code: "voice.late", Severity: health.Caution,
		Chinese: health.Text{Title: "本机发送语音迟滞", Cause: "最近发送的语音包有 {percent} % 晚了 40 毫秒以上，客户会听到断续。", Remedy: "本机负荷过高：把其他程序移走，或把话务分到更多进程。"},
		English: health.Text{Title: "This machine sends sound late", Cause: "{percent} % of what was sent lately left over 40 ms late; customers hear gaps.", Remedy: "The machine is overloaded: move other programs away, or spread calls over more processes."},
	}
	warnStray = &health.Warning{
		Code: "voice.stray_sound", Severity: health.Caution,
		Chinese: health.Text{Title: "有语音连接不属于任何通话", Cause: "{count} 个语音端口没有对应的通话。", Remedy: "这是程序缺陷，请连同日志报告；不影响其他通话，重启该进程后释放。"},
		English: health.Text{Title: "Some sound belongs to no call", Cause: "{count} ports for sound have no call.", Remedy: "This is a defect: please report it with the log. Other calls are not touched; a restart of the process frees them."},
	}
	warnPanics = &health.Warning{
		Code: "voice.caught", Severity: health.Caution,
		Chinese: health.Text{Title: "处理通话时出现过程序缺陷", Cause: "已拦截 {count} 次，每次最多影响一通电话。", Remedy: "请连同日志报告。"},
		English: health.Text{Title: "A defect was caught while calls were handled", Cause: "It happened {count} times and cost one call each at most.", Remedy: "Please report it with the log."},
	}
)

// watched is what the last look saw; only the health monitor touches it.
type watched struct {
	refused, late, sent uint64
	stray               int // looks in a row with stray sound: a leg is between its two registries for moments
}

// strayLooks is how often stray sound must be seen before it is one.
const strayLooks = 5

// Health gives what can be wrong with calls on this process.
func (n *Node) Health() []health.Component {
	var w watched
	return []health.Component{
		n.trunks.Health(), n.agent.Wire().Health(),
		{
			Name: "voice", Chinese: "通话处理正常", English: "Calls are handled",
			Warnings: []*health.Warning{warnPorts, warnLimit, warnLate, warnStray, warnPanics},
			Check:    func(context.Context) []health.Finding { return n.check(&w) },
		},
	}
}

func (n *Node) check(w *watched) (found []health.Finding) {
	m, s := n.engine.Metrics(), n.agent.Stats()
	total := m.FreePorts + m.Legs
	if m.FreePorts*20 < total {
		found = append(found, warnPorts.Found("total", strconv.Itoa(total), "free", strconv.Itoa(m.FreePorts)))
	}
	if s.Refused > w.refused {
		found = append(found, warnLimit.Found("count", strconv.FormatUint(s.Refused-w.refused, 10), "limit", strconv.Itoa(n.cfg.MaxCalls)))
	}
	if sent, late := m.Sent-w.sent, m.Late-w.late; late*1000 > sent {
		found = append(found, warnLate.Found("percent", strconv.FormatFloat(100*float64(late)/float64(max(sent, 1)), 'f', 1, 64)))
	}
	if stray := m.Legs - n.living(); stray > 0 {
		if w.stray++; w.stray >= strayLooks {
			found = append(found, warnStray.Found("count", strconv.Itoa(stray)))
		}
	} else {
		w.stray = 0
	}
	if caught := s.Panics + m.Panics; caught > 0 {
		found = append(found, warnPanics.Found("count", strconv.FormatUint(caught, 10)))
	}
	w.refused, w.late, w.sent = s.Refused, m.Late, m.Sent
	return found
}

// figures are the metrics of a node.
type figures struct {
	ended *prometheus.CounterVec
	legs, ports, packets, contacts,
	late, refused *prometheus.Desc
}

func newFigures() figures {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(telemetry.Namespace, "voice", name), help, labels, nil)
	}
	return figures{
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: telemetry.Namespace, Subsystem: "voice", Name: "legs_ended_total", Help: "Legs that ended, by what came of them.",
		}, []string{"direction", "result", "side", "reason"}),
		legs:     desc("legs", "Legs that have not ended."),
		ports:    desc("free_ports", "Pairs of ports for sound that are free."),
		contacts: desc("contacts", "Callers on their way through flow and queue, by what they do.", "state"),
		packets:  desc("packets_total", "Packets of sound.", "direction"),
		late:     desc("late_packets_total", "Packets of our own making that left over 40 ms late."),
		refused:  desc("calls_refused_total", "Calls refused because there were too many."),
	}
}

func (f *figures) count(d voice.Direction, how ending.Ending) {
	f.ended.WithLabelValues(string(d), string(how.Result), string(how.Side), string(how.Reason)).Inc()
}

// Collectors give the figures of calls, signalling and trunks.
func (n *Node) Collectors() []prometheus.Collector {
	return []prometheus.Collector{n, n.agent.Wire().Collector(), n.trunks.Collector()}
}

// Describe is that of a prometheus.Collector.
func (n *Node) Describe(to chan<- *prometheus.Desc) {
	f := &n.figures
	f.ended.Describe(to)
	for _, d := range []*prometheus.Desc{f.legs, f.ports, f.packets, f.contacts, f.late, f.refused} {
		to <- d
	}
}

// Collect is that of a prometheus.Collector.
func (n *Node) Collect(to chan<- prometheus.Metric) {
	f, m := &n.figures, n.engine.Metrics()
	f.ended.Collect(to)
	gauge := func(d *prometheus.Desc, v float64) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
	}
	counter := func(d *prometheus.Desc, v uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	gauge(f.legs, float64(n.living()))
	gauge(f.ports, float64(m.FreePorts))
	for state, count := range n.phases() {
		to <- prometheus.MustNewConstMetric(f.contacts, prometheus.GaugeValue, float64(count), string(state))
	}
	counter(f.packets, m.Received, "in")
	counter(f.packets, m.Sent, "out")
	counter(f.late, m.Late)
	counter(f.refused, n.agent.Stats().Refused)
}

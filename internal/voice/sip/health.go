package sip

import (
	"context"
	"strconv"

	"yingda/internal/platform/health"
)

var (
	warnFull = &health.Warning{
		Code: "sip.calls_near_limit", Severity: health.Caution,
		Chinese: health.Text{Title: "同时通话数接近上限", Cause: "本节点现有 {calls} 路通话，上限为 {limit} 路；超过上限的来电会收到 503。", Remedy: "增加语音节点，或在确认机器余量后提高同时通话数上限。"},
		English: health.Text{Title: "Calls are near their limit", Cause: "This node has {calls} call legs of at most {limit}; calls above that get 503.", Remedy: "Add a voice node, or raise the limit when the machine has room."},
	}
	warnDefect = &health.Warning{
		Code: "sip.defect", Severity: health.Caution,
		Chinese: health.Text{Title: "信令处理出现程序缺陷", Cause: "启动以来有 {count} 路通话因程序缺陷中断，其他通话不受影响。", Remedy: "请把日志中“sip handler panicked”的记录发给维护者。"},
		English: health.Text{Title: "A defect ended calls", Cause: "{count} calls have ended because of a defect of ours since the start; other calls were not touched.", Remedy: "Send the log records \"sip handler panicked\" to the maintainers."},
	}
)

// Health tells whether calls can come in and are handled.
func (a *Agent) Health() health.Component {
	return health.Component{
		Name: "sip", Chinese: "呼叫信令正常", English: "Call signalling is well",
		Warnings: []*health.Warning{warnFull, warnDefect},
		Check: func(context.Context) []health.Finding {
			var found []health.Finding
			if calls := int(a.calls.Load()); calls*10 >= a.cfg.MaxCalls*9 {
				found = append(found, warnFull.Found("calls", strconv.Itoa(calls), "limit", strconv.Itoa(a.cfg.MaxCalls)))
			}
			if n := a.panics.Load(); n > 0 {
				found = append(found, warnDefect.Found("count", strconv.FormatUint(n, 10)))
			}
			return found
		},
	}
}

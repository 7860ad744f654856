package httpapi

import (
	"context"
	"strconv"
	"sync"
	"time"

	"yingda/internal/platform/health"
)

var overloaded = &health.Warning{
	Code: "httpapi.overloaded", Severity: health.Caution,
	Chinese: health.Text{
		Title:  "请求过多，部分被拒绝",
		Cause:  "最近 5 分钟内有 {count} 个请求因同时处理的请求达到上限 {limit} 而被拒绝。",
		Remedy: "查看哪些页面或接口变慢（数据库往往是原因），或增加节点。",
	},
	English: health.Text{
		Title:  "Requests were refused because too many were in progress",
		Cause:  "In the last 5 minutes {count} requests were refused at the limit of {limit} at once.",
		Remedy: "See which requests have become slow (often the database is the reason), or add a node.",
	},
}

var failing = &health.Warning{
	Code: "httpapi.internal_errors", Severity: health.Caution,
	Chinese: health.Text{
		Title:  "部分请求因程序错误失败",
		Cause:  "最近 5 分钟内有 {count} 个请求因内部错误失败，每个都按请求编号记录在日志中。",
		Remedy: "在日志中查找 \"request failed\"，并将该行随请求编号一起报告。",
	},
	English: health.Text{
		Title:  "Requests failed by a defect",
		Cause:  "In the last 5 minutes {count} requests failed by an internal error; each is in the log with its request id.",
		Remedy: `Look for "request failed" in the log and report that line with its request id.`,
	},
}

// Health tells whether requests are refused or fail.
func (a *API) Health() health.Component {
	return health.Component{
		Name: "httpapi", Chinese: "网页与接口正常应答", English: "Pages and API answer",
		Warnings: []*health.Warning{overloaded, failing},
		Check: func(context.Context) []health.Finding {
			refused, failed := a.troubles.recent(a.clock.Now())
			var found []health.Finding
			if refused > 0 {
				found = append(found, overloaded.Found("count", strconv.Itoa(refused), "limit", strconv.Itoa(a.limits.InProgress)))
			}
			if failed > 0 {
				found = append(found, failing.Found("count", strconv.Itoa(failed)))
			}
			return found
		},
	}
}

// troubleSpan is how long a trouble is worth a warning.
const troubleSpan = 5 * time.Minute

// troubles counts refusals and failures by minute.
type troubles struct {
	mu      sync.Mutex
	minutes [5]struct {
		minute          int64 // since 1970
		refused, failed int
	}
}

func (t *troubles) busy(now time.Time)   { t.count(now, 1, 0) }
func (t *troubles) failed(now time.Time) { t.count(now, 0, 1) }

func (t *troubles) count(now time.Time, refused, failed int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	minute := now.Unix() / 60
	m := &t.minutes[minute%int64(len(t.minutes))]
	if m.minute != minute {
		m.minute, m.refused, m.failed = minute, 0, 0
	}
	m.refused += refused
	m.failed += failed
}

func (t *troubles) recent(now time.Time) (refused, failed int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	oldest := now.Add(-troubleSpan).Unix() / 60
	for _, m := range t.minutes {
		if m.minute > oldest {
			refused += m.refused
			failed += m.failed
		}
	}
	return refused, failed
}

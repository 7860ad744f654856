package jobs

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/health"
	"yingda/internal/platform/jobs/internal/db"
)

const (
	// waitingAfter is how long a job may be ready without being worked before it is reported.
	waitingAfter = 2 * time.Minute
	// discardedKept is how long River keeps discarded jobs.
	discardedKept = 7 * 24 * time.Hour
)

// What can be wrong with jobs.
var (
	DiscardedJobs = &health.Warning{
		Code: "jobs.discarded", Severity: health.Caution,
		Chinese: health.Text{
			Title: "{count} 个“{kind}”后台任务已放弃", Cause: "多次尝试均失败,系统不再自动重试",
			Remedy: "在日志中查看失败原因,排除后执行 yingda jobs retry 编号",
		},
		English: health.Text{
			Title: "{count} jobs of kind {kind} were given up", Cause: "They failed at every attempt and are no longer tried",
			Remedy: "Find the cause in the log, remove it, then yingda jobs retry ID",
		},
	}
	WaitingJobs = &health.Warning{
		Code: "jobs.waiting", Severity: health.Caution,
		Chinese: health.Text{
			Title: "后台任务队列“{queue}”积压", Cause: "{count} 个任务在等待,最早的已等待 {age}",
			Remedy: "检查承担后台任务的节点是否在线;任务量长期过大时增加节点",
		},
		English: health.Text{
			Title: "The job queue {queue} is not keeping up", Cause: "{count} jobs wait, the oldest for {age}",
			Remedy: "Check that a node with the worker role runs; if there is too much work for long, add nodes",
		},
	}
	Unreadable = &health.Warning{
		Code: "jobs.unreadable", Severity: health.Caution,
		Chinese: health.Text{Title: "无法读取后台任务状态", Cause: "数据库没有回答", Remedy: "参见数据库一项的说明"},
		English: health.Text{Title: "The state of the jobs cannot be read", Cause: "The database did not answer", Remedy: "See the entry of the database"},
	}
)

// Health is the component "jobs".
func Health(pool *pgxpool.Pool, clk clock.Clock) health.Component {
	return health.Component{
		Name: "jobs", Chinese: "后台任务正常执行", English: "Background jobs are being done",
		Warnings: []*health.Warning{DiscardedJobs, WaitingJobs, Unreadable},
		Check:    func(ctx context.Context) []health.Finding { return check(ctx, db.New(pool), clk.Now()) },
	}
}

func check(ctx context.Context, q *db.Queries, now time.Time) []health.Finding {
	discarded, err := q.Discarded(ctx, now.Add(-discardedKept))
	if err != nil {
		return []health.Finding{Unreadable.Found()}
	}
	waiting, err := q.OldestWaiting(ctx, now.Add(-waitingAfter))
	if err != nil {
		return []health.Finding{Unreadable.Found()}
	}
	var found []health.Finding
	for _, d := range discarded {
		found = append(found, DiscardedJobs.Found("kind", d.Kind, "count", strconv.FormatInt(d.Discarded, 10)))
	}
	for _, w := range waiting {
		found = append(found, WaitingJobs.Found("queue", w.Queue, "count", strconv.FormatInt(w.Waiting, 10),
			"age", now.Sub(w.ReadyAt).Round(time.Second).String()))
	}
	return found
}

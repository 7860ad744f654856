package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/health"
)

// waitLimit is how old an available job may get before somebody should look.
const waitLimit = 2 * time.Minute

var (
	warnWaiting = &health.Warning{
		Code: "jobs.waiting", Severity: health.Caution,
		Chinese: health.Text{Title: "后台任务积压", Cause: "最早的任务已等待 {waited}，共 {count} 个任务在等待。", Remedy: "确认至少有一个进程带 worker 角色且数据库不忙；积压持续时增加 worker 进程。"},
		English: health.Text{Title: "Background jobs are waiting", Cause: "The oldest of {count} waiting jobs has waited {waited}.", Remedy: "Make sure that a process has the worker role and the database is not overloaded; if it lasts, add a worker process."},
	}
	warnDiscarded = &health.Warning{
		Code: "jobs.discarded", Severity: health.Caution,
		Chinese: health.Text{Title: "有后台任务最终失败", Cause: "过去 24 小时内有 {count} 个任务用尽重试，最近的类型为 {kind}。", Remedy: "在日志中按任务编号 {job} 查找原因；原因排除后重新发起该操作。"},
		English: health.Text{Title: "Some background jobs failed for good", Cause: "{count} jobs used up their attempts in the last 24 hours, the latest of kind {kind}.", Remedy: "Look for job {job} in the log; when the cause is mended, start the operation again."},
	}
)

// Health looks at the queue, whoever works on it.
func Health(pool *pgxpool.Pool, c clock.Clock) health.Component {
	return health.Component{
		Name: "jobs", Chinese: "后台任务正常", English: "Background jobs are worked off",
		Warnings: []*health.Warning{warnWaiting, warnDiscarded},
		Check:    func(ctx context.Context) []health.Finding { return check(ctx, pool, c.Now()) },
	}
}

func check(ctx context.Context, pool *pgxpool.Pool, now time.Time) (found []health.Finding) {
	var count int
	var oldest *time.Time
	err := pool.QueryRow(ctx, `SELECT count(*), min(scheduled_at) FROM river.river_job
		WHERE state IN ('available', 'scheduled', 'retryable') AND scheduled_at < $1`, now.Add(-waitLimit)).Scan(&count, &oldest)
	if err != nil {
		return nil // the database's own component tells that it is away
	}
	if oldest != nil {
		found = append(found, warnWaiting.Found("waited", now.Sub(*oldest).Round(time.Second).String(), "count", fmt.Sprint(count)))
	}
	var kind string
	var id int64
	err = pool.QueryRow(ctx, `SELECT count(*) OVER (), kind, id FROM river.river_job
		WHERE state = 'discarded' AND finalized_at > $1 ORDER BY finalized_at DESC LIMIT 1`, now.Add(-24*time.Hour)).Scan(&count, &kind, &id)
	if err == nil {
		found = append(found, warnDiscarded.Found("count", fmt.Sprint(count), "kind", kind, "job", fmt.Sprint(id)))
	}
	return found
}

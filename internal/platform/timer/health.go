package timer

import (
	"context"
	"slices"
	"strconv"
	"time"

	"yingda/internal/platform/health"
	"yingda/internal/platform/timer/internal/db"
)

// lateAfter is the lateness that is reported; the promise is one second.
const lateAfter = 5 * time.Second

// What can be wrong with timers.
var (
	ParkedTimers = &health.Warning{
		Code: "timer.parked", Severity: health.Caution,
		Chinese: health.Text{
			Title: "{count} 个“{kind}”定时任务已停放", Cause: "多次执行都失败,系统已不再自动重试",
			Remedy: "用 yingda timer parked 查看原因,排除后执行 yingda timer revive {kind} KEY",
		},
		English: health.Text{
			Title: "{count} timers of kind {kind} are parked", Cause: "They failed at every attempt and are no longer tried",
			Remedy: "See why with yingda timer parked, remove the cause, then yingda timer revive {kind} KEY",
		},
	}
	UnknownKind = &health.Warning{
		Code: "timer.unknown_kind", Severity: health.Caution,
		Chinese: health.Text{
			Title: "定时任务“{kind}”没有处理程序", Cause: "本程序不认识这种定时任务;升级期间由新版本节点处理属于正常",
			Remedy: "升级完成后仍有此提示时,确认所有节点版本一致",
		},
		English: health.Text{
			Title: "Nothing here handles timers of kind {kind}", Cause: "This program does not know the kind; during an upgrade newer nodes do",
			Remedy: "If this stays after the upgrade, check that all nodes run the same version",
		},
	}
	Late = &health.Warning{
		Code: "timer.late", Severity: health.Fault,
		Chinese: health.Text{
			Title: "定时任务“{kind}”延迟 {age}", Cause: "到期的任务未能及时执行,时限和超时提醒会晚到",
			Remedy: "检查数据库是否繁忙、承担后台任务的节点是否在线",
		},
		English: health.Text{
			Title: "Timers of kind {kind} are {age} late", Cause: "Due timers are not fired in time; deadlines and reminders come late",
			Remedy: "Check whether the database is busy and whether a node with the worker role runs",
		},
	}
	Unreadable = &health.Warning{
		Code: "timer.unreadable", Severity: health.Caution,
		Chinese: health.Text{Title: "无法读取定时任务状态", Cause: "数据库没有回答", Remedy: "参见数据库一项的说明"},
		English: health.Text{Title: "The state of the timers cannot be read", Cause: "The database did not answer", Remedy: "See the entry of the database"},
	}
)

// Health is the component "timer". Ask after all handlers are registered.
func (w *Worker) Health() health.Component {
	return health.Component{
		Name: "timer", Chinese: "定时任务按时执行", English: "Timers fire on time",
		Warnings: []*health.Warning{ParkedTimers, UnknownKind, Late, Unreadable},
		Check:    w.check,
	}
}

func (w *Worker) check(ctx context.Context) []health.Finding {
	q := db.New(w.cfg.Pool)
	parked, err := q.CountParked(ctx)
	if err != nil {
		return []health.Finding{Unreadable.Found()}
	}
	waiting, err := q.Kinds(ctx)
	if err != nil {
		return []health.Finding{Unreadable.Found()}
	}
	var found []health.Finding
	for _, p := range parked {
		found = append(found, ParkedTimers.Found("kind", p.Kind, "count", strconv.FormatInt(p.Parked, 10)))
	}
	known, now := w.kinds(), w.cfg.Clock.Now()
	for _, k := range waiting {
		age := now.Sub(k.FireAt)
		switch {
		case age <= lateAfter:
		case slices.Contains(known, k.Kind):
			found = append(found, Late.Found("kind", k.Kind, "age", age.Round(time.Second).String()))
		default:
			found = append(found, UnknownKind.Found("kind", k.Kind))
		}
	}
	return found
}

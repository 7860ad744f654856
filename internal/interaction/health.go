package interaction

import (
	"context"
	"strconv"
	"time"

	"yingda/internal/platform/health"
)

// waitsTooLong is when people are told that entries wait for the stream.
const waitsTooLong = 5 * time.Second

var (
	warnWaits = &health.Warning{
		Code: "interaction.journal_waits", Severity: health.Fault,
		Chinese: health.Text{Title: "联络日志写不进消息总线", Cause: "{count} 条日志已等待 {age} 秒（{problem}）。通话不受影响；小结和备注暂时无法确认保存。", Remedy: "检查消息总线及其磁盘；恢复后会自动写入。此时停止本进程会丢失等待中的日志。"},
		English: health.Text{Title: "The contact journal waits for the message bus", Cause: "{count} entries have waited for {age} seconds ({problem}). Calls go on; dispositions and notes cannot be confirmed.", Remedy: "Check the message bus and its disk; entries are stored by themselves afterwards. Stopping this process now would lose those that wait."},
	}
	warnLost = &health.Warning{
		Code: "interaction.journal_lost", Severity: health.Fault,
		Chinese: health.Text{Title: "联络日志已丢失", Cause: "消息总线不可用时间过长，{count} 条联络日志没有地方保存，相应记录不完整。", Remedy: "恢复消息总线；本提示在进程重启后消失。"},
		English: health.Text{Title: "Entries of the contact journal were lost", Cause: "The message bus was away for so long that {count} entries had no room to wait; their records are not complete.", Remedy: "Bring the message bus back; this note goes with the next start of the process."},
	}
)

// Health tells whether what happens to contacts is stored.
func (j *Journal) Health() health.Component {
	return health.Component{
		Name: "contact-journal", Chinese: "联络日志已保存", English: "The contact journal is stored",
		Warnings: []*health.Warning{warnWaits, warnLost}, Check: j.check,
	}
}

func (j *Journal) check(context.Context) []health.Finding {
	var found []health.Finding
	s := j.state()
	if age := j.cfg.Clock.Now().Sub(s.since); s.waiting > 0 && age > waitsTooLong {
		found = append(found, warnWaits.Found("count", strconv.Itoa(s.waiting), "age", strconv.Itoa(int(age.Seconds())), "problem", s.problem))
	}
	if s.lost > 0 {
		found = append(found, warnLost.Found("count", strconv.FormatUint(s.lost, 10)))
	}
	return found
}

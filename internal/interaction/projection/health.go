package projection

import (
	"context"
	"strconv"
	"time"

	"yingda/internal/platform/health"
)

// behindAfter is when people are told that records are late.
const behindAfter = 30 * time.Second

var (
	warnBehind = &health.Warning{
		Code: "interaction.projection_behind", Severity: health.Caution,
		Chinese: health.Text{Title: "联络记录更新迟缓", Cause: "联络日志已有 {age} 秒未写入数据库（{problem}）。通话不受影响，日志不会丢失。", Remedy: "检查数据库与消息总线；恢复后会自动补齐。"},
		English: health.Text{Title: "Records of contacts are late", Cause: "The contact journal has not been written to the database for {age} seconds ({problem}). Calls are not affected and nothing is lost.", Remedy: "Check the database and the message bus; the records catch up by themselves."},
	}
	warnAside = &health.Warning{
		Code: "interaction.unprojected", Severity: health.Caution,
		Chinese: health.Text{Title: "有联络日志无法写入记录", Cause: "{count} 条联络日志无法读取或被数据库拒绝，已连同原因另存（interaction.unprojected）。", Remedy: "查看表中的原因（cause）；确认不再需要的，在表中填写 settled_at。"},
		English: health.Text{Title: "Entries of the contact journal could not be written", Cause: "{count} entries cannot be read or are refused by the database; they are kept with their cause (interaction.unprojected).", Remedy: "Look at the cause in the table; set settled_at of what is not needed any more."},
	}
	warnRestart = &health.Warning{
		Code: "interaction.stream_lost", Severity: health.Fault,
		Chinese: health.Text{Title: "联络日志流曾丢失", Cause: "{at} 发现消息总线中的联络日志流已重新开始；此前尚未写入数据库的日志无法找回。", Remedy: "检查消息总线的数据目录与磁盘；本提示在进程重启后消失。"},
		English: health.Text{Title: "The stream of the contact journal was lost", Cause: "At {at} the stream in the message bus was found begun anew; what had not reached the database before is gone.", Remedy: "Check the data directory and the disk of the message bus; this note goes with the next start of the process."},
	}
)

// Health tells whether records follow the journal.
func (p *Projector) Health() health.Component {
	return health.Component{
		Name: "contact-projection", Chinese: "联络记录及时更新", English: "Records of contacts are up to date",
		Warnings: []*health.Warning{warnBehind, warnAside, warnRestart}, Check: p.check,
	}
}

func (p *Projector) check(context.Context) []health.Finding {
	var found []health.Finding
	p.mu.Lock()
	how := p.how
	p.mu.Unlock()
	if age := p.cfg.Clock.Now().Sub(how.behind); !how.behind.IsZero() && age > behindAfter {
		found = append(found, warnBehind.Found("age", strconv.Itoa(int(age.Seconds())), "problem", how.problem))
	}
	if how.aside > 0 {
		found = append(found, warnAside.Found("count", strconv.FormatInt(how.aside, 10)))
	}
	if !how.restart.IsZero() {
		found = append(found, warnRestart.Found("at", how.restart.UTC().Format(time.RFC3339)))
	}
	return found
}

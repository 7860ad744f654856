package numbering

import (
	"context"
	"strconv"

	"yingda/internal/platform/health"
)

var (
	warnNotLoaded = &health.Warning{
		Code: "numbering.not_loaded", Severity: health.Fault,
		Chinese: health.Text{Title: "号码表尚未载入", Cause: "本进程还没有从数据库读到接入号码和号段，来电的服务和归属地都无法识别。", Remedy: "检查数据库是否可用；恢复后两秒内会自动载入。"},
		English: health.Text{Title: "The tables of numbers are not loaded", Cause: "This process has not read called numbers and segments from the database yet: neither the service nor the home of a call is known.", Remedy: "Check the database; the tables are loaded within two seconds of its return."},
	}
	warnStale = &health.Warning{
		Code: "numbering.stale", Severity: health.Caution,
		Chinese: health.Text{Title: "号码表没有更新", Cause: "号码表已 {age} 秒没有与数据库核对，仍按旧表应答。", Remedy: "检查数据库是否可用；恢复后会自动更新。"},
		English: health.Text{Title: "The tables of numbers are not followed", Cause: "They were last compared with the database {age} seconds ago and answer as they are.", Remedy: "Check the database; they follow again by themselves."},
	}
	warnReading = &health.Warning{
		Code: "numbering.reading_stuck", Severity: health.Caution,
		Chinese: health.Text{Title: "号段文件读取没有进展", Cause: "{count} 个号段文件提交已超过 15 分钟仍未读完。", Remedy: "确认至少有一个带 worker 角色的进程在运行；也可在“号段”页面取消后重新导入。"},
		English: health.Text{Title: "A file of number segments is not read", Cause: "{count} files were handed in more than 15 minutes ago and are not read.", Remedy: "Make sure that a process with the worker role runs; or cancel the version on the page and import the file again."},
	}
)

// staleAfter is how many comparisons may fail before people are told.
const staleAfter = 15

// Health tells whether numbers are known.
func (s *Service) Health() health.Component {
	return health.Component{
		Name: "numbering", Chinese: "号码可以识别", English: "Numbers are recognised",
		Warnings: []*health.Warning{warnNotLoaded, warnStale, warnReading}, Check: s.check,
	}
}

func (s *Service) check(ctx context.Context) []health.Finding {
	var found []health.Finding
	h, now := s.held.Load(), s.cfg.Clock.Now()
	switch age := now.Sub(h.at); {
	case !h.loaded:
		found = append(found, warnNotLoaded.Found())
	case age > staleAfter*s.cfg.Follow:
		found = append(found, warnStale.Found("age", strconv.Itoa(int(age.Seconds()))))
	}
	stuck, err := s.stuck(ctx, now)
	if err == nil && stuck > 0 { // the database's own component tells that it is away
		found = append(found, warnReading.Found("count", strconv.FormatInt(stuck, 10)))
	}
	return found
}

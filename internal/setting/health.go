package setting

import (
	"context"
	"strconv"
	"time"

	"yingda/internal/platform/health"
)

const staleAfter = 30 * time.Second

var (
	warnBroken = &health.Warning{
		Code: "setting.value_not_valid", Severity: health.Caution,
		Chinese: health.Text{Title: "有参数值不再有效", Cause: "{centre}的 {key} 等 {count} 个值不符合当前版本的要求（{problem}），系统按上级的值或默认值运行。", Remedy: "在“系统参数”中打开它，重新设置或恢复继承。"},
		English: health.Text{Title: "Values of settings are no longer valid", Cause: "{count} values, first {key} of {centre}, are not what this version takes ({problem}); the value above or the default is used.", Remedy: "Open the setting on the settings page and set it again, or let it be inherited."},
	}
	warnStale = &health.Warning{
		Code: "setting.snapshot_old", Severity: health.Caution,
		Chinese: health.Text{Title: "参数更新不及时", Cause: "本进程读不到最新的参数，仍按 {age} 秒前的值运行。", Remedy: "先看数据库是否可用；恢复后会自动更新。"},
		English: health.Text{Title: "Settings are not up to date", Cause: "This process cannot read the newest values and goes on with those of {age} s ago.", Remedy: "See whether the database answers; then it catches up by itself."},
	}
)

// Health tells whether settings are current and valid.
func (s *Service) Health() health.Component {
	return health.Component{
		Name: "setting", Chinese: "系统参数为最新", English: "Settings are up to date",
		Warnings: []*health.Warning{warnBroken, warnStale}, Check: s.check,
	}
}

func (s *Service) check(context.Context) []health.Finding {
	snap := s.snapshot.Load()
	if snap == nil {
		return nil // the follower has not begun; nothing is served yet
	}
	var found []health.Finding
	if since := s.failingSince.Load(); since != nil {
		if age := s.cfg.Clock.Now().Sub(*since); age > staleAfter {
			found = append(found, warnStale.Found("age", strconv.Itoa(int(age.Seconds()))))
		}
	}
	if len(snap.broken) > 0 {
		b := snap.broken[0]
		found = append(found, warnBroken.Found("count", strconv.Itoa(len(snap.broken)), "key", b.key, "centre", b.centre, "problem", b.problem))
	}
	return found
}

package calendar

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"

	"yingda/internal/calendar/worktime"
	"yingda/internal/platform/health"
)

var warnHolidays = &health.Warning{
	Code: "calendar.holidays_missing", Severity: health.Caution,
	Chinese: health.Text{Title: "缺少 {year} 年的节假日", Cause: "全国中心还没有 {year} 年的公众节假日，工单时限会把节假日当作平日计算。", Remedy: "在“工作时间”页的年历中采用国务院安排，或导入 Excel、JSON 文件。"},
	English: health.Text{Title: "The holidays of {year} are missing", Cause: "The nation has no public holidays for {year}, so deadlines count them as ordinary days.", Remedy: "Take the published arrangement in the year view of working time, or import a workbook or JSON file."},
}

// Health tells whether the holidays of this year, and soon enough those of the next, are there. An installation without
// any working week has no use for them yet.
func (s *Service) Health() health.Component {
	return health.Component{
		Name: "calendar", Chinese: "节假日已齐备", English: "Public holidays are complete",
		Warnings: []*health.Warning{warnHolidays}, Check: s.check,
	}
}

func (s *Service) check(context.Context) []health.Finding {
	snap := s.snapshot.Load()
	if snap == nil || len(snap.weeks) == 0 {
		return nil
	}
	root, ok := snap.tree.Root()
	if !ok {
		return nil
	}
	years := map[int]bool{}
	for _, d := range snap.days[root.ID] {
		if d.Public {
			years[d.Day.Time().Year()] = true
		}
	}
	today := worktime.DateIn(s.cfg.Clock.Now(), time.FixedZone("Asia/Shanghai", 8*60*60))
	soon := today + worktime.Date(HolidaysAhead.Get(s.cfg.Settings, uuid.Nil))
	var found []health.Finding
	for year := today.Time().Year(); year <= soon.Time().Year(); year++ {
		if !years[year] {
			found = append(found, warnHolidays.Found("year", strconv.Itoa(year)))
		}
	}
	return found
}

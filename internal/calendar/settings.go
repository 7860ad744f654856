package calendar

import "yingda/internal/setting"

var groupCalendar = setting.Group{Key: "calendar", ZH: "工作时间", EN: "Working time"}

var weekdayChoices = []setting.Option{
	{Value: "1", ZH: "周一", EN: "Monday"}, {Value: "2", ZH: "周二", EN: "Tuesday"}, {Value: "3", ZH: "周三", EN: "Wednesday"},
	{Value: "4", ZH: "周四", EN: "Thursday"}, {Value: "5", ZH: "周五", EN: "Friday"}, {Value: "6", ZH: "周六", EN: "Saturday"}, {Value: "7", ZH: "周日", EN: "Sunday"},
}

// The settings by which this package acts.
var (
	// MakeUpAs is the weekday that make-up workdays are worked like; the public arrangement does not say.
	MakeUpAs = setting.NewChoice(setting.Definition{
		Key: "calendar.make_up.weekday", Default: "1", Group: groupCalendar, Choices: weekdayChoices,
		ZH: "调休上班日按周几上班", EN: "Make-up workdays are worked like",
		HelpZH: "采用或导入节假日安排时，调休上班日使用周几的时段。已有的日子不变。", HelpEN: "The weekday whose periods make-up workdays get when holidays are taken or imported. Days that are there stay.",
	})
	// HolidaysAhead is how many days before a year begins health asks for its holidays.
	HolidaysAhead = setting.NewInt(setting.Definition{
		Key: "calendar.holidays.ahead", Default: 30, Min: 0, Max: 180, Unit: "days", Nationwide: true, Group: groupCalendar,
		ZH: "提前多少天提醒缺少节假日", EN: "Remind of missing holidays",
		HelpZH: "新年前这么多天还没有下一年的节假日时，健康页给出提示；0 表示只在当年缺少时提示。", HelpEN: "So many days before a year begins the health page says that its holidays are missing; 0: only when the running year has none.",
	})
	// ImportRows bounds the rows of a file with weeks or days.
	ImportRows = setting.NewInt(setting.Definition{
		Key: "calendar.import.rows", Default: 2000, Min: 1, Max: maxImport, Unit: "rows", Stricter: setting.Lower, Group: groupCalendar,
		ZH: "工作时间导入行数上限", EN: "Rows of an import of working time", HelpZH: "工作周、节假日一次最多导入多少行。", HelpEN: "How many rows a file of working weeks or holidays may have.",
	})
)

// Definitions lists them.
func Definitions() []setting.Definition {
	return []setting.Definition{MakeUpAs.Definition(), HolidaysAhead.Definition(), ImportRows.Definition()}
}

package interaction

import "yingda/internal/setting"

var groupInteraction = setting.Group{Key: "interaction", ZH: "联络记录", EN: "Records of contacts"}

// KeepDays is how long records of contacts are kept.
var KeepDays = setting.NewInt(setting.Definition{
	Key: "interaction.contacts.keep", Default: 730, Min: 62, Max: 3660, Unit: "days", Stricter: setting.Higher, Nationwide: true, Important: true, Group: groupInteraction,
	ZH: "联络记录保留天数", EN: "Days that records of contacts are kept",
	HelpZH: "联络记录、时间线、小结、备注和座席状态按月存放；整月都超过天数后，该月每天清理时整体删除，不能恢复。录音另有自己的保存天数。",
	HelpEN: "Records, timelines, dispositions, notes and agents' states lie by months; a month that is older as a whole is removed at the daily sweep and cannot be restored. Recordings have days of their own.",
})

// Definitions lists them.
func Definitions() []setting.Definition { return []setting.Definition{KeepDays.Definition()} }

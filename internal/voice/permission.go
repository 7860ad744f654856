package voice

import "yingda/internal/actor"

// The permissions of this package.
const (
	TrunkRead  actor.Permission = "voice.trunk.read"
	TrunkEdit  actor.Permission = "voice.trunk.edit"
	PhoneRead  actor.Permission = "voice.phone.read"
	PhoneEdit  actor.Permission = "voice.phone.edit"
	NumberRead actor.Permission = "voice.number.read"
	NumberEdit actor.Permission = "voice.number.edit"
	LiveRead   actor.Permission = "voice.live.read"
	LiveHang   actor.Permission = "voice.live.hang"
	CallRead   actor.Permission = "voice.call.read"
	CallExport actor.Permission = "voice.call.export"
)

// Permissions describes them, in the order people read them.
func Permissions() []actor.Definition {
	readers := []actor.Role{
		actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin, actor.NationManager, actor.ProvinceManager, actor.CityManager,
		actor.Auditor, actor.ShiftLeader, actor.Configuration,
	}
	editors := []actor.Role{actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin, actor.Configuration}
	watchers := []actor.Role{
		actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin, actor.NationManager, actor.ProvinceManager, actor.CityManager,
		actor.ShiftLeader, actor.MonitoringCentre,
	}
	administrators := []actor.Role{actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin}
	return []actor.Definition{
		{Permission: TrunkRead, ZH: "查看中继与状态", EN: "See trunks and how they are", Ready: append(readers, actor.MonitoringCentre)},
		{Permission: TrunkEdit, ZH: "维护中继", EN: "Maintain trunks", Grave: true, Ready: editors},
		{Permission: PhoneRead, ZH: "查看话机与注册情况", EN: "See desk phones and where they are registered", Ready: readers},
		{Permission: PhoneEdit, ZH: "维护话机、重发密码", EN: "Maintain desk phones and their passwords", Grave: true, Ready: administrators},
		{Permission: NumberRead, ZH: "查看号码去向与提示音", EN: "See what happens to called numbers, and prompts", Ready: readers},
		{Permission: NumberEdit, ZH: "维护号码去向与提示音", EN: "Maintain what happens to called numbers, and prompts", Grave: true, Ready: editors},
		{Permission: LiveRead, ZH: "查看实时通话及其信令", EN: "See calls in progress and their signalling", Ready: watchers},
		{Permission: LiveHang, ZH: "强制挂断通话", EN: "End somebody's call", Grave: true, Ready: administrators},
		{Permission: CallRead, ZH: "查看通话记录（脱敏）及其信令", EN: "See calls that ended (masked) and their signalling", Ready: append(watchers, actor.Auditor)},
		{Permission: CallExport, ZH: "导出通话记录（脱敏）", EN: "Export calls that ended (masked)", Ready: append(administrators, actor.Auditor)},
	}
}

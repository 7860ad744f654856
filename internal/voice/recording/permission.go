package recording

import "yingda/internal/actor"

// The permissions of this package.
const (
	Read     actor.Permission = "voice.recording.read"
	Play     actor.Permission = "voice.recording.play"
	Download actor.Permission = "voice.recording.download"
	Export   actor.Permission = "voice.recording.export"
	KeepHeld actor.Permission = "voice.recording.hold"
	Erase    actor.Permission = "voice.recording.erase"
)

// Permissions describes them, in the order people read them.
func Permissions() []actor.Definition {
	managers := []actor.Role{actor.NationManager, actor.ProvinceManager, actor.CityManager}
	administrators := []actor.Role{actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin}
	listeners := append([]actor.Role{actor.ShiftLeader, actor.QualityInspector, actor.Trainer}, managers...)
	readers := append(append([]actor.Role{actor.Auditor}, administrators...), listeners...)
	return []actor.Definition{
		{Permission: Read, ZH: "查看录音列表", EN: "See which recordings there are", Ready: readers},
		{Permission: Play, ZH: "收听录音", EN: "Hear recordings", Grave: true, Ready: listeners},
		{Permission: Download, ZH: "下载录音", EN: "Download recordings", Grave: true, Ready: managers},
		{Permission: Export, ZH: "导出录音列表（脱敏）", EN: "Export the list of recordings (masked)", Ready: append(append([]actor.Role{actor.Auditor}, administrators...), managers...)},
		{Permission: KeepHeld, ZH: "封存录音、解除封存", EN: "Put recordings on hold and release them", Grave: true, Ready: managers},
		{Permission: Erase, ZH: "销毁录音", EN: "Erase recordings", Grave: true, Ready: []actor.Role{actor.NationAdmin}},
	}
}

package interaction

import "yingda/internal/actor"

// The permissions of this package.
const (
	ContactRead   actor.Permission = "interaction.contact.read"
	ContactOwn    actor.Permission = "interaction.contact.own"
	ContactEdit   actor.Permission = "interaction.contact.edit"
	ContactExport actor.Permission = "interaction.contact.export"
	ContactReveal actor.Permission = "interaction.contact.reveal"
	NoteRead      actor.Permission = "interaction.note.read"
)

// Permissions describes them, in the order people read them.
func Permissions() []actor.Definition {
	leaders := []actor.Role{
		actor.NationManager, actor.ProvinceManager, actor.CityManager, actor.ShiftLeader,
	}
	administrators := []actor.Role{actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin}
	inspectors := []actor.Role{actor.QualityInspector, actor.Trainer, actor.Auditor}
	workers := []actor.Role{
		actor.Agent, actor.ShiftLeader, actor.OutboundAgent, actor.BackOffice, actor.VIPManager, actor.RetentionManager, actor.ProductSupport,
	}
	readers := append(append(append([]actor.Role{actor.BackOffice}, administrators...), leaders...), inspectors...)
	return []actor.Definition{
		{Permission: ContactRead, ZH: "查看联络记录与时间线（号码脱敏）", EN: "See records of contacts and their timelines (numbers masked)", Ready: readers},
		{Permission: ContactOwn, ZH: "查看自己服务的联络，填写小结与备注", EN: "See the contacts one served, say what they were about and note them", Ready: workers},
		{Permission: ContactEdit, ZH: "修改他人联络的小结与备注", EN: "Change what others' contacts were about, and note them", Ready: leaders},
		{Permission: ContactExport, ZH: "导出联络记录（脱敏）", EN: "Export records of contacts (masked)", Ready: append(append([]actor.Role{actor.Auditor}, administrators...), actor.NationManager, actor.ProvinceManager, actor.CityManager)},
		{Permission: ContactReveal, ZH: "查看联络的完整主叫号码", EN: "See the caller's whole number of a contact", Grave: true, Ready: leaders},
		{Permission: NoteRead, ZH: "阅读他人的联络备注", EN: "Read the notes that others made on contacts", Grave: true, Ready: append(append([]actor.Role{actor.BackOffice}, leaders...), actor.QualityInspector)},
	}
}

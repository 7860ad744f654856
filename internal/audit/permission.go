package audit

import "yingda/internal/actor"

// The permissions of this package.
const (
	EntryRead   actor.Permission = "audit.entry.read"
	EntryExport actor.Permission = "audit.entry.export"
	SealRead    actor.Permission = "audit.seal.read"
	SealVerify  actor.Permission = "audit.seal.verify"
)

// Permissions describes them.
func Permissions() []actor.Definition {
	readers := []actor.Role{actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin, actor.NationManager, actor.ProvinceManager, actor.CityManager, actor.Auditor}
	// Administrators and managers do what the audit records: they may look, and the auditor takes it away.
	exporters := []actor.Role{actor.Auditor}
	return []actor.Definition{
		{Permission: EntryRead, ZH: "查询审计记录", EN: "search the audit", Grave: true, Ready: readers},
		{Permission: EntryExport, ZH: "导出审计记录", EN: "export the audit", Grave: true, Ready: exporters},
		{Permission: SealRead, ZH: "查看审计封存状态", EN: "see how the audit is sealed", Ready: readers},
		{Permission: SealVerify, ZH: "校验审计封存", EN: "verify the seal of the audit", Ready: []actor.Role{actor.NationAdmin, actor.Auditor}},
	}
}

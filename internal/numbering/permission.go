package numbering

import "yingda/internal/actor"

// The permissions of this package.
const (
	CalledRead   actor.Permission = "numbering.called.read"
	CalledEdit   actor.Permission = "numbering.called.edit"
	SegmentRead  actor.Permission = "numbering.segment.read"
	SegmentEdit  actor.Permission = "numbering.segment.edit"
	PortedRead   actor.Permission = "numbering.ported.read"
	PortedEdit   actor.Permission = "numbering.ported.edit"
	PortedExport actor.Permission = "numbering.ported.export"
)

// Permissions describes them, in the order people read them.
func Permissions() []actor.Definition {
	readers := []actor.Role{
		actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin, actor.NationManager, actor.ProvinceManager, actor.CityManager,
		actor.Auditor, actor.ShiftLeader, actor.Configuration,
	}
	editors := []actor.Role{actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin, actor.Configuration}
	nation := []actor.Role{actor.NationAdmin}
	return []actor.Definition{
		{Permission: CalledRead, ZH: "查看接入号码并试查号码", EN: "See called numbers and try numbers out", Ready: readers},
		{Permission: CalledEdit, ZH: "维护接入号码", EN: "Maintain called numbers", Grave: true, Ready: editors},
		{Permission: SegmentRead, ZH: "查看号段版本", EN: "See versions of number segments", Ready: readers},
		{Permission: SegmentEdit, ZH: "导入、启用、回退号段版本", EN: "Import number segments and put versions into use", Grave: true, Ready: nation},
		{Permission: PortedRead, ZH: "查看携号转网号码（脱敏）", EN: "See ported numbers (masked)", Ready: []actor.Role{actor.NationAdmin, actor.NationManager}},
		{Permission: PortedEdit, ZH: "维护携号转网号码", EN: "Maintain ported numbers", Ready: nation},
		{Permission: PortedExport, ZH: "导出完整的携号转网号码", EN: "Export ported numbers in full", Grave: true, Ready: nation},
	}
}

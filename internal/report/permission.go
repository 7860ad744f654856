package report

import "yingda/internal/actor"

// The permissions of this package.
const (
	Read   actor.Permission = "report.read"
	Export actor.Permission = "report.export"
)

// Permissions describes them, in the order people read them.
func Permissions() []actor.Definition {
	managers := []actor.Role{actor.NationManager, actor.ProvinceManager, actor.CityManager}
	administrators := []actor.Role{actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin}
	readers := append(append([]actor.Role{actor.Auditor, actor.ShiftLeader, actor.Planner, actor.MonitoringCentre}, administrators...), managers...)
	return []actor.Definition{
		{Permission: Read, ZH: "查看报表", EN: "See reports", Ready: readers},
		{Permission: Export, ZH: "导出报表", EN: "Export reports", Ready: append(append([]actor.Role{actor.Auditor, actor.ShiftLeader, actor.Planner}, administrators...), managers...)},
	}
}

package organization

import "yingda/internal/actor"

// The permissions of this package.
const (
	CentreRead  actor.Permission = "organization.centre.read"
	CentreEdit  actor.Permission = "organization.centre.edit"
	AreaRead    actor.Permission = "organization.area.read"
	AreaEdit    actor.Permission = "organization.area.edit"
	TeamRead    actor.Permission = "organization.team.read"
	TeamEdit    actor.Permission = "organization.team.edit"
	StaffRead   actor.Permission = "organization.staff.read"
	StaffEdit   actor.Permission = "organization.staff.edit"
	StaffImport actor.Permission = "organization.staff.import"
	StaffReveal actor.Permission = "organization.staff.reveal"
	PostRead    actor.Permission = "organization.post.read"
	PostEdit    actor.Permission = "organization.post.edit"
	PostIssue   actor.Permission = "organization.post.issue"
	SkillRead   actor.Permission = "organization.skill.read"
	SkillEdit   actor.Permission = "organization.skill.edit"
	CodeRead    actor.Permission = "organization.code.read"
	CodeEdit    actor.Permission = "organization.code.edit"
)

// Permissions describes them, in the order people read them.
func Permissions() []actor.Definition {
	var (
		all      []actor.Role
		admins   = []actor.Role{actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin}
		managers = []actor.Role{actor.NationManager, actor.ProvinceManager, actor.CityManager}
		high     = []actor.Role{actor.NationAdmin, actor.ProvinceAdmin}
		// Posts and skills are one list for the whole operator: only roles of the nation change them.
		nation = []actor.Role{actor.NationAdmin}
	)
	for _, r := range actor.ReadyRoles() {
		all = append(all, r.Role)
	}
	with := func(groups ...[]actor.Role) []actor.Role {
		var roles []actor.Role
		for _, g := range groups {
			roles = append(roles, g...)
		}
		return roles
	}
	people := []actor.Role{actor.Auditor, actor.ShiftLeader, actor.Planner, actor.Trainer, actor.QualityInspector, actor.HallManager}
	return []actor.Definition{
		{Permission: CentreRead, ZH: "查看中心", EN: "See centres", Ready: all},
		{Permission: CentreEdit, ZH: "新建、修改、移动、撤销中心", EN: "Create, change, move and close centres", Grave: true, Ready: admins},
		{Permission: AreaRead, ZH: "查看服务区域", EN: "See service areas", Ready: with(admins, managers, people, []actor.Role{actor.Configuration})},
		{Permission: AreaEdit, ZH: "维护服务区域", EN: "Maintain service areas", Grave: true, Ready: high},
		{Permission: TeamRead, ZH: "查看班组", EN: "See teams", Ready: all},
		{Permission: TeamEdit, ZH: "新建、修改、撤销班组", EN: "Create, change and close teams", Ready: with(admins, managers)},
		{Permission: StaffRead, ZH: "查看员工", EN: "See staff", Ready: with(admins, managers, people)},
		{Permission: StaffEdit, ZH: "维护员工", EN: "Maintain staff", Grave: true, Ready: admins},
		{Permission: StaffImport, ZH: "批量导入员工", EN: "Import staff", Grave: true, Ready: admins},
		{Permission: StaffReveal, ZH: "查看员工的完整手机号和邮箱", EN: "See phone numbers and mail addresses of staff in full", Grave: true, Ready: with(admins, managers, []actor.Role{actor.ShiftLeader})},
		{Permission: PostRead, ZH: "查看岗位与岗位说明书", EN: "See posts and job descriptions", Ready: all},
		{Permission: PostEdit, ZH: "维护岗位", EN: "Maintain posts", Ready: nation},
		{Permission: PostIssue, ZH: "发布岗位说明书", EN: "Issue job descriptions", Ready: with(nation, []actor.Role{actor.NationManager})},
		{Permission: SkillRead, ZH: "查看技能", EN: "See skills", Ready: with(admins, managers, people)},
		{Permission: SkillEdit, ZH: "维护技能", EN: "Maintain skills", Ready: with(nation, []actor.Role{actor.NationManager, actor.Trainer})},
		{Permission: CodeRead, ZH: "查看码表", EN: "See code tables", Ready: all},
		{Permission: CodeEdit, ZH: "维护和发布码表", EN: "Maintain and publish code tables", Ready: with(high, []actor.Role{actor.Configuration})},
	}
}

package identity

import (
	"slices"

	"yingda/internal/actor"
)

// The permissions of this package. Those of reviews and policies stand with them.
const (
	AccountRead    actor.Permission = "identity.account.read"
	AccountRequest actor.Permission = "identity.account.request"
	AccountApprove actor.Permission = "identity.account.approve"
	CredentialHelp actor.Permission = "identity.credential.reset"
	SessionManage  actor.Permission = "identity.session.manage"
	TokenOwn       actor.Permission = "identity.token.own"
	TokenManage    actor.Permission = "identity.token.manage"
	RoleRead       actor.Permission = "identity.role.read"
	RoleEditing    actor.Permission = "identity.role.edit"
	DutyEditing    actor.Permission = "identity.duty.edit"
)

var (
	admins    = []actor.Role{actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin}
	managers  = []actor.Role{actor.NationManager, actor.ProvinceManager, actor.CityManager}
	overseers = []actor.Role{
		actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin,
		actor.NationManager, actor.ProvinceManager, actor.CityManager, actor.Auditor,
	}
)

// Permissions lists all permissions of this package.
func Permissions() []actor.Definition {
	return slices.Concat(corePermissions(), controlPermissions(), preferencePermissions())
}

// corePermissions describes the permissions above.
func corePermissions() []actor.Definition {
	return []actor.Definition{
		{Permission: AccountRead, ZH: "查看账号", EN: "See accounts", Ready: overseers},
		{Permission: AccountRequest, ZH: "申请开通、变更、停用账号", EN: "Request accounts and changes of them", Grave: true, Ready: admins},
		{Permission: AccountApprove, ZH: "审批账号申请", EN: "Decide requests for accounts", Grave: true, Ready: managers},
		{Permission: CredentialHelp, ZH: "重置密码、解除锁定、停用动态口令", EN: "Reset passwords, unlock, take off second factors", Grave: true, Ready: admins},
		{Permission: SessionManage, ZH: "查看并结束他人的登录", EN: "See and end sessions of others", Ready: admins},
		{Permission: TokenOwn, ZH: "为自己的程序建立接口令牌", EN: "Make API tokens for own programs", Grave: true, Ready: admins},
		{Permission: TokenManage, ZH: "查看并撤销他人的接口令牌", EN: "See and revoke API tokens of others", Ready: admins},
		{Permission: RoleRead, ZH: "查看角色和不相容规则", EN: "See roles and duty rules", Ready: overseers},
		{Permission: RoleEditing, ZH: "编辑角色", EN: "Edit roles", Grave: true, Ready: []actor.Role{actor.NationAdmin}},
		{Permission: DutyEditing, ZH: "编辑不相容职责规则", EN: "Edit the rules of segregation of duties", Grave: true, Ready: []actor.Role{actor.NationAdmin}},
	}
}

package identity

import "yingda/internal/actor"

// The permissions of the control of accounts: emergencies, reviews, policies.
const (
	AccountEmergency actor.Permission = "identity.account.emergency"
	ReviewRead       actor.Permission = "identity.review.read"
	ReviewManage     actor.Permission = "identity.review.manage"
	ReviewSign       actor.Permission = "identity.review.sign"
	RegulationRead   actor.Permission = "identity.policy.read"
	RegulationEdit   actor.Permission = "identity.policy.edit"
	RegulationIssue  actor.Permission = "identity.policy.approve"
)

// controlPermissions describes the permissions above.
func controlPermissions() []actor.Definition {
	leaders := append([]actor.Role{actor.ShiftLeader}, managers...)
	return []actor.Definition{
		{Permission: AccountEmergency, ZH: "紧急停用账号（事后审批）", EN: "Suspend accounts at once, to be confirmed afterwards", Grave: true, Ready: managers},
		{Permission: ReviewRead, ZH: "查看权限复核", EN: "See access reviews", Ready: overseers},
		{Permission: ReviewManage, ZH: "发起、改派、关闭权限复核", EN: "Open, hand over and close access reviews", Grave: true, Ready: admins},
		{Permission: ReviewSign, ZH: "复核并签署本组人员权限", EN: "Review and sign what one's people may do", Grave: true, Ready: leaders},
		{Permission: RegulationRead, ZH: "查看制度及确认情况", EN: "See policies and who acknowledged them", Ready: overseers},
		{Permission: RegulationEdit, ZH: "编写制度", EN: "Write policies", Ready: []actor.Role{actor.NationAdmin}},
		{Permission: RegulationIssue, ZH: "批准发布制度", EN: "Approve the publication of policies", Grave: true, Ready: []actor.Role{actor.NationManager}},
	}
}

package setting

import (
	"yingda/internal/actor"
	"yingda/internal/platform/fault"
)

// The permissions of this package. Help texts are read by everybody.
const (
	ValueRead    actor.Permission = "setting.value.read"
	ValueEdit    actor.Permission = "setting.value.edit"
	ValueApprove actor.Permission = "setting.value.approve"
	TreeRead     actor.Permission = "setting.code_tree.read"
	TreeEdit     actor.Permission = "setting.code_tree.edit"
	HelpWrite    actor.Permission = "setting.help.edit"
)

// Permissions describes them, in the order people read them.
func Permissions() []actor.Definition {
	admins := []actor.Role{actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin}
	managers := []actor.Role{actor.NationManager, actor.ProvinceManager, actor.CityManager}
	readers := append(append([]actor.Role{actor.Auditor, actor.Configuration}, admins...), managers...)
	return []actor.Definition{
		{Permission: ValueRead, ZH: "查看系统参数", EN: "See settings", Ready: readers},
		{Permission: ValueEdit, ZH: "修改系统参数", EN: "Change settings", Grave: true, Ready: admins},
		{Permission: ValueApprove, ZH: "审批重要参数的修改", EN: "Decide changes of important settings", Grave: true, Ready: managers},
		{Permission: TreeRead, ZH: "查看代码树", EN: "See code trees", Ready: append([]actor.Role{actor.KnowledgeEntry, actor.QualityInspector, actor.BackOffice, actor.ShiftLeader}, readers...)},
		{Permission: TreeEdit, ZH: "维护代码树", EN: "Maintain code trees", Ready: append([]actor.Role{actor.Configuration}, admins...)},
		{Permission: HelpWrite, ZH: "补充帮助内容", EN: "Add help texts", Ready: append([]actor.Role{actor.Trainer}, admins...)},
	}
}

// Faults of this package.
var (
	ErrNoSetting = fault.New(fault.NotFound, "setting.no_such_setting", "there is no such setting")
	ErrNoCentre  = fault.New(fault.NotFound, "setting.no_such_centre", "there is no such centre")
	ErrNoVersion = fault.New(fault.NotFound, "setting.no_such_version", "there is no such version")
	ErrNoTree    = fault.New(fault.NotFound, "setting.no_such_tree", "there is no such code tree")
	ErrTreeTaken = fault.New(fault.Conflict, "setting.tree_taken", "there is a code tree of this key already")
	ErrUnchanged = fault.New(fault.Conflict, "setting.unchanged", "it is already so; nothing was changed")
	// ErrChangedMeanwhile is the sentinel of a change that was based on an older version.
	ErrChangedMeanwhile = fault.New(fault.Conflict, "setting.changed_meanwhile", "somebody changed this meanwhile").
				WithRemedy("look at what changed and save again")
	errHelpClosed = fault.New(fault.Denied, "setting.help_closed", "only the nation may add help texts").WithRemedy("ask for the setting setting.help.below_nation")
	errInvalid    = fault.New(fault.Invalid, "setting.invalid", "the change is not complete")
)

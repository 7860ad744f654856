package app

import (
	"context"
	"slices"

	"yingda/internal/actor"
	"yingda/internal/approval"
	"yingda/internal/audit"
	"yingda/internal/calendar"
	"yingda/internal/identity"
	"yingda/internal/interaction"
	"yingda/internal/numbering"
	"yingda/internal/organization"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/webhook"
	"yingda/internal/report"
	"yingda/internal/routing"
	"yingda/internal/setting"
	"yingda/internal/voice"
	"yingda/internal/voice/recording"
)

var (
	administrators = []actor.Role{actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin}
	managers       = []actor.Role{actor.NationManager, actor.ProvinceManager, actor.CityManager}
)

// platformPermissions describes the permissions of the machinery, which has no words of the business itself.
func platformPermissions() []actor.Definition {
	return []actor.Definition{
		{Permission: healthRead, ZH: "查看系统健康状况", EN: "See how the installation is", Ready: slices.Concat(administrators, managers, []actor.Role{actor.Auditor, actor.ShiftLeader})},
		{Permission: httpapi.MetricsRead, ZH: "读取运行指标", EN: "Read the metrics", Ready: administrators},
		{Permission: notify.Read, ZH: "查看已发送的消息", EN: "See the messages that were sent", Ready: slices.Concat(administrators, []actor.Role{actor.Auditor, actor.ShiftLeader})},
		{Permission: notify.Compose, ZH: "手工发送消息", EN: "Write and send a message", Ready: administrators},
		{Permission: webhook.Read, ZH: "查看外部系统订阅", EN: "See which systems are told", Ready: []actor.Role{actor.NationAdmin, actor.Auditor}},
		{Permission: webhook.Edit, ZH: "管理外部系统订阅", EN: "Manage which systems are told", Grave: true, Ready: []actor.Role{actor.NationAdmin}},
	}
}

// catalogue is every permission of the installation.
func catalogue() []actor.Definition {
	return slices.Concat(
		platformPermissions(), audit.Permissions(), organization.Permissions(), approval.Permissions(), identity.Permissions(),
		setting.Permissions(), calendar.Permissions(), numbering.Permissions(), interaction.Permissions(), recording.Permissions(), routing.Permissions(), voice.Permissions(),
		report.Permissions(),
	)
}

// permit refuses a request whose sender does not hold its route's permission.
func permit(ctx context.Context, permission string) error {
	switch permission {
	case httpapi.AnySession:
		if actor.From(ctx) == nil {
			return actor.ErrUnauthenticated
		}
		return nil
	case httpapi.SignedIn:
		_, err := actor.Require(ctx)
		return err
	default:
		_, err := actor.Allow(ctx, actor.Permission(permission))
		return err
	}
}

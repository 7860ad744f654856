package app

import (
	"context"

	"yingda/internal/actor"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/webhook"
)

var (
	administrators = []actor.Role{actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin}
	managers       = []actor.Role{actor.NationManager, actor.ProvinceManager, actor.CityManager}
)

// platformPermissions describes the permissions of the machinery, which has no words of the business itself.
func platformPermissions() []actor.Definition {
	return []actor.Definition{
		{Permission: healthRead, ZH: "查看系统健康状况", EN: "See how the installation is", Ready: append(append([]actor.Role{actor.Auditor, actor.ShiftLeader}, administrators...), managers...)},
		{Permission: httpapi.MetricsRead, ZH: "读取运行指标", EN: "Read the metrics", Ready: administrators},
		{Permission: notify.Read, ZH: "查看已发送的消息", EN: "See the messages that were sent", Ready: append([]actor.Role{actor.ShiftLeader, actor.Auditor}, administrators...)},
		{Permission: notify.Compose, ZH: "手工发送消息", EN: "Write and send a message", Ready: administrators},
		{Permission: webhook.Read, ZH: "查看外部系统订阅", EN: "See which systems are told", Ready: []actor.Role{actor.NationAdmin, actor.Auditor}},
		{Permission: webhook.Edit, ZH: "管理外部系统订阅", EN: "Manage which systems are told", Grave: true, Ready: []actor.Role{actor.NationAdmin}},
	}
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

package routing

import "yingda/internal/actor"

// The permissions of this package.
const (
	AgentWork    actor.Permission = "routing.agent.work"
	AgentRead    actor.Permission = "routing.agent.read"
	AgentForce   actor.Permission = "routing.agent.force"
	QueueRead    actor.Permission = "routing.queue.read"
	QueueEdit    actor.Permission = "routing.queue.edit"
	DecisionRead actor.Permission = "routing.decision.read"
)

// Permissions describes them, in the order people read them.
func Permissions() []actor.Definition {
	leaders := []actor.Role{
		actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin, actor.NationManager, actor.ProvinceManager, actor.CityManager, actor.ShiftLeader,
	}
	watchers := append([]actor.Role{actor.MonitoringCentre, actor.Planner}, leaders...)
	editors := []actor.Role{actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin, actor.Configuration}
	return []actor.Definition{
		{Permission: AgentWork, ZH: "签入座席、接听联系", EN: "Sign in to the floor and take contacts", Ready: []actor.Role{
			actor.Agent, actor.ShiftLeader, actor.OutboundAgent, actor.BackOffice, actor.VIPManager, actor.RetentionManager, actor.ProductSupport,
		}},
		{Permission: AgentRead, ZH: "查看座席实时状态", EN: "See what agents do now", Ready: watchers},
		{Permission: AgentForce, ZH: "强制座席就绪、小休或签出", EN: "Force agents ready, on a break or out", Grave: true, Ready: leaders},
		{Permission: QueueRead, ZH: "查看队列与小休原因", EN: "See queues and reasons for breaks", Ready: append([]actor.Role{actor.Auditor, actor.Configuration}, watchers...)},
		{Permission: QueueEdit, ZH: "维护队列与小休原因", EN: "Maintain queues and reasons for breaks", Grave: true, Ready: editors},
		{Permission: DecisionRead, ZH: "查看分配原因", EN: "See why contacts went where they went", Ready: append([]actor.Role{actor.Auditor}, leaders...)},
	}
}

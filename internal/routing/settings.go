package routing

import "yingda/internal/setting"

var groupRouting = setting.Group{Key: "routing", ZH: "排队与路由", EN: "Routing"}

// The settings by which this package acts.
var (
	// Explain is whether the router writes down why each contact went where it went.
	Explain = setting.NewBool(setting.Definition{
		Key: "routing.explain", Default: true, Nationwide: true, Group: groupRouting,
		ZH: "记录分配原因", EN: "Explain decisions",
		HelpZH: "记录每次分配的前几名候选人及其他人未被选中的原因，可在联系记录中查看；约占用路由十分之一的能力。更改后在路由下次接管时生效。",
		HelpEN: "Writes down the best candidates of each decision and why others were not chosen. Holds from the next time a router takes over.",
	})
	// PageGone is after how long without a sign of his page an agent is signed out.
	PageGone = setting.NewInt(setting.Definition{
		Key: "routing.agent.page_gone", Default: 0, Min: 0, Max: 1440, Unit: "minutes", Nationwide: true, Group: groupRouting,
		ZH: "座席页面关闭多久后签出", EN: "Sign agents out when their page is gone for",
		HelpZH: "使用桌面话机的座席关闭页面后仍可接听。填 0 表示一直保持签入；填分钟数则超过后在当前联系结束时签出。",
		HelpEN: "An agent with a desk phone goes on answering without a page. 0: he stays signed in. Otherwise he is signed out after so long, when his contact is over.",
	})
)

// Definitions lists them.
func Definitions() []setting.Definition {
	return []setting.Definition{Explain.Definition(), PageGone.Definition()}
}

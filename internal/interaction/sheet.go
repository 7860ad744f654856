package interaction

import (
	"time"

	"yingda/internal/platform/sheet"
)

var contactTable = sheet.Table{Key: "contacts", ZH: "联络记录", EN: "Contacts", Columns: []sheet.Column{
	{Key: "began", ZH: "开始时间", EN: "Began", Width: 20}, {Key: "caller", ZH: "主叫（脱敏）", EN: "Caller (masked)", Width: 18},
	{Key: "home", ZH: "归属地", EN: "Home", Width: 12}, {Key: "called", ZH: "被叫", EN: "Called", Width: 14},
	{Key: "queue", ZH: "队列", EN: "Queue", Width: 18, Kind: sheet.Free}, {Key: "agent_number", ZH: "工号", EN: "Staff number", Width: 12},
	{Key: "agent", ZH: "座席", EN: "Agent", Width: 16, Kind: sheet.Free}, {Key: "outcome", ZH: "结果", EN: "Outcome", Width: 16},
	{Key: "queued", ZH: "排队秒数", EN: "Seconds queued", Width: 10}, {Key: "ring", ZH: "振铃秒数", EN: "Seconds rung", Width: 10},
	{Key: "talk", ZH: "通话秒数", EN: "Seconds talked", Width: 10}, {Key: "hold", ZH: "保持秒数", EN: "Seconds on hold", Width: 10},
	{Key: "wrap", ZH: "话后秒数", EN: "Seconds of wrap-up", Width: 10}, {Key: "ended", ZH: "结束时间", EN: "Ended", Width: 20},
	{Key: "ended_by", ZH: "结束方", EN: "Ended by", Width: 10}, {Key: "disposition", ZH: "小结", EN: "Disposition", Width: 32, Kind: sheet.Free},
	{Key: "simulated", ZH: "模拟", EN: "Simulated", Width: 8}, {Key: "id", ZH: "编号", EN: "Id", Width: 38},
}}

// outcomeWords are the outcomes as a sheet says them.
var outcomeWords = map[string][2]string{
	"open": {"进行中", "In progress"}, "answered_by_agent": {"人工已接", "Answered by an agent"}, "abandoned_in_flow": {"自动服务中放弃", "Abandoned in the flow"},
	"abandoned_in_queue": {"排队放弃", "Abandoned in the queue"}, "abandoned_ringing": {"振铃放弃", "Abandoned while ringing"},
	"served_by_machine": {"自动服务完成", "Served by the machine"}, "refused": {"未接入", "Not answered"}, "left_queue": {"未能服务", "Sent away unserved"},
	"lost": {"中断", "Lost"},
}

var partyWords = map[string][2]string{
	"": {"", ""}, "caller": {"客户", "Caller"}, "agent": {"座席", "Agent"}, "system": {"系统", "System"}, "network": {"网络", "Network"},
}

func contactCells(c *ContactItem, lang string) []any {
	word := func(w [2]string) string {
		if lang == "en" {
			return w[1]
		}
		return w[0]
	}
	home, queue, number, agent := "", "", "", ""
	if c.Home != nil {
		home = c.Home.Name
	}
	if c.Queue != nil {
		queue = c.Queue.Name
	}
	if c.Agent != nil {
		number, agent = c.Agent.Number, c.Agent.Name
	}
	var ended any = ""
	if c.Ended != nil {
		ended = *c.Ended
	}
	simulated := ""
	if c.Simulated {
		simulated = word([2]string{"是", "yes"})
	}
	seconds := func(ms int64) float64 {
		return (time.Duration(ms) * time.Millisecond).Round(100 * time.Millisecond).Seconds()
	}
	return []any{
		c.Began, c.Caller, home, c.Called, queue, number, agent, word(outcomeWords[c.Outcome]), seconds(c.QueuedMS), seconds(c.RingMS),
		seconds(c.TalkMS), seconds(c.HoldMS), seconds(c.WrapMS), ended, word(partyWords[c.EndedBy]), word([2]string{c.Disposition, c.DispositionEN}),
		simulated, c.ID.String(),
	}
}

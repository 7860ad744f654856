package report

import (
	"strings"

	"yingda/internal/metric"
)

// ID names a report. IDs are never renamed: links and saved views hold them.
type ID string

// The reports.
const (
	Traffic      ID = "traffic"
	Queues       ID = "queues"
	Agents       ID = "agents"
	Dispositions ID = "dispositions"
	Waits        ID = "waits"
	Abandoned    ID = "abandoned"
	Recordings   ID = "recordings"
	Trunks       ID = "trunks"
)

// Text is a word or sentence in both languages.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

func (t Text) in(lang string) string { return pick(strings.HasPrefix(lang, "en"), t.EN, t.ZH) }

// Definition is what a report is.
type Definition struct {
	ID       ID       `json:"id"`
	Name     Text     `json:"name"`
	Question Text     `json:"question" doc:"What it answers"`
	Grains   []Grain  `json:"grains" doc:"Steps of time of its rows; empty: rows are something else"`
	Filters  []string `json:"filters" doc:"Which of centre, queue, team, simulated and rules narrow or change it"`
	Columns  []Column `json:"columns" doc:"Of its first table"`
}

// Column is one column of a table: what stands in it and by which formula.
type Column struct {
	Key     string        `json:"key"`
	Formula string        `json:"formula" doc:"Its id; empty: counted in this report only"`
	Version int           `json:"version"`
	Unit    metric.Unit   `json:"unit" enum:"count,percent,seconds,hours,erlang,bytes,score"`
	Better  metric.Better `json:"better" enum:",higher,lower"`
	ZH      Words         `json:"zh"`
	EN      Words         `json:"en"`
	Source  string        `json:"source" doc:"Where the formula stands"`
	Ruled   bool          `json:"ruled" doc:"The figure depends on the rules of counting"`

	of func(facts) (float64, bool)
}

// Words are a column's formula in one language.
type Words struct {
	Name    string `json:"name"`
	Formula string `json:"formula"`
	Note    string `json:"note"`
}

// facts are what the columns of one row may look at.
type facts struct {
	metric.Data
	extra map[string]float64 // what only this report counts, by the column's key
}

// ruled are the formulas that change with the rules.
var ruled = map[string]bool{
	"service_level_positive": true, "service_level_handled": true, "service_level_negative": true, "service_level_without_early": true,
	"connect_rate_in_time": true, "average_speed_of_answer": true, "average_abandon_time": true, "wait_p50": true, "wait_p90": true, "wait_p99": true,
	"longest_wait": true, "abandon_rate_without_short": true, "short_abandons": true, "phantoms": true,
}

// formulas gives the columns of formulas.
func formulas(ids ...string) []Column {
	list := make([]Column, 0, len(ids))
	for _, id := range ids {
		f, ok := metric.Get(id)
		if !ok {
			continue // a test sees to it that every one is there
		}
		list = append(list, Column{
			Key: id, Formula: id, Version: f.Version, Unit: f.Unit, Better: f.Better, ZH: Words(f.ZH), EN: Words(f.EN), Source: f.Source, Ruled: ruled[id],
			of: func(x facts) (float64, bool) { v := f.Of(x.Data); return v.Value, v.Known },
		})
	}
	return list
}

// counted is a column that one report counts for itself.
func counted(key string, unit metric.Unit, zh, en Words) Column {
	return Column{Key: key, Version: 1, Unit: unit, ZH: zh, EN: en, Source: "counted", of: func(x facts) (float64, bool) { v, ok := x.extra[key]; return v, ok }}
}

var (
	byTime     = []Grain{HalfHour, Day}
	notByTime  = []Grain{}
	ofContacts = []string{"centre", "queue", "team", "simulated", "rules"}
)

var trafficColumns = formulas("contacts", "asked", "offered", "answered", "abandoned", "elsewhere", "refused", "lost", "connect_rate",
	"connect_rate_in_time", "service_level_negative", "average_speed_of_answer", "wait_p90", "longest_wait", "average_handle_time", "traffic")

var queueColumns = formulas("contacts", "asked", "offered", "answered", "abandoned", "elsewhere", "refused", "lost", "connect_rate", "connect_rate_in_time",
	"service_level_positive", "service_level_handled", "service_level_negative", "service_level_without_early", "average_speed_of_answer", "wait_p50",
	"wait_p90", "longest_wait", "abandon_rate", "abandon_rate_without_short", "average_talk_time", "average_hold_time", "average_wrap_up",
	"average_handle_time", "transfer_rate")

var (
	agentTimes   = formulas("signed_in", "ready_time", "talk_time", "wrap_up_time", "break_time")
	agentFigures = formulas("handled", "agent_handle_time", "occupancy", "utilisation", "agent_answer_rate", "offers_missed")
	agentColumns = append(append([]Column{}, agentTimes...), agentFigures...)
)

var dispositionColumns = append(append(formulas("answered"),
	counted("share", metric.Percent, Words{"占比", "本类应答 ÷ 全部应答", "按主小结归类；上级含下级"},
		Words{"Share", "answered of this kind / all answered", "by the main disposition; a node contains those below"}),
	counted("mentions", metric.Count, Words{"提及", "含主小结与附加小结", "一次接触可有多个小结，故不相加为总数"},
		Words{"Named", "as the main disposition or beside it", "a contact may have several: they do not add up to the contacts"}),
), formulas("average_handle_time", "average_talk_time", "average_wrap_up", "transfer_rate")...)

var waitColumns = []Column{
	counted("waited_answered", metric.Count, Words{"应答", "等待在此区间的应答数", "精确到秒"}, Words{"Answered", "answered after a wait in this range", "exact to the second"}),
	counted("share_answered", metric.Percent, Words{"应答占比", "本区间应答 ÷ 应答", ""}, Words{"Share of answered", "answered in this range / answered", ""}),
	counted("up_to_answered", metric.Percent, Words{"累计应答占比", "到本区间为止的应答 ÷ 应答", ""}, Words{"Answered up to here", "answered in this range or sooner / answered", ""}),
	counted("waited_abandoned", metric.Count, Words{"放弃", "等待在此区间的放弃数", "精确到秒"}, Words{"Abandoned", "abandoned after a wait in this range", "exact to the second"}),
	counted("share_abandoned", metric.Percent, Words{"放弃占比", "本区间放弃 ÷ 放弃", ""}, Words{"Share of abandoned", "abandoned in this range / abandoned", ""}),
}

var waitSummary = append(formulas("answered", "average_speed_of_answer", "wait_p50", "wait_p90", "wait_p99", "longest_wait", "abandoned", "average_abandon_time"),
	counted("away_p50", metric.Seconds, Words{"放弃等待中位数", "放弃者等待时长的分位数", "精确到秒"}, Words{"Median wait of the abandoned", "percentile of the waits of the abandoned", "exact to the second"}),
	counted("away_p90", metric.Seconds, Words{"放弃等待 P90", "放弃者等待时长的分位数", "精确到秒"}, Words{"Abandoned, 90th percentile", "percentile of the waits of the abandoned", "exact to the second"}),
)

var abandonedColumns = append(append(formulas("asked", "abandoned"),
	counted("in_flow", metric.Count, Words{"流程中", "按了人工键、未进队列即挂机", ""}, Words{"In the flow", "pressed the key for an agent and hung up before any queue", ""}),
	counted("in_queue", metric.Count, Words{"排队中", "等待时挂机", ""}, Words{"In the queue", "hung up while waiting", ""}),
	counted("while_ringing", metric.Count, Words{"振铃中", "座席话机振铃时挂机", ""}, Words{"While ringing", "hung up while an agent's phone rang", ""}),
), formulas("abandon_rate", "short_abandons", "abandon_rate_without_short", "average_abandon_time")...)

var recordingColumns = formulas("archive_answered", "archive_missing", "archive_complete", "recordings", "recorded_hours", "recorded_bytes", "recordings_cut",
	"recordings_held", "recording_packets_missing")

var trunkColumns = formulas("trunk_calls", "trunk_incoming", "trunk_answered", "trunk_failed", "trunk_answer_rate", "trunk_traffic", "trunk_busiest",
	"voice_score", "packet_loss")

// Definitions gives the reports in the order people read them.
func Definitions() []Definition {
	return []Definition{
		{Traffic, Text{"话务量", "Traffic"}, Text{"每半小时来了多少，接了多少，多快？", "How much came each half hour, how much was answered, how fast?"}, byTime, ofContacts, trafficColumns},
		{Queues, Text{"队列", "Queues"}, Text{"各队列服务得怎样？", "How were people served in each queue?"}, notByTime, ofContacts, queueColumns},
		{Agents, Text{"座席日报", "Agents' day"}, Text{"每位座席的时间花在哪里，处理了多少？", "Where did each agent's time go, and how much was handled?"}, notByTime, []string{"centre", "team"}, agentColumns},
		{Dispositions, Text{"小结", "Dispositions"}, Text{"客户为什么来电？", "What do customers call about?"}, notByTime, ofContacts, dispositionColumns},
		{Waits, Text{"等待分布", "Distribution of waits"}, Text{"客户等了多久才接通或放弃？", "How long do people wait before they are answered or give up?"}, notByTime, ofContacts, waitColumns},
		{Abandoned, Text{"放弃", "Abandoned"}, Text{"谁在哪里、等了多久后放弃？", "Who gave up where, and after how long?"}, byTime, ofContacts, abandonedColumns},
		{Recordings, Text{"录音", "Recordings"}, Text{"该录的都录了吗？", "Was everything recorded that should be?"}, byTime, []string{"centre", "queue", "team", "simulated"}, recordingColumns},
		{Trunks, Text{"中继", "Trunks"}, Text{"各中继承载了多少，质量如何，为何失败？", "What did each trunk carry, how did it sound, why did calls fail?"}, notByTime, []string{"centre"}, trunkColumns},
	}
}

func definition(id ID) (Definition, bool) {
	for _, d := range Definitions() {
		if d.ID == id {
			return d, true
		}
	}
	return Definition{}, false
}

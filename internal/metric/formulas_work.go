package metric

import "time"

// volumes are how much there was.
func volumes() []Formula {
	number := func(id, zh, zhNote, en, enNote string, n func(Tally) int) Formula {
		return Formula{
			ID: id, Version: 1, Unit: Count, ZH: Text{zh, "数量", zhNote}, EN: Text{en, "how many", enNote}, Source: "counted",
			value: func(d Data) (float64, bool) { return count(n(d.Tally)) },
		}
	}
	return []Formula{
		number("contacts", "接触总量", "", "Contacts", "", func(t Tally) int { return t.Contacts }),
		number("asked", "请求人工", "含被拒的", "Asked for an agent", "the refused included", Tally.Asked),
		number("offered", "进入排队", "已结束的：应答 + 放弃 + 转出 + 丢失", "Offered", "over, and: answered, abandoned, sent elsewhere or lost", Tally.Offered),
		number("answered", "人工应答", "", "Answered", "", func(t Tally) int { return t.Answered }),
		number("abandoned", "放弃", "", "Abandoned", "", func(t Tally) int { return t.Abandoned }),
		number("elsewhere", "转出", "超时离队、转回拨", "Left the queue", "sent away, or to a callback", func(t Tally) int { return t.Elsewhere }),
		number("refused", "被拒", "队列关闭或已满", "Refused", "by a closed or full queue", func(t Tally) int { return t.Refused }),
		number("lost", "丢失", "因系统故障", "Lost", "by a failure of ours", func(t Tally) int { return t.Lost }),
		{
			ID: "traffic", Version: 1, Unit: Erlang,
			ZH:     Text{"话务量", "占用时长之和 ÷ 统计时长", "1 爱尔兰即一条线路一直占用"},
			EN:     Text{"Traffic", "sum of occupied time / length of the period", "one erlang is one line occupied all the time"},
			Source: "爱尔兰 (A-37); ITU-T E.600",
			value: func(d Data) (float64, bool) {
				if d.Period <= 0 {
					return 0, false
				}
				return d.Tally.Occupied.Seconds() / d.Period.Seconds(), true
			},
		},
		{
			ID: "average_handle_time", Version: 1, Unit: Seconds, Better: Neither,
			ZH: Text{"平均处理时长", "(通话 + 保持 + 话后) ÷ 应答数", ""}, EN: Text{"Average handle time", "(talk + hold + wrap-up) / answered", ""},
			Source: "AHT",
			value: func(d Data) (float64, bool) {
				return mean(d.Tally.Talk+d.Tally.Hold+d.Tally.Wrap, d.Tally.Answered)
			},
		},
		{
			ID: "average_talk_time", Version: 1, Unit: Seconds, Better: Neither,
			ZH: Text{"平均通话时长", "通话 ÷ 应答数", "不含保持"}, EN: Text{"Average talk time", "talk / answered", "without hold"}, Source: "ATT",
			value: func(d Data) (float64, bool) { return mean(d.Tally.Talk, d.Tally.Answered) },
		},
		{
			ID: "average_hold_time", Version: 1, Unit: Seconds, Better: Lower,
			ZH: Text{"平均保持时长", "保持 ÷ 应答数", ""}, EN: Text{"Average hold time", "hold / answered", ""}, Source: "wfmclubs",
			value: func(d Data) (float64, bool) { return mean(d.Tally.Hold, d.Tally.Answered) },
		},
		{
			ID: "average_wrap_up", Version: 1, Unit: Seconds, Better: Lower,
			ZH: Text{"平均话后时长", "话后 ÷ 应答数", ""}, EN: Text{"Average wrap-up", "wrap-up / answered", ""}, Source: "ACW",
			value: func(d Data) (float64, bool) { return mean(d.Tally.Wrap, d.Tally.Answered) },
		},
		{
			ID: "transfer_rate", Version: 1, Unit: Percent, Better: Lower,
			ZH: Text{"转接率", "有转接的 ÷ 应答数", ""}, EN: Text{"Transfer rate", "transferred / answered", ""}, Source: "Genesys: calls transferred ratio",
			value: func(d Data) (float64, bool) { return share(d.Tally.Transferred, d.Tally.Answered) },
		},
	}
}

// agents are what people did.
func agents() []Formula {
	hours := func(id, zh, en string, of func(Shift) time.Duration) Formula {
		return Formula{
			ID: id, Version: 1, Unit: Hours, ZH: Text{zh, "时长之和", ""}, EN: Text{en, "sum of time", ""}, Source: "spans of agent states",
			value: func(d Data) (float64, bool) { return of(d.Shift).Hours(), true },
		}
	}
	return []Formula{
		hours("signed_in", "签入时长", "Signed in", Shift.SignedIn),
		hours("ready_time", "就绪时长", "Ready", func(s Shift) time.Duration { return s.In[StateReady] }),
		hours("talk_time", "通话时长", "Talking", func(s Shift) time.Duration { return s.In[StateTalking] }),
		hours("wrap_up_time", "话后时长", "Wrap-up", func(s Shift) time.Duration { return s.In[StateWrapUp] }),
		hours("break_time", "小休时长", "Breaks", func(s Shift) time.Duration { return s.In[StateBreak] }),
		{
			ID: "handled", Version: 1, Unit: Count, Better: Neither,
			ZH: Text{"处理量", "通话过的接触数", ""}, EN: Text{"Handled", "contacts talked with", ""}, Source: "counted",
			value: func(d Data) (float64, bool) { return count(d.Shift.Handled) },
		},
		{
			ID: "agent_handle_time", Version: 1, Unit: Seconds, Better: Neither,
			ZH: Text{"平均处理时长", "(通话 + 保持 + 话后) ÷ 处理量", ""}, EN: Text{"Average handle time", "(talk + hold + wrap-up) / handled", ""},
			Source: "AHT, by spans of the agent's states",
			value:  func(d Data) (float64, bool) { return mean(d.Shift.Working(), d.Shift.Handled) },
		},
		{
			ID: "offers_missed", Version: 1, Unit: Count, Better: Lower,
			ZH: Text{"未应答", "振铃而未接听的派送", ""}, EN: Text{"Not taken", "offers that rang and were not taken", ""}, Source: "counted",
			value: func(d Data) (float64, bool) { return count(d.Shift.Missed) },
		},
		{
			ID: "occupancy", Version: 1, Unit: Percent, Better: Neither,
			ZH:     Text{"占用率", "(通话 + 保持 + 话后) ÷ (通话 + 保持 + 话后 + 等待)", "等待：就绪、预留、振铃"},
			EN:     Text{"Occupancy", "(talk + hold + wrap-up) / (talk + hold + wrap-up + waiting)", "waiting: ready, reserved, ringing"},
			Source: "wfmclubs; the same word is used elsewhere for utilisation",
			value: func(d Data) (float64, bool) {
				return ratio(d.Shift.Working(), d.Shift.Working()+d.Shift.Waiting())
			},
		},
		{
			ID: "utilisation", Version: 1, Unit: Percent, Better: Neither,
			ZH: Text{"工时利用率", "(通话 + 保持 + 话后 + 等待) ÷ 签入时长", ""}, EN: Text{"Utilisation", "(talk + hold + wrap-up + waiting) / signed in", ""},
			Source: "wfmclubs",
			value: func(d Data) (float64, bool) {
				return ratio(d.Shift.Working()+d.Shift.Waiting(), d.Shift.SignedIn())
			},
		},
		{
			ID: "agent_answer_rate", Version: 1, Unit: Percent, Better: Higher,
			ZH: Text{"座席应答率", "接听 ÷ 振铃派送", "未接听的派送见\"未应答\""}, EN: Text{"Agent answer rate", "taken / offered to the agent", "what was not taken rang without answer, or was refused"},
			Source: "Amazon Connect: accepted / offered",
			value:  func(d Data) (float64, bool) { return share(d.Shift.Offered-d.Shift.Missed, d.Shift.Offered) },
		},
	}
}

package metric

// serviceLevels are the ways in which centres say how many were answered in time, T being [Rules.Target]. The four are
// those between which switches and reports differ; [China] is what 接通率 means in China.
func serviceLevels() []Formula {
	return []Formula{
		{
			ID: "service_level_positive", Version: 1, Unit: Percent, Better: Higher,
			ZH:     Text{"服务水平一（弃呼算达标）", "(T内应答 + T内放弃) ÷ (应答 + 放弃 + 丢失)", "T 内放弃视为达标"},
			EN:     Text{"Service level 1 (early abandons count for us)", "(answered in T + abandoned in T) / (answered + abandoned + lost)", "who gives up within T counts as served in time"},
			Source: "SL-1, positive abandon: Cisco UCCX and UCCE",
			value: func(d Data) (float64, bool) {
				t := d.Tally
				return share(t.InTime+t.EarlyAway, t.Answered+t.Abandoned+t.Lost)
			},
		},
		{
			ID: "service_level_handled", Version: 1, Unit: Percent, Better: Higher,
			ZH:     Text{"服务水平二（只看应答）", "T内应答 ÷ 应答", "放弃的不计入，丢失的算未达标"},
			EN:     Text{"Service level 2 (answered only)", "answered in T / (answered + lost)", "who gives up is left out; who was lost by a failure of ours is not"},
			Source: "SL-2, only handled: Cisco UCCX, Genesys with every option off",
			value: func(d Data) (float64, bool) {
				return share(d.Tally.InTime, d.Tally.Answered+d.Tally.Lost)
			},
		},
		{
			ID: "service_level_negative", Version: 1, Unit: Percent, Better: Higher,
			ZH:     Text{"服务水平三（弃呼算未达标）", "T内应答 ÷ (应答 + 放弃 + 丢失)", "所有放弃都视为未达标"},
			EN:     Text{"Service level 3 (abandons count against us)", "answered in T / (answered + abandoned + lost)", "whoever gives up counts as not served in time"},
			Source: "SL-3, negative abandon: Cisco UCCX and UCCE",
			value: func(d Data) (float64, bool) {
				t := d.Tally
				return share(t.InTime, t.Answered+t.Abandoned+t.Lost)
			},
		},
		{
			ID: "service_level_without_early", Version: 1, Unit: Percent, Better: Higher,
			ZH:     Text{"服务水平四（T内弃呼不计）", "T内应答 ÷ (应答 + T外放弃 + 丢失)", "T 内放弃从分母中去掉"},
			EN:     Text{"Service level 4 (early abandons left out)", "answered in T / (answered + abandoned after T + lost)", "who gives up within T is left out"},
			Source: "SL-4, abandon ignored: Cisco UCCX and UCCE",
			value: func(d Data) (float64, bool) {
				t := d.Tally
				return share(t.InTime, t.Answered+t.Abandoned-t.EarlyAway+t.Lost)
			},
		},
		{
			ID: "connect_rate", Version: 1, Unit: Percent, Better: Higher,
			ZH:     Text{"人工接通率", "人工应答 ÷ 请求人工", "请求人工包括因队列关闭或已满而被拒的"},
			EN:     Text{"Connect rate", "answered by an agent / asked for an agent", "asked includes those whom a closed or full queue refused"},
			Source: "接通率 as Chinese operators count it",
			value:  func(d Data) (float64, bool) { return share(d.Tally.Answered, d.Tally.Asked()) },
		},
		{
			ID: "connect_rate_in_time", Version: 1, Unit: Percent, Better: Higher,
			ZH:     Text{"N 秒人工接通率", "N 秒内人工应答 ÷ 请求人工", "按人工键起计，开始报工号止计（以所用口径为准）；无等待的也计入"},
			EN:     Text{"Connect rate within N seconds", "answered within N seconds / asked for an agent", "the clock runs from the key for an agent to the beginning of the staff number's announcement, unless the rules say otherwise; who did not wait counts too"},
			Source: "15/20/30 秒接通率 as Chinese operators count it",
			value:  func(d Data) (float64, bool) { return share(d.Tally.InTime, d.Tally.Asked()) },
		},
	}
}

// waits are how long people waited.
func waits() []Formula {
	return []Formula{
		{
			ID: "average_speed_of_answer", Version: 1, Unit: Seconds, Better: Lower,
			ZH: Text{"平均应答速度", "应答者等待时长之和 ÷ 应答数", ""}, EN: Text{"Average speed of answer", "sum of waits of the answered / answered", ""},
			Source: "ASA",
			value:  func(d Data) (float64, bool) { return mean(d.Tally.Wait, d.Tally.Answered) },
		},
		{
			ID: "average_abandon_time", Version: 1, Unit: Seconds, Better: Neither,
			ZH: Text{"平均放弃时长", "放弃者等待时长之和 ÷ 放弃数", ""}, EN: Text{"Average time to abandon", "sum of waits of the abandoned / abandoned", ""},
			Source: "Amazon Connect ABANDON_TIME",
			value:  func(d Data) (float64, bool) { return mean(d.Tally.WaitAway, d.Tally.Abandoned) },
		},
		percentile("wait_p50", "等待中位数", "Median wait", 0.5),
		percentile("wait_p90", "等待 P90", "Wait, 90th percentile", 0.9),
		percentile("wait_p99", "等待 P99", "Wait, 99th percentile", 0.99),
		{
			ID: "longest_wait", Version: 1, Unit: Seconds, Better: Lower,
			ZH: Text{"最长等待", "所有请求人工者中最长的等待", "应答与否都算"}, EN: Text{"Longest wait", "longest wait of all who asked for an agent", "answered or not"},
			Source: "a share alone rewards letting late calls go: the longest wait stands beside it",
			value: func(d Data) (float64, bool) {
				return d.Tally.Longest.Seconds(), d.Tally.Offered() > 0
			},
		},
	}
}

func percentile(id, zh, en string, p float64) Formula {
	return Formula{
		ID: id, Version: 1, Unit: Seconds, Better: Lower,
		ZH:     Text{zh, "应答者等待时长的分位数", "精确到秒"},
		EN:     Text{en, "percentile of the waits of the answered", "exact to the second"},
		Source: "smallest second that has at least that share at or below it",
		value: func(d Data) (float64, bool) {
			v, ok := d.Tally.Waits.Percentile(p)
			return v.Seconds(), ok
		},
	}
}

// losses are those who were not served.
func losses() []Formula {
	return []Formula{
		{
			ID: "abandon_rate", Version: 1, Unit: Percent, Better: Lower,
			ZH: Text{"放弃率", "放弃 ÷ (应答 + 放弃 + 转出 + 丢失)", "转回拨不算放弃"}, EN: Text{"Abandon rate", "abandoned / offered", "who asked for a callback did not abandon"},
			Source: "Amazon Connect: abandoned / queued, callbacks apart",
			value:  func(d Data) (float64, bool) { return share(d.Tally.Abandoned, d.Tally.Offered()) },
		},
		{
			ID: "abandon_rate_without_short", Version: 1, Unit: Percent, Better: Lower,
			ZH:     Text{"放弃率（不含短放弃）", "(放弃 − 短放弃) ÷ (应答 + 放弃 − 短放弃)", "短放弃的时限见口径"},
			EN:     Text{"Abandon rate without short abandons", "(abandoned - short) / (answered + abandoned - short)", "the limit of a short abandon is one of the rules"},
			Source: "Google CCAI data dictionary",
			value: func(d Data) (float64, bool) {
				t := d.Tally
				return share(t.Abandoned-t.ShortAway, t.Answered+t.Abandoned-t.ShortAway)
			},
		},
		{
			ID: "short_abandons", Version: 1, Unit: Count, Better: Neither,
			ZH: Text{"短放弃", "等待不足时限即放弃的数量", ""}, EN: Text{"Short abandons", "abandoned within the limit", ""},
			Source: "Cisco UCCE: abandoned call wait timer",
			value:  func(d Data) (float64, bool) { return count(d.Tally.ShortAway) },
		},
		{
			ID: "phantoms", Version: 1, Unit: Count, Better: Neither,
			ZH: Text{"空话务", "通话不足时限的应答数量", "口径为 0 时不计"}, EN: Text{"Phantom answers", "answered with a talk below the limit", "none when the limit is 0"},
			Source: "Avaya CMS PHANTOMABNS",
			value:  func(d Data) (float64, bool) { return count(d.Tally.Phantom) },
		},
		{
			ID: "self_service_rate", Version: 1, Unit: Percent, Better: Higher,
			ZH: Text{"自助率", "未请求人工而结束 ÷ 全部", ""}, EN: Text{"Self-service share", "ended without asking for an agent / all", ""},
			Source: "share of system calls that no person is asked for",
			value: func(d Data) (float64, bool) {
				return share(d.Tally.Machine, d.Tally.Contacts-d.Tally.Open)
			},
		},
	}
}

package metric

// lines are what trunks carried and how it sounded.
func lines() []Formula {
	number := func(id, zh, note, en, enNote string, better Better, n func(Line) int) Formula {
		return Formula{
			ID: id, Version: 1, Unit: Count, Better: better, ZH: Text{zh, "数量", note}, EN: Text{en, "how many", enNote}, Source: "records of calls",
			value: func(d Data) (float64, bool) { return count(n(d.Line)) },
		}
	}
	return []Formula{
		number("trunk_calls", "呼叫", "呼入与呼出的每一路", "Calls", "each leg, in and out", Neither, func(l Line) int { return l.Calls }),
		number("trunk_incoming", "呼入", "", "Incoming", "", Neither, func(l Line) int { return l.Incoming }),
		number("trunk_answered", "接通", "对方或我方已应答", "Answered", "by us or by the other side", Neither, func(l Line) int { return l.Answered }),
		number("trunk_failed", "失败", "结果为失败，不含忙、拒接、无人应答、取消", "Failed", "ended as failed; busy, declined, not answered and cancelled are none", Lower, func(l Line) int { return l.Failed }),
		{
			ID: "trunk_answer_rate", Version: 1, Unit: Percent, Better: Higher,
			ZH: Text{"应答占比", "接通 ÷ 呼叫", "即 ASR"}, EN: Text{"Answer seizure ratio", "answered / calls", "ASR"},
			Source: "ITU-T E.425", value: func(d Data) (float64, bool) { return share(d.Line.Answered, d.Line.Calls) },
		},
		{
			ID: "trunk_traffic", Version: 1, Unit: Erlang,
			ZH:     Text{"话务量", "占用时长之和 ÷ 统计时长", "1 爱尔兰即一条线路一直占用；自请求到结束"},
			EN:     Text{"Traffic", "sum of occupied time / length of the period", "one erlang is one line occupied all the time; from request to end"},
			Source: "爱尔兰 (A-37); ITU-T E.600",
			value: func(d Data) (float64, bool) {
				if d.Period <= 0 {
					return 0, false
				}
				return d.Line.Occupied.Seconds() / d.Period.Seconds(), true
			},
		},
		number("trunk_busiest", "最大并发", "同一时刻最多的呼叫数", "Busiest moment", "most calls at one time", Neither, func(l Line) int { return l.Busiest }),
		{
			ID: "voice_score", Version: 1, Unit: Score, Better: Higher,
			ZH: Text{"平均 MOS", "MOS 之和 ÷ 有评分的呼叫", "按 E-model 估算，1 至 4.5"}, EN: Text{"Mean MOS", "sum of MOS / calls with a score", "estimated by the E-model, 1 to 4.5"},
			Source: "ITU-T G.107",
			value: func(d Data) (float64, bool) {
				if d.Line.Scored <= 0 {
					return 0, false
				}
				return d.Line.Score / float64(d.Line.Scored), true
			},
		},
		{
			ID: "packet_loss", Version: 1, Unit: Percent, Better: Lower,
			ZH: Text{"丢包率", "丢失 ÷ (到达 + 丢失)", "双向；发出方向以对方报告为准"}, EN: Text{"Packet loss", "lost / (arrived + lost)", "both ways; for what we send, as the other side reports"},
			Source: "RFC 3550",
			value: func(d Data) (float64, bool) {
				return share(int(d.Line.Lost), int(d.Line.Packets+d.Line.Lost))
			},
		},
	}
}

// archives are what was recorded.
func archives() []Formula {
	number := func(id, zh, note, en, enNote string, better Better, unit Unit, n func(Archive) float64) Formula {
		return Formula{
			ID: id, Version: 1, Unit: unit, Better: better, ZH: Text{zh, "数量", note}, EN: Text{en, "how many", enNote}, Source: "records of contacts and recordings",
			value: func(d Data) (float64, bool) { return n(d.Archive), true },
		}
	}
	return []Formula{
		number("archive_answered", "人工应答", "已结束的接触", "Answered", "contacts that are over", Neither, Count, func(a Archive) float64 { return float64(a.Answered) }),
		number("archive_missing", "缺录音", "人工应答而没有任何录音的接触", "Without recording", "answered by an agent, and nothing was recorded", Lower, Count, func(a Archive) float64 { return float64(a.Missing) }),
		{
			ID: "archive_complete", Version: 1, Unit: Percent, Better: Higher,
			ZH: Text{"录音完整率", "(应答 − 缺录音) ÷ 应答", ""}, EN: Text{"Recorded share", "(answered - without recording) / answered", ""},
			Source: "records of contacts", value: func(d Data) (float64, bool) { return share(d.Archive.Answered-d.Archive.Missing, d.Archive.Answered) },
		},
		number("recordings", "录音数", "一次通话可有多段", "Recordings", "a call may have several", Neither, Count, func(a Archive) float64 { return float64(a.Recordings) }),
		number("recorded_hours", "录音时长", "时长之和", "Recorded time", "sum", Neither, Hours, func(a Archive) float64 { return a.Length.Hours() }),
		number("recorded_bytes", "录音大小", "A-law 双声道，加密前", "Size", "A-law, two channels, before encryption", Neither, Bytes, func(a Archive) float64 { return float64(a.Bytes) }),
		number("recordings_cut", "中断的录音", "录音中机器故障，只留下之前的部分", "Cut off", "the machine failed meanwhile; what was kept until then", Lower, Count, func(a Archive) float64 { return float64(a.Cut) }),
		number("recordings_held", "封存", "到期也不销毁", "On hold", "kept whatever the rules say", Neither, Count, func(a Archive) float64 { return float64(a.Held) }),
		number("recording_packets_missing", "缺失包数", "机器来不及保存的", "Packets missing", "that the machine could not keep", Lower, Count, func(a Archive) float64 { return float64(a.Dropped) }),
	}
}

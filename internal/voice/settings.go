package voice

import "yingda/internal/setting"

var groupVoice = setting.Group{Key: "voice", ZH: "语音", EN: "Voice"}

// The settings by which this package acts.
var (
	// KeepCalls is how long calls that ended are kept.
	KeepCalls = setting.NewInt(setting.Definition{
		Key: "voice.calls.keep", Default: 400, Min: 30, Max: 3650, Unit: "days", Nationwide: true, Group: groupVoice,
		ZH: "通话记录保留天数", EN: "Keep calls that ended",
		HelpZH: "超过这么多天的通话记录每天清除一次。", HelpEN: "Records of calls that are older are deleted once a day.",
	})
	// KeepLadders is how long the SIP messages of ended calls are kept.
	KeepLadders = setting.NewInt(setting.Definition{
		Key: "voice.ladders.keep", Default: 30, Min: 1, Max: 400, Unit: "days", Nationwide: true, Group: groupVoice,
		ZH: "信令记录保留天数", EN: "Keep the signalling of calls",
		HelpZH: "每通通话的 SIP 信令（只有首行，号码已脱敏）保留多少天。", HelpEN: "For how many days the SIP messages of a call (first lines only, numbers masked) are kept.",
	})
)

// Definitions lists them.
func Definitions() []setting.Definition {
	return []setting.Definition{KeepCalls.Definition(), KeepLadders.Definition()}
}

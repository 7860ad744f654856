package node

import "yingda/internal/setting"

// RecordCalls says whether conversations with people are recorded.
var RecordCalls = setting.NewBool(setting.Definition{
	Key: "voice.recording.calls", Default: true, Important: true, Group: setting.Group{Key: "recording", ZH: "录音", EN: "Recordings"},
	ZH: "人工通话全程录音", EN: "Record conversations with people",
	HelpZH: "开启后，接通到人的每一通电话都双向录音；语音播报不录音。对新的通话立即生效。", HelpEN: "Every call that reaches a person is recorded, both sides; announcements are not. It holds for new calls at once.",
})

// Definitions lists the settings of this package.
func Definitions() []setting.Definition { return []setting.Definition{RecordCalls.Definition()} }

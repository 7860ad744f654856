package recording

import "yingda/internal/setting"

var groupRecording = setting.Group{Key: "recording", ZH: "录音", EN: "Recordings"}

// The settings by which this package acts.
var (
	// KeepDays is how long recordings are kept.
	KeepDays = setting.NewInt(setting.Definition{
		Key: "voice.recording.keep", Default: 180, Min: 1, Max: 3660, Unit: "days", Stricter: setting.Higher, Important: true, Group: groupRecording,
		ZH: "录音保存天数", EN: "Days that recordings are kept",
		HelpZH: "超过天数的录音由系统销毁，不能恢复；封存的录音不受影响。缩短后，超期的录音在一小时内销毁。", HelpEN: "Older recordings are erased and cannot be restored; those on hold stay. After the number is lowered, what is too old is erased within an hour.",
	})
	// ArchiveDays is after how long recordings move to the archive.
	ArchiveDays = setting.NewInt(setting.Definition{
		Key: "voice.recording.archive", Default: 0, Min: 0, Max: 3660, Unit: "days", Group: groupRecording,
		ZH: "录音转入归档存储的天数", EN: "Days until recordings move to the archive",
		HelpZH: "超过天数的录音移到归档存储（更便宜的目录或对象存储前缀），照常可以收听；0 表示不移动。", HelpEN: "Older recordings move to the archive (a cheaper directory or prefix of the object store) and can be heard as before; 0: they stay.",
	})
)

// Definitions lists them.
func Definitions() []setting.Definition {
	return []setting.Definition{KeepDays.Definition(), ArchiveDays.Definition()}
}

package recording

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"yingda/internal/platform/health"
)

var (
	warnWaiting = &health.Warning{
		Code: "voice.recording_not_stored", Severity: health.Caution,
		Chinese: health.Text{Title: "{count} 段录音尚未入库", Cause: "通话已结束，但录音多次存储失败，仍保存在本机缓存目录中。", Remedy: "检查数据库和文件存储是否可用；恢复后自动入库，无需其他操作。"},
		English: health.Text{Title: "{count} recordings are not stored yet", Cause: "The calls have ended, but storing failed several times; the recordings are safe in this machine's spool.", Remedy: "Check the database and the store; they are stored by themselves afterwards."},
	}
	warnWriting = &health.Warning{
		Code: "voice.recording_not_written", Severity: health.Fault,
		Chinese: health.Text{Title: "录音写入磁盘失败", Cause: "录音缓存目录写入失败，正在进行的通话有部分声音没有录下来（{count} 次）。", Remedy: "检查录音缓存目录所在磁盘的空间和读写速度。"},
		English: health.Text{Title: "Recordings cannot be written to the disk", Cause: "Writing to the spool failed {count} times: parts of running calls are not recorded.", Remedy: "Check space and speed of the disk that the spool of recordings is on."},
	}
	warnUnreadable = &health.Warning{
		Code: "voice.recording_unreadable", Severity: health.Caution,
		Chinese: health.Text{Title: "{count} 段录音缓存无法打开", Cause: "文件损坏，或者属于另一个主密钥，已改名保留。", Remedy: "确认主密钥文件是否更换过；找回原密钥后去掉文件名的 .unreadable 后缀并重启。"},
		English: health.Text{Title: "{count} journals of recordings cannot be opened", Cause: "They are damaged or belong to another master key, and are kept under another name.", Remedy: "See whether the master key was replaced; with the old key back, take .unreadable off the files' names and start again."},
	}
)

// Health tells whether calls are recorded and recordings stored.
func (s *Service) Health() health.Component {
	return health.Component{
		Name: "recording", Chinese: "通话录音正常", English: "Calls are recorded",
		Warnings: []*health.Warning{warnWaiting, warnWriting, warnUnreadable}, Check: s.check,
	}
}

func (s *Service) check(context.Context) []health.Finding {
	var found []health.Finding
	if _, failing := s.spool.backlog(); failing > 0 {
		found = append(found, warnWaiting.Found("count", strconv.Itoa(failing)))
	}
	if n := s.spool.troubled(); n > 0 {
		found = append(found, warnWriting.Found("count", strconv.FormatInt(n, 10)))
	}
	if n := s.spool.setAside(); n > 0 {
		found = append(found, warnUnreadable.Found("count", strconv.Itoa(n)))
	}
	return found
}

// remembered is how long a write that failed is told: those whose calls have gaps should hear of it.
const remembered = 10 * time.Minute

// trouble notes that a write failed.
func (s *spool) trouble() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures++
	s.failedAt = s.cfg.Clock.Now()
}

// troubled counts the writes that failed until ten minutes pass without one.
func (s *spool) troubled() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cfg.Clock.Now().Sub(s.failedAt) > remembered {
		s.failures = 0
	}
	return s.failures
}

// setAside counts journals that could not be opened.
func (s *spool) setAside() int {
	if s.cfg.Dir == "" {
		return 0
	}
	entries, err := os.ReadDir(s.cfg.Dir)
	if err != nil {
		return 0
	}
	n := 0
	for _, e := range entries {
		if filepath.Ext(e.Name()) == badSuffix {
			n++
		}
	}
	return n
}

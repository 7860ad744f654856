package voice

import (
	"context"
	"strconv"
	"strings"
	"time"

	"yingda/internal/platform/health"
)

var (
	warnNotLoaded = &health.Warning{
		Code: "voice.not_loaded", Severity: health.Fault,
		Chinese: health.Text{Title: "中继、话机与号码表尚未载入", Cause: "本进程还没有从数据库读到中继、话机和号码去向，来电会被拒绝。", Remedy: "检查数据库是否可用；恢复后一秒内会自动载入。"},
		English: health.Text{Title: "Trunks, phones and numbers are not loaded", Cause: "This process has not read trunks, phones and called numbers from the database yet: calls are refused.", Remedy: "Check the database; the tables are loaded within a second of its return."},
	}
	warnStale = &health.Warning{
		Code: "voice.stale", Severity: health.Caution,
		Chinese: health.Text{Title: "中继、话机与号码表没有更新", Cause: "已 {age} 秒没有与数据库核对，通话仍按旧表进行。", Remedy: "检查数据库是否可用；恢复后会自动更新。"},
		English: health.Text{Title: "Trunks, phones and numbers are not followed", Cause: "They were last compared with the database {age} seconds ago; calls go on as they were.", Remedy: "Check the database; they follow again by themselves."},
	}
	warnWaiting = &health.Warning{
		Code: "voice.calls_waiting", Severity: health.Caution,
		Chinese: health.Text{Title: "通话记录等待写入", Cause: "{count} 条通话记录已等待 {age} 秒仍未写入数据库。", Remedy: "检查数据库是否可用；恢复后会自动写入。此时停止本进程会丢失它们。"},
		English: health.Text{Title: "Calls that ended wait for the database", Cause: "{count} calls have waited for {age} seconds.", Remedy: "Check the database; they are written by themselves. Stopping this process now would lose them."},
	}
	warnDropped = &health.Warning{
		Code: "voice.calls_lost", Severity: health.Fault,
		Chinese: health.Text{Title: "通话记录已丢失", Cause: "数据库不可用时间过长，{count} 条通话记录没有地方保存。通话本身不受影响。", Remedy: "恢复数据库；本提示在进程重启后消失。"},
		English: health.Text{Title: "Records of calls were lost", Cause: "The database was away for so long that {count} records had no room to wait. The calls themselves were not affected.", Remedy: "Bring the database back; this note goes with the next start of the process."},
	}
	warnTrunkDown = &health.Warning{
		Code: "voice.trunk_down", Severity: health.Fault,
		Chinese: health.Text{Title: "中继 {trunk} 不通", Cause: "节点 {node} 自 {since} 起得不到对端应答（{problem}）。", Remedy: "检查网络与对端设备；在“中继”页面可以立即测试。同组的其他中继会承接呼叫。"},
		English: health.Text{Title: "Trunk {trunk} is down", Cause: "Node {node} has had no answer from it since {since} ({problem}).", Remedy: "Check the network and the other side; the page “Trunks” tests it at once. Other trunks of its group take its calls."},
	}
)

const (
	staleAfter   = 15 // comparisons that may fail before people are told
	waitingAfter = 30 * time.Second
)

// Health tells whether calls can be handled and written down.
func (s *Service) Health() health.Component {
	return health.Component{
		Name: "voice-tables", Chinese: "中继、话机与号码可用，通话有记录", English: "Trunks, phones and numbers are known, calls are written down",
		Warnings: []*health.Warning{warnNotLoaded, warnStale, warnWaiting, warnDropped, warnTrunkDown}, Check: s.check,
	}
}

func (s *Service) check(context.Context) []health.Finding {
	var found []health.Finding
	t, now := s.tables.Load(), s.cfg.Clock.Now()
	switch age := now.Sub(t.At); {
	case !t.Loaded:
		found = append(found, warnNotLoaded.Found())
	case age > staleAfter*s.cfg.Follow:
		found = append(found, warnStale.Found("age", seconds(age)))
	}
	waiting, dropped, since := s.ended.state()
	if waiting > 0 && now.Sub(since) > waitingAfter {
		found = append(found, warnWaiting.Found("count", strconv.Itoa(waiting), "age", seconds(now.Sub(since))))
	}
	if dropped > 0 {
		found = append(found, warnDropped.Found("count", strconv.FormatUint(dropped, 10)))
	}
	if l := s.live.Load(); l != nil { // each node tells of its own
		for _, st := range (*l).TrunkStatus() {
			line, ok := t.Line(st.Trunk)
			if ok && !line.Disabled && (st.State == TrunkDown || st.State == TrunkRefused) {
				found = append(found, warnTrunkDown.Found("trunk", line.Name, "node", s.cfg.Node, "since", st.Since.UTC().Format(time.RFC3339), "problem", strings.TrimSpace(st.Problem+" "+sipText(st.SIP))))
			}
		}
	}
	return found
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }

func sipText(status int) string {
	if status == 0 {
		return ""
	}
	return "SIP " + strconv.Itoa(status)
}

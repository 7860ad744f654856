package routing

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/health"
)

var (
	warnNotLoaded = &health.Warning{
		Code: "routing.not_loaded", Severity: health.Fault,
		Chinese: health.Text{Title: "队列尚未读入", Cause: "本进程还没有从数据库读到队列。", Remedy: "检查数据库是否可用；读到后本提示自动消失。"},
		English: health.Text{Title: "Queues are not known yet", Cause: "This process has not read the queues from the database.", Remedy: "Check the database; this note goes by itself."},
	}
	warnNoLeader = &health.Warning{
		Code: "routing.no_leader", Severity: health.Fault,
		Chinese: health.Text{Title: "没有路由在工作", Cause: "没有任何进程担任路由，排队的客户听着音乐等待，座席收不到联系。", Remedy: "启动至少一个带 router 角色的进程（--roles），并检查消息总线；通话中的客户不受影响，排队位置会保留。"},
		English: health.Text{Title: "No router leads", Cause: "No process does the routing: waiting customers hear music, agents get no contacts.", Remedy: "Start a process with the role router (--roles) and check the message bus; calls go on, and places in line are kept."},
	}
	warnCorrections = &health.Warning{
		Code: "routing.corrections", Severity: health.Caution,
		Chinese: health.Text{Title: "路由自行纠正了 {count} 次", Cause: "路由与语音节点对联系的状态看法不一致，已自动纠正，没有客户被遗漏。正常情况下此数必须为 0。", Remedy: "请把日志中 “the routing corrected itself” 各行连同 docs/operations/routing.md 所列信息发给开发者；重启本进程后计数归零。"},
		English: health.Text{Title: "The router corrected itself {count} times", Cause: "Router and voice nodes did not agree on a contact; it was corrected, and nobody was stranded. This count must be 0.", Remedy: "Send the lines “the routing corrected itself” of the log, with what docs/operations/routing.md lists, to the developers; the count starts anew with the process."},
	}
	warnLag = &health.Warning{
		Code: "routing.lag", Severity: health.Caution,
		Chinese: health.Text{Title: "路由处理缓慢", Cause: "有 {count} 条消息等待路由处理。", Remedy: "检查本机的处理器负荷；把 router 角色放到单独的进程或机器上。"},
		English: health.Text{Title: "The router is slow", Cause: "{count} messages wait for the router.", Remedy: "Look at the load of this machine; give the role router a process or machine of its own."},
	}
	warnJournal = &health.Warning{
		Code: "routing.journal_lost", Severity: health.Caution,
		Chinese: health.Text{Title: "分配记录有缺失", Cause: "{count} 条分配记录未能写入，部分联系无法查看分配原因，回放会有缺口。分配本身不受影响。", Remedy: "检查消息总线的磁盘空间。"},
		English: health.Text{Title: "The journal of decisions has gaps", Cause: "{count} lines could not be written: some decisions cannot be explained or replayed. Routing itself is not affected.", Remedy: "Check the disk of the message bus."},
	}
)

const (
	leaderAfter = 5 * time.Second // of starting
	lagging     = 1000            // messages in the inbox
)

// Health tells whether contacts find agents.
func (s *Service) Health() health.Component {
	return health.Component{
		Name: "routing", Chinese: "排队与分配正常", English: "Contacts find agents",
		Warnings: []*health.Warning{warnNotLoaded, warnNoLeader, warnCorrections, warnLag, warnJournal}, Check: s.check,
	}
}

func (s *Service) check(context.Context) []health.Finding {
	var found []health.Finding
	now := s.cfg.Clock.Now()
	if t := s.tables.Load(); !t.Loaded {
		found = append(found, warnNotLoaded.Found())
	}
	l := s.leading.Load()
	if l != nil && len(l.inbox) > lagging {
		found = append(found, warnLag.Found("count", strconv.Itoa(len(l.inbox))))
	}
	if l == nil && now.Sub(s.since) > leaderAfter && !s.someoneLeads() {
		found = append(found, warnNoLeader.Found())
	}
	if n := s.Corrections(); n > 0 {
		found = append(found, warnCorrections.Found("count", strconv.FormatUint(n, 10)))
	}
	if n := s.metrics.unwritten.Load(); n > 0 {
		found = append(found, warnJournal.Found("count", strconv.FormatUint(n, 10)))
	}
	return found
}

// someoneLeads tells whether another process leads, as far as this one knows: routers watch the lease; others ask.
func (s *Service) someoneLeads() bool {
	if l := s.lease.Load(); l != nil {
		_, ok := l.holder()
		return ok
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, err := s.cfg.Bus.Request(ctx, viewSubject, encode(question{Staff: uuid.Max}))
	return err == nil
}

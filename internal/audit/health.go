package audit

import (
	"context"
	"strconv"
	"time"

	"yingda/internal/audit/internal/db"
	"yingda/internal/platform/health"
	"yingda/internal/platform/postgres"
)

const (
	lateAfter = 5 * time.Minute // an entry that waits longer shows that nobody seals
	// verifyAgain is how old a verification may be; the background verifies once a day.
	verifyAgain = 3 * 24 * time.Hour
)

var (
	warnLate = &health.Warning{
		Code: "audit.sealing_late", Severity: health.Caution,
		Chinese: health.Text{Title: "审计记录没有及时封存", Cause: "最早的未封存记录已等待 {minutes} 分钟。写入不受影响，但这段时间的记录还没有签名保护。", Remedy: "确认至少有一个带 worker 角色的进程在运行，并查看其日志中的 audit 行。恢复后会自动补封。"},
		English: health.Text{Title: "The audit is not sealed in time", Cause: "The oldest entry has waited {minutes} minutes to be sealed. Writing goes on, but these entries are not yet protected by a signature.", Remedy: "Make sure that a process with the worker role runs, and look for audit in its log. Sealing catches up by itself."},
	}
	warnWrong = &health.Warning{
		Code: "audit.verify_failed", Severity: health.Fault,
		Chinese: health.Text{Title: "审计记录校验不通过", Cause: "最近一次校验（{at}）发现 {count} 处不符，第一处：{text}。", Remedy: "不要改动数据库；运行 yingda audit verify 列出全部不符之处，按运维手册“审计”一章处理。"},
		English: health.Text{Title: "The audit does not verify", Cause: "The last verification ({at}) found {count} things wrong, the first: {text}.", Remedy: "Leave the database as it is; run yingda audit verify, which names all of them, and follow the operations chapter on the audit."},
	}
	warnNotKept = &health.Warning{
		Code: "audit.head_not_kept", Severity: health.Caution,
		Chinese: health.Text{Title: "封存摘要没有保存到数据库之外", Cause: "自 {since} 起，封存摘要无法写入文件存储：{error}。这段时间若末尾记录被截断将难以发现。", Remedy: "检查文件存储（目录权限、空间或 S3 服务）。恢复后会自动补写。"},
		English: health.Text{Title: "The seal's head is not kept outside of the database", Cause: "Since {since} it cannot be written to the file store: {error}. A cut end of the audit would be hard to find.", Remedy: "Check the file store: rights and space of the folder, or the S3 service. It is made up for by itself."},
	}
	warnForeign = &health.Warning{
		Code: "audit.foreign_head", Severity: health.Fault,
		Chinese: health.Text{Title: "文件存储中的封存摘要与数据库不符", Cause: "自 {since} 起，文件存储中已有的摘要不属于当前的审计链：数据库可能被截断、改动或从旧备份恢复。", Remedy: "运行 yingda audit verify 查明；若确是从备份恢复，按运维手册“审计”一章归档旧摘要。"},
		English: health.Text{Title: "The kept head of the seal is not of this database", Cause: "Since {since} the file store holds a head that does not belong to the chain: the database was cut, changed, or restored from an older backup.", Remedy: "Run yingda audit verify to learn which; after a restore, put the old heads aside as the operations chapter on the audit says."},
	}
	warnUnverified = &health.Warning{
		Code: "audit.not_verified", Severity: health.Caution,
		Chinese: health.Text{Title: "审计记录很久没有校验", Cause: "最近一次校验是 {at}。", Remedy: "确认带 worker 角色的进程在运行，或运行 yingda audit verify。"},
		English: health.Text{Title: "The audit has not been verified for long", Cause: "The last verification was at {at}.", Remedy: "Make sure that a process with the worker role runs, or run yingda audit verify."},
	}
)

// Health tells whether the audit is sealed, kept and whole.
func (s *Service) Health() health.Component {
	return health.Component{
		Name: "audit", Chinese: "审计记录已封存且完整", English: "The audit is sealed and whole",
		Warnings: []*health.Warning{warnLate, warnWrong, warnNotKept, warnForeign, warnUnverified},
		Check:    s.check,
	}
}

func (s *Service) check(ctx context.Context) []health.Finding {
	var found []health.Finding
	now, q := s.cfg.Clock.Now(), db.New(s.cfg.Pool)
	oldest, err := q.OldestPending(ctx)
	switch {
	case err == nil:
		if waited := now.Sub(timeOf(oldest)); waited > lateAfter {
			found = append(found, warnLate.Found("minutes", strconv.Itoa(int(waited.Minutes()))))
		}
	case !postgres.IsNoRows(err):
		return nil // the database's own component tells that it is away
	}
	if state, err := q.State(ctx); err == nil && state.VerifiedAt != nil {
		at := state.VerifiedAt.UTC().Format(time.RFC3339)
		if state.VerifiedWrong > 0 {
			found = append(found, warnWrong.Found("at", at, "count", strconv.FormatInt(state.VerifiedWrong, 10), "text", state.VerifiedText))
		}
		if now.Sub(*state.VerifiedAt) > verifyAgain {
			found = append(found, warnUnverified.Found("at", at))
		}
	}
	s.mu.Lock()
	k := s.kept
	s.mu.Unlock()
	since := k.since.UTC().Format(time.RFC3339)
	switch {
	case k.foreign:
		found = append(found, warnForeign.Found("since", since))
	case k.trouble != "" && now.Sub(k.since) > s.cfg.HeadNotKept:
		found = append(found, warnNotKept.Found("since", since, "error", k.trouble))
	}
	return found
}

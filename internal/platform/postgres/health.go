package postgres

import (
	"context"
	"fmt"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/health"
)

const (
	longTransaction = 60 * time.Second // older ones hold back events and vacuum
	crashMemory     = time.Hour        // how long a crash is worth a line
	diskLow         = 5                // percent free
	diskFull        = 1
	wraparoundNear  = 1_000_000_000 // transactions; PostgreSQL stops writing at about 2,100 million
	wraparoundStop  = 1_900_000_000
)

// What can be wrong with the database.
var (
	warnUnreachable = &health.Warning{
		Code: "postgres.unreachable", Severity: health.Fault,
		Chinese: health.Text{
			Title:  "数据库没有应答",
			Cause:  "在 {seconds} 秒内无法连接数据库或执行最简单的查询。",
			Remedy: "确认数据库服务器正在运行、地址和端口正确、网络和防火墙放行；通话和排队会继续，登录使用缓存，需要写入的操作请稍后再试。",
		},
		English: health.Text{
			Title:  "The database does not answer",
			Cause:  "No connection or not even the simplest query was possible within {seconds} seconds.",
			Remedy: "Check that the server runs, its address and port, the network and firewalls. Calls and queues go on, sign-ins live from snapshots; repeat what needs to be written later.",
		},
	}
	warnRestarting = &health.Warning{
		Code: "postgres.restarting", Severity: health.Fault,
		Chinese: health.Text{
			Title:  "内置数据库正在重新启动",
			Cause:  "内置 PostgreSQL 意外退出（启动以来第 {crashes} 次），正在恢复。",
			Remedy: "一般几秒内恢复，无需操作；若持续不恢复，请查看日志中 PostgreSQL 的原话，并检查磁盘空间和内存。",
		},
		English: health.Text{
			Title:  "The private database is starting again",
			Cause:  "The private PostgreSQL ended unexpectedly (time {crashes} since the start) and is recovering.",
			Remedy: "It usually takes seconds and needs nothing. If it lasts, read PostgreSQL's own words in the log and check disk space and memory.",
		},
	}
	warnCrashed = &health.Warning{
		Code: "postgres.crashed", Severity: health.Caution,
		Chinese: health.Text{
			Title:  "内置数据库曾意外退出",
			Cause:  "内置 PostgreSQL 最近一小时内意外退出后已自动恢复，启动以来共 {crashes} 次。已确认的数据没有丢失。",
			Remedy: "查看日志中退出前后的记录；常见原因是内存不足被系统终止、磁盘故障或被人手动结束。",
		},
		English: health.Text{
			Title:  "The private database ended unexpectedly",
			Cause:  "The private PostgreSQL ended within the last hour and has recovered by itself, {crashes} times since the start. Nothing acknowledged was lost.",
			Remedy: "Read the log around that time. Usual reasons: the system was out of memory, the disk failed, or somebody ended the process.",
		},
	}
	warnDiskLow = &health.Warning{
		Code: "postgres.disk_low", Severity: health.Caution,
		Chinese: health.Text{
			Title:  "数据目录所在磁盘空间不足",
			Cause:  "只剩 {percent}%（{free}）。",
			Remedy: "清理磁盘、缩短录音保留期、把录音转存到对象存储，或换更大的磁盘。",
		},
		English: health.Text{
			Title:  "The disk of the data directory is running out",
			Cause:  "Only {percent}% ({free}) is left.",
			Remedy: "Free space, keep recordings for a shorter time, move them to an object store, or use a larger disk.",
		},
	}
	warnDiskFull = &health.Warning{
		Code: "postgres.disk_full", Severity: health.Fault,
		Chinese: health.Text{
			Title:  "数据目录所在磁盘几乎已满",
			Cause:  "只剩 {percent}%（{free}）；写满后数据库会停止写入。",
			Remedy: "立即清理磁盘；不要删除 postgres 目录中的任何文件。",
		},
		English: health.Text{
			Title:  "The disk of the data directory is nearly full",
			Cause:  "Only {percent}% ({free}) is left; when it is full the database stops writing.",
			Remedy: "Free space at once. Do not delete anything inside the postgres directory.",
		},
	}
	warnLongTransaction = &health.Warning{
		Code: "postgres.long_transaction", Severity: health.Caution,
		Chinese: health.Text{
			Title:  "有事务长时间未结束",
			Cause:  "进程 {pid}（{application}）的事务已持续 {seconds} 秒，之后的事件都要等它结束才能发出。",
			Remedy: "请数据库管理员查看该会话；必要时执行 SELECT pg_terminate_backend({pid})。",
		},
		English: health.Text{
			Title:  "A transaction has been open for long",
			Cause:  "The transaction of process {pid} ({application}) has lasted {seconds} seconds; all later events wait for its end.",
			Remedy: "Let the database administrator look at that session; if need be run SELECT pg_terminate_backend({pid}).",
		},
	}
	warnVersionOld = &health.Warning{
		Code: "postgres.version_old", Severity: health.Fault,
		Chinese: health.Text{
			Title:  "数据库版本过旧",
			Cause:  "服务器是 PostgreSQL {version}，至少需要 {minimum}。",
			Remedy: "升级数据库服务器。",
		},
		English: health.Text{
			Title:  "The database server is too old",
			Cause:  "The server is PostgreSQL {version}; at least {minimum} is needed.",
			Remedy: "Upgrade the database server.",
		},
	}
	warnWraparound = &health.Warning{
		Code: "postgres.wraparound", Severity: health.Caution,
		Chinese: health.Text{
			Title:  "数据库事务号需要整理",
			Cause:  "最老的事务号已有 {million} 百万，达到约 2100 百万时数据库会停止写入。",
			Remedy: "确认 autovacuum 没有关闭、没有长期未结束的事务或废弃的复制槽，然后执行 VACUUM FREEZE。",
		},
		English: health.Text{
			Title:  "The database's transaction numbers need freezing",
			Cause:  "The oldest is {million} million behind; at about 2,100 million the database stops writing.",
			Remedy: "Check that autovacuum is on and that no old transaction or unused replication slot remains, then run VACUUM FREEZE.",
		},
	}
	warnWraparoundStop = &health.Warning{
		Code: "postgres.wraparound_stop", Severity: health.Fault,
		Chinese: health.Text{
			Title:  "数据库即将因事务号耗尽而停止写入",
			Cause:  "最老的事务号已有 {million} 百万，上限约 2100 百万。",
			Remedy: "立即结束长事务和废弃的复制槽，并执行 VACUUM FREEZE。",
		},
		English: health.Text{
			Title:  "The database is about to stop writing for want of transaction numbers",
			Cause:  "The oldest is {million} million behind; the limit is about 2,100 million.",
			Remedy: "End long transactions and drop unused replication slots now, then run VACUUM FREEZE.",
		},
	}
)

// HealthConfig says what to look at.
type HealthConfig struct {
	Pool    *pgxpool.Pool
	Server  *Server // nil for an external server
	DataDir string  // its disk is watched; "" for none
	Clock   clock.Clock
}

// Health gives the component "postgres".
func Health(cfg HealthConfig) health.Component { return newCheckup(cfg).component() }

type checkup struct {
	HealthConfig
	disk func(path string) (free, total uint64, err error)
	long time.Duration
}

func newCheckup(cfg HealthConfig) *checkup {
	return &checkup{HealthConfig: cfg, disk: diskSpace, long: longTransaction}
}

func (h *checkup) component() health.Component {
	return health.Component{
		Name: "postgres", Chinese: "数据库可用", English: "The database answers", Required: true,
		Warnings: []*health.Warning{
			warnUnreachable, warnRestarting, warnCrashed, warnDiskLow, warnDiskFull,
			warnLongTransaction, warnVersionOld, warnWraparound, warnWraparoundStop,
		},
		Check: h.check,
	}
}

func (h *checkup) check(ctx context.Context) []health.Finding {
	var found []health.Finding
	restarting := false
	if h.Server != nil {
		st := h.Server.Status()
		crashes := strconv.Itoa(st.Crashes)
		switch {
		case st.Crashes > 0 && !st.Ready:
			restarting = true
			found = append(found, warnRestarting.Found("crashes", crashes))
		case st.Crashes > 0 && h.Clock.Now().Sub(st.Crashed) < crashMemory:
			found = append(found, warnCrashed.Found("crashes", crashes))
		}
	}
	if !restarting {
		found = append(found, h.askServer(ctx)...)
	}
	return append(found, h.checkDisk()...)
}

// selectHealth looks at the server's own state, so it measures with the server's own clock.
const selectHealth = `
SELECT current_setting('server_version_num')::int / 10000,
       (SELECT max(age(datfrozenxid)) FROM pg_database),
       coalesce(t.pid, 0), coalesce(t.application_name, ''), coalesce(extract(epoch FROM clock_timestamp() - t.xact_start), 0)::bigint
FROM (VALUES (1)) one
LEFT JOIN LATERAL (
    SELECT pid, application_name, xact_start FROM pg_stat_activity
    WHERE datname = current_database() AND (backend_xid IS NOT NULL OR backend_xmin IS NOT NULL)
      AND backend_type = 'client backend' AND pid <> pg_backend_pid()
    ORDER BY xact_start NULLS LAST LIMIT 1
) t ON true`

func (h *checkup) askServer(ctx context.Context) []health.Finding {
	begun := h.Clock.Now()
	var major int
	var age, pid, seconds int64
	var application string
	err := reaching(ctx, h.Pool, func() error {
		return h.Pool.QueryRow(ctx, selectHealth).Scan(&major, &age, &pid, &application, &seconds)
	})
	if err != nil {
		took := max(1, int64(h.Clock.Now().Sub(begun).Seconds()))
		return []health.Finding{warnUnreachable.Found("seconds", strconv.FormatInt(took, 10))}
	}
	var found []health.Finding
	if major < MinMajor {
		found = append(found, warnVersionOld.Found("version", strconv.Itoa(major), "minimum", strconv.Itoa(MinMajor)))
	}
	if time.Duration(seconds)*time.Second > h.long && pid != 0 {
		found = append(found, warnLongTransaction.Found("pid", strconv.FormatInt(pid, 10),
			"application", application, "seconds", strconv.FormatInt(seconds, 10)))
	}
	return append(found, checkAge(age)...)
}

func checkAge(age int64) []health.Finding {
	million := strconv.FormatInt(age/1_000_000, 10)
	switch {
	case age >= wraparoundStop:
		return []health.Finding{warnWraparoundStop.Found("million", million)}
	case age >= wraparoundNear:
		return []health.Finding{warnWraparound.Found("million", million)}
	}
	return nil
}

func (h *checkup) checkDisk() []health.Finding {
	if h.DataDir == "" {
		return nil
	}
	free, total, err := h.disk(h.DataDir)
	if err != nil || total == 0 {
		return nil // the directory is gone or odd: the database itself will say so
	}
	percent := 100 * float64(free) / float64(total)
	params := []string{"percent", strconv.FormatFloat(percent, 'f', 1, 64), "free", fmt.Sprintf("%d MB", free/mebibyte)}
	switch {
	case percent < diskFull:
		return []health.Finding{warnDiskFull.Found(params...)}
	case percent < diskLow:
		return []health.Finding{warnDiskLow.Found(params...)}
	}
	return nil
}

// diskSpace tells how many bytes an ordinary user may still write, and how many there are.
func diskSpace(path string) (free, total uint64, err error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return 0, 0, err
	}
	return st.Bavail * uint64(st.Bsize), st.Blocks * uint64(st.Bsize), nil
}

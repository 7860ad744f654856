package bus

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"yingda/internal/platform/health"
)

const (
	nearlyFull   = 80 // percent of a stream's MaxBytes
	stuckAfter   = 5  // attempts of one message
	storeFailFor = time.Minute
)

var (
	cannotWrite = &health.Warning{
		Code: "bus.store_cannot_write", Severity: health.Fault,
		Chinese: health.Text{
			Title:  "消息存储无法写入",
			Cause:  "目录 {path} 写入失败：{reason}。联络记录等消息不再被确认，相关操作会报错。",
			Remedy: "释放磁盘空间，检查目录属主与权限、磁盘状态，然后重启本程序。",
		},
		English: health.Text{
			Title:  "The message store cannot write",
			Cause:  "Writing to {path} failed: {reason}. Contact records and other messages are no longer acknowledged, and what needs them fails.",
			Remedy: "Free disk space, check the directory's owner and permissions and the disk itself, then restart this program.",
		},
	}
	clusterAway = &health.Warning{
		Code: "bus.away", Severity: health.Fault,
		Chinese: health.Text{
			Title:  "消息总线连接中断",
			Cause:  "自 {since} 起连接不上 NATS 服务 {hosts}。通话继续，各节点只服务自己的坐席；恢复后自动续上。",
			Remedy: "检查 NATS 服务是否运行、网络与防火墙、用户凭据和证书是否有效。",
		},
		English: health.Text{
			Title:  "The message bus is away",
			Cause:  "Since {since} the NATS servers {hosts} cannot be reached. Calls go on and each node serves its own agents; all catches up afterwards.",
			Remedy: "Check that the NATS servers run, the network and firewall, and that credentials and certificates are valid.",
		},
	}
	noJetStream = &health.Warning{
		Code: "bus.no_jetstream", Severity: health.Fault,
		Chinese: health.Text{
			Title:  "消息总线已连接但不能存储",
			Cause:  "JetStream 没有应答：{reason}。",
			Remedy: "检查 NATS 集群是否有多数节点在运行、是否启用了 JetStream、存储空间是否充足；刚发生主节点切换时等待约十秒。",
		},
		English: health.Text{
			Title:  "The message bus is connected but cannot store",
			Cause:  "JetStream does not answer: {reason}.",
			Remedy: "Check that a majority of the NATS servers runs with JetStream enabled and has space; just after a fail-over, wait about ten seconds.",
		},
	}
	appendFails = &health.Warning{
		Code: "bus.append_fails", Severity: health.Fault,
		Chinese: health.Text{
			Title:  "消息写入失败",
			Cause:  "最近一次写入在 {since} 失败：{reason}。",
			Remedy: "检查消息存储的磁盘和 NATS 服务日志；未确认的操作请重新提交。",
		},
		English: health.Text{
			Title:  "Messages cannot be stored",
			Cause:  "The last append failed at {since}: {reason}.",
			Remedy: "Check the disk of the message store and the log of the NATS servers; repeat what was not acknowledged.",
		},
	}
	slowHandler = &health.Warning{
		Code: "bus.slow_handler", Severity: health.Caution,
		Chinese: health.Text{
			Title:  "消息处理过慢，已丢弃消息",
			Cause:  "自 {since} 起，主题 {subject} 的处理跟不上，丢弃了 {count} 条实时消息；页面上的实时状态可能滞后。",
			Remedy: "查看本节点 CPU 和数据库是否过载；持续出现时增加节点。",
		},
		English: health.Text{
			Title:  "A handler is too slow and lost messages",
			Cause:  "Since {since} the handler of {subject} cannot keep up and lost {count} live messages; what pages show live may be behind.",
			Remedy: "See whether this node's CPU or the database is overloaded; add a node if it goes on.",
		},
	}
	streamFull = &health.Warning{
		Code: "bus.stream_nearly_full", Severity: health.Caution,
		Chinese: health.Text{
			Title:  "消息流接近上限",
			Cause:  "消息流 {stream} 已用 {percent}%（上限 {limit} MB）。到达上限后会丢弃最旧的消息或拒绝新消息。",
			Remedy: "检查它的消费者是否停滞；需要保留更久时调大上限。",
		},
		English: health.Text{
			Title:  "A stream is near its limit",
			Cause:  "The stream {stream} is {percent}% full (limit {limit} MB). At the limit the oldest messages are dropped or new ones refused.",
			Remedy: "Check whether one of its consumers stands still; raise the limit if messages must be kept longer.",
		},
	}
	stuckConsumer = &health.Warning{
		Code: "bus.consumer_stuck", Severity: health.Caution,
		Chinese: health.Text{
			Title:  "消息处理停滞",
			Cause:  "消费者 {consumer} 对同一条消息已失败 {count} 次，其后的消息都在等待。",
			Remedy: "按消费者名称在日志中查找失败原因并排除；排除后会自动继续，不丢消息。",
		},
		English: health.Text{
			Title:  "A consumer stands still",
			Cause:  "The consumer {consumer} failed {count} times on one message, and all after it wait.",
			Remedy: "Find the reason in the log by the consumer's name and remove it; it goes on by itself and loses nothing.",
		},
	}
)

// Health tells how the bus is. It is not Required: calls go on without it.
func (b *Bus) Health() health.Component {
	return health.Component{
		Name: "bus", Chinese: "消息总线可用", English: "The message bus works",
		Warnings: []*health.Warning{cannotWrite, clusterAway, noJetStream, appendFails, slowHandler, streamFull, stuckConsumer},
		Check:    b.check,
	}
}

func (b *Bus) check(ctx context.Context) []health.Finding {
	b.mu.Lock()
	away, since, e := b.session == nil, b.since, b.embedded
	b.mu.Unlock()
	if away {
		return []health.Finding{b.awaySince(since)}
	}
	var found []health.Finding
	if e != nil {
		if err := e.probe(); err != nil {
			found = append(found, cannotWrite.Found("path", e.dir, "reason", err.Error()))
		} else if !e.server.JetStreamEnabled() {
			found = append(found, cannotWrite.Found("path", e.dir, "reason", "JetStream was stopped by the server"))
		}
	}
	if len(found) == 0 {
		found = b.checkJetStream(ctx)
	}
	return append(found, b.watched.findings(b.config.Clock.Now())...)
}

// checkJetStream looks at every stream that was opened here, and asks for a sign of life when none was.
func (b *Bus) checkJetStream(ctx context.Context) []health.Finding {
	streams := b.watched.opened()
	if len(streams) == 0 {
		_, err := do(ctx, b, "ask JetStream", func(ctx context.Context, l *link) (struct{}, error) {
			_, err := l.js.AccountInfo(ctx)
			return struct{}{}, err
		})
		if err != nil {
			return []health.Finding{b.silent(err)}
		}
	}
	var found []health.Finding
	for _, s := range streams {
		state, err := s.State(ctx)
		if err != nil {
			return []health.Finding{b.silent(err)}
		}
		if limit := s.config.MaxBytes; limit > 0 {
			if percent := int64(state.Bytes) * 100 / limit; percent >= nearlyFull { // bytes of a disk
				found = append(found, streamFull.Found("stream", s.config.Name,
					"percent", strconv.FormatInt(percent, 10), "limit", strconv.FormatInt(limit>>20, 10)))
			}
		}
	}
	return found
}

func (b *Bus) awaySince(t time.Time) health.Finding {
	return clusterAway.Found("since", stamp(t), "hosts", cmp.Or(b.config.hosts(), "embedded"))
}

// silent explains why JetStream did not answer; the connection may have been lost while asking.
func (b *Bus) silent(err error) health.Finding {
	if errors.Is(err, ErrAway) {
		return b.awaySince(b.config.Clock.Now())
	}
	return noJetStream.Found("reason", err.Error())
}

func (w *watchlist) opened() []*Stream {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.SortedFunc(maps.Values(w.streams), func(a, b *Stream) int { return cmp.Compare(a.config.Name, b.config.Name) })
}

// findings is what was noted while working.
func (w *watchlist) findings(now time.Time) []health.Finding {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []health.Finding
	if w.storeWhy != "" && now.Sub(w.storeFail) < storeFailFor {
		found = append(found, appendFails.Found("since", stamp(w.storeFail), "reason", w.storeWhy))
	}
	for _, subject := range slices.Sorted(maps.Keys(w.slows)) {
		if s := w.slows[subject]; now.Sub(s.last) <= slowMemory {
			found = append(found, slowHandler.Found("subject", subject, "since", stamp(s.first), "count", strconv.FormatUint(s.dropped, 10)))
		}
	}
	for _, consumer := range slices.Sorted(maps.Keys(w.stuck)) {
		if n := w.stuck[consumer]; n >= stuckAfter {
			found = append(found, stuckConsumer.Found("consumer", consumer, "count", strconv.Itoa(n)))
		}
	}
	return found
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

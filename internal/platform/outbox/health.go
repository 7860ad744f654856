package outbox

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/health"
	"yingda/internal/platform/outbox/internal/db"
)

const (
	// stuckAfter attempts a failing event is reported; earlier ones may be a passing disturbance.
	stuckAfter = 3
	// behindAfter is the age of an unconsumed event that is reported.
	behindAfter = time.Minute
)

// What can be wrong with the outbox.
var (
	ConsumerStuck = &health.Warning{
		Code: "outbox.consumer_stuck", Severity: health.Fault,
		Chinese: health.Text{
			Title:  "事件消费者 {consumer} 停在一条事件上",
			Cause:  "主题 {topic} 的事件 {event} 自 {since} 起处理失败,已尝试 {attempts} 次:{error}",
			Remedy: "排除原因后会自动继续;确认可以放弃这条事件时,由管理员跳过:yingda outbox skip {consumer} {event}",
		},
		English: health.Text{
			Title:  "Event consumer {consumer} is stuck at one event",
			Cause:  "Event {event} of topic {topic} has failed since {since}, {attempts} attempts so far: {error}",
			Remedy: "It goes on by itself once the cause is gone; if the event may be left out, an administrator skips it: yingda outbox skip {consumer} {event}",
		},
	}
	ConsumerBehind = &health.Warning{
		Code: "outbox.consumer_behind", Severity: health.Caution,
		Chinese: health.Text{
			Title: "事件消费者 {consumer} 落后", Cause: "最早的未处理事件写于 {age} 前",
			Remedy: "检查运行该消费者的节点是否在线、数据库是否繁忙;若该消费者已停用,执行 yingda outbox forget {consumer}",
		},
		English: health.Text{
			Title: "Event consumer {consumer} is behind", Cause: "The oldest event it has not handled was written {age} ago",
			Remedy: "Check that a node runs this consumer and whether the database is busy; if the consumer is no longer in use: yingda outbox forget {consumer}",
		},
	}
	RelayBehind = &health.Warning{
		Code: "outbox.relay_behind", Severity: health.Caution,
		Chinese: health.Text{
			Title: "事件未能及时发布到消息总线", Cause: "最早的未发布事件写于 {age} 前",
			Remedy: "检查消息总线(JetStream)是否可用;恢复后会自动补发,不会丢失",
		},
		English: health.Text{
			Title: "Events are not reaching the message bus", Cause: "The oldest unpublished event was written {age} ago",
			Remedy: "Check that the message bus (JetStream) is available; it catches up by itself and loses nothing",
		},
	}
	RetentionHeld = &health.Warning{
		Code: "outbox.retention_held", Severity: health.Caution,
		Chinese: health.Text{
			Title: "{consumer} 使过期事件无法清理", Cause: "它还有 {age} 前的事件未处理,超过保留期,数据表会不断增长",
			Remedy: "恢复该消费者;若已停用,执行 yingda outbox forget {consumer}",
		},
		English: health.Text{
			Title: "{consumer} keeps old events from being deleted", Cause: "It has not handled events written {age} ago, beyond the retention; the table grows",
			Remedy: "Bring the consumer back; if it is no longer in use: yingda outbox forget {consumer}",
		},
	}
	ForeignHistory = &health.Warning{
		Code: "outbox.foreign_history", Severity: health.Fault,
		Chinese: health.Text{
			Title: "事件记录来自另一个数据库集群", Cause: "数据是从别处复制来的,但复制后没有校正事务编号;新的事件会被消费者漏掉",
			Remedy: "停止本程序,执行 yingda outbox rebase,再启动",
		},
		English: health.Text{
			Title: "The event history comes from another database cluster", Cause: "Its rows were copied here without correcting transaction numbers; consumers would leave out new events",
			Remedy: "Stop the program, run yingda outbox rebase, start again",
		},
	}
	Unreadable = &health.Warning{
		Code: "outbox.unreadable", Severity: health.Caution,
		Chinese: health.Text{Title: "无法读取事件队列状态", Cause: "数据库没有回答", Remedy: "参见数据库一项的说明"},
		English: health.Text{Title: "The state of the event queue cannot be read", Cause: "The database did not answer", Remedy: "See the entry of the database"},
	}
)

// Health is the component "outbox". retention is the keeper's; 0 for DefaultRetention.
func Health(pool *pgxpool.Pool, clk clock.Clock, retention time.Duration) health.Component {
	if retention == 0 {
		retention = DefaultRetention
	}
	return health.Component{
		Name: "outbox", Chinese: "业务事件正常流转", English: "Business events flow",
		Warnings: []*health.Warning{ConsumerStuck, ConsumerBehind, RelayBehind, RetentionHeld, ForeignHistory, Unreadable},
		Check: func(ctx context.Context) []health.Finding {
			now := clk.Now()
			rows, err := db.New(pool).Status(ctx, now)
			if err != nil {
				return []health.Finding{Unreadable.Found()}
			}
			var found []health.Finding
			for _, r := range rows {
				found = append(found, findings(r, now, retention)...)
			}
			return found
		},
	}
}

func findings(r db.StatusRow, now time.Time, retention time.Duration) []health.Finding {
	age := now.Sub(r.Oldest).Round(time.Second)
	var found []health.Finding
	if r.FromElsewhere {
		return append(found, ForeignHistory.Found())
	}
	if r.FailingID.Valid && r.FailingAttempts >= stuckAfter && r.FailingSince != nil {
		found = append(found, ConsumerStuck.Found("consumer", r.Name, "topic", r.FailingTopic,
			"event", r.FailingID.UUID.String(), "since", r.FailingSince.UTC().Format(time.RFC3339),
			"attempts", strconv.Itoa(int(r.FailingAttempts)), "error", r.FailingError))
	}
	switch {
	case age > retention+time.Hour:
		found = append(found, RetentionHeld.Found("consumer", r.Name, "age", age.String()))
	case age > behindAfter && r.Name == RelayName:
		found = append(found, RelayBehind.Found("age", age.String()))
	case age > behindAfter && !r.FailingID.Valid:
		found = append(found, ConsumerBehind.Found("consumer", r.Name, "age", age.String()))
	}
	return found
}

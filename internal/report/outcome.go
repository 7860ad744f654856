package report

import (
	"time"

	"github.com/google/uuid"

	"yingda/internal/interaction/record"
	"yingda/internal/metric"
)

// Contact is a record as reports read it.
type Contact struct {
	metric.Contact
	Outcome   record.Outcome
	Queue     uuid.UUID // the first
	LastQueue uuid.UUID
}

// OutcomeOf gives the outcome by which formulas count a record; false: it is in no report, because we never took the
// call and it asked for no queue. The same stands in SQL as outcomeSQL; a test holds them to each other.
//
// Where the words differ: who pressed the key for an agent and hung up before any queue abandoned too; who was sent away
// without ever waiting was refused; who was talking with an agent when the node died had been answered; who was lost
// before he asked for anybody ended in the machine.
func OutcomeOf(c Contact) (metric.Outcome, bool) {
	asked := !c.Key.IsZero() || !c.Enqueued.IsZero() || c.Queue != uuid.Nil
	switch c.Outcome {
	case record.Open:
		return metric.Open, true
	case record.AnsweredByAgent:
		return metric.Answered, true
	case record.AbandonedInQueue, record.AbandonedRinging:
		return metric.Abandoned, true
	case record.LeftQueue:
		return pick(c.Enqueued.IsZero(), metric.Refused, metric.Elsewhere), true
	case record.AbandonedInFlow:
		return pick(c.Key.IsZero(), metric.Machine, metric.Abandoned), true
	case record.ServedByMachine:
		return pick(c.Key.IsZero(), metric.Machine, metric.Refused), true
	case record.Refused:
		return metric.Refused, asked
	case record.Lost:
		if !c.Talking.IsZero() {
			return metric.Answered, true
		}
		return pick(asked, metric.Lost, metric.Machine), true
	}
	return metric.Lost, true
}

// outcomeSQL is [OutcomeOf]; "" leaves a contact out.
const outcomeSQL = `CASE outcome
	WHEN 'open' THEN 'open'
	WHEN 'answered_by_agent' THEN 'answered'
	WHEN 'abandoned_in_queue' THEN 'abandoned'
	WHEN 'abandoned_ringing' THEN 'abandoned'
	WHEN 'left_queue' THEN CASE WHEN enqueued_at IS NULL THEN 'refused' ELSE 'elsewhere' END
	WHEN 'abandoned_in_flow' THEN CASE WHEN key_at IS NULL THEN 'machine' ELSE 'abandoned' END
	WHEN 'served_by_machine' THEN CASE WHEN key_at IS NULL THEN 'machine' ELSE 'refused' END
	WHEN 'refused' THEN CASE WHEN key_at IS NULL AND enqueued_at IS NULL AND queue_id IS NULL THEN '' ELSE 'refused' END
	WHEN 'lost' THEN CASE WHEN talking_at IS NOT NULL THEN 'answered'
		WHEN key_at IS NULL AND enqueued_at IS NULL AND queue_id IS NULL THEN 'machine' ELSE 'lost' END
	ELSE 'lost' END`

// startSQL and stopSQL are the moments of marks, as metric has them.
var (
	startSQL = map[metric.Mark]string{
		metric.AtBegin:  "began_at",
		metric.AtAnswer: "coalesce(answered_at, began_at)",
		metric.AtKey:    "coalesce(key_at, enqueued_at)",
		metric.AtQueue:  "coalesce(enqueued_at, key_at)",
	}
	stopSQL = map[metric.Mark]string{
		metric.AtRing:     "coalesce(ringing_at, accepted_at, talking_at)",
		metric.AtAccept:   "coalesce(accepted_at, talking_at)",
		metric.AtAnnounce: "coalesce(announced_at, talking_at)",
		metric.AtTalk:     "coalesce(talking_at, accepted_at)",
	}
)

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

func micros(us float64) time.Duration { return time.Duration(us) * time.Microsecond }

package report

import (
	"time"

	"github.com/google/uuid"

	"yingda/internal/metric"
)

// Outcome is how a contact ended, in the words of its record (interaction.contact.outcome).
type Outcome string

// The outcomes.
const (
	Open             Outcome = "open"
	AnsweredByAgent  Outcome = "answered_by_agent"
	AbandonedInFlow  Outcome = "abandoned_in_flow"
	AbandonedInQueue Outcome = "abandoned_in_queue"
	AbandonedRinging Outcome = "abandoned_ringing"
	ServedByMachine  Outcome = "served_by_machine"
	Refused          Outcome = "refused"
	LeftQueue        Outcome = "left_queue"
	Lost             Outcome = "lost"
)

// Outcomes lists them.
func Outcomes() []Outcome {
	return []Outcome{Open, AnsweredByAgent, AbandonedInFlow, AbandonedInQueue, AbandonedRinging, ServedByMachine, Refused, LeftQueue, Lost}
}

// Contact is a record as reports read it.
type Contact struct {
	metric.Contact
	Outcome   Outcome
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
	case Open:
		return metric.Open, true
	case AnsweredByAgent:
		return metric.Answered, true
	case AbandonedInQueue, AbandonedRinging:
		return metric.Abandoned, true
	case LeftQueue:
		return pick(c.Enqueued.IsZero(), metric.Refused, metric.Elsewhere), true
	case AbandonedInFlow:
		return pick(c.Key.IsZero(), metric.Machine, metric.Abandoned), true
	case ServedByMachine:
		return pick(c.Key.IsZero(), metric.Machine, metric.Refused), true
	case Refused:
		return metric.Refused, asked
	case Lost:
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

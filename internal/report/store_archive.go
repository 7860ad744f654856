package report

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/metric"
)

// archives counts recordings, and answered contacts without one, by half hour or day.
func archives(ctx context.Context, pool *pgxpool.Pool, c cut, s split) (map[int64]*metric.Archive, error) {
	kept := map[int64]*metric.Archive{}
	at := func(slot int64) *metric.Archive {
		if kept[slot] == nil {
			kept[slot] = &metric.Archive{}
		}
		return kept[slot]
	}
	var a arguments
	text := `SELECT ` + slotSQL(s.slot, s.day, "began_at", c.Period, &a) + `, count(*), count(*) FILTER (WHERE recordings = 0)
	FROM interaction.contact WHERE ` + c.contacts(&a) + ` AND (` + outcomeSQL + `) = 'answered' GROUP BY 1`
	err := each(ctx, pool, text, a.list, func(rows pgx.Rows) error {
		var slot int64
		var answered, missing int
		if err := rows.Scan(&slot, &answered, &missing); err != nil {
			return err
		}
		at(slot).Merge(metric.Archive{Answered: answered, Missing: missing})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count contacts without recording: %w", err)
	}
	text, list := recordingsSQL(c, s)
	err = each(ctx, pool, text, list, func(rows pgx.Rows) error {
		var slot, length int64
		var r metric.Archive
		if err := rows.Scan(&slot, &r.Recordings, &length, &r.Bytes, &r.Cut, &r.Held, &r.Dropped); err != nil {
			return err
		}
		r.Length = time.Duration(length) * time.Millisecond
		at(slot).Merge(r)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count recordings: %w", err)
	}
	return kept, nil
}

func recordingsSQL(c cut, s split) (string, []any) {
	var a arguments
	slot := slotSQL(s.slot, s.day, "began_at", c.Period, &a)
	conditions := c.where(&a, "began_at")
	if !c.simulated {
		conditions = append(conditions, "NOT EXISTS (SELECT 1 FROM interaction.contact AS made WHERE made.id = recording.call_id AND made.simulated"+
			" AND made.began_at >= "+a.add(c.From.Add(-longestSpan))+" AND made.began_at < "+a.add(c.To)+")")
	}
	if c.team != uuid.Nil {
		conditions = append(conditions, "staff_id IN (SELECT id FROM organization.staff WHERE team_id = "+a.add(c.team)+")")
	}
	return `SELECT ` + slot + `, count(*), coalesce(sum(duration_ms), 0)::bigint, coalesce(sum(size), 0)::bigint, count(*) FILTER (WHERE cut),
		count(*) FILTER (WHERE hold), coalesce(sum(dropped), 0)::bigint
	FROM voice.recording WHERE ` + strings.Join(conditions, " AND ") + ` GROUP BY 1`, a.list
}

// Instance is one contact that a report names, so that people can look.
type Instance struct {
	ID      uuid.UUID  `json:"id"`
	Began   time.Time  `json:"began_at"`
	Queue   *uuid.UUID `json:"queue_id,omitempty"`
	Agent   *uuid.UUID `json:"agent_id,omitempty"`
	Outcome string     `json:"outcome" doc:"As the record has it"`
	Waited  float64    `json:"waited_s" doc:"Seconds, by the rules of the report"`
	Talked  float64    `json:"talked_s" doc:"Seconds"`
}

// instances lists the newest contacts of a class, with a condition more.
func instances(ctx context.Context, pool *pgxpool.Pool, c cut, r metric.Rules, class metric.Outcome, unrecorded bool, limit int) ([]Instance, error) {
	var a arguments
	stop := pick(class == metric.Answered, stopSQL[r.Stop], "ended_at")
	text := `SELECT id, began_at, coalesce(last_queue_id, queue_id), agent_id, outcome,
		coalesce(greatest(0, date_part('epoch', ` + stop + ` - ` + startSQL[r.Start] + `)), 0), (talk_ms - hold_ms) / 1000::float8
	FROM interaction.contact WHERE ` + c.contacts(&a) + ` AND (` + outcomeSQL + `) = ` + a.add(string(class)) +
		pick(unrecorded, " AND recordings = 0", "") + ` ORDER BY began_at DESC, id DESC LIMIT ` + a.add(limit)
	list := []Instance{}
	err := each(ctx, pool, text, a.list, func(rows pgx.Rows) error {
		var i Instance
		err := rows.Scan(&i.ID, &i.Began, &i.Queue, &i.Agent, &i.Outcome, &i.Waited, &i.Talked)
		i.Began = i.Began.UTC()
		list = append(list, i)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list contacts of a report: %w", err)
	}
	return list, nil
}

// each calls f for every row.
func each(ctx context.Context, pool *pgxpool.Pool, text string, args []any, f func(pgx.Rows) error) error {
	rows, err := pool.Query(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

package report

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/metric"
)

// longestSpan is how long before the period a span is looked for that reaches into it: nobody is in one state longer.
const longestSpan = 24 * time.Hour

// spansSQL reads the spans of a cut with the state that followed each.
func spansSQL(c cut, now time.Time, a *arguments) string {
	from, to, open := a.add(c.From), a.add(c.To), a.add(now)
	conditions := []string{
		"began_at >= " + a.add(c.From.Add(-longestSpan)), "began_at < " + to, "(ended_at IS NULL OR ended_at > " + from + " OR ended_at = began_at)",
	}
	conditions = append(conditions, c.centred(a)...)
	if c.team != uuid.Nil {
		conditions = append(conditions, "agent_id IN (SELECT id FROM organization.staff WHERE team_id = "+a.add(c.team)+")")
	}
	return `SELECT agent_id, state, reason, contact_id, began_at >= ` + from + ` AS inside,
		greatest(0, date_part('epoch', least(coalesce(ended_at, ` + open + `), ` + to + `) - greatest(began_at, ` + from + `))) AS seconds,
		lead(state) OVER (PARTITION BY session_id ORDER BY seq) AS next
	FROM interaction.agent_span WHERE ` + strings.Join(conditions, " AND ")
}

// shifts counts what agents did. An offer that the caller ended while it rang, after which the agent was ready again,
// is none that he could have taken.
func shifts(ctx context.Context, pool *pgxpool.Pool, c cut, now time.Time) (map[uuid.UUID]*metric.Shift, error) {
	var a arguments
	text := `SELECT agent_id, state, CASE state WHEN 'break' THEN reason ELSE '' END, sum(seconds),
		count(*) FILTER (WHERE inside AND state = 'ringing' AND next <> 'ready'),
		count(*) FILTER (WHERE inside AND state = 'ringing' AND next NOT IN ('ready', 'talking')),
		count(DISTINCT contact_id) FILTER (WHERE inside AND state = 'talking')
	FROM (` + spansSQL(c, now, &a) + `) AS span GROUP BY 1, 2, 3`
	rows, err := pool.Query(ctx, text, a.list...)
	if err != nil {
		return nil, fmt.Errorf("add up what agents did: %w", err)
	}
	defer rows.Close()
	done := map[uuid.UUID]*metric.Shift{}
	for rows.Next() {
		var agent uuid.UUID
		var state, reason string
		var seconds float64
		var offered, missed, handled int
		if err := rows.Scan(&agent, &state, &reason, &seconds, &offered, &missed, &handled); err != nil {
			return nil, fmt.Errorf("add up what agents did: %w", err)
		}
		s := done[agent]
		if s == nil {
			s = &metric.Shift{}
			done[agent] = s
		}
		if state != "signed_out" {
			s.Spend(metric.State(state), reason, micros(seconds*1e6))
		}
		s.Offered, s.Missed, s.Handled = s.Offered+offered, s.Missed+missed, s.Handled+handled
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("add up what agents did: %w", err)
	}
	return done, nil
}

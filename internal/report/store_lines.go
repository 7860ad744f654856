package report

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/metric"
)

// cause is why calls of a trunk were not answered.
type cause struct {
	Result, Reason string
	Q850           int
}

// lines counts the calls of trunks: each trunk's, and why those that failed did. uuid.Nil has the busiest moment of all
// trunks together.
func lines(ctx context.Context, pool *pgxpool.Pool, c cut) (map[uuid.UUID]*metric.Line, error) {
	var a arguments
	conditions := append(c.where(&a, "started_at"), "trunk_id IS NOT NULL")
	// Arrived and lost of both directions, see voice.Quality: what we receive is counted as arrived, what we send as sent.
	text := `SELECT trunk_id, count(*), count(*) FILTER (WHERE direction = 'in'), count(answered_at), count(*) FILTER (WHERE result = 'failed'),
		sum(date_part('epoch', ended_at - started_at)), count(*) FILTER (WHERE mos > 0), coalesce(sum(mos) FILTER (WHERE mos > 0), 0),
		coalesce(sum(r_packets + s_packets - s_lost), 0)::bigint, coalesce(sum(r_lost + s_lost), 0)::bigint
	FROM (SELECT trunk_id, direction, answered_at, result, started_at, ended_at, coalesce((quality->>'mos')::float8, 0) AS mos,
			coalesce((quality#>>'{receive,packets}')::float8, 0) AS r_packets, coalesce((quality#>>'{receive,lost}')::float8, 0) AS r_lost,
			CASE WHEN (quality#>>'{send,reported}')::boolean THEN (quality#>>'{send,packets}')::float8 ELSE 0 END AS s_packets,
			CASE WHEN (quality#>>'{send,reported}')::boolean THEN (quality#>>'{send,lost}')::float8 ELSE 0 END AS s_lost
		FROM voice.call WHERE ` + strings.Join(conditions, " AND ") + `) AS judged GROUP BY 1`
	carried := map[uuid.UUID]*metric.Line{}
	err := each(ctx, pool, text, a.list, func(rows pgx.Rows) error {
		var trunk uuid.UUID
		var l metric.Line
		var seconds float64
		err := rows.Scan(&trunk, &l.Calls, &l.Incoming, &l.Answered, &l.Failed, &seconds, &l.Scored, &l.Score, &l.Packets, &l.Lost)
		l.Occupied = micros(seconds * 1e6)
		carried[trunk] = &l
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count calls of trunks: %w", err)
	}
	busiest, err := busiest(ctx, pool, c)
	if err != nil {
		return nil, err
	}
	for trunk, n := range busiest {
		if carried[trunk] == nil {
			carried[trunk] = &metric.Line{}
		}
		carried[trunk].Busiest = n
	}
	return carried, nil
}

// busiest reads when calls began and ended, and gives the most at one moment, by trunk and, under uuid.Nil, of all.
func busiest(ctx context.Context, pool *pgxpool.Pool, c cut) (map[uuid.UUID]int, error) {
	var a arguments
	conditions := append(c.where(&a, "started_at"), "trunk_id IS NOT NULL")
	text := `SELECT trunk_id, (date_part('epoch', started_at) * 1e6)::bigint, (date_part('epoch', ended_at) * 1e6)::bigint FROM voice.call WHERE ` +
		strings.Join(conditions, " AND ") + ` ORDER BY started_at`
	crowd := newCrowd()
	var trunk uuid.UUID
	var from, to int64
	err := each(ctx, pool, text, a.list, func(rows pgx.Rows) error {
		err := rows.Scan(&trunk, &from, &to)
		crowd.add(trunk, from, to)
		crowd.add(uuid.Nil, from, to)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find the busiest moment of trunks: %w", err)
	}
	return crowd.most, nil
}

// causes counts the calls that were not answered, by trunk and why.
func causes(ctx context.Context, pool *pgxpool.Pool, c cut) (map[uuid.UUID]map[cause]int, error) {
	var a arguments
	conditions := append(c.where(&a, "started_at"), "trunk_id IS NOT NULL", "answered_at IS NULL")
	text := `SELECT trunk_id, result, reason, q850, count(*) FROM voice.call WHERE ` + strings.Join(conditions, " AND ") + ` GROUP BY 1, 2, 3, 4`
	found := map[uuid.UUID]map[cause]int{}
	err := each(ctx, pool, text, a.list, func(rows pgx.Rows) error {
		var trunk uuid.UUID
		var why cause
		var n int
		if err := rows.Scan(&trunk, &why.Result, &why.Reason, &why.Q850, &n); err != nil {
			return err
		}
		if found[trunk] == nil {
			found[trunk] = map[cause]int{}
		}
		found[trunk][why] += n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count why calls were not answered: %w", err)
	}
	return found, nil
}

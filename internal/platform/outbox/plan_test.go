package outbox_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/postgres/postgrestest"
)

// plan is the part of EXPLAIN's answer that tells what a query walks over.
type plan struct {
	Node    string  `json:"Node Type"`
	Table   string  `json:"Relation Name"`
	Rows    float64 `json:"Actual Rows"`
	Removed float64 `json:"Rows Removed by Filter"`
	Loops   float64 `json:"Actual Loops"`
	Plans   []plan  `json:"Plans"`
}

func (p plan) walked() float64 {
	sum := 0.0
	if p.Table == "event" || strings.HasPrefix(p.Node, "Bitmap Index") {
		sum = (p.Rows + p.Removed) * max(p.Loops, 1)
	}
	for _, below := range p.Plans {
		sum += below.walked()
	}
	return sum
}

// The hot queries must not depend on the size of the table, nor on the planner's luck: with and without
// statistics, as custom and as generic plan.
func TestHotQueriesWalkOverFewRowsOfALargeTable(t *testing.T) {
	t.Parallel()
	pool, ctx := postgrestest.New(t), t.Context()
	for range 5 {
		numbers := make([]int, 10_000)
		write(t, pool, numbers...)
	}
	_, err := pool.Exec(ctx, `INSERT INTO outbox.consumer (name, seen_xmax, seen_running, updated_at)
		SELECT 'x', max(xid) + 1, '{1,2}', now() FROM outbox.event`)
	require.NoError(t, err)
	sql, err := os.ReadFile("queries.sql")
	require.NoError(t, err)
	conn, err := pool.Acquire(ctx)
	require.NoError(t, err)
	defer conn.Release()

	for _, c := range []struct{ name, types, values string }{
		{"Pending", "every bool, topics text[], name text", "false, '{test.counted}', 'x'"},
		{"NewBounds", "seen_xmax bigint, window_xmax bigint, window_running bigint[]", "1000000000, 1000000100, '{5}'"},
		{"LateBounds", "late bigint[]", "'{1,2,3}'"},
		{
			"WindowEvents", "after bigint, until bigint, seen_xmax bigint, seen_running bigint[], window_xmax bigint, window_running bigint[], every bool, topics text[], max_events int",
			"20000, 20500, 0, '{1}', 1000000000, '{5}', false, '{test.counted}', 200",
		},
		{"OldestEvents", "before timestamptz, after bigint, max_events int", "now(), 0, 200"},
	} {
		for _, statistics := range []string{"DELETE FROM pg_statistic WHERE starelid = 'outbox.event'::regclass", "ANALYZE outbox.event"} {
			for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
				for _, do := range []string{statistics, "SET plan_cache_mode = " + mode, "DEALLOCATE ALL", "PREPARE q(" + typesOf(c.types) + ") AS " + query(t, string(sql), c.name, c.types)} {
					_, err := conn.Exec(ctx, do, pgx.QueryExecModeSimpleProtocol)
					require.NoError(t, err, "%s: %s", c.name, do)
				}
				var raw []byte
				require.NoError(t, conn.QueryRow(ctx, "EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE q("+c.values+")", pgx.QueryExecModeSimpleProtocol).Scan(&raw))
				var plans []struct{ Plan plan }
				require.NoError(t, json.Unmarshal(raw, &plans))
				require.Less(t, plans[0].Plan.walked(), 2500.0, "%s, %s, %s:\n%s", c.name, mode, statistics, raw)
			}
		}
	}
}

// query takes a query out of the file and numbers its parameters.
func query(t testing.TB, file, name, parameters string) string {
	t.Helper()
	_, after, ok := strings.Cut(file, "-- name: "+name+" ")
	require.True(t, ok, name)
	q, _, _ := strings.Cut(after[strings.Index(after, "SELECT"):], ";")
	for i, p := range strings.Split(parameters, ", ") {
		word, _, _ := strings.Cut(p, " ")
		q = regexp.MustCompile("@"+word+`\b`).ReplaceAllString(q, "$$"+string(rune('1'+i)))
	}
	return q
}

func typesOf(parameters string) string {
	var types []string
	for p := range strings.SplitSeq(parameters, ", ") {
		_, kind, _ := strings.Cut(p, " ")
		types = append(types, kind)
	}
	return strings.Join(types, ", ")
}

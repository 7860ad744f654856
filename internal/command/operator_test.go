package command

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/timer"
)

// run runs a command line on the pool's database.
func run(t *testing.T, pool *pgxpool.Pool, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, log bytes.Buffer
	args = append(args, "--data-dir", t.TempDir(), "--database-url", pool.Config().ConnString())
	code = Main(args, strings.NewReader(""), &out, &log)
	return code, out.String(), log.String()
}

func TestOperatorsCommandsAnswerInWords(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	tx, err := pool.Begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, timer.Set(t.Context(), tx, timer.Timer{Kind: "test.due", Key: "a", DueAt: time.Now()}))
	_, err = tx.Exec(t.Context(), "UPDATE timer.timer SET parked_at = fire_at, last_error = 'the far end is gone'")
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "INSERT INTO outbox.consumer (name, seen_xmax, updated_at) VALUES ('old', 0, $1)", time.Now())
	require.NoError(t, err)
	require.NoError(t, tx.Commit(t.Context()))

	event := "019a9e2b-7c00-7000-8000-000000000001"
	for _, c := range []struct {
		args   string
		code   int
		stdout string
		stderr string
	}{
		{"timer parked", 0, "the far end is gone", ""},
		{"timer parked --limit 0", exitUsage, "", "--limit"},
		{"timer revive test.due a", 0, "fires", "actor="},
		{"timer revive test.due a", exitFailed, "", "timer.not_parked"},
		{"timer revive test.due", exitUsage, "", "arg"},
		{"timer parked", 0, "No timer is parked.", ""},
		{"outbox forget old", 0, "forgotten", "actor="},
		{"outbox forget relay", exitFailed, "", "operate.consumer_in_use"},
		{"outbox skip old " + event, exitFailed, "", "--reason"},
		{"outbox skip old " + event + " --reason gone", exitFailed, "", "outbox.not_failing"},
		{"outbox skip old 12 --reason gone", exitUsage, "", "not the id of an event"},
		{"outbox rebase", 0, "Start Yingda again", "actor="},
		{"jobs retry 99", exitFailed, "", "jobs.none"},
		{"jobs retry x", exitUsage, "", "is not the id of a job"},
	} {
		code, stdout, stderr := run(t, pool, strings.Fields(c.args)...)
		require.Equal(t, c.code, code, "%s: %s", c.args, stderr)
		require.Contains(t, stdout, c.stdout, c.args)
		require.Contains(t, stderr, c.stderr, c.args)
	}
}

package command

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/secret"
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

func TestRotatingTheMasterKeyIsAskedForInFull(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	for _, c := range []struct {
		args   string
		code   int
		stderr string
	}{
		{"secret rotate", exitFailed, "secret.key_missing"},
		{"secret rotate --add --rewrap", exitUsage, "two steps"},
		{"secret rotate --add --secret-key command:/usr/bin/vault-print", exitFailed, "operate.key_elsewhere"},
		{"secret forget --yes", exitUsage, "--version N"},
		{"secret forget --version 1", exitUsage, "--yes forgets version 1"},
	} {
		code, _, stderr := run(t, pool, strings.Fields(c.args)...)
		require.Equal(t, c.code, code, "%s: %s", c.args, stderr)
		require.Contains(t, stderr, c.stderr, c.args)
	}
	dir := t.TempDir()
	ring, err := secret.Load(t.Context(), secret.Config{Dir: filepath.Join(dir, "secret")})
	require.NoError(t, err)
	require.NoError(t, secret.Confirm(t.Context(), pool, ring, clock.System()))
	var out, log bytes.Buffer
	code := Main([]string{"secret", "rotate", "--data-dir", dir, "--database-url", pool.Config().ConnString()}, strings.NewReader(""), &out, &log)
	require.Zero(t, code, log.String())
	require.Contains(t, out.String(), "Version 2 of the master key is in use.")
	require.Contains(t, log.String(), "actor=")
}

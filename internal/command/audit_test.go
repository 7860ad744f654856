package command

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/secret"
)

// sealedHouse is a data folder with a sealed audit of three entries.
func sealedHouse(t *testing.T) (dir string, pool *pgxpool.Pool) {
	t.Helper()
	dir, pool = t.TempDir(), postgrestest.New(t)
	ring, err := secret.Load(t.Context(), secret.Config{Dir: filepath.Join(dir, "secret"), Clock: clock.System(), SealedDataExist: secret.SealedIn(pool)})
	require.NoError(t, err)
	store, err := blob.NewFiles(blob.FilesConfig{Dir: filepath.Join(dir, "blob")})
	require.NoError(t, err)
	s := audit.New(audit.Config{Pool: pool, Ring: ring, Blobs: store, Clock: clock.System(), Logger: slog.New(slog.DiscardHandler)})
	for range 3 {
		require.NoError(t, postgres.InTx(actor.With(t.Context(), actor.System("test.part")), pool, func(ctx context.Context, tx pgx.Tx) error {
			return audit.Write(ctx, tx, time.Now(), audit.Entry{Action: "test.thing.create", Reason: "r"})
		}))
		_, err := s.Seal(t.Context())
		require.NoError(t, err)
	}
	return dir, pool
}

func runIn(dir string, pool *pgxpool.Pool, args ...string) (code int, stdout, stderr string) {
	var out, log bytes.Buffer
	code = Main(append(args, "--data-dir", dir, "--database-url", pool.Config().ConnString()), strings.NewReader(""), &out, &log)
	return code, out.String(), log.String()
}

func TestAnAuditorVerifiesWithTheKeyTheyNotedDown(t *testing.T) {
	t.Parallel()
	dir, pool := sealedHouse(t)
	code, key, stderr := runIn(dir, pool, "audit", "key")
	require.Zero(t, code, stderr)
	key = strings.Fields(key)[0]
	code, stdout, stderr := runIn(dir, pool, "audit", "verify", "--public-key", key)
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "Compared 3 entries and 3 batches")
	require.Contains(t, stdout, "Nothing was changed")

	var answer struct {
		Entries  int64
		Wrong    int64
		LastHead string `json:"last_head"`
		Findings []any
	}
	code, stdout, _ = runIn(dir, pool, "audit", "verify", "--json", "--since", "2020-01-01")
	require.Zero(t, code)
	require.NoError(t, json.Unmarshal([]byte(stdout), &answer))
	require.EqualValues(t, 3, answer.Entries)
	require.Empty(t, answer.Findings)
	code, _, stderr = runIn(dir, pool, "audit", "verify", "--head", "3="+answer.LastHead)
	require.Zero(t, code, stderr)
	code, stdout, _ = runIn(dir, pool, "audit", "verify", "--head", "4="+answer.LastHead)
	require.Equal(t, exitFailed, code)
	require.Contains(t, stdout, "WRONG  chain_cut")
}

func TestTamperingGivesExitCodeOneAndANameToEachThing(t *testing.T) {
	t.Parallel()
	dir, pool := sealedHouse(t)
	var id string
	require.NoError(t, postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL session_replication_role = replica"); err != nil {
			return err
		}
		return tx.QueryRow(ctx, "UPDATE audit.entry SET reason = 'another' WHERE id = (SELECT id FROM audit.entry ORDER BY id LIMIT 1) RETURNING id::text").Scan(&id)
	}))
	code, stdout, stderr := runIn(dir, pool, "audit", "verify")
	require.Equal(t, exitFailed, code)
	require.Regexp(t, `(?m)^WRONG  entry_changed +\S+Z +the entry `+id+` of \S+ was changed after batch 1 had sealed it$`, stdout)
	require.Contains(t, stderr, "the audit does not verify")
	code, stdout, _ = runIn(dir, pool, "audit", "verify", "--json")
	require.Equal(t, exitFailed, code)
	require.Contains(t, stdout, `"entry": "`+id+`"`)
}

func TestVerifyRefusesWhatItDoesNotUnderstand(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"--since tomorrow", "--public-key abc", "--head 3", "--head x=00", "--head 3=zz", "nonsense"} {
		var out, log bytes.Buffer
		require.Equal(t, exitUsage, Main(append([]string{"audit", "verify"}, strings.Fields(args)...), strings.NewReader(""), &out, &log), args)
	}
}

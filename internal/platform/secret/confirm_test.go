package secret_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/secret"
)

func TestAProcessWithAnotherMasterKeyIsRefused(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	dir := t.TempDir()
	load := func(dir string) (*secret.Ring, error) {
		return secret.Load(t.Context(), secret.Config{Dir: dir, Clock: clock.System(), SealedDataExist: secret.SealedIn(pool)})
	}
	first, err := load(dir)
	require.NoError(t, err)
	stranger, err := load(t.TempDir()) // made while nothing was sealed yet
	require.NoError(t, err)

	require.NoError(t, secret.Confirm(t.Context(), pool, first, clock.System()))
	require.NoError(t, secret.Confirm(t.Context(), pool, first, clock.System()), "a restart")
	require.ErrorIs(t, secret.Confirm(t.Context(), pool, stranger, clock.System()), fault.New(fault.Conflict, "secret.other_key", ""))

	_, err = load(t.TempDir())
	require.ErrorContains(t, err, "key", "a process without a key must not make one beside sealed data")

	file := secret.DefaultFile(dir)
	_, err = secret.AddVersion(t.Context(), file, clock.System())
	require.NoError(t, err)
	rotated, err := load(filepath.Dir(file))
	require.NoError(t, err)
	require.NoError(t, secret.Confirm(t.Context(), pool, rotated, clock.System()))
	require.ErrorIs(t, secret.Confirm(t.Context(), pool, first, clock.System()), fault.New(fault.Conflict, "secret.key_version_missing", ""),
		"a process with the old file only")
}

// rotatedRing is a ring with versions 1 and 2 that the database knows both.
func rotatedRing(t *testing.T) (b bundle, pool *pgxpool.Pool) {
	t.Helper()
	b, pool = setup(t), postgrestest.New(t)
	require.NoError(t, secret.Confirm(t.Context(), pool, b.ring, b.clock))
	_, err := secret.AddVersion(t.Context(), b.file(), b.clock)
	require.NoError(t, err)
	require.NoError(t, b.ring.Reload(t.Context()))
	require.NoError(t, secret.Confirm(t.Context(), pool, b.ring, b.clock))
	return b, pool
}

func TestARetiredVersionMayLeaveTheKeyFileOnceItIsForgotten(t *testing.T) {
	t.Parallel()
	b, pool := rotatedRing(t)
	forget := func(version uint32) error { return secret.ForgetVersion(t.Context(), pool, b.ring, version) }
	requireFault(t, forget(2), "secret.version_in_use")
	requireFault(t, forget(7), "secret.no_such_version")
	requireFault(t, forget(1), "secret.too_soon")
	b.clock.Advance(10 * time.Minute)

	text, err := os.ReadFile(b.file())
	require.NoError(t, err)
	var kept []string
	for _, line := range strings.Split(string(text), "\n") {
		if !strings.HasPrefix(line, "1 ") {
			kept = append(kept, line)
		}
	}
	require.NoError(t, os.WriteFile(b.file(), []byte(strings.Join(kept, "\n")), 0o600))
	slim, err := b.load(t)
	require.NoError(t, err)
	requireFault(t, secret.Confirm(t.Context(), pool, slim, b.clock), "secret.key_version_missing")

	require.NoError(t, forget(1))
	require.NoError(t, secret.Confirm(t.Context(), pool, slim, b.clock))
	requireFault(t, forget(1), "secret.no_such_version")
}

func TestARingThatMissedARotationForgetsNothing(t *testing.T) {
	t.Parallel()
	b, pool := setup(t), postgrestest.New(t)
	behind, err := b.load(t)
	require.NoError(t, err)
	require.NoError(t, secret.Confirm(t.Context(), pool, b.ring, b.clock))
	for range 2 {
		_, err := secret.AddVersion(t.Context(), b.file(), b.clock)
		require.NoError(t, err)
		require.NoError(t, b.ring.Reload(t.Context()))
		require.NoError(t, secret.Confirm(t.Context(), pool, b.ring, b.clock))
	}
	b.clock.Advance(time.Hour)
	requireFault(t, secret.ForgetVersion(t.Context(), pool, behind, 2), "secret.ring_behind")
	require.NoError(t, secret.ForgetVersion(t.Context(), pool, b.ring, 2))
}

func TestARunningProcessTakesUpANewVersion(t *testing.T) {
	t.Parallel()
	b, pool := setup(t), postgrestest.New(t)
	running, err := b.load(t)
	require.NoError(t, err)
	f := secret.NewFollower(pool, running, b.clock, slog.New(slog.DiscardHandler))
	require.NoError(t, f.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, f.Stop(background)) })

	_, err = secret.AddVersion(t.Context(), b.file(), b.clock)
	require.NoError(t, err)
	require.NoError(t, b.ring.Reload(t.Context()))
	require.NoError(t, secret.Confirm(t.Context(), pool, b.ring, b.clock))
	require.EqualValues(t, 1, running.Active())
	b.clock.BlockUntil(1)
	b.clock.Advance(30 * time.Second)
	b.clock.BlockUntil(1)
	require.EqualValues(t, 2, running.Active())
}

func TestANewVersionLeavesTheKeyFileToItsOwner(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	b := setup(t)
	require.NoError(t, os.Chown(b.file(), 65534, 65534))
	_, err := secret.AddVersion(t.Context(), b.file(), b.clock)
	require.NoError(t, err)
	info, err := os.Stat(b.file())
	require.NoError(t, err)
	require.EqualValues(t, 65534, info.Sys().(*syscall.Stat_t).Uid)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

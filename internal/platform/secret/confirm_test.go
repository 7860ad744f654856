package secret_test

import (
	"path/filepath"
	"testing"

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

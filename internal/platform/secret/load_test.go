package secret_test

import (
	"bytes"
	stdcontext "context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/health"
	"yingda/internal/platform/secret"
)

func requireFault(t testing.TB, err error, code string) *fault.Fault {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "want fault %s, got %v", code, err)
	require.Equal(t, code, f.Code)
	return f
}

var aKey = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))

func TestFirstStartMakesAKeyThatOnlyItsOwnerReadsAndSaysSo(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "secret")
	var log bytes.Buffer
	_, err := secret.Load(t.Context(), secret.Config{Dir: dir, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, err)
	info, err := os.Stat(secret.DefaultFile(dir))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.Contains(t, log.String(), "keep a copy of the file away from the database")
	text, err := os.ReadFile(secret.DefaultFile(dir))
	require.NoError(t, err)
	fields := strings.Fields(strings.TrimSpace(string(text)))
	require.NotContains(t, log.String(), fields[len(fields)-1], "the key itself is not logged")

	log.Reset()
	_, err = secret.Load(t.Context(), secret.Config{Dir: dir, Source: "file", Logger: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, err)
	require.Empty(t, log.String(), "the second start only reads")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 2, "key and marker, nothing temporary")
}

func TestManyFirstStartsAtOnceAgreeOnOneKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	prints := make([]string, 8)
	var wg sync.WaitGroup
	for i := range prints {
		wg.Go(func() {
			r, err := secret.Load(t.Context(), secret.Config{Dir: dir})
			if err != nil {
				t.Error(err)
				return
			}
			prints[i] = r.Fingerprint(1)
		})
	}
	wg.Wait()
	for _, p := range prints {
		require.Equal(t, prints[0], p)
		require.NotEmpty(t, p)
	}
}

func TestALostKeyIsNotReplaced(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.NoError(t, os.Remove(b.file()))
	require.Equal(t, "secret.key_file_missing", b.ring.Health().Check(t.Context())[0].Warning.Code)
	_, err := b.load(t)
	f := requireFault(t, err, "secret.key_missing")
	require.Contains(t, f.Remedy, "put the copy of master.key back")
	require.NoFileExists(t, b.file())

	_, err = secret.Load(t.Context(), secret.Config{Dir: t.TempDir(), SealedDataExist: func(stdcontext.Context) (bool, error) { return true, nil }})
	requireFault(t, err, "secret.key_missing")
	broken := fmt.Errorf("no database")
	_, err = secret.Load(t.Context(), secret.Config{Dir: t.TempDir(), SealedDataExist: func(stdcontext.Context) (bool, error) { return false, broken }})
	require.ErrorIs(t, err, broken)
}

func TestAKeyFileOpenToOthersIsRefusedAndReported(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.NoError(t, os.Chmod(b.file(), 0o640))
	found := b.ring.Health().Check(t.Context())
	require.Len(t, found, 1)
	require.Equal(t, "secret.key_readable", found[0].Warning.Code)
	require.Contains(t, found[0].Params, health.Param{Name: "mode", Value: "0640"})
	_, err := b.load(t)
	require.Contains(t, requireFault(t, err, "secret.key_readable").Remedy, "chmod 600")
	require.NoError(t, os.Chmod(b.file(), 0o600))
	_, err = b.load(t)
	require.NoError(t, err)
	require.Empty(t, b.ring.Health().Check(t.Context()))
}

func TestReloadRefusesARingWithoutTheActiveVersion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	sealed, err := b.ring.Seal(body, "", []byte("x"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(b.file(), []byte("1 2026-11-20T08:00:00Z "+aKey), 0o600))
	requireFault(t, b.ring.Reload(t.Context()), "secret.key_lost")
	_, err = b.ring.Open(body, "", sealed)
	require.NoError(t, err, "the ring stays as it was")
}

func TestKeyComesFromTheOperatorsCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700))
		return path
	}
	load := func(source string) (*secret.Ring, error) {
		return secret.Load(t.Context(), secret.Config{Dir: dir, Source: source})
	}
	good := script("good", `printf '%s 2026-11-20T08:00:00Z %s\n' "$1" "$2"`)
	r, err := load("command:" + good + " 3 " + aKey)
	require.NoError(t, err)
	require.EqualValues(t, 3, r.Active())
	require.Empty(t, r.Health().Check(t.Context()))

	_, err = load("command:" + script("bad", `echo "vault is sealed" >&2; exit 3`))
	f := requireFault(t, err, "secret.command_failed")
	require.NotContains(t, f.Message+f.Remedy, "vault is sealed", "what the command says is for the log only")
	require.ErrorContains(t, err, "vault is sealed")
	_, err = load("command:" + script("long", `yes `+aKey))
	requireFault(t, err, "secret.command_failed")
	_, err = load("command:" + filepath.Join(dir, "absent"))
	requireFault(t, err, "secret.command_failed")

	begun := filepath.Join(dir, "begun")
	require.NoError(t, syscall.Mkfifo(begun, 0o600))
	hang := script("hang", "echo > "+begun+"; exec cat "+begun)
	ctx, cancel := stdcontext.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _, err = secret.Load(ctx, secret.Config{Dir: dir, Source: "command:" + hang}) })
	_, readErr := os.ReadFile(begun) // returns once the command runs
	cancel()
	wg.Wait()
	require.NoError(t, readErr)
	requireFault(t, err, "secret.command_failed")
	require.ErrorIs(t, err, stdcontext.Canceled)
}

func TestKeyComesFromTheEnvironment(t *testing.T) {
	load := func() (*secret.Ring, error) {
		return secret.Load(t.Context(), secret.Config{Source: "env:YINGDA_TEST_MASTER_KEY"})
	}
	_, err := load()
	requireFault(t, err, "secret.env_empty")
	file := filepath.Join(t.TempDir(), "mounted")
	require.NoError(t, os.WriteFile(file, []byte(aKey+"\n"), 0o444))
	t.Setenv("YINGDA_TEST_MASTER_KEY_FILE", file)
	a, err := load()
	require.NoError(t, err)
	t.Setenv("YINGDA_TEST_MASTER_KEY", strings.Repeat("07", 32))
	b, err := load()
	require.NoError(t, err)
	require.Equal(t, a.Fingerprint(1), b.Fingerprint(1))
}

func TestKeyFilesAreCheckedAndNeverRepeatedInErrors(t *testing.T) {
	t.Parallel()
	at := " 2026-11-20T08:00:00Z "
	for name, c := range map[string]struct{ text, says string }{
		"empty":       {"# nothing\n", "no key"},
		"twice":       {"1" + at + aKey + "\n1" + at + aKey, "twice"},
		"version 0":   {"0" + at + aKey, "number from 1"},
		"no time":     {"1 yesterday " + aKey, "RFC 3339"},
		"short":       {"1" + at + "c2VjcmV0", "32 bytes"},
		"zero":        {"1" + at + base64.StdEncoding.EncodeToString(make([]byte, 32)), "all zero"},
		"many fields": {"1 2 3 " + aKey, "no key"},
		"too long":    {strings.Repeat("#\n", 40_000), "longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "key")
			require.NoError(t, os.WriteFile(file, []byte(c.text), 0o600))
			_, err := secret.Load(t.Context(), secret.Config{Source: "file:" + file})
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), aKey)
		})
	}
	for _, bad := range []string{"vault:x", "file:", "command: ", "env:", "master.key"} {
		_, err := secret.Load(t.Context(), secret.Config{Source: bad})
		requireFault(t, err, "secret.bad_source")
	}
	_, err := secret.Load(t.Context(), secret.Config{Source: "file:" + filepath.Join(t.TempDir(), "absent")})
	require.ErrorIs(t, err, os.ErrNotExist, "a file named by the operator is never made")
}

func TestEveryWarningIsCompleteInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, w := range setup(t).ring.Health().Warnings {
		for _, text := range []health.Text{w.Chinese, w.English} {
			require.NotEmpty(t, text.Title, w.Code)
			require.NotEmpty(t, text.Cause, w.Code)
			require.NotEmpty(t, text.Remedy, w.Code)
		}
	}
}

package e2e

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/test/e2e/house"
)

// refused runs `yingda serve`, which must end with the code and one clear line, leaving nothing behind.
func refused(t *testing.T, code int, dir string, wants []string, args ...string) {
	t.Helper()
	got, stdout, stderr := house.Run(t, nil, append([]string{"serve", "--data-dir", dir}, args...)...)
	require.Equal(t, code, got, "%s%s", stdout, stderr)
	require.Empty(t, stdout)
	for _, want := range wants {
		require.Contains(t, stderr, want)
	}
	var told []string
	for line := range strings.Lines(stderr) {
		if strings.HasPrefix(line, "yingda: ") {
			told = append(told, line)
		}
	}
	require.Len(t, told, 1, "one line says what is wrong: %s", stderr)
	require.Empty(t, house.ProcessesWith(t, dir), "no process is left")
}

func TestWrongCommandLineIsOneClearLine(t *testing.T) {
	t.Parallel()
	dir := house.Dir(t)
	refused(t, 2, dir, []string{"unknown flag: --htpp", "`yingda serve --help` lists what it takes"}, "--htpp", "x")
	refused(t, 2, dir, []string{`--http: "8080" is not host:port`}, "--http", "8080")
	refused(t, 2, dir, []string{`"wbe" is not a role`}, "--roles", "wbe")
	yaml := filepath.Join(t.TempDir(), "yingda.yaml")
	require.NoError(t, os.WriteFile(yaml, []byte("smtp: {port: [\n"), 0o600))
	refused(t, 2, dir, []string{"yingda.yaml: not YAML", "mend that line"}, "--config", yaml)
	_, err := os.Stat(dir)
	require.ErrorIs(t, err, fs.ErrNotExist, "nothing was made")

	code, _, stderr := house.Run(t, nil, "sevre")
	require.Equal(t, 2, code)
	require.Contains(t, stderr, `unknown command "sevre"`)
}

func TestCheckConfigReportsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	yaml := filepath.Join(t.TempDir(), "yingda.yaml")
	require.NoError(t, os.WriteFile(yaml, []byte("htpp: x\nroles: [wbe]\nsmtp: {port: many}\n"), 0o600))
	code, _, stderr := house.Run(t, []string{"YINGDA_DEMO=perhaps"}, "check-config", "--config", yaml)
	require.Equal(t, 2, code)
	require.Contains(t, stderr, "configuration has 4 problems:")

	code, stdout, _ := house.Run(t, nil, "check-config", "--roles", "web,search")
	require.Zero(t, code)
	require.Contains(t, stdout, "The configuration is good.")
	require.Contains(t, stdout, "The role search is not in this build.")

	flows := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(flows, "night.yaml"), []byte("start: hello\nnodes: {hello: {kind: jump}}\n"), 0o600))
	code, _, stderr = house.Run(t, nil, "check-config", "--flow-dir", flows)
	require.NotZero(t, code)
	require.Contains(t, stderr, `night.yaml: has no title in both languages`)
}

func TestPortInUseIsSaidBeforeAnythingStarts(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	dir := house.Dir(t)
	refused(t, 1, dir, []string{l.Addr().String(), "in use", "--http"}, "--http", l.Addr().String())
	_, err = os.Stat(dir)
	require.ErrorIs(t, err, fs.ErrNotExist, "nothing was made")
}

func TestUnusableDataDirectoryIsRefused(t *testing.T) {
	t.Parallel()
	t.Run("newer version", func(t *testing.T) {
		t.Parallel()
		dir := house.Dir(t)
		require.NoError(t, os.MkdirAll(dir, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "yingda.json"), []byte(`{"format": 99, "postgres_major": 15}`), 0o600))
		refused(t, 1, dir, []string{"newer"})
	})
	t.Run("read-only", func(t *testing.T) {
		t.Parallel()
		dir := mount(t, "size=64m")
		require.NoError(t, syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
		refused(t, 1, dir, []string{dir, "read-only"})
	})
	t.Run("full", func(t *testing.T) {
		t.Parallel()
		dir := mount(t, "size=8m")
		require.NoError(t, os.Chmod(dir, 0o755))
		refused(t, 1, dir, []string{"space"})
		left, err := filepath.Glob(filepath.Join(dir, "postgres*"))
		require.NoError(t, err)
		require.Empty(t, left, "no half-made cluster is left")
	})
	t.Run("used by another", func(t *testing.T) {
		t.Parallel()
		dir := house.Dir(t)
		house.Start(t, "--data-dir", dir)
		code, _, stderr := house.Run(t, nil, "serve", "--data-dir", dir, "--http", house.FreeAddress(t))
		require.Equal(t, 1, code)
		require.Contains(t, stderr, "another yingda")
	})
}

// mount gives a small file system of its own; the suite runs as root on the machines that run all tests.
func mount(t *testing.T, options string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("making a full or read-only file system needs root; make test runs this part as root only")
	}
	dir := house.Dir(t)
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, syscall.Mount("tmpfs", dir, "tmpfs", 0, options))
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

func TestBrokenTLSPairIsRefused(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, host := range map[string]string{"a": "a.example", "b": "b.example"} {
		code, stdout, stderr := house.Run(t, nil, "tls", "init", "--dir", filepath.Join(folder, name), "--host", host)
		require.Zero(t, code, stderr)
		require.Contains(t, stdout, "Browsers must trust the authority once")
	}
	dir := house.Dir(t)
	refused(t, 2, dir, []string{"not a usable pair", "private key does not match"},
		"--tls-cert", filepath.Join(folder, "a", "server.crt"), "--tls-key", filepath.Join(folder, "b", "server.key"))
	refused(t, 2, dir, []string{"a certificate without a key"}, "--tls-cert", filepath.Join(folder, "a", "server.crt"))
	refused(t, 2, dir, []string{"no such file"}, "--tls-cert", "/nowhere.crt", "--tls-key", "/nowhere.key")
}

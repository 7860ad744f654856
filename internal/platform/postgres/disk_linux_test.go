package postgres_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/postgres/postgrestest"
)

// mount makes a small file system of its own; only root can.
func mount(t *testing.T, flags uintptr, options string) string {
	t.Helper()
	dir := postgrestest.DataDir(t)
	err := syscall.Mount("tmpfs", dir, "tmpfs", flags, options)
	if errors.Is(err, syscall.EPERM) {
		t.Skip("this test mounts a small file system, which needs root")
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

func TestFullDiskIsOneFaultAndTheStartCanBeRepeated(t *testing.T) {
	t.Parallel()
	dir := mount(t, 0, "size=16m,mode=711")
	s := newServer(t, dir, postgrestest.Search())
	requireFault(t, s.Start(t.Context()), "postgres.disk_full", dir, "free space")
	require.NoDirExists(t, filepath.Join(dir, "postgres"))
	require.NoDirExists(t, filepath.Join(dir, "postgres.new"))

	require.NoError(t, syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=256m"))
	require.NoError(t, s.Start(t.Context()))
	require.NoError(t, s.Stop(t.Context()))
}

func TestReadOnlyDirectoryIsOneFault(t *testing.T) {
	t.Parallel()
	dir := postgrestest.DataDir(t)
	if os.Geteuid() == 0 { // root writes wherever the file system lets it
		dir = mount(t, syscall.MS_RDONLY, "size=1m,mode=711")
	} else {
		require.NoError(t, os.Chmod(dir, 0o500))
	}
	s := newServer(t, dir, postgrestest.Search())
	requireFault(t, s.Start(t.Context()), "postgres.directory_read_only", dir, "--data-dir")
}

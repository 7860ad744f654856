//go:build linux

package blob_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/blob"
	"yingda/internal/platform/fault"
)

// smallDisk runs in a mount namespace of its own, on a disk of 1 MiB.
func smallDisk() {
	if err := tryFullDisk(os.Getenv("BLOB_TEST_DIR")); err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	fmt.Println("as promised")
}

func tryFullDisk(dir string) error {
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=1m"); err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	s, err := newFiles(dir)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if _, err := s.Put(ctx, "small", bytes.NewReader(noise(1000)), blob.PutOptions{}); err != nil {
		return err
	}
	_, err = s.Put(ctx, "large", bytes.NewReader(noise(2<<20)), blob.PutOptions{})
	f, ok := fault.As(err)
	if !ok || f.Kind != fault.Unavailable || f.Code != "blob.disk_full" || f.Remedy == "" {
		return fmt.Errorf("a full disk gave %v", err)
	}
	if _, err := s.Stat(ctx, "large"); fault.KindOf(err) != fault.NotFound {
		return fmt.Errorf("stat after the failed put: %v", err)
	}
	if _, err := s.Put(ctx, "small", bytes.NewReader(noise(2000)), blob.PutOptions{}); err != nil {
		return fmt.Errorf("no room after the failed put: %w", err)
	}
	found := s.Health().Check(ctx)
	if len(found) != 1 || found[0].Warning.Code != "blob.full" {
		return fmt.Errorf("health found %v", found)
	}
	return nil
}

func TestAFullDiskIsAFaultWithARemedyAndKeepsWhatWasThere(t *testing.T) {
	t.Parallel()
	cmd := helperCommand(t, "small-disk", "BLOB_TEST_DIR="+t.TempDir())
	// A user namespace lets a test without privileges mount its own disk.
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.Output()
	require.NoError(t, err, "%s", out)
	require.Equal(t, "as promised\n", string(out))
}

package bus_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/bus/bustest"
)

func init() { childWithoutSync = appendWithoutSync }

// appendWithoutSync says what an append to a stream of each kind gives once the kernel refuses to sync.
func appendWithoutSync(ctx context.Context, b *bus.Bus, synced *bus.Stream) int {
	fast, err := b.Stream(ctx, bus.StreamConfig{Name: "fast", Subjects: []string{"fast.>"}})
	if err == nil {
		_, err = synced.Append(ctx, "journal.a", "before", nil)
	}
	if err == nil {
		err = refuseSync()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err = fast.Append(ctx, "fast.a", "a", nil)
	fmt.Println("fast", err == nil)
	_, err = synced.Append(ctx, "journal.a", "a", nil)
	fmt.Println("synced", err == nil)
	return 0
}

// refuseSync makes fsync and fdatasync of all threads fail with EIO, by a seccomp filter (seccomp(2)): what a dying
// disk does.
func refuseSync() error {
	const dataNumber = 0 // offset of nr in struct seccomp_data
	program := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: dataNumber},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: 1, K: unix.SYS_FSYNC},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: unix.SYS_FDATASYNC},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EIO)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("set no new privileges: %w", err)
	}
	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&filter)))
	if errno != 0 {
		return fmt.Errorf("set filter: %w", errno)
	}
	return nil
}

// A kill does not lose what the kernel holds, so only a disk that cannot sync shows whether an append waited for it.
func TestAppendIsAcknowledgedOnlyAfterSync(t *testing.T) {
	t.Parallel()
	cmd, lines := runChild(t, bustest.Config(t).StoreDir, childBreaks+"=1")
	var said []string
	for lines.Scan() {
		said = append(said, lines.Text())
	}
	require.NoError(t, cmd.Wait())
	require.Equal(t, []string{"fast true", "synced false"}, said)
}

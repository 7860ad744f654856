package bus

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"yingda/internal/platform/fault"
)

// dirLock keeps other processes off a directory. The kernel gives it up when the process ends, however it ends.
type dirLock struct{ file *os.File }

// lockDir takes the lock or says which process has it.
func lockDir(dir string) (*dirLock, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, notWritable(dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder := make([]byte, 32)
		n, _ := f.ReadAt(holder, 0) // the holder's number is a help, not a must
		_ = f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", dir, err)
		}
		return nil, fault.New(fault.Conflict, "bus.store_in_use", "the message store %s is used by process %s",
			dir, strings.TrimSpace(string(holder[:n]))).
			WithRemedy("stop that process, or give this one another data directory")
	}
	l := &dirLock{f}
	if err := errors.Join(f.Truncate(0), writeAt(f, strconv.Itoa(os.Getpid()))); err != nil {
		l.release()
		return nil, notWritable(dir, err)
	}
	return l, nil
}

func writeAt(f *os.File, s string) error {
	_, err := f.WriteAt([]byte(s), 0)
	return err
}

// release gives the directory free. The file stays: removing it would let two processes lock two files of one name.
func (l *dirLock) release() { _ = l.file.Close() }

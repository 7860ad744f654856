package recording

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncFile makes what was written survive a power failure; of the file's description only its size is needed.
func syncFile(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = unix.Fdatasync(int(fd)) }); err != nil {
		return err
	}
	return failed
}

//go:build unix

package blob

import "golang.org/x/sys/unix"

// freeSpace tells how many bytes of dir's file system we may still use, and how many it has.
func freeSpace(dir string) (free, total int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize), nil
}

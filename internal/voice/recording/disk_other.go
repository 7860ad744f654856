//go:build !linux

package recording

import "os"

func syncFile(f *os.File) error { return f.Sync() }

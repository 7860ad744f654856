package command

import (
	"os"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// A small heap with many short-lived requests is collected all the time at Go's default: at 100 % every
// hundred list calls. We let garbage grow to four times what lives, until a quarter of the machine's
// memory is reached, from where on collecting is cheaper than growing. GOGC and GOMEMLIMIT win.
const (
	garbagePercent = 400
	memoryShare    = 4
)

func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	var info unix.Sysinfo_t
	if os.Getenv("GOMEMLIMIT") == "" && unix.Sysinfo(&info) == nil {
		debug.SetMemoryLimit(int64(info.Totalram) * int64(info.Unit) / memoryShare)
	}
}

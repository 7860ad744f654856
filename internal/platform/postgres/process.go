package postgres

import (
	"os/exec"
	"runtime"
)

// runPinned runs a short-lived child from a goroutine that keeps its thread until the child has ended:
// the parent-death signal is bound to the thread, and an idle thread is not ours to keep otherwise.
func runPinned(cmd *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return cmd.Run()
}

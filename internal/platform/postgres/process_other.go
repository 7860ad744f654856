//go:build !linux

package postgres

import "syscall"

// childAttr puts a child into its own process group. There is no parent-death signal here: after a
// SIGKILL of this program the server goes on, and the next start says so (waitForOld).
func childAttr(a account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: a.credential()}
}

func syncFilesystem(string) error { syscall.Sync(); return nil }

// clusterProcesses cannot be answered without /proc; a new postmaster then waits for the old backends.
func clusterProcesses(string) []int { return nil }

// postmasterAlive can only ask whether some process has the number.
func postmasterAlive(pid int, _ string) bool { return syscall.Kill(pid, 0) == nil }

// removeStale leaves the judgement to PostgreSQL, since nothing can be proven here.
func removeStale(*directory) error { return nil }

package postgres

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// childAttr puts a child into its own process group, so that Ctrl-C in a terminal reaches this program
// only, and has the kernel send SIGQUIT when the thread that started it ends: for the postmaster that
// is the immediate shutdown, which does not wait for clients.
func childAttr(a account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGQUIT, Credential: a.credential()}
}

func syncFilesystem(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}

// clusterProcesses lists the processes whose working directory is the cluster, which every server
// process enters at its start. It finds backends that outlive a killed postmaster.
func clusterProcesses(cluster string) []int {
	var pids []int
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		return nil
	}
	for _, link := range links {
		if dir, err := os.Readlink(link); err != nil || dir != cluster {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link))); err == nil && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids
}

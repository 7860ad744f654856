package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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

// clusterProcesses lists the server processes that work in the cluster, which each of them enters at
// its start. It finds backends that outlive a killed postmaster.
func clusterProcesses(cluster string) []int {
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		return nil
	}
	var pids []int
	for _, link := range links {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if err == nil && worksIn(pid, cluster) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// worksIn reports that the process is a PostgreSQL server process of the cluster, and not an operator's
// shell that happens to stand there. A process that has ended but was not reaped has no directory.
func worksIn(pid int, cluster string) bool {
	proc := "/proc/" + strconv.Itoa(pid)
	if dir, err := os.Readlink(proc + "/cwd"); err != nil || dir != cluster {
		return false
	}
	name, err := os.ReadFile(proc + "/comm")
	return err == nil && strings.TrimSpace(string(name)) == "postgres"
}

// postmasterAlive asks whether the process of a pid file is still a server on this cluster and not
// another process that got the same number. Whom we may not look at counts as alive.
func postmasterAlive(pid int, cluster string) bool {
	_, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/cwd")
	if errors.Is(err, fs.ErrPermission) {
		return true
	}
	return worksIn(pid, cluster)
}

// removeStale removes the pid file of a postmaster that is provably gone, with its backends. PostgreSQL
// itself only asks whether some process of its user has that number, and after a restart of the machine
// another one may: it would then refuse to start.
func removeStale(d *directory) error {
	if len(clusterProcesses(d.cluster())) > 0 {
		return nil // PostgreSQL will say what it thinks of them
	}
	err := os.Remove(filepath.Join(d.cluster(), "postmaster.pid"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return directoryFault(d.path, err)
	}
	return nil
}

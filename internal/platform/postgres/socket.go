package postgres

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// maxSocketDir leaves room for "/.s.PGSQL.5432" in the 107 bytes of a Unix socket address.
const maxSocketDir = 92

// makeSocketDir makes a short private directory for the server's socket. Its name follows from the
// data directory, so that a program that was killed leaves one directory and not one per start.
func makeSocketDir(dataDir string, a account) (string, error) {
	sum := sha256.Sum256([]byte(dataDir))
	var errs []error
	for _, base := range socketBases() {
		dir := filepath.Join(base, fmt.Sprintf("yingda-%d-%x", os.Geteuid(), sum[:6]))
		if len(dir) > maxSocketDir {
			errs = append(errs, fmt.Errorf("%s is too long for a socket", dir))
			continue
		}
		err := a.mustReach(base, "the socket directory")
		if err == nil {
			err = claimDir(dir, a)
		}
		if err == nil {
			return dir, nil
		}
		errs = append(errs, err)
	}
	return "", fmt.Errorf("no place for the server's socket: %w", errors.Join(errs...))
}

func socketBases() []string {
	var bases []string
	if os.Geteuid() == 0 {
		bases = append(bases, "/run")
	} else if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		bases = append(bases, dir)
	}
	return append(bases, os.TempDir(), "/tmp")
}

// socketURL names a database of the server whose socket lies in dir.
func socketURL(dir, database string) string {
	q := url.Values{"host": {dir}, "port": {"5432"}, "user": {role}, "sslmode": {"disable"}}
	return "postgres:///" + database + "?" + q.Encode()
}

// claimDir makes the directory, or takes over one that is provably ours: in a shared directory
// somebody else could have put it there first.
func claimDir(dir string, a account) error {
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		return a.own(dir)
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || (st.Uid != a.uid && st.Uid != uint32(os.Geteuid())) || info.Mode().Perm() != 0o700 {
		return errors.New(dir + " is there and belongs to user " + strconv.Itoa(int(st.Uid)))
	}
	return a.own(dir)
}

// Running tells whether the private server of another yingda process answers for the data directory, and
// gives its address for [Open]. It only looks: it takes no lock, so that it never stands in the way of a
// start. False also while that server starts or recovers, and for users who may not look into its files.
func Running(dataDir string) (address string, ok bool) {
	path, err := filepath.Abs(dataDir)
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return "", false
	}
	d := &directory{path: path}
	pid, status := readPostmaster(d.cluster())
	if pid == 0 || status != "ready" || !postmasterAlive(pid, d.cluster()) {
		return "", false
	}
	socket := postmasterLine(d.cluster(), 5)
	return socketURL(socket, role), socket != ""
}

package postgres

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"yingda/internal/platform/fault"
)

// account is the operating system's user that the private server runs as.
type account struct {
	uid, gid uint32
	name     string // the server's user
	client   string // this program's user, which connects by peer authentication
	switched bool   // they differ: this program is root
}

// serverAccount chooses the server's user: ourselves, or for root postgres, else nobody.
func serverAccount() (account, error) {
	self, err := user.LookupId(strconv.Itoa(os.Geteuid()))
	if err != nil {
		return account{}, fault.New(fault.Unavailable, "postgres.nameless_user",
			"the user id %d of this program has no name on this machine, and PostgreSQL needs one", os.Geteuid()).
			WithCause(err).WithRemedy("add the user to /etc/passwd, or use --database-url")
	}
	if os.Geteuid() != 0 {
		return newAccount(self, self.Username, false)
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err == nil {
			return newAccount(u, self.Username, true)
		}
		if _, unknown := errors.AsType[user.UnknownUserError](err); !unknown {
			return account{}, fmt.Errorf("look up user %s: %w", name, err)
		}
	}
	return account{}, fault.New(fault.Unavailable, "postgres.no_unprivileged_user",
		"PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody").
		WithRemedy("create the user postgres, or start this program as an ordinary user")
}

func newAccount(u *user.User, client string, switched bool) (account, error) {
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("user %s: %w", u.Username, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("user %s: %w", u.Username, err)
	}
	return account{uid: uint32(uid), gid: uint32(gid), name: u.Username, client: client, switched: switched}, nil
}

// credential makes a child run as the account; nil keeps this program's user.
func (a account) credential() *syscall.Credential {
	if !a.switched {
		return nil
	}
	return &syscall.Credential{Uid: a.uid, Gid: a.gid}
}

// own gives a file or directory to the account.
func (a account) own(path string) error {
	if !a.switched {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}

// mustReach fails with the name of the first directory on the way to path that keeps the account out.
// Only mode bits are looked at.
func (a account) mustReach(path, what string) error {
	if !a.switched {
		return nil
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	blocked := ""
	for dir := real; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return fmt.Errorf("look at %s: %w", dir, err)
		}
		if info.IsDir() && !a.mayEnter(info) {
			blocked = dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	if blocked == "" {
		return nil
	}
	return fault.New(fault.Unavailable, "postgres.directory_blocked",
		"the user %s, as which PostgreSQL runs, cannot enter %s on the way to %s %s", a.name, blocked, what, path).
		WithRemedy("chmod o+x %s, or choose another place, for example below /var/lib or /opt", blocked)
}

func (a account) mayEnter(info os.FileInfo) bool {
	mode := info.Mode().Perm()
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return true
	case st.Uid == a.uid:
		return mode&0o100 != 0
	case st.Gid == a.gid:
		return mode&0o010 != 0
	}
	return mode&0o001 != 0
}

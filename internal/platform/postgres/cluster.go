package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"yingda/internal/platform/fault"
)

// role is the database user and the name of the database that the program works in.
const role = "yingda"

// newCluster is a cluster to be made.
type newCluster struct {
	dir     *directory
	bin     Binaries
	account account
	args    []string // added to initdb's
	durable bool     // what is written must survive a power failure
}

// create runs initdb beside the final place and renames when everything is written, so that an
// interrupted first start leaves nothing that looks like a cluster.
func (c *newCluster) create(ctx context.Context) error {
	d := c.dir
	fresh := d.cluster() + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return directoryFault(d.path, err)
	}
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return directoryFault(d.path, err)
	}
	err := c.fill(ctx, fresh)
	if err == nil && c.durable {
		// initdb -N leaves everything in the page cache; one flush of the file system is cheaper
		// than its thousand fsyncs, and the rename must not overtake the content.
		err = syncFilesystem(d.path)
	}
	if err == nil {
		err = os.Rename(fresh, d.cluster())
	}
	if err == nil {
		return nil
	}
	if rmErr := os.RemoveAll(fresh); rmErr != nil {
		err = errors.Join(err, rmErr)
	}
	return directoryFault(d.path, err)
}

func (c *newCluster) fill(ctx context.Context, dir string) error {
	a := c.account
	if err := a.own(dir); err != nil {
		return err
	}
	if err := c.initdb(ctx, dir); err != nil {
		return err
	}
	conf := filepath.Join(dir, "postgresql.conf")
	old, err := os.ReadFile(conf)
	if err != nil {
		return err
	}
	// yingda.conf is written at each start; the operator's own file is read after it and wins.
	content := string(old) + "\ninclude_if_exists 'yingda.conf'\ninclude_if_exists 'custom.conf'\n"
	for name, text := range map[string]string{
		"postgresql.conf": content,
		"custom.conf":     "# Your own settings. They win over yingda.conf; a restart of the program reads them.\n",
		"pg_hba.conf":     "# Peer authentication over the private socket is the only way in.\nlocal all " + role + " peer map=" + role + "\n",
		"pg_ident.conf":   identMap(a),
	} {
		if err := writeOwned(filepath.Join(dir, name), text, a); err != nil {
			return err
		}
	}
	return nil
}

// identMap lets this program's user and the server's own user in as the database role.
func identMap(a account) string {
	var text strings.Builder
	for _, name := range slices.Compact([]string{a.client, a.name}) {
		fmt.Fprintf(&text, "%s %q %s\n", role, name, role)
	}
	return text.String()
}

func writeOwned(name, text string, a account) error {
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		return err
	}
	return a.own(name)
}

func (c *newCluster) initdb(ctx context.Context, dir string) error {
	b := c.bin
	args := append(slices.Clone(c.args),
		"--pgdata="+dir, "--username="+role, "--encoding=UTF8", "--no-sync", "--data-checksums",
		"--auth-local=peer", "--auth-host=reject", "--lc-messages=C", "--text-search-config=simple",
	)
	// The order of texts must not depend on a C library: from 17 on it is PostgreSQL's own.
	if b.Major >= 17 {
		args = append(args, "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
	}
	out, err := c.runInitdb(ctx, append(args, "--locale=C.UTF-8"))
	if err != nil && strings.Contains(out, "invalid locale name") {
		out, err = c.runInitdb(ctx, append(args, "--locale=C"))
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("initdb: %w", ctx.Err())
	case strings.Contains(out, "No space left on device"), strings.Contains(out, "Disk quota exceeded"):
		return errDiskFull(filepath.Dir(dir), fmt.Errorf("initdb: %w: %s", err, lastLines(out)))
	}
	return fault.New(fault.Unavailable, "postgres.initdb_failed", "PostgreSQL %s in %s could not create a database in %s",
		b.Version, b.Dir, dir).WithCause(fmt.Errorf("initdb: %w: %s", err, lastLines(out)))
}

func (c *newCluster) runInitdb(ctx context.Context, args []string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin.Dir, "initdb"), args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Dir = "/" // the server's user may not be able to enter ours
	cmd.Env = childEnv()
	cmd.SysProcAttr = childAttr(c.account)
	err := runPinned(cmd)
	return out.String(), err
}

// childEnv is the environment of server programs. PG* variables of the operator's shell are meant for
// clients and must not reach the server.
func childEnv() []string {
	env := []string{"LC_ALL=C", "TZ=UTC"}
	for _, kv := range os.Environ() {
		if strings.HasPrefix(kv, "PATH=") || strings.HasPrefix(kv, "LD_LIBRARY_PATH=") || strings.HasPrefix(kv, "TMPDIR=") {
			env = append(env, kv)
		}
	}
	return env
}

func lastLines(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], " / ")
}

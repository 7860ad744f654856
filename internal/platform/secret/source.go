package secret

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"time"

	"yingda/internal/platform/fault"
)

const (
	// sourceTimeout bounds one reading of the key, an operator's command included.
	sourceTimeout = 10 * time.Second
	maxSource     = 64 << 10 // bytes; about 700 versions
)

// source is where the ring is read from.
type source interface {
	read(ctx context.Context) (*keys, error)
	String() string // for logs; holds no secret
}

// parseSource reads the configuration value: "file:/path", "command:/path argument ..." (no shell), "env:NAME".
// Empty means the file in the state directory.
func parseSource(text, file string) (source, error) {
	kind, rest, _ := strings.Cut(text, ":")
	switch {
	case text == "":
		return fileSource{path: file, strict: true}, nil
	case kind == "file" && rest != "":
		return fileSource{path: rest, strict: true}, nil
	case kind == "command" && len(strings.Fields(rest)) > 0:
		return commandSource(strings.Fields(rest)), nil
	case kind == "env" && rest != "":
		return envSource(rest), nil
	}
	return nil, fault.New(fault.Invalid, "secret.bad_source", "the key source is not of the form file:PATH, command:PATH ARGUMENTS or env:NAME").
		WithRemedy("use one of these forms, or leave it empty for the key file in the state directory")
}

// fileSource is a key file. strict refuses one that others may read or write; a file mounted by a
// container platform (env:NAME with NAME_FILE) has the modes that the platform gives.
type fileSource struct {
	path   string
	strict bool
}

func (s fileSource) String() string { return "file " + s.path }

func (s fileSource) read(context.Context) (*keys, error) {
	f, err := os.Open(s.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if s.strict && openToOthers(info.Mode()) {
		return nil, fault.New(fault.Unavailable, "secret.key_readable", "the key file %s may be read or written by others (mode %04o)", s.path, info.Mode().Perm()).
			WithRemedy("chmod 600 %s, and rotate the key if others have been on this machine", s.path)
	}
	text, err := readLimited(f)
	if err != nil {
		return nil, err
	}
	return parseKeys(text)
}

func openToOthers(m fs.FileMode) bool { return m.Perm()&0o077 != 0 }

func readLimited(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSource+1))
	if err == nil && len(text) > maxSource {
		err = fmt.Errorf("longer than %d bytes", maxSource)
	}
	return text, err
}

// commandSource is a program of the operator that prints the ring on its standard output.
type commandSource []string

func (s commandSource) String() string { return "command " + s[0] }

func (s commandSource) read(ctx context.Context) (*keys, error) {
	ctx, cancel := context.WithTimeout(ctx, sourceTimeout)
	defer cancel()
	var out, complaint bytes.Buffer
	cmd := exec.CommandContext(ctx, s[0], s[1:]...)
	cmd.Stdout = &limitedBuffer{to: &out, left: maxSource}
	cmd.Stderr = &limitedBuffer{to: &complaint, left: 500, cut: true}
	cmd.WaitDelay = time.Second // a grandchild that keeps the pipe open must not hold us
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("no answer in time: %w", ctx.Err())
		}
		return nil, fault.New(fault.Unavailable, "secret.command_failed", "the key command %s did not give the key", s[0]).
			WithRemedy("run it by hand as the same user; it must print the key ring and end with status 0 within %s", sourceTimeout).
			WithCause(fmt.Errorf("%w: %s", err, bytes.TrimSpace(complaint.Bytes())))
	}
	return parseKeys(out.Bytes())
}

// limitedBuffer ends a writer that says too much, or with cut drops the rest.
type limitedBuffer struct {
	to   *bytes.Buffer
	left int
	cut  bool
}

func (b *limitedBuffer) Write(p []byte) (int, error) {
	keep := p[:min(len(p), b.left)]
	b.to.Write(keep)
	b.left -= len(keep)
	if len(keep) < len(p) && !b.cut {
		return len(keep), errors.New("output too long")
	}
	return len(p), nil
}

// envSource is an environment variable with the ring, or the same name with _FILE naming a file that holds it.
type envSource string

func (s envSource) String() string { return "environment " + string(s) }

func (s envSource) read(ctx context.Context) (*keys, error) {
	if v := os.Getenv(string(s)); v != "" {
		return parseKeys([]byte(v))
	}
	if path := os.Getenv(string(s) + "_FILE"); path != "" {
		return fileSource{path: path}.read(ctx)
	}
	return nil, fault.New(fault.Unavailable, "secret.env_empty", "neither %s nor %s_FILE is set", string(s), string(s)).
		WithRemedy("set one of them, or leave the key source empty for the key file in the state directory")
}

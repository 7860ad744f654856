package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The kinds of values. Each gives a setter whose error says what is wrong and what is wanted.

type field[T any] func(*Config) *T

func text(f field[string]) func(*Config, string) error {
	return func(c *Config, v string) error { *f(c) = v; return nil }
}

func path(f field[string]) func(*Config, string) error {
	return func(c *Config, v string) error {
		if strings.ContainsRune(v, 0) {
			return errors.New("a path cannot hold a zero byte")
		}
		if v != "" {
			abs, err := filepath.Abs(v)
			if err != nil {
				return err
			}
			v = abs
		}
		*f(c) = v
		return nil
	}
}

func boolean(f field[bool]) func(*Config, string) error {
	return func(c *Config, v string) error {
		b, err := strconv.ParseBool(v)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", v)
		}
		*f(c) = b
		return nil
	}
}

func port(f field[int]) func(*Config, string) error {
	return func(c *Config, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 65535 {
			return fmt.Errorf("%q is not a port (1 to 65535)", v)
		}
		*f(c) = n
		return nil
	}
}

// optional allows nothing, too.
func optional(set func(*Config, string) error) func(*Config, string) error {
	return func(c *Config, v string) error {
		if v == "" {
			return nil
		}
		return set(c, v)
	}
}

// demoTraffic is a rate that a demonstration's simulation takes; 0 is off.
func demoTraffic(c *Config, text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 600 {
		return errors.New("must be a whole number from 0 to 600")
	}
	c.DemoTraffic = n
	return nil
}

func count(f field[int]) func(*Config, string) error {
	return func(c *Config, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 1_000_000 {
			return fmt.Errorf("%q is not a number from 1 to 1000000", v)
		}
		*f(c) = n
		return nil
	}
}

var realmForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

func realm(c *Config, v string) error {
	if !realmForm.MatchString(v) {
		return fmt.Errorf("%q is not a realm: 1 to 64 letters, digits, '.', '_' and '-'", v)
	}
	c.SIPRealm = v
	return nil
}

func duration(f field[time.Duration]) func(*Config, string) error {
	return func(c *Config, v string) error {
		d, err := time.ParseDuration(v)
		if err != nil || d <= 0 {
			return fmt.Errorf("%q is not a length of time such as 90s, 15m or 168h", v)
		}
		*f(c) = d
		return nil
	}
}

func oneOf(f field[string], allowed ...string) func(*Config, string) error {
	return func(c *Config, v string) error {
		if !slices.Contains(allowed, v) {
			return fmt.Errorf("%q is not one of %s", v, strings.Join(allowed, ", "))
		}
		*f(c) = v
		return nil
	}
}

func pattern(f field[string]) func(*Config, string) error {
	return func(c *Config, v string) error {
		if _, err := regexp.Compile(v); err != nil {
			return fmt.Errorf("not a regular expression: %w", err)
		}
		*f(c) = v
		return nil
	}
}

func hostPort(f field[string]) func(*Config, string) error {
	return func(c *Config, v string) error {
		host, p, err := net.SplitHostPort(v)
		if err != nil {
			return fmt.Errorf("%q is not host:port, such as 127.0.0.1:8080 or :8080", v)
		}
		if n, err := strconv.Atoi(p); err != nil || n < 0 || n > 65535 {
			return fmt.Errorf("%q: %q is not a port (0 to 65535)", v, p)
		}
		if host != "" && host != "localhost" && net.ParseIP(strings.SplitN(host, "%", 2)[0]) == nil {
			return fmt.Errorf("%q: %q is not an address of this machine; use an IP address, localhost, or nothing for all", v, host)
		}
		*f(c) = v
		return nil
	}
}

func portRange(c *Config, v string) error {
	from, to, ok := strings.Cut(v, "-")
	a, err1 := strconv.Atoi(from)
	b, err2 := strconv.Atoi(to)
	switch {
	case !ok || err1 != nil || err2 != nil:
		return fmt.Errorf("%q is not a range of ports such as 20000-29999", v)
	case a < 1024 || b > 32767 || a >= b:
		return fmt.Errorf("%q must rise and stay within 1024 and 32767, below the ports that the system hands out", v)
	}
	c.RTPPorts = PortRange{a, b}
	return nil
}

func publicIP(c *Config, v string) error {
	if v == "" {
		c.PublicIP = netip.Addr{}
		return nil
	}
	ip, err := netip.ParseAddr(v)
	if err != nil {
		return fmt.Errorf("%q is not an IP address", v)
	}
	c.PublicIP = ip
	return nil
}

func roles(c *Config, v string) error {
	c.Roles = nil
	var errs []error
	for name := range strings.SplitSeq(v, ",") {
		r := Role(strings.TrimSpace(name))
		switch {
		case r == "all":
			c.Roles = append(c.Roles, BuiltRoles...)
		case !slices.Contains(AllRoles, r):
			errs = append(errs, fmt.Errorf("%q is not a role; known are web, voice, router, worker, search and all", r))
		default:
			c.Roles = append(c.Roles, r)
		}
	}
	slices.Sort(c.Roles)
	c.Roles = slices.Compact(c.Roles)
	return errors.Join(errs...)
}

func databaseURL(c *Config, v string) error {
	if err := schemeIn(v, "postgres", "postgresql"); err != nil {
		return err
	}
	c.DatabaseURL = v
	return nil
}

func natsURL(c *Config, v string) error {
	for one := range strings.SplitSeq(v, ",") {
		if err := schemeIn(strings.TrimSpace(one), "nats", "tls", "ws", "wss"); err != nil {
			return err
		}
	}
	c.NATSURL = v
	return nil
}

func httpURL(f field[string]) func(*Config, string) error {
	return func(c *Config, v string) error {
		if err := schemeIn(v, "http", "https"); err != nil {
			return err
		}
		*f(c) = v
		return nil
	}
}

// schemeIn checks a URL without ever repeating it: it may hold a password.
func schemeIn(v string, schemes ...string) error {
	if v == "" {
		return nil
	}
	u, err := url.Parse(v)
	if err != nil || u.Scheme == "" {
		return fmt.Errorf("not a URL; it begins with %s://", schemes[0])
	}
	if !slices.Contains(schemes, u.Scheme) {
		return fmt.Errorf("the URL begins with %s://; wanted is %s://", u.Scheme, strings.Join(schemes, ":// or "))
	}
	return nil
}

func masterKey(c *Config, v string) error {
	kind, rest, has := strings.Cut(v, ":")
	if (kind != "file" && kind != "command") || (has && rest == "") || (kind == "command" && !has) {
		return fmt.Errorf("%q is none of file, file:/path, command:/path args", v)
	}
	c.Secret.Key = v
	return nil
}

func networks(c *Config, v string) error {
	c.Client.AllowNetworks = nil
	var errs []error
	for one := range strings.SplitSeq(v, ",") {
		one = strings.TrimSpace(one)
		if one == "" {
			continue
		}
		p, err := netip.ParsePrefix(one)
		if err != nil {
			errs = append(errs, fmt.Errorf("%q is not a network such as 10.20.0.0/16", one))
			continue
		}
		c.Client.AllowNetworks = append(c.Client.AllowNetworks, p.Masked())
	}
	return errors.Join(errs...)
}

func defaultDataDir() string {
	if os.Geteuid() == 0 {
		return "/var/lib/yingda"
	}
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "yingda")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return filepath.Join(os.TempDir(), "yingda")
	}
	return filepath.Join(home, ".local", "state", "yingda")
}

func defaultNode() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "node"
	}
	return name
}

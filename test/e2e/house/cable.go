package house

import (
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Cable is the way to a database, which can be cut.
type Cable struct {
	t      testing.TB
	target string
	path   string

	mu       sync.Mutex
	listener net.Listener
	open     map[net.Conn]bool
	work     sync.WaitGroup
}

// CableTo puts a cable between the database of the engines and whoever is started with their options from now on.
func (e *Engines) CableTo(t testing.TB) *Cable {
	t.Helper()
	u, err := url.Parse(e.database)
	require.NoError(t, err)
	query := u.Query()
	dir, err := os.MkdirTemp("", "yingda-cable-")
	require.NoError(t, err)
	c := &Cable{
		t: t, target: filepath.Join(query.Get("host"), ".s.PGSQL."+query.Get("port")), path: filepath.Join(dir, ".s.PGSQL."+query.Get("port")),
		open: map[net.Conn]bool{},
	}
	query.Set("host", dir)
	u.RawQuery = query.Encode()
	e.database = u.String()
	c.Mend()
	t.Cleanup(func() {
		c.Cut()
		_ = os.RemoveAll(dir)
	})
	return c
}

// Cut ends all connections and takes no more.
func (c *Cable) Cut() {
	c.mu.Lock()
	if c.listener != nil {
		_ = c.listener.Close()
		c.listener = nil
	}
	for conn := range c.open {
		_ = conn.Close()
	}
	c.mu.Unlock()
	c.work.Wait()
}

// Mend takes connections again.
func (c *Cable) Mend() {
	l, err := net.Listen("unix", c.path)
	require.NoError(c.t, err)
	c.mu.Lock()
	c.listener = l
	c.mu.Unlock()
	c.work.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.work.Go(func() { c.carry(l, conn) })
		}
	})
}

// carry copies both ways until one side ends.
func (c *Cable) carry(l net.Listener, from net.Conn) {
	defer from.Close()
	to, err := net.Dial("unix", c.target)
	if err != nil {
		return
	}
	defer to.Close()
	c.mu.Lock()
	cut := c.listener != l
	if !cut {
		c.open[from], c.open[to] = true, true
	}
	c.mu.Unlock()
	if cut {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(to, from)
		_ = to.Close()
	}()
	_, _ = io.Copy(from, to)
	_ = from.Close()
	<-done
	c.mu.Lock()
	delete(c.open, from)
	delete(c.open, to)
	c.mu.Unlock()
}

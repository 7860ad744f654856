package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"time"

	"yingda/internal/platform/clock"
)

const (
	sweepPause  = 5 * time.Second
	dialTimeout = 5 * time.Second
	knownIdle   = 8 // trunks and registered phones may be idle so many times as long: longer than a registration
)

// gate is the one listener of a network that sipgo sees. It hands out what the real listeners accepted and what
// Connect dialled, so that both are framed, checked and traced.
type gate struct {
	w         *Wire
	network   string
	listeners []net.Listener // guarded by Wire.mu until Serve
	queue     chan handed
	before    chan struct{} // closed at the next Accept: sipgo has put the last connection into its pool
}

type handed struct {
	conn   *stream
	pooled chan struct{}
}

func newGate(w *Wire, network string) *gate {
	return &gate{w: w, network: network, queue: make(chan handed)}
}

// Accept gives the next connection.
func (g *gate) Accept() (net.Conn, error) {
	if g.before != nil {
		close(g.before)
		g.before = nil
	}
	select {
	case h := <-g.queue:
		g.before = h.pooled
		return h.conn, nil
	case <-g.w.ctx.Done():
		return nil, net.ErrClosed
	}
}

// Close does nothing: Stop closes.
func (g *gate) Close() error { return nil }

// Addr is the first real listener's, for sipgo's list of ports.
func (g *gate) Addr() net.Addr {
	if len(g.listeners) > 0 {
		return g.listeners[0].Addr()
	}
	return &net.TCPAddr{IP: net.IPv4zero}
}

// acceptFrom brings the connections of one listener in.
func (g *gate) acceptFrom(ln net.Listener) {
	for {
		c, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of descriptors, most likely: go on when some are free again
			if clock.Sleep(g.w.ctx, g.w.cfg.Clock, errorPause) != nil {
				return
			}
			continue
		}
		if !g.w.cfg.Guard.mayConnect(g.network, addrPort(c.RemoteAddr())) {
			g.w.counts.drop(Refused)
			_ = c.Close()
			continue
		}
		if g.network == "tls" {
			c = tls.Server(c, g.w.cfg.TLS) // the handshake runs with the first read, on the connection's goroutine
		}
		s := g.w.admitStream(c, g.network)
		if s == nil {
			continue
		}
		g.hand(g.w.ctx, s)
	}
}

// hand gives a connection to sipgo and waits until it is in its pool.
func (g *gate) hand(ctx context.Context, s *stream) bool {
	h := handed{conn: s, pooled: make(chan struct{})}
	select {
	case g.queue <- h:
	case <-ctx.Done():
		_ = s.Close()
		return false
	case <-g.w.ctx.Done():
		_ = s.Close()
		return false
	}
	select {
	case <-h.pooled:
		return true
	case <-g.w.ctx.Done():
		return false
	}
}

// admitStream makes a stream of a connection, or closes it when its source has too many.
func (w *Wire) admitStream(c net.Conn, network string) *stream {
	from := addrPort(c.RemoteAddr())
	s := &stream{Conn: c, w: w, network: network, remote: from, local: addrPort(c.LocalAddr()), text: newRemote("tcp", from)}
	s.heard.Store(s.now())
	if network == "tls" {
		s.began.Store(s.heard.Load()) // the handshake has its time too
	}
	key := unit(from.Addr())
	limit := w.cfg.MaxPerSource
	if w.cfg.Guard.cfg.Classify(network, from) == Trunk {
		limit = w.cfg.MaxConnections
	}
	w.mu.Lock()
	full := w.closed || len(w.streams) >= w.cfg.MaxConnections || w.sources[key] >= limit
	if !full {
		w.streams[s] = struct{}{}
		w.sources[key]++
	}
	w.mu.Unlock()
	if full {
		w.counts.drop(Refused)
		_ = c.Close()
		return nil
	}
	return s
}

func (w *Wire) forget(s *stream) {
	key := unit(s.remote.Addr())
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.streams[s]; !ok {
		return
	}
	delete(w.streams, s)
	if w.sources[key]--; w.sources[key] <= 0 {
		delete(w.sources, key)
	}
}

// sweep closes connections that have used up their time.
func (w *Wire) sweep() {
	for clock.Sleep(w.ctx, w.cfg.Clock, sweepPause) == nil {
		now := w.cfg.Clock.Now().UnixNano()
		var late []*stream
		w.mu.Lock()
		for s := range w.streams {
			idle := w.cfg.Idle
			if w.cfg.Guard.cfg.Classify(s.network, s.remote) != Stranger {
				idle *= knownIdle
			}
			if s.late(now, int64(idle), int64(w.cfg.Partial)) {
				late = append(late, s)
			}
		}
		w.mu.Unlock()
		for _, s := range late {
			w.counts.drop(Idle)
			_ = s.Close()
		}
	}
}

// ErrNotServing is Connect before Serve or after Stop.
var ErrNotServing = errors.New("wire: not serving")

// Connect makes sure that sipgo has a connection over tcp or tls to an address, so that requests to it find one
// that is framed and traced. serverName is what the certificate must name; empty takes the address. Call it before
// sending a request that is not inside a flow. It does nothing for udp.
func (w *Wire) Connect(ctx context.Context, network string, to netip.AddrPort, serverName string) error {
	if network == "udp" {
		return nil
	}
	w.mu.Lock()
	layer, g, closed := w.layer, w.gates[network], w.closed
	w.mu.Unlock()
	if layer == nil || g == nil || closed {
		return ErrNotServing
	}
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	if c := layer.Pool(network).Get(to.String()); c != nil {
		_, err := c.TryClose() // gives our reference back
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", to.String())
	if err != nil {
		return err
	}
	if network == "tls" {
		if conn, err = w.secure(ctx, conn, to, serverName); err != nil {
			return err
		}
	}
	s := w.admitStream(conn, network)
	if s == nil {
		return errors.New("wire: too many connections")
	}
	s.began.Store(0)
	if !g.hand(ctx, s) {
		return ErrNotServing
	}
	return nil
}

func (w *Wire) secure(ctx context.Context, conn net.Conn, to netip.AddrPort, serverName string) (net.Conn, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if w.cfg.TLS != nil {
		cfg = w.cfg.TLS.Clone()
	}
	cfg.ServerName = serverName
	if serverName == "" {
		cfg.ServerName = to.Addr().String()
	}
	c := tls.Client(conn, cfg)
	if err := c.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return c, nil
}

package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
)

// Listen is one socket to open. Network is udp, tcp or tls; port 0 takes a free one.
type Listen struct {
	Network string
	Address netip.AddrPort
}

// Config makes a [Wire]. Zero values are replaced by what stands beside them.
type Config struct {
	Clock  clock.Clock
	Logger *slog.Logger
	Guard  *Guard
	Trace  Trace                                       // may be nil
	TLS    *tls.Config                                 // of TLS listeners, and of connections that we open
	Closed func(network string, source netip.AddrPort) // a TCP or TLS connection has ended; must not block; may be nil

	Sources        int           // 16,384 addresses per packet connection that sipgo sees
	MaxConnections int           // 4,096 TCP and TLS connections altogether
	MaxPerSource   int           // 64 of one address that is no trunk's
	Idle           time.Duration // 15 min without a byte close a stranger's connection, 2 h that of a trunk or phone
	Partial        time.Duration // 30 s for one message, for a handshake and for a write
}

func (c *Config) defaults() {
	for _, n := range []struct {
		at *int
		to int
	}{{&c.Sources, 16384}, {&c.MaxConnections, 4096}, {&c.MaxPerSource, 64}} {
		if *n.at <= 0 {
			*n.at = n.to
		}
	}
	if c.Idle <= 0 {
		c.Idle = 15 * time.Minute
	}
	if c.Partial <= 0 {
		c.Partial = 30 * time.Second
	}
	if c.Closed == nil {
		c.Closed = func(string, netip.AddrPort) {}
	}
	if c.Guard == nil {
		c.Guard = NewGuard(GuardConfig{Clock: c.Clock})
	}
}

// ErrListen is a socket that cannot be opened.
var ErrListen = fault.New(fault.Unavailable, "voice.listen_failed", "a SIP port cannot be opened").
	WithRemedy("see which program holds the port (ss -ulpn, ss -tlpn), or choose another one in the configuration")

// Wire owns the SIP sockets of one stack.
type Wire struct {
	cfg    Config
	counts counters

	mu      sync.Mutex
	sockets []*socket
	raw     []net.Listener
	gates   map[string]*gate // tcp, tls
	streams map[*stream]struct{}
	sources map[netip.Addr]int // streams by address
	layer   *sip.TransportLayer
	closed  bool

	ctx    context.Context // ends with Stop
	cancel context.CancelFunc
	work   sync.WaitGroup
}

// New makes a wire without sockets.
func New(c Config) *Wire {
	c.defaults()
	ctx, cancel := context.WithCancel(context.Background())
	return &Wire{
		cfg: c, counts: newCounters(), gates: make(map[string]*gate), streams: make(map[*stream]struct{}),
		sources: make(map[netip.Addr]int), ctx: ctx, cancel: cancel,
	}
}

// Listen opens the sockets; nothing is read before Serve. When one fails those opened are closed again.
func (w *Wire) Listen(ctx context.Context, listens []Listen) error {
	for _, l := range listens {
		if err := w.open(ctx, l); err != nil {
			_ = w.Stop(ctx)
			return ErrListen.WithCause(fmt.Errorf("listen on %s %s: %w", l.Network, l.Address, err))
		}
	}
	return nil
}

func (w *Wire) open(ctx context.Context, l Listen) error {
	family := ""
	if l.Address.Addr().Is4() {
		family = "4"
	}
	var lc net.ListenConfig
	switch l.Network {
	case "udp":
		pc, err := lc.ListenPacket(ctx, "udp"+family, l.Address.String())
		if err != nil {
			return err
		}
		w.addSocket(pc.(*net.UDPConn))
		return nil
	case "tls":
		if w.cfg.TLS == nil || len(w.cfg.TLS.Certificates) == 0 && w.cfg.TLS.GetCertificate == nil && w.cfg.TLS.GetConfigForClient == nil {
			return errors.New("no certificate is configured")
		}
		fallthrough
	case "tcp":
		ln, err := lc.Listen(ctx, "tcp"+family, l.Address.String())
		if err != nil {
			return err
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.raw = append(w.raw, ln)
		w.gate(l.Network).listeners = append(w.gate(l.Network).listeners, ln)
		return nil
	default:
		return fmt.Errorf("unknown network %q", l.Network)
	}
}

// gate finds or makes the gate of a network; with the lock held.
func (w *Wire) gate(network string) *gate {
	g := w.gates[network]
	if g == nil {
		g = newGate(w, network)
		w.gates[network] = g
	}
	return g
}

// Serve gives the sockets to sipgo's transport layer and starts reading. When it returns, requests may be sent.
func (w *Wire) Serve(layer *sip.TransportLayer) {
	for _, l := range w.serve(layer) {
		select {
		case <-l.reading: // sipgo's pool knows the socket
		case <-w.ctx.Done():
		}
	}
}

func (w *Wire) serve(layer *sip.TransportLayer) []*lease {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.layer != nil {
		return nil
	}
	w.layer = layer
	var leases []*lease
	for _, s := range w.sockets {
		first := newLease(s)
		leases = append(leases, first)
		w.work.Go(func() { _ = layer.ServeUDP(first) })
	}
	for network, serve := range map[string]func(net.Listener) error{"tcp": layer.ServeTCP, "tls": layer.ServeTLS} {
		g := w.gate(network) // also without a listener: Connect hands connections in
		w.work.Go(func() { _ = serve(g) })
		for _, ln := range g.listeners {
			w.work.Go(func() { g.acceptFrom(ln) })
		}
	}
	w.work.Go(w.sweep)
	return leases
}

// Stop closes all sockets and connections and waits until nothing of ours reads or accepts any more.
func (w *Wire) Stop(ctx context.Context) error {
	w.mu.Lock()
	w.closed = true
	w.cancel()
	for _, s := range w.sockets {
		_ = s.conn.Close()
	}
	for _, ln := range w.raw {
		_ = ln.Close()
	}
	open := make([]*stream, 0, len(w.streams))
	for s := range w.streams {
		open = append(open, s)
	}
	w.mu.Unlock()
	for _, s := range open {
		_ = s.Close()
	}
	done := make(chan struct{})
	go func() { w.work.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Addresses are the open sockets of a network.
func (w *Wire) Addresses(network string) []netip.AddrPort {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []netip.AddrPort
	if network == "udp" {
		for _, s := range w.sockets {
			out = append(out, s.local)
		}
	}
	if g := w.gates[network]; g != nil {
		for _, ln := range g.listeners {
			out = append(out, addrPort(ln.Addr()))
		}
	}
	return out
}

// Local is what sip.Request.Laddr must be for a UDP request to leave by the first UDP socket. Without it sipgo
// opens a socket of its own, which no firewall and no carrier knows. Leave Laddr empty for TCP and TLS.
func (w *Wire) Local() (sip.Addr, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.sockets) == 0 {
		return sip.Addr{}, false
	}
	a := w.sockets[0].local
	return sip.Addr{IP: net.IP(a.Addr().AsSlice()), Port: int(a.Port()), Hostname: a.Addr().String()}, true
}

func addrPort(a net.Addr) netip.AddrPort {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// Stats counts since the start.
type Stats struct {
	Received    uint64            `json:"received"` // messages given to the stack
	Sent        uint64            `json:"sent"`
	Answered    uint64            `json:"answered"` // bad requests that got a stateless answer
	Dropped     map[Reason]uint64 `json:"dropped"`
	Connections int               `json:"connections"`
	Buffer      int               `json:"buffer"` // smallest receive buffer of the UDP sockets in bytes; 0 without one
}

type counters struct {
	received, sent, answered *atomic.Uint64
	dropped                  map[Reason]*atomic.Uint64 // all reasons; never changes
}

func newCounters() counters {
	c := counters{received: new(atomic.Uint64), sent: new(atomic.Uint64), answered: new(atomic.Uint64), dropped: make(map[Reason]*atomic.Uint64)}
	for _, r := range Reasons() {
		c.dropped[r] = new(atomic.Uint64)
	}
	return c
}

func (c counters) drop(r Reason) { c.dropped[r].Add(1) }

// Stats gives the counters.
func (w *Wire) Stats() Stats {
	s := Stats{
		Received: w.counts.received.Load(), Sent: w.counts.sent.Load(), Answered: w.counts.answered.Load(),
		Dropped: make(map[Reason]uint64, len(w.counts.dropped)),
	}
	for r, n := range w.counts.dropped {
		s.Dropped[r] = n.Load()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	s.Connections = len(w.streams)
	for _, u := range w.sockets {
		if s.Buffer == 0 || u.buffer < s.Buffer {
			s.Buffer = u.buffer
		}
	}
	return s
}

// trace tells the trace, when there is one.
func (w *Wire) trace(m Message) {
	if w.cfg.Trace != nil {
		w.cfg.Trace(m)
	}
}

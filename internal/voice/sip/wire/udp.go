package wire

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"yingda/internal/platform/clock"
)

const (
	wantBuffer = 4 << 20 // bytes: 4,000 calls a second without a drop, where 212 KB lose some at 2,000
	linger     = 32 * time.Second
	errorPause = 10 * time.Millisecond
)

// socket is one UDP socket.
type socket struct {
	w      *Wire
	conn   *net.UDPConn
	local  netip.AddrPort
	buffer int
	in     []byte // only the reading goroutine's
}

func (w *Wire) addSocket(c *net.UDPConn) {
	s := &socket{w: w, conn: c, local: addrPort(c.LocalAddr()), buffer: enlarge(c), in: make([]byte, 1<<16)}
	w.mu.Lock()
	w.sockets = append(w.sockets, s)
	w.mu.Unlock()
}

// enlarge asks for a receive buffer of 4 MB, past net.core.rmem_max where we are allowed to, and gives what we got.
func enlarge(c *net.UDPConn) int {
	got := 0
	raw, err := c.SyscallConn()
	if err != nil {
		return 0
	}
	_ = raw.Control(func(fd uintptr) {
		if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, wantBuffer) != nil {
			_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, wantBuffer)
		}
		got, _ = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF)
	})
	return got / 2 // the kernel tells twice the payload
}

// remote is a source with its text ready: sipgo asks for it with every packet.
type remote struct {
	network string
	addr    netip.AddrPort
	text    string
}

func newRemote(network string, a netip.AddrPort) *remote {
	return &remote{network: network, addr: a, text: a.String()}
}

func (r *remote) Network() string { return r.network }
func (r *remote) String() string  { return r.text }

// lease is the packet connection that sipgo reads: the socket for a limited number of source addresses.
type lease struct {
	*socket
	sources map[netip.AddrPort]*remote
	reading chan struct{} // closed when sipgo first reads: then its pool knows this lease
	once    sync.Once
}

func newLease(s *socket) *lease {
	return &lease{socket: s, sources: make(map[netip.AddrPort]*remote), reading: make(chan struct{})}
}

// ReadFrom gives the next good and welcome message, stamped. It returns an error only to end sipgo's loop.
func (l *lease) ReadFrom(b []byte) (int, net.Addr, error) {
	l.once.Do(func() { close(l.reading) })
	if len(l.sources) >= l.w.cfg.Sources {
		l.handOver()
		return 0, nil, net.ErrClosed
	}
	for {
		n, from, err := l.conn.ReadFromUDPAddrPort(l.in)
		if err != nil {
			if errors.Is(err, net.ErrClosed) || clock.Sleep(l.w.ctx, l.w.cfg.Clock, errorPause) != nil {
				return 0, nil, net.ErrClosed
			}
			continue
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if size := l.accept(b, l.in[:n], from); size > 0 {
			return size, l.source(from), nil
		}
	}
}

// handOver lets a fresh lease take over the socket, and ends this one when no transaction looks for its addresses
// any more. sipgo then forgets the addresses that the fresh one has not heard.
func (l *lease) handOver() {
	next := newLease(l.socket)
	l.w.mu.Lock()
	layer, closed := l.w.layer, l.w.closed
	if !closed {
		l.w.work.Go(func() { _ = layer.ServeUDP(next) })
	}
	l.w.mu.Unlock()
	if closed {
		return
	}
	<-next.reading
	l.sources = nil
	_ = clock.Sleep(l.w.ctx, l.w.cfg.Clock, linger)
}

func (l *lease) source(from netip.AddrPort) *remote {
	r := l.sources[from]
	if r == nil {
		r = newRemote("udp", from)
		l.sources[from] = r
	}
	return r
}

// accept checks one datagram and writes it with its stamp to b. It gives 0 for one that goes no further.
func (s *socket) accept(b, packet []byte, from netip.AddrPort) int {
	now := s.w.cfg.Clock.Now()
	h, wrong := inspect(packet)
	if wrong != nil {
		s.w.counts.drop(wrong.Reason)
		if answer := refusal(&h, wrong.Reason); answer != nil && s.w.cfg.Guard.mayAnswer("udp", from) {
			s.w.counts.answered.Add(1)
			_, _ = s.conn.WriteToUDPAddrPort(answer, from)
		}
		return 0
	}
	if why := s.w.cfg.Guard.admit("udp", from, &h); why != "" {
		s.w.counts.drop(why)
		return 0
	}
	s.w.counts.received.Add(1)
	s.w.trace(Message{Time: now, Direction: In, Network: "udp", Source: from, Destination: s.local, Bytes: packet, head: &h})
	if len(b) < len(packet)+stampSize {
		s.w.counts.drop(TooLarge)
		return 0
	}
	return len(stamped(b[:0], packet, &h, now))
}

// WriteTo sends one message.
func (s *socket) WriteTo(b []byte, to net.Addr) (int, error) {
	var ap netip.AddrPort
	switch a := to.(type) {
	case *net.UDPAddr:
		ap = a.AddrPort()
		ap = netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	case *remote:
		ap = a.addr
	default:
		ap = addrPort(to)
	}
	at := s.w.cfg.Clock.Now() // before their answer can be there
	n, err := s.conn.WriteToUDPAddrPort(b, ap)
	if err != nil {
		s.w.counts.drop(Unsendable)
		return n, err
	}
	s.w.counts.sent.Add(1)
	s.w.trace(Message{Time: at, Direction: Out, Network: "udp", Source: s.local, Destination: ap, Bytes: b})
	return n, nil
}

// Close leaves the socket open: Stop closes it.
func (s *socket) Close() error { return nil }

// LocalAddr is the socket's address.
func (s *socket) LocalAddr() net.Addr { return s.conn.LocalAddr() }

// SetDeadline and its kin are not used by sipgo on packet connections.
func (s *socket) SetDeadline(time.Time) error      { return errors.ErrUnsupported }
func (s *socket) SetReadDeadline(time.Time) error  { return errors.ErrUnsupported }
func (s *socket) SetWriteDeadline(time.Time) error { return errors.ErrUnsupported }

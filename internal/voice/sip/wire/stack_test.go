package wire

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock/clocktest"
)

// stack is a real sipgo user agent on our sockets, on loopback.
type stack struct {
	*Wire
	clock  *clocktest.Fake
	ua     *sipgo.UserAgent
	logged *lockedBuffer

	mu       sync.Mutex
	traced   []seen
	arrivals []time.Time
	closed   chan netip.AddrPort
	waiting  chan struct{} // an INFO is being handled
	release  chan struct{} // closed: it may be answered
}

type seen struct {
	direction Direction
	network   string
	line      string
	callID    string
	from, to  netip.AddrPort
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var loopback = netip.MustParseAddr("127.0.0.1")

func open(t *testing.T, networks string, change func(*Config)) *stack {
	t.Helper()
	s := &stack{clock: clocktest.New(), logged: &lockedBuffer{}, closed: make(chan netip.AddrPort, 100), waiting: make(chan struct{}, 1), release: make(chan struct{})}
	cfg := Config{
		Clock: s.clock, Logger: slog.New(slog.DiscardHandler),
		Guard:  NewGuard(GuardConfig{Clock: s.clock, Classify: func(string, netip.AddrPort) Class { return Trunk }}),
		Trace:  s.trace,
		Closed: func(_ string, a netip.AddrPort) { s.closed <- a },
	}
	if change != nil {
		change(&cfg)
	}
	s.Wire = New(cfg)
	var listens []Listen
	for _, n := range strings.Fields(networks) {
		listens = append(listens, Listen{Network: n, Address: netip.AddrPortFrom(loopback, 0)})
	}
	require.NoError(t, s.Listen(t.Context(), listens))
	log := QuietLogger(slog.New(slog.NewTextHandler(s.logged, nil)))
	var err error
	s.ua, err = sipgo.NewUA(
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(log)),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(log)))
	require.NoError(t, err)
	server, err := sipgo.NewServer(s.ua, sipgo.WithServerLogger(log))
	require.NoError(t, err)
	server.OnOptions(func(req *sip.Request, tx sip.ServerTransaction) {
		s.mu.Lock()
		s.arrivals = append(s.arrivals, Arrival(req))
		s.mu.Unlock()
		_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil))
	})
	server.OnInfo(func(req *sip.Request, tx sip.ServerTransaction) {
		s.waiting <- struct{}{}
		<-s.release
		_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil))
	})
	s.Serve(s.ua.TransportLayer())
	t.Cleanup(func() {
		require.NoError(t, s.Stop(context.WithoutCancel(t.Context())))
		_ = s.ua.Close()
	})
	return s
}

func (s *stack) trace(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.traced = append(s.traced, seen{m.Direction, m.Network, m.FirstLine(), m.CallID(), m.Source, m.Destination})
}

func (s *stack) at(t *testing.T, network string) netip.AddrPort {
	t.Helper()
	addresses := s.Addresses(network)
	require.Len(t, addresses, 1)
	return addresses[0]
}

// dialUDP is a plain phone's socket.
func dialUDP(t *testing.T, to netip.AddrPort) *net.UDPConn {
	t.Helper()
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to))
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func receive(t *testing.T, c net.Conn) string {
	t.Helper()
	b := make([]byte, 1<<16)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(10*time.Second)))
	n, err := c.Read(b)
	require.NoError(t, err)
	return string(b[:n])
}

func ask(id string) []byte {
	return bytes.ReplaceAll(crlf(options), []byte("z9hG4bK-1"), []byte("z9hG4bK-"+id))
}

func TestUDPRequestArrivesStampedAndIsTraced(t *testing.T) {
	t.Parallel()
	s := open(t, "udp", nil)
	c := dialUDP(t, s.at(t, "udp"))
	_, err := c.Write(ask("1"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(receive(t, c), "SIP/2.0 200 OK\r\n"))

	s.mu.Lock()
	defer s.mu.Unlock()
	require.Equal(t, []time.Time{s.clock.Now()}, s.arrivals)
	phone := addrPort(c.LocalAddr())
	us := addrPort(c.RemoteAddr())
	require.Equal(t, []seen{
		{In, "udp", "OPTIONS sip:bob@example.org SIP/2.0", "c-1@example.org", phone, us},
		{Out, "udp", "SIP/2.0 200 OK", "c-1@example.org", us, phone},
	}, s.traced)
}

func TestUDPBadMessagesAreCountedAnsweredAndHarmless(t *testing.T) {
	t.Parallel()
	s := open(t, "udp", nil)
	c := dialUDP(t, s.at(t, "udp"))
	for _, packet := range [][]byte{
		[]byte("\r\n\r\n"), []byte("GET / HTTP/1.1\r\n\r\n"), bytes.Replace(ask("2"), []byte("CSeq"), []byte("X"), 1),
		bytes.Replace(ask("3"), []byte("Content-Length: 0"), []byte("Content-Length: 9"), 1),
	} {
		_, err := c.Write(packet)
		require.NoError(t, err)
	}
	require.Contains(t, receive(t, c), "SIP/2.0 400 Bad Request")
	_, err := c.Write(ask("4"))
	require.NoError(t, err)
	require.Contains(t, receive(t, c), "SIP/2.0 200 OK")
	stats := s.Stats()
	require.EqualValues(t, 1, stats.Received)
	require.EqualValues(t, 1, stats.Answered)
	for _, r := range []Reason{KeepAlive, NotSIP, Missing, BadLength} {
		require.EqualValues(t, 1, stats.Dropped[r], r)
	}
	require.Positive(t, stats.Buffer)
}

func TestSipgoForgetsAddressesThatItHeard(t *testing.T) {
	t.Parallel()
	const perLease, phones = 8, 40
	s := open(t, "udp", func(c *Config) { c.Sources = perLease })
	for i := range phones {
		c := dialUDP(t, s.at(t, "udp"))
		_, err := c.Write(ask(fmt.Sprint("l", i)))
		require.NoError(t, err)
		require.Contains(t, receive(t, c), "200 OK", "phone %d is answered, whichever lease heard it", i)
	}
	pool := s.ua.TransportLayer().Pool("udp")
	require.Greater(t, pool.Size(), perLease)
	s.clock.BlockUntil(1 + phones/perLease - 1) // the sweep, and the leases that linger
	s.clock.Advance(linger)
	require.Eventually(t, func() bool { return pool.Size() <= perLease+1 }, 10*time.Second, 5*time.Millisecond)
	c := dialUDP(t, s.at(t, "udp"))
	_, err := c.Write(ask("last"))
	require.NoError(t, err)
	require.Contains(t, receive(t, c), "200 OK")
}

func TestTransactionOutlivesTheLeaseThatHeardIt(t *testing.T) {
	t.Parallel()
	const perLease = 4
	s := open(t, "udp", func(c *Config) { c.Sources = perLease })
	early := dialUDP(t, s.at(t, "udp"))
	_, err := early.Write(bytes.ReplaceAll(ask("early"), []byte("OPTIONS"), []byte("INFO")))
	require.NoError(t, err)
	<-s.waiting
	for i := range 3 * perLease { // three leases later
		c := dialUDP(t, s.at(t, "udp"))
		_, err := c.Write(ask(fmt.Sprint("n", i)))
		require.NoError(t, err)
		require.Contains(t, receive(t, c), "200 OK")
	}
	s.clock.BlockUntil(1 + 3)
	s.clock.Advance(linger)
	close(s.release)
	require.Contains(t, receive(t, early), "SIP/2.0 200 OK", "from the socket it was asked at, though sipgo has forgotten the address")
}

func TestRequestsLeaveByOurSocket(t *testing.T) {
	t.Parallel()
	s, other := open(t, "udp", nil), open(t, "udp", nil)
	client, err := sipgo.NewClient(s.ua)
	require.NoError(t, err)
	req := sip.NewRequest(sip.OPTIONS, sip.Uri{Scheme: "sip", Host: "127.0.0.1", Port: int(other.at(t, "udp").Port())})
	local, ok := s.Local()
	require.True(t, ok)
	req.Laddr = local
	res, err := client.Do(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, 200, res.StatusCode)
	other.mu.Lock()
	defer other.mu.Unlock()
	require.Equal(t, s.at(t, "udp"), other.traced[0].from)
}

func TestStackLogsNoMessage(t *testing.T) {
	t.Parallel()
	s := open(t, "udp", nil)
	c := dialUDP(t, s.at(t, "udp"))
	secret := bytes.Replace(ask("9"), []byte("To: <sip:bob@example.org>"), []byte("To: <<13800138000 sip:"), 1)
	require.NoError(t, Check(secret), "passes us, not sipgo's parser")
	_, err := c.Write(secret)
	require.NoError(t, err)
	_, err = c.Write(ask("10"))
	require.NoError(t, err)
	require.Contains(t, receive(t, c), "200 OK")
	require.Contains(t, s.logged.String(), "failed to parse")
	require.NotContains(t, s.logged.String(), "13800138000")
}

func TestListenFailureNamesItselfAndClosesTheRest(t *testing.T) {
	t.Parallel()
	s := open(t, "udp", nil)
	w := New(Config{Clock: s.clock, Logger: slog.New(slog.DiscardHandler)})
	free := Listen{Network: "tcp", Address: netip.AddrPortFrom(loopback, 0)}
	err := w.Listen(t.Context(), []Listen{free, {Network: "udp", Address: s.at(t, "udp")}})
	require.ErrorIs(t, err, ErrListen)
	require.ErrorIs(t, w.Listen(t.Context(), []Listen{{Network: "tls", Address: free.Address}}), ErrListen, "no certificate")
	require.ErrorIs(t, w.Listen(t.Context(), []Listen{{Network: "sctp", Address: free.Address}}), ErrListen)
}

func TestHealthTellsOfASmallBuffer(t *testing.T) {
	t.Parallel()
	s := open(t, "udp", nil)
	found := s.Health().Check(t.Context())
	if s.Stats().Buffer >= wantBuffer {
		require.Empty(t, found)
		s.Wire.mu.Lock()
		s.sockets[0].buffer = 212 << 10
		s.Wire.mu.Unlock()
		found = s.Health().Check(t.Context())
	}
	require.Len(t, found, 1)
	require.Equal(t, "wire.buffer_small", found[0].Warning.Code)
}

func TestFiguresCountByReason(t *testing.T) {
	t.Parallel()
	s := open(t, "udp", nil)
	c := dialUDP(t, s.at(t, "udp"))
	_, err := c.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
	require.NoError(t, err)
	_, err = c.Write(ask("m"))
	require.NoError(t, err)
	receive(t, c)
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(s.Collector()))
	families, err := registry.Gather()
	require.NoError(t, err)
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			got[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	require.Len(t, got, 4+len(Reasons()))
	require.Equal(t, 1.0, got["yingda_sip_received_total"])
	require.Equal(t, 1.0, got["yingda_sip_dropped_total not_sip"])
	require.Zero(t, got["yingda_sip_dropped_total limited"])
}

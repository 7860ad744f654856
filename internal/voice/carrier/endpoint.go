package carrier

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
)

// Transport is how SIP travels.
type Transport string

// The transports.
const (
	UDP Transport = "udp"
	TCP Transport = "tcp"
	TLS Transport = "tls"
)

// endpointConfig is what a user agent needs.
type endpointConfig struct {
	Transport Transport
	Local     netip.Addr // our address
	Port      int        // 0: any
	TLS       *tls.Config
	Agent     string
	Clock     clock.Clock
	Logger    *slog.Logger
	Incoming  func(*incoming) // an INVITE outside a dialog; own goroutine, returns when it is finally answered
}

// endpoint is one SIP user agent: a port, sipgo's transactions, and the sessions by Call-ID and our tag.
type endpoint struct {
	cfg     endpointConfig
	ua      *sipgo.UserAgent
	client  *sipgo.Client
	local   netip.AddrPort // what Contact and Via say
	closer  io.Closer      // the listener; nil without one
	server  *sipgo.Server
	serving sync.WaitGroup  // the listener's loop
	done    sync.WaitGroup  // transfers
	gate    sync.RWMutex    // held while sending
	closed  bool            // under gate
	ctx     context.Context // ends with the endpoint
	stop    context.CancelFunc
	trace   *trace

	mu       sync.Mutex
	sessions map[string]*Session // by callID + ourTag
}

// newEndpoint prepares a user agent; open opens its port.
func newEndpoint(cfg endpointConfig) (*endpoint, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.System()
	}
	quiet := slog.New(slog.DiscardHandler) // sipgo logs what is no error of ours; the trace has it all
	options := []sipgo.UserAgentOption{
		sipgo.WithUserAgent(cfg.Agent),
		sipgo.WithUserAgentHostname(cfg.Local.String()),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(quiet),
			sip.WithTransactionLayerUnhandledResponseHandler(func(*sip.Response) {})), // answers to what was given up
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(quiet)),
	}
	if cfg.TLS != nil {
		options = append(options, sipgo.WithUserAgenTLSConfig(cfg.TLS))
	}
	ua, err := sipgo.NewUA(options...)
	if err != nil {
		return nil, fmt.Errorf("make a SIP user agent: %w", err)
	}
	e := &endpoint{cfg: cfg, ua: ua, sessions: map[string]*Session{}, trace: newTrace(cfg.Clock)}
	e.ctx, e.stop = context.WithCancel(context.Background())
	e.server, err = sipgo.NewServer(ua, sipgo.WithServerLogger(quiet))
	if err == nil {
		e.client, err = sipgo.NewClient(ua, sipgo.WithClientLogger(quiet), sipgo.WithClientHostname(cfg.Local.String()))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make a SIP user agent: %w", err), ua.Close())
	}
	return e, nil
}

// open begins to take requests. An endpoint that cannot open is closed.
func (e *endpoint) open(ctx context.Context) error {
	e.handle(e.server)
	if err := e.listen(ctx, e.server); err != nil {
		e.close()
		return err
	}
	return nil
}

// listen opens the port and waits until sipgo knows it, so that requests go out from there.
func (e *endpoint) listen(ctx context.Context, server *sipgo.Server) error {
	at := netip.AddrPortFrom(e.cfg.Local, uint16(e.cfg.Port))
	switch e.cfg.Transport {
	case UDP:
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
		if err != nil {
			return listenFault(at, err)
		}
		e.local, e.closer = conn.LocalAddr().(*net.UDPAddr).AddrPort(), conn
		e.serving.Go(func() { _ = server.ServeUDP(conn) })
		for range 1000 {
			if c, err := e.ua.TransportLayer().GetConnection("udp", e.local.String()); err == nil && c != nil {
				return nil
			}
			if err := clock.Sleep(ctx, e.cfg.Clock, time.Millisecond); err != nil {
				break
			}
		}
		return errors.New("the SIP port did not become ready")
	case TCP, TLS:
		listener, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(at))
		if err != nil {
			return listenFault(at, err)
		}
		e.local, e.closer = listener.Addr().(*net.TCPAddr).AddrPort(), listener
		if e.cfg.Transport == TCP {
			e.serving.Go(func() { _ = server.ServeTCP(listener) })
			return nil
		}
		if e.cfg.TLS == nil || len(e.cfg.TLS.Certificates) == 0 {
			return e.withoutListener(listener)
		}
		e.serving.Go(func() { _ = server.ServeTLS(tls.NewListener(listener, e.cfg.TLS)) })
		return nil
	default:
		return fault.New(fault.Invalid, "carrier.bad_transport", "%q is no transport.", e.cfg.Transport).
			WithRemedy("use udp, tcp or tls")
	}
}

// withoutListener serves a TLS client that has no certificate: others reach it over the connection that it made.
func (e *endpoint) withoutListener(l net.Listener) error {
	e.closer = nil
	return l.Close()
}

func listenFault(at netip.AddrPort, err error) error {
	return fault.New(fault.Unavailable, "carrier.port_in_use", "The SIP port %s cannot be opened.", at).
		WithRemedy("choose another port or address").WithCause(err)
}

// close ends all transactions and connections. Nothing is sent from the moment on when the library is closed: a late
// request would make it open a socket that nobody closes.
func (e *endpoint) close() {
	e.stop()
	if e.closer != nil {
		e.closer.Close()
	}
	e.serving.Wait()
	e.gate.Lock()
	e.closed = true
	e.gate.Unlock()
	_ = e.ua.Close()
	e.done.Wait()
	_ = clock.Sleep(context.Background(), e.cfg.Clock, closing) // the library answers in goroutines of its own
	_ = e.ua.TransportLayer().Close()
}

// closing is the time for requests that were read but not yet handled.
const closing = 5 * time.Millisecond

var errClosed = errors.New("the user agent is closed")

// transaction sends a request.
func (e *endpoint) transaction(ctx context.Context, r *sip.Request) (sip.ClientTransaction, error) {
	e.gate.RLock()
	defer e.gate.RUnlock()
	if e.closed {
		return nil, errClosed
	}
	e.trace.out(r)
	return e.client.TransactionRequest(ctx, r, asIs)
}

// write sends an ACK. A lost one is asked for again.
func (e *endpoint) write(ack *sip.Request) {
	e.gate.RLock()
	defer e.gate.RUnlock()
	if !e.closed {
		e.trace.out(ack)
		_ = e.client.WriteRequest(ack, asIs)
	}
}

// contact is the URI under which we are reached.
func (e *endpoint) contact(user string) sip.Uri {
	u := sip.Uri{Scheme: "sip", User: user, Host: hostOf(e.local.Addr()), Port: int(e.local.Port()), UriParams: sip.NewParams()}
	if e.cfg.Transport != UDP {
		u.UriParams.Add("transport", string(e.cfg.Transport))
	}
	return u
}

func hostOf(a netip.Addr) string {
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}

// request makes a request of ours with its Via; the rest of the headers is the caller's.
func (e *endpoint) request(method sip.RequestMethod, to sip.Uri) *sip.Request {
	r := sip.NewRequest(method, *to.Clone())
	r.AppendHeader(e.via())
	forwards := sip.MaxForwardsHeader(70)
	r.AppendHeader(&forwards)
	r.AppendHeader(sip.NewHeader("User-Agent", e.cfg.Agent))
	e.route(r)
	return r
}

// route fixes transport, our own address and, for UDP, our own port: connections leave from a port of their own.
func (e *endpoint) route(r *sip.Request) {
	r.SetTransport(strings.ToUpper(string(e.cfg.Transport)))
	r.Laddr = sip.Addr{IP: net.IP(e.local.Addr().AsSlice())}
	if e.cfg.Transport == UDP {
		r.Laddr.Port = int(e.local.Port())
	}
}

func (e *endpoint) via() *sip.ViaHeader {
	v := &sip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: strings.ToUpper(string(e.cfg.Transport)),
		Host: hostOf(e.local.Addr()), Port: int(e.local.Port()), Params: sip.NewParams(),
	}
	v.Params.Add("branch", sip.GenerateBranchN(16))
	v.Params.Add("rport", "")
	return v
}

// asIs keeps sipgo from adding headers.
func asIs(*sipgo.Client, *sip.Request) error { return nil }

// transact sends a request and gives its final answer.
func (e *endpoint) transact(ctx context.Context, r *sip.Request) (*sip.Response, error) {
	tx, err := e.transaction(ctx, r)
	if err != nil {
		return nil, sendFault(r, err)
	}
	defer tx.Terminate()
	for {
		select {
		case res := <-tx.Responses():
			e.trace.in(res)
			if !res.IsProvisional() {
				return res, nil
			}
		case <-tx.Done():
			return nil, sendFault(r, tx.Err())
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// sendFault is the fault of a request that brought no answer.
func sendFault(r *sip.Request, err error) error {
	return fault.New(fault.Unavailable, "carrier.no_answer", "%s to %s brought no answer.", r.Method, r.Destination()).
		WithRemedy("check address, port and transport, and that the other side runs").WithCause(err)
}

func (e *endpoint) add(s *Session) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sessions[s.key()] = s
}

func (e *endpoint) remove(s *Session) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.sessions, s.key())
}

// find gives the session that a request belongs to.
func (e *endpoint) find(r *sip.Request) *Session {
	if r.CallID() == nil || r.To() == nil {
		return nil
	}
	tag, _ := r.To().Params.Get("tag")
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.sessions[r.CallID().Value()+" "+tag]
}

// byReplaces gives the session that a Replaces header means (RFC 3891).
func (e *endpoint) byReplaces(value string) *Session {
	id, rest, _ := strings.Cut(value, ";")
	var ours, theirs string
	for p := range strings.SplitSeq(rest, ";") {
		if v, ok := strings.CutPrefix(p, "to-tag="); ok {
			ours = v
		}
		if v, ok := strings.CutPrefix(p, "from-tag="); ok {
			theirs = v
		}
	}
	e.mu.Lock()
	s := e.sessions[strings.TrimSpace(id)+" "+ours]
	e.mu.Unlock()
	if s == nil || s.remoteTag() != theirs {
		return nil
	}
	return s
}

// routeTo finds the address that a packet to the target would leave from.
func routeTo(target string) (netip.Addr, error) {
	c, err := net.Dial("udp", target)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("find the way to %s: %w", target, err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), nil
}

// target is where a request for the URI goes first: host:port.
func target(u *sip.Uri, proxy string, t Transport) string {
	if proxy == "" {
		port := u.Port
		if port == 0 {
			port = t.port()
		}
		return net.JoinHostPort(strings.Trim(u.Host, "[]"), strconv.Itoa(port))
	}
	if _, _, err := net.SplitHostPort(proxy); err != nil {
		return net.JoinHostPort(strings.Trim(proxy, "[]"), strconv.Itoa(t.port()))
	}
	return proxy
}

// port is the usual port of the transport.
func (t Transport) port() int {
	if t == TLS {
		return 5061
	}
	return 5060
}

// QuietLibrary keeps sipgo's own log lines from standard error. It is for programs that are nothing but a caller: it is
// global, and must be called before anything else.
//
// Connections write to that global logger alone, whatever logger their layer was given, and sipgo 1.7.2 warns "TCP ref
// went negative" whenever one ends that was in use: closing sets its count of users to 0 (TCPConnection.Close, called by
// ConnectionPool.Clear at our end and by ConnectionPool.CloseAndDelete at the other side's), and then its reading loop and
// each open transaction still give back their own use. Nothing is closed twice or left open by it, and a caller cannot
// take the uses back: the pool lets nobody walk over its connections.
func QuietLibrary() { sip.SetDefaultLogger(slog.New(slog.DiscardHandler)) }

package sip

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/sdp"
	"yingda/internal/voice/sip/registrar"
	"yingda/internal/voice/sip/trunk"
	"yingda/internal/voice/sip/wire"
)

// Config makes an [Agent]. Zero values are replaced by what stands beside them.
type Config struct {
	Listen  []wire.Listen
	Public  netip.Addr  // what others see; the listener's address when zero
	TLS     *tls.Config // of TLS listeners and of connections that we open
	Realm   string      // of digest; "yingda"
	Product string      // User-Agent and Server; "Yingda"
	// MaxCalls is how many legs may exist at once, in both directions; 4,000. Above it an INVITE gets 503
	// with Retry-After.
	MaxCalls int
	// SessionExpires is the interval of session timers that we propose (RFC 4028); 30 min.
	SessionExpires time.Duration
	// TrunkWait is how long a trunk may stay silent before the next one is tried; 4 s.
	TrunkWait time.Duration

	Clock       clock.Clock
	Logger      *slog.Logger
	Credentials registrar.Credentials // nil: no phone can register or call
	Registrar   registrar.Config      // limits; realm, clock and credentials are filled in
	Trunks      *trunk.Manager        // may be nil
	Guard       wire.GuardConfig      // limits; clock and classes are filled in
	Trace       wire.Trace            // may be nil
	// Anybody takes calls from sources that are neither trunk nor phone: for measurements on a closed
	// network only.
	Anybody bool

	// Incoming gets each call that comes in, in a goroutine of its own. When it panics the call ends and
	// nothing else. It may return before the call is answered or over.
	Incoming func(*Leg)
	// Refused is told of each call of a trunk or phone that was turned away before it became a leg; nil: nobody
	// is. It must not block.
	Refused func(Refusal)
	// Renegotiate answers the offer of a re-INVITE; an error becomes 488 and leaves the session as it was.
	// Nil refuses every change.
	Renegotiate func(leg *Leg, offer *sdp.Description) (answer []byte, err error)
}

func (c *Config) defaults() {
	if c.Realm == "" {
		c.Realm = "yingda"
	}
	if c.Product == "" {
		c.Product = "Yingda"
	}
	if c.MaxCalls <= 0 {
		c.MaxCalls = 4000
	}
	if c.SessionExpires < minSession {
		c.SessionExpires = 30 * time.Minute
	}
	if c.TrunkWait <= 0 {
		c.TrunkWait = 4 * time.Second
	}
	if c.Clock == nil {
		c.Clock = clock.System()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Incoming == nil {
		c.Incoming = func(l *Leg) { _ = l.Refuse(context.Background(), ending.NotFound) }
	}
}

// Agent is the SIP side of a voice node. It is a lifecycle.Service.
type Agent struct {
	cfg       Config
	clock     clock.Clock
	log       *slog.Logger
	wire      *wire.Wire
	layer     *sip.TransportLayer
	tx        *sip.TransactionLayer
	registrar *registrar.Registrar
	table     *table
	wheel     *wheel
	turning   *lifecycle.Loop

	userAgent, server, allow, supported sip.Header

	endpoints map[string]*endpoint // by network, upper case; set by Start

	calls    atomic.Int64
	refused  atomic.Uint64 // calls refused by MaxCalls
	dropped  atomic.Uint64 // events that nobody read
	panics   atomic.Uint64
	closing  atomic.Bool // no new calls
	sealed   atomic.Bool // no requests at all
	recent   recent
	stopping context.Context // ends when Stop has waited long enough
	cut      context.CancelFunc
	work     group // everything that runs for us
	byes     group // of these, the BYEs that Stop waits for

	mu      sync.Mutex
	started bool
	ended   bool
}

// Stats counts since the start.
type Stats struct {
	Calls   int    `json:"calls"`   // legs now
	Refused uint64 `json:"refused"` // INVITEs over MaxCalls
	Dropped uint64 `json:"dropped"` // events that nobody read in time
	Panics  uint64 `json:"panics"`  // defects of ours that cost one call each
	Wire    wire.Stats
}

func init() {
	// Messages with many History-Info or Diversion headers exceed 1,300 bytes, and carriers send them by
	// UDP all the same. Up to 8 kB go out in fragments.
	sip.UDPMTUSize = 8192 + 200
	// A transaction that was answered with 2xx is kept by its timer even after it was ended; 200s are
	// repeated by the legs, not by it, so that it need not be kept for 32 s.
	sip.Timer_L, sip.Timer_M = 5*time.Second, 5*time.Second
	sip.SetDefaultLogger(slog.New(slog.DiscardHandler))
}

// New makes an agent; nothing is opened before Start.
func New(cfg Config) *Agent {
	cfg.defaults()
	a := &Agent{cfg: cfg, clock: cfg.Clock, log: cfg.Logger, table: newTable(), wheel: newWheel(cfg.Clock)}
	a.stopping, a.cut = context.WithCancel(context.Background())
	a.userAgent = sip.NewHeader("User-Agent", cfg.Product)
	a.server = sip.NewHeader("Server", cfg.Product)
	a.allow = sip.NewHeader("Allow", allowed)
	a.supported = sip.NewHeader("Supported", supported)
	a.turning = lifecycle.NewLoop("voice.sip.timers", cfg.Logger, a.wheel.run)
	if cfg.Credentials != nil {
		rc := cfg.Registrar
		rc.Realm, rc.Clock, rc.Credentials = cfg.Realm, cfg.Clock, cfg.Credentials
		a.registrar = registrar.New(rc)
	}
	guard := cfg.Guard
	guard.Clock, guard.Classify = cfg.Clock, a.classify
	a.wire = wire.New(wire.Config{
		Clock: cfg.Clock, Logger: cfg.Logger, Guard: wire.NewGuard(guard), Trace: cfg.Trace, TLS: cfg.TLS, Closed: a.flowClosed,
	})
	quiet := wire.QuietLogger(cfg.Logger)
	a.layer = sip.NewTransportLayer(net.DefaultResolver, wire.NewParser(), cfg.TLS, sip.WithTransportLayerLogger(quiet))
	a.layer.OnMessage(a.before) // in front of the transaction layer, which adds itself
	a.tx = sip.NewTransactionLayer(a.layer, sip.WithTransactionLayerLogger(quiet), sip.WithTransactionLayerUnhandledResponseHandler(a.onStray))
	a.tx.OnRequest(a.onRequest)
	return a
}

// Name is the service's name.
func (a *Agent) Name() string { return "voice.sip" }

// Start opens the sockets and takes calls.
func (a *Agent) Start(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return fmt.Errorf("start %s: %w", a.Name(), lifecycle.ErrStopped)
	}
	if a.started {
		return nil
	}
	if err := a.wire.Listen(ctx, a.cfg.Listen); err != nil {
		return err
	}
	a.setEndpoints()
	if err := a.turning.Start(ctx); err != nil {
		return err
	}
	if a.cfg.Trunks != nil {
		a.cfg.Trunks.Use(a, a.contact)
	}
	a.wire.Serve(a.layer)
	a.awaitSocket()
	a.started = true
	return nil
}

// awaitSocket returns when sipgo knows our UDP socket: a request sent before would have it open the same
// port again and fail. That takes the time in which a goroutine starts.
func (a *Agent) awaitSocket() {
	e := a.endpoints["UDP"]
	if e == nil {
		return
	}
	for range 100_000 {
		if a.connected(e.network, e.local.String()) {
			return
		}
		runtime.Gosched()
	}
}

// Stop refuses new calls, hangs up all that there are, waits for the answers to the BYEs as long as ctx
// lasts, and closes the sockets.
func (a *Agent) Stop(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return nil
	}
	a.ended = true
	if !a.started {
		a.cut()
		return a.wire.Stop(ctx)
	}
	a.closing.Store(true)
	for _, l := range a.table.all() {
		l.drop(ending.Of(ending.NodeStopping, ending.Ours))
	}
	a.quiet(ctx)
	a.sealed.Store(true)
	a.deaden()
	a.cut()
	a.tx.Close()
	// sipgo's transport layer is not closed: that would empty its pools and undo deaden; all its
	// connections are wire's.
	err := errors.Join(a.work.wait(ctx), a.byes.wait(ctx), a.wire.Stop(ctx))
	a.deaden()
	return errors.Join(err, a.turning.Stop(ctx))
}

// quiet waits until the BYEs of ending legs are answered, half of what ctx allows and at most 2 s.
func (a *Agent) quiet(ctx context.Context) {
	limit := 2 * time.Second
	if end, ok := ctx.Deadline(); ok {
		limit = min(limit, end.Sub(a.clock.Now())/2)
	}
	within, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	_ = a.byes.wait(within)
}

// Registrar is the location store, nil without credentials.
func (a *Agent) Registrar() *registrar.Registrar { return a.registrar }

// Wire is the sockets' side, for its health and counters.
func (a *Agent) Wire() *wire.Wire { return a.wire }

// Stats counts.
func (a *Agent) Stats() Stats {
	return Stats{
		Calls: int(a.calls.Load()), Refused: a.refused.Load(), Dropped: a.dropped.Load(), Panics: a.panics.Load(), Wire: a.wire.Stats(),
	}
}

// Legs lists the legs that there are.
func (a *Agent) Legs() []*Leg { return a.table.all() }

// Leg finds a leg by its id.
func (a *Agent) Leg(id uuid.UUID) (*Leg, bool) {
	for _, l := range a.table.all() {
		if l.id == id {
			return l, true
		}
	}
	return nil, false
}

// acquire takes the room of one leg.
func (a *Agent) acquire() bool {
	if a.closing.Load() {
		return false
	}
	if a.calls.Add(1) > int64(a.cfg.MaxCalls) {
		a.calls.Add(-1)
		return false
	}
	return true
}

func (a *Agent) giveBack() { a.calls.Add(-1) }

// classify tells the guard whom a message is from.
func (a *Agent) classify(network string, from netip.AddrPort) wire.Class {
	switch {
	case a.cfg.Anybody, a.cfg.Trunks != nil && a.cfg.Trunks.Knows(from.Addr()):
		return wire.Trunk
	case a.registrar != nil && a.registrar.Knows(network, from):
		return wire.Phone
	default:
		return wire.Stranger
	}
}

func (a *Agent) flowClosed(network string, from netip.AddrPort) {
	if a.registrar != nil {
		a.registrar.FlowClosed(network, from)
	}
}

// panicked notes a defect. The text of a panic is ours; the stack has no content of messages.
func (a *Agent) panicked(doing string, p any) {
	a.panics.Add(1)
	a.log.Error("sip handler panicked, one call is lost", "doing", doing, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
}

// setEndpoints works out how we name ourselves, by network.
func (a *Agent) setEndpoints() {
	a.endpoints = make(map[string]*endpoint)
	for _, network := range []string{"udp", "tcp", "tls"} {
		list := a.wire.Addresses(network)
		e := &endpoint{network: strings.ToUpper(network)}
		if len(list) > 0 {
			e.host, e.port = reachable(list[0].Addr()).String(), int(list[0].Port())
		}
		if a.cfg.Public.IsValid() {
			e.host = a.cfg.Public.String()
		}
		if e.host == "" || network == "udp" && len(list) == 0 {
			continue
		}
		if network == "udp" {
			e.local, _ = a.wire.Local()
		}
		a.endpoints[e.network] = e
	}
	if u := a.endpoints["UDP"]; u != nil {
		for _, network := range []string{"TCP", "TLS"} {
			if a.endpoints[network] == nil {
				a.endpoints[network] = &endpoint{network: network, host: u.host}
			}
		}
	}
}

// reachable is the address by which others reach a socket that is bound to all of them: the first of
// the machine that is not loopback. Config.Public is the sure way where there are several.
func reachable(bound netip.Addr) netip.Addr {
	if !bound.IsUnspecified() {
		return bound
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	for _, a := range addresses {
		p, err := netip.ParsePrefix(a.String())
		if err == nil && p.Addr().Is4() && !p.Addr().IsLoopback() && !p.Addr().IsLinkLocalUnicast() {
			return p.Addr()
		}
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

var errNoEndpoint = errors.New("no socket for this transport")

// endpoint is ours for a network.
func (a *Agent) endpoint(network string) (*endpoint, error) {
	if e := a.endpoints[strings.ToUpper(network)]; e != nil {
		return e, nil
	}
	return nil, fmt.Errorf("%s: %w", network, errNoEndpoint)
}

// endpointFor is ours for a network, or the one given.
func (a *Agent) endpointFor(network string, otherwise *endpoint) *endpoint {
	if network == otherwise.network {
		return otherwise
	}
	if e := a.endpoints[network]; e != nil {
		return e
	}
	return otherwise
}

// endpointOf is ours for the connection that a request came by: with several UDP sockets, the one that
// the other side knows.
func (a *Agent) endpointOf(network string, c sip.Connection) *endpoint {
	e := a.endpoints[network]
	if e == nil {
		e = &endpoint{network: network, host: "invalid"}
	}
	if network != "UDP" || c == nil {
		return e
	}
	at, ok := c.LocalAddr().(*net.UDPAddr)
	if !ok || at.Port == e.local.Port {
		return e
	}
	other := *e
	other.port, other.local = at.Port, sip.Addr{IP: at.IP, Port: at.Port, Hostname: at.IP.String()}
	return &other
}

// contact is how a carrier reaches us, for package trunk.
func (a *Agent) contact(t trunk.Transport) sip.Uri {
	e, err := a.endpoint(string(t))
	if err != nil {
		return sip.Uri{Scheme: "sip", Host: "invalid"}
	}
	return e.uri("")
}

// connect makes sure that there is a connection for a request over TCP or TLS.
func (a *Agent) connect(ctx context.Context, req *sip.Request) error {
	network := strings.ToLower(req.Transport())
	if network == "udp" {
		return nil
	}
	to, err := netip.ParseAddrPort(req.Destination())
	if err != nil {
		return fmt.Errorf("connect: the destination has no address: %w", err)
	}
	name := req.Recipient.Host
	if _, err := netip.ParseAddr(name); err == nil {
		name = ""
	}
	return a.wire.Connect(ctx, network, to, name)
}

// connected reports whether a flow's connection is still open.
func (a *Agent) connected(network, flow string) bool {
	c, err := a.layer.GetConnection(network, flow)
	if err != nil {
		return false
	}
	_, _ = c.TryClose() // gives our reference back
	return true
}

// write sends a request without a transaction: an ACK.
func (a *Agent) write(req *sip.Request) error {
	ctx, cancel := context.WithTimeout(a.stopping, 5*time.Second)
	defer cancel()
	if err := a.connect(ctx, req); err != nil {
		return err
	}
	return a.layer.WriteMsg(req)
}

// arrival is when a request came.
func (a *Agent) arrival(req *sip.Request) time.Time {
	if at := wire.Arrival(req); !at.IsZero() {
		return at
	}
	return a.clock.Now()
}

func newID() uuid.UUID {
	id, err := uuid.NewV7()
	if err != nil {
		return uuid.New()
	}
	return id
}

package trunk

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle"
)

// ErrNotFound is a trunk that is not among those applied.
var ErrNotFound = fault.New(fault.NotFound, "voice.trunk_not_found", "no such trunk is in use").
	WithRemedy("save the trunk first; changes reach the voice nodes within seconds")

// Requester sends a request outside a dialog and waits for its final answer. It adds Via and Max-Forwards, sends
// by the request's transport to its destination, and returns an error when no answer came before ctx ended.
type Requester interface {
	Do(ctx context.Context, req *sip.Request) (*sip.Response, error)
}

// Config makes a [Manager].
type Config struct {
	Clock   clock.Clock
	Logger  *slog.Logger
	Domain  string                                                       // host part of our From; "yingda.invalid" when empty
	Resolve func(ctx context.Context, name string) ([]netip.Addr, error) // nil asks the system
	Pick    func(n int) int                                              // nil draws by chance
}

// Manager holds the trunks in use and watches over them. It is a lifecycle.Service; Apply, Choose, Identify,
// Acquire and Snapshot work before Start and after Stop too.
type Manager struct {
	cfg       Config
	requester Requester
	contact   func(Transport) sip.Uri

	set   atomic.Pointer[Set]
	index atomic.Pointer[index]

	mu      sync.Mutex
	entries map[uuid.UUID]*entry
	running context.Context // nil unless started
	cancel  context.CancelFunc
	stopped bool
	work    sync.WaitGroup
}

// entry is one trunk with what is known of it; guarded by Manager.mu but for id, hosts, gone and after, which stay.
type entry struct {
	id     uuid.UUID
	trunk  Trunk
	hosts  []*hostEntry
	calls  int
	reg    registration
	cancel context.CancelFunc
	gone   chan struct{} // closed when the registration has ended; nil when there is none
	after  chan struct{} // gone of the entry before: its goodbye must not take our binding away
}

type hostEntry struct {
	host      Host
	addresses []netip.Addr
	resolved  time.Time
	health    vitals
	asked     time.Time
	answer    int     // last final status, 0 when there was none
	problem   Problem // why there was none
	rtt       time.Duration
}

// NewManager makes a manager without trunks.
func NewManager(c Config) *Manager {
	if c.Domain == "" {
		c.Domain = "yingda.invalid"
	}
	if c.Resolve == nil {
		c.Resolve = func(ctx context.Context, name string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		}
	}
	if c.Pick == nil {
		c.Pick = rand.IntN
	}
	m := &Manager{cfg: c, entries: make(map[uuid.UUID]*entry)}
	m.set.Store(NewSet(nil))
	m.index.Store(&index{})
	return m
}

// Use gives the manager its sender and our Contact for a transport; call it before Start. Without it no host is
// asked and nothing registered.
func (m *Manager) Use(r Requester, contact func(Transport) sip.Uri) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requester, m.contact = r, contact
}

// Name is the service's name.
func (m *Manager) Name() string { return "voice.trunk" }

// Start begins to ask and to register.
func (m *Manager) Start(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped {
		return lifecycle.ErrStopped
	}
	if m.running != nil {
		return nil
	}
	m.running, m.cancel = context.WithCancel(context.Background())
	for _, e := range m.entries {
		m.watch(e)
	}
	return nil
}

// Stop ends all watching and says goodbye at the carriers, as long as ctx lasts.
func (m *Manager) Stop(ctx context.Context) error {
	m.mu.Lock()
	m.stopped = true
	if m.cancel != nil {
		m.cancel()
	}
	m.mu.Unlock()
	done := make(chan struct{})
	go func() { m.work.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// watch starts the goroutines of an entry; with the lock held.
func (m *Manager) watch(e *entry) {
	if m.running == nil || m.stopped || m.requester == nil || e.trunk.Disabled {
		return
	}
	ctx, cancel := context.WithCancel(m.running)
	e.cancel = cancel
	for _, h := range e.hosts {
		m.work.Go(func() { m.keepAsking(ctx, e, h) })
	}
	if e.trunk.Register {
		e.gone = make(chan struct{})
		m.work.Go(func() { m.keepRegistered(ctx, e) })
	}
}

// Apply makes these the trunks in use. Trunks whose way to the carrier is unchanged keep state and registration,
// and every trunk keeps its count of calls.
func (m *Manager) Apply(trunks []Trunk) {
	set := NewSet(trunks)
	m.mu.Lock()
	defer m.mu.Unlock()
	entries := make(map[uuid.UUID]*entry, len(set.trunks))
	for _, t := range set.trunks {
		old := m.entries[t.ID]
		if old != nil && sameWay(old.trunk, t) {
			old.trunk = t
			entries[t.ID] = old
			continue
		}
		e := newEntry(t, old)
		entries[t.ID] = e
	}
	for id, old := range m.entries {
		if entries[id] != old && old.cancel != nil {
			old.cancel()
		}
	}
	for id, e := range entries {
		if m.entries[id] != e {
			m.watch(e)
		}
	}
	m.entries = entries
	m.set.Store(set)
	m.reindex()
}

// newEntry takes over the calls of the trunk as it was, and what is known of hosts that stay.
func newEntry(t Trunk, old *entry) *entry {
	e := &entry{id: t.ID, trunk: t, reg: registration{state: NotNeeded}}
	if t.Register && !t.Disabled {
		e.reg.state = Trying
	}
	for _, h := range t.hosts() {
		next := &hostEntry{host: h}
		if a, err := netip.ParseAddr(h.Name); err == nil {
			next.addresses = []netip.Addr{a.Unmap()}
		}
		if old != nil && old.trunk.Transport == t.Transport {
			for _, was := range old.hosts {
				if was.host == h {
					*next = *was
				}
			}
		}
		e.hosts = append(e.hosts, next)
	}
	if old != nil {
		e.calls, e.after = old.calls, old.gone
	}
	return e
}

// sameWay reports whether two versions of a trunk reach the carrier in the same way.
func sameWay(a, b Trunk) bool {
	return slices.Equal(a.Hosts, b.Hosts) && a.Transport == b.Transport && a.Username == b.Username &&
		a.Password == b.Password && a.Register == b.Register && a.Disabled == b.Disabled && a.Quiet == b.Quiet
}

// Set gives the trunks in use.
func (m *Manager) Set() *Set { return m.set.Load() }

// Choose gives the ways of a group in the order to try; see [Order]. Nil when the group has no usable trunk.
func (m *Manager) Choose(group string) []Candidate {
	set := m.set.Load()
	m.mu.Lock()
	var ways []Way
	for _, i := range set.groups[group] {
		if e := m.entries[set.trunks[i].ID]; e != nil {
			ways = append(ways, e.way())
		}
	}
	m.mu.Unlock()
	return Order(ways, m.cfg.Pick)
}

func (e *entry) way() Way {
	w := Way{Trunk: e.trunk, Calls: e.calls}
	for _, h := range e.hosts {
		w.Hosts = append(w.Hosts, HostState{Host: h.host, Address: h.address(), Down: h.health.state == Down})
	}
	return w
}

func (h *hostEntry) address() string {
	if len(h.addresses) == 0 {
		return h.host.String()
	}
	return netip.AddrPortFrom(h.addresses[0], uint16(h.host.Port)).String() // 1 to 65535
}

// Acquire takes one call's room on a trunk, for calls in and out. Without room, or when the trunk is gone or
// disabled, it gives false. release may be called more than once.
func (m *Manager) Acquire(id uuid.UUID) (release func(), ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entries[id]
	if e == nil || e.trunk.Disabled || e.trunk.MaxCalls > 0 && e.calls >= e.trunk.MaxCalls {
		return func() {}, false
	}
	e.calls++
	return sync.OnceFunc(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if e := m.entries[id]; e != nil && e.calls > 0 { // the entry of now: Apply may have made a new one
			e.calls--
		}
	}), true
}

// Report tells what a call learned of a host: whether it answered at all.
func (m *Manager) Report(id uuid.UUID, host Host, answered bool) {
	now := m.cfg.Clock.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entries[id]
	if e == nil {
		return
	}
	for _, h := range e.hosts {
		if h.host == host {
			h.health = next(h.health, answered, now)
		}
	}
}

// index finds trunks by the addresses of their hosts; it never changes.
type index struct {
	byAddress map[netip.Addr][]indexed
}

type indexed struct {
	trunk     Trunk
	port      int
	transport Transport
}

// reindex builds the index anew; with the lock held.
func (m *Manager) reindex() {
	ix := &index{byAddress: make(map[netip.Addr][]indexed)}
	for _, t := range m.set.Load().trunks {
		e := m.entries[t.ID]
		if t.Disabled || e == nil {
			continue
		}
		for _, h := range e.hosts {
			for _, a := range h.addresses {
				a = a.Unmap()
				ix.byAddress[a] = append(ix.byAddress[a], indexed{trunk: t, port: h.host.Port, transport: t.Transport})
			}
		}
	}
	m.index.Store(ix)
}

// Identify tells which trunk a request came by. The address decides; when several trunks share it, the transport
// and then the port do, and then the order of the trunks.
func (m *Manager) Identify(addr netip.AddrPort, transport string) (Trunk, bool) {
	found := m.index.Load().byAddress[addr.Addr().Unmap()]
	best, score := -1, -1
	for i, f := range found {
		s := 0
		if strings.EqualFold(string(f.transport), transport) {
			s += 2
		}
		if f.port == int(addr.Port()) {
			s++
		}
		if s > score {
			best, score = i, s
		}
	}
	if best < 0 {
		return Trunk{}, false
	}
	return found[best].trunk, true
}

// Knows reports whether an address is one of a trunk's hosts; the guard asks it for every packet.
func (m *Manager) Knows(addr netip.Addr) bool {
	return len(m.index.Load().byAddress[addr.Unmap()]) > 0
}

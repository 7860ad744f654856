package registrar

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/platform/clock"
	"yingda/internal/voice/sip/digest"
)

// Credentials knows the phones' passwords by their hashes; see [digest.Credentials].
type Credentials interface {
	HA1(ctx context.Context, user, realm string, algorithm string) (string, bool, error)
}

// Offerer is what [Credentials] may be besides: who keeps the hashes says which of them phones are offered.
type Offerer interface {
	// OffersSHA256 is asked once, when the registrar is made; true is Config.SHA256.
	OffersSHA256() bool
}

// Config makes a [Registrar]. Zero values are replaced by what stands beside them.
type Config struct {
	Realm       string
	Clock       clock.Clock
	Credentials Credentials

	MinExpires     time.Duration // 60 s; less is answered 423
	MaxExpires     time.Duration // 1 h; more is cut
	DefaultExpires time.Duration // 10 min, when the phone does not say
	MaxContacts    int           // 8 per phone
	MaxBindings    int           // 100,000 altogether

	Failures int           // 8 wrong passwords of one user from one address lock that pair
	Within   time.Duration // 10 min: failures older than that are forgotten
	LockFor  time.Duration // 10 min
	SHA256   bool          // offer SHA-256 in front of MD5: only where all phones can read two challenges; see package digest
	NoMD5    bool          // take SHA-256 only

	// Changed is told after the bindings of a phone changed or ended; it must not block. May be nil.
	Changed func(phone string, registered bool)
}

func (c *Config) defaults() {
	set := func(d *time.Duration, to time.Duration) {
		if *d <= 0 {
			*d = to
		}
	}
	set(&c.MinExpires, time.Minute)
	set(&c.MaxExpires, time.Hour)
	set(&c.DefaultExpires, 10*time.Minute)
	set(&c.Within, 10*time.Minute)
	set(&c.LockFor, 10*time.Minute)
	for _, n := range []struct {
		at *int
		to int
	}{{&c.MaxContacts, 8}, {&c.MaxBindings, 100_000}, {&c.Failures, 8}} {
		if *n.at <= 0 {
			*n.at = n.to
		}
	}
	if c.Changed == nil {
		c.Changed = func(string, bool) {}
	}
}

// Registrar holds the bindings. Safe for concurrent use.
type Registrar struct {
	cfg    Config
	digest *digest.Server
	locks  *locks

	mu     sync.RWMutex
	phones map[string][]Binding
	flows  map[Flow][]string  // the phone of each binding that came by it
	hosts  map[netip.Addr]int // how many bindings came from the address, for senders behind one NAT
	count  int
	swept  time.Time
}

// New makes a registrar without bindings.
func New(c Config) *Registrar {
	c.defaults()
	if o, ok := c.Credentials.(Offerer); ok && o.OffersSHA256() {
		c.SHA256 = true
	}
	return &Registrar{
		cfg:    c,
		digest: digest.New(digest.Config{Realm: c.Realm, Clock: c.Clock, SHA256: c.SHA256, NoMD5: c.NoMD5}),
		locks:  newLocks(c.Failures, c.Within, c.LockFor),
		phones: make(map[string][]Binding),
		flows:  make(map[Flow][]string),
		hosts:  make(map[netip.Addr]int),
	}
}

// Lookup gives the live bindings of a phone in the order to try: by q, of equals the one heard last.
func (r *Registrar) Lookup(phone string) []Binding {
	now := r.cfg.Clock.Now()
	r.mu.RLock()
	defer r.mu.RUnlock()
	var out []Binding
	for _, b := range r.phones[phone] {
		if b.Expires.After(now) {
			b.Contact = *b.Contact.Clone()
			out = append(out, b)
		}
	}
	byPreference(out)
	return out
}

// Phone tells which phone speaks from a flow: the one that registered by it. When several phones share the flow
// (a gateway), the name given decides, if it is one of them.
func (r *Registrar) Phone(f Flow, name string) (string, bool) {
	now := r.cfg.Clock.Now()
	r.mu.RLock()
	defer r.mu.RUnlock()
	only := ""
	for _, phone := range r.flows[f] {
		if !r.live(phone, f, now) {
			continue
		}
		if phone == name {
			return name, true
		}
		if only != "" && only != phone {
			return "", false
		}
		only = phone
	}
	return only, only != ""
}

func (r *Registrar) live(phone string, f Flow, now time.Time) bool {
	for _, b := range r.phones[phone] {
		if b.Flow == f && b.Expires.After(now) {
			return true
		}
	}
	return false
}

// Knows reports whether somebody is registered by this flow, or for a connection not yet used, from this address.
// The guard gives such senders larger limits.
func (r *Registrar) Knows(network string, source netip.AddrPort) bool {
	f := Flow{Network: network, Source: source}
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.flows[f]) > 0 || network != "udp" && r.hosts[source.Addr()] > 0
}

// Snapshot gives all live bindings, by phone and then the one heard last first.
func (r *Registrar) Snapshot() []Registration {
	now := r.cfg.Clock.Now()
	r.mu.RLock()
	live := make([]Binding, 0, r.count)
	for _, bindings := range r.phones {
		for _, b := range bindings {
			if b.Expires.After(now) {
				live = append(live, b)
			}
		}
	}
	r.mu.RUnlock() // the texts are made without it: the listeners ask Knows for every message
	out := make([]Registration, 0, len(live))
	for _, b := range live {
		out = append(out, Registration{
			Phone: b.Phone, Contact: b.Contact.String(), Network: b.Flow.Network, Source: b.Flow.Source.String(),
			UserAgent: b.UserAgent, Since: b.Since, Refreshed: b.Refreshed, Expires: b.Expires,
		})
	}
	slices.SortFunc(out, func(a, b Registration) int {
		if c := strings.Compare(a.Phone, b.Phone); c != 0 {
			return c
		}
		return b.Refreshed.Compare(a.Refreshed)
	})
	return out
}

// Remove ends all bindings of a phone: it was deleted, or its password changed.
func (r *Registrar) Remove(phone string) {
	r.mu.Lock()
	had := len(r.phones[phone]) > 0
	r.replace(phone, nil)
	r.mu.Unlock()
	if had {
		r.cfg.Changed(phone, false)
	}
}

// FlowClosed ends the bindings of a TCP or TLS connection that has closed (RFC 5626 4.4).
func (r *Registrar) FlowClosed(network string, source netip.AddrPort) {
	f := Flow{Network: network, Source: source}
	r.mu.Lock()
	phones := slices.Clone(r.flows[f])
	slices.Sort(phones)
	changed := r.keep(slices.Compact(phones), func(b Binding) bool { return b.Flow != f })
	r.mu.Unlock()
	r.tell(changed)
}

// Sweep takes expired bindings out of memory. Handling a REGISTER sweeps by itself now and then; an owner may
// call it more often so that Changed comes in time.
func (r *Registrar) Sweep() {
	now := r.cfg.Clock.Now()
	r.mu.Lock()
	changed := r.sweep(now)
	r.mu.Unlock()
	r.tell(changed)
}

func (r *Registrar) sweep(now time.Time) []change {
	r.swept = now
	phones := make([]string, 0, len(r.phones))
	for phone := range r.phones {
		phones = append(phones, phone)
	}
	return r.keep(phones, func(b Binding) bool { return b.Expires.After(now) })
}

type change struct {
	phone      string
	registered bool
}

func (r *Registrar) tell(changed []change) {
	for _, c := range changed {
		r.cfg.Changed(c.phone, c.registered)
	}
}

// keep drops the bindings of the phones for which want is false; with the lock held.
func (r *Registrar) keep(phones []string, want func(Binding) bool) []change {
	var changed []change
	for _, phone := range phones {
		bindings := r.phones[phone]
		if !slices.ContainsFunc(bindings, func(b Binding) bool { return !want(b) }) {
			continue
		}
		left := make([]Binding, 0, len(bindings))
		for _, b := range bindings {
			if want(b) {
				left = append(left, b)
			}
		}
		r.replace(phone, left)
		changed = append(changed, change{phone, len(left) > 0})
	}
	return changed
}

// replace sets the bindings of a phone and keeps flows, hosts and count right; with the lock held.
func (r *Registrar) replace(phone string, with []Binding) {
	for _, b := range r.phones[phone] {
		r.count--
		if r.hosts[b.Flow.Source.Addr()]--; r.hosts[b.Flow.Source.Addr()] <= 0 {
			delete(r.hosts, b.Flow.Source.Addr())
		}
		names := r.flows[b.Flow]
		if i := slices.Index(names, phone); i >= 0 {
			names = slices.Delete(names, i, i+1)
		}
		if len(names) == 0 {
			delete(r.flows, b.Flow)
		} else {
			r.flows[b.Flow] = names
		}
	}
	for _, b := range with {
		r.count++
		r.flows[b.Flow] = append(r.flows[b.Flow], phone)
		r.hosts[b.Flow.Source.Addr()]++
	}
	if len(with) == 0 {
		delete(r.phones, phone)
		return
	}
	r.phones[phone] = with
}

// respond makes an answer to a request.
func respond(req *sip.Request, status int, reason string) *sip.Response {
	return sip.NewResponseFromRequest(req, status, reason, nil)
}

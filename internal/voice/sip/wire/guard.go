package wire

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"yingda/internal/platform/clock"
)

// Class says whom a message is from; a closed list.
type Class uint8

// The classes. A trunk's address is configured, a phone's flow is registered; the others are strangers.
const (
	Stranger Class = iota
	Phone
	Trunk
)

// Classify tells the class of a source. It is called for every message and must be quick and not block.
type Classify func(network string, source netip.AddrPort) Class

// Rate is a token bucket: PerSecond in the long run, Burst at once.
type Rate struct {
	PerSecond float64
	Burst     float64
}

func (r Rate) or(d Rate) Rate {
	if r.PerSecond <= 0 || r.Burst <= 0 {
		return d
	}
	return r
}

// GuardConfig holds the limits in messages. Zero values are replaced by what stands beside them. Strangers together
// stay below Registers, so that phones that are known can always refresh.
type GuardConfig struct {
	Clock    clock.Clock
	Classify Classify // nil: everybody is a stranger

	Trunk     Rate // 8,000/s, 16,000: per trunk address
	Phone     Rate // 20/s, 60: per registered flow
	Stranger  Rate // 20/s, 100: per address (IPv6: per /64)
	Strangers Rate // 400/s, 800: all strangers together
	Registers Rate // 500/s, 1,000: all REGISTERs together, but for those of trunks
	Connects  Rate // 100/s, 200: new TCP and TLS connections of all but trunks together; one of the sender's own messages each
	Answers   Rate // 50/s, 100: our stateless answers to bad requests

	Scanners []string // lower case; a User-Agent of a stranger that contains one is dropped. nil takes a known list
	Slots    int      // buckets in the table of strangers, and of phones; 32,768 (16 bytes each)
}

// Guard decides whether there is room for one more message. Its memory is fixed. Safe for concurrent use.
type Guard struct {
	cfg  GuardConfig
	seed maphash.Seed

	mu        sync.Mutex
	strangers []bucket // two rows: a source counts in one place of each, and the fuller of them decides
	phones    []bucket
	trunks    map[netip.Addr]*bucket // of addresses that Classify named, at most maxTrunkAddresses
	all       bucket
	registers bucket
	connects  bucket
	answers   bucket
}

// maxTrunkAddresses bounds the map of trunks against a Classify that calls everybody one.
const maxTrunkAddresses = 4096

// scanners are names that tools of attackers give themselves; no phone is called so.
var scanners = []string{
	"friendly-scanner", "sipvicious", "sipcli", "sip-scan", "sipscan", "sundayddr", "pplsip", "vaxsipuseragent",
	"iwar", "sivus", "gulp", "siparmyknife", "test agent", "smap",
}

// NewGuard makes a guard with full buckets.
func NewGuard(c GuardConfig) *Guard {
	c.Trunk = c.Trunk.or(Rate{8000, 16000})
	c.Phone = c.Phone.or(Rate{20, 60})
	c.Stranger = c.Stranger.or(Rate{20, 100})
	c.Strangers = c.Strangers.or(Rate{400, 800})
	c.Registers = c.Registers.or(Rate{500, 1000})
	c.Connects = c.Connects.or(Rate{100, 200})
	c.Answers = c.Answers.or(Rate{50, 100})
	if c.Scanners == nil {
		c.Scanners = scanners
	}
	if c.Slots <= 0 {
		c.Slots = 32768
	}
	if c.Classify == nil {
		c.Classify = func(string, netip.AddrPort) Class { return Stranger }
	}
	g := &Guard{
		cfg: c, seed: maphash.MakeSeed(), trunks: make(map[netip.Addr]*bucket),
		strangers: make([]bucket, 2*c.Slots), phones: make([]bucket, 2*c.Slots),
	}
	now := c.Clock.Now()
	g.all.fill(c.Strangers, now)
	g.registers.fill(c.Registers, now)
	g.connects.fill(c.Connects, now)
	g.answers.fill(c.Answers, now)
	return g
}

// bucket holds what is left at a moment. The zero value is a full bucket that was never used.
type bucket struct {
	left float64
	at   int64 // nanoseconds since 1970 of the last look, 0 never
}

func (b *bucket) fill(r Rate, now time.Time) { b.left, b.at = r.Burst, now.UnixNano() }

// level brings the bucket up to now.
func (b *bucket) level(r Rate, now int64) float64 {
	switch {
	case b.at == 0:
		b.left = r.Burst
	case now > b.at:
		b.left = min(r.Burst, b.left+float64(now-b.at)/1e9*r.PerSecond)
	}
	b.at = max(now, b.at)
	return b.left
}

func (b *bucket) take(r Rate, now int64) bool {
	if b.level(r, now) < 1 {
		return false
	}
	b.left--
	return true
}

// Admit decides about one message that passed Check. It gives "" or the reason of refusal.
func (g *Guard) Admit(network string, source netip.AddrPort, message []byte) Reason {
	h, wrong := inspect(message)
	if wrong != nil {
		return wrong.Reason
	}
	return g.admit(network, source, &h)
}

func (g *Guard) admit(network string, source netip.AddrPort, h *head) Reason {
	class := g.cfg.Classify(network, source)
	if class == Stranger && h.request && g.scanner(h.userAgent) {
		return Scanner
	}
	now := g.cfg.Clock.Now().UnixNano()
	register := h.request && equalFold(h.method, "register")
	g.mu.Lock()
	defer g.mu.Unlock()
	switch class {
	case Trunk:
		if !g.trunk(source.Addr()).take(g.cfg.Trunk, now) {
			return Limited
		}
		return ""
	case Phone:
		if !g.pair(g.phones, g.hash(source.Addr(), source.Port()), g.cfg.Phone, now) {
			return Limited
		}
	default:
		if !g.pair(g.strangers, g.hash(unit(source.Addr()), 0), g.cfg.Stranger, now) || !g.all.take(g.cfg.Strangers, now) {
			return Limited
		}
	}
	if register && !g.registers.take(g.cfg.Registers, now) {
		return Limited
	}
	return ""
}

// mayConnect decides about a new connection: a handshake costs more than a message.
func (g *Guard) mayConnect(network string, source netip.AddrPort) bool {
	class := g.cfg.Classify(network, source)
	if class == Trunk {
		return true
	}
	now := g.cfg.Clock.Now().UnixNano()
	table, rate := g.strangers, g.cfg.Stranger
	if class == Phone {
		table, rate = g.phones, g.cfg.Phone
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.pair(table, g.hash(unit(source.Addr()), 0), rate, now) && g.connects.take(g.cfg.Connects, now)
}

// mayAnswer takes one of the answers to bad requests; they too are limited per source.
func (g *Guard) mayAnswer(network string, source netip.AddrPort) bool {
	class := g.cfg.Classify(network, source)
	now := g.cfg.Clock.Now().UnixNano()
	g.mu.Lock()
	defer g.mu.Unlock()
	if class == Stranger && !g.pair(g.strangers, g.hash(unit(source.Addr()), 0), g.cfg.Stranger, now) {
		return false
	}
	return g.answers.take(g.cfg.Answers, now)
}

func (g *Guard) trunk(a netip.Addr) *bucket {
	a = a.Unmap()
	b := g.trunks[a]
	if b == nil {
		if len(g.trunks) >= maxTrunkAddresses {
			clear(g.trunks) // full buckets again; Classify names far fewer
		}
		b = &bucket{}
		g.trunks[a] = b
	}
	return b
}

// pair takes from both places of a source. One of them may be shared with an attacker's sources, hardly both.
func (g *Guard) pair(table []bucket, hash uint64, r Rate, now int64) bool {
	n := uint64(len(table) / 2)
	a, b := &table[hash%n], &table[n+(hash>>32)%n]
	if max(a.level(r, now), b.level(r, now)) < 1 {
		return false
	}
	a.left, b.left = max(a.left-1, 0), max(b.left-1, 0)
	return true
}

func (g *Guard) hash(a netip.Addr, port uint16) uint64 {
	var b [18]byte
	whole := a.As16()
	copy(b[:], whole[:])
	b[16], b[17] = byte(port>>8), byte(port)
	return maphash.Bytes(g.seed, b[:])
}

// unit is what one sender has: an IPv4 address, or a /64 of IPv6.
func unit(a netip.Addr) netip.Addr {
	a = a.Unmap()
	if a.Is4() {
		return a
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a
	}
	return p.Addr()
}

// maxAgent is how much of a User-Agent is looked at.
const maxAgent = 120

func (g *Guard) scanner(agent []byte) bool {
	agent = agent[:min(len(agent), maxAgent)]
	for _, name := range g.cfg.Scanners {
		for i := 0; i+len(name) <= len(agent); i++ {
			if equalFold(agent[i:i+len(name)], name) {
				return true
			}
		}
	}
	return false
}

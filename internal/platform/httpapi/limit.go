package httpapi

import (
	"hash/maphash"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"yingda/internal/platform/clock"
)

// rateLimit lets each address do so many requests per second, with a burst saved up. It is the generic
// cell rate algorithm: one time per address says when its savings will be full again, so there is nothing
// to refill. Addresses whose savings are full are forgotten.
type rateLimit struct {
	clock    clock.Clock
	loopback bool
	interval time.Duration // one request costs this much
	burst    time.Duration // and this much may be owed
	seed     maphash.Seed
	shards   [16]rateShard
}

type rateShard struct {
	mu    sync.Mutex
	owed  map[netip.Addr]time.Time // when the address will owe nothing
	sweep int                      // map size at which full savings are forgotten
}

const firstSweep = 1024

func newRateLimit(l Limits, c clock.Clock) *rateLimit {
	r := &rateLimit{
		clock: c, loopback: l.LimitLoopback, seed: maphash.MakeSeed(),
		interval: time.Duration(float64(time.Second) / l.ClientRate),
	}
	r.burst = r.interval * time.Duration(l.ClientBurst)
	for i := range r.shards {
		r.shards[i] = rateShard{owed: map[netip.Addr]time.Time{}, sweep: firstSweep}
	}
	return r
}

// take pays for one request, or says how long to wait.
func (l *rateLimit) take(r *http.Request) (wait time.Duration, ok bool) {
	addr := remoteAddr(r)
	if addr.IsLoopback() && !l.loopback {
		return 0, true
	}
	if addr.Is6() { // one household or office: the provider hands out /64
		addr = netip.PrefixFrom(addr.WithZone(""), 64).Masked().Addr()
	}
	s := &l.shards[maphash.Comparable(l.seed, addr)%uint64(len(l.shards))]
	now := l.clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	full := s.owed[addr]
	if full.Before(now) {
		full = now
	}
	full = full.Add(l.interval)
	if excess := full.Sub(now) - l.burst; excess > 0 {
		return excess, false
	}
	s.owed[addr] = full
	if len(s.owed) >= s.sweep {
		for a, t := range s.owed {
			if t.Before(now) {
				delete(s.owed, a)
			}
		}
		s.sweep = max(firstSweep, 2*len(s.owed))
	}
	return 0, true
}

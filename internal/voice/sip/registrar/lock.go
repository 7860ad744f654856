package registrar

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

const (
	maxFailures = 20_000 // pairs and addresses remembered
	perAddress  = 10     // an address may fail this many times as often as one user of it
)

// locks counts wrong passwords by (address, user) and by address. The oldest entries give way when there are too
// many, so that an attacker with many addresses costs bounded memory.
type locks struct {
	failures     int
	within, hold time.Duration

	mu      sync.Mutex
	entries map[lockKey]*list.Element
	order   *list.List // *lockEntry, the one touched longest ago in front
}

// lockKey is a pair, or with an empty user the address.
type lockKey struct {
	address netip.Addr
	user    string
}

type lockEntry struct {
	key   lockKey
	count int
	first time.Time // of the failures counted
	until time.Time // locked until
}

func newLocks(failures int, within, hold time.Duration) *locks {
	return &locks{failures: failures, within: within, hold: hold, entries: make(map[lockKey]*list.Element), order: list.New()}
}

// source is the unit of addresses that one sender has: an IPv4 address, or a /64 of IPv6.
func source(a netip.Addr) netip.Addr {
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

// locked reports whether an address, or a user from it, is locked out.
func (l *locks) locked(address netip.Addr, user string, now time.Time) bool {
	address = source(address)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range [2]lockKey{{address: address}, {address, user}} {
		if e := l.entries[k]; e != nil && now.Before(e.Value.(*lockEntry).until) {
			return true
		}
	}
	return false
}

// fail counts a wrong attempt and reports whether it locked.
func (l *locks) fail(address netip.Addr, user string, now time.Time) bool {
	address = source(address)
	l.mu.Lock()
	defer l.mu.Unlock()
	byAddress := l.count(lockKey{address: address}, l.failures*perAddress, now)
	byUser := user != "" && l.count(lockKey{address, user}, l.failures, now)
	return byAddress || byUser
}

func (l *locks) count(k lockKey, limit int, now time.Time) bool {
	el := l.entries[k]
	if el == nil {
		if l.order.Len() >= maxFailures {
			oldest := l.order.Front()
			delete(l.entries, oldest.Value.(*lockEntry).key)
			l.order.Remove(oldest)
		}
		el = l.order.PushBack(&lockEntry{key: k, first: now})
		l.entries[k] = el
	}
	l.order.MoveToBack(el)
	e := el.Value.(*lockEntry)
	if now.Sub(e.first) > l.within {
		e.count, e.first = 0, now
	}
	if e.count++; e.count < limit {
		return false
	}
	e.count, e.first, e.until = 0, now, now.Add(l.hold)
	return true
}

// right forgets the failures of a user who has proved himself.
func (l *locks) right(address netip.Addr, user string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := lockKey{source(address), user}
	if el := l.entries[k]; el != nil {
		delete(l.entries, k)
		l.order.Remove(el)
	}
}

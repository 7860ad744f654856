package identity

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
)

// How long what the cache knows may be used.
const (
	// refreshAfter is when a session is read again although nobody told of a change.
	refreshAfter = 2 * time.Minute
	// offlineFor is how long a session that was read goes on while PostgreSQL is away (architecture section 6, rule 6).
	offlineFor = 4 * time.Hour
	// retryAfter is the pause between attempts to read again while it is away.
	retryAfter = 5 * time.Second
	shards     = 64
)

// view is what one reading of the database told about a session or token. It is immutable.
type view struct {
	actor     *actor.Actor // as of the address below
	address   string
	networks  []netip.Prefix // a token's; empty: from anywhere
	method    string
	expires   time.Time // nothing lasts longer
	idle      time.Duration
	confirmed time.Time // when the database said so
	refresh   time.Time // when to read again
}

// entry is a session or token that was seen.
type entry struct {
	hash    tokenHash
	account uuid.UUID
	staff   uuid.UUID
	id      uuid.UUID // of the session or token
	program bool

	view    atomic.Pointer[view]
	stale   atomic.Bool
	seen    atomic.Int64 // unix nanoseconds of the last request
	written atomic.Int64 // what the database knows of it
}

// usable reports that the entry answers without the database.
func (e *entry) usable(v *view, now time.Time) bool {
	return !e.stale.Load() && now.Before(v.refresh) && now.Before(v.expires) &&
		(v.idle == 0 || now.UnixNano()-e.seen.Load() < int64(v.idle))
}

// cache remembers sessions and tokens by the hash of their secret. No lock is held while reading the database.
type cache struct {
	parts [shards]struct {
		sync.RWMutex
		entries map[tokenHash]*entry
	}
	// changes counts what was forgotten: a reading that began before a change is not believed after it.
	changes atomic.Uint64
}

func newCache() *cache {
	c := &cache{}
	for i := range c.parts {
		c.parts[i].entries = map[tokenHash]*entry{}
	}
	return c
}

func (c *cache) get(h tokenHash) *entry {
	p := &c.parts[h[0]%shards]
	p.RLock()
	e := p.entries[h]
	p.RUnlock()
	return e
}

// put remembers an entry that was read when the number of changes was as given.
func (c *cache) put(e *entry, changes uint64) {
	p := &c.parts[e.hash[0]%shards]
	p.Lock()
	p.entries[e.hash] = e
	p.Unlock()
	if c.changes.Load() != changes {
		e.stale.Store(true)
	}
}

func (c *cache) drop(h tokenHash) {
	p := &c.parts[h[0]%shards]
	p.Lock()
	delete(p.entries, h)
	p.Unlock()
}

// each calls f with every entry; f may not call the cache.
func (c *cache) each(f func(e *entry) (remove bool)) {
	for i := range c.parts {
		p := &c.parts[i]
		p.Lock()
		for h, e := range p.entries {
			if f(e) {
				delete(p.entries, h)
			}
		}
		p.Unlock()
	}
}

// forget makes the entries that match be read again before they are used; cut ones are removed, so that they need
// the database.
func (c *cache) forget(match func(e *entry) bool, cut bool) {
	c.changes.Add(1)
	c.each(func(e *entry) bool {
		if !match(e) {
			return false
		}
		e.stale.Store(true)
		return cut
	})
}

package organization

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"yingda/internal/organization/internal/db"
)

const (
	// cacheFresh is how long a snapshot is believed without asking for its revision.
	cacheFresh = 2 * time.Second
	// cacheAsk bounds the asking when an older snapshot could serve.
	cacheAsk = 3 * time.Second
	// cacheWait is how long a change of this process is looked for that may have been rolled back.
	cacheWait = 10 * time.Second
)

// cache holds one immutable snapshot of rows whose revision says whether it is the newest.
type cache[T any] struct {
	cfg  Config
	name string
	load func(ctx context.Context, revision int64) (value T, until time.Time, err error)

	loading sync.Mutex
	held    atomic.Pointer[held[T]]
	wanted  atomic.Pointer[wanted]
}

type held[T any] struct {
	value    T
	revision int64
	checked  time.Time
	until    time.Time // when the snapshot changes by itself; zero: never
}

// wanted is the revision of a change that this process made.
type wanted struct {
	revision int64
	since    time.Time
}

func newCache[T any](cfg Config, name string, load func(context.Context, int64) (T, time.Time, error)) *cache[T] {
	return &cache[T]{cfg: cfg, name: name, load: load}
}

// want makes the snapshot be looked at anew until it has this revision.
func (c *cache[T]) want(revision int64) {
	next := &wanted{revision: revision, since: c.cfg.Clock.Now()}
	for {
		old := c.wanted.Load()
		if old != nil && old.revision >= revision || c.wanted.CompareAndSwap(old, next) {
			return
		}
	}
}

// fresh gives the snapshot when it need not be asked for.
func (c *cache[T]) fresh(now time.Time) (h *held[T], ok bool) {
	h = c.held.Load()
	if h == nil {
		return nil, false
	}
	if w := c.wanted.Load(); w != nil && h.revision < w.revision && now.Sub(w.since) < cacheWait {
		return h, false
	}
	return h, now.Sub(h.checked) < cacheFresh && (h.until.IsZero() || now.Before(h.until))
}

// get gives the snapshot, at most cacheFresh old, or the last one while the database is away.
func (c *cache[T]) get(ctx context.Context) (T, error) {
	now := c.cfg.Clock.Now()
	if h, ok := c.fresh(now); ok {
		return h.value, nil
	}
	return c.ask(ctx, now, false)
}

// newest gives the snapshot as the database has it now, or the last one while it is away.
func (c *cache[T]) newest(ctx context.Context) (T, error) { return c.ask(ctx, c.cfg.Clock.Now(), true) }

// ask reads the revision, and the rows when there is a newer one. Unless always, somebody else may have done so while
// we waited for the lock.
func (c *cache[T]) ask(ctx context.Context, now time.Time, always bool) (T, error) {
	c.loading.Lock()
	defer c.loading.Unlock()
	h, ok := c.fresh(now)
	if ok && !always {
		return h.value, nil
	}
	if h == nil {
		next, err := c.read(ctx, nil, now)
		if err != nil {
			var none T
			return none, err
		}
		return next.value, nil
	}
	ask, cancel := context.WithTimeout(ctx, cacheAsk)
	defer cancel()
	next, err := c.read(ask, h, now)
	if err != nil {
		c.cfg.Logger.WarnContext(ctx, "organization goes on with an older snapshot", "of", c.name, "error", err)
		again := *h
		again.checked = now
		c.held.Store(&again)
		return h.value, nil
	}
	return next.value, nil
}

// read brings the snapshot up to date.
func (c *cache[T]) read(ctx context.Context, h *held[T], now time.Time) (*held[T], error) {
	revision, err := db.New(c.cfg.Pool).Revision(ctx, c.name)
	if err != nil {
		return nil, fmt.Errorf("read the revision of %s: %w", c.name, err)
	}
	next := &held[T]{revision: revision, checked: now}
	if h != nil && h.revision == revision && (h.until.IsZero() || now.Before(h.until)) {
		next.value, next.until = h.value, h.until
	} else if next.value, next.until, err = c.load(ctx, revision); err != nil {
		// Rows may be newer than the revision read before them; then it is found to have grown, and they are read again.
		return nil, fmt.Errorf("read %s: %w", c.name, err)
	}
	c.held.Store(next)
	return next, nil
}

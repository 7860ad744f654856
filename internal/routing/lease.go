package routing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"yingda/internal/platform/bus"
)

// Who leads is one entry of a bucket in memory, renewed by its owner and taken by another when nobody has renewed it.
// How long ago it was renewed is measured by each watcher with its own clock from the moment at which it saw the
// renewal, so clocks need not agree. The epoch rises with each leader and lies on disk, so that it never repeats: see
// docs/decisions.
const (
	leaseBucket = "routing_lease"
	epochBucket = "routing_epoch"
	leaseKey    = "leader"
	renewEvery  = 500 * time.Millisecond
	leaseFor    = 2 * time.Second
)

// leaseEntry is the value of the lease.
type leaseEntry struct {
	Node     string `json:"node"`
	Instance uint64 `json:"instance"`
	Epoch    uint64 `json:"epoch"`
	Renewal  uint64 `json:"renewal"`
}

// lease is the entry as this process sees it.
type lease struct {
	s          *Service
	kv, epochs *bus.KeyValue

	mu       sync.Mutex
	current  bool // all that was there has been told
	entry    leaseEntry
	revision uint64 // 0: there is none
	seen     time.Time
	changed  chan struct{}
}

func openLease(ctx context.Context, s *Service) (*lease, error) {
	kv, err := s.cfg.Bus.KeyValue(ctx, bus.KeyValueConfig{Name: leaseBucket, InMemory: true})
	if err != nil {
		return nil, fmt.Errorf("open the lease of routing: %w", err)
	}
	epochs, err := s.cfg.Bus.KeyValue(ctx, bus.KeyValueConfig{Name: epochBucket, SyncAlways: true})
	if err != nil {
		return nil, fmt.Errorf("open the epoch of routing: %w", err)
	}
	return &lease{s: s, kv: kv, epochs: epochs, changed: make(chan struct{}, 1)}, nil
}

// note takes what the watch tells.
func (l *lease) note(_ context.Context, c bus.Change) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch c.Kind {
	case bus.CaughtUp:
		l.current = true
	case bus.EntryDeleted:
		l.entry, l.revision = leaseEntry{}, 0
	case bus.EntryPut:
		var e leaseEntry
		if json.Unmarshal(c.Entry.Value, &e) != nil {
			e = leaseEntry{} // not ours to read: it is taken when nobody renews it
		}
		l.entry, l.revision = e, c.Entry.Revision
	}
	l.seen = l.s.cfg.Clock.Now()
	signal(l.changed)
}

// free tells whether the lease may be taken now, or after how long to look again, with the revision to be replaced.
func (l *lease) free(now time.Time) (revision uint64, wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch age := now.Sub(l.seen); {
	case !l.current:
		return 0, renewEvery, false
	case l.revision == 0:
		return 0, 0, true
	case age >= leaseFor:
		return l.revision, 0, true
	default:
		return 0, leaseFor - age, false
	}
}

// holder gives who leads, as far as this process knows.
func (l *lease) holder() (leaseEntry, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.entry, l.revision != 0 && l.s.cfg.Clock.Now().Sub(l.seen) < leaseFor
}

// take makes this process the leader of a new epoch, or fails because another was first.
func (l *lease) take(ctx context.Context, revision uint64) (leaseEntry, uint64, error) {
	epoch, err := l.nextEpoch(ctx)
	if err != nil {
		return leaseEntry{}, 0, err
	}
	e := leaseEntry{Node: l.s.cfg.Node, Instance: l.s.instance, Epoch: epoch}
	if revision == 0 {
		revision, err = l.kv.Create(ctx, leaseKey, encode(e))
	} else {
		revision, err = l.kv.Update(ctx, leaseKey, encode(e), revision)
	}
	return e, revision, err
}

// nextEpoch raises the epoch on disk.
func (l *lease) nextEpoch(ctx context.Context) (uint64, error) {
	for {
		e, err := l.epochs.Get(ctx, "epoch")
		if errors.Is(err, bus.ErrNoKey) {
			if _, err = l.epochs.Create(ctx, "epoch", []byte("1")); err == nil {
				return 1, nil
			}
		} else if err == nil {
			var last uint64
			if last, err = strconv.ParseUint(string(e.Value), 10, 64); err != nil {
				return 0, fmt.Errorf("read the epoch of routing: %w", err)
			}
			if _, err = l.epochs.Update(ctx, "epoch", strconv.AppendUint(nil, last+1, 10), e.Revision); err == nil {
				return last + 1, nil
			}
		}
		if !errors.Is(err, bus.ErrRevision) && !errors.Is(err, bus.ErrKeyExists) {
			return 0, fmt.Errorf("raise the epoch of routing: %w", err)
		}
	}
}

// keep renews the lease until ctx ends, which gives it back, or until somebody else has it. While the bus is away it
// stays ours: whoever hears us has nobody else.
func (l *lease) keep(ctx context.Context, mine leaseEntry, revision uint64) {
	timer := l.s.cfg.Clock.NewTimer(renewEvery)
	defer timer.Stop()
	for {
		timer.Reset(renewEvery)
		select {
		case <-ctx.Done():
			give, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			_ = l.kv.DeleteRevision(give, leaseKey, revision) // who cannot, lets it run out
			return
		case <-timer.C():
		}
		mine.Renewal++
		call, cancel := context.WithTimeout(ctx, leaseFor)
		next, err := l.renew(call, mine, revision)
		cancel()
		if errors.Is(err, errTaken) {
			return
		}
		if err == nil {
			revision = next
		}
	}
}

var errTaken = errors.New("another router leads")

func (l *lease) renew(ctx context.Context, mine leaseEntry, revision uint64) (uint64, error) {
	next, err := l.kv.Update(ctx, leaseKey, encode(mine), revision)
	if err == nil || !errors.Is(err, bus.ErrRevision) && !errors.Is(err, bus.ErrNoKey) {
		return next, err
	}
	e, err := l.kv.Get(ctx, leaseKey)
	switch {
	case errors.Is(err, bus.ErrNoKey): // the store was started again and has forgotten it
		next, err = l.kv.Create(ctx, leaseKey, encode(mine))
		if errors.Is(err, bus.ErrKeyExists) {
			return 0, errTaken
		}
		return next, err
	case err != nil:
		return 0, err
	}
	var there leaseEntry
	if json.Unmarshal(e.Value, &there) == nil && there.Instance == mine.Instance && there.Epoch == mine.Epoch {
		return l.kv.Update(ctx, leaseKey, encode(mine), e.Revision) // ours: the answer to a renewal was lost
	}
	return 0, errTaken
}

// Router leads whenever nobody else does, until stopped. One per process that has the role.
func (s *Service) elect(ctx context.Context) error {
	if err := s.openBuckets(ctx); err != nil {
		return err
	}
	l, err := openLease(ctx, s)
	if err != nil {
		return err
	}
	w, err := l.kv.Watch(leaseKey, l.note)
	if err != nil {
		return fmt.Errorf("watch the lease of routing: %w", err)
	}
	defer func() { _ = w.Stop(context.WithoutCancel(ctx)) }()
	s.lease.Store(l)
	timer := s.cfg.Clock.NewTimer(renewEvery)
	defer timer.Stop()
	for ctx.Err() == nil {
		revision, wait, ok := l.free(s.cfg.Clock.Now())
		if ok && w.Current() {
			mine, revision, err := l.take(ctx, revision)
			if err == nil {
				s.lead(ctx, l, mine, revision)
				continue
			}
			wait = renewEvery / 5
			if !errors.Is(err, bus.ErrRevision) && !errors.Is(err, bus.ErrKeyExists) {
				s.cfg.Logger.WarnContext(ctx, "nobody can be made to lead the routing", "error", err)
				wait = renewEvery
			}
		}
		timer.Reset(max(wait, 10*time.Millisecond))
		select {
		case <-ctx.Done():
		case <-l.changed:
		case <-timer.C():
		}
	}
	return nil
}

// lead is one term: it returns when ctx ends or a higher epoch is seen.
func (s *Service) lead(ctx context.Context, l *lease, mine leaseEntry, revision uint64) {
	term, end := context.WithCancel(ctx)
	defer end()
	var held sync.WaitGroup
	held.Go(func() {
		l.keep(term, mine, revision)
		end()
	})
	defer held.Wait()
	defer end()
	s.cfg.Logger.InfoContext(ctx, "this process leads the routing", "epoch", mine.Epoch)
	r, err := newLeader(term, s, mine.Epoch, end)
	if err == nil {
		err = r.run(term)
	}
	if err != nil && term.Err() == nil {
		s.cfg.Logger.ErrorContext(ctx, "the leader of the routing stops", "epoch", mine.Epoch, "error", err)
	} else {
		s.cfg.Logger.InfoContext(ctx, "this process leads the routing no more", "epoch", mine.Epoch)
	}
}

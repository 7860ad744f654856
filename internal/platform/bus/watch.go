package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
)

// ChangeKind is what happened to a watched key.
type ChangeKind string

// The kinds of change.
const (
	EntryPut     ChangeKind = "put"       // Entry is the new state
	EntryDeleted ChangeKind = "deleted"   // only Entry.Key is set; deleted by a call or by its time to live
	CaughtUp     ChangeKind = "caught_up" // all that was there has been told; comes again after each reconnect
)

// Change is one step of a watch.
type Change struct {
	Kind  ChangeKind
	Entry Entry
}

// Watch tells every change of the keys it was made for.
type Watch struct {
	kv      *KeyValue
	pattern string
	fn      func(ctx context.Context, c Change)
	cancel  context.CancelFunc
	done    chan struct{}
	current atomic.Pointer[session] // in which all was told
	known   map[string]Entry        // what fn was told, values left out; used by the loop only
}

// Watch tells fn the present state of all keys that match the pattern ("agent.*", ">" for all), then CaughtUp, then each
// change, one at a time and in order of revision. After the bus was away it tells what changed meanwhile, deletions
// included, then CaughtUp again. Steps between may be left out, the last state of a key never is.
func (kv *KeyValue) Watch(pattern string, fn func(ctx context.Context, c Change)) (*Watch, error) {
	if pattern == "" || strings.ContainsAny(pattern, " \t\r\n") {
		return nil, fault.New(fault.Invalid, "bus.bad_name", "the pattern %q is not well formed", pattern)
	}
	w := &Watch{kv: kv, pattern: pattern, fn: fn, done: make(chan struct{}), known: map[string]Entry{}}
	if err := kv.b.adopt(w); err != nil {
		return nil, fmt.Errorf("watch %s: %w", kv.config.Name, err)
	}
	ctx, cancel := context.WithCancel(kv.b.base)
	w.cancel = cancel
	go w.loop(ctx)
	return w, nil
}

// Current reports whether everything known has been told. While it is false (before the first CaughtUp, and from the
// loss of the connection until the next one) what fn was told may be old.
func (w *Watch) Current() bool {
	b := w.kv.b
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.session != nil && b.session == w.current.Load()
}

// Stop ends the watch and waits for fn to return.
func (w *Watch) Stop(ctx context.Context) error {
	w.kv.b.release(w)
	w.cancel()
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop watch of %s: %w", w.kv.config.Name, ctx.Err())
	}
}

func (w *Watch) loop(ctx context.Context) {
	defer close(w.done)
	b := w.kv.b
	for {
		s, err := b.connected(ctx)
		if err != nil {
			return
		}
		during, cancel := context.WithCancel(ctx)
		unlink := context.AfterFunc(s.ctx, cancel)
		err = w.follow(during, s)
		w.current.Store(nil)
		unlink()
		cancel()
		if ctx.Err() != nil {
			return
		}
		if s.ctx.Err() == nil && !errors.Is(err, errGap) {
			b.log.Warn("watch interrupted, starting again", "bucket", w.kv.config.Name, "error", err)
		}
		if clock.Sleep(ctx, clock.System(), reconnectWait) != nil {
			return
		}
	}
}

// follow tells changes until it is interrupted.
func (w *Watch) follow(ctx context.Context, s *session) error {
	l := w.kv.b.link.Load()
	if l == nil {
		return ErrAway
	}
	seen := map[string]struct{}{} // nil once caught up
	err := w.kv.tail(ctx, l, w.pattern, func(c Change) error {
		switch c.Kind {
		case EntryPut:
			if seen != nil {
				seen[c.Entry.Key] = struct{}{}
			}
			w.put(ctx, c)
		case EntryDeleted:
			w.deleted(ctx, c.Entry.Key)
		case CaughtUp:
			for key := range w.known {
				if _, still := seen[key]; !still {
					w.deleted(ctx, key)
				}
			}
			seen = nil
			w.current.Store(s)
			w.tell(ctx, c)
		}
		return nil
	})
	if !gone(err) {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	return errors.Join(err, w.kv.ensure(bounded, l)) // in memory, and its server was restarted
}

// put passes a write on, unless it is the one that was told last: revisions begin anew when a bucket was made
// again, so the time of the write counts too.
func (w *Watch) put(ctx context.Context, c Change) {
	old, known := w.known[c.Entry.Key]
	if known && old.Revision == c.Entry.Revision && old.At.Equal(c.Entry.At) {
		return
	}
	w.known[c.Entry.Key] = Entry{Revision: c.Entry.Revision, At: c.Entry.At}
	w.tell(ctx, c)
}

func (w *Watch) deleted(ctx context.Context, key string) {
	if _, known := w.known[key]; !known {
		return
	}
	delete(w.known, key)
	w.tell(ctx, Change{Kind: EntryDeleted, Entry: Entry{Key: key}})
}

func (w *Watch) tell(ctx context.Context, c Change) {
	_, err := safely(func() (struct{}, error) { w.fn(ctx, c); return struct{}{}, nil })
	if err != nil {
		w.kv.b.log.ErrorContext(ctx, "watch handler panicked", "bucket", w.kv.config.Name, "error", err)
	}
}

// tail tells the state of the keys that match, CaughtUp, and what follows.
func (kv *KeyValue) tail(ctx context.Context, l *link, pattern string, fn func(Change) error) error {
	prefix := kv.subject("")
	var left uint64
	caughtUp := false
	return tail(ctx, l, kv.stream(), jetstream.ConsumerConfig{
		FilterSubject: prefix + pattern, DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy,
	}, func(pending uint64) error {
		left = pending
		if left > 0 {
			return nil
		}
		caughtUp = true
		return fn(Change{Kind: CaughtUp})
	}, func(m jetstream.Msg, meta *jetstream.MsgMetadata) error {
		if err := fn(change(m, meta, prefix)); err != nil || caughtUp {
			return err
		}
		left--
		if left > 0 && meta.NumPending > 0 {
			return nil
		}
		caughtUp = true
		return fn(Change{Kind: CaughtUp})
	})
}

// change reads one message of a bucket's stream.
func change(m jetstream.Msg, meta *jetstream.MsgMetadata, prefix string) Change {
	c := Change{Kind: EntryPut, Entry: Entry{Key: strings.TrimPrefix(m.Subject(), prefix)}}
	h := m.Headers()
	if h.Get("KV-Operation") != "" || h.Get(jetstream.MarkerReasonHeader) != "" { // ADR-8; ADR-43 for what grew too old
		c.Kind = EntryDeleted
		return c
	}
	c.Entry.Value, c.Entry.Revision, c.Entry.At = m.Data(), meta.Sequence.Stream, meta.Timestamp.UTC().Round(time.Nanosecond)
	return c
}

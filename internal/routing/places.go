package routing

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/bus"
)

// Places in line of contacts that wait lie in the bucket routing_place, written behind, so that a caller whose node or
// whose whole machine died finds his when he dials again (architecture section 7).
const (
	placeBucket = "routing_place"
	placeAfter  = 250 * time.Millisecond // who is served sooner needs no place
	placeAgain  = 5 * time.Minute        // entries are renewed, so that those of a dead machine end
	placeFor    = 15 * time.Minute
	keepLost    = 2 * time.Minute
)

// place is one entry: whose, and where.
type place struct {
	Caller   string    `json:"caller"` // keyed hash
	Queue    string    `json:"queue"`
	KeyAt    time.Time `json:"key_at"`
	Priority int       `json:"priority"`
	Node     string    `json:"node"`
}

// lostPlace is one that nobody stands at now.
type lostPlace struct {
	contact uuid.UUID // that stood there
	at      time.Time
	until   time.Time
}

// placeKey is under what a caller finds his place again: he must want the same queue. Empty: nobody can.
func (l *leader) placeKey(e Entry) string {
	if e.Caller == "" {
		return ""
	}
	return e.Queue + "/" + e.Caller
}

// keepPlace remembers the place of a waiting contact whose node is lost.
func (l *leader) keepPlace(id uuid.UUID, c *contact, now time.Time) {
	key := l.placeKey(c.entry)
	if key == "" || c.accepted {
		return
	}
	l.lost[key] = lostPlace{id, c.entry.KeyAt, now.Add(keepLost)}
}

// remember takes the places of contacts that were there under the leader before. Those of nodes that still live are
// declared again, which forgets them here.
func (l *leader) remember(ctx context.Context, entries []bus.Entry) {
	now := l.s.cfg.Clock.Now()
	for _, e := range entries {
		var p place
		id, err := uuid.Parse(e.Key)
		if err == nil {
			err = json.Unmarshal(e.Value, &p)
		}
		if err != nil {
			l.s.cfg.Logger.WarnContext(ctx, "a place in line cannot be read", "error", err)
			continue
		}
		l.saver.known(id, e.At)
		if p.Caller != "" {
			l.lost[p.Queue+"/"+p.Caller] = lostPlace{id, p.KeyAt, now.Add(keepLost)}
		}
	}
}

// found gives the place that a caller had, if it is earlier than what he asks for.
func (l *leader) found(e Entry, now time.Time) (time.Time, bool) {
	key := l.placeKey(e)
	p, ok := l.lost[key]
	if !ok || key == "" {
		return time.Time{}, false
	}
	delete(l.lost, key)
	l.saver.drop(p.contact)
	return p.at, now.Before(p.until) && p.at.Before(e.KeyAt)
}

// expire forgets places that nobody came back for.
func (l *leader) expire(now time.Time) {
	for key, p := range l.lost {
		if now.After(p.until) {
			delete(l.lost, key)
			l.saver.drop(p.contact)
		}
	}
}

// saver writes places behind.
type saver struct {
	s    *Service
	kv   *bus.KeyValue
	mu   sync.Mutex
	list map[uuid.UUID]*saving
	wake chan struct{}
}

type saving struct {
	place   place
	due     time.Time
	written bool
	gone    bool
}

func newSaver(s *Service, kv *bus.KeyValue) *saver {
	return &saver{s: s, kv: kv, list: map[uuid.UUID]*saving{}, wake: make(chan struct{}, 1)}
}

// keep has a place written soon.
func (v *saver) keep(now time.Time, id uuid.UUID, c *contact) {
	if c.entry.Caller == "" {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	old := v.list[id]
	v.list[id] = &saving{
		place: place{c.entry.Caller, c.entry.Queue, c.entry.KeyAt, c.entry.Priority, c.node}, due: now.Add(placeAfter),
		written: old != nil && old.written,
	}
}

// known notes a place that is written already and that perhaps nobody stands at; it ends by itself.
func (v *saver) known(id uuid.UUID, at time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.list[id] = &saving{written: true, gone: true, due: at.Add(placeFor)}
}

// drop takes a place away.
func (v *saver) drop(id uuid.UUID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.list[id]
	switch {
	case s == nil:
	case !s.written:
		delete(v.list, id)
	default:
		s.gone, s.due = true, time.Time{}
	}
}

func (v *saver) run(ctx context.Context) error {
	timer := v.s.cfg.Clock.NewTimer(placeAfter)
	defer timer.Stop()
	for {
		v.write(ctx, v.s.cfg.Clock.Now())
		timer.Reset(placeAfter)
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C():
		}
	}
}

// write does what is due; what fails is tried again.
func (v *saver) write(ctx context.Context, now time.Time) {
	type step struct {
		id uuid.UUID
		saving
	}
	var due []step
	v.mu.Lock()
	for id, s := range v.list {
		if !s.due.After(now) {
			due = append(due, step{id, *s})
		}
	}
	v.mu.Unlock()
	for _, one := range due {
		var err error
		if one.gone {
			err = v.kv.Delete(ctx, one.id.String())
		} else {
			_, err = v.kv.Put(ctx, one.id.String(), encode(one.place))
		}
		if err != nil {
			v.s.cfg.Logger.DebugContext(ctx, "a place in line is written later", "error", err)
			return
		}
		v.mu.Lock()
		if s := v.list[one.id]; s != nil && s.gone == one.gone {
			if s.gone {
				delete(v.list, one.id)
			} else {
				s.written, s.due = true, now.Add(placeAgain)
			}
		} else if s != nil {
			s.written = true
		}
		v.mu.Unlock()
	}
}

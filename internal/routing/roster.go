package routing

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"

	"github.com/google/uuid"

	"yingda/internal/platform/bus"
)

// agentBucket keeps who is signed in to the floor.
const agentBucket = "routing_agent"

// roster is who is signed in, as the bucket says. Every process follows it.
type roster struct {
	mu      sync.Mutex
	agents  map[uuid.UUID]Session // by member of staff
	phones  map[string]uuid.UUID
	current bool
	changed []func() // called after each change, without the lock
}

func newRoster() *roster {
	return &roster{agents: map[uuid.UUID]Session{}, phones: map[string]uuid.UUID{}}
}

func openAgents(ctx context.Context, b *bus.Bus) (*bus.KeyValue, error) {
	return b.KeyValue(ctx, bus.KeyValueConfig{Name: agentBucket})
}

// follow keeps the roster as the bucket is, until the function that it gives is called.
func (r *roster) follow(b *bus.Bus, log *slog.Logger) (stop func(context.Context), err error) {
	ctx, cancel := context.WithTimeout(context.Background(), busPatience)
	defer cancel()
	kv, err := openAgents(ctx, b)
	if err != nil {
		return nil, err
	}
	w, err := kv.Watch(">", func(ctx context.Context, c bus.Change) { r.take(ctx, c, log) })
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) { _ = w.Stop(ctx) }, nil
}

func (r *roster) take(ctx context.Context, c bus.Change, log *slog.Logger) {
	switch c.Kind {
	case bus.CaughtUp:
		r.mu.Lock()
		r.current = true
		r.mu.Unlock()
	case bus.EntryDeleted:
		if id, err := uuid.Parse(c.Entry.Key); err == nil {
			r.remove(id)
		}
	case bus.EntryPut:
		var s Session
		if err := json.Unmarshal(c.Entry.Value, &s); err != nil {
			log.ErrorContext(ctx, "an agent's session cannot be read", "error", err)
			return
		}
		s.revision = c.Entry.Revision
		r.put(s)
	}
	for _, f := range r.changed {
		f()
	}
}

// put takes a session unless a newer one is known.
func (r *roster) put(s Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old, ok := r.agents[s.Staff]
	if ok && old.revision > s.revision {
		return
	}
	if ok && r.phones[old.Phone] == s.Staff {
		delete(r.phones, old.Phone)
	}
	r.agents[s.Staff], r.phones[s.Phone] = s, s.Staff
}

func (r *roster) remove(staff uuid.UUID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, ok := r.agents[staff]; ok {
		delete(r.agents, staff)
		if r.phones[s.Phone] == staff {
			delete(r.phones, s.Phone)
		}
	}
}

func (r *roster) get(staff uuid.UUID) (Session, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.agents[staff]
	return s, ok
}

func (r *roster) atPhone(phone string) (Session, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.agents[r.phones[phone]]
	return s, ok
}

func (r *roster) all() []Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]Session, 0, len(r.agents))
	for _, s := range r.agents {
		list = append(list, s)
	}
	return list
}

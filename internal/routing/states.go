package routing

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/bus"
	"yingda/internal/routing/engine"
)

// What agents do lies in the bucket routing_state, written behind, so that a new leader lets a wrap-up go on, leaves
// out who did not answer, and asks the longest idle first, as the leader before did.
const (
	stateBucket = "routing_state"
	stateEvery  = 200 * time.Millisecond
)

// doing is one entry.
type doing struct {
	Session uuid.UUID         `json:"session"`
	State   engine.AgentState `json:"state"`
	Since   time.Time         `json:"since"`
	Until   time.Time         `json:"until,omitzero"`
}

// states writes what agents do behind.
type states struct {
	s    *Service
	mu   sync.Mutex
	list map[uuid.UUID]*doing // nil: gone
}

func newStates(s *Service) *states { return &states{s: s, list: map[uuid.UUID]*doing{}} }

func (w *states) note(staff uuid.UUID, d *doing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list[staff] = d
}

func (w *states) run(ctx context.Context) error {
	timer := w.s.cfg.Clock.NewTimer(stateEvery)
	defer timer.Stop()
	for {
		timer.Reset(stateEvery)
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			w.write(last)
			return nil
		case <-timer.C():
			w.write(ctx)
		}
	}
}

func (w *states) write(ctx context.Context) {
	w.mu.Lock()
	list := w.list
	w.list = map[uuid.UUID]*doing{}
	w.mu.Unlock()
	for staff, d := range list {
		var err error
		if d == nil {
			err = w.s.states.Delete(ctx, staff.String())
		} else {
			_, err = w.s.states.Put(ctx, staff.String(), encode(d))
		}
		if err == nil {
			delete(list, staff)
			continue
		}
		w.s.cfg.Logger.DebugContext(ctx, "what agents do is written later", "error", err)
		w.mu.Lock()
		maps.Copy(list, w.list) // what is newer counts
		w.list = list
		w.mu.Unlock()
		return
	}
}

// doings reads what agents did when a leader before stopped.
func doings(ctx context.Context, kv *bus.KeyValue) (map[uuid.UUID]doing, error) {
	entries, err := kv.List(ctx, ">")
	if err != nil {
		return nil, fmt.Errorf("read what agents do: %w", err)
	}
	list := map[uuid.UUID]doing{}
	for _, e := range entries {
		var d doing
		if id, err := uuid.Parse(e.Key); err == nil && json.Unmarshal(e.Value, &d) == nil {
			list[id] = d
		}
	}
	return list, nil
}

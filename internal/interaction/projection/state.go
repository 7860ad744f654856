package projection

import (
	"time"

	"github.com/google/uuid"

	"yingda/internal/interaction"
	"yingda/internal/interaction/record"
)

// state is a contact as this process knows it: all that its record is computed of.
type state struct {
	id      uuid.UUID
	opening *interaction.Opening // without the caller, who stands in caller
	caller  caller
	hops    []interaction.Hop // in order, each once
	began   time.Time         // under which it is stored; zero: it is not stored

	disposition  uuid.UUID // the main one
	disposedAt   int64     // its revision
	dispositions *interaction.Disposed
	noted        bool

	fresh      []interaction.Hop // came with this batch
	justOpened bool              // with this batch
	rec        record.Record
}

// caller is who called, as it is stored.
type caller struct {
	masked string
	sealed []byte
	mac    []byte
	macs   [][]byte // under every key version; not stored
	area   string
}

// clone gives a copy that may be changed.
func (s *state) clone() *state {
	c := *s
	c.hops = c.hops[:len(c.hops):len(c.hops)]
	c.fresh, c.dispositions, c.justOpened, c.caller.macs = nil, nil, false, nil
	return &c
}

// compute makes the record anew. known is some moment of the contact, for one of which neither opening nor hop came.
func (s *state) compute(known time.Time) {
	s.rec, s.hops = record.Of(s.id, s.opening, s.hops)
	if s.rec.Began.IsZero() {
		s.rec.Began = known
		if !s.began.IsZero() {
			s.rec.Began = s.began
		}
		s.rec.LastAt = s.rec.Began
	}
}

// cache keeps the states of contacts that something came for lately: two generations, the older of which goes when the
// younger is full. What is not there is read from the database.
type cache struct {
	limit      int
	young, old map[uuid.UUID]*state
}

// maxStates is how many contacts a generation holds.
const maxStates = 8000

func newCache(limit int) *cache {
	return &cache{limit: limit, young: map[uuid.UUID]*state{}, old: map[uuid.UUID]*state{}}
}

func (c *cache) get(id uuid.UUID) *state {
	if s := c.young[id]; s != nil {
		return s
	}
	return c.old[id]
}

func (c *cache) put(s *state) {
	if len(c.young) >= c.limit && c.young[s.id] == nil {
		c.old, c.young = c.young, make(map[uuid.UUID]*state, c.limit)
	}
	c.young[s.id] = s
}

// clear forgets everything: another process has written since.
func (c *cache) clear() {
	clear(c.young)
	clear(c.old)
}

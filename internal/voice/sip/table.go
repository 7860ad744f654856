package sip

import (
	"encoding/hex"
	"hash/maphash"
	"math/rand/v2"
	"sync"
	"time"
)

// shards is how many locks the table of dialogs has.
const shards = 64

// graveTime is how long a finished dialog is remembered: as long as a message of it may still be on
// its way (64*T1, RFC 3261 section 17).
const graveTime = 32 * time.Second

// table finds legs by our tag, which is random and so names the dialog alone, and by the INVITE that
// made them, so that a repeated or merged INVITE makes no second call. What ended is remembered by
// eight bytes for 32 to 64 s.
type table struct {
	seed maphash.Seed
	part [shards]shard
}

type shard struct {
	mu      sync.RWMutex
	legs    map[string]*Leg // by our tag
	origins map[uint64]*Leg // by origin
	turned  time.Time       // when the generations of graves were changed
	graves  [2]map[uint64]struct{}
}

func newTable() *table {
	t := &table{seed: maphash.MakeSeed()}
	for i := range t.part {
		t.part[i].legs = make(map[string]*Leg)
		t.part[i].origins = make(map[uint64]*Leg)
	}
	return t
}

func (t *table) hash(parts ...string) uint64 {
	var h maphash.Hash
	h.SetSeed(t.seed)
	for _, p := range parts {
		_, _ = h.WriteString(p)
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

func (t *table) at(key uint64) *shard { return &t.part[key%shards] }

// tag makes one of our tags: random, with a check by which we know it for ours again without
// remembering it.
func (t *table) tag() string {
	var raw [12]byte
	n := rand.Uint64() // seeded ChaCha8: not predictable from the tags seen
	for i := range 8 {
		raw[i] = byte(n >> (8 * i))
	}
	check := maphash.Bytes(t.seed, raw[:8])
	for i := range 4 {
		raw[8+i] = byte(check >> (8 * i))
	}
	return hex.EncodeToString(raw[:])
}

// ours reports whether tag made the text.
func (t *table) ours(text string) bool {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != 12 {
		return false
	}
	check := maphash.Bytes(t.seed, raw[:8])
	for i := range 4 {
		if raw[8+i] != byte(check>>(8*i)) {
			return false
		}
	}
	return true
}

// get finds a leg by our tag.
func (t *table) get(tag string) *Leg {
	s := t.at(t.hash(tag))
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.legs[tag]
}

// put enters a leg. For one that came in, other is the leg that the same INVITE has made already, or
// buried tells that it had made one that is over; the leg is then not entered.
func (t *table) put(l *Leg) (other *Leg, buried bool) {
	if l.origin != 0 {
		s := t.at(l.origin)
		s.mu.Lock()
		if other = s.origins[l.origin]; other == nil {
			if buried = s.buried(l.origin); !buried {
				s.origins[l.origin] = l
			}
		}
		s.mu.Unlock()
		if other != nil || buried {
			return other, buried
		}
	}
	s := t.at(t.hash(l.localTag))
	s.mu.Lock()
	s.legs[l.localTag] = l
	s.mu.Unlock()
	return nil, false
}

// bury takes a leg out and remembers that it was there.
func (t *table) bury(l *Leg, now time.Time) {
	key := t.hash(l.localTag)
	s := t.at(key)
	s.mu.Lock()
	delete(s.legs, l.localTag)
	s.dig(key, now)
	s.mu.Unlock()
	if l.origin == 0 {
		return
	}
	s = t.at(l.origin)
	s.mu.Lock()
	delete(s.origins, l.origin)
	s.dig(l.origin, now)
	s.mu.Unlock()
}

// gone reports whether a leg with our tag was there a short time ago.
func (t *table) gone(tag string) bool {
	key := t.hash(tag)
	s := t.at(key)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.buried(key)
}

func (s *shard) buried(key uint64) bool {
	_, a := s.graves[0][key]
	_, b := s.graves[1][key]
	return a || b
}

func (s *shard) dig(key uint64, now time.Time) {
	if age := now.Sub(s.turned); age >= graveTime || s.graves[0] == nil {
		s.graves[1], s.graves[0], s.turned = s.graves[0], make(map[uint64]struct{}), now
		if age >= 2*graveTime {
			s.graves[1] = nil
		}
	}
	s.graves[0][key] = struct{}{}
}

// all lists the legs.
func (t *table) all() []*Leg {
	var list []*Leg
	for i := range t.part {
		s := &t.part[i]
		s.mu.RLock()
		for _, l := range s.legs {
			list = append(list, l)
		}
		s.mu.RUnlock()
	}
	return list
}

// made tells which leg an INVITE has made, or that it made one that is over.
func (t *table) made(origin uint64) (*Leg, bool) {
	s := t.at(origin)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.origins[origin], s.buried(origin)
}

package home

import (
	"fmt"
	"unsafe"
)

// Bounds of segments: seven digits that begin with 1.
const (
	FirstPrefix = 1_000_000
	LastPrefix  = 1_999_999
)

const prefixes = LastPrefix - FirstPrefix + 1

// Segments is a version of the table of number segments. It is immutable.
type Segments struct {
	index  []uint32 // by prefix; place in traits, 0 for none
	traits []Traits // the first is empty
	count  int
}

// SegmentsBuilder makes one. The zero value is not ready; use [NewSegments].
type SegmentsBuilder struct {
	s     *Segments
	known map[Traits]uint32
}

// NewSegments begins a table.
func NewSegments() *SegmentsBuilder {
	return &SegmentsBuilder{
		s:     &Segments{index: make([]uint32, prefixes), traits: make([]Traits, 1, 1024)},
		known: map[Traits]uint32{},
	}
}

// Add adds a segment. The error is a prefix that is out of bounds or there twice.
func (b *SegmentsBuilder) Add(prefix uint32, t Traits) error {
	if prefix < FirstPrefix || prefix > LastPrefix {
		return fmt.Errorf("segment %d is not seven digits that begin with 1", prefix)
	}
	at := &b.s.index[prefix-FirstPrefix]
	if *at != 0 {
		return fmt.Errorf("segment %d is there twice", prefix)
	}
	*at = intern(b.known, &b.s.traits, t)
	b.s.count++
	return nil
}

// intern gives the place of the traits in the list.
func intern(known map[Traits]uint32, list *[]Traits, t Traits) uint32 {
	n, ok := known[t]
	if !ok {
		n = uint32(len(*list)) //nolint:gosec // at most a million
		*list = append(*list, t)
		known[t] = n
	}
	return n
}

// Build gives the table; the builder is used up.
func (b *SegmentsBuilder) Build() *Segments {
	s := b.s
	b.s, b.known = nil, nil
	return s
}

// Find gives the traits of a segment; do not change them.
func (s *Segments) Find(prefix uint32) (*Traits, bool) {
	if s == nil || prefix < FirstPrefix || prefix > LastPrefix {
		return nil, false
	}
	at := s.index[prefix-FirstPrefix]
	return &s.traits[at], at != 0
}

// Len is the number of segments.
func (s *Segments) Len() int {
	if s == nil {
		return 0
	}
	return s.count
}

// Bytes is the memory that the table takes, without the text of the traits.
func (s *Segments) Bytes() int {
	if s == nil {
		return 0
	}
	return len(s.index)*4 + cap(s.traits)*int(unsafe.Sizeof(Traits{}))
}

package home

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
	"unsafe"
)

// PortedEntry is one number for one time. Times are kept to the second.
type PortedEntry struct {
	Number uint64 // eleven digits
	Traits        // an empty province means the segment's place
	From   time.Time
	Until  time.Time // the first moment at which it no longer holds; zero: no end
}

// Ported is the table of ported numbers. It is immutable.
type Ported struct {
	start  []uint32 // by prefix: where its entries begin; one more at the end
	last   []uint16 // the last four digits, rising within a prefix
	traits []uint32
	from   []uint32 // seconds since 1970
	until  []uint32 // forever: no end
	kinds  []Traits
}

const (
	perPrefix = 10_000
	forever   = math.MaxUint32
)

// NewPorted makes the table. Entries may come in any order; of several that hold at once the latest begun wins.
func NewPorted(entries []PortedEntry) (*Ported, error) {
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(a, b PortedEntry) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), a.From.Compare(b.From))
	})
	p := &Ported{start: make([]uint32, prefixes+1)}
	if len(entries) == 0 {
		p.start = nil
		return p, nil
	}
	n := len(entries)
	p.last, p.traits, p.from, p.until = make([]uint16, 0, n), make([]uint32, 0, n), make([]uint32, 0, n), make([]uint32, 0, n)
	known := map[Traits]uint32{}
	next := 0 // prefixes below it have their start
	for i, e := range entries {
		prefix := int(e.Number/perPrefix) - FirstPrefix //nolint:gosec // eleven digits, checked below
		if e.Number/perPrefix < FirstPrefix || e.Number/perPrefix > LastPrefix {
			return nil, fmt.Errorf("ported number %d has not eleven digits", i+1)
		}
		for ; next <= prefix; next++ {
			p.start[next] = uint32(i) //nolint:gosec // memory ends before
		}
		p.last = append(p.last, uint16(e.Number%perPrefix))
		p.traits = append(p.traits, intern(known, &p.kinds, e.Traits))
		p.from = append(p.from, seconds(e.From))
		until := uint32(forever)
		if !e.Until.IsZero() {
			until = seconds(e.Until)
		}
		p.until = append(p.until, until)
	}
	for ; next < len(p.start); next++ {
		p.start[next] = uint32(len(entries)) //nolint:gosec // memory ends before
	}
	return p, nil
}

// seconds since 1970, bounded to what is kept.
func seconds(t time.Time) uint32 {
	return uint32(min(max(t.Unix(), 0), forever-1)) //nolint:gosec // bounded
}

// Find gives what holds for a number at a moment, and since when; do not change the traits.
func (p *Ported) Find(number uint64, at time.Time) (*Traits, time.Time, bool) {
	prefix := number / perPrefix
	if p == nil || p.start == nil || prefix < FirstPrefix || prefix > LastPrefix {
		return nil, time.Time{}, false
	}
	low, high := p.start[prefix-FirstPrefix], p.start[prefix-FirstPrefix+1]
	if low == high {
		return nil, time.Time{}, false
	}
	digits := uint16(number % perPrefix)
	i, ok := slices.BinarySearch(p.last[low:high], digits)
	if !ok {
		return nil, time.Time{}, false
	}
	now := at.Unix()
	found := -1
	for n := int(low) + i; n < int(high) && p.last[n] == digits; n++ {
		if int64(p.from[n]) <= now && (p.until[n] == forever || now < int64(p.until[n])) {
			found = n
		}
	}
	if found < 0 {
		return nil, time.Time{}, false
	}
	return &p.kinds[p.traits[found]], time.Unix(int64(p.from[found]), 0).UTC(), true
}

// Len is the number of entries.
func (p *Ported) Len() int {
	if p == nil {
		return 0
	}
	return len(p.last)
}

// Bytes is the memory that the table takes, without the text of the traits.
func (p *Ported) Bytes() int {
	if p == nil {
		return 0
	}
	return cap(p.start)*4 + cap(p.last)*2 + (cap(p.traits)+cap(p.from)+cap(p.until))*4 + cap(p.kinds)*int(unsafe.Sizeof(Traits{}))
}

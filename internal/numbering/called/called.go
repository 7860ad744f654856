// Package called decides which entry of the table of called numbers a dialled number means. It is pure.
//
// Of the entries that fit the number, hold at the moment and apply where the call comes from, the most specific
// wins: a whole number before the beginning of one, a longer beginning before a shorter, an entry of a city before
// one of its province, and that before one for everywhere. What was considered and why it did not win is told, so
// that "who answers this number?" has an answer that can be argued with.
package called

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"yingda/internal/numbering/phone"
)

// Match says how an entry compares with a number.
type Match string

// The matches.
const (
	Number Match = "number"
	Prefix Match = "prefix"
)

// State tells whether an entry is in use.
type State string

// The states. Retired entries are kept for history only.
const (
	Active    State = "active"
	Suspended State = "suspended"
	Retired   State = "retired"
)

// Place is where a call comes from. Unknown is empty.
type Place struct{ Province, City string }

// Entry is what of a called number decides. Ref leads back to the rest of it.
type Entry[Ref any] struct {
	Ref     Ref
	Pattern string // text of a phone.Phone, or the beginning of one
	Match   Match
	Place   Place // empty: everywhere
	State   State
	From    time.Time
	Until   time.Time // the first moment at which it no longer holds; zero: no end
}

// Verdict is what became of an entry that fits the number.
type Verdict string

// The verdicts.
const (
	Chosen       Verdict = "chosen"
	LessSpecific Verdict = "less_specific"
	Elsewhere    Verdict = "elsewhere" // applies to calls from another place, or nobody knows where this one comes from
	IsSuspended  Verdict = "suspended"
	NotYet       Verdict = "not_yet"
	Expired      Verdict = "expired"
)

// Considered is an entry that fits the number, with its verdict.
type Considered[Ref any] struct {
	Entry   Entry[Ref]
	Verdict Verdict
}

// Plan is all entries, indexed. It is immutable.
type Plan[Ref any] struct {
	numbers  map[string][]Entry[Ref]
	prefixes map[string][]Entry[Ref]
	count    int
}

// NewPlan indexes the entries; retired ones are left out.
func NewPlan[Ref any](entries []Entry[Ref]) *Plan[Ref] {
	p := &Plan[Ref]{numbers: map[string][]Entry[Ref]{}, prefixes: map[string][]Entry[Ref]{}}
	for _, e := range entries {
		if e.State == Retired {
			continue
		}
		index := p.numbers
		if e.Match == Prefix {
			index = p.prefixes
		}
		index[e.Pattern] = append(index[e.Pattern], e)
		p.count++
	}
	for _, index := range []map[string][]Entry[Ref]{p.numbers, p.prefixes} {
		for _, list := range index {
			slices.SortStableFunc(list, compare)
		}
	}
	return p
}

// compare puts the more specific of two entries of one pattern first, and the later begun of equal ones.
func compare[Ref any](a, b Entry[Ref]) int {
	return cmp.Or(
		cmp.Compare(b.Place.depth(), a.Place.depth()),
		strings.Compare(a.Place.Province+a.Place.City, b.Place.Province+b.Place.City),
		b.From.Compare(a.From))
}

func (p Place) depth() int {
	switch {
	case p.City != "":
		return 2
	case p.Province != "":
		return 1
	}
	return 0
}

// covers reports whether a call from o is from p.
func (p Place) covers(o Place) bool {
	return (p.Province == "" || p.Province == o.Province) && (p.City == "" || p.City == o.City)
}

// Find gives the entry that a dialled number means, and every entry that fits the number, the most specific
// first.
func (p *Plan[Ref]) Find(number phone.Phone, from Place, at time.Time) (Entry[Ref], []Considered[Ref], bool) {
	var all []Considered[Ref]
	chosen := -1
	see := func(list []Entry[Ref]) {
		for _, e := range list {
			v := e.verdict(from, at)
			if v == Chosen && chosen >= 0 {
				v = LessSpecific
			}
			if v == Chosen {
				chosen = len(all)
			}
			all = append(all, Considered[Ref]{e, v})
		}
	}
	texts := texts(number)
	for _, text := range texts {
		see(p.numbers[text])
	}
	for n := longest(texts); n > 0 && len(p.prefixes) > 0; n-- {
		for _, text := range texts {
			if len(text) >= n {
				see(p.prefixes[text[:n]])
			}
		}
	}
	if chosen < 0 {
		return Entry[Ref]{}, all, false
	}
	return all[chosen].Entry, all, true
}

// verdict judges an entry by itself.
func (e Entry[Ref]) verdict(from Place, at time.Time) Verdict {
	switch {
	case at.Before(e.From):
		return NotYet
	case !e.Until.IsZero() && !at.Before(e.Until):
		return Expired
	case e.State != Active:
		return IsSuspended
	case !e.Place.covers(from):
		return Elsewhere
	}
	return Chosen
}

// texts are how a number may stand in the table: a service number also without the area it was dialled in.
func texts(p phone.Phone) []string {
	whole := p.Plain()
	if whole == "" {
		return nil
	}
	if short := p.Service().Plain(); short != whole {
		return []string{whole, short}
	}
	return []string{whole}
}

func longest(texts []string) int {
	n := 0
	for _, t := range texts {
		n = max(n, len(t))
	}
	return n
}

// Len is the number of entries.
func (p *Plan[Ref]) Len() int { return p.count }

// Package home tells where a telephone number is at home (归属地) and whose it is. It is pure: tables are
// made once and then only read; asking takes well under 100 ns and allocates nothing.
//
// # Words
//
// A segment (号段) is the first seven digits of mobile numbers; it has a place, an operator, a brand and a product
// line. A ported number (携号转网) is a single number that is unlike its segment for a time: usually another
// operator, at the same place. A fixed line is at home where its area code says.
//
// # Memory
//
// [Segments] is an array with one place for each of a million possible beginnings (4 MB, whatever the number
// of segments) and the different sets of traits once each. [Ported] is arrays sorted by number, 14 bytes for each
// entry, with an index of 4 MB by beginnings. No map and no string is kept per number. Half a million segments
// with 10,000 different sets of traits and a million ported numbers take about 22 MB.
package home

import (
	"time"

	"yingda/internal/numbering/phone"
)

// Traits are what is known of numbers of a segment, or of a single one. Unknown is empty. Places are codes of
// GB/T 2260.
type Traits struct {
	Province    string `json:"province"`
	City        string `json:"city"`
	Operator    string `json:"operator"`
	Brand       string `json:"brand"`
	ProductLine string `json:"product_line"`
}

// Source is how a home was found.
type Source string

// The sources.
const (
	BySegment Source = "segment"
	ByPorted  Source = "ported"    // an entry for this very number
	ByArea    Source = "area_code" // of a fixed line, or of a service number of one area
	Abroad    Source = "abroad"    // another country's number
	Unknown   Source = "unknown"
)

// Home is where a number is at home and whose it is.
type Home struct {
	Traits
	Source Source
	// Segment and SegmentOperator are what the segment of a ported number says.
	Segment         uint32 // seven digits, 0 when there is none
	SegmentOperator string
	// Since is when a ported number came to its operator.
	Since time.Time
}

// Tables are everything that homes are found in. A nil table knows nothing.
type Tables struct {
	Segments *Segments
	Ported   *Ported
	Areas    *Areas
}

// Lookup finds the home of a number at a moment.
func (t Tables) Lookup(p phone.Phone, at time.Time) Home {
	if prefix, ok := p.Segment(); ok {
		return t.mobile(p, prefix, at)
	}
	if area := p.Area(); area != "" {
		if place, ok := t.Areas.Find(area); ok {
			return Home{Traits: Traits{Province: place.Province, City: place.City}, Source: ByArea}
		}
		return Home{Source: Unknown}
	}
	if p.Kind() == phone.Foreign {
		return Home{Source: Abroad}
	}
	return Home{Source: Unknown}
}

func (t Tables) mobile(p phone.Phone, prefix uint32, at time.Time) Home {
	h := Home{Source: Unknown}
	if traits, ok := t.Segments.Find(prefix); ok {
		h = Home{Traits: *traits, Source: BySegment, Segment: prefix, SegmentOperator: traits.Operator}
	}
	if t.Ported == nil {
		return h
	}
	number, ok := p.Digits11()
	if !ok {
		return h
	}
	e, since, ok := t.Ported.Find(number, at)
	if !ok {
		return h
	}
	place := h.Traits
	h.Traits, h.Source, h.Since = *e, ByPorted, since
	if e.Province == "" { // as the segment says
		h.Province, h.City = place.Province, place.City
	}
	return h
}

package actor

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Scope is the part of the country in which a permission holds: the nation, or a set of centres with the
// provinces and cities that they serve. The organisation tree is already expanded in it: whoever holds a
// permission at a provincial centre has all centres below it. It is small to copy.
type Scope struct {
	national bool
	part     *part
}

type part struct {
	centres   map[uuid.UUID]struct{}
	provinces map[string]struct{}
	cities    map[string]struct{}

	centreList             []uuid.UUID // sorted, for SQL
	provinceList, cityList []string
}

// National covers everything.
func National() Scope { return Scope{national: true} }

// Places makes a scope of centres (expanded: each with all below it) and the areas that they serve, as
// administrative division codes (GB/T 2260, such as 440000 and 440100). A province covers all its cities.
func Places(centres []uuid.UUID, provinces, cities []string) Scope {
	if len(centres)+len(provinces)+len(cities) == 0 {
		return Scope{}
	}
	p := &part{centres: setOf(centres), provinces: setOf(provinces), cities: setOf(cities)}
	p.centreList = sorted(p.centres, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	p.provinceList, p.cityList = sorted(p.provinces, strings.Compare), sorted(p.cities, strings.Compare)
	return Scope{part: p}
}

func setOf[T comparable](list []T) map[T]struct{} {
	set := make(map[T]struct{}, len(list))
	for _, v := range list {
		set[v] = struct{}{}
	}
	return set
}

// sorted is never nil: SQL compares nothing with a null array.
func sorted[T comparable](set map[T]struct{}, compare func(a, b T) int) []T {
	list := slices.AppendSeq(make([]T, 0, len(set)), maps.Keys(set))
	slices.SortFunc(list, compare)
	return list
}

// IsNational reports that nothing is outside: lists need no filter.
func (s Scope) IsNational() bool { return s.national }

// Empty reports that nothing is inside.
func (s Scope) Empty() bool { return !s.national && s.part == nil }

// Centres are the centres inside, sorted; meaningless when national. Do not change the slice.
func (s Scope) Centres() []uuid.UUID {
	if s.part == nil {
		return []uuid.UUID{}
	}
	return s.part.centreList
}

// Provinces are the provinces covered whole, sorted; meaningless when national. Do not change the slice.
func (s Scope) Provinces() []string {
	if s.part == nil {
		return []string{}
	}
	return s.part.provinceList
}

// Cities are the single cities covered, sorted; meaningless when national. Do not change the slice.
func (s Scope) Cities() []string {
	if s.part == nil {
		return []string{}
	}
	return s.part.cityList
}

// Covers reports whether the centre is inside.
func (s Scope) Covers(centre uuid.UUID) bool {
	if s.part == nil {
		return s.national
	}
	_, ok := s.part.centres[centre]
	return ok
}

// CoversPlace reports whether a row of this province and city is inside. A row without a city belongs to the
// province as a whole and is seen by those who have all of it; a row without either is the nation's.
func (s Scope) CoversPlace(province, city string) bool {
	if s.part == nil {
		return s.national
	}
	if _, ok := s.part.provinces[province]; ok {
		return true
	}
	_, ok := s.part.cities[city]
	return ok && city != ""
}

// Union covers what either covers.
func (s Scope) Union(o Scope) Scope {
	switch {
	case s.national || o.national:
		return National()
	case s.part == nil:
		return o
	case o.part == nil || s.part == o.part:
		return s
	}
	return Places(
		slices.Concat(s.part.centreList, o.part.centreList),
		slices.Concat(s.part.provinceList, o.part.provinceList),
		slices.Concat(s.part.cityList, o.part.cityList))
}

// Within reports whether all of s is inside o: nobody hands out more than they hold.
func (s Scope) Within(o Scope) bool {
	switch {
	case o.national || s.Empty():
		return true
	case s.national || o.part == nil:
		return false
	}
	return subset(s.part.centres, o.part.centres) && subset(s.part.provinces, o.part.provinces) &&
		!slices.ContainsFunc(s.part.cityList, func(city string) bool { return !o.CoversPlace(provinceOf(city), city) })
}

func subset[T comparable](a, b map[T]struct{}) bool {
	for v := range a {
		if _, ok := b[v]; !ok {
			return false
		}
	}
	return true
}

// provinceOf gives the province of a city by the first two digits of its code (GB/T 2260).
func provinceOf(city string) string {
	if len(city) != 6 {
		return ""
	}
	return city[:2] + "0000"
}

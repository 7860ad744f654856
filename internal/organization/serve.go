package organization

import (
	"slices"
	"time"
)

// Query asks who serves somebody. What is not known is empty.
type Query struct {
	Service  string
	Called   string    // the number dialled, digits only
	City     string    // of the subscriber, GB/T 2260; a district's code means its city
	AreaCode string    // of the line or of the number's home, 020 or 20
	Province string    // of the subscriber, where the city is not known
	At       time.Time // zero: the moment of the snapshot
}

// How a place of a query came to be known.
type PlaceSource string

// The sources.
const (
	FromQuery    PlaceSource = "query"     // the asker said so
	FromCity     PlaceSource = "city"      // the province of the city
	FromAreaCode PlaceSource = "area_code" // the only city, or province, that has the area code
)

// Match is an area that chooses the asker.
type Match struct {
	Area   Area
	Centre Centre
}

// Why explains an answer of [Tree.Serve].
type Why struct {
	Query        Query // completed by what follows from it
	CityFrom     PlaceSource
	ProvinceFrom PlaceSource
	// Matches are all areas that choose the asker, the one that serves first.
	Matches []Match
	// Overlaps tells that another area is exactly as specific as the one that serves: the table has a problem.
	Overlaps bool
}

// Serve answers which centre serves, and why. Of the areas of the service that hold at the moment and choose
// the asker, the most specific wins: the number dialled, a longer prefix before a shorter one, the
// subscriber's city, the area code, the province, the nation. Of equally specific ones the one that has held
// longest goes on serving, and the overlap is told.
//
// A city that is not known follows from an area code that one city has alone, a province from the city or
// from an area code whose cities all lie in it.
func (t *Tree) Serve(q Query) (Centre, Why, bool) {
	why := t.complete(q)
	q = why.Query
	find := func(selector Selector, value string) {
		if value == "" && selector != ByNation {
			return
		}
		for _, a := range t.byKey[areaKey{q.Service, selector, value}] {
			if c, ok := t.Centre(a.Centre); ok && c.State == Active && a.ValidAt(q.At) {
				why.Matches = append(why.Matches, Match{a, c})
			}
		}
	}
	find(ByCalled, q.Called)
	for n := len(q.Called); n > 0; n-- {
		find(ByCalledPrefix, q.Called[:n])
	}
	find(ByCity, q.City)
	find(ByAreaCode, q.AreaCode)
	find(ByProvince, q.Province)
	find(ByNation, "")
	if len(why.Matches) == 0 {
		return Centre{}, why, false
	}
	first := why.Matches[0]
	why.Overlaps = len(why.Matches) > 1 && why.Matches[1].Area.key() == first.Area.key()
	return first.Centre, why, true
}

// complete fills in what follows from what is known.
func (t *Tree) complete(q Query) Why {
	w := Why{}
	q.Called = digits(q.Called)
	q.AreaCode = normalAreaCode(digits(q.AreaCode))
	if q.At.IsZero() {
		q.At = t.at
	}
	if q.City != "" {
		w.CityFrom = FromQuery
		if c, ok := t.places.CityOf(q.City); ok {
			q.City = c.Code
		}
	} else if cities := t.places.CitiesOf(q.AreaCode); len(cities) == 1 {
		q.City, w.CityFrom = cities[0], FromAreaCode
	}
	switch {
	case q.Province != "":
		w.ProvinceFrom = FromQuery
	case q.City != "":
		if q.Province = t.places.ProvinceOf(q.City); q.Province != "" {
			w.ProvinceFrom = FromCity
		}
	default:
		if q.Province = t.places.ProvinceOfArea(q.AreaCode); q.Province != "" {
			w.ProvinceFrom = FromAreaCode
		}
	}
	w.Query = q
	return w
}

// indexAreas groups areas by whom they choose, in the order of [compareAreas].
func indexAreas(areas []Area) map[areaKey][]Area {
	index := make(map[areaKey][]Area, len(areas))
	for _, a := range areas {
		index[a.key()] = append(index[a.key()], a)
	}
	for _, list := range index {
		slices.SortFunc(list, compareAreas)
	}
	return index
}

package organization

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"yingda/internal/platform/fault"
)

// Selector says by what a service area chooses its customers.
type Selector string

// The selectors, from the most specific to the least; see [Tree.Serve].
const (
	ByCalled       Selector = "called"        // the number dialled is exactly this
	ByCalledPrefix Selector = "called_prefix" // it begins with this; a longer prefix is more specific
	ByCity         Selector = "city"          // the subscriber's city (GB/T 2260)
	ByAreaCode     Selector = "area_code"     // the long-distance code of the line; cities may share one
	ByProvince     Selector = "province"      // the subscriber's province (GB/T 2260)
	ByNation       Selector = "nation"        // everybody
)

// Selectors lists them, the most specific first.
func Selectors() []Selector {
	return []Selector{ByCalled, ByCalledPrefix, ByCity, ByAreaCode, ByProvince, ByNation}
}

// Area says that a centre serves a service for those whom the selector chooses, for a time.
type Area struct {
	ID         AreaID     `json:"id" audit:"-"`
	Centre     CentreID   `json:"centre_id"`
	Service    string     `json:"service"` // a code of the table "service"
	Selector   Selector   `json:"selector"`
	Value      string     `json:"value"` // what it is compared with; empty for the nation
	ValidFrom  time.Time  `json:"valid_from"`
	ValidUntil *time.Time `json:"valid_until"` // the first moment at which it no longer holds; nil: no end
	Note       string     `json:"note"`
	Version    int        `json:"version" audit:"-"`
	UpdatedAt  time.Time  `json:"updated_at" audit:"-"`
	UpdatedBy  string     `json:"updated_by" audit:"-"`
}

// AreaSpec is what of a service area is given when it is made or changed.
type AreaSpec struct {
	Centre     CentreID
	Service    string
	Selector   Selector
	Value      string
	ValidFrom  *time.Time // nil: from now on
	ValidUntil *time.Time
	Note       string
}

// ErrNoArea is returned for a service area that is not there or not in the asker's scope.
var ErrNoArea = fault.New(fault.NotFound, "organization.no_such_area", "there is no such service area")

// ValidAt tells whether the area holds at a moment.
func (a Area) ValidAt(t time.Time) bool {
	return !t.Before(a.ValidFrom) && (a.ValidUntil == nil || t.Before(*a.ValidUntil))
}

// overlaps tells whether both hold at some moment.
func (a Area) overlaps(b Area) bool {
	return (a.ValidUntil == nil || b.ValidFrom.Before(*a.ValidUntil)) && (b.ValidUntil == nil || a.ValidFrom.Before(*b.ValidUntil))
}

var (
	areaCode  = regexp.MustCompile(`^0[0-9]{2,3}$`)
	calledNum = regexp.MustCompile(`^[0-9]{3,20}$`)
)

// normalise trims, brings the value into its one form and checks everything at once.
func (e AreaSpec) normalise(now time.Time, services *Codes, places *Places) (AreaSpec, error) {
	e.Service, e.Note = strings.TrimSpace(e.Service), strings.TrimSpace(e.Note)
	e.Value = digits(e.Value)
	if e.ValidFrom == nil {
		e.ValidFrom = &now
	}
	if e.Selector == ByAreaCode {
		e.Value = normalAreaCode(e.Value)
	}
	var f fault.Fields
	f.Check(!e.Centre.IsZero(), "body.centre_id", fieldRequired, "is missing")
	_, known := services.Find(e.Service)
	f.Check(known, "body.service", fieldUnknown, "is no code of the table of services")
	checkAreaValue(&f, e.Selector, e.Value, places)
	f.Check(e.ValidUntil == nil || e.ValidUntil.After(*e.ValidFrom), "body.valid_until", fieldFormat, "is not after the beginning")
	checkText(&f, "body.note", e.Note, 500)
	return e, f.Err("organization.invalid_area", "the service area cannot be saved as it is")
}

func checkAreaValue(f *fault.Fields, selector Selector, value string, places *Places) {
	const at = "body.value"
	switch selector {
	case ByCalled, ByCalledPrefix:
		f.Check(calledNum.MatchString(value), at, fieldFormat, "is not 3 to 20 digits as they are dialled")
	case ByCity:
		_, known := places.City(value)
		f.Check(known, at, fieldUnknown, "is no code of a city")
	case ByAreaCode:
		f.Check(areaCode.MatchString(value), at, fieldFormat, "is not an area code such as 020 or 0898")
		f.Check(!areaCode.MatchString(value) || len(places.CitiesOf(value)) > 0, at, fieldUnknown, "is the area code of no city in the table")
	case ByProvince:
		_, known := places.Province(value)
		f.Check(known, at, fieldUnknown, "is no code of a province")
	case ByNation:
		f.Check(value == "", at, fieldFormat, "the whole nation has no value")
	default:
		f.Add("body.selector", fieldUnknown, "is not called, called_prefix, city, area_code, province or nation")
	}
}

// digits takes out how people group a number: spaces, hyphens, brackets.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -()（）\t\u00a0", r) {
			return -1
		}
		return r
	}, s)
}

// Overlap is a problem of the table: for the same customers of the same service two areas hold at once.
type Overlap struct{ First, Second Area }

// Overlaps finds all of them among the areas, in a fixed order.
func Overlaps(areas []Area) []Overlap {
	groups := map[areaKey][]Area{}
	for _, a := range areas {
		k := a.key()
		groups[k] = append(groups[k], a)
	}
	var found []Overlap
	for _, group := range groups {
		slices.SortFunc(group, compareAreas)
		for i, a := range group {
			for _, b := range group[i+1:] {
				if a.overlaps(b) {
					found = append(found, Overlap{a, b})
				}
			}
		}
	}
	slices.SortFunc(found, func(x, y Overlap) int {
		return cmp.Or(compareAreas(x.First, y.First), compareAreas(x.Second, y.Second))
	})
	return found
}

// areaKey is what makes two areas speak of the same customers.
type areaKey struct {
	service  string
	selector Selector
	value    string
}

func (a Area) key() areaKey { return areaKey{a.Service, a.Selector, a.Value} }

// compareAreas orders areas of one key: who held first goes on serving; the id decides between equals.
func compareAreas(a, b Area) int {
	return cmp.Or(a.ValidFrom.Compare(b.ValidFrom), strings.Compare(a.ID.String(), b.ID.String()))
}

// sortAreas puts areas in the order of lists: by service, selector from the most specific, value, beginning.
func sortAreas(list []Area) {
	rank := map[Selector]int{}
	for i, s := range Selectors() {
		rank[s] = i
	}
	slices.SortFunc(list, func(a, b Area) int {
		return cmp.Or(strings.Compare(a.Service, b.Service), cmp.Compare(rank[a.Selector], rank[b.Selector]),
			strings.Compare(a.Value, b.Value), compareAreas(a, b))
	})
}

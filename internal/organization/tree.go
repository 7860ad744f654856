package organization

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/platform/ident"
)

// Tree is the organisation at one moment: its centres, closed ones too, and the areas they serve. It is
// immutable and may be shared.
type Tree struct {
	at     time.Time
	root   *node
	nodes  map[CentreID]*node
	order  []Centre // by path of codes: parents before children
	areas  []Area
	byKey  map[areaKey][]Area
	places *Places
}

type node struct {
	centre   Centre
	parent   *node
	children []*node // by code
	below    []CentreID
	scope    actor.Scope
}

// NewTree makes the tree as it is at a moment. Errors: centres that do not make one tree.
func NewTree(at time.Time, centres []Centre, areas []Area, places *Places) (*Tree, error) {
	t := &Tree{at: at, nodes: make(map[CentreID]*node, len(centres)), areas: areas, byKey: indexAreas(areas), places: places}
	for _, c := range centres {
		t.nodes[c.ID] = &node{centre: c}
	}
	for _, n := range t.nodes {
		if n.centre.Parent.IsZero() {
			if t.root != nil {
				return nil, fmt.Errorf("centres %s and %s have no parent", t.root.centre.Code, n.centre.Code)
			}
			t.root = n
			continue
		}
		if n.parent = t.nodes[n.centre.Parent]; n.parent == nil {
			return nil, fmt.Errorf("centre %s stands below %s, which is not there", n.centre.Code, n.centre.Parent)
		}
		n.parent.children = append(n.parent.children, n)
	}
	if t.root != nil {
		t.finish(t.root, t.areasOf())
	}
	if len(t.order) != len(t.nodes) {
		return nil, fmt.Errorf("%d of %d centres are not below the nation: they stand in a circle", len(t.nodes)-len(t.order), len(t.nodes))
	}
	return t, nil
}

// served is the part of the country that a centre gives to a scope.
type served struct {
	provinces, cities []string
}

func (s *served) add(o served) {
	s.provinces, s.cities = append(s.provinces, o.provinces...), append(s.cities, o.cities...)
}

// areasOf gives the places of the areas that hold at the tree's moment. Numbers dialled and the nation give
// no place: they say who answers, not whose customers these are.
func (t *Tree) areasOf() map[CentreID]served {
	all := map[CentreID]served{}
	for _, a := range t.areas {
		if !a.ValidAt(t.at) {
			continue
		}
		s := all[a.Centre]
		switch a.Selector {
		case ByCity:
			s.cities = append(s.cities, a.Value)
		case ByAreaCode:
			s.cities = append(s.cities, t.places.CitiesOf(a.Value)...)
		case ByProvince:
			s.provinces = append(s.provinces, a.Value)
		case ByCalled, ByCalledPrefix, ByNation:
		}
		all[a.Centre] = s
	}
	return all
}

// finish orders what is below n and works out its scope, from the leaves up.
func (t *Tree) finish(n *node, areas map[CentreID]served) served {
	slices.SortFunc(n.children, func(a, b *node) int { return strings.Compare(a.centre.Code, b.centre.Code) })
	t.order = append(t.order, n.centre)
	n.below = []CentreID{n.centre.ID}
	place := areas[n.centre.ID]
	switch {
	case n.centre.Level == actor.Province && n.centre.Province != "":
		place.add(served{provinces: []string{n.centre.Province}})
	case n.centre.City != "":
		place.add(served{cities: []string{n.centre.City}})
	}
	for _, c := range n.children {
		place.add(t.finish(c, areas))
		n.below = append(n.below, c.below...)
	}
	if n.parent == nil {
		n.scope = actor.National()
		return place
	}
	ids := make([]uuid.UUID, len(n.below))
	for i, id := range n.below {
		ids[i] = id.UUID()
	}
	n.scope = actor.Places(ids, place.provinces, place.cities)
	return place
}

// owns tells whether a place belongs to where centres of the scope stand. Places that only a service area gives do
// not count: otherwise whoever was lent a city for a month could lend it to himself for ever.
func (t *Tree) owns(scope actor.Scope, province, city string) bool {
	if scope.IsNational() {
		return true
	}
	for _, id := range scope.Centres() {
		n := t.nodes[ident.From[centreKind](id)]
		switch {
		case n == nil:
		case n.centre.Level == actor.Province && n.centre.Province == province && province != "",
			n.centre.City == city && city != "":
			return true
		}
	}
	return false
}

// At is the moment that the tree shows.
func (t *Tree) At() time.Time { return t.at }

// Centre gives a centre by its id.
func (t *Tree) Centre(id CentreID) (Centre, bool) {
	n, ok := t.nodes[id]
	if !ok {
		return Centre{}, false
	}
	return n.centre, true
}

// Root gives the nation; false before the organisation is set up.
func (t *Tree) Root() (Centre, bool) {
	if t.root == nil {
		return Centre{}, false
	}
	return t.root.centre, true
}

// Path gives the centre and all above it, the nation first; nil for one that is not there.
func (t *Tree) Path(id CentreID) []Centre {
	var path []Centre
	for n := t.nodes[id]; n != nil; n = n.parent {
		path = append(path, n.centre)
	}
	slices.Reverse(path)
	return path
}

// Below gives the centre and all below it, parents first; nil for one that is not there. Do not change the slice.
func (t *Tree) Below(id CentreID) []CentreID {
	n := t.nodes[id]
	if n == nil {
		return nil
	}
	return n.below
}

// Scope gives what a permission held at the centre covers; empty for a centre that is not there.
func (t *Tree) Scope(id CentreID) actor.Scope {
	n := t.nodes[id]
	if n == nil {
		return actor.Scope{}
	}
	return n.scope
}

// Centres gives all centres, parents before children, brothers by code. Do not change the slice.
func (t *Tree) Centres() []Centre { return t.order }

// Areas gives all service areas, also those that have ended or not begun. Do not change the slice.
func (t *Tree) Areas() []Area { return t.areas }

// Places gives the provinces and cities that the tree speaks of.
func (t *Tree) Places() *Places { return t.places }

// until gives the next moment at which an area begins or ends; zero when none does.
func (t *Tree) until() time.Time {
	var next time.Time
	see := func(m time.Time) {
		if m.After(t.at) && (next.IsZero() || m.Before(next)) {
			next = m
		}
	}
	for _, a := range t.areas {
		see(a.ValidFrom)
		if a.ValidUntil != nil {
			see(*a.ValidUntil)
		}
	}
	return next
}

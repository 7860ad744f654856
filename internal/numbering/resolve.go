package numbering

import (
	"context"
	"fmt"
	"strings"
	"time"

	"yingda/internal/numbering/called"
	"yingda/internal/numbering/home"
	"yingda/internal/numbering/phone"
	"yingda/internal/organization"
)

// CameFrom is what is known of where a call comes from. All of it may be empty.
type CameFrom struct {
	Caller   Phone  // none when withheld
	AreaCode string // of the exchange or trunk that brought the call, with or without its 0
	City     string // of the subscriber where it is known better, GB/T 2260
}

// PlaceSource is how the place of a call was found.
type PlaceSource string

// The sources, the best first.
const (
	FromSubscriber PlaceSource = "subscriber" // the asker named the city
	FromHome       PlaceSource = "home"       // of the caller's number
	FromDialled    PlaceSource = "dialled"    // the area code that was dialled before the service number
	FromTrunk      PlaceSource = "trunk"      // the exchange or trunk that brought the call
	FromNowhere    PlaceSource = "unknown"
)

// Answer is who answers a dialled number.
type Answer struct {
	Known  bool // an entry of called numbers says what the number is
	Called Called
	// Answers tells that Centre is the one that answers. An outside platform is answered by its owner, or not by
	// us: Called.TransferTo says where its calls go.
	Answers bool
	Centre  organization.Centre
	Why     Why

	tree *organization.Tree
}

// owner finds a centre in the organisation that the answer was made of.
func (a Answer) owner(id organization.CentreID) (organization.Centre, bool) { return a.tree.Centre(id) }

// Why explains an answer.
type Why struct {
	Number      Phone
	Home        Home // of the caller
	Place       Place
	PlaceFrom   PlaceSource
	AreaCode    string // with its 0, if one is known
	Considered  []called.Considered[Called]
	ByArea      bool // a service area named the centre; otherwise the owner of the number answers
	ServiceArea organization.Why
}

// Called says who answers a number dialled by somebody at a moment: the most specific entry of called numbers
// says which service it is, and the organisation's service areas say which centre serves that service where the
// call comes from; without a service or an area for it the entry's owner answers. It touches no database once
// the organisation is loaded, and is fit for a call that waits.
//
// Unchecked: calls ask it before anybody is signed in; people ask by [Service.TryOut].
func (s *Service) Called(ctx context.Context, number Phone, from CameFrom, at time.Time) (Answer, error) {
	h := s.held.Load()
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return Answer{}, fmt.Errorf("read the organisation: %w", err)
	}
	return answer(h, tree, number, from, at), nil
}

// answer is the pure part.
func answer(h *snapshot, tree *organization.Tree, number Phone, from CameFrom, at time.Time) Answer {
	a := Answer{tree: tree, Why: Why{Number: number, Home: h.homes.Lookup(from.Caller, at)}}
	a.Why.locate(tree.Places(), number, from)
	entry, considered, ok := h.plan.Find(number, a.Why.Place, at)
	a.Why.Considered = considered
	if !ok {
		return a
	}
	a.Known, a.Called = true, entry.Ref
	if a.Called.Service != "" {
		centre, why, served := tree.Serve(organization.Query{
			Service: a.Called.Service, Called: dialledDigits(number), City: a.Why.Place.City, Province: a.Why.Place.Province,
			AreaCode: a.Why.AreaCode, At: at,
		})
		a.Why.ServiceArea = why
		if served {
			a.Centre, a.Answers, a.Why.ByArea = centre, true, true
			return a
		}
	}
	a.Centre, a.Answers = tree.Centre(a.Called.Centre)
	return a
}

// locate finds where the call comes from by the best that is known.
func (w *Why) locate(places *organization.Places, number Phone, from CameFrom) {
	trunk := strings.TrimLeft(from.AreaCode, "0")
	dialled := ""
	if number.Kind() == phone.Service { // the area of a fixed line says where it is, not where the caller is
		dialled = number.Area()
	}
	for _, area := range []string{from.Caller.Area(), dialled, trunk} {
		if area != "" && w.AreaCode == "" && phone.IsArea(area) {
			w.AreaCode = "0" + area
		}
	}
	if from.City != "" {
		if city, ok := places.CityOf(from.City); ok {
			w.Place, w.PlaceFrom = Place{Province: places.ProvinceOf(city.Code), City: city.Code}, FromSubscriber
			return
		}
	}
	if w.Home.Province != "" && w.Home.Source != home.Unknown {
		w.Place, w.PlaceFrom = Place{Province: w.Home.Province, City: w.Home.City}, FromHome
		return
	}
	for _, by := range []struct {
		area string
		from PlaceSource
	}{{dialled, FromDialled}, {trunk, FromTrunk}} {
		if by.area == "" {
			continue
		}
		p := Place{Province: places.ProvinceOfArea(by.area)}
		if cities := places.CitiesOf(by.area); len(cities) == 1 {
			p.City = cities[0]
		}
		if p != (Place{}) {
			w.Place, w.PlaceFrom = p, by.from
			return
		}
	}
	w.PlaceFrom = FromNowhere
}

// dialledDigits writes a number as service areas know it: digits as they are dialled.
func dialledDigits(p Phone) string {
	return p.Service().Dial(phone.Trunk{}, "")
}

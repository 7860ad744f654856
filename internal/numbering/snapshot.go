package numbering

import (
	"strconv"
	"time"

	"yingda/internal/numbering/called"
	"yingda/internal/numbering/home"
	"yingda/internal/organization"
)

// snapshot is everything that is answered from memory. It is immutable.
type snapshot struct {
	plan      *called.Plan[Called]
	homes     home.Tables
	revisions revisions
	segments  int                // version in use; 0 for none
	tree      *organization.Tree // whose places the area codes are from
	loaded    bool
	at        time.Time
}

// revisions are compared with the database.
type revisions struct{ called, segments, ported int64 }

func emptySnapshot() *snapshot {
	return &snapshot{plan: called.NewPlan[Called](nil), revisions: revisions{-1, -1, -1}}
}

// planOf indexes called numbers.
func planOf(list []Called) *called.Plan[Called] {
	entries := make([]called.Entry[Called], len(list))
	for i, c := range list {
		entries[i] = called.Entry[Called]{
			Ref: c, Pattern: c.Pattern, Match: c.Match, Place: called.Place{Province: c.Province, City: c.City}, State: c.State, From: c.ValidFrom,
		}
		if c.ValidUntil != nil {
			entries[i].Until = *c.ValidUntil
		}
	}
	return called.NewPlan(entries)
}

// areasOf makes the table of area codes from the organisation's places. Where several cities share a code, only
// the province is known.
func areasOf(places *organization.Places) *home.Areas {
	table := map[string]home.Place{}
	for n := 10; n <= 999; n++ {
		area := strconv.Itoa(n)
		cities := places.CitiesOf(area)
		if len(cities) == 0 {
			continue
		}
		p := home.Place{Province: places.ProvinceOfArea(area)}
		if len(cities) == 1 {
			p.City = cities[0]
		}
		table[area] = p
	}
	return home.NewAreas(table)
}

// Home tells where a number is at home and whose it is, at a moment. It touches no database.
func (s *Service) Home(p Phone, at time.Time) Home { return s.held.Load().homes.Lookup(p, at) }

package calendar

import (
	"slices"
	"time"

	"yingda/internal/calendar/worktime"
	"yingda/internal/organization"
)

// merge makes the calendar of the last centre of a path from what the centres of the path say: see the package comment.
// It is pure.
func merge(path []organization.Centre, weeks map[organization.CentreID][]Week, days map[organization.CentreID][]Day) (*worktime.Calendar, error) {
	zone, err := time.LoadLocation(path[len(path)-1].TimeZone)
	if err != nil {
		return nil, err
	}
	turns := turnsOf(path, weeks)
	list := make([]worktime.Week, len(turns))
	for i, t := range turns {
		list[i] = worktime.Week{From: t.from, Label: path[t.place].Name}
		for _, p := range t.week.Periods {
			list[i].Days[p.Weekday-1] = append(list[i].Days[p.Weekday-1], worktime.Span{Start: p.Start, End: p.End})
		}
	}
	all := map[worktime.Date]worktime.Day{}
	for _, c := range path { // a nearer centre's word comes later and replaces
		for _, d := range days[c.ID] {
			if d.Public && !follows(turns, d.Day) {
				continue
			}
			all[d.Day] = worktime.Day{Kind: d.Kind, Name: d.Name, Like: d.AsWeekday, Spans: d.Spans, Label: c.Name}
		}
	}
	return worktime.New(zone, list, all)
}

// turn is a week that holds from a day until the next turn.
type turn struct {
	from  worktime.Date
	week  Week
	place int // of its centre in the path
}

// turnsOf works out whose week holds when: from each day on which any week of the path begins, the newest week of
// the nearest centre that has one by then.
func turnsOf(path []organization.Centre, weeks map[organization.CentreID][]Week) []turn {
	var begins []worktime.Date
	for _, c := range path {
		for _, w := range weeks[c.ID] {
			begins = append(begins, w.ValidFrom)
		}
	}
	slices.Sort(begins)
	var turns []turn
	for _, from := range slices.Compact(begins) {
		for place, c := range slices.Backward(path) {
			if w, ok := newestBy(weeks[c.ID], from); ok {
				turns = append(turns, turn{from, w, place})
				break
			}
		}
	}
	return turns
}

func newestBy(weeks []Week, day worktime.Date) (Week, bool) {
	var newest Week
	found := false
	for _, w := range weeks {
		if w.ValidFrom <= day && (!found || w.ValidFrom > newest.ValidFrom) {
			newest, found = w, true
		}
	}
	return newest, found
}

// follows tells whether the week that holds on a day follows public holidays. Before the first week it does not matter.
func follows(turns []turn, day worktime.Date) bool {
	holds := true
	for _, t := range turns {
		if t.from <= day {
			holds = t.week.Holidays
		}
	}
	return holds
}

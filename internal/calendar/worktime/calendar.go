// Package worktime reckons in working time: when is something due that takes four working hours from Friday
// 17:30? It is pure; a [Calendar] is a value that may be shared.
//
// # Words
//
// A [Span] is a piece of working time of a day, in minutes of the wall clock; it may run past midnight and then
// belongs to the day on which it begins. A [Week] gives the spans of each weekday from a date on. A [Day] differs
// from its week: off, worked like another weekday (调休), or with spans of its own.
//
// # What is exact
//
// A moment is open when the wall clock of the calendar's zone shows a time within a span. Everything else
// follows: an hour that the clock skips in spring is no working time, one that it repeats in autumn counts twice.
// Spans that overlap (a night shift running into an early one) count once. Moments have nanoseconds.
//
//   - Add(t, d) for d > 0 is the earliest moment before which d of working time lie since t: four hours that end
//     with the office are due when it closes, not when it opens again. So Between(t, Add(t, d)) = d,
//     Add(Add(t, a), b) = Add(t, a+b), and a later start or a longer time is never due earlier.
//
// # Cost
//
// Linear in the days looked at, some 100 ns each; nothing is looked at beyond [Horizon]. A calendar without any
// working time ends with [ErrNeverOpen] at once, one with too little with [ErrTooFar].
package worktime

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Errors of reckoning.
var (
	ErrNeverOpen = errors.New("the calendar has no working time")
	ErrTooFar    = errors.New("the calendar has not enough working time in the years looked at")
	ErrNegative  = errors.New("working time to be added must not be negative")
	ErrYear      = errors.New("the moment is not between the years 1970 and 2199")
)

// Horizon is how far from its start anything is looked for.
const Horizon = 20 * 366 * 24 * time.Hour

// minutes of a day.
const minutesPerDay = 24 * 60

// Span is working time from Start until before End, in minutes since midnight of the day to which it belongs. End may
// be up to 24 hours after Start, so a span may end on the next day.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Valid tells whether a span can be one.
func (s Span) Valid() bool {
	return s.Start >= 0 && s.Start < minutesPerDay && s.End > s.Start && s.End <= s.Start+minutesPerDay
}

// Week is the working time of each weekday, Monday first, from a date until the next week of the calendar begins.
type Week struct {
	From  Date
	Days  [7][]Span
	Label string // whose week it is, for explanations
}

// Kind says how a day differs from its week.
type Kind string

// The kinds.
const (
	Usual   Kind = ""        // it does not differ
	Off     Kind = "off"     // no working time
	Work    Kind = "work"    // worked like another weekday
	Special Kind = "special" // working time of its own
)

// Day is a day that differs from its week.
type Day struct {
	Kind  Kind
	Name  string // 国庆节
	Like  int    // of Work: the weekday, 1 for Monday
	Spans []Span // of Special
	Label string // who says so, for explanations
}

// Calendar is working time in a zone. Make it with [New].
type Calendar struct {
	zone  *time.Location
	weeks []Week // by From
	days  map[Date]Day
	never bool
}

// New makes a calendar. Before the first week nothing is open but special days. The slices and the map become the calendar's.
func New(zone *time.Location, weeks []Week, days map[Date]Day) (*Calendar, error) {
	c := &Calendar{zone: zone, weeks: slices.Clone(weeks), days: days, never: true}
	slices.SortStableFunc(c.weeks, func(a, b Week) int { return cmp.Compare(a.From, b.From) })
	for i := range c.weeks {
		for wd, spans := range c.weeks[i].Days {
			if err := c.take(spans, "weekday %d from %s", wd+1, c.weeks[i].From); err != nil {
				return nil, err
			}
		}
	}
	for date, d := range days {
		switch d.Kind {
		case Off:
		case Work:
			if d.Like < 1 || d.Like > 7 {
				return nil, fmt.Errorf("%s is worked like weekday %d", date, d.Like)
			}
		case Special:
			if err := c.take(d.Spans, "day %s", date); err != nil {
				return nil, err
			}
		case Usual:
			fallthrough
		default:
			return nil, fmt.Errorf("%s is of kind %q", date, d.Kind)
		}
	}
	return c, nil
}

func (c *Calendar) take(spans []Span, where string, args ...any) error {
	for _, s := range spans {
		if !s.Valid() {
			return fmt.Errorf("the span %d to %d of "+where+" is not possible", append([]any{s.Start, s.End}, args...)...)
		}
		c.never = false
	}
	return nil
}

// Zone is the calendar's time zone.
func (c *Calendar) Zone() *time.Location { return c.zone }

// week gives the week that holds on a date; nil before the first.
func (c *Calendar) week(d Date) *Week {
	i, found := slices.BinarySearchFunc(c.weeks, d, func(w Week, d Date) int { return cmp.Compare(w.From, d) })
	if !found {
		i--
	}
	// Of several weeks from one date the last one holds.
	for i >= 0 && i+1 < len(c.weeks) && c.weeks[i+1].From == c.weeks[i].From {
		i++
	}
	if i < 0 {
		return nil
	}
	return &c.weeks[i]
}

// On gives the working time of a date, and what makes it differ from its week.
func (c *Calendar) On(d Date) ([]Span, Day) {
	day := c.days[d]
	weekday := d.Weekday()
	switch day.Kind {
	case Off:
		return nil, day
	case Special:
		return day.Spans, day
	case Work:
		weekday = day.Like
	case Usual:
	}
	w := c.week(d)
	if w == nil {
		return nil, day
	}
	if day.Kind == Usual {
		day.Label = w.Label
	}
	return w.Days[weekday-1], day
}

// IsOpen tells whether a moment is working time.
func (c *Calendar) IsOpen(t time.Time) bool {
	y, m, d := t.In(c.zone).Date()
	h, min, _ := t.In(c.zone).Clock()
	date, minute := DateOf(y, m, d), h*60+min
	today, _ := c.On(date)
	before, _ := c.On(date - 1)
	return covers(today, minute) || covers(before, minute+minutesPerDay)
}

func covers(spans []Span, minute int) bool {
	return slices.ContainsFunc(spans, func(s Span) bool { return s.Start <= minute && minute < s.End })
}

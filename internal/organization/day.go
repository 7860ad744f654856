package organization

import "time"

// Day is a day of the calendar without a time or zone, as 2026-11-20; empty for none. Days compare as text.
type Day string

// DayOf is the day of a moment in business time.
func DayOf(t time.Time, zone *time.Location) Day { return Day(t.In(zone).Format(time.DateOnly)) }

// Valid reports a real day between 1900 and 9999, or none.
func (d Day) Valid() bool {
	if d == "" {
		return true
	}
	_, err := time.Parse(time.DateOnly, string(d))
	return err == nil && d >= "1900-01-01"
}

// Time is the beginning of the day in UTC; zero for none.
func (d Day) Time() time.Time {
	t, _ := time.Parse(time.DateOnly, string(d)) // none, and what Valid refuses, give zero
	return t
}

// Add gives the day n days later; none stays none.
func (d Day) Add(n int) Day {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	return Day(t.AddDate(0, 0, n).Format(time.DateOnly))
}

// AddMonths gives the day n months later, as calendars count: the 31st plus one month is at most the last of it.
func (d Day) AddMonths(n int) Day {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return Day(first.AddDate(0, 0, min(t.Day(), last)-1).Format(time.DateOnly))
}

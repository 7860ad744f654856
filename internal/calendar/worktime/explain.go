package worktime

import "time"

// Used is working time that a deadline is made of.
type Used struct {
	Date Date // of the span: for a night shift the day on which it began
	From time.Time
	To   time.Time
	Kind Kind   // how the day differs from its week
	Name string // 国庆节; empty for a usual day
	By   string // whose calendar says so
}

// Skipped is a day on the way without working time.
type Skipped struct {
	Date Date
	Kind Kind // Off, or Usual for a weekday that is free every week
	Name string
	By   string
}

// Explanation says why a deadline is what it is.
type Explanation struct {
	Due     time.Time
	Used    []Used
	Skipped []Skipped
	More    int // pieces of working time that are left out, between the ones listed and the last
}

// maxUsed bounds the list; a deadline of more pieces is told by its beginning and end.
const maxUsed = 60

// Explain is Add with its reasons.
func (c *Calendar) Explain(t time.Time, d time.Duration) (Explanation, error) {
	due, err := c.Add(t, d)
	if err != nil {
		return Explanation{}, err
	}
	e := Explanation{Due: due}
	if d == 0 {
		return e, nil
	}
	worked := map[Date]bool{}
	err = c.walk(t, func(from, to int64, date Date) bool {
		to = min(to, due.UnixNano())
		worked[date] = true
		_, day := c.On(date)
		u := Used{date, time.Unix(0, from).In(c.zone), time.Unix(0, to).In(c.zone), day.Kind, day.Name, day.Label}
		if n := len(e.Used); n > 0 && e.Used[n-1].To.Equal(u.From) && e.Used[n-1].Date == date {
			e.Used[n-1].To = u.To
		} else if n == maxUsed {
			e.More, e.Used[n-1] = e.More+1, u
		} else {
			e.Used = append(e.Used, u)
		}
		return to < due.UnixNano()
	})
	for date := DateIn(t, c.zone); date <= DateIn(due, c.zone) && len(e.Skipped) < maxUsed; date++ {
		if spans, day := c.On(date); len(spans) == 0 && !worked[date] {
			e.Skipped = append(e.Skipped, Skipped{date, day.Kind, day.Name, day.Label})
		}
	}
	return e, err
}

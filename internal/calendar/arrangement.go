package calendar

import (
	"time"

	"yingda/internal/calendar/worktime"
)

// Arrangement is the State Council's arrangement of the public holidays of a year.
type Arrangement struct {
	Year   int
	Source string // the notice, and the day on which it was made
	Days   []ArrangedDay
}

// ArrangedDay is a public holiday, or a Saturday or Sunday on which is worked for it.
type ArrangedDay struct {
	Day  worktime.Date
	Off  bool
	Name string
}

// Arrangements lists the arrangements that this program knows, as published by the General Office of the State Council.
// Those of other years are imported.
func Arrangements() []Arrangement {
	return []Arrangement{
		arrange(2025, "国务院办公厅关于2025年部分节假日安排的通知，2024年11月12日", []holiday{
			{"元旦", day(1, 1), day(1, 1), nil},
			{"春节", day(1, 28), day(2, 4), []monthDay{day(1, 26), day(2, 8)}},
			{"清明节", day(4, 4), day(4, 6), nil},
			{"劳动节", day(5, 1), day(5, 5), []monthDay{day(4, 27)}},
			{"端午节", day(5, 31), day(6, 2), nil},
			{"国庆节、中秋节", day(10, 1), day(10, 8), []monthDay{day(9, 28), day(10, 11)}},
		}),
		arrange(2026, "国务院办公厅关于2026年部分节假日安排的通知，2025年11月4日", []holiday{
			{"元旦", day(1, 1), day(1, 3), []monthDay{day(1, 4)}},
			{"春节", day(2, 15), day(2, 23), []monthDay{day(2, 14), day(2, 28)}},
			{"清明节", day(4, 4), day(4, 6), nil},
			{"劳动节", day(5, 1), day(5, 5), []monthDay{day(5, 9)}},
			{"端午节", day(6, 19), day(6, 21), nil},
			{"中秋节", day(9, 25), day(9, 27), nil},
			{"国庆节", day(10, 1), day(10, 7), []monthDay{day(9, 20), day(10, 10)}},
		}),
	}
}

type monthDay struct {
	month time.Month
	day   int
}

func day(month time.Month, d int) monthDay { return monthDay{month, d} }

// holiday is a run of free days, and the days that make up for it.
type holiday struct {
	name        string
	first, last monthDay
	makeUp      []monthDay
}

func arrange(year int, source string, list []holiday) Arrangement {
	a := Arrangement{Year: year, Source: source}
	date := func(m monthDay) worktime.Date { return worktime.DateOf(year, m.month, m.day) }
	for _, h := range list {
		for d := date(h.first); d <= date(h.last); d++ {
			a.Days = append(a.Days, ArrangedDay{d, true, h.name})
		}
		for _, m := range h.makeUp {
			a.Days = append(a.Days, ArrangedDay{date(m), false, h.name + "调休上班"})
		}
	}
	return a
}

func arrangementOf(year int) (Arrangement, bool) {
	for _, a := range Arrangements() {
		if a.Year == year {
			return a, true
		}
	}
	return Arrangement{}, false
}

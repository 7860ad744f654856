package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"yingda/internal/actor"
	"yingda/internal/calendar"
	"yingda/internal/calendar/worktime"
	"yingda/internal/organization"
)

// FillCalendar gives the demonstration its working time, unless there is some: office hours with a lunch break for the
// whole operator, the public holidays of this year, and a city that also works on Saturdays.
func FillCalendar(ctx context.Context, hours *calendar.Service, units *organization.Service, now time.Time) error {
	ctx = actor.With(ctx, actor.System("demo.calendar", calendar.HoursRead, calendar.HoursEdit))
	tree, err := units.Tree(ctx)
	if err != nil {
		return err
	}
	root, ok := tree.Root()
	if !ok {
		return nil
	}
	_, weeks, err := hours.Weeks(ctx, root.ID)
	if err != nil || len(weeks) > 0 {
		return err
	}
	since := worktime.DateOf(now.Year()-1, time.January, 1)
	for centre, periods := range demoWeeks(root, tree.Centres()) {
		edit := calendar.WeekEdit{Week: calendar.Week{Centre: centre, ValidFrom: since, Holidays: true, Periods: periods}, Reason: "演示数据"}
		if _, err := hours.CreateWeek(ctx, nil, edit); err != nil {
			return fmt.Errorf("add a working week of the demonstration: %w", err)
		}
	}
	if _, err := hours.TakeArrangement(ctx, root.ID, now.Year()); err != nil && !errors.Is(err, calendar.ErrNoYear) {
		return fmt.Errorf("add the demonstration's public holidays: %w", err)
	}
	return nil
}

// demoWeeks gives the nation its week, and the first city one of its own.
func demoWeeks(root organization.Centre, centres []organization.Centre) map[organization.CentreID][]calendar.Period {
	weeks := map[organization.CentreID][]calendar.Period{root.ID: officeHours(5)}
	for _, c := range centres {
		if c.State == organization.Active && c.Level == actor.City {
			weeks[c.ID] = officeHours(6)
			break
		}
	}
	return weeks
}

// officeHours are 08:30 to 12:00 and 14:00 to 17:30 on the first days of the week.
func officeHours(days int) []calendar.Period {
	periods := make([]calendar.Period, 0, 2*days)
	for day := 1; day <= days; day++ {
		periods = append(periods,
			calendar.Period{Weekday: day, Start: 8*60 + 30, End: 12 * 60},
			calendar.Period{Weekday: day, Start: 14 * 60, End: 17*60 + 30})
	}
	return periods
}

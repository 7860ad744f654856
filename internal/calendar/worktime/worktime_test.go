package worktime_test

import (
	"fmt"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"yingda/internal/calendar/worktime"
)

var shanghai = mustZone("Asia/Shanghai")

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

func span(from, to string) worktime.Span {
	minute := func(s string) int {
		var h, m int
		if _, err := fmt.Sscanf(s, "%d:%d", &h, &m); err != nil {
			panic(err)
		}
		return h*60 + m
	}
	return worktime.Span{Start: minute(from), End: minute(to)}
}

// office is Monday to Friday 9:00 to 12:00 and 14:00 to 18:00, with the national day of 2026 off and made up for.
func office(t require.TestingT, zone *time.Location) *worktime.Calendar {
	week := worktime.Week{From: worktime.DateOf(2020, 1, 1), Label: "全国"}
	for i := range 5 {
		week.Days[i] = []worktime.Span{span("9:00", "12:00"), span("14:00", "18:00")}
	}
	days := map[worktime.Date]worktime.Day{
		worktime.DateOf(2026, 9, 20):  {Kind: worktime.Work, Name: "国庆节调休上班", Like: 1},
		worktime.DateOf(2026, 10, 10): {Kind: worktime.Work, Name: "国庆节调休上班", Like: 1},
	}
	for d := 1; d <= 7; d++ {
		days[worktime.DateOf(2026, 10, d)] = worktime.Day{Kind: worktime.Off, Name: "国庆节"}
	}
	c, err := worktime.New(zone, []worktime.Week{week}, days)
	require.NoError(t, err)
	return c
}

func at(zone *time.Location, s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", s+":00"[:max(0, 19-len(s))], zone)
	if err != nil {
		panic(err)
	}
	return t
}

func TestDeadlinesByExample(t *testing.T) {
	t.Parallel()
	c := office(t, shanghai)
	for _, tt := range []struct {
		why, from string
		add       time.Duration
		due       string
	}{
		{"four working hours from Friday 17:30", "2026-11-20 17:30", 4 * time.Hour, "2026-11-23 14:30"},
		{"within one piece", "2026-11-20 09:15", 30 * time.Minute, "2026-11-20 09:45"},
		{"over the noon break", "2026-11-20 11:30", time.Hour, "2026-11-20 14:30"},
		{"what ends with the day is due at its end", "2026-11-20 17:30", 30 * time.Minute, "2026-11-20 18:00"},
		{"from the weekend", "2026-11-21 10:00", time.Minute, "2026-11-23 09:01"},
		{"over the national holiday to the day after", "2026-09-30 17:00", 2 * time.Hour, "2026-10-08 10:00"},
		{"a Saturday that makes up is worked", "2026-10-09 17:00", 2 * time.Hour, "2026-10-10 10:00"},
		{"the week of the holiday is not worked", "2026-09-30 18:00", 7 * time.Hour, "2026-10-08 18:00"},
		{"nothing is due at once", "2026-11-21 10:00", 0, "2026-11-21 10:00"},
	} {
		due, err := c.Add(at(shanghai, tt.from), tt.add)
		require.NoError(t, err, tt.why)
		require.Equal(t, at(shanghai, tt.due).String(), due.String(), tt.why)
	}
}

func TestNightShiftRunsPastMidnightAndIntoAHoliday(t *testing.T) {
	t.Parallel()
	week := worktime.Week{}
	for i := range 7 {
		week.Days[i] = []worktime.Span{span("22:00", "30:00")}
	}
	c, err := worktime.New(shanghai, []worktime.Week{week}, map[worktime.Date]worktime.Day{
		worktime.DateOf(2026, 10, 1): {Kind: worktime.Off, Name: "国庆节"},
	})
	require.NoError(t, err)
	require.True(t, c.IsOpen(at(shanghai, "2026-10-01 05:59")), "the shift of the day before goes on until six")
	require.False(t, c.IsOpen(at(shanghai, "2026-10-01 06:00")))
	require.False(t, c.IsOpen(at(shanghai, "2026-10-01 23:00")), "no shift begins on the holiday")
	require.False(t, c.IsOpen(at(shanghai, "2026-10-02 03:00")))
	due, err := c.Add(at(shanghai, "2026-10-01 05:00"), 2*time.Hour)
	require.NoError(t, err)
	require.Equal(t, at(shanghai, "2026-10-02 23:00").String(), due.String())
}

// In New York 2:00 to 3:00 of 8 March 2026 does not happen, and 1:00 to 2:00 of 1 November happens twice.
func TestDaylightSavingTime(t *testing.T) {
	t.Parallel()
	zone := mustZone("America/New_York")
	week := worktime.Week{}
	for i := range 7 {
		week.Days[i] = []worktime.Span{span("1:00", "4:00")}
	}
	c, err := worktime.New(zone, []worktime.Week{week}, nil)
	require.NoError(t, err)
	for day, hours := range map[string]time.Duration{"2026-03-07": 3, "2026-03-08": 2, "2026-10-31": 3, "2026-11-01": 4} {
		d, err := c.Between(at(zone, day+" 00:00"), at(zone, day+" 23:59"))
		require.NoError(t, err)
		require.Equal(t, hours*time.Hour, d, day)
	}
}

func TestCalendarsThatNeverOpenEndWithAnError(t *testing.T) {
	t.Parallel()
	never, err := worktime.New(shanghai, []worktime.Week{{}}, nil)
	require.NoError(t, err)
	now := at(shanghai, "2026-11-20 17:30")
	_, err = never.Add(now, time.Minute)
	require.ErrorIs(t, err, worktime.ErrNeverOpen)
	_, err = never.NextOpen(now)
	require.ErrorIs(t, err, worktime.ErrNeverOpen)
	_, err = never.Previous(now)
	require.ErrorIs(t, err, worktime.ErrNeverOpen)
	d, err := never.Between(now, now.Add(time.Hour))
	require.NoError(t, err)
	require.Zero(t, d)

	once, err := worktime.New(shanghai, nil, map[worktime.Date]worktime.Day{
		worktime.DateOf(2026, 11, 21): {Kind: worktime.Special, Spans: []worktime.Span{span("9:00", "10:00")}},
	})
	require.NoError(t, err)
	_, err = once.Add(now, 2*time.Hour)
	require.ErrorIs(t, err, worktime.ErrTooFar)
	end, err := once.NextClose(now)
	require.NoError(t, err)
	require.Equal(t, at(shanghai, "2026-11-21 10:00").String(), end.String())
	_, err = once.Add(now, -time.Second)
	require.ErrorIs(t, err, worktime.ErrNegative)
	_, err = once.Add(at(shanghai, "2300-01-01 00:00"), time.Second)
	require.ErrorIs(t, err, worktime.ErrYear)
}

func TestImpossibleCalendarsAreRefused(t *testing.T) {
	t.Parallel()
	for name, week := range map[string]worktime.Week{
		"backwards":       {Days: [7][]worktime.Span{{{Start: 600, End: 540}}}},
		"empty":           {Days: [7][]worktime.Span{{{Start: 600, End: 600}}}},
		"over two nights": {Days: [7][]worktime.Span{{{Start: 600, End: 2100}}}},
		"next day":        {Days: [7][]worktime.Span{{{Start: 1440, End: 1500}}}},
	} {
		_, err := worktime.New(shanghai, []worktime.Week{week}, nil)
		require.Error(t, err, name)
	}
	for name, day := range map[string]worktime.Day{
		"like no weekday": {Kind: worktime.Work, Like: 8}, "no kind": {}, "unknown kind": {Kind: "half"},
	} {
		_, err := worktime.New(shanghai, nil, map[worktime.Date]worktime.Day{0: day})
		require.Error(t, err, name)
	}
}

func TestExplanationNamesWhatIsUsedAndWhatIsSkipped(t *testing.T) {
	t.Parallel()
	e, err := office(t, shanghai).Explain(at(shanghai, "2026-09-30 17:00"), 9*time.Hour)
	require.NoError(t, err)
	require.Equal(t, at(shanghai, "2026-10-09 10:00").String(), e.Due.String())
	require.Len(t, e.Used, 4)
	require.Equal(t, "全国", e.Used[0].By)
	require.Equal(t, at(shanghai, "2026-10-08 09:00").String(), e.Used[1].From.String())
	require.Len(t, e.Skipped, 7)
	require.Equal(t, "国庆节", e.Skipped[0].Name)
}

func ExampleCalendar_Add() {
	zone := time.FixedZone("Asia/Shanghai", 8*60*60)
	week := worktime.Week{}
	for i := range 5 { // Monday to Friday
		week.Days[i] = []worktime.Span{{Start: 9 * 60, End: 18 * 60}}
	}
	c, err := worktime.New(zone, []worktime.Week{week}, nil)
	if err != nil {
		panic(err)
	}
	due, err := c.Add(time.Date(2026, 11, 20, 17, 30, 0, 0, zone), 4*time.Hour) // a Friday
	fmt.Println(due.Format("Mon 15:04"), err)
	// Output: Mon 12:30 <nil>
}

func BenchmarkAdd(b *testing.B) {
	c := office(b, shanghai)
	from := at(shanghai, "2026-11-20 17:30")
	for name, d := range map[string]time.Duration{"4h": 4 * time.Hour, "5days": 35 * time.Hour, "year": 1700 * time.Hour} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Add(from, d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

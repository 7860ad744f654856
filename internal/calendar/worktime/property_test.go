package worktime_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/calendar/worktime"
)

// Zones without changes, with an hour, with half an hour, with a change at midnight and with one against the sun.
var zones = []string{"Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca", "America/St_Johns", "Asia/Kolkata"}

// made is a random calendar with what it was made of, so that a test can look without its help.
type made struct {
	*worktime.Calendar
	zone  *time.Location
	weeks []worktime.Week
	days  map[worktime.Date]worktime.Day
}

// around is a date near which zones change their offset.
var around = []worktime.Date{
	worktime.DateOf(2026, 3, 8), worktime.DateOf(2026, 4, 5), worktime.DateOf(2026, 9, 6), worktime.DateOf(2026, 10, 4),
	worktime.DateOf(2026, 11, 1), worktime.DateOf(2026, 2, 15), worktime.DateOf(2026, 3, 22), worktime.DateOf(2026, 6, 30),
}

func spans() *rapid.Generator[[]worktime.Span] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) worktime.Span {
		start := rapid.IntRange(0, 1439).Draw(t, "start")
		return worktime.Span{Start: start, End: start + rapid.IntRange(1, 1440).Draw(t, "length")}
	}), 0, 3)
}

func calendars() *rapid.Generator[made] {
	return rapid.Custom(func(t *rapid.T) made {
		m := made{zone: mustZone(rapid.SampledFrom(zones).Draw(t, "zone")), days: map[worktime.Date]worktime.Day{}}
		base := rapid.SampledFrom(around).Draw(t, "around")
		for i := range rapid.IntRange(1, 2).Draw(t, "weeks") {
			w := worktime.Week{From: base - 3 + worktime.Date(4*i)}
			for wd := range w.Days {
				w.Days[wd] = spans().Draw(t, "week")
			}
			m.weeks = append(m.weeks, w)
		}
		for range rapid.IntRange(0, 3).Draw(t, "days") {
			d := worktime.Day{Kind: rapid.SampledFrom([]worktime.Kind{worktime.Off, worktime.Work, worktime.Special}).Draw(t, "kind")}
			switch d.Kind {
			case worktime.Work:
				d.Like = rapid.IntRange(1, 7).Draw(t, "like")
			case worktime.Special:
				d.Spans = spans().Draw(t, "special")
			}
			m.days[base+worktime.Date(rapid.IntRange(-2, 5).Draw(t, "day"))] = d
		}
		var err error
		m.Calendar, err = worktime.New(m.zone, m.weeks, m.days)
		require.NoError(t, err)
		return m
	})
}

// start is a moment near the calendar's interesting days.
func (m made) start(t *rapid.T) time.Time {
	from := m.weeks[0].From.Time().Add(-24 * time.Hour)
	return from.Add(time.Duration(rapid.Int64Range(0, int64(9*24*time.Hour)).Draw(t, "start")))
}

// open tells by the wall clock alone whether a moment is working time: a second, simpler reading of the definition.
func (m made) open(t time.Time) bool {
	local := t.In(m.zone)
	minute := local.Hour()*60 + local.Minute()
	date := worktime.DateOf(local.Year(), local.Month(), local.Day())
	for back := range 2 {
		for _, s := range m.spansOf(date - worktime.Date(back)) {
			if at := minute + back*1440; s.Start <= at && at < s.End {
				return true
			}
		}
	}
	return false
}

func (m made) spansOf(date worktime.Date) []worktime.Span {
	weekday := date.Weekday()
	switch day := m.days[date]; day.Kind {
	case worktime.Off:
		return nil
	case worktime.Special:
		return day.Spans
	case worktime.Work:
		weekday = day.Like
	}
	var spans []worktime.Span
	for _, w := range m.weeks {
		if w.From <= date {
			spans = w.Days[weekday-1]
		}
	}
	return spans
}

// Minute by minute over five days, nothing is found that the wall clock does not say.
func TestAgreesWithLookingAtEveryMinute(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := calendars().Draw(t, "calendar")
		start := m.start(t).Truncate(time.Minute)
		var open time.Duration
		var last, next time.Time
		for i := range 5 * 1440 {
			at := start.Add(time.Duration(i) * time.Minute)
			is := m.open(at)
			require.Equal(t, is, m.IsOpen(at), "%s", at.In(m.zone))
			if is && next.IsZero() {
				next = at
				found, err := m.NextOpen(start)
				require.NoError(t, err)
				require.True(t, next.Equal(found), "%s is the first, not %s", next.In(m.zone), found.In(m.zone))
			}
			if is {
				open += time.Minute
				last = at
			}
			if i%997 == 0 {
				d, err := m.Between(start, at.Add(time.Minute))
				require.NoError(t, err)
				require.Equal(t, open, d)
			}
			if is && i%241 == 0 {
				due, err := m.Add(start, open)
				require.NoError(t, err)
				require.True(t, at.Add(time.Minute).Equal(due), "%s of working time end at %s, not %s", open, at.Add(time.Minute).In(m.zone), due.In(m.zone))
			}
		}
		if end := start.Add(5 * 1440 * time.Minute); !last.IsZero() {
			before, err := m.Previous(end)
			require.NoError(t, err)
			require.True(t, last.Add(time.Minute).Equal(before) || m.open(end) && end.Equal(before), "%s, not %s", last.In(m.zone), before.In(m.zone))
		}
	})
}

func working(t *rapid.T, label string) time.Duration {
	return time.Duration(rapid.Int64Range(0, int64(60*time.Hour)).Draw(t, label))
}

func TestAddThenBetweenIsIdentity(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := calendars().Draw(t, "calendar")
		start, d := m.start(t), working(t, "d")
		due, err := m.Add(start, d)
		if err != nil {
			t.Skip(err)
		}
		back, err := m.Between(start, due)
		require.NoError(t, err)
		require.Equal(t, d, back)
		negative, err := m.Between(due, start)
		require.NoError(t, err)
		require.Equal(t, -d, negative)
		e, err := m.Explain(start, d)
		require.NoError(t, err)
		require.True(t, due.Equal(e.Due))
		if e.More == 0 {
			var used time.Duration
			for _, u := range e.Used {
				used += u.To.Sub(u.From)
			}
			require.Equal(t, d, used, "the explanation adds up")
		}
	})
}

func TestAddIsAdditive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := calendars().Draw(t, "calendar")
		start, a, b := m.start(t), working(t, "a"), working(t, "b")
		both, err := m.Add(start, a+b)
		if err != nil {
			t.Skip(err)
		}
		first, err := m.Add(start, a)
		require.NoError(t, err)
		second, err := m.Add(first, b)
		require.NoError(t, err)
		require.True(t, both.Equal(second), "%s, not %s", both.In(m.zone), second.In(m.zone))
	})
}

func TestAddIsMonotone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := calendars().Draw(t, "calendar")
		start, d := m.start(t), working(t, "d")
		later, longer := start.Add(time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "later"))), d+working(t, "longer")
		due, err := m.Add(start, d)
		if err != nil {
			t.Skip(err)
		}
		if after, err := m.Add(later, d); err == nil {
			require.False(t, after.Before(due), "a later start is not due earlier")
		}
		if after, err := m.Add(start, longer); err == nil {
			require.False(t, after.Before(due), "a longer time is not due earlier")
		}
	})
}

func TestDatesAreTheOnesOfTheCalendar(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := worktime.Date(rapid.Int32Range(-40000, 80000).Draw(t, "date"))
		read, err := worktime.ParseDate(d.String())
		require.NoError(t, err)
		require.Equal(t, d, read)
		require.Equal(t, (int(d.Time().Weekday())+6)%7+1, d.Weekday())
		require.Equal(t, d, worktime.DateIn(d.Time(), time.UTC))
	})
}

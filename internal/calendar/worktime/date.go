package worktime

import (
	"fmt"
	"time"
)

// Date is a day of the calendar without time or zone: days since 1 January 1970.
type Date int32

// DateOf makes a date.
func DateOf(year int, month time.Month, day int) Date {
	return Date(floorDiv(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix(), secondsPerDay))
}

// DateIn gives the date that the wall clock shows at a moment.
func DateIn(t time.Time, zone *time.Location) Date {
	y, m, d := t.In(zone).Date()
	return DateOf(y, m, d)
}

// ParseDate reads 2026-10-01.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a date like 2026-10-01", s)
	}
	return Date(floorDiv(t.Unix(), secondsPerDay)), nil
}

// Time gives the date's midnight in UTC, for formatting and SQL.
func (d Date) Time() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// String is 2026-10-01.
func (d Date) String() string { return d.Time().Format(time.DateOnly) }

// MarshalText serves JSON.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads 2026-10-01.
func (d *Date) UnmarshalText(b []byte) error {
	v, err := ParseDate(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// Weekday is 1 for Monday to 7 for Sunday (ISO 8601).
func (d Date) Weekday() int { return int((int64(d)%7+7+3)%7) + 1 }

const secondsPerDay = 24 * 60 * 60

// floorDiv divides rounding down, also for what is before 1970.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

package report

import (
	"time"

	"github.com/google/uuid"

	"yingda/internal/metric"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
)

// maxDays is the longest period of a report.
const maxDays = 92

// Grain is the step of time of a report's rows.
type Grain string

// The grains.
const (
	HalfHour Grain = "half_hour" // of the day: the same half hours of several days are added up
	Day      Grain = "day"
)

// Preset names rules of counting.
type Preset string

// The presets.
const (
	Queue   Preset = "queue"
	China15 Preset = "china15"
	China20 Preset = "china20"
	China30 Preset = "china30"
	Own     Preset = "own"
)

// Query says what a report is of.
type Query struct {
	From, To  string // days of the centre's calendar, both included, as 2006-01-02; empty: today
	Grain     Grain  // empty: half hours for one day, days for more
	Centre    organization.CentreID
	Queue     uuid.UUID
	Team      uuid.UUID
	Simulated bool
	Preset    Preset       // empty: China15
	Rules     metric.Rules // for Own
}

// Period is the time of a report.
type Period struct {
	From, To time.Time // To is not in it
	First    string    // days, both in it
	Last     string
	Days     int
	Zone     *time.Location
}

// rules gives the rules that a query means.
func (q Query) rules() metric.Rules {
	switch q.Preset {
	case Queue:
		return metric.Queue()
	case China20:
		return metric.China(20 * time.Second)
	case China30:
		return metric.China(30 * time.Second)
	case Own:
		return q.Rules
	}
	return metric.China(15 * time.Second)
}

// period reads the days of a query on the clock of a zone.
func (q Query) period(now time.Time, zone *time.Location) (Period, error) {
	today := now.In(zone).Format(time.DateOnly)
	first, last := q.From, q.To
	if first == "" {
		first = pick(last == "", today, last)
	}
	if last == "" {
		last = first
	}
	var f fault.Fields
	from, err := time.ParseInLocation(time.DateOnly, first, zone)
	f.Check(err == nil, "query.from", "format", "is not a day such as 2026-11-21")
	end, err2 := time.ParseInLocation(time.DateOnly, last, zone)
	f.Check(err2 == nil, "query.to", "format", "is not a day such as 2026-11-21")
	days := 0
	if err == nil && err2 == nil {
		a, b := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, time.UTC), time.Date(end.Year(), end.Month(), end.Day(), 0, 0, 0, 0, time.UTC)
		days = int(b.Sub(a)/(24*time.Hour)) + 1
		f.Check(days >= 1, "query.to", "order", "lies before the first day")
		f.Check(days <= maxDays, "query.to", "range", "is more than 92 days after the first")
	}
	rules := q.rules()
	f.Check(rules.Valid(), "query.rules", "invalid", "are no rules by which waits can be counted")
	if err := f.Err("report.wrong_query", "this report cannot be made"); err != nil {
		return Period{}, err
	}
	return Period{
		From: from, To: time.Date(end.Year(), end.Month(), end.Day()+1, 0, 0, 0, 0, zone),
		First: first, Last: last, Days: days, Zone: zone,
	}, nil
}

// length is the time that a row of the grain stands for: a half hour of every day, or one whole day.
func (p Period) length(g Grain) time.Duration {
	if g == HalfHour {
		return time.Duration(p.Days) * 30 * time.Minute
	}
	return 24 * time.Hour
}

// days gives the days of the period, as 2006-01-02.
func (p Period) days() []string {
	list := make([]string, p.Days)
	for i := range list {
		list[i] = time.Date(p.From.Year(), p.From.Month(), p.From.Day()+i, 12, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
	return list
}

// dayNumber is the day since 1970 by which the database counts days.
func dayNumber(day string) int64 {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return 0 // days come from time.Format
	}
	return t.Unix() / (24 * 60 * 60)
}

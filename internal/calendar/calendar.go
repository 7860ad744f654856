package calendar

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yingda/internal/calendar/worktime"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
)

type (
	weekKind struct{}
	dayKind  struct{}
)

// The ids of this package's things.
type (
	WeekID = ident.ID[weekKind]
	DayID  = ident.ID[dayKind]
)

// Period is working time of a weekday, in minutes since its midnight; End may be on the next day.
type Period struct {
	Weekday int `json:"weekday" minimum:"1" maximum:"7" doc:"1: Monday"`
	Start   int `json:"start" minimum:"0" maximum:"1439" doc:"Minutes since midnight"`
	End     int `json:"end" minimum:"1" maximum:"2879" doc:"Minutes since midnight; above 1440 on the next day"`
}

// Week is a centre's working week from a day on.
type Week struct {
	ID        WeekID                `json:"id" audit:"-"`
	Centre    organization.CentreID `json:"centre_id"`
	ValidFrom worktime.Date         `json:"valid_from"`
	Holidays  bool                  `json:"holidays"` // follows public holidays and make-up workdays
	Periods   []Period              `json:"periods"`
	Version   int                   `json:"version" audit:"-"`
	UpdatedBy string                `json:"updated_by" audit:"-"`
	UpdatedAt time.Time             `json:"updated_at" audit:"-"`
}

// Day is an exception: a day that differs from the week.
type Day struct {
	ID        DayID                 `json:"id" audit:"-"`
	Centre    organization.CentreID `json:"centre_id"`
	Day       worktime.Date         `json:"day"`
	Kind      worktime.Kind         `json:"kind"`
	Public    bool                  `json:"public"` // only for weeks that follow public holidays
	Name      string                `json:"name"`
	AsWeekday int                   `json:"as_weekday"` // of a day worked like another one; 0: none
	Spans     []worktime.Span       `json:"periods"`    // of a day with periods of its own
	Version   int                   `json:"version" audit:"-"`
	UpdatedBy string                `json:"updated_by" audit:"-"`
	UpdatedAt time.Time             `json:"updated_at" audit:"-"`
}

// Codes of wrong fields.
const (
	fieldRequired   = "calendar.required"
	fieldTooLong    = "calendar.too_long"
	fieldCharacters = "calendar.bad_characters"
	fieldFormat     = "calendar.bad_format"
	fieldOverlap    = "calendar.overlap"
	fieldRange      = "calendar.out_of_range"
	fieldUnknown    = "calendar.unknown"
	fieldTwice      = "calendar.twice"
)

const (
	maxPeriods = 10 // of one day
	maxName    = 100
	maxReason  = 1000
)

// The days that calendars may name.
var (
	firstDay = worktime.DateOf(1990, 1, 1)
	lastDay  = worktime.DateOf(2199, 12, 31)
)

func checkDay(f *fault.Fields, location string, d worktime.Date) {
	f.Check(d >= firstDay && d <= lastDay, location, fieldRange, "is not between 1990 and 2199")
}

// normalise sorts the periods and checks the week.
func (w Week) normalise(f *fault.Fields) Week {
	checkDay(f, "body.valid_from", w.ValidFrom)
	w.Periods = append([]Period{}, w.Periods...)
	var byDay [8][]worktime.Span
	for i, p := range w.Periods {
		s := worktime.Span{Start: p.Start, End: p.End}
		if p.Weekday < 1 || p.Weekday > 7 || !s.Valid() {
			f.Add(fmt.Sprintf("body.periods[%d]", i), fieldFormat, "is not a period of a weekday of at most 24 hours")
			continue
		}
		byDay[p.Weekday] = append(byDay[p.Weekday], s)
	}
	slices.SortFunc(w.Periods, func(a, b Period) int { return cmp.Or(cmp.Compare(a.Weekday, b.Weekday), cmp.Compare(a.Start, b.Start)) })
	// Overlaps are found on one line of eight days, so that Sunday's night is held against Monday's morning.
	var line []worktime.Span
	for wd := 1; wd <= 8; wd++ {
		spans := byDay[(wd-1)%7+1]
		f.Check(len(spans) <= maxPeriods, "body.periods", fieldTooLong, "has more than 10 periods on a day")
		for _, s := range spans {
			line = append(line, worktime.Span{Start: s.Start + (wd-1)*1440, End: s.End + (wd-1)*1440})
		}
	}
	if overlaps(line) {
		f.Add("body.periods", fieldOverlap, "has periods that overlap")
	}
	return w
}

func overlaps(spans []worktime.Span) bool {
	slices.SortFunc(spans, func(a, b worktime.Span) int { return cmp.Compare(a.Start, b.Start) })
	for i := 1; i < len(spans); i++ {
		if spans[i].Start < spans[i-1].End {
			return true
		}
	}
	return false
}

// normalise trims and checks an exception.
func (d Day) normalise(f *fault.Fields) Day {
	checkDay(f, "body.day", d.Day)
	d.Name = text(f, "body.name", d.Name, true, maxName)
	d.Spans = slices.Clone(d.Spans)
	if d.Spans == nil {
		d.Spans = []worktime.Span{}
	}
	switch d.Kind {
	case worktime.Off:
		f.Check(d.AsWeekday == 0, "body.as_weekday", fieldFormat, "is only for a day worked like another one")
	case worktime.Work:
		f.Check(d.AsWeekday >= 1 && d.AsWeekday <= 7, "body.as_weekday", fieldRange, "is not a weekday from 1 to 7")
	case worktime.Special:
		f.Check(d.AsWeekday == 0, "body.as_weekday", fieldFormat, "is only for a day worked like another one")
		f.Check(len(d.Spans) > 0 && len(d.Spans) <= maxPeriods, "body.periods", fieldRequired, "has no period, or more than 10")
		for i, s := range d.Spans {
			f.Check(s.Valid(), fmt.Sprintf("body.periods[%d]", i), fieldFormat, "is not a period of at most 24 hours")
		}
		f.Check(!overlaps(d.Spans), "body.periods", fieldOverlap, "has periods that overlap")
	case worktime.Usual:
		fallthrough
	default:
		f.Add("body.kind", fieldUnknown, "is not off, work or special")
	}
	f.Check(d.Kind == worktime.Special || len(d.Spans) == 0, "body.periods", fieldFormat, "is only for a day with periods of its own")
	return d
}

// text trims and checks what people write.
func text(f *fault.Fields, location, s string, required bool, most int) string {
	s = strings.TrimSpace(s)
	switch {
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		f.Add(location, fieldCharacters, "has characters that cannot be stored")
	case s == "" && required:
		f.Add(location, fieldRequired, "is missing")
	case utf8.RuneCountInString(s) > most:
		f.Add(location, fieldTooLong, "is too long")
	}
	return s
}

// ReadClock reads 9:00 as minutes; 24:00 to 47:59 are on the next day.
func ReadClock(s string) (int, error) {
	var h, m int
	hours, minutes, ok := strings.Cut(strings.ReplaceAll(strings.TrimSpace(s), "：", ":"), ":")
	if ok && len(hours) > 0 && len(hours) <= 2 && len(minutes) == 2 {
		if _, err := fmt.Sscanf(hours+" "+minutes, "%d %d", &h, &m); err == nil && h >= 0 && h < 48 && m >= 0 && m < 60 && !strings.ContainsAny(hours+minutes, "+-") {
			return h*60 + m, nil
		}
	}
	return 0, fmt.Errorf("%q is not a time like 9:00", s)
}

// ReadSpans reads "9:00-12:00, 14:00-18:00"; an end not after its start is on the next day.
func ReadSpans(s string) ([]worktime.Span, error) {
	var spans []worktime.Span
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune(",，;；、\n ", r) }) {
		from, to, ok := strings.Cut(strings.NewReplacer("–", "-", "—", "-", "~", "-", "至", "-").Replace(part), "-")
		if !ok {
			return nil, fmt.Errorf("%q is not a period like 9:00-12:00", part)
		}
		start, err := ReadClock(from)
		if err != nil {
			return nil, err
		}
		end, err := ReadClock(to)
		if err != nil {
			return nil, err
		}
		if end <= start {
			end += 1440
		}
		span := worktime.Span{Start: start, End: end}
		if !span.Valid() {
			return nil, fmt.Errorf("%q is not a period of at most 24 hours", part)
		}
		spans = append(spans, span)
	}
	return spans, nil
}

// WriteSpans is the inverse of ReadSpans.
func WriteSpans(spans []worktime.Span) string {
	parts := make([]string, len(spans))
	for i, s := range spans {
		parts[i] = fmt.Sprintf("%d:%02d-%d:%02d", s.Start/60, s.Start%60, s.End/60, s.End%60)
	}
	return strings.Join(parts, ", ")
}

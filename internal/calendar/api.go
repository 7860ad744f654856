package calendar

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"yingda/internal/calendar/worktime"
	"yingda/internal/organization"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
)

// calendarCentre names a centre.
type calendarCentre struct {
	ID       organization.CentreID `json:"id"`
	Code     string                `json:"code"`
	Name     string                `json:"name"`
	Level    organization.Level    `json:"level" enum:"nation,province,city,site"`
	TimeZone string                `json:"time_zone"`
}

func centreOf(c organization.Centre) calendarCentre {
	return calendarCentre{c.ID, c.Code, c.Name, c.Level, c.TimeZone}
}

// CentreRequest is a question about one centre.
type CentreRequest struct {
	Centre organization.CentreID `query:"centre" doc:"None: your own centre"`
}

type calendarSpan struct {
	Start int `json:"start" minimum:"0" maximum:"1439" doc:"Minutes since midnight"`
	End   int `json:"end" minimum:"1" maximum:"2879" doc:"Minutes since midnight; above 1440 on the next day"`
}

func spansOf(list []worktime.Span) []calendarSpan {
	out := make([]calendarSpan, len(list))
	for i, s := range list {
		out[i] = calendarSpan(s)
	}
	return out
}

func plainSpans(list []calendarSpan) []worktime.Span {
	out := make([]worktime.Span, len(list))
	for i, s := range list {
		out[i] = worktime.Span(s)
	}
	return out
}

// calendarWeek is a working week.
type calendarWeek struct {
	ID        WeekID         `json:"id"`
	Centre    calendarCentre `json:"centre"`
	ValidFrom worktime.Date  `json:"valid_from" format:"date"`
	Holidays  bool           `json:"holidays" doc:"Follows public holidays and make-up workdays"`
	Periods   []Period       `json:"periods"`
	Version   int            `json:"version"`
	UpdatedBy string         `json:"updated_by"`
	UpdatedAt time.Time      `json:"updated_at"`
}

type weeksResponse struct {
	Body struct {
		Centre calendarCentre `json:"centre"`
		Items  []calendarWeek `json:"items" doc:"Of the centres from the nation down to this one; the nearest one that has begun holds"`
	}
}

// WeekBody is what of a working week is sent.
type WeekBody struct {
	ValidFrom worktime.Date `json:"valid_from" format:"date"`
	Holidays  bool          `json:"holidays"`
	Periods   []Period      `json:"periods" maxItems:"70"`
	Reason    string        `json:"reason,omitempty" maxLength:"1000"`
}

type createWeekRequest struct {
	Body struct {
		WeekBody
		Centre organization.CentreID `json:"centre_id"`
	}
}

type updateWeekRequest struct {
	ID   WeekID `path:"id"`
	Body struct {
		WeekBody
		Version int `json:"version" minimum:"1"`
	}
}

type weekResponse struct {
	Body struct {
		ID      WeekID `json:"id"`
		Version int    `json:"version"`
	}
}

type deleteWeekRequest struct {
	ID      WeekID `path:"id"`
	Version int    `query:"version" minimum:"1" required:"true"`
	Reason  string `query:"reason" maxLength:"1000"`
}

// calendarDay is a day of a year as it holds at a centre.
type calendarDay struct {
	Day     worktime.Date   `json:"day" format:"date"`
	Kind    worktime.Kind   `json:"kind" enum:",off,work,special" doc:"Empty: as every week"`
	Name    string          `json:"name"`
	By      string          `json:"by" doc:"Whose word it is; empty when nobody set any working time"`
	Periods []calendarSpan  `json:"periods"`
	Own     *calendarOwnDay `json:"own" doc:"The centre's own word about the day; null: none"`
}

type calendarOwnDay struct {
	ID        DayID          `json:"id"`
	Kind      worktime.Kind  `json:"kind" enum:"off,work,special"`
	Public    bool           `json:"public"`
	Name      string         `json:"name"`
	AsWeekday int            `json:"as_weekday"`
	Periods   []calendarSpan `json:"periods"`
	Version   int            `json:"version"`
	UpdatedBy string         `json:"updated_by"`
	UpdatedAt time.Time      `json:"updated_at"`
}

type yearRequest struct {
	CentreRequest
	Year int `query:"year" minimum:"1990" maximum:"2199" required:"true"`
}

type yearResponse struct {
	Body struct {
		Centre      calendarCentre `json:"centre"`
		Days        []calendarDay  `json:"days"`
		Arrangement string         `json:"arrangement" doc:"The notice from which this program knows the year's public holidays; empty: it does not"`
	}
}

// DayBody is what of a special day is sent.
type DayBody struct {
	Day       worktime.Date  `json:"day" format:"date"`
	Kind      worktime.Kind  `json:"kind" enum:"off,work,special"`
	Public    bool           `json:"public" doc:"Only for weeks that follow public holidays"`
	Name      string         `json:"name" maxLength:"200"`
	AsWeekday int            `json:"as_weekday,omitempty" minimum:"0" maximum:"7" doc:"Of work: the weekday it is worked like"`
	Periods   []calendarSpan `json:"periods,omitempty" maxItems:"10" doc:"Of special: its periods"`
	Reason    string         `json:"reason,omitempty" maxLength:"1000"`
}

type createDayRequest struct {
	Body struct {
		DayBody
		Centre organization.CentreID `json:"centre_id"`
	}
}

type updateDayRequest struct {
	ID   DayID `path:"id"`
	Body struct {
		DayBody
		Version int `json:"version" minimum:"1"`
	}
}

type dayResponse struct {
	Body struct {
		ID      DayID `json:"id"`
		Version int   `json:"version"`
	}
}

type deleteDayRequest struct {
	ID      DayID  `path:"id"`
	Version int    `query:"version" minimum:"1" required:"true"`
	Reason  string `query:"reason" maxLength:"1000"`
}

type arrangementRequest struct {
	Body struct {
		Centre organization.CentreID `json:"centre_id"`
		Year   int                   `json:"year"`
	}
}

type arrangementResponse struct {
	Body struct {
		Taken int `json:"taken" doc:"How many days were set; those that the centre had stay as they are"`
	}
}

type deadlineRequest struct {
	CentreRequest
	Start   time.Time `query:"start" required:"true"`
	Minutes int       `query:"minutes" minimum:"0" maximum:"527040" required:"true" doc:"Of working time"`
}

type deadlineUsed struct {
	Date worktime.Date `json:"date" format:"date" doc:"Of a night shift the day on which it began"`
	From time.Time     `json:"from"`
	To   time.Time     `json:"to"`
	Kind worktime.Kind `json:"kind" enum:",off,work,special"`
	Name string        `json:"name"`
	By   string        `json:"by"`
}

type deadlineSkipped struct {
	Date worktime.Date `json:"date" format:"date"`
	Kind worktime.Kind `json:"kind" enum:",off,work,special" doc:"Empty: a weekday without working time"`
	Name string        `json:"name"`
	By   string        `json:"by"`
}

type deadlineResponse struct {
	Body struct {
		Centre      calendarCentre    `json:"centre"`
		Due         time.Time         `json:"due"`
		OpenAtStart bool              `json:"open_at_start"`
		Used        []deadlineUsed    `json:"used" doc:"The working time that it is made of"`
		Skipped     []deadlineSkipped `json:"skipped" doc:"Days on the way without working time"`
		More        int               `json:"more" doc:"Pieces of working time left out before the last one"`
	}
}

type exportRequest struct {
	CentreRequest
	Year int    `query:"year" minimum:"0" maximum:"2199" doc:"Of days; none: all"`
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN"`
}

type importRequest struct {
	CentreRequest
	DryRun  bool `query:"dry_run" doc:"Only say what would happen"`
	RawBody []byte
}

type importResponse struct{ Body *sheet.Report }

const maxFile = 8 << 20

// RegisterAPI adds the routes.
func (s *Service) RegisterAPI(a *httpapi.API) {
	read, edit := string(HoursRead), string(HoursEdit)
	route := func(method, path, id, summary, permission string) httpapi.Route {
		return httpapi.Route{Method: method, Path: path, ID: id, Summary: summary, Tags: []string{"calendar"}, Permission: permission}
	}
	once := func(rt httpapi.Route) httpapi.Route { rt.Idempotent, rt.Status = true, http.StatusCreated; return rt }
	taking := func(rt httpapi.Route) httpapi.Route { rt.MaxBody, rt.Timeout = maxFile, time.Minute; return rt }
	httpapi.Register(a, route(http.MethodGet, "/api/calendar/weeks", "list-working-weeks", "List the working weeks that count at a centre", read), s.listWeeks)
	httpapi.Register(a, once(route(http.MethodPost, "/api/calendar/weeks", "create-working-week", "Give a centre a working week from a day on", edit)), s.postWeek)
	httpapi.Register(a, route(http.MethodPut, "/api/calendar/weeks/{id}", "update-working-week", "Change a working week", edit), s.putWeekBody)
	httpapi.Register(a, route(http.MethodDelete, "/api/calendar/weeks/{id}", "delete-working-week", "Take a working week away", edit),
		func(ctx context.Context, in *deleteWeekRequest) (*struct{}, error) {
			return nil, s.DeleteWeek(ctx, in.ID, in.Version, in.Reason)
		})
	httpapi.RegisterFile(a, route(http.MethodGet, "/api/calendar/weeks/export", "export-working-weeks", "Export working weeks", read),
		func(ctx context.Context, in *exportRequest) (*httpapi.File, error) {
			return s.workbook(weekTable, in.Lang, func(w io.Writer) error { return s.ExportWeeks(ctx, w, in.Lang, in.Centre) })
		})
	httpapi.Register(a, taking(route(http.MethodPost, "/api/calendar/weeks/import", "import-working-weeks", "Import working weeks", edit)),
		func(ctx context.Context, in *importRequest) (*importResponse, error) {
			report, err := s.ImportWeeks(ctx, in.RawBody, in.DryRun)
			return &importResponse{report}, err
		})
	httpapi.Register(a, route(http.MethodGet, "/api/calendar/days", "list-calendar-days", "List the days of a year as they hold at a centre", read), s.year)
	httpapi.Register(a, once(route(http.MethodPost, "/api/calendar/days", "create-calendar-day", "Make a day differ from the week", edit)), s.postDay)
	httpapi.Register(a, route(http.MethodPut, "/api/calendar/days/{id}", "update-calendar-day", "Change a special day", edit), s.putDayBody)
	httpapi.Register(a, route(http.MethodDelete, "/api/calendar/days/{id}", "delete-calendar-day", "Take a special day away", edit),
		func(ctx context.Context, in *deleteDayRequest) (*struct{}, error) {
			return nil, s.DeleteDay(ctx, in.ID, in.Version, in.Reason)
		})
	httpapi.Register(a, route(http.MethodPost, "/api/calendar/arrangements", "take-holiday-arrangement", "Set the public holidays of a year that this program knows", edit),
		func(ctx context.Context, in *arrangementRequest) (*arrangementResponse, error) {
			n, err := s.TakeArrangement(ctx, in.Body.Centre, in.Body.Year)
			out := &arrangementResponse{}
			out.Body.Taken = n
			return out, err
		})
	httpapi.RegisterFile(a, route(http.MethodGet, "/api/calendar/days/export", "export-calendar-days", "Export the special days of a centre", read),
		func(ctx context.Context, in *exportRequest) (*httpapi.File, error) {
			return s.workbook(dayTable, in.Lang, func(w io.Writer) error { return s.ExportDays(ctx, w, in.Lang, in.Centre, in.Year) })
		})
	httpapi.Register(a, taking(route(http.MethodPost, "/api/calendar/days/import", "import-calendar-days", "Import special days from a workbook or JSON", edit)),
		func(ctx context.Context, in *importRequest) (*importResponse, error) {
			report, err := s.ImportDays(ctx, in.Centre, in.RawBody, in.DryRun)
			return &importResponse{report}, err
		})
	httpapi.Register(a, route(http.MethodGet, "/api/calendar/deadline", "reckon-deadline", "Reckon when working time is over, and why", read), s.deadline)
}

func (s *Service) listWeeks(ctx context.Context, in *CentreRequest) (*weeksResponse, error) {
	path, weeks, err := s.Weeks(ctx, in.Centre)
	if err != nil {
		return nil, err
	}
	out := &weeksResponse{}
	out.Body.Centre, out.Body.Items = centreOf(path[len(path)-1]), []calendarWeek{}
	for _, c := range path {
		for _, w := range weeks[c.ID] {
			out.Body.Items = append(out.Body.Items, calendarWeek{w.ID, centreOf(c), w.ValidFrom, w.Holidays, w.Periods, w.Version, w.UpdatedBy, w.UpdatedAt})
		}
	}
	return out, nil
}

func (b WeekBody) edit(centre organization.CentreID, version int) WeekEdit {
	return WeekEdit{Week: Week{Centre: centre, ValidFrom: b.ValidFrom, Holidays: b.Holidays, Periods: b.Periods, Version: version}, Reason: b.Reason}
}

func (s *Service) postWeek(ctx context.Context, in *createWeekRequest) (*weekResponse, error) {
	out := &weekResponse{}
	_, err := s.createWeek(ctx, nil, in.Body.edit(in.Body.Centre, 0), func(w Week) any {
		out.Body.ID, out.Body.Version = w.ID, w.Version
		return out
	})
	return out, err
}

func (s *Service) putWeekBody(ctx context.Context, in *updateWeekRequest) (*weekResponse, error) {
	w, err := s.UpdateWeek(ctx, in.ID, in.Body.edit(organization.CentreID{}, in.Body.Version))
	out := &weekResponse{}
	out.Body.ID, out.Body.Version = in.ID, w.Version
	return out, err
}

func (s *Service) year(ctx context.Context, in *yearRequest) (*yearResponse, error) {
	centre, days, err := s.Year(ctx, in.Centre, in.Year)
	if err != nil {
		return nil, err
	}
	out := &yearResponse{}
	out.Body.Centre, out.Body.Days = centreOf(centre), make([]calendarDay, len(days))
	if a, ok := arrangementOf(in.Year); ok {
		out.Body.Arrangement = a.Source
	}
	for i, d := range days {
		item := calendarDay{Day: d.Day, Kind: d.Kind, Name: d.Name, By: d.By, Periods: spansOf(d.Spans)}
		if o := d.Own; o != nil {
			item.Own = &calendarOwnDay{o.ID, o.Kind, o.Public, o.Name, o.AsWeekday, spansOf(o.Spans), o.Version, o.UpdatedBy, o.UpdatedAt}
		}
		out.Body.Days[i] = item
	}
	return out, nil
}

func (b DayBody) edit(centre organization.CentreID, version int) DayEdit {
	return DayEdit{Day: Day{
		Centre: centre, Day: b.Day, Kind: b.Kind, Public: b.Public, Name: b.Name, AsWeekday: b.AsWeekday, Spans: plainSpans(b.Periods), Version: version,
	}, Reason: b.Reason}
}

func (s *Service) postDay(ctx context.Context, in *createDayRequest) (*dayResponse, error) {
	out := &dayResponse{}
	_, err := s.createDay(ctx, nil, in.Body.edit(in.Body.Centre, 0), func(d Day) any {
		out.Body.ID, out.Body.Version = d.ID, d.Version
		return out
	})
	return out, err
}

func (s *Service) putDayBody(ctx context.Context, in *updateDayRequest) (*dayResponse, error) {
	d, err := s.UpdateDay(ctx, in.ID, in.Body.edit(organization.CentreID{}, in.Body.Version))
	out := &dayResponse{}
	out.Body.ID, out.Body.Version = in.ID, d.Version
	return out, err
}

func (s *Service) deadline(ctx context.Context, in *deadlineRequest) (*deadlineResponse, error) {
	d, err := s.Deadline(ctx, in.Centre, in.Start, time.Duration(in.Minutes)*time.Minute)
	if err != nil {
		return nil, err
	}
	out := &deadlineResponse{}
	b := &out.Body
	b.Centre, b.Due, b.OpenAtStart, b.More = centreOf(d.Centre), d.Due, d.OpenAtStart, d.More
	b.Used, b.Skipped = make([]deadlineUsed, len(d.Used)), make([]deadlineSkipped, len(d.Skipped))
	for i, u := range d.Used {
		b.Used[i] = deadlineUsed(u)
	}
	for i, x := range d.Skipped {
		b.Skipped[i] = deadlineSkipped(x)
	}
	return out, nil
}

func (s *Service) workbook(t sheet.Table, lang string, write func(w io.Writer) error) (*httpapi.File, error) {
	var b bytes.Buffer // whole before its first byte leaves, so that a failure is a clean problem
	if err := write(&b); err != nil {
		return nil, err
	}
	return &httpapi.File{
		Name: t.FileName(lang, s.cfg.Clock.Now()), Type: sheet.ContentType,
		Write: func(w io.Writer) error { _, err := b.WriteTo(w); return err },
	}, nil
}

package calendar_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/calendar"
	"yingda/internal/calendar/worktime"
	"yingda/internal/organization"
	"yingda/internal/platform/bus/bustest"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/hostile"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/outbox/outboxtest"
	"yingda/internal/platform/postgres/postgrestest"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

// country is a service over a nation, two provinces and a city.
type country struct {
	*calendar.Service
	organization *organization.Service
	pool         *pgxpool.Pool
	clock        *clocktest.Fake

	nation, guangdong, guangzhou, xinjiang organization.Centre
}

func setup(t testing.TB) *country {
	t.Helper()
	c := &country{pool: postgrestest.New(t), clock: clocktest.New()}
	c.organization = organization.New(organization.Config{Pool: c.pool, Clock: c.clock})
	var permissions []actor.Permission
	for _, d := range organization.Permissions() {
		permissions = append(permissions, d.Permission)
	}
	ctx := actor.With(t.Context(), actor.System("test.setup", permissions...))
	add := func(parent organization.Centre, n organization.NewCentre) organization.Centre {
		n.Parent = parent.ID
		made, err := c.organization.CreateCentre(ctx, nil, n)
		require.NoError(t, err)
		return made
	}
	c.nation = add(organization.Centre{}, organization.NewCentre{Level: actor.Nation, Code: "CN", Name: "全国客服中心"})
	c.guangdong = add(c.nation, organization.NewCentre{Level: actor.Province, Code: "GD", Name: "广东客服中心", Province: "440000"})
	c.guangzhou = add(c.guangdong, organization.NewCentre{Level: actor.City, Code: "GD-GZ", Name: "广州客服中心", City: "440100"})
	c.xinjiang = add(c.nation, organization.NewCentre{Level: actor.Province, Code: "XJ", Name: "新疆客服中心", Province: "650000", TimeZone: "Asia/Urumqi"})
	c.Service = calendar.New(calendar.Config{Pool: c.pool, Organization: c.organization, Clock: c.clock})
	require.NoError(t, c.Refresh(t.Context()))
	return c
}

// as is a context in which a person may see and change working time at a centre and below.
func (c *country) as(t testing.TB, centre organization.Centre, permissions ...actor.Permission) context.Context {
	t.Helper()
	if permissions == nil {
		permissions = []actor.Permission{calendar.HoursRead, calendar.HoursEdit}
	}
	tree, err := c.organization.Tree(t.Context())
	require.NoError(t, err)
	grants := map[actor.Permission]actor.Scope{}
	for _, p := range permissions {
		grants[p] = tree.Scope(centre.ID)
	}
	return actor.With(t.Context(), actor.New(actor.Actor{Kind: actor.Person, Account: uuid.New(), Number: "1001", Name: "张三", Centre: centre.ID.UUID()}, grants))
}

func (c *country) serve(t *testing.T, who context.Context) *httpapitest.Client {
	t.Helper()
	api := httpapi.New(httpapi.Config{
		Version: "test", Logger: slog.New(slog.DiscardHandler), Clock: c.clock, Pool: c.pool,
		Guard: func(r *http.Request) (context.Context, error) { return actor.With(r.Context(), actor.From(who)), nil },
	})
	c.RegisterAPI(api)
	return httpapitest.New(t, api)
}

// office is Monday to Friday 9 to 18.
func office(centre organization.Centre, holidays bool) calendar.WeekEdit {
	w := calendar.Week{Centre: centre.ID, ValidFrom: worktime.DateOf(2020, 1, 1), Holidays: holidays}
	for wd := 1; wd <= 5; wd++ {
		w.Periods = append(w.Periods, calendar.Period{Weekday: wd, Start: 9 * 60, End: 18 * 60})
	}
	return calendar.WeekEdit{Week: w}
}

// always is around the clock.
func always(centre organization.Centre) calendar.WeekEdit {
	w := calendar.Week{Centre: centre.ID, ValidFrom: worktime.DateOf(2020, 1, 1)}
	for wd := 1; wd <= 7; wd++ {
		w.Periods = append(w.Periods, calendar.Period{Weekday: wd, Start: 0, End: 1440})
	}
	return calendar.WeekEdit{Week: w}
}

func (c *country) week(t testing.TB, e calendar.WeekEdit) calendar.Week {
	t.Helper()
	w, err := c.CreateWeek(c.as(t, c.nation), nil, e)
	require.NoError(t, err)
	return w
}

func (c *country) open(t testing.TB, centre organization.Centre, moment string) bool {
	t.Helper()
	cal, err := c.Of(t.Context(), centre.ID)
	require.NoError(t, err)
	at, err := time.ParseInLocation("2006-01-02 15:04", moment, cal.Zone())
	require.NoError(t, err)
	return cal.IsOpen(at)
}

func requireField(t testing.TB, err error, location, code string) {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	for _, field := range f.Fields {
		if field.Location == location && field.Code == code {
			return
		}
	}
	require.Fail(t, "no such field", "%s %s in %+v", location, code, f.Fields)
}

func TestTheNearestWeekHoldsAndHotlinesIgnoreHolidays(t *testing.T) {
	t.Parallel()
	c := setup(t)
	c.week(t, office(c.nation, true))
	_, err := c.TakeArrangement(c.as(t, c.nation), c.nation.ID, 2026)
	require.NoError(t, err)
	require.False(t, c.open(t, c.guangzhou, "2026-10-01 10:00"), "national day")
	require.True(t, c.open(t, c.guangzhou, "2026-09-20 10:00"), "a Sunday that makes up for it")
	require.False(t, c.open(t, c.guangzhou, "2026-11-20 20:00"))

	hotline := c.week(t, always(c.guangdong))
	require.True(t, c.open(t, c.guangzhou, "2026-10-01 10:00"), "the province's hotline never closes")
	require.True(t, c.open(t, c.guangzhou, "2026-11-20 20:00"))
	require.False(t, c.open(t, c.xinjiang, "2026-10-01 10:00"))

	special := calendar.Day{Centre: c.nation.ID, Day: worktime.DateOf(2026, 12, 12), Kind: worktime.Special, Name: "系统割接", Spans: []worktime.Span{{Start: 600, End: 660}}}
	_, err = c.CreateDay(c.as(t, c.nation), nil, calendar.DayEdit{Day: special})
	require.NoError(t, err)
	require.False(t, c.open(t, c.guangzhou, "2026-12-12 12:00"), "what is no public holiday holds for all")
	require.True(t, c.open(t, c.guangzhou, "2026-12-12 10:30"))

	require.NoError(t, c.DeleteWeek(c.as(t, c.guangdong), hotline.ID, 1, "并入全国"))
	require.False(t, c.open(t, c.guangzhou, "2026-10-01 10:00"))
}

func TestAWeekBeginsOnItsDay(t *testing.T) {
	t.Parallel()
	c := setup(t)
	c.week(t, office(c.nation, true))
	later := office(c.guangdong, true)
	later.ValidFrom = worktime.DateOf(2026, 12, 1)
	later.Periods = []calendar.Period{{Weekday: 6, Start: 0, End: 1440}}
	c.week(t, later)
	require.True(t, c.open(t, c.guangdong, "2026-11-30 10:00"), "Monday before")
	require.False(t, c.open(t, c.guangdong, "2026-12-01 10:00"))
	require.True(t, c.open(t, c.guangdong, "2026-12-05 10:00"), "Saturday after")
}

func TestDeadlinesAreReckonedInTheCentresZoneAndExplained(t *testing.T) {
	t.Parallel()
	c := setup(t)
	c.week(t, office(c.nation, true))
	friday := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC) // 17:30 in Shanghai, 15:30 in Urumqi
	d, err := c.Deadline(c.as(t, c.nation), c.guangzhou.ID, friday, 4*time.Hour)
	require.NoError(t, err)
	require.Equal(t, "2026-11-23 12:30 +0800", d.Due.Format("2006-01-02 15:04 -0700"))
	require.True(t, d.OpenAtStart)
	require.Len(t, d.Used, 2)
	require.Equal(t, "全国客服中心", d.Used[0].By)
	require.Len(t, d.Skipped, 2, "Saturday and Sunday")
	d, err = c.Deadline(c.as(t, c.nation), c.xinjiang.ID, friday, 4*time.Hour)
	require.NoError(t, err)
	require.Equal(t, "2026-11-23 10:30 +0600", d.Due.Format("2006-01-02 15:04 -0700"))
}

func TestACentreWithoutAnyWeekSaysSo(t *testing.T) {
	t.Parallel()
	c := setup(t)
	_, err := c.Deadline(c.as(t, c.nation), c.nation.ID, c.clock.Now(), time.Hour)
	require.ErrorIs(t, err, calendar.ErrNeverOpen)
	_, err = c.Deadline(c.as(t, c.nation), c.nation.ID, c.clock.Now(), -time.Hour)
	requireField(t, err, "query.minutes", "calendar.out_of_range")
}

func TestWhatLiesOutsideTheScopeIsNotFound(t *testing.T) {
	t.Parallel()
	c := setup(t)
	w := c.week(t, office(c.xinjiang, true))
	gd := c.as(t, c.guangdong)
	_, _, err := c.Weeks(gd, c.xinjiang.ID)
	require.ErrorIs(t, err, calendar.ErrNoCentre)
	_, err = c.CreateWeek(gd, nil, office(c.nation, true))
	require.ErrorIs(t, err, calendar.ErrNoCentre)
	_, err = c.UpdateWeek(gd, w.ID, office(c.guangdong, true))
	require.ErrorIs(t, err, calendar.ErrNoWeek)
	require.ErrorIs(t, c.DeleteWeek(gd, w.ID, 1, ""), calendar.ErrNoWeek)
	require.ErrorIs(t, c.DeleteDay(gd, calendar.DayID{}, 1, ""), calendar.ErrNoDay)
	_, _, err = c.Weeks(gd, c.nation.ID)
	require.NoError(t, err, "what holds in the nation holds here")
	_, _, err = c.Weeks(c.as(t, c.guangdong, actor.Permission("x.y")), c.guangdong.ID)
	require.ErrorIs(t, err, actor.ErrDenied)
}

func TestTheSecondOfTwoEditorsLearnsWhoWasFirst(t *testing.T) {
	t.Parallel()
	c := setup(t)
	w := c.week(t, office(c.nation, true))
	e := always(c.nation)
	e.Version = w.Version
	_, err := c.UpdateWeek(c.as(t, c.nation), w.ID, e)
	require.NoError(t, err)
	_, err = c.UpdateWeek(c.as(t, c.nation), w.ID, e)
	require.ErrorIs(t, err, calendar.ErrChangedMeanwhile)
	require.ErrorContains(t, err, "1001 张三")
	_, err = c.CreateWeek(c.as(t, c.nation), nil, office(c.nation, true))
	require.ErrorIs(t, err, calendar.ErrWeekTaken)
	var entries, events int
	require.NoError(t, c.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit.entry WHERE action LIKE 'calendar.%'`).Scan(&entries))
	require.NoError(t, c.pool.QueryRow(t.Context(), `SELECT count(*) FROM outbox.event WHERE topic LIKE 'calendar.%'`).Scan(&events))
	require.Equal(t, [2]int{2, 2}, [2]int{entries, events}, "what was refused left nothing")
}

func TestImpossibleWeeksAndDaysNameEachField(t *testing.T) {
	t.Parallel()
	c := setup(t)
	ctx := c.as(t, c.nation)
	for code, periods := range map[string][]calendar.Period{
		"calendar.overlap":    {{Weekday: 7, Start: 22 * 60, End: 30 * 60}, {Weekday: 1, Start: 5 * 60, End: 12 * 60}},
		"calendar.bad_format": {{Weekday: 8, Start: 0, End: 60}},
	} {
		e := office(c.nation, true)
		e.Periods = periods
		_, err := c.CreateWeek(ctx, nil, e)
		location := "body.periods"
		if code == "calendar.bad_format" {
			location = "body.periods[0]"
		}
		requireField(t, err, location, code)
	}
	e := office(c.nation, true)
	e.ValidFrom = worktime.DateOf(1900, 1, 1)
	_, err := c.CreateWeek(ctx, nil, e)
	requireField(t, err, "body.valid_from", "calendar.out_of_range")
	for location, d := range map[string]calendar.Day{
		"body.kind":       {Kind: "half", Name: "x"},
		"body.name":       {Kind: worktime.Off},
		"body.as_weekday": {Kind: worktime.Work, Name: "x"},
		"body.periods":    {Kind: worktime.Special, Name: "x"},
	} {
		d.Centre, d.Day = c.nation.ID, worktime.DateOf(2026, 1, 1)
		_, err := c.CreateDay(ctx, nil, calendar.DayEdit{Day: d})
		f, ok := fault.As(err)
		require.True(t, ok)
		require.Equal(t, location, f.Fields[0].Location)
	}
}

// What the State Council published: free days, make-up workdays, and what stays as the week says.
func TestArrangementsAreThoseThatWerePublished(t *testing.T) {
	t.Parallel()
	for year, want := range map[int]struct{ off, work int }{2025: {28, 5}, 2026: {33, 6}} {
		var off, work int
		for _, a := range calendar.Arrangements() {
			if a.Year != year {
				continue
			}
			seen := map[worktime.Date]bool{}
			for _, d := range a.Days {
				require.False(t, seen[d.Day], "%s twice", d.Day)
				seen[d.Day] = true
				require.Equal(t, year, d.Day.Time().Year())
				if d.Off {
					off++
				} else {
					work++
					require.GreaterOrEqual(t, d.Day.Weekday(), 6, "%s makes up on a weekend", d.Day)
				}
			}
		}
		require.Equal(t, want.off, off, year)
		require.Equal(t, want.work, work, year)
	}
	c := setup(t)
	n, err := c.TakeArrangement(c.as(t, c.nation), c.nation.ID, 2026)
	require.NoError(t, err)
	require.Equal(t, 39, n)
	n, err = c.TakeArrangement(c.as(t, c.nation), c.nation.ID, 2026)
	require.NoError(t, err)
	require.Zero(t, n, "days that are there stay as they are")
	_, err = c.TakeArrangement(c.as(t, c.nation), c.nation.ID, 2031)
	require.ErrorIs(t, err, calendar.ErrNoYear)
}

func TestExportedFilesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	c := setup(t)
	ctx := c.as(t, c.nation)
	c.week(t, office(c.nation, true))
	night := office(c.guangdong, false)
	night.Periods = []calendar.Period{{Weekday: 5, Start: 22 * 60, End: 30 * 60}}
	c.week(t, night)
	_, err := c.TakeArrangement(ctx, c.nation.ID, 2026)
	require.NoError(t, err)
	for _, lang := range []string{"zh-CN", "en"} {
		var weeks, days bytes.Buffer
		require.NoError(t, c.ExportWeeks(ctx, &weeks, lang, c.nation.ID))
		require.NoError(t, c.ExportDays(ctx, &days, lang, c.nation.ID, 2026))
		report, err := c.ImportWeeks(ctx, weeks.Bytes(), false)
		require.NoError(t, err)
		require.Equal(t, [4]int{2, 2, 0, 0}, [4]int{report.Rows, report.Same, report.Create, report.Rejected}, "%+v", report.Lines)
		report, err = c.ImportDays(ctx, c.nation.ID, days.Bytes(), false)
		require.NoError(t, err)
		require.Equal(t, [4]int{39, 39, 0, 0}, [4]int{report.Rows, report.Same, report.Create, report.Rejected}, "%+v", report.Lines)
	}
	_, err = c.ImportWeeks(c.as(t, c.guangdong), []byte("no workbook"), true)
	require.Error(t, err)
}

func TestHolidaysComeFromJSONWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	c := setup(t)
	ctx := c.as(t, c.nation)
	good := `{"days": [{"date": "2027-01-01", "name": "元旦", "isOffDay": true}, {"date": "2027-01-03", "name": "元旦", "isOffDay": false}]}`
	report, err := c.ImportDays(ctx, c.nation.ID, []byte(good), true)
	require.NoError(t, err)
	require.Equal(t, 2, report.Create)
	_, days, err := c.Year(ctx, c.nation.ID, 2027)
	require.NoError(t, err)
	require.Nil(t, days[0].Own, "it was a trial")
	bad := strings.Replace(good, "2027-01-03", "2027-02-30", 1)
	report, err = c.ImportDays(ctx, c.nation.ID, []byte(bad), false)
	require.NoError(t, err)
	require.Equal(t, 1, report.Rejected)
	_, days, err = c.Year(ctx, c.nation.ID, 2027)
	require.NoError(t, err)
	require.Nil(t, days[0].Own, "one bad row keeps all out")
	_, err = c.ImportDays(ctx, c.nation.ID, []byte(good), false)
	require.NoError(t, err)
	_, days, err = c.Year(ctx, c.nation.ID, 2027)
	require.NoError(t, err)
	require.Equal(t, "元旦", days[0].Own.Name)
	require.Equal(t, worktime.Work, days[2].Kind)
	_, err = c.ImportDays(ctx, c.nation.ID, []byte(`{"days": 5}`), false)
	require.ErrorContains(t, err, "calendar.not_a_calendar")
}

func TestHostileNamesSurvive(t *testing.T) {
	t.Parallel()
	c := setup(t)
	api := c.serve(t, c.as(t, c.nation))
	day := worktime.DateOf(2030, 1, 1)
	kept := map[worktime.Date]string{}
	for _, s := range hostile.Strings() {
		day++
		r := api.Post("/api/calendar/days", map[string]any{"centre_id": c.nation.ID, "day": day.String(), "kind": "off", "public": false, "name": s}, "Idempotency-Key", uuid.NewString())
		if name := strings.TrimSpace(s); r.Status == 201 {
			kept[day] = name
		} else {
			require.Equal(t, 422, r.Status)
			require.True(t, name == "" || len([]rune(name)) > 100 || strings.ContainsRune(name, 0), "%q was refused", s)
		}
	}
	require.Greater(t, len(kept), 400)
	for year := 2030; year <= 2031; year++ {
		_, days, err := c.Year(c.as(t, c.nation), c.nation.ID, year)
		require.NoError(t, err)
		for _, d := range days {
			if name, ok := kept[d.Day]; ok {
				require.Equal(t, name, d.Name)
				delete(kept, d.Day)
			}
		}
	}
	require.Empty(t, kept)
}

func TestTheCalendarByHTTP(t *testing.T) {
	t.Parallel()
	c := setup(t)
	api := c.serve(t, c.as(t, c.nation))
	week := map[string]any{"centre_id": c.nation.ID, "valid_from": "2020-01-01", "holidays": true, "periods": []map[string]int{{"weekday": 5, "start": 540, "end": 1080}, {"weekday": 1, "start": 540, "end": 1080}}}
	var made struct {
		ID      string
		Version int
	}
	api.Post("/api/calendar/weeks", week, "Idempotency-Key", "k1").Want(201).JSON(&made)
	week["version"], week["holidays"] = made.Version, false
	delete(week, "centre_id")
	api.Send("PUT", "/api/calendar/weeks/"+made.ID, week).Want(200).JSON(&made)
	require.Equal(t, 2, made.Version)
	var due struct{ Due time.Time }
	api.Get("/api/calendar/deadline?minutes=240&start=" + url.QueryEscape("2026-11-20T17:30:00+08:00")).Want(200).JSON(&due)
	require.Equal(t, "2026-11-23T12:30:00+08:00", due.Due.Format(time.RFC3339))
	api.Get("/api/calendar/deadline?minutes=-1&start=2026-11-20T17:30:00Z").Problem(422, "http.invalid_request")
	var year struct {
		Days        []struct{ Day, Kind string }
		Arrangement string
	}
	api.Post("/api/calendar/arrangements", map[string]any{"centre_id": c.nation.ID, "year": 2026}).Want(200)
	api.Get("/api/calendar/days?year=2026").Want(200).JSON(&year)
	require.Len(t, year.Days, 365)
	require.NotEmpty(t, year.Arrangement)
	require.Empty(t, year.Days[0].Kind, "the week does not follow public holidays")
	api.Get("/api/calendar/days/export?lang=en").Want(200)
	api.Get("/api/calendar/weeks?centre="+uuid.NewString()).Problem(404, "calendar.no_such_centre")
	api.Delete("/api/calendar/weeks/"+made.ID+"?version=1").Problem(409, "calendar.changed_meanwhile")
	api.Delete("/api/calendar/weeks/" + made.ID + "?version=2").Want(204)
}

func TestOtherProcessesFollowAndGoOnWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	c := setup(t)
	other := calendar.New(calendar.Config{Pool: c.pool, Organization: c.organization, Clock: c.clock})
	follower := other.Follower(bustest.New(t))
	require.NoError(t, follower.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, follower.Stop(context.Background())) })
	c.week(t, always(c.nation))
	require.Eventually(t, func() bool {
		c.clock.Advance(3 * time.Second)
		cal, err := other.Of(t.Context(), c.guangzhou.ID)
		return err == nil && cal.IsOpen(c.clock.Now())
	}, 20*time.Second, 10*time.Millisecond)
	c.pool.Close()
	require.Error(t, other.Refresh(t.Context()))
	cal, err := other.Of(t.Context(), c.guangzhou.ID)
	require.NoError(t, err)
	require.True(t, cal.IsOpen(c.clock.Now()))
}

func TestFollowerStartsAndStopsFromAnywhere(t *testing.T) {
	t.Parallel()
	c := setup(t)
	lifecycletest.Stress(t, func() lifecycle.Service { return c.Follower(nil) })
}

func TestPeriodsAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"9:00-12:00, 14:00-18:00": "9:00-12:00, 14:00-18:00", "09：00—12：00；22:00至6:00": "9:00-12:00, 22:00-30:00", "": "", "0:00-24:00": "0:00-24:00", "8:00-8:00": "8:00-32:00",
	} {
		spans, err := calendar.ReadSpans(in)
		require.NoError(t, err, in)
		require.Equal(t, want, calendar.WriteSpans(spans))
	}
	for _, in := range []string{"9-12", "9:00", "25:00-26:00", "9:60-10:00", "-1:00-2:00", "9:0-10:00", "a:bc-1:00", "9:00-12:00-13:00"} {
		_, err := calendar.ReadSpans(in)
		require.Error(t, err, in)
	}
}

func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	outboxtest.Golden(t, calendar.Topics()...)
}

func TestHealthAsksForTheHolidaysOfTheYear(t *testing.T) {
	t.Parallel()
	c := setup(t)
	require.Empty(t, c.Health().Check(t.Context()), "nobody reckons yet")
	c.week(t, office(c.nation, true))
	found := c.Health().Check(t.Context())
	require.Len(t, found, 1)
	require.Equal(t, "2026", found[0].Params[0].Value)
	_, err := c.TakeArrangement(c.as(t, c.nation), c.nation.ID, 2026)
	require.NoError(t, err)
	require.Empty(t, c.Health().Check(t.Context()))
	c.clock.Advance(20 * 24 * time.Hour) // into December: the next year is less than 30 days away
	found = c.Health().Check(t.Context())
	require.Len(t, found, 1)
	require.Equal(t, "2027", found[0].Params[0].Value)
}

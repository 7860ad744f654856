package calendar

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/calendar/internal/db"
	"yingda/internal/calendar/worktime"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
)

const maxImport = 5000

var dayTable = sheet.Table{Key: "calendar-days", ZH: "节假日与特殊日", EN: "Holidays and special days", Columns: []sheet.Column{
	{Key: "centre", ZH: "中心代码", EN: "Centre code", Width: 14, HelpZH: "空着表示导入时选的中心。", HelpEN: "Empty: the centre chosen for the import."},
	{Key: "day", ZH: "日期", EN: "Day", Required: true, Kind: sheet.Date, Width: 12},
	{Key: "kind", ZH: "类型", EN: "Kind", Required: true, Width: 12, HelpZH: "休息、上班、特殊。", HelpEN: "off, work or special."},
	{Key: "name", ZH: "名称", EN: "Name", Required: true, Kind: sheet.Free, Width: 28},
	{Key: "public", ZH: "公众节假日", EN: "Public holiday", Width: 12, HelpZH: "是：只对遵循节假日的工作周有效。空着表示是。", HelpEN: "Yes: only for weeks that follow public holidays. Empty: yes."},
	{Key: "as_weekday", ZH: "按周几上班", EN: "Worked like weekday", Width: 12, HelpZH: "1 为周一；上班日空着按参数“调休上班日按周几上班”。", HelpEN: "1 is Monday; empty on a workday: as the setting says."},
	{Key: "periods", ZH: "时段", EN: "Periods", Kind: sheet.Free, Width: 32, HelpZH: "只用于特殊日：9:00-12:00, 14:00-18:00。", HelpEN: "Only of a special day: 9:00-12:00, 14:00-18:00."},
}}

var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

var weekTable = sheet.Table{Key: "calendar-weeks", ZH: "工作周", EN: "Working weeks", Columns: append([]sheet.Column{
	{Key: "centre", ZH: "中心代码", EN: "Centre code", Required: true, Width: 14},
	{Key: "valid_from", ZH: "生效日期", EN: "Valid from", Required: true, Kind: sheet.Date, Width: 12},
	{Key: "holidays", ZH: "遵循节假日", EN: "Follows holidays", Width: 12},
}, weekdayColumns()...)}

func weekdayColumns() []sheet.Column {
	zh, en := []string{"周一", "周二", "周三", "周四", "周五", "周六", "周日"}, []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
	columns := make([]sheet.Column, len(weekdays))
	for i, key := range weekdays {
		columns[i] = sheet.Column{Key: key, ZH: zh[i], EN: en[i], Kind: sheet.Free, Width: 26, HelpZH: "9:00-12:00, 14:00-18:00；过夜写 22:00-6:00。", HelpEN: "9:00-12:00, 14:00-18:00; over midnight: 22:00-6:00."}
	}
	return columns
}

// kindCells are the kinds as files show them, Chinese first.
var kindCells = map[worktime.Kind][2]string{worktime.Off: {"休息", "off"}, worktime.Work: {"上班", "work"}, worktime.Special: {"特殊", "special"}}

func kindCell(k worktime.Kind, lang string) string {
	if lang == sheet.English {
		return kindCells[k][1]
	}
	return kindCells[k][0]
}

func readKind(cell string) worktime.Kind {
	for k, words := range kindCells {
		if strings.EqualFold(cell, words[0]) || strings.EqualFold(cell, words[1]) {
			return k
		}
	}
	return worktime.Usual
}

// ExportDays writes the exceptions of a centre's own as a workbook, for a year (0: all); the audit notes it.
func (s *Service) ExportDays(ctx context.Context, w io.Writer, lang string, centre organization.CentreID, year int) error {
	scope, err := actor.Allow(ctx, HoursRead)
	if err != nil {
		return err
	}
	path, err := s.at(ctx, scope, centre, true)
	if err != nil {
		return err
	}
	last, from, to := path[len(path)-1], firstDay, lastDay
	if year > 0 {
		from, to = worktime.DateOf(year, 1, 1), worktime.DateOf(year, 12, 31)
	}
	list, err := db.New(s.cfg.Pool).DaysOf(ctx, db.DaysOfParams{CentreID: last.ID.UUID(), FirstDay: dateOf(from), LastDay: dateOf(to)})
	if err != nil {
		return fmt.Errorf("read special days: %w", err)
	}
	var rows [][]any
	for _, r := range list {
		d, err := exceptionOf(r)
		if err != nil {
			return err
		}
		as := any(nil)
		if d.AsWeekday > 0 {
			as = d.AsWeekday
		}
		rows = append(rows, []any{last.Code, d.Day.Time(), kindCell(d.Kind, lang), d.Name, d.Public, as, WriteSpans(d.Spans)})
	}
	if err := s.exported(ctx, "calendar.day", last); err != nil {
		return err
	}
	return dayTable.Write(w, lang, sheet.Rows(rows...))
}

// ExportWeeks writes the working weeks of a centre and of all below it that are in scope.
func (s *Service) ExportWeeks(ctx context.Context, w io.Writer, lang string, centre organization.CentreID) error {
	scope, err := actor.Allow(ctx, HoursRead)
	if err != nil {
		return err
	}
	path, err := s.at(ctx, scope, centre, true)
	if err != nil {
		return err
	}
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return err
	}
	last := path[len(path)-1]
	_, weeks, err := s.Weeks(ctx, last.ID)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, id := range tree.Below(last.ID) {
		if id != last.ID && !scope.Covers(id.UUID()) {
			continue
		}
		c, _ := tree.Centre(id)
		for _, week := range weeks[id] {
			row := []any{c.Code, week.ValidFrom.Time(), week.Holidays}
			for wd := 1; wd <= 7; wd++ {
				row = append(row, WriteSpans(week.spans(wd)))
			}
			rows = append(rows, row)
		}
	}
	if err := s.exported(ctx, "calendar.week", last); err != nil {
		return err
	}
	return weekTable.Write(w, lang, sheet.Rows(rows...))
}

func (w Week) spans(weekday int) []worktime.Span {
	var spans []worktime.Span
	for _, p := range w.Periods {
		if p.Weekday == weekday {
			spans = append(spans, worktime.Span{Start: p.Start, End: p.End})
		}
	}
	return spans
}

func (s *Service) exported(ctx context.Context, kind string, centre organization.Centre) error {
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		return audit.Write(ctx, tx, s.cfg.Clock.Now(), change{act: kind + ".export", kind: kind, id: centre.ID.String(), label: centre.Name, centre: centre}.entry())
	})
}

// errNotApplied ends a transaction whose effects are not wanted.
var errNotApplied = errors.New("not applied")

// taken is a row of a file that was read, and what writes it.
type taken struct {
	line     int
	label    string
	problems []sheet.Problem
	write    func(ctx context.Context, tx pgx.Tx) (action string, changes []string, err error)
}

// importAll writes each row in a savepoint of one transaction, so that a trial finds exactly what the real thing would. With
// anything rejected, and in a trial, nothing stays.
func (s *Service) importAll(ctx context.Context, rows []taken, dryRun bool) (*sheet.Report, error) {
	report := sheet.NewReport(dryRun)
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		for _, r := range rows {
			line := sheet.Line{Line: r.line, Label: r.label, Problems: r.problems, Changes: []string{}}
			if len(line.Problems) == 0 {
				err := pgx.BeginFunc(ctx, tx, func(part pgx.Tx) (err error) {
					line.Action, line.Changes, err = r.write(ctx, part)
					return err
				})
				if line.Problems = sheet.Problems(err); err != nil && len(line.Problems) == 0 {
					return err
				}
			}
			report.Add(line)
		}
		if dryRun || report.Rejected > 0 {
			return errNotApplied
		}
		return nil
	})
	if err != nil && !errors.Is(err, errNotApplied) {
		return nil, err
	}
	if !dryRun && report.Rejected == 0 {
		s.caughtUp(ctx)
	}
	return report, nil
}

// ImportDays sets exceptions from a workbook or from JSON: {"days": [{"date": "2027-01-01", "name": "元旦", "isOffDay": true}]}. Rows
// that name no centre belong to the one given (none: the actor's own).
func (s *Service) ImportDays(ctx context.Context, centre organization.CentreID, data []byte, dryRun bool) (*sheet.Report, error) {
	scope, err := actor.Allow(ctx, HoursEdit)
	if err != nil {
		return nil, err
	}
	path, err := s.at(ctx, scope, centre, false)
	if err != nil {
		return nil, err
	}
	byCode, err := s.centresByCode(ctx)
	if err != nil {
		return nil, err
	}
	var days []readDay
	if text := bytes.TrimSpace(data); len(text) > 0 && text[0] == '{' {
		days, err = daysOfJSON(text, s.makeUpAs(path[len(path)-1].ID))
	} else {
		days, err = s.daysOfSheet(data, path[len(path)-1].ID, byCode)
	}
	if err != nil {
		return nil, err
	}
	rows := make([]taken, len(days))
	for i, d := range days {
		if d.Centre.IsZero() && len(d.problems) == 0 {
			d.Centre = path[len(path)-1].ID
		}
		rows[i] = taken{d.line, d.Day.Day.String(), d.problems, func(ctx context.Context, tx pgx.Tx) (string, []string, error) { return s.putDay(ctx, tx, d.Day) }}
	}
	return s.importAll(ctx, rows, dryRun)
}

type readDay struct {
	Day
	line     int
	problems []sheet.Problem
}

func daysOfJSON(data []byte, makeUpAs int) ([]readDay, error) {
	var file struct {
		Days []struct {
			Date     string `json:"date"`
			Name     string `json:"name"`
			IsOffDay bool   `json:"isOffDay"`
		} `json:"days"`
	}
	if err := json.Unmarshal(data, &file); err != nil || len(file.Days) == 0 || len(file.Days) > maxImport {
		return nil, fault.New(fault.Invalid, "calendar.not_a_calendar", "the file is no list of days").WithCause(err).
			WithRemedy(`give an Excel workbook, or JSON like {"days": [{"date": "2027-01-01", "name": "元旦", "isOffDay": true}]}`)
	}
	days := make([]readDay, len(file.Days))
	for i, x := range file.Days {
		d := readDay{Day: Day{Kind: worktime.Off, Public: true, Name: x.Name}, line: i + 1}
		if !x.IsOffDay {
			d.Kind, d.AsWeekday = worktime.Work, makeUpAs
		}
		var err error
		if d.Day.Day, err = worktime.ParseDate(x.Date); err != nil {
			d.problems = []sheet.Problem{{Column: "day", Code: fieldFormat, Message: "is not a date like 2027-01-01"}}
		}
		days[i] = d
	}
	return days, nil
}

func (s *Service) daysOfSheet(data []byte, centre organization.CentreID, byCode map[string]organization.CentreID) ([]readDay, error) {
	lines, err := dayTable.Read(data, s.importRows(centre))
	if err != nil {
		return nil, err
	}
	days := make([]readDay, len(lines))
	for i, r := range lines {
		d := readDay{Day: Day{Kind: readKind(r.Get("kind")), Public: true, Name: r.Get("name")}, line: r.Line, problems: dayTable.Missing(r)}
		wrong := func(column, message string) {
			d.problems = append(d.problems, sheet.Problem{Column: column, Code: fieldFormat, Message: message})
		}
		if code := r.Get("centre"); code != "" {
			if d.Centre = byCode[code]; d.Centre.IsZero() {
				wrong("centre", "there is no such centre")
			}
		}
		if d.Day.Day, err = worktime.ParseDate(r.Get("day")); err != nil && r.Get("day") != "" {
			wrong("day", "is not a date like 2027-01-01")
		}
		if v, ok := sheet.Yes(r.Get("public")); ok {
			d.Public = v
		} else if r.Get("public") != "" {
			wrong("public", "is not yes or no")
		}
		if cell := r.Get("as_weekday"); cell != "" {
			if d.AsWeekday, err = strconv.Atoi(cell); err != nil {
				wrong("as_weekday", "is not a weekday from 1 to 7")
			}
		} else if d.Kind == worktime.Work {
			d.AsWeekday = s.makeUpAs(cmp.Or(d.Centre, centre))
		}
		if d.Spans, err = ReadSpans(r.Get("periods")); err != nil {
			wrong("periods", "is not a list of periods like 9:00-12:00, 14:00-18:00")
		}
		days[i] = d
	}
	return days, nil
}

// makeUpAs is the weekday that make-up workdays of a centre are worked like.
func (s *Service) makeUpAs(centre organization.CentreID) int {
	return int(MakeUpAs.Get(s.cfg.Settings, centre.UUID())[0] - '0') // one of 1 to 7, which the choices guarantee
}

func (s *Service) importRows(centre organization.CentreID) int {
	return int(ImportRows.Get(s.cfg.Settings, centre.UUID()))
}

func (s *Service) centresByCode(ctx context.Context) (map[string]organization.CentreID, error) {
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return nil, err
	}
	byCode := map[string]organization.CentreID{}
	for _, c := range tree.Centres() {
		byCode[c.Code] = c.ID
	}
	return byCode, nil
}

// putDay creates or changes the exception of a centre's day.
func (s *Service) putDay(ctx context.Context, tx pgx.Tx, d Day) (string, []string, error) {
	d, centre, _, err := s.checkedDay(ctx, DayEdit{Day: d})
	if err != nil {
		return sheet.Reject, nil, inRow(err, ErrNoCentre)
	}
	row, err := db.New(tx).DayOf(ctx, db.DayOfParams{CentreID: centre.ID.UUID(), Day: dateOf(d.Day)})
	if postgres.IsNoRows(err) {
		_, err := s.CreateDay(ctx, tx, DayEdit{Day: d})
		return sheet.Create, []string{}, err
	}
	if err != nil {
		return "", nil, fmt.Errorf("read special day: %w", err)
	}
	old, err := exceptionOf(row)
	if err != nil {
		return "", nil, err
	}
	d.ID = old.ID
	changes := audit.Diff(old, d)
	if len(changes) == 0 {
		return sheet.Same, []string{}, nil
	}
	c := dayChange("update", d, centre, "")
	c.changes = changes
	if err := s.record(ctx, tx, c); err != nil {
		return "", nil, err
	}
	_, err = updateDay(ctx, db.New(tx), d, old.Version)
	return sheet.Update, fieldsOf(changes), err
}

// inRow makes a fault without fields one of the column centre, so that the line names it.
func inRow(err error, missing *fault.Fault) error {
	if errors.Is(err, missing) {
		return fault.New(fault.Invalid, errInvalid.Code, "the row cannot be taken").
			WithFields(fault.Field{Location: "body.centre", Code: fieldUnknown, Message: "there is no such centre"})
	}
	return err
}

func fieldsOf(changes []audit.Change) []string {
	list := make([]string, len(changes))
	for i, c := range changes {
		list[i] = c.Field
	}
	return list
}

// ImportWeeks sets working weeks from a workbook.
func (s *Service) ImportWeeks(ctx context.Context, data []byte, dryRun bool) (*sheet.Report, error) {
	if _, err := actor.Allow(ctx, HoursEdit); err != nil {
		return nil, err
	}
	byCode, err := s.centresByCode(ctx)
	if err != nil {
		return nil, err
	}
	lines, err := weekTable.Read(data, s.importRows(organization.CentreID{}))
	if err != nil {
		return nil, err
	}
	rows := make([]taken, len(lines))
	for i, r := range lines {
		w, problems := readWeek(r, byCode)
		rows[i] = taken{r.Line, r.Get("centre") + " " + r.Get("valid_from"), problems, func(ctx context.Context, tx pgx.Tx) (string, []string, error) { return s.putWeek(ctx, tx, w) }}
	}
	return s.importAll(ctx, rows, dryRun)
}

func readWeek(r sheet.Row, byCode map[string]organization.CentreID) (Week, []sheet.Problem) {
	w, problems := Week{Centre: byCode[r.Get("centre")], Holidays: true, Periods: []Period{}}, weekTable.Missing(r)
	wrong := func(column, message string) {
		problems = append(problems, sheet.Problem{Column: column, Code: fieldFormat, Message: message})
	}
	if w.Centre.IsZero() && r.Get("centre") != "" {
		wrong("centre", "there is no such centre")
	}
	var err error
	if w.ValidFrom, err = worktime.ParseDate(r.Get("valid_from")); err != nil && r.Get("valid_from") != "" {
		wrong("valid_from", "is not a date like 2027-01-01")
	}
	if v, ok := sheet.Yes(r.Get("holidays")); ok {
		w.Holidays = v
	} else if r.Get("holidays") != "" {
		wrong("holidays", "is not yes or no")
	}
	for i, key := range weekdays {
		spans, err := ReadSpans(r.Get(key))
		if err != nil {
			wrong(key, "is not a list of periods like 9:00-12:00, 14:00-18:00")
		}
		for _, s := range spans {
			w.Periods = append(w.Periods, Period{Weekday: i + 1, Start: s.Start, End: s.End})
		}
	}
	return w, problems
}

// putWeek creates or changes the week of a centre from a day on.
func (s *Service) putWeek(ctx context.Context, tx pgx.Tx, w Week) (string, []string, error) {
	w, centre, _, err := s.checkedWeek(ctx, WeekEdit{Week: w})
	if err != nil {
		return sheet.Reject, nil, inRow(err, ErrNoCentre)
	}
	all, err := db.New(tx).Weeks(ctx)
	if err != nil {
		return "", nil, fmt.Errorf("read working weeks: %w", err)
	}
	i := slices.IndexFunc(all, func(r db.CalendarWeek) bool {
		return r.CentreID == centre.ID.UUID() && dayOf(r.ValidFrom) == w.ValidFrom
	})
	if i < 0 {
		_, err := s.CreateWeek(ctx, tx, WeekEdit{Week: w})
		return sheet.Create, []string{}, err
	}
	old, err := weekOf(all[i])
	if err != nil {
		return "", nil, err
	}
	w.ID = old.ID
	changes := audit.Diff(old, w)
	if len(changes) == 0 {
		return sheet.Same, []string{}, nil
	}
	c := weekChange("update", w, centre, "")
	c.changes = changes
	if err := s.record(ctx, tx, c); err != nil {
		return "", nil, err
	}
	_, err = updateWeek(ctx, db.New(tx), w, old.Version)
	return sheet.Update, fieldsOf(changes), err
}

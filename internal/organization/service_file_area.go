package organization

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/platform/sheet"
)

var selectorWords = []word[Selector]{
	{ByCalled, "被叫号码", "called number"}, {ByCalledPrefix, "被叫号码前缀", "called prefix"}, {ByCity, "用户所在地市", "city"},
	{ByAreaCode, "长途区号", "area code"}, {ByProvince, "用户所在省份", "province"}, {ByNation, "全国", "nation"},
}

// areaTable is the list of service areas as a workbook. Days are those of China Standard Time.
var areaTable = sheet.Table{Key: "service-areas", ZH: "服务区域", EN: "Service areas", Columns: []sheet.Column{
	{Key: "centre", ZH: "中心代码", EN: "Centre code", Required: true, Width: 16},
	{Key: "service", ZH: "服务种类", EN: "Service", Required: true, Width: 16, HelpZH: "码表 service 中的代码，如 hotline。", HelpEN: "A code of the table service, such as hotline."},
	{Key: "selector", ZH: "区分方式", EN: "Selected by", Required: true, Width: 16, HelpZH: "被叫号码、被叫号码前缀、用户所在地市、长途区号、用户所在省份或全国。", HelpEN: "called number, called prefix, city, area code, province or nation."},
	{Key: "value", ZH: "取值", EN: "Value", Width: 18, HelpZH: "号码、区号或 GB/T 2260 代码；全国时为空。", HelpEN: "A number, an area code or a GB/T 2260 code; empty for the nation."},
	{Key: "valid_from", ZH: "生效日期", EN: "From", Kind: sheet.Date, Width: 12, HelpZH: "空着表示从现在起。", HelpEN: "Empty: from now on."},
	{Key: "valid_until", ZH: "截止日期（含）", EN: "Until (last day)", Kind: sheet.Date, Width: 16},
	{Key: "note", ZH: "备注", EN: "Note", Kind: sheet.Free, Width: 30},
}}

// ExportAreas writes what [Service.Areas] gives as a workbook. The audit notes it.
func (s *Service) ExportAreas(ctx context.Context, w io.Writer, lang string, f AreaFilter) error {
	if _, err := actor.Allow(ctx, AreaRead); err != nil {
		return err
	}
	list, err := s.Areas(ctx, f)
	if err != nil {
		return err
	}
	t, err := s.Tree(ctx)
	if err != nil {
		return err
	}
	if err := s.exported(ctx, "area.export", f.Service); err != nil {
		return err
	}
	return areaTable.Write(w, lang, func(yield func([]any, error) bool) {
		for _, a := range list {
			c, _ := t.Centre(a.Centre)
			row := []any{c.Code, a.Service, wordIn(selectorWords, a.Selector, lang), a.Value, dayTime(firstDay(a.Area)), dayTime(lastDay(a.Area)), a.Note}
			if !yield(row, nil) {
				return
			}
		}
	})
}

// firstDay and lastDay are the validity as files write it, in China Standard Time.
func firstDay(a Area) Day { return DayOf(a.ValidFrom, businessZone) }

func lastDay(a Area) Day {
	if a.ValidUntil == nil {
		return ""
	}
	return DayOf(a.ValidUntil.Add(-time.Nanosecond), businessZone)
}

// dayTime gives a day for a Date column; nil for none.
func dayTime(d Day) any {
	t, err := time.ParseInLocation(time.DateOnly, string(d), businessZone)
	if err != nil {
		return nil
	}
	return t
}

// ImportAreas makes and changes service areas by a workbook in the form of the export, whole or not at all; with
// dryRun it only tells what would happen. A row is the area of the same centre, service, selector and value that
// has not ended. Errors: those of package sheet.
func (s *Service) ImportAreas(ctx context.Context, data []byte, dryRun bool) (*sheet.Report, error) {
	scope, err := actor.Allow(ctx, AreaEdit)
	if err != nil {
		return nil, err
	}
	return s.importRows(ctx, areaTable, data, dryRun, func(ctx context.Context, tx pgx.Tx, r sheet.Row) (taken, error) {
		if err := s.holdTree(ctx, tx); err != nil {
			return taken{}, err
		}
		t, err := s.treeIn(ctx, tx)
		if err != nil {
			return taken{}, err
		}
		return s.takeArea(ctx, tx, t, scope, r)
	})
}

func (s *Service) takeArea(ctx context.Context, tx pgx.Tx, t *Tree, scope actor.Scope, r sheet.Row) (taken, error) {
	done := taken{label: r.Get("centre") + " " + r.Get("service") + " " + r.Get("value"), action: sheet.Create}
	c, ok := t.centreByCode(r.Get("centre"))
	if !ok || !scope.Covers(c.ID.UUID()) {
		return done, badCell("centre", fieldUnknown, "is not the code of a centre that you look after")
	}
	selector, ok := wordOf(selectorWords, r.Get("selector"))
	if !ok {
		return done, badCell("selector", fieldUnknown, "is not a way to select")
	}
	spec := AreaSpec{Centre: c.ID, Service: r.Get("service"), Selector: selector, Value: r.Get("value"), Note: r.Get("note")}
	if spec.Selector == ByAreaCode {
		spec.Value = normalAreaCode(spec.Value)
	}
	from, until := Day(r.Get("valid_from")), Day(r.Get("valid_until"))
	if !from.Valid() || !until.Valid() {
		return done, badCell("valid_from", fieldFormat, "is not a day such as 2026-11-20")
	}
	old, exists := t.standing(spec, s.cfg.Clock.Now())
	spec.ValidFrom, spec.ValidUntil = moments(old, from, until)
	if exists && !r.Has("valid_until") {
		spec.ValidUntil = old.ValidUntil
	}
	if exists && !r.Has("note") {
		spec.Note = old.Note
	}
	if !exists {
		_, err := s.newArea(ctx, tx, t, scope, spec)
		return done, inRow(err, "centre_id", "centre")
	}
	next, err := s.changedArea(ctx, tx, t, scope, old.ID, old.Version, "area.update", func(t *Tree, old Area) (Area, error) {
		return s.checkedArea(ctx, t, scope, old, spec)
	})
	if err != nil {
		return done, inRow(err, "centre_id", "centre")
	}
	done.changes = differing("valid_from", string(firstDay(old)), string(firstDay(next)), "valid_until", string(lastDay(old)), string(lastDay(next)), "note", old.Note, next.Note)
	return done.orSame(), nil
}

// standing finds the area that a row of a file speaks of: of the same centre and key, not ended; of several the first.
func (t *Tree) standing(spec AreaSpec, now time.Time) (Area, bool) {
	list := t.byKey[areaKey{spec.Service, spec.Selector, digits(spec.Value)}]
	i := slices.IndexFunc(list, func(a Area) bool {
		return a.Centre == spec.Centre && (a.ValidUntil == nil || a.ValidUntil.After(now))
	})
	if i < 0 {
		return Area{}, false
	}
	return list[i], true
}

// moments turns days into moments, and leaves alone what is the same day as before.
func moments(old Area, from, until Day) (*time.Time, *time.Time) {
	var begin, end *time.Time
	if t, ok := dayTime(from).(time.Time); ok {
		begin = &t
	}
	if t, ok := dayTime(until.Add(1)).(time.Time); ok {
		end = &t
	}
	if !old.ID.IsZero() && (from == "" || from == firstDay(old)) {
		begin = &old.ValidFrom
	}
	if !old.ID.IsZero() && until == lastDay(old) {
		end = old.ValidUntil
	}
	return begin, end
}

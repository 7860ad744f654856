package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"yingda/internal/metric"
)

// asked is a report that is being made.
type asked struct {
	cut
	grain Grain
	rules metric.Rules
	now   time.Time
	open  int // contacts that are not over
}

// elapsed is how much of the period has passed: what traffic of the whole is divided by.
func (q *asked) elapsed() time.Duration {
	end := q.To
	if q.now.Before(end) {
		end = q.now
	}
	return max(0, end.Sub(q.From))
}

// split gives the split of time by the grain.
func (q *asked) split() split { return split{slot: q.grain == HalfHour, day: q.grain == Day} }

// build makes the tables of a report.
func (s *Service) build(ctx context.Context, id ID, q *asked) ([]Table, error) {
	switch id {
	case Traffic:
		return s.traffic(ctx, q)
	case Queues:
		return s.queues(ctx, q)
	case Agents:
		return s.agents(ctx, q)
	case Dispositions:
		return s.dispositions(ctx, q)
	case Waits:
		return s.waits(ctx, q)
	case Abandoned:
		return s.abandoned(ctx, q)
	case Recordings:
		return s.recordings(ctx, q)
	case Trunks:
		return s.trunks(ctx, q)
	}
	return nil, ErrNoReport
}

// count counts contacts and remembers how many are open, which is said once and counted nowhere.
func (s *Service) count(ctx context.Context, q *asked, by split) (map[place]*metric.Tally, error) {
	counted, err := tallies(ctx, s.cfg.Pool, q.cut, by, q.rules)
	if err != nil {
		return nil, err
	}
	for at, t := range counted {
		q.open += t.Open
		t.Contacts, t.Open = t.Contacts-t.Open, 0
		if t.Contacts == 0 {
			delete(counted, at)
		}
	}
	return counted, nil
}

// moments gives the rows of time: number as the database counts them, name, and the time itself where it is one stretch.
func (q *asked) moments() (list []moment) {
	if q.grain == Day {
		for _, day := range q.days() {
			from, err := time.ParseInLocation(time.DateOnly, day, q.Zone)
			if err != nil {
				continue // days come from time.Format
			}
			list = append(list, moment{dayNumber(day), name{day, day, day}, from, time.Date(from.Year(), from.Month(), from.Day()+1, 0, 0, 0, 0, q.Zone)})
		}
		return list
	}
	for slot := range 48 {
		clock := fmt.Sprintf("%02d:%02d", slot/2, slot%2*30)
		m := moment{number: int64(slot), name: name{clock, clock, clock}}
		if q.Days == 1 {
			m.from = time.Date(q.From.Year(), q.From.Month(), q.From.Day(), slot/2, slot%2*30, 0, 0, q.Zone)
			m.until = m.from.Add(30 * time.Minute)
		}
		list = append(list, m)
	}
	return list
}

type moment struct {
	number      int64
	name        name
	from, until time.Time // zero: a half hour of several days
}

func (m moment) behind() *Behind {
	if m.from.IsZero() {
		return nil
	}
	from, until := m.from.UTC(), m.until.UTC()
	return &Behind{From: &from, Until: &until}
}

var timeHead = Text{"时段", "Time"}

func (s *Service) traffic(ctx context.Context, q *asked) ([]Table, error) {
	by := q.split()
	by.seconds = true
	counted, err := s.count(ctx, q, by)
	if err != nil {
		return nil, err
	}
	all := metric.Tally{Rules: q.rules}
	t := Table{Key: "traffic", Name: Text{"话务量", "Traffic"}, Head: timeHead, Columns: trafficColumns,
		Chart: &Chart{Bars: []string{"answered", "abandoned", "elsewhere", "refused", "lost"}, Lines: []string{"connect_rate_in_time"}}}
	for _, m := range q.moments() {
		one := metric.Tally{Rules: q.rules}
		if c := counted[place{Slot: m.number}]; c != nil {
			one.Merge(*c)
			all.Merge(*c)
		}
		r := row(m.name.Code, m.name, t.Columns, facts{Data: metric.Data{Tally: one, Period: q.length(q.grain)}})
		r.Behind = m.behind()
		t.Rows = append(t.Rows, r)
	}
	t.Total = total(t.Columns, facts{Data: metric.Data{Tally: all, Period: q.elapsed()}})
	return []Table{t}, nil
}

func (s *Service) queues(ctx context.Context, q *asked) ([]Table, error) {
	counted, err := s.count(ctx, q, split{queue: true, seconds: true})
	if err != nil {
		return nil, err
	}
	called, err := names(ctx, s.cfg.Pool, queueNames, idsOf(counted))
	if err != nil {
		return nil, err
	}
	t := Table{Key: "queues", Name: Text{"队列", "Queues"}, Head: Text{"队列", "Queue"}, Columns: queueColumns, Rows: []Row{},
		Chart: &Chart{Bars: []string{"answered", "abandoned", "elsewhere", "refused", "lost"}, Lines: []string{"connect_rate_in_time"}}}
	all := metric.Tally{Rules: q.rules}
	for at, tally := range counted {
		all.Merge(*tally)
		n, ok := called[at.ID]
		if !ok {
			n = pick(at.ID == uuid.Nil, name{"", "未进队列", "No queue"}, name{at.ID.String(), "已删除的队列", "A queue that is gone"})
		}
		r := row(at.ID.String(), n, t.Columns, facts{Data: metric.Data{Tally: *tally, Period: q.elapsed()}})
		if at.ID != uuid.Nil {
			r.Behind = &Behind{Queue: &at.ID}
		}
		t.Rows = append(t.Rows, r)
	}
	byCode(t.Rows)
	t.Total = total(t.Columns, facts{Data: metric.Data{Tally: all, Period: q.elapsed()}})
	return []Table{t}, nil
}

func (s *Service) agents(ctx context.Context, q *asked) ([]Table, error) {
	done, err := shifts(ctx, s.cfg.Pool, q.cut, q.now)
	if err != nil {
		return nil, err
	}
	ids := make([]uuid.UUID, 0, len(done))
	all := metric.Shift{}
	for id, shift := range done {
		ids = append(ids, id)
		all.Merge(*shift)
	}
	called, err := names(ctx, s.cfg.Pool, staffNames, ids)
	if err != nil {
		return nil, err
	}
	reasons, err := names(ctx, s.cfg.Pool, reasonNames, ids)
	if err != nil {
		return nil, err
	}
	t := Table{Key: "agents", Name: Text{"座席日报", "Agents' day"}, Head: Text{"座席", "Agent"}, Columns: withBreaks(all, reasons), Rows: []Row{},
		Chart: &Chart{Bars: []string{"talk_time", "wrap_up_time", "ready_time", "break_time"}, Lines: []string{"occupancy"}}}
	for id, shift := range done {
		n, ok := called[id]
		if !ok {
			n = name{id.String(), "已不在册的人员", "Somebody who is gone"}
		}
		r := row(id.String(), n, t.Columns, facts{Data: metric.Data{Shift: *shift}})
		r.Behind = &Behind{Agent: &id}
		t.Rows = append(t.Rows, r)
	}
	byCode(t.Rows)
	t.Total = total(t.Columns, facts{Data: metric.Data{Shift: all}})
	return []Table{t}, nil
}

// withBreaks puts a column for each reason for breaks that was used between the times and the figures.
func withBreaks(all metric.Shift, reasons map[uuid.UUID]name) []Column {
	called := map[string]name{}
	for _, n := range reasons {
		called[n.Code] = n
	}
	columns := slices.Clone(agentTimes)
	used := make([]string, 0, len(all.Breaks))
	for reason := range all.Breaks {
		used = append(used, reason)
	}
	slices.Sort(used)
	for _, reason := range used {
		n, ok := called[reason]
		if !ok {
			n = name{reason, pick(reason == "", "未注明原因", reason), pick(reason == "", "No reason given", reason)}
		}
		columns = append(columns, Column{
			Key: "break:" + reason, Formula: "break_time", Version: 1, Unit: metric.Hours, Source: "spans of agent states",
			ZH: Words{"小休：" + n.ZH, "时长之和", "含于小休时长"}, EN: Words{"Break: " + n.EN, "sum of time", "contained in breaks"},
			of: func(x facts) (float64, bool) { return x.Shift.Breaks[reason].Hours(), true },
		})
	}
	return append(columns, agentFigures...)
}

// byCode sorts rows by code, those without at the end.
func byCode(rows []Row) {
	slices.SortFunc(rows, func(a, b Row) int {
		if (a.Code == "") != (b.Code == "") {
			return pick(a.Code == "", 1, -1)
		}
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Key, b.Key))
	})
}

func idsOf(counted map[place]*metric.Tally) []uuid.UUID {
	ids := []uuid.UUID{}
	for at := range counted {
		if at.ID != uuid.Nil {
			ids = append(ids, at.ID)
		}
	}
	return ids
}

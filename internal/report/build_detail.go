package report

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"yingda/internal/metric"
)

// maxInstances is how many contacts a report names.
const maxInstances = 200

func (s *Service) dispositions(ctx context.Context, q *asked) ([]Table, error) {
	counted, err := s.count(ctx, q, split{disposition: true})
	if err != nil {
		return nil, err
	}
	named, err := mentions(ctx, s.cfg.Pool, q.cut)
	if err != nil {
		return nil, err
	}
	tree, err := codes(ctx, s.cfg.Pool)
	if err != nil {
		return nil, err
	}
	own, all := map[uuid.UUID]metric.Tally{}, metric.Tally{Rules: q.rules}
	for at, t := range counted {
		own[at.ID] = *t
		all.Merge(*t)
	}
	t := Table{Key: "dispositions", Name: Text{"小结", "Dispositions"}, Head: Text{"小结", "Disposition"}, Columns: dispositionColumns, Rows: []Row{},
		Chart: &Chart{Bars: []string{"answered"}, Lines: []string{"average_handle_time"}}}
	b := grove{own: own, mentions: named, all: all.Answered, rules: q.rules, below: map[uuid.UUID][]code{}}
	known := map[uuid.UUID]bool{}
	for _, c := range tree {
		b.below[c.Parent] = append(b.below[c.Parent], c)
		known[c.ID] = true
	}
	for _, top := range b.below[uuid.Nil] {
		rows, _, _ := b.rows(top, 0)
		t.Rows = append(t.Rows, rows...)
	}
	rest := metric.Tally{Rules: q.rules}
	for id, tally := range own {
		if id != uuid.Nil && !known[id] {
			rest.Merge(tally)
		}
	}
	if rest.Answered > 0 {
		t.Rows = append(t.Rows, row("gone", name{"", "已删除的小结", "Dispositions that are gone"}, t.Columns, b.facts(rest, 0)))
	}
	if none := own[uuid.Nil]; none.Answered > 0 {
		t.Rows = append(t.Rows, row("none", name{"", "未小结", "None yet"}, t.Columns, b.facts(none, 0)))
	}
	sum := 0
	for _, n := range named {
		sum += n
	}
	t.Total = total(t.Columns, b.facts(all, sum))
	return []Table{t}, nil
}

// grove adds up a tree of dispositions.
type grove struct {
	own      map[uuid.UUID]metric.Tally
	mentions map[uuid.UUID]int
	all      int // answered
	rules    metric.Rules
	below    map[uuid.UUID][]code
}

func (b *grove) facts(t metric.Tally, mentions int) facts {
	x := facts{Data: metric.Data{Tally: t}, extra: map[string]float64{"mentions": float64(mentions)}}
	if b.all > 0 {
		x.extra["share"] = 100 * float64(t.Answered) / float64(b.all)
	}
	return x
}

// rows gives a node and what is below it, with their sums; nothing for a branch that nobody used.
func (b *grove) rows(c code, depth int) ([]Row, metric.Tally, int) {
	sum, named := metric.Tally{Rules: b.rules}, b.mentions[c.ID]
	if t, ok := b.own[c.ID]; ok {
		sum.Merge(t)
	}
	var inside []Row
	for _, child := range b.below[c.ID] {
		rows, t, n := b.rows(child, depth+1)
		inside = append(inside, rows...)
		sum.Merge(t)
		named += n
	}
	if sum.Answered == 0 && named == 0 {
		return nil, sum, 0
	}
	r := row(c.ID.String(), c.name, dispositionColumns, b.facts(sum, named))
	r.Depth = depth
	r.Behind = &Behind{Disposition: &c.ID}
	return append([]Row{r}, inside...), sum, named
}

// bins are where the ranges of waiting begin, in seconds.
var bins = []int{0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600}

func (s *Service) waits(ctx context.Context, q *asked) ([]Table, error) {
	counted, err := s.count(ctx, q, split{seconds: true})
	if err != nil {
		return nil, err
	}
	all := metric.Tally{Rules: q.rules}
	for _, t := range counted {
		all.Merge(*t)
	}
	t := Table{Key: "waits", Name: Text{"等待分布", "Distribution of waits"}, Head: Text{"等待", "Wait"}, Columns: waitColumns,
		Chart: &Chart{Bars: []string{"waited_answered", "waited_abandoned"}, Lines: []string{"up_to_answered"}}}
	for i, from := range bins {
		n := name{"", fmt.Sprintf("%d 秒以上", from), fmt.Sprintf("%d s or more", from)}
		answered, away := all.Answered, all.Abandoned
		if i+1 < len(bins) {
			to := bins[i+1]
			n = name{"", fmt.Sprintf("%d–%d 秒", from, to), fmt.Sprintf("%d-%d s", from, to)}
			answered, away = all.Waits.Below(seconds(to)), all.WaitsAway.Below(seconds(to))
		}
		t.Rows = append(t.Rows, row(fmt.Sprint(from), n, t.Columns, waited(all,
			answered-all.Waits.Below(seconds(from)), answered, away-all.WaitsAway.Below(seconds(from)))))
	}
	t.Total = total(t.Columns, waited(all, all.Answered, all.Answered, all.Abandoned))
	x := facts{Data: metric.Data{Tally: all}, extra: map[string]float64{}}
	for key, share := range map[string]float64{"away_p50": 0.5, "away_p90": 0.9} {
		if v, ok := all.WaitsAway.Percentile(share); ok {
			x.extra[key] = v.Seconds()
		}
	}
	summary := Table{Key: "summary", Name: Text{"等待概要", "Waits in short"}, Head: Text{"", ""}, Columns: waitSummary, Rows: []Row{row("all", whole, waitSummary, x)}}
	return []Table{t, summary}, nil
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// waited are the figures of one range of waits.
func waited(all metric.Tally, answered, upTo, away int) facts {
	x := facts{extra: map[string]float64{"waited_answered": float64(answered), "waited_abandoned": float64(away)}}
	if all.Answered > 0 {
		x.extra["share_answered"] = 100 * float64(answered) / float64(all.Answered)
		x.extra["up_to_answered"] = 100 * float64(upTo) / float64(all.Answered)
	}
	if all.Abandoned > 0 {
		x.extra["share_abandoned"] = 100 * float64(away) / float64(all.Abandoned)
	}
	return x
}

// left gathers tallies with where people gave up.
type left struct {
	tally metric.Tally
	where map[string]float64
}

var places = map[Outcome]string{
	AbandonedInFlow: "in_flow", AbandonedInQueue: "in_queue", AbandonedRinging: "while_ringing",
}

func newLeft(r metric.Rules) *left {
	return &left{metric.Tally{Rules: r}, map[string]float64{"in_flow": 0, "in_queue": 0, "while_ringing": 0}}
}

func (l *left) add(outcome string, t metric.Tally) {
	l.tally.Merge(t)
	if key, ok := places[Outcome(outcome)]; ok {
		l.where[key] += float64(t.Abandoned)
	}
}

func (l *left) facts() facts { return facts{Data: metric.Data{Tally: l.tally}, extra: l.where} }

func (s *Service) abandoned(ctx context.Context, q *asked) ([]Table, error) {
	by := q.split()
	by.queue, by.outcome = true, true
	counted, err := s.count(ctx, q, by)
	if err != nil {
		return nil, err
	}
	called, err := names(ctx, s.cfg.Pool, queueNames, idsOf(counted))
	if err != nil {
		return nil, err
	}
	all, bySlot, byQueue := newLeft(q.rules), map[int64]*left{}, map[uuid.UUID]*left{}
	for at, t := range counted {
		if bySlot[at.Slot] == nil {
			bySlot[at.Slot] = newLeft(q.rules)
		}
		if byQueue[at.ID] == nil {
			byQueue[at.ID] = newLeft(q.rules)
		}
		for _, l := range []*left{all, bySlot[at.Slot], byQueue[at.ID]} {
			l.add(at.Outcome, *t)
		}
	}
	t := Table{Key: "abandoned", Name: Text{"放弃", "Abandoned"}, Head: timeHead, Columns: abandonedColumns, Total: total(abandonedColumns, all.facts()),
		Chart: &Chart{Bars: []string{"in_flow", "in_queue", "while_ringing"}, Lines: []string{"abandon_rate"}}}
	for _, m := range q.moments() {
		l := bySlot[m.number]
		if l == nil {
			l = newLeft(q.rules)
		}
		r := row(m.name.Code, m.name, t.Columns, l.facts())
		r.Behind = m.behind()
		t.Rows = append(t.Rows, r)
	}
	where := Table{Key: "where", Name: Text{"按队列", "By queue"}, Head: Text{"队列", "Queue"}, Columns: abandonedColumns, Rows: []Row{}, Total: t.Total}
	for id, l := range byQueue {
		n, ok := called[id]
		if !ok {
			n = pick(id == uuid.Nil, name{"", "未进队列", "No queue"}, name{id.String(), "已删除的队列", "A queue that is gone"})
		}
		r := row(id.String(), n, where.Columns, l.facts())
		if id != uuid.Nil {
			r.Behind = &Behind{Queue: &id}
		}
		where.Rows = append(where.Rows, r)
	}
	byCode(where.Rows)
	t.Instances, err = instances(ctx, s.cfg.Pool, q.cut, q.rules, metric.Abandoned, false, maxInstances)
	return []Table{t, where}, err
}

func (s *Service) recordings(ctx context.Context, q *asked) ([]Table, error) {
	kept, err := archives(ctx, s.cfg.Pool, q.cut, q.split())
	if err != nil {
		return nil, err
	}
	t := Table{Key: "recordings", Name: Text{"录音", "Recordings"}, Head: timeHead, Columns: recordingColumns,
		Chart: &Chart{Bars: []string{"recordings", "archive_missing"}, Lines: []string{"archive_complete"}}}
	all := metric.Archive{}
	for _, m := range q.moments() {
		one := metric.Archive{}
		if k := kept[m.number]; k != nil {
			one = *k
			all.Merge(one)
		}
		r := row(m.name.Code, m.name, t.Columns, facts{Data: metric.Data{Archive: one}})
		r.Behind = m.behind()
		t.Rows = append(t.Rows, r)
	}
	t.Total = total(t.Columns, facts{Data: metric.Data{Archive: all}})
	t.Instances, err = instances(ctx, s.cfg.Pool, q.cut, q.rules, metric.Answered, true, maxInstances)
	return []Table{t}, err
}

var causeColumns = []Column{
	counted("unanswered", metric.Count, Words{"数量", "未接通的呼叫", ""}, Words{"Calls", "that were not answered", ""}),
	counted("share_of_calls", metric.Percent, Words{"占本中继呼叫", "未接通 ÷ 本中继呼叫", ""}, Words{"Of the trunk's calls", "not answered / calls of the trunk", ""}),
}

func (s *Service) trunks(ctx context.Context, q *asked) ([]Table, error) {
	carried, err := lines(ctx, s.cfg.Pool, q.cut)
	if err != nil {
		return nil, err
	}
	why, err := causes(ctx, s.cfg.Pool, q.cut)
	if err != nil {
		return nil, err
	}
	all, ids := metric.Line{}, make([]uuid.UUID, 0, len(carried))
	for id, l := range carried {
		all.Merge(*l)
		ids = append(ids, id)
	}
	if together := carried[uuid.Nil]; together != nil {
		all.Busiest = together.Busiest
		delete(carried, uuid.Nil)
	}
	called, err := names(ctx, s.cfg.Pool, trunkNames, ids)
	if err != nil {
		return nil, err
	}
	t := Table{Key: "trunks", Name: Text{"中继", "Trunks"}, Head: Text{"中继", "Trunk"}, Columns: trunkColumns, Rows: []Row{},
		Chart: &Chart{Bars: []string{"trunk_answered", "trunk_failed"}, Lines: []string{"trunk_traffic"}}}
	reasons := Table{Key: "causes", Name: Text{"未接通原因", "Why calls were not answered"}, Head: Text{"中继、结果、原因", "Trunk, result, reason"}, Columns: causeColumns, Rows: []Row{}}
	for id, l := range carried {
		n, ok := called[id]
		if !ok {
			n = name{id.String(), "已删除的中继", "A trunk that is gone"}
		}
		r := row(id.String(), n, t.Columns, facts{Data: metric.Data{Line: *l, Period: q.elapsed()}})
		r.Behind = &Behind{Trunk: &id}
		t.Rows = append(t.Rows, r)
		for c, count := range why[id] {
			x := facts{extra: map[string]float64{"unanswered": float64(count)}}
			if l.Calls > 0 {
				x.extra["share_of_calls"] = 100 * float64(count) / float64(l.Calls)
			}
			label := n.ZH + " · " + c.Result + " · " + c.Reason
			if c.Q850 != 0 {
				label += fmt.Sprintf(" (Q.850 %d)", c.Q850)
			}
			reasons.Rows = append(reasons.Rows, row(id.String()+"/"+label, name{label, label, label}, causeColumns, x))
		}
	}
	byCode(t.Rows)
	byCode(reasons.Rows)
	t.Total = total(t.Columns, facts{Data: metric.Data{Line: all, Period: q.elapsed()}})
	return []Table{t, reasons}, nil
}

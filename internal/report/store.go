package report

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/metric"
)

// cut is which records a report may count: the period, what somebody may see, and what was asked for.
type cut struct {
	Period
	national  bool
	centres   []uuid.UUID // of the scope
	under     []uuid.UUID // the centre asked for and those below; nil: all
	queue     uuid.UUID
	team      uuid.UUID
	simulated bool
}

// split says what makes two contacts belong to different rows. Exactly the fields set are kept apart.
type split struct {
	slot        bool // half hour of the day, 0 to 47
	day         bool // days since 1970
	queue       bool
	disposition bool
	outcome     bool // as the record has it
	seconds     bool // of waiting: for percentiles and distributions
}

// place is where a contact belongs under a split. What is not kept apart is zero.
type place struct {
	Slot    int64     // half hour or day
	ID      uuid.UUID // queue or disposition
	Outcome string
}

// arguments collects the arguments of a fixed text.
type arguments struct{ list []any }

func (a *arguments) add(v any) string {
	a.list = append(a.list, v)
	return "$" + strconv.Itoa(len(a.list))
}

// where narrows a table with began_at and centre_id to a cut.
func (c cut) where(a *arguments, began string) []string {
	conditions := []string{began + " >= " + a.add(c.From), began + " < " + a.add(c.To)}
	return append(conditions, c.centred(a)...)
}

func (c cut) centred(a *arguments) (conditions []string) {
	if !c.national {
		conditions = append(conditions, "centre_id = ANY("+a.add(c.centres)+")")
	}
	if c.under != nil {
		conditions = append(conditions, "centre_id = ANY("+a.add(c.under)+")")
	}
	return conditions
}

// contacts narrows the contacts.
func (c cut) contacts(a *arguments) string {
	conditions := append(c.where(a, "began_at"), "direction = 'in'")
	if !c.simulated {
		conditions = append(conditions, "NOT simulated")
	}
	if c.queue != uuid.Nil {
		conditions = append(conditions, "coalesce(last_queue_id, queue_id) = "+a.add(c.queue))
	}
	if c.team != uuid.Nil {
		conditions = append(conditions, "agent_id IN (SELECT id FROM organization.staff WHERE team_id = "+a.add(c.team)+")")
	}
	return strings.Join(conditions, " AND ")
}

// halfHours is the number of the half hour on the centre's clock since 1970.
func halfHours(column string, zone string) string {
	return "(date_part('epoch', " + column + " AT TIME ZONE " + zone + ")::bigint / 1800)"
}

// slotSQL is the half hour of the day, or the day, of a moment.
func slotSQL(slot, day bool, column string, p Period, a *arguments) string {
	switch {
	case slot:
		return halfHours(column, a.add(p.Zone.String())) + " % 48"
	case day:
		return halfHours(column, a.add(p.Zone.String())) + " / 48"
	}
	return "0::bigint"
}

// groupsSQL is the text that counts contacts in groups.
func groupsSQL(c cut, s split, r metric.Rules, a *arguments) string {
	id := "NULL::uuid"
	switch {
	case s.queue:
		id = "coalesce(last_queue_id, queue_id)"
	case s.disposition:
		id = "disposition_id"
	}
	target, short, phantom := a.add(float64(r.Target.Microseconds())), a.add(float64(r.Short.Microseconds())), a.add(float64(r.ShortTalk.Microseconds()))
	inner := `SELECT ` + slotSQL(s.slot, s.day, "began_at", c.Period, a) + ` AS slot, ` + id + ` AS id, ` + pick(s.outcome, "outcome", "''") + ` AS word, ` +
		outcomeSQL + ` AS class, ` + startSQL[r.Start] + ` AS start, ` + stopSQL[r.Stop] + ` AS stop,
		began_at, ended_at, offers, transfers, talk_ms - hold_ms AS talk, hold_ms, wrap_ms
	FROM interaction.contact WHERE ` + c.contacts(a)
	timed := `SELECT *, CASE WHEN class IN ('machine', 'refused', 'open') THEN 0
		ELSE greatest(0, coalesce(round(date_part('epoch', CASE class WHEN 'answered' THEN stop ELSE ended_at END - start) * 1e6), 0)) END AS us
	FROM (` + inner + `) AS read WHERE class <> ''`
	return `SELECT slot, id, word, class, ` + pick(s.seconds, "floor(us / 1e6)::bigint", "0::bigint") + ` AS second, count(*),
		count(*) FILTER (WHERE us <= ` + target + `), count(*) FILTER (WHERE us < 1e6), count(*) FILTER (WHERE us < ` + short + `),
		count(*) FILTER (WHERE class = 'answered' AND talk * 1000::float8 < ` + phantom + `), count(*) FILTER (WHERE transfers > 0), sum(offers),
		sum(us), max(us), sum(talk::float8), sum(hold_ms::float8), sum(wrap_ms::float8),
		coalesce(sum(greatest(0, date_part('epoch', ended_at - began_at))), 0)
	FROM (` + timed + `) AS timed GROUP BY 1, 2, 3, 4, 5`
}

// tallies counts the contacts of a cut by where they belong.
func tallies(ctx context.Context, pool *pgxpool.Pool, c cut, s split, r metric.Rules) (map[place]*metric.Tally, error) {
	var a arguments
	text := groupsSQL(c, s, r, &a)
	rows, err := pool.Query(ctx, text, a.list...)
	if err != nil {
		return nil, fmt.Errorf("count contacts: %w", err)
	}
	defer rows.Close()
	counted := map[place]*metric.Tally{}
	for rows.Next() {
		at, g, err := scanGroup(rows)
		if err != nil {
			return nil, fmt.Errorf("count contacts: %w", err)
		}
		t := counted[at]
		if t == nil {
			t = &metric.Tally{Rules: r}
			counted[at] = t
		}
		t.AddGroup(g)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("count contacts: %w", err)
	}
	return counted, nil
}

func scanGroup(rows pgx.Rows) (at place, g metric.Group, err error) {
	var id uuid.NullUUID
	var class string
	var wait, longest, talk, hold, wrap, occupied float64
	err = rows.Scan(&at.Slot, &id, &at.Outcome, &class, &g.Second, &g.N, &g.InTime, &g.AtOnce, &g.Short, &g.Phantom, &g.Transferred, &g.Offers,
		&wait, &longest, &talk, &hold, &wrap, &occupied)
	at.ID, g.Outcome = id.UUID, metric.Outcome(class)
	g.Wait, g.Longest, g.Occupied = micros(wait), micros(longest), micros(occupied*1e6)
	g.Talk, g.Hold, g.Wrap = micros(talk*1000), micros(hold*1000), micros(wrap*1000)
	return at, g, err
}

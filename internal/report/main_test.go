package report_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/report"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// at is a moment of the day that is reported, on the clock of Shanghai.
func at(hour, minute, second int) time.Time {
	return time.Date(2026, 3, 2, hour, minute, second, 0, shanghai)
}

const theDay = "2026-03-02"

// country is reports over a nation with two provinces.
type country struct {
	*report.Service
	pool                        *pgxpool.Pool
	clock                       *clocktest.Fake
	organization                *organization.Service
	nation, guangdong, xinjiang organization.Centre
	team                        organization.Team
	general, complaints         uuid.UUID // queues of Guangdong
	li, wang                    uuid.UUID // staff of Guangdong; Li is in the team
}

func setup(t testing.TB) *country {
	t.Helper()
	c := &country{pool: postgrestest.New(t), clock: clocktest.At(time.Date(2026, 3, 3, 9, 0, 0, 0, shanghai))}
	c.organization = organization.New(organization.Config{Pool: c.pool, Clock: c.clock})
	var permissions []actor.Permission
	for _, d := range organization.Permissions() {
		permissions = append(permissions, d.Permission)
	}
	ctx := actor.With(t.Context(), actor.System("test.setup", permissions...))
	add := func(n organization.NewCentre) organization.Centre {
		made, err := c.organization.CreateCentre(ctx, nil, n)
		require.NoError(t, err)
		return made
	}
	c.nation = add(organization.NewCentre{Level: actor.Nation, Code: "CN", Name: "全国客服中心"})
	c.guangdong = add(organization.NewCentre{Parent: c.nation.ID, Level: actor.Province, Code: "GD", Name: "广东客服中心", Province: "440000"})
	c.xinjiang = add(organization.NewCentre{Parent: c.nation.ID, Level: actor.Province, Code: "XJ", Name: "新疆客服中心", Province: "650000", TimeZone: "Asia/Urumqi"})
	team, err := c.organization.CreateTeam(ctx, nil, organization.NewTeam{Centre: c.guangdong.ID, Code: "A", Name: "一班"})
	require.NoError(t, err)
	c.team = team
	ids, err := seed(ctx, c, []organization.NewStaff{
		{Number: "1001", Name: "李雷", Centre: c.guangdong.ID, Team: team.ID}, {Number: "1002", Name: "王梅", Centre: c.guangdong.ID},
	})
	require.NoError(t, err)
	c.li, c.wang = ids[0].UUID(), ids[1].UUID()
	c.general, c.complaints = c.queue(t, "general", "综合"), c.queue(t, "complaints", "投诉")
	for _, month := range []time.Time{at(0, 0, 0).AddDate(0, -1, 0), at(0, 0, 0)} {
		c.do(t, "SELECT interaction.make_month($1)", month)
	}
	c.Service = report.New(report.Config{Pool: c.pool, Organization: c.organization, Clock: c.clock})
	return c
}

func seed(ctx context.Context, c *country, list []organization.NewStaff) (ids []organization.StaffID, err error) {
	err = pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
		ids, err = c.organization.SeedStaff(ctx, tx, list)
		return err
	})
	return ids, err
}

func (c *country) do(t testing.TB, text string, args ...any) {
	t.Helper()
	_, err := c.pool.Exec(t.Context(), text, args...)
	require.NoError(t, err)
}

func (c *country) queue(t testing.TB, code, name string) uuid.UUID {
	t.Helper()
	id := uuid.New()
	c.do(t, `INSERT INTO routing.queue (id, code, name, centre_id, channel, priority, ring_s, wrap_up, wrap_up_s, max_waiting, max_wait_s, no_agents, target_s,
		announce_number, music, position, created_at, updated_at, updated_by)
		VALUES ($1, $2, $3, $4, 'voice', 0, 20, 'none', 0, 0, 0, 'wait', 20, true, true, true, now(), now(), '')`, id, code, name, c.guangdong.ID.UUID())
	return id
}

// contact is a record as these tests write them.
type contact struct {
	report.Contact
	centre      uuid.UUID
	agent       uuid.UUID
	disposition uuid.UUID
	simulated   bool
	recordings  int
}

func null(u uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: u, Valid: u != uuid.Nil} }

func moment(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

var contactColumns = []string{
	"id", "began_at", "channel", "direction", "centre_id", "simulated", "queue_id", "last_queue_id", "answered_at", "key_at", "enqueued_at", "offered_at",
	"ringing_at", "accepted_at", "announced_at", "talking_at", "ended_at", "last_at", "talk_ms", "hold_ms", "wrap_ms", "offers", "transfers", "agent_id",
	"outcome", "recordings", "disposition_id",
}

func (c *country) write(t testing.TB, list ...contact) {
	t.Helper()
	_, err := c.pool.CopyFrom(t.Context(), pgx.Identifier{"interaction", "contact"}, contactColumns, pgx.CopyFromSlice(len(list), func(i int) ([]any, error) {
		k := list[i]
		return []any{
			uuid.New(), k.Began, "voice", "in", null(k.centre), k.simulated, null(k.Queue), null(k.LastQueue), moment(k.Answered), moment(k.Key), moment(k.Enqueued),
			moment(k.Offered), moment(k.Ringing), moment(k.Accepted), moment(k.Announced), moment(k.Talking), moment(k.Ended), k.Began,
			(k.Talk + k.Hold).Milliseconds(), k.Hold.Milliseconds(), k.Wrap.Milliseconds(), k.Offers, k.Transfers, null(k.agent),
			string(k.Outcome), k.recordings, null(k.disposition),
		}, nil
	}))
	require.NoError(t, err)
}

// call is a contact that pressed the key 10 s after it began and was in the queue 1 s later; the wait runs from there.
func (c *country) call(began time.Time, queue uuid.UUID, wait time.Duration, how report.Outcome) contact {
	k := contact{centre: c.guangdong.ID.UUID(), recordings: 1}
	k.Began, k.Answered, k.Key, k.Enqueued = began, began.Add(time.Second), began.Add(10*time.Second), began.Add(11*time.Second)
	k.Queue, k.LastQueue, k.Outcome = queue, queue, how
	k.Ended = k.Enqueued.Add(wait)
	if how == report.AnsweredByAgent {
		k.Accepted, k.Announced, k.Talking = k.Ended.Add(-3*time.Second), k.Ended.Add(-2*time.Second), k.Ended
		k.Talk, k.Wrap, k.Offers = time.Minute, 20*time.Second, 1
		k.Ended = k.Ended.Add(time.Minute)
		k.agent = c.li
	} else {
		k.recordings = 0
	}
	return k
}

// machine is a contact that the machine served.
func (c *country) machine(began time.Time) contact {
	k := contact{centre: c.guangdong.ID.UUID()}
	k.Began, k.Answered, k.Ended, k.Outcome = began, began.Add(time.Second), began.Add(30*time.Second), report.ServedByMachine
	return k
}

// as is a context in which somebody holds the permissions at a centre and below.
func (c *country) as(t testing.TB, centre organization.Centre, permissions ...actor.Permission) context.Context {
	t.Helper()
	if permissions == nil {
		permissions = []actor.Permission{report.Read, report.Export}
	}
	tree, err := c.organization.Tree(t.Context())
	require.NoError(t, err)
	grants := map[actor.Permission]actor.Scope{}
	for _, p := range permissions {
		grants[p] = tree.Scope(centre.ID)
	}
	return actor.With(t.Context(), actor.New(actor.Actor{Kind: actor.Person, Account: uuid.New(), Number: "9001", Name: "张三", Centre: centre.ID.UUID()}, grants))
}

func (c *country) made(t testing.TB, who organization.Centre, id report.ID, q report.Query) report.Result {
	t.Helper()
	if q.From == "" {
		q.From = theDay
	}
	r, err := c.Make(c.as(t, who), id, q)
	require.NoError(t, err)
	return r
}

func (c *country) serve(t *testing.T, who context.Context) *httpapitest.Client {
	t.Helper()
	api := httpapi.New(httpapi.Config{
		Version: "test", Logger: slog.New(slog.DiscardHandler), Clock: c.clock, Pool: c.pool,
		Guard: func(r *http.Request) (context.Context, error) { return actor.With(r.Context(), actor.From(who)), nil },
		Permit: func(ctx context.Context, p string) error {
			_, err := actor.Allow(ctx, actor.Permission(p))
			return err
		},
	})
	c.RegisterAPI(api)
	return httpapitest.New(t, api)
}

// figure gives the value of a column in a row of a table.
func figure(t testing.TB, table report.Table, r *report.Row, column string) float64 {
	t.Helper()
	require.NotNil(t, r)
	for i, c := range table.Columns {
		if c.Key == column {
			require.NotNil(t, r.Values[i], "%s of %s", column, r.Key)
			return *r.Values[i]
		}
	}
	require.Fail(t, "no such column", column)
	return 0
}

func rowOf(t testing.TB, table report.Table, key string) *report.Row {
	t.Helper()
	for i := range table.Rows {
		if table.Rows[i].Key == key || table.Rows[i].Code == key {
			return &table.Rows[i]
		}
	}
	require.Fail(t, "no such row", "%s in %s", key, table.Key)
	return nil
}

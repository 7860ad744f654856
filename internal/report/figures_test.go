package report_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/actor"
	"yingda/internal/metric"
	"yingda/internal/report"
)

// morning is what the reports below are held to, counted by hand: between 9:00 and 9:30 five in the general queue, of
// which three are answered after 8, 12 and 40 s and two give up after 2 and 30 s; at 9:45 one complaint answered after
// 5 s, one sent away after 60 s; two that the machine serves; one that is still waiting; one simulated.
func (c *country) morning(t testing.TB) {
	t.Helper()
	left := c.call(at(9, 50, 0), c.complaints, time.Minute, report.LeftQueue)
	open := c.call(at(9, 55, 0), c.general, 0, report.Open)
	open.Ended = time.Time{}
	simulated := c.call(at(9, 5, 0), c.general, time.Second, report.AnsweredByAgent)
	simulated.simulated = true
	unrecorded := c.call(at(9, 45, 0), c.complaints, 5*time.Second, report.AnsweredByAgent)
	unrecorded.recordings, unrecorded.agent = 0, c.wang
	c.write(t,
		c.call(at(9, 0, 0), c.general, 8*time.Second, report.AnsweredByAgent), c.call(at(9, 1, 0), c.general, 12*time.Second, report.AnsweredByAgent),
		c.call(at(9, 2, 0), c.general, 40*time.Second, report.AnsweredByAgent), c.call(at(9, 3, 0), c.general, 2*time.Second, report.AbandonedInQueue),
		c.call(at(9, 29, 59), c.general, 30*time.Second, report.AbandonedRinging),
		unrecorded, left, open, simulated, c.machine(at(9, 10, 0)), c.machine(at(23, 59, 59)),
	)
}

func TestTrafficByHalfHourIsThatOfTheRecords(t *testing.T) {
	t.Parallel()
	c := setup(t)
	c.morning(t)
	r := c.made(t, c.nation, report.Traffic, report.Query{Preset: report.Queue})
	require.Equal(t, 1, r.Open, "who waits is counted when it is over")
	require.Equal(t, "Asia/Shanghai", r.Zone)
	require.Equal(t, report.HalfHour, r.Grain)
	table := r.Tables[0]
	require.Len(t, table.Rows, 48)
	nine := rowOf(t, table, "09:00")
	for column, want := range map[string]float64{
		"contacts": 6, "asked": 5, "answered": 3, "abandoned": 2, "connect_rate": 60, "connect_rate_in_time": 40, "service_level_negative": 40,
		"average_speed_of_answer": 20, "longest_wait": 40, "average_handle_time": 80, "wait_p90": 40,
		// 30 s of the machine; 11 s, the wait and a minute of the answered; 11 s and the wait of the abandoned.
		"traffic": (30 + 3*71 + 60 + 2*11 + 32) / 1800.0,
	} {
		require.InDelta(t, want, figure(t, table, nine, column), 1e-9, column)
	}
	require.InDelta(t, 1, figure(t, table, rowOf(t, table, "09:30"), "elsewhere"), 0)
	require.InDelta(t, 1, figure(t, table, rowOf(t, table, "23:30"), "contacts"), 0)
	require.InDelta(t, 9, figure(t, table, table.Total, "contacts"), 0)
	require.InDelta(t, 4, figure(t, table, table.Total, "answered"), 0)
	require.Equal(t, at(9, 0, 0).UTC(), nine.Behind.From.UTC())

	with := c.made(t, c.nation, report.Traffic, report.Query{Preset: report.Queue, Simulated: true})
	require.InDelta(t, 10, figure(t, with.Tables[0], with.Tables[0].Total, "contacts"), 0, "a switch counts the simulated one too")
}

func TestTheRulesOfChinaCountFromTheKeyToTheStaffNumber(t *testing.T) {
	t.Parallel()
	c := setup(t)
	// The key a second before the queue, the announcement two before the talk: a wait of 16 s in the queue is 15 s by these rules.
	c.write(t, c.call(at(9, 0, 0), c.general, 16*time.Second, report.AnsweredByAgent), c.call(at(9, 0, 1), c.general, 17*time.Second, report.AnsweredByAgent))
	for preset, want := range map[report.Preset]float64{report.China15: 50, report.China20: 100, "": 50} {
		table := c.made(t, c.nation, report.Traffic, report.Query{Preset: preset}).Tables[0]
		require.InDelta(t, want, figure(t, table, table.Total, "connect_rate_in_time"), 0, preset)
	}
	own := report.Query{Preset: report.Own, Rules: metric.Rules{Start: metric.AtQueue, Stop: metric.AtTalk, Target: 16 * time.Second}}
	r := c.made(t, c.nation, report.Traffic, own)
	require.InDelta(t, 50, figure(t, r.Tables[0], r.Tables[0].Total, "connect_rate_in_time"), 0)
	require.Equal(t, report.Rules{Preset: report.Own, Start: "enqueued", Stop: "talking", Target: 16}, r.Rules)
}

func TestQueuesAddUpToTheCentre(t *testing.T) {
	t.Parallel()
	c := setup(t)
	c.morning(t)
	table := c.made(t, c.nation, report.Queues, report.Query{Preset: report.Queue}).Tables[0]
	require.Equal(t, "投诉", rowOf(t, table, "complaints").Name.ZH)
	require.InDelta(t, 50, figure(t, table, rowOf(t, table, "complaints"), "connect_rate"), 0)
	require.InDelta(t, 40, figure(t, table, rowOf(t, table, "general"), "abandon_rate"), 0)
	require.InDelta(t, 25, figure(t, table, rowOf(t, table, "general"), "abandon_rate_without_short"), 1e-9, "who hung up after 2 s is short")
	require.Equal(t, "No queue", table.Rows[len(table.Rows)-1].Name.EN)
	for _, column := range []string{"contacts", "asked", "answered", "abandoned", "elsewhere", "refused", "lost"} {
		sum := 0.0
		for i := range table.Rows {
			sum += figure(t, table, &table.Rows[i], column)
		}
		require.InDelta(t, figure(t, table, table.Total, column), sum, 0, column)
	}
	one := c.made(t, c.nation, report.Traffic, report.Query{Queue: c.complaints}).Tables[0]
	require.InDelta(t, 2, figure(t, one, one.Total, "contacts"), 0)
	team := c.made(t, c.nation, report.Traffic, report.Query{Team: c.team.ID.UUID()}).Tables[0]
	require.InDelta(t, 3, figure(t, team, team.Total, "contacts"), 0, "those that Li of the team had")
}

func TestWaitsAndAbandonsAreTheRecords(t *testing.T) {
	t.Parallel()
	c := setup(t)
	c.morning(t)
	r := c.made(t, c.nation, report.Waits, report.Query{Preset: report.Queue})
	table := r.Tables[0]
	require.InDelta(t, 2, figure(t, table, rowOf(t, table, "5"), "waited_answered"), 0, "8 s and 5 s")
	require.InDelta(t, 50, figure(t, table, rowOf(t, table, "5"), "share_answered"), 0)
	require.InDelta(t, 75, figure(t, table, rowOf(t, table, "15"), "up_to_answered"), 0)
	require.InDelta(t, 1, figure(t, table, rowOf(t, table, "0"), "waited_abandoned"), 0)
	require.InDelta(t, 1, figure(t, table, rowOf(t, table, "30"), "waited_abandoned"), 0)
	require.InDelta(t, 4, figure(t, table, table.Total, "waited_answered"), 0)
	summary := r.Tables[1]
	require.InDelta(t, 8, figure(t, summary, &summary.Rows[0], "wait_p50"), 0)
	require.InDelta(t, 30, figure(t, summary, &summary.Rows[0], "away_p90"), 0)

	early := c.call(at(10, 0, 0), uuid.Nil, 0, report.AbandonedInFlow)
	early.Enqueued, early.Ended = time.Time{}, at(10, 0, 12)
	c.write(t, early)
	r = c.made(t, c.nation, report.Abandoned, report.Query{Preset: report.Queue})
	table = r.Tables[0]
	for column, want := range map[string]float64{"abandoned": 3, "in_flow": 1, "in_queue": 1, "while_ringing": 1} {
		require.InDelta(t, want, figure(t, table, table.Total, column), 0, column)
	}
	require.InDelta(t, 1, figure(t, r.Tables[1], rowOf(t, r.Tables[1], "general"), "while_ringing"), 0)
	require.Len(t, table.Instances, 3)
	require.Equal(t, "abandoned_in_flow", table.Instances[0].Outcome, "the newest first")
	require.InDelta(t, 30, table.Instances[1].Waited, 0)
}

func TestDispositionsContainThoseBelow(t *testing.T) {
	t.Parallel()
	c := setup(t)
	fee, bill, balance := uuid.New(), uuid.New(), uuid.New()
	for i, n := range []struct {
		id, parent uuid.UUID
		code, name string
		depth      int
	}{{fee, uuid.Nil, "fee", "资费", 0}, {bill, fee, "fee.bill", "账单", 1}, {balance, fee, "fee.balance", "余额", 1}} {
		c.do(t, `INSERT INTO interaction.disposition_code (id, code, parent_id, name, name_en, path, path_en, pinyin, initials, depth, position, retired)
			VALUES ($1, $2, $3, $4, $4, '', '', '', '', $5, $6, false)`, n.id, n.code, null(n.parent), n.name, n.depth, i)
	}
	one, two, none := c.call(at(9, 0, 0), c.general, 0, report.AnsweredByAgent), c.call(at(9, 1, 0), c.general, 0, report.AnsweredByAgent), c.call(at(9, 2, 0), c.general, 0, report.AnsweredByAgent)
	one.disposition, two.disposition = bill, balance
	two.Talk = 3 * time.Minute
	c.write(t, one, two, none, c.machine(at(9, 3, 0)))
	c.do(t, `INSERT INTO interaction.contact_disposition (contact_id, began_at, place, code_id, by_id, at, revision)
		SELECT id, began_at, 0, disposition_id, $1, began_at, 1 FROM interaction.contact WHERE disposition_id IS NOT NULL`, c.li)
	c.do(t, `INSERT INTO interaction.contact_disposition (contact_id, began_at, place, code_id, by_id, at, revision)
		SELECT id, began_at, 1, $2, $1, began_at, 1 FROM interaction.contact WHERE disposition_id = $3`, c.li, balance, bill)
	table := c.made(t, c.nation, report.Dispositions, report.Query{}).Tables[0]
	require.Len(t, table.Rows, 4)
	require.Equal(t, []int{0, 1, 1, 0}, []int{table.Rows[0].Depth, table.Rows[1].Depth, table.Rows[2].Depth, table.Rows[3].Depth})
	require.InDelta(t, 2, figure(t, table, rowOf(t, table, "fee"), "answered"), 0)
	require.InDelta(t, 140, figure(t, table, rowOf(t, table, "fee"), "average_handle_time"), 1e-9, "(60 + 180 + 2 x 20) / 2")
	require.InDelta(t, 3, figure(t, table, rowOf(t, table, "fee"), "mentions"), 0)
	require.InDelta(t, 2, figure(t, table, rowOf(t, table, "fee.balance"), "mentions"), 0)
	require.InDelta(t, 1, figure(t, table, rowOf(t, table, "none"), "answered"), 0)
	require.InDelta(t, 3, figure(t, table, table.Total, "answered"), 0)
	require.InDelta(t, 100.0/3, figure(t, table, rowOf(t, table, "fee.bill"), "share"), 1e-9)
}

func TestOthersProvincesAreInNoFigure(t *testing.T) {
	t.Parallel()
	c := setup(t)
	c.morning(t)
	theirs := c.call(at(9, 0, 0), uuid.New(), time.Second, report.AnsweredByAgent)
	theirs.centre = c.xinjiang.ID.UUID()
	nobodys := c.call(at(9, 0, 0), uuid.New(), time.Second, report.AnsweredByAgent)
	nobodys.centre = uuid.Nil
	c.write(t, theirs, nobodys)
	for _, want := range []struct {
		who   string
		table report.Table
		n     float64
	}{
		{"the nation sees all", c.made(t, c.nation, report.Traffic, report.Query{}).Tables[0], 11},
		{"a province its own", c.made(t, c.xinjiang, report.Traffic, report.Query{}).Tables[0], 1},
		{"the nation looks at a province", c.made(t, c.nation, report.Traffic, report.Query{Centre: c.guangdong.ID}).Tables[0], 9},
	} {
		require.InDelta(t, want.n, figure(t, want.table, want.table.Total, "contacts"), 0, want.who)
	}
	_, err := c.Make(c.as(t, c.xinjiang), report.Traffic, report.Query{Centre: c.guangdong.ID})
	require.ErrorIs(t, err, report.ErrNoCentre)
	_, err = c.Make(c.as(t, c.nation, report.Export), report.Traffic, report.Query{})
	require.ErrorIs(t, err, actor.ErrDenied)
	urumqi := c.made(t, c.nation, report.Traffic, report.Query{Centre: c.xinjiang.ID})
	require.Equal(t, "Asia/Urumqi", urumqi.Zone)
	require.InDelta(t, 1, figure(t, urumqi.Tables[0], rowOf(t, urumqi.Tables[0], "07:00"), "contacts"), 0, "nine in Beijing is seven in Ürümqi")
}

// random gives contacts of any shape: moments present or not, crossed a little, of every outcome.
func (c *country) random(r *rand.Rand, n int) []contact {
	list := make([]contact, n)
	centres := []uuid.UUID{c.guangdong.ID.UUID(), c.xinjiang.ID.UUID(), uuid.Nil}
	queues := []uuid.UUID{c.general, c.complaints, uuid.Nil}
	for i := range list {
		k := &list[i]
		k.centre, k.simulated = centres[r.IntN(3)], r.IntN(5) == 0
		k.Began = at(0, 0, 0).Add(time.Duration(r.IntN(86_400_000)) * time.Millisecond)
		some := func() time.Time {
			if r.IntN(4) == 0 {
				return time.Time{}
			}
			return k.Began.Add(time.Duration(r.IntN(60_000_000)-2_000_000) * time.Microsecond)
		}
		k.Answered, k.Key, k.Enqueued, k.Ringing, k.Accepted, k.Announced, k.Talking, k.Ended = some(), some(), some(), some(), some(), some(), some(), some()
		k.Queue, k.LastQueue = queues[r.IntN(3)], queues[r.IntN(3)]
		k.Talk, k.Hold, k.Wrap = time.Duration(r.IntN(9000))*time.Millisecond, time.Duration(r.IntN(9000))*time.Millisecond, time.Duration(r.IntN(9000))*time.Millisecond
		k.Offers, k.Transfers = r.IntN(4), r.IntN(2)
		k.Outcome = report.Outcomes()[r.IntN(len(report.Outcomes()))]
	}
	return list
}

func TestGroupsFromTheDatabaseAreTheContactsOneByOne(t *testing.T) {
	t.Parallel()
	c := setup(t)
	list := c.random(rand.New(rand.NewPCG(1, 2)), 3000)
	c.write(t, list...)
	period, err := report.PeriodOf(report.Query{From: theDay}, c.clock.Now(), shanghai)
	require.NoError(t, err)
	rapid.Check(t, func(rt *rapid.T) {
		rules := metric.Rules{
			Start: rapid.SampledFrom(metric.Starts()).Draw(rt, "start"), Stop: rapid.SampledFrom(metric.Stops()).Draw(rt, "stop"),
			Target:    time.Duration(rapid.IntRange(0, 30).Draw(rt, "target")) * time.Second,
			Short:     time.Duration(rapid.IntRange(0, 9).Draw(rt, "short")) * time.Second,
			ShortTalk: time.Duration(rapid.IntRange(0, 9).Draw(rt, "short talk")) * time.Second,
		}
		simulated, here := rapid.Bool().Draw(rt, "simulated"), rapid.Bool().Draw(rt, "scope")
		scope := actor.National()
		if here {
			scope = actor.Places([]uuid.UUID{c.guangdong.ID.UUID()}, nil, nil)
		}
		want := map[report.Place]*metric.Tally{}
		for _, k := range list {
			outcome, counted := report.OutcomeOf(k.Contact)
			if !counted || k.simulated && !simulated || here && k.centre != c.guangdong.ID.UUID() {
				continue
			}
			one := k.Contact.Contact
			one.Outcome = outcome
			queue := k.LastQueue
			if queue == uuid.Nil {
				queue = k.Queue
			}
			place := report.Place{Slot: int64(k.Began.Sub(at(0, 0, 0)) / (30 * time.Minute)), ID: queue, Outcome: string(k.Outcome)}
			if want[place] == nil {
				want[place] = &metric.Tally{Rules: rules}
			}
			want[place].Add(one)
		}
		got, err := report.Tallies(t.Context(), c.pool, period, scope, simulated, rules)
		require.NoError(rt, err)
		require.Len(rt, got, len(want))
		for place, w := range want {
			require.NotNil(rt, got[place], place)
			require.InDelta(rt, w.Occupied.Seconds(), got[place].Occupied.Seconds(), 1e-4)
			got[place].Occupied = w.Occupied // a float's last digit
			require.Equal(rt, w, got[place], place)
		}
	})
}

package report_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"yingda/internal/metric"
	"yingda/internal/report"
)

func (c *country) span(t testing.TB, session uuid.UUID, seq int, agent uuid.UUID, state, reason string, from, to time.Time, contact uuid.UUID) {
	t.Helper()
	c.do(t, `INSERT INTO interaction.agent_span (session_id, seq, began_at, ended_at, agent_id, state, reason, contact_id, centre_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, session, seq, from, moment(to), agent, state, reason, null(contact), c.guangdong.ID.UUID())
}

func TestAnAgentsDayIsTheSpansCutToIt(t *testing.T) {
	t.Parallel()
	c := setup(t)
	session, one, two := uuid.New(), uuid.New(), uuid.New()
	yesterday := at(0, 0, 0).Add(-30 * time.Minute)
	for i, s := range []struct {
		state, reason string
		from, to      time.Time
		contact       uuid.UUID
	}{
		{"ready", "", yesterday, at(0, 30, 0), uuid.Nil}, // half of it lies in the day
		{"ringing", "", at(0, 30, 0), at(0, 30, 10), one},
		{"talking", "", at(0, 30, 10), at(0, 40, 10), one},
		{"wrap_up", "", at(0, 40, 10), at(0, 41, 10), one},
		{"ringing", "", at(0, 41, 10), at(0, 41, 30), two}, // did not take it
		{"no_answer", "", at(0, 41, 30), at(0, 42, 0), uuid.Nil},
		{"break", "meal", at(0, 42, 0), at(1, 12, 0), uuid.Nil},
		{"break", "rest", at(1, 12, 0), at(1, 22, 0), uuid.Nil},
		{"ready", "", at(1, 22, 0), at(1, 30, 0), uuid.Nil},
		{"ringing", "", at(1, 30, 0), at(1, 30, 5), two}, // the caller hung up
		{"ready", "", at(1, 30, 5), at(1, 30, 10), uuid.Nil},
		{"signed_out", "", at(1, 30, 10), at(1, 30, 10), uuid.Nil},
	} {
		c.span(t, session, i, c.li, s.state, s.reason, s.from, s.to, s.contact)
	}
	c.span(t, uuid.New(), 0, c.wang, "ready", "", at(23, 0, 0), time.Time{}, uuid.Nil) // goes on: until the day's end
	table := c.made(t, c.nation, report.Agents, report.Query{}).Tables[0]
	li := rowOf(t, table, "1001")
	require.Equal(t, "李雷", li.Name.ZH)
	working, waiting := 660.0, 30*60+10+20+8*60+5+5.0
	for column, want := range map[string]float64{
		"signed_in": 1.5 + 10.0/3600, "talk_time": 1.0 / 6, "wrap_up_time": 1.0 / 60, "break_time": 2.0 / 3, "break:meal": 0.5, "break:rest": 1.0 / 6,
		"handled": 1, "agent_handle_time": 660, "agent_answer_rate": 50, "offers_missed": 1,
		"occupancy": 100 * working / (working + waiting), "utilisation": 100 * (working + waiting) / (5400 + 10),
	} {
		require.InDelta(t, want, figure(t, table, li, column), 1e-6, column)
	}
	require.InDelta(t, 1, figure(t, table, rowOf(t, table, "1002"), "signed_in"), 1e-9)
	require.InDelta(t, 2.5+10.0/3600, figure(t, table, table.Total, "signed_in"), 1e-6)
	team := c.made(t, c.nation, report.Agents, report.Query{Team: c.team.ID.UUID()}).Tables[0]
	require.Len(t, team.Rows, 1)
	require.Empty(t, c.made(t, c.xinjiang, report.Agents, report.Query{}).Tables[0].Rows, "another province's agents")
}

func (c *country) recording(t testing.TB, began time.Time, length time.Duration, size int, hold bool) {
	t.Helper()
	c.do(t, `INSERT INTO voice.recording (id, call_id, centre_id, began_at, duration_ms, size, sha256, state, place, blob_key, wrapped_key, key_version, hold, dropped, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'kept', 'main', 'k', 'w', 1, $8, 3, now())`,
		uuid.New(), uuid.New(), c.guangdong.ID.UUID(), began, length.Milliseconds(), size, make([]byte, 32), hold)
}

func TestRecordingsAreHeldAgainstAnsweredContacts(t *testing.T) {
	t.Parallel()
	c := setup(t)
	c.morning(t)
	c.recording(t, at(9, 0, 12), time.Minute, 960_000, false)
	c.recording(t, at(9, 31, 0), 30*time.Minute, 1000, true)
	r := c.made(t, c.nation, report.Recordings, report.Query{})
	table := r.Tables[0]
	for column, want := range map[string]float64{
		"archive_answered": 4, "archive_missing": 1, "archive_complete": 75, "recordings": 2, "recorded_hours": 31.0 / 60, "recorded_bytes": 961_000,
		"recordings_held": 1, "recording_packets_missing": 6,
	} {
		require.InDelta(t, want, figure(t, table, table.Total, column), 1e-9, column)
	}
	require.InDelta(t, 1, figure(t, table, rowOf(t, table, "09:30"), "archive_missing"), 0)
	require.Len(t, table.Instances, 1)
	require.Equal(t, c.complaints, *table.Instances[0].Queue)
}

func (c *country) leg(t testing.TB, trunk uuid.UUID, from time.Time, length time.Duration, answered bool, result, reason string, q850 int, quality string) {
	t.Helper()
	var picked *time.Time
	if answered {
		picked = &from
	}
	c.do(t, `INSERT INTO voice.call (id, conversation, direction, started_at, answered_at, ended_at, caller, called, trunk_id, centre_id, result, side, reason, q850, quality, node)
		VALUES ($1, $1, 'in', $2, $3, $4, '', '', $5, $6, $7, 'theirs', $8, $9, $10, 'n')`,
		uuid.New(), from, picked, from.Add(length), trunk, c.guangdong.ID.UUID(), result, reason, q850, quality)
}

func TestTrunksTellLoadQualityAndWhyCallsFailed(t *testing.T) {
	t.Parallel()
	c := setup(t)
	a, b := uuid.New(), uuid.New()
	good := `{"mos": 4.2, "receive": {"packets": 990, "lost": 10}, "send": {"packets": 1000, "lost": 0, "reported": true}}`
	c.leg(t, a, at(9, 0, 0), time.Hour, true, "completed", "normal", 16, good)
	c.leg(t, a, at(9, 30, 0), time.Hour, true, "completed", "normal", 16, `{"mos": 3.8}`)
	c.leg(t, a, at(10, 0, 0), time.Second, false, "failed", "protocol_error", 38, `{}`) // begins when the first ends
	c.leg(t, b, at(9, 45, 0), time.Minute, false, "busy", "busy", 17, `{}`)
	r := c.made(t, c.nation, report.Trunks, report.Query{})
	table := r.Tables[0]
	one := rowOf(t, table, a.String())
	for column, want := range map[string]float64{
		"trunk_calls": 3, "trunk_answered": 2, "trunk_failed": 1, "trunk_busiest": 2, "voice_score": 4, "packet_loss": 0.5,
		"trunk_traffic": (2*3600 + 1) / 86400.0,
	} {
		require.InDelta(t, want, figure(t, table, one, column), 1e-9, column)
	}
	require.InDelta(t, 3, figure(t, table, table.Total, "trunk_busiest"), 0, "both trunks together, not one after the other")
	require.InDelta(t, 4, figure(t, table, table.Total, "trunk_calls"), 0)
	causes := r.Tables[1]
	require.Len(t, causes.Rows, 2)
	require.InDelta(t, 100.0/3, figure(t, causes, rowOf(t, causes, a.String()+"/已删除的中继 · failed · protocol_error (Q.850 38)"), "share_of_calls"), 1e-9)
}

func TestTheBusiestMomentIsThatOfACount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from, stretches := int64(0), [][2]int64{}
		for range rapid.IntRange(0, 30).Draw(t, "calls") {
			from += int64(rapid.IntRange(0, 3).Draw(t, "pause"))
			stretches = append(stretches, [2]int64{from, from + int64(rapid.IntRange(1, 20).Draw(t, "length"))})
		}
		most := 0
		for moment := range from + 1 {
			n := 0
			for _, s := range stretches {
				if s[0] <= moment && moment < s[1] {
					n++
				}
			}
			most = max(most, n)
		}
		require.Equal(t, most, report.MostAtOnce(stretches))
	})
}

func TestDaysAndHalfHoursOfSeveralDaysAddUp(t *testing.T) {
	t.Parallel()
	c := setup(t)
	c.morning(t)
	before := c.call(at(9, 0, 0).AddDate(0, 0, -1), c.general, time.Second, report.AnsweredByAgent)
	c.write(t, before)
	q := report.Query{From: "2026-03-01", To: "2026-03-02"}
	days := c.made(t, c.nation, report.Traffic, q)
	require.Equal(t, report.Day, days.Grain, "more than a day is told by days")
	require.Len(t, days.Tables[0].Rows, 2)
	require.InDelta(t, 1, figure(t, days.Tables[0], rowOf(t, days.Tables[0], "2026-03-01"), "contacts"), 0)
	q.Grain = report.HalfHour
	slots := c.made(t, c.nation, report.Traffic, q).Tables[0]
	require.InDelta(t, 7, figure(t, slots, rowOf(t, slots, "09:00"), "contacts"), 0)
	require.InDelta(t, figure(t, days.Tables[0], days.Tables[0].Total, "traffic"), figure(t, slots, slots.Total, "traffic"), 1e-12)
	sum := 0.0
	for i := range slots.Rows {
		sum += figure(t, slots, &slots.Rows[i], "traffic")
	}
	require.InDelta(t, figure(t, slots, slots.Total, "traffic"), sum/48, 1e-9, "a total is the mean over its half hours")
}

func TestAPeriodIsHeldToTheCalendar(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 23, 30, 0, 0, time.UTC) // the third in Shanghai
	p, err := report.PeriodOf(report.Query{}, now, shanghai)
	require.NoError(t, err)
	require.Equal(t, "2026-03-03", p.First)
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	p, err = report.PeriodOf(report.Query{From: "2026-03-29", To: "2026-03-29"}, now, berlin)
	require.NoError(t, err)
	require.Equal(t, 23*time.Hour, p.To.Sub(p.From), "the day when clocks go forward")
	for _, q := range []report.Query{
		{From: "2026-3-1"}, {From: "2026-03-02", To: "2026-03-01"}, {From: "2025-01-01", To: "2026-01-01"}, {Preset: report.Own, Rules: metric.Rules{Start: "lunch", Stop: metric.AtTalk}},
	} {
		_, err := report.PeriodOf(q, now, shanghai)
		require.ErrorContains(t, err, "report.wrong_query", q)
	}
}

func TestEveryColumnHasItsFormulaInBothLanguages(t *testing.T) {
	t.Parallel()
	defs := report.Definitions()
	require.Len(t, defs, 8)
	for _, d := range defs {
		require.NotEmpty(t, d.Name.ZH+d.Name.EN+d.Question.ZH+d.Question.EN)
		seen := map[string]bool{}
		for _, c := range d.Columns {
			require.False(t, seen[c.Key], "%s twice in %s", c.Key, d.ID)
			seen[c.Key] = true
			for _, words := range []string{c.ZH.Name, c.ZH.Formula, c.EN.Name, c.EN.Formula, c.Source} {
				require.NotEmpty(t, words, "%s of %s", c.Key, d.ID)
			}
			if c.Formula != "" {
				f, ok := metric.Get(c.Formula)
				require.True(t, ok, c.Formula)
				require.Equal(t, f.Version, c.Version)
			}
		}
	}
	require.Len(t, defs[0].Columns, 16, "no formula is missing")
	require.Len(t, defs[1].Columns, 25)
}

func TestTheWorkbookHasFiguresAndRulesAndStandsInTheAudit(t *testing.T) {
	t.Parallel()
	c := setup(t)
	c.morning(t)
	api := c.serve(t, c.as(t, c.nation))
	raw := api.Get("/api/reports/traffic/export?from=" + theDay + "&rules=queue").Want(200).Body
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	require.Equal(t, []string{"话务量", "口径与公式"}, f.GetSheetList())
	rows, err := f.GetRows("话务量", excelize.Options{RawCellValue: true})
	require.NoError(t, err)
	require.Len(t, rows, 50, "a head, 48 half hours and the total")
	require.Equal(t, []string{"代码", "时段", "接触总量", "请求人工"}, rows[0][:4])
	require.Equal(t, []string{"09:00", "09:00", "6", "5"}, rows[19][:4])
	require.Equal(t, []string{"", "合计", "9", "7"}, rows[49][:4])
	about, err := f.GetRows("口径与公式")
	require.NoError(t, err)
	text := fmt.Sprint(about)
	for _, want := range []string{"Asia/Shanghai", "进入队列", "通话开始", "[目标（秒） 20]", "人工应答 ÷ 请求人工", "模拟话务 不计", "connect_rate · "} {
		require.Contains(t, text, want)
	}
	var changes string
	require.NoError(t, c.pool.QueryRow(t.Context(), "SELECT changes::text FROM audit.entry WHERE action = 'report.export'").Scan(&changes))
	require.Contains(t, changes, theDay)

	english := api.Get("/api/reports/abandoned/export?lang=en&from=" + theDay).Want(200).Body
	g, err := excelize.OpenReader(bytes.NewReader(english))
	require.NoError(t, err)
	defer func() { require.NoError(t, g.Close()) }()
	require.Equal(t, []string{"Abandoned", "Rules and formulas", "By queue"}, g.GetSheetList())
	c.serve(t, c.as(t, c.nation, report.Read)).Get("/api/reports/traffic/export").Problem(403, "actor.denied")
}

func TestReportsOverHTTP(t *testing.T) {
	t.Parallel()
	c := setup(t)
	c.morning(t)
	api := c.serve(t, c.as(t, c.nation))
	var list struct{ Items []report.Definition }
	api.Get("/api/reports").Want(200).JSON(&list)
	require.Len(t, list.Items, 8)
	for _, d := range list.Items {
		require.NotNil(t, d.Grains, d.ID)
		var r report.Result
		api.Get("/api/reports/" + string(d.ID) + "?from=" + theDay).Want(200).JSON(&r)
		require.NotEmpty(t, r.Tables, d.ID)
		for _, table := range r.Tables {
			require.NotNil(t, table.Rows, "%s: an empty list is a list", d.ID)
			if table.Chart != nil {
				require.NotEmpty(t, table.Chart.Bars, d.ID)
				require.NotEmpty(t, table.Chart.Lines, d.ID)
			}
			for _, row := range table.Rows {
				require.Len(t, row.Values, len(table.Columns), d.ID)
			}
		}
	}
	api.Get("/api/reports/nothing").Problem(404, "report.no_such_report")
	api.Get("/api/reports/traffic?from=yesterday").Problem(422, "report.wrong_query").Field("query.from", "format")
	api.Get("/api/reports/traffic?queue=general").Problem(422, "report.wrong_query").Field("query.queue", "format")
	api.Get("/api/reports/traffic?from=" + theDay + "&rules=own&target=30&start=lunch").Want(422)
}

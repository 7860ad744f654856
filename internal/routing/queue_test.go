package routing_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/bus/bustest"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/hostile"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/sheet"
	"yingda/internal/routing"
	"yingda/internal/routing/engine"
)

// office is a service over a nation and two provinces, on a fresh database.
type office struct {
	*floor
	pool                      *pgxpool.Pool
	organization              *organization.Service
	nation, guangdong, fujian organization.Centre
	skill                     organization.Skill
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{pool: postgrestest.New(t)}
	o.organization = organization.New(organization.Config{Pool: o.pool, Clock: clock.System()})
	ctx := everywhere(t)
	centre := func(parent organization.Centre, level organization.Level, code, province string) organization.Centre {
		made, err := o.organization.CreateCentre(ctx, nil, organization.NewCentre{Parent: parent.ID, Level: level, Code: code, Name: code + "中心", Province: province})
		require.NoError(t, err)
		return made
	}
	o.nation = centre(organization.Centre{}, actor.Nation, "CN", "")
	o.guangdong = centre(o.nation, actor.Province, "GD", "440000")
	o.fujian = centre(o.nation, actor.Province, "FJ", "350000")
	var err error
	o.skill, err = o.organization.CreateSkill(ctx, nil, organization.NewSkill{Code: "BROADBAND", Name: "宽带", Kind: organization.SkillBusiness})
	require.NoError(t, err)
	o.floor = open(t, bustest.New(t), "a", nil, func(c *routing.Config) { c.Pool, c.Organization = o.pool, o.organization })
	require.NoError(t, o.Refresh(t.Context()))
	return o
}

// as is a person who may do everything here in the scope.
func as(scope actor.Scope, a actor.Actor) *actor.Actor {
	grants := map[actor.Permission]actor.Scope{}
	for _, d := range append(routing.Permissions(), organization.Permissions()...) {
		grants[d.Permission] = scope
	}
	a.Kind = actor.Person
	return actor.New(a, grants)
}

func everywhere(t testing.TB) context.Context {
	return actor.With(t.Context(), as(actor.National(), actor.Actor{Account: uuid.New(), Staff: uuid.New(), Session: uuid.New(), Number: "1001", Name: "林晓岚"}))
}

// at is a context in which somebody holds everything at a centre.
func (o *office) at(t testing.TB, c organization.Centre) context.Context {
	t.Helper()
	tree, err := o.organization.Tree(t.Context())
	require.NoError(t, err)
	return actor.With(t.Context(), as(tree.Scope(c.ID), actor.Actor{Account: uuid.New(), Staff: uuid.New(), Session: uuid.New(), Number: "2001", Name: "王芳", Centre: c.ID.UUID()}))
}

func plain(code string, c organization.Centre) routing.Queue {
	return routing.Queue{
		Code: code, Name: "队列" + code, Centre: c.ID, Channel: engine.Voice, Ring: 20, WrapUp: engine.TimedWrapUp, WrapUpFor: 30, NoAgents: engine.WaitAnyway, Target: 20,
	}
}

func fields(t testing.TB, err error, code string) []string {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, code, f.Code)
	var named []string
	for _, n := range f.Fields {
		named = append(named, n.Location+" "+n.Code)
	}
	return named
}

func TestAQueueIsMadeChangedAndTakenAway(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := everywhere(t)
	second, err := o.CreateQueue(ctx, nil, plain("second", o.nation))
	require.NoError(t, err)
	q := plain("first", o.guangdong)
	q.Needs = []routing.Need{{Skill: o.skill.ID, Level: 5}}
	q.Overflow = []routing.Overflow{{After: 90, Queue: &second.ID}, {After: 30, Relax: true, Needs: []routing.Need{{Skill: o.skill.ID, Level: 1}}}}
	first, err := o.CreateQueue(ctx, nil, q)
	require.NoError(t, err)
	known, ok := o.QueueByCode("first")
	require.True(t, ok)
	require.Equal(t, []int{30, 90}, []int{known.Overflow[0].After, known.Overflow[1].After})
	require.Equal(t, q.Needs, known.Needs)

	require.ErrorIs(t, o.DeleteQueue(ctx, second.ID, 1), routing.ErrQueueInUse)
	q.Name, q.Overflow = "新名", nil
	changed, err := o.UpdateQueue(ctx, first.ID, 1, q)
	require.NoError(t, err)
	require.Equal(t, 2, changed.Version)
	_, err = o.UpdateQueue(ctx, first.ID, 1, q)
	require.ErrorIs(t, err, routing.ErrChangedMeanwhile)
	same, err := o.UpdateQueue(ctx, first.ID, 2, q)
	require.NoError(t, err)
	require.Equal(t, 2, same.Version, "the same again is no change")
	_, err = o.CreateQueue(ctx, nil, plain("first", o.nation))
	require.ErrorIs(t, err, routing.ErrQueueTaken)
	require.NoError(t, o.DeleteQueue(ctx, second.ID, 1))
	var actions []string
	rows, err := o.pool.Query(t.Context(), `SELECT action FROM audit.entry WHERE action LIKE 'routing.%' ORDER BY id`)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var a string
		require.NoError(t, rows.Scan(&a))
		actions = append(actions, a)
	}
	require.ElementsMatch(t, []string{"routing.queue.create", "routing.queue.create", "routing.queue.update", "routing.queue.delete"}, actions)
}

func TestEverythingWrongWithAQueueIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, err := o.CreateQueue(everywhere(t), nil, routing.Queue{Code: "a b", Priority: 100, Overflow: []routing.Overflow{{After: 10}}})
	require.Equal(t, []string{
		"body.code format", "body.name required", "body.centre_id required", "body.channel unknown", "body.wrap_up unknown", "body.no_agents unknown",
		"body.priority range", "body.ring_s range", "body.target_s range", "body.overflow required",
	}, fields(t, err, "routing.invalid_queue"))
	for _, text := range hostile.Strings() {
		q := plain("h", o.nation)
		q.Name = text
		if made, err := o.CreateQueue(everywhere(t), nil, q); err == nil {
			require.NoError(t, o.DeleteQueue(everywhere(t), made.ID, 1))
		}
		_, err := o.ListQueues(everywhere(t), routing.QueueFilter{Text: text})
		if err != nil {
			require.NotContains(t, err.Error(), "syntax", "%q", text)
		}
	}
}

func TestAProvinceChangesItsOwnQueuesOnly(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	national, err := o.CreateQueue(everywhere(t), nil, plain("nation", o.nation))
	require.NoError(t, err)
	theirs, err := o.CreateQueue(everywhere(t), nil, plain("fujian", o.fujian))
	require.NoError(t, err)
	ctx := o.at(t, o.guangdong)
	list, err := o.ListQueues(ctx, routing.QueueFilter{})
	require.NoError(t, err)
	require.Len(t, list, 1)
	_, err = o.UpdateQueue(ctx, national.ID, 1, plain("nation", o.nation))
	require.ErrorIs(t, err, routing.ErrNotYours)
	_, err = o.UpdateQueue(ctx, theirs.ID, 1, plain("fujian", o.fujian))
	require.ErrorIs(t, err, routing.ErrNoSuchQueue)
	_, err = o.CreateQueue(ctx, nil, plain("mine", o.fujian))
	require.Equal(t, []string{"body.centre_id unknown"}, fields(t, err, "routing.invalid_queue"))
	_, err = o.CreateBreak(ctx, nil, routing.Break{Code: "x", Name: "x", NameEN: "x"})
	require.ErrorIs(t, err, routing.ErrNotYours)
	live, err := o.LiveQueues(ctx)
	require.NoError(t, err)
	require.Len(t, live, 1)
}

func TestQueuesGoOutAndComeBackAsAWorkbook(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	q := plain("first", o.guangdong)
	q.Needs, q.Note = []routing.Need{{Skill: o.skill.ID, Level: 5}}, "=1+1"
	_, err := o.CreateQueue(everywhere(t), nil, q)
	require.NoError(t, err)
	for _, lang := range []string{sheet.Chinese, sheet.English} {
		var file bytes.Buffer
		require.NoError(t, o.ExportQueues(everywhere(t), &file, lang, routing.QueueFilter{}))
		report, err := o.ImportQueues(everywhere(t), file.Bytes(), false)
		require.NoError(t, err)
		require.Equal(t, 1, report.Same, "%+v", report)
	}
	table := sheet.Table{Key: "queues", ZH: "x", EN: "x", Columns: []sheet.Column{
		{Key: "code", ZH: "代码", EN: "Code"}, {Key: "name", ZH: "名称", EN: "Name"}, {Key: "centre", ZH: "所属中心代码", EN: "Owner centre"},
		{Key: "needs", ZH: "所需技能", EN: "Skills"}, {Key: "priority", ZH: "优先级", EN: "Priority"},
	}}
	write := func(rows ...[]any) []byte {
		var out bytes.Buffer
		require.NoError(t, table.Write(&out, sheet.English, sheet.Rows(rows...)))
		return out.Bytes()
	}
	good := [][]any{{"first", "热线", "GD", "broadband：3", "7"}, {"new", "新", "CN", "", ""}}
	report, err := o.ImportQueues(everywhere(t), write(append(good, []any{"bad", "坏", "CN", "NOTHING:1", "x"})...), false)
	require.NoError(t, err)
	require.Equal(t, 1, report.Rejected)
	_, there := o.QueueByCode("new")
	require.False(t, there, "nothing was taken")
	report, err = o.ImportQueues(everywhere(t), write(good...), true)
	require.NoError(t, err)
	require.Equal(t, []int{1, 1}, []int{report.Create, report.Update})
	_, there = o.QueueByCode("new")
	require.False(t, there, "a dry run changes nothing")
	_, err = o.ImportQueues(everywhere(t), write(good...), false)
	require.NoError(t, err)
	first, _ := o.QueueByCode("first")
	require.Equal(t, 7, first.Priority)
	require.Equal(t, 3, first.Needs[0].Level)
	require.Equal(t, 20, first.Ring, "a column that is not there stays")
}

// TestSkillsOfAgentsAreThoseOfTheDay has an agent serve a queue once he is granted what it needs.
func TestSkillsOfAgentsAreThoseOfTheDay(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	q := plain("first", o.guangdong)
	q.Needs = []routing.Need{{Skill: o.skill.ID, Level: 5}}
	_, err := o.CreateQueue(everywhere(t), nil, q)
	require.NoError(t, err)
	member, err := o.organization.CreateStaff(everywhere(t), nil, organization.NewStaff{Number: "5001", Name: "陈静", Centre: o.guangdong.ID})
	require.NoError(t, err)
	n := join(t, routing.ClientConfig{Bus: o.config.Bus, Node: "a", Local: o.Service})
	o.leads(t)
	n.Phone("8001", true, false)
	tree, err := o.organization.Tree(t.Context())
	require.NoError(t, err)
	agent := as(tree.Scope(o.guangdong.ID), actor.Actor{
		Account: uuid.New(), Staff: member.ID.UUID(), Session: uuid.New(), Number: "5001", Name: "陈静", Centre: o.guangdong.ID.UUID(),
	})
	ctx := actor.With(t.Context(), agent)
	v, err := o.SignInAgent(ctx, routing.SignIn{Phone: "8001"})
	require.NoError(t, err)
	require.Equal(t, engine.Ready, v.State)
	require.True(t, v.Here)
	id, _ := n.queue("first", "13812345678")
	require.NoError(t, o.organization.GrantSkill(everywhere(t), nil, organization.Grant{Skill: o.skill.ID, Staff: []organization.StaffID{member.ID}, Level: 6}))
	o.Care(t.Context())
	require.Equal(t, id, n.next(engine.Offer).Contact)
	v, err = o.MyAgent(ctx)
	require.NoError(t, err)
	require.NotNil(t, v.Contact)
	require.Equal(t, "first", v.Contact.QueueCode)
	require.NotContains(t, v.Contact.Caller, "13812345678")
	require.Contains(t, v.Contact.Caller, "*")

	// A supervisor of the other province does not see him; his own may force him.
	_, err = o.ForceAgent(o.at(t, o.fujian), member.ID.UUID(), routing.ForcedBreak, "rest", "x")
	require.ErrorIs(t, err, routing.ErrNoAgent)
	forced, err := o.ForceAgent(o.at(t, o.guangdong), member.ID.UUID(), routing.ForcedBreak, "rest", "临时会议")
	require.NoError(t, err)
	require.Equal(t, engine.OnBreak, forced.Wanted)
	var reason string
	require.NoError(t, o.pool.QueryRow(t.Context(), `SELECT reason FROM audit.entry WHERE action = 'routing.agent.force_break'`).Scan(&reason))
	require.Equal(t, "临时会议", reason)
	list, err := o.Agents(o.at(t, o.fujian))
	require.NoError(t, err)
	require.Empty(t, list)
	list, err = o.Agents(everywhere(t))
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.WithinDuration(t, time.Now(), list[0].SignedIn, time.Minute)
}

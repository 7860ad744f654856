package interaction_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/interaction"
	"yingda/internal/interaction/projection"
	"yingda/internal/organization"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/bus/bustest"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/secret"
	"yingda/internal/setting"
)

var quiet = slog.New(slog.DiscardHandler)

// floor is the records of a nation and two provinces, with a journal and its projection.
type floor struct {
	*interaction.Service
	journal   *interaction.Journal
	projector *projection.Projector
	pool      *pgxpool.Pool
	bus       *bus.Bus
	config    interaction.Config

	nation, guangdong, fujian organization.Centre
	queue, li, wang           uuid.UUID
}

func setup(t testing.TB) *floor {
	t.Helper()
	f := &floor{pool: postgrestest.New(t), bus: bustest.New(t), queue: uuid.New()}
	clk := clock.System()
	ring, err := secret.Load(t.Context(), secret.Config{Dir: t.TempDir(), Clock: clk, Logger: quiet})
	require.NoError(t, err)
	units := organization.New(organization.Config{Pool: f.pool, Clock: clk})
	settings := setting.New(setting.Config{
		Pool: f.pool, Organization: units, Registry: setting.NewRegistry(setting.Definitions(), interaction.Definitions()), Clock: clk, Logger: quiet,
	})
	f.journal = interaction.NewJournal(interaction.JournalConfig{Bus: f.bus, Ring: ring, Node: "a", Clock: clk, Logger: quiet, Gather: time.Millisecond})
	require.NoError(t, f.journal.Start(t.Context()))
	t.Cleanup(func() { bustest.Stop(t, f.journal) })
	f.config = interaction.Config{
		Pool: f.pool, Ring: ring, Journal: f.journal, Organization: units, Settings: settings, Clock: clk, Logger: quiet,
		QueueName: func(uuid.UUID) string { return "话费咨询" },
	}
	f.Service = interaction.New(f.config)
	f.projector = projection.New(projection.Config{Pool: f.pool, Bus: f.bus, Ring: ring, Journal: f.journal, Clock: clk, Logger: quiet})
	ctx := actor.With(t.Context(), f.person(actor.National(), uuid.New(), "1000", everything()...))
	centre := func(parent organization.Centre, level organization.Level, code, name, province string) organization.Centre {
		made, err := units.CreateCentre(ctx, nil, organization.NewCentre{Parent: parent.ID, Level: level, Code: code, Name: name, Province: province})
		require.NoError(t, err)
		return made
	}
	f.nation = centre(organization.Centre{}, actor.Nation, "CN", "全国客服中心", "")
	f.guangdong = centre(f.nation, actor.Province, "GD", "广东客服中心", "440000")
	f.fujian = centre(f.nation, actor.Province, "FJ", "福建客服中心", "350000")
	for _, one := range []struct {
		id           *uuid.UUID
		number, name string
	}{{&f.li, "8001", "李明"}, {&f.wang, "8002", "王芳"}} {
		*one.id = uuid.New()
		_, err := f.pool.Exec(t.Context(), `INSERT INTO organization.staff (id, number, name, centre_id, created_at, updated_at) VALUES ($1, $2, $3, $4, now(), now())`,
			*one.id, one.number, one.name, f.guangdong.ID.UUID())
		require.NoError(t, err)
	}
	require.NoError(t, settings.Declare(ctx, setting.TreeDefinition{Key: interaction.TreeKey, ZH: "小结", EN: "Dispositions", Levels: 4}))
	_, err = f.pool.Exec(t.Context(), `INSERT INTO setting.code_layer (tree, centre_id, version, content, active_from, reason, actor_name, created_at)
		VALUES ($1, $2, 1, $3, '2020-01-01', '试用', '林晓岚', now())`, interaction.TreeKey, f.nation.ID.UUID(), `{"nodes": [
		{"code": "QUERY", "zh": "查询", "en": "Enquiry", "position": 1}, {"code": "QUERY.BILL", "parent": "QUERY", "zh": "话费账单", "en": "Bill", "position": 1},
		{"code": "QUERY.PLAN", "parent": "QUERY", "zh": "资费套餐", "en": "Plans", "position": 2}, {"code": "FAULT", "zh": "故障申告", "en": "Fault", "position": 2}
	], "refinements": []}`)
	require.NoError(t, err)
	require.NoError(t, f.NameDispositions(t.Context()))
	require.NoError(t, f.KeepMonths(t.Context()))
	return f
}

func everything() []actor.Definition {
	return append(append(interaction.Permissions(), organization.Permissions()...), setting.Permissions()...)
}

func (f *floor) person(scope actor.Scope, staff uuid.UUID, number string, held ...actor.Definition) *actor.Actor {
	grants := map[actor.Permission]actor.Scope{}
	for _, d := range held {
		grants[d.Permission] = scope
	}
	return actor.New(actor.Actor{Kind: actor.Person, Account: uuid.New(), Staff: staff, Number: number, Name: "林晓岚", Centre: f.guangdong.ID.UUID()}, grants)
}

// agent is an agent of Guangdong, who may say something of his own contacts and nothing else.
func (f *floor) agent(t testing.TB, staff uuid.UUID) context.Context {
	t.Helper()
	return actor.With(t.Context(), f.person(actor.Places([]uuid.UUID{f.guangdong.ID.UUID()}, nil, nil), staff, "8001", actor.Definition{Permission: interaction.ContactOwn}))
}

func (f *floor) everywhere(t testing.TB) context.Context {
	t.Helper()
	return actor.With(t.Context(), f.person(actor.National(), uuid.New(), "1000", everything()...))
}

func (f *floor) projected(t testing.TB) {
	t.Helper()
	for n := 1; n > 0; {
		var err error
		n, err = f.projector.Project(t.Context())
		require.NoError(t, err)
	}
}

// call writes a call that Li served, and gives its id.
func (f *floor) call(t testing.TB, centre organization.Centre, began time.Time, caller string, change ...func(*interaction.Opening)) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	o := interaction.Opening{Contact: id, Channel: "voice", Direction: "in", Began: began, Caller: caller, Called: "10000", Node: "a", Centre: centre.ID.UUID()}
	for _, c := range change {
		c(&o)
	}
	entries := []interaction.Entry{{Open: &o}}
	for i, h := range []interaction.Hop{
		{Kind: interaction.Dialled}, {Kind: interaction.Answered}, {Kind: interaction.KeyToAgent}, {Kind: interaction.Enqueued, Queue: f.queue},
		{Kind: interaction.Offered, Agent: f.li, Queue: f.queue}, {Kind: interaction.RingingAgent, Agent: f.li}, {Kind: interaction.Accepted, Agent: f.li},
		{Kind: interaction.TalkBegan, Agent: f.li, Detail: interaction.Detail{Phone: "8001"}},
		{Kind: interaction.Transferred, Agent: f.li, Detail: interaction.Detail{To: "13900000001", Way: "blind"}},
		{Kind: interaction.Ended, Detail: interaction.Detail{By: interaction.ByCaller, SIP: 200, Q850: 16}},
	} {
		h.Contact, h.Seq, h.At = id, i+1, began.Add(time.Duration(i)*time.Second)
		entries = append(entries, interaction.Entry{Hop: &h})
	}
	require.NoError(t, f.journal.Sure(t.Context(), entries...))
	return id
}

func code(t testing.TB, want string, err error) {
	t.Helper()
	var f *fault.Fault
	require.ErrorAs(t, err, &f)
	require.Equal(t, want, f.Code)
}

func TestListIsCutToTheScopeAndFiltered(t *testing.T) {
	t.Parallel()
	f := setup(t)
	now := time.Now().UTC()
	gd := f.call(t, f.guangdong, now.Add(-time.Hour), "13812345678")
	fj := f.call(t, f.fujian, now.Add(-2*time.Hour), "13812345679")
	f.call(t, f.guangdong, now.Add(-3*time.Hour), "13812345678", func(o *interaction.Opening) { o.Simulated = true })
	f.projected(t)
	ids := func(ctx context.Context, q interaction.ContactFilter) (list []uuid.UUID) {
		items, err := f.ListContacts(ctx, q)
		require.NoError(t, err)
		for _, i := range items {
			list = append(list, i.ID)
		}
		return list
	}
	all := f.everywhere(t)
	require.Equal(t, []uuid.UUID{gd, fj}, ids(all, interaction.ContactFilter{}), "without the simulation")
	require.Len(t, ids(all, interaction.ContactFilter{Simulated: true}), 3)
	require.Equal(t, []uuid.UUID{fj}, ids(all, interaction.ContactFilter{Caller: "+86 138 1234 5679"}))
	require.Empty(t, ids(all, interaction.ContactFilter{Caller: "13812345"}), "a part of a number finds nobody")
	require.Equal(t, []uuid.UUID{gd, fj}, ids(all, interaction.ContactFilter{Queue: f.queue, AgentNumber: "8001", Outcome: "answered_by_agent", Least: time.Second}))
	require.Empty(t, ids(all, interaction.ContactFilter{Least: time.Hour}))
	require.Equal(t, []uuid.UUID{fj}, ids(all, interaction.ContactFilter{Before: &interaction.ContactPosition{Began: now.Add(-time.Hour).Truncate(time.Microsecond), ID: gd}}))
	there := actor.With(t.Context(), f.person(actor.Places([]uuid.UUID{f.fujian.ID.UUID()}, nil, nil), uuid.New(), "2000", everything()...))
	require.Equal(t, []uuid.UUID{fj}, ids(there, interaction.ContactFilter{}))
	_, err := f.GetContact(there, gd)
	code(t, "interaction.no_such_contact", err)
	_, err = f.ListContacts(f.agent(t, f.li), interaction.ContactFilter{})
	code(t, "actor.denied", err)
}

func TestTimelineIsReadableAndNumbersOfPeopleAreMasked(t *testing.T) {
	t.Parallel()
	f := setup(t)
	now := time.Now().UTC()
	first := f.call(t, f.guangdong, now.AddDate(0, 0, -2), "13812345678")
	f.projected(t)
	id := f.call(t, f.guangdong, now.Add(-time.Minute), "13812345678")
	f.projected(t)
	r, err := f.GetContact(f.agent(t, f.li), id)
	require.NoError(t, err, "whoever served it sees it")
	require.Len(t, r.Steps, 10)
	require.Equal(t, "+86138****5678", r.Caller)
	require.Equal(t, []any{interaction.Enqueued, "话费咨询", int64(1000)}, []any{r.Steps[3].Kind, r.Steps[3].Queue.Name, r.Steps[3].SinceMS})
	require.Equal(t, "李明", r.Steps[7].Agent.Name)
	require.NotContains(t, r.Steps[8].Detail.To, "00000", "the number of a transfer is a person's")
	require.Equal(t, first, r.FirstAsked.Contact)
	require.Equal(t, "8001", r.FirstAsked.Agent.Number)
	require.Equal(t, first, r.Related[0].ID)
	require.Equal(t, interaction.ContactAllowed{Say: true}, r.Allowed)
	_, err = f.GetContact(f.agent(t, f.wang), id)
	code(t, "interaction.no_such_contact", err)

	_, err = f.RevealCaller(f.agent(t, f.li), id, "回访客户")
	code(t, "actor.denied", err)
	_, err = f.RevealCaller(f.everywhere(t), id, " ")
	code(t, "interaction.invalid", err)
	caller, err := f.RevealCaller(f.everywhere(t), id, "回访客户")
	require.NoError(t, err)
	require.Equal(t, "13812345678", caller.Plain())
	var written int
	require.NoError(t, f.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit.entry WHERE action = 'interaction.contact.reveal' AND reason = '回访客户'`).Scan(&written))
	require.Equal(t, 1, written)
}

func TestWhatAnAgentSaysIsReadBackAtOnceAndRevisionsConflict(t *testing.T) {
	t.Parallel()
	f := setup(t)
	id := f.call(t, f.guangdong, time.Now().UTC(), "13812345678")
	f.projected(t)
	li := f.agent(t, f.li)
	said, err := f.Dispose(li, id, []string{"QUERY.BILL", "FAULT"}, 0)
	require.NoError(t, err)
	require.EqualValues(t, 1, said.Revision)
	rev, err := f.Note(li, id, "客户要求回电 13812345678", 0)
	require.NoError(t, err)
	require.EqualValues(t, 1, rev)
	r, err := f.GetContact(li, id) // nothing is projected yet
	require.NoError(t, err)
	require.Equal(t, "查询/话费账单", r.Said.Codes[0].Path)
	require.Equal(t, "客户要求回电 13812345678", r.Notes[0].Text.Plain())

	again, err := f.Dispose(li, id, []string{"QUERY.BILL", "FAULT"}, 0)
	require.NoError(t, err, "sent again because the answer was lost")
	require.Equal(t, said.Revision, again.Revision)
	_, err = f.Dispose(li, id, []string{"FAULT"}, 0)
	code(t, "interaction.changed_meanwhile", err)
	_, err = f.Dispose(li, id, []string{"QUERY", "QUERY.BILL", "QUERY.BILL", "NONE"}, 1)
	code(t, "interaction.invalid", err)
	var wrong *fault.Fault
	require.ErrorAs(t, err, &wrong)
	require.Len(t, wrong.Fields, 3, "each wrong code is named: not a leaf, twice, unknown")
	_, err = f.Dispose(f.agent(t, f.wang), id, nil, 1)
	code(t, "interaction.no_such_contact", err)
	_, err = f.Dispose(f.everywhere(t), uuid.New(), nil, 0)
	code(t, "interaction.no_such_contact", err)

	f.projected(t)
	later, err := interaction.New(f.config).GetContact(f.everywhere(t), id)
	require.NoError(t, err)
	require.Equal(t, "QUERY.BILL", later.Said.Codes[0].Code)
	items, err := f.ListContacts(f.everywhere(t), interaction.ContactFilter{Disposition: "QUERY"})
	require.NoError(t, err)
	require.Len(t, items, 1)
	require.Equal(t, "查询/话费账单", items[0].Disposition)
	changed, err := f.Dispose(f.everywhere(t), id, []string{"FAULT"}, 1)
	require.NoError(t, err, "whoever may change others' contacts")
	require.EqualValues(t, 2, changed.Revision)
}

func TestWhatAnAgentSaysIsStoredWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	f := setup(t)
	_, err := f.Dispositions(f.agent(t, f.li), uuid.Nil, "") // the page of an agent has asked for them
	require.NoError(t, err)
	away, err := pgxpool.New(t.Context(), "postgres://nobody@127.0.0.1:1/none?connect_timeout=1")
	require.NoError(t, err)
	t.Cleanup(away.Close)
	cfg := f.config
	cfg.Pool = away
	s := interaction.New(cfg)
	id := f.call(t, f.guangdong, time.Now().UTC(), "13812345678")
	// The tree is known from before.
	_, err = s.Dispose(f.agent(t, f.li), id, []string{"FAULT"}, 0)
	require.NoError(t, err)
	_, err = s.Note(f.agent(t, f.li), id, "稍后回电", 0)
	require.NoError(t, err)
	w, err := s.MyWork(f.agent(t, f.li), id)
	require.NoError(t, err)
	require.Equal(t, "稍后回电", w.Note.Plain())
	require.Equal(t, "FAULT", w.Said.Codes[0].Code)
	_, err = s.Dispose(f.agent(t, f.wang), id, nil, 1)
	code(t, "interaction.contact_unknown_now", err)

	f.projected(t) // the database is back
	r, err := f.GetContact(f.everywhere(t), id)
	require.NoError(t, err)
	require.Equal(t, "FAULT", r.Said.Codes[0].Code)
	require.Len(t, r.Notes, 1)
}

func TestOtherProcessesKnowWhoServedAContact(t *testing.T) {
	t.Parallel()
	f := setup(t)
	other := interaction.NewJournal(interaction.JournalConfig{Bus: f.bus, Ring: f.config.Ring, Clock: clock.System(), Logger: quiet})
	require.NoError(t, other.Start(t.Context()))
	t.Cleanup(func() { bustest.Stop(t, other) })
	cfg := f.config
	cfg.Journal = other
	s := interaction.New(cfg)
	require.Eventually(t, func() bool {
		id := f.call(t, f.guangdong, time.Now().UTC(), "") // nothing is projected
		deadline := time.Now().Add(200 * time.Millisecond)
		for time.Now().Before(deadline) {
			if _, err := s.Dispose(f.agent(t, f.li), id, []string{"FAULT"}, 0); err == nil {
				return true
			}
		}
		return false
	}, 10*time.Second, time.Millisecond)
}

func TestDispositionsAreFoundByPinyinAndInitials(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for query, want := range map[string]string{
		"话费": "QUERY.BILL", "huafei": "QUERY.BILL", "hfzd": "QUERY.BILL", "Bill": "QUERY.BILL", "zf": "QUERY.PLAN", "guzhang": "FAULT", "query.plan": "QUERY.PLAN",
	} {
		list, err := f.Dispositions(f.agent(t, f.li), uuid.Nil, query)
		require.NoError(t, err)
		require.NotEmpty(t, list, query)
		require.Equal(t, want, list[0].Code, query)
	}
	list, err := f.Dispositions(f.agent(t, f.li), uuid.Nil, "chaxun")
	require.NoError(t, err)
	require.Len(t, list, 2, "what stands below a node that is meant")
}

func TestWholeMonthsGoWhenTheyAreTooOld(t *testing.T) {
	t.Parallel()
	f := setup(t)
	now := time.Now().UTC()
	f.call(t, f.guangdong, now.AddDate(-3, 0, 0), "13812345678")
	kept := f.call(t, f.guangdong, now, "13812345678")
	f.projected(t)
	require.NoError(t, f.KeepMonths(t.Context()))
	items, err := f.ListContacts(f.everywhere(t), interaction.ContactFilter{Since: now.AddDate(-10, 0, 0)})
	require.NoError(t, err)
	require.Len(t, items, 1)
	require.Equal(t, kept, items[0].ID)
	var hops int
	require.NoError(t, f.pool.QueryRow(t.Context(), `SELECT count(*) FROM interaction.hop`).Scan(&hops))
	require.Equal(t, 10, hops)
}

func TestContactsOverHTTP(t *testing.T) {
	t.Parallel()
	f := setup(t)
	id := f.call(t, f.guangdong, time.Now().UTC(), "13812345678")
	f.projected(t)
	journal := audit.New(audit.Config{Pool: f.pool, Clock: clock.System(), Logger: quiet})
	manager := f.person(actor.National(), f.li, "8001", everything()...)
	api := httpapi.New(httpapi.Config{
		Logger: quiet, Clock: clock.System(), Pool: f.pool, CursorKey: []byte("k"), OnReveal: journal.OnReveal(),
		Guard: func(r *http.Request) (context.Context, error) { return actor.With(r.Context(), manager), nil },
		Permit: func(ctx context.Context, p string) error {
			if p == httpapi.SignedIn {
				_, err := actor.Require(ctx)
				return err
			}
			_, err := actor.Allow(ctx, actor.Permission(p))
			return err
		},
	})
	f.RegisterAPI(api)
	send := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		return w
	}
	path := "/api/contacts/" + id.String()
	w := send(http.MethodGet, "/api/contacts?caller=13812345678&limit=1", "")
	require.Equal(t, 200, w.Code, w.Body)
	require.Contains(t, w.Body.String(), id.String())
	require.NotContains(t, w.Body.String(), "13812345678")
	w = send(http.MethodPut, path+"/dispositions", `{"codes":["FAULT"],"revision":0}`)
	require.Equal(t, 200, w.Code, w.Body)
	w = send(http.MethodPut, path+"/note", `{"text":"宽带不通","revision":0}`)
	require.Equal(t, 200, w.Code, w.Body)
	w = send(http.MethodGet, path, "")
	require.Equal(t, 200, w.Code, w.Body)
	require.Contains(t, w.Body.String(), "宽带不通")
	require.NotContains(t, w.Body.String(), "13812345678")
	w = send(http.MethodGet, path+"/work", "")
	require.Contains(t, w.Body.String(), `"note":"宽带不通"`)
	w = send(http.MethodPost, path+"/reveal", `{"reason":"核实身份"}`)
	require.Contains(t, w.Body.String(), "13812345678")
	var shown int
	require.NoError(t, f.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit.entry WHERE action = $1`, audit.ActionReveal).Scan(&shown))
	require.GreaterOrEqual(t, shown, 2, "the note and the number")
	w = send(http.MethodGet, "/api/contacts/export?lang=en", "")
	require.Equal(t, 200, w.Code)
	require.True(t, bytes.HasPrefix(w.Body.Bytes(), []byte("PK")))
	w = send(http.MethodGet, "/api/dispositions?q=gz", "")
	require.Contains(t, w.Body.String(), "FAULT")
	require.Equal(t, 404, send(http.MethodGet, "/api/contacts/"+uuid.NewString(), "").Code)
	require.Equal(t, 422, send(http.MethodGet, "/api/contacts/none", "").Code)
}

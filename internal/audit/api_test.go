package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/audit/chain"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/hostile"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/privacy"
)

var (
	elsewhere = uuid.MustParse("01980000-0000-7000-8000-000000000002")
	auditor   = somebody(audit.EntryRead, audit.EntryExport, audit.SealRead, audit.SealVerify)
)

// local holds all permissions for the centre, its province and one city of another.
func local() *actor.Actor {
	scope := actor.Places([]uuid.UUID{centre}, []string{"440000"}, []string{"330100"})
	return actor.New(actor.Actor{Kind: actor.Person, Account: uuid.New(), Number: "GD0009", Name: "陈九", Centre: centre},
		map[actor.Permission]actor.Scope{audit.EntryRead: scope, audit.EntryExport: scope, audit.SealRead: scope})
}

// api serves the house to one actor.
func (h *house) api(t testing.TB, who *actor.Actor) *httpapitest.Client {
	t.Helper()
	a := httpapi.New(httpapi.Config{
		Version: "test", Logger: slog.New(slog.NewTextHandler(t.Output(), nil)), Clock: h.clock, Pool: h.pool, OnReveal: h.svc.OnReveal(),
		Guard: func(r *http.Request) (context.Context, error) { return actor.With(r.Context(), who), nil },
		Permit: func(ctx context.Context, permission string) error {
			if permission == httpapi.SignedIn {
				_, err := actor.Require(ctx)
				return err
			}
			_, err := actor.Allow(ctx, actor.Permission(permission))
			return err
		},
	})
	h.svc.RegisterAPI(a)
	httpapi.Register(a, httpapi.Route{Method: http.MethodGet, Path: "/api/people/{id}", ID: "get-person", Summary: "x", Permission: httpapi.SignedIn},
		func(ctx context.Context, in *personRequest) (*personResponse, error) {
			privacy.Reveal(ctx, privacy.ClassPhone)
			out := &personResponse{}
			out.Body.Mobile = "13812345678"
			return out, nil
		})
	return httpapitest.New(t, a)
}

type personRequest struct {
	ID string `path:"id"`
}

type personResponse struct {
	Body struct {
		Mobile privacy.Phone `json:"mobile" privacy:"phone"`
	}
}

type entryPage struct {
	Items []struct {
		ID     string
		At     time.Time
		Action string
		Actor  struct{ Kind, Number, Name, Address string }
		Object struct{ Kind, ID, Label string }
		Reason string
	}
	Next string
}

func (p entryPage) ids() (list []string) {
	for _, i := range p.Items {
		list = append(list, i.Object.ID)
	}
	return list
}

// filled has entries about objects 0 to 11, one a minute: about the nation, two centres, a province and a city.
func filled(t testing.TB) (*house, time.Time) {
	t.Helper()
	h := newHouse(t)
	begin := h.clock.Now()
	where := []audit.Entry{{}, {Centre: centre}, {Centre: elsewhere}, {Province: "440000", City: "440300"}, {Province: "330000", City: "330100"}, {Province: "330000"}}
	for i := range 12 {
		e := where[i%len(where)]
		e.Action = []string{"organization.staff.create", "identity.role.update"}[i%2]
		e.Object = audit.Object{Kind: []string{"organization.staff", "identity.role"}[i%2], ID: fmt.Sprint(i), Label: fmt.Sprintf("GD%04d", i)}
		e.Reason = fmt.Sprintf("原因 %d%%", i)
		e.Changes = []audit.Change{{Field: "name", Old: "a", New: map[string]int{"n": i}}}
		ctx := h.ctx
		if i == 5 {
			ctx = actor.With(t.Context(), actor.System("identity.expiry"))
		}
		write(t, h.pool, ctx, begin.Add(time.Duration(i)*time.Minute), e)
	}
	h.clock.Advance(12 * time.Minute)
	h.seal(t)
	return h, begin
}

func TestEntriesAreFoundByEveryFilter(t *testing.T) {
	t.Parallel()
	h, begin := filled(t)
	c := h.api(t, auditor)
	for query, want := range map[string]string{
		"":                                      "11 10 9 8 7 6 5 4 3 2 1 0",
		"actor=GD0001":                          "11 10 9 8 7 6 4 3 2 1 0",
		"actor=identity.expiry":                 "5",
		"action=organization.":                  "10 8 6 4 2 0",
		"action=identity.role":                  "11 9 7 5 3 1",
		"action=identity%25":                    "",
		"object_kind=identity.role&object_id=7": "7",
		"centre=" + centre.String():             "7 1",
		"text=" + url.QueryEscape("原因 7"):       "7",
		"text=" + url.QueryEscape("7%"):         "7",
		"text=gd0003":                           "3",
		"text=" + url.QueryEscape("_"):          "",
		"from=" + begin.Add(3*time.Minute).Format(time.RFC3339) + "&to=" + begin.Add(5*time.Minute).Format(time.RFC3339): "4 3",
	} {
		var page entryPage
		c.Get("/api/audit-entries?" + query).Want(200).JSON(&page)
		require.Equal(t, want, strings.Join(page.ids(), " "), query)
	}
	c.Get("/api/audit-entries?centre=x").Problem(422, "http.invalid_request")
	c.Get("/api/audit-entries?from=yesterday").Problem(422, "http.invalid_request")
}

func TestPagesFollowEachOther(t *testing.T) {
	t.Parallel()
	h, _ := filled(t)
	c := h.api(t, auditor)
	var got []string
	after := ""
	for {
		var page entryPage
		c.Get("/api/audit-entries?limit=5&after=" + after).Want(200).JSON(&page)
		got = append(got, page.ids()...)
		if after = page.Next; after == "" {
			break
		}
	}
	require.Equal(t, "11 10 9 8 7 6 5 4 3 2 1 0", strings.Join(got, " "))
	var page entryPage
	c.Get("/api/audit-entries?limit=5").Want(200).JSON(&page)
	c.Get("/api/audit-entries?limit=5&actor=x&after="+page.Next).Problem(422, "http.invalid_request")
}

func TestEntriesOfOtherPlacesAreNotFound(t *testing.T) {
	t.Parallel()
	h, _ := filled(t)
	c := h.api(t, local())
	var page entryPage
	c.Get("/api/audit-entries").Want(200).JSON(&page)
	require.Equal(t, "10 9 7 4 3 1", strings.Join(page.ids(), " "), "its centre, its province, its city")
	all := entryPage{}
	h.api(t, auditor).Get("/api/audit-entries").Want(200).JSON(&all)
	for _, e := range all.Items {
		r := c.Get("/api/audit-entries/" + e.ID)
		if strings.Contains(" 10 9 7 4 3 1 ", " "+e.Object.ID+" ") {
			r.Want(200)
		} else {
			r.Problem(404, "audit.no_such_entry")
		}
	}
	c.Get("/api/audit-entries/"+uuid.NewString()).Problem(404, "audit.no_such_entry")
	c.Get("/api/audit-entries?centre=" + elsewhere.String()).Want(200).JSON(&page)
	require.Empty(t, page.Items)
}

// The scope in SQL is the scope of package actor.
func TestTheListIsCutAsTheScopeSays(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	centres := []uuid.UUID{uuid.Nil, centre, elsewhere}
	provinces, cities := []string{"", "440000", "330000"}, []string{"", "440100", "330100"}
	type place struct {
		centre         uuid.UUID
		province, city string
	}
	places := map[string]place{}
	var entries []audit.Entry
	for _, c := range centres {
		for _, p := range provinces {
			for _, city := range cities {
				e := audit.Entry{Action: "a.b", Object: audit.Object{ID: fmt.Sprint(len(entries))}, Centre: c, Province: p, City: city}
				places[e.Object.ID] = place{c, p, city}
				entries = append(entries, e)
			}
		}
	}
	write(t, h.pool, h.ctx, noon, entries...)
	rapid.Check(t, func(rt *rapid.T) {
		scope := actor.Places(
			rapid.SliceOfDistinct(rapid.SampledFrom(centres[1:]), rapid.ID[uuid.UUID]).Draw(rt, "centres"),
			rapid.SliceOfDistinct(rapid.SampledFrom(provinces[1:]), rapid.ID[string]).Draw(rt, "provinces"),
			rapid.SliceOfDistinct(rapid.SampledFrom(cities[1:]), rapid.ID[string]).Draw(rt, "cities"))
		if scope.Empty() {
			return
		}
		who := actor.New(actor.Actor{Kind: actor.Person}, map[actor.Permission]actor.Scope{audit.EntryRead: scope})
		got, err := h.svc.List(actor.With(context.Background(), who), audit.Filter{Limit: 100})
		require.NoError(rt, err)
		seen := map[string]bool{}
		for _, i := range got {
			seen[i.Object.ID] = true
		}
		for id, p := range places {
			require.Equal(rt, scope.Covers(p.centre) || scope.CoversPlace(p.province, p.city), seen[id], "%+v", p)
		}
	})
}

func TestNobodyReadsWithoutThePermission(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	nobody := somebody()
	c := h.api(t, nobody)
	for _, path := range []string{"/api/audit-entries", "/api/audit-entries/" + uuid.NewString(), "/api/audit-entries/export", "/api/audit/seal"} {
		c.Get(path).Problem(403, "actor.denied")
	}
	ctx := actor.With(t.Context(), nobody)
	_, err := h.svc.List(ctx, audit.Filter{})
	require.Equal(t, fault.Denied, fault.KindOf(err))
	_, err = h.svc.Entry(ctx, audit.EntryID{})
	require.Equal(t, fault.Denied, fault.KindOf(err))
	_, _, err = h.svc.Export(ctx, audit.Filter{}, "en")
	require.Equal(t, fault.Denied, fault.KindOf(err))
	_, err = h.svc.State(ctx)
	require.Equal(t, fault.Denied, fault.KindOf(err))
	_, _, err = h.svc.VerifyNow(ctx, 1)
	require.Equal(t, fault.Denied, fault.KindOf(err))
	for _, d := range audit.Permissions() {
		require.NotEmpty(t, d.ZH+d.EN)
		require.Contains(t, d.Ready, actor.Auditor)
	}
}

func TestAnEntryIsShownWithItsChanges(t *testing.T) {
	t.Parallel()
	h, _ := filled(t)
	c := h.api(t, auditor)
	var page entryPage
	c.Get("/api/audit-entries?object_id=7").Want(200).JSON(&page)
	var e struct {
		Fields    []struct{ Field, Old, New any }
		RequestID string `json:"request_id"`
		Sealed    bool
		Actor     struct{ Address string }
	}
	c.Get("/api/audit-entries/" + page.Items[0].ID).Want(200).JSON(&e)
	require.Equal(t, []struct{ Field, Old, New any }{{"name", "a", map[string]any{"n": 7.0}}}, e.Fields)
	require.True(t, e.Sealed)
	require.Equal(t, "192.0.2.7", e.Actor.Address)
}

func TestAnExportIsAWorkbookAndLeavesAnEntry(t *testing.T) {
	t.Parallel()
	h, _ := filled(t)
	c := h.api(t, local())
	r := c.Get("/api/audit-entries/export?action=identity.&lang=en").Want(200)
	f, err := excelize.OpenReader(bytes.NewReader(r.Body))
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	rows, err := f.GetRows("Audit")
	require.NoError(t, err)
	require.Len(t, rows, 1+4)
	require.Equal(t, "GD0009", rows[1][7])
	require.Equal(t, `name: "a" → {"n":9}`, rows[1][11])
	var page entryPage
	h.api(t, auditor).Get("/api/audit-entries?action=audit.").Want(200).JSON(&page)
	require.Len(t, page.Items, 1)
	require.Equal(t, []string{"audit.entry.export", "GD0009"}, []string{page.Items[0].Action, page.Items[0].Actor.Number})
	var e struct{ Fields []struct{ Field, New any } }
	h.api(t, auditor).Get("/api/audit-entries/" + page.Items[0].ID).Want(200).JSON(&e)
	require.Contains(t, e.Fields, struct{ Field, New any }{"entries", 4.0})
	require.Contains(t, e.Fields, struct{ Field, New any }{"action", "identity."})
}

func TestALongExportGoesThroughManyPages(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	many := make([]audit.Entry, 2345)
	for i := range many {
		many[i] = entry("a.many")
	}
	write(t, h.pool, h.ctx, h.clock.Now().Add(-time.Hour), many...)
	r := h.api(t, auditor).Get("/api/audit-entries/export").Want(200)
	f, err := excelize.OpenReader(bytes.NewReader(r.Body))
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	rows, err := f.GetRows("审计记录")
	require.NoError(t, err)
	require.Len(t, rows, 2346)
	seen := map[string]bool{}
	for _, row := range rows[1:] {
		seen[row[13]] = true
	}
	require.Len(t, seen, 2345)
}

func TestWhoSeesPersonalDataIsWrittenDown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var p struct{ Mobile string }
	h.api(t, somebody()).Get("/api/people/7").Want(200).JSON(&p)
	require.Equal(t, "13812345678", p.Mobile)
	var page entryPage
	c := h.api(t, auditor)
	c.Get("/api/audit-entries?action=" + audit.ActionReveal).Want(200).JSON(&page)
	require.Len(t, page.Items, 1)
	e := page.Items[0]
	require.Equal(t, []string{"GD0001", "http.route", "/api/people/7", "GET /api/people/{id}"}, []string{e.Actor.Number, e.Object.Kind, e.Object.ID, e.Object.Label})
	var d struct {
		Fields    []struct{ Field, New any }
		RequestID string `json:"request_id"`
	}
	c.Get("/api/audit-entries/" + e.ID).Want(200).JSON(&d)
	require.Equal(t, []struct{ Field, New any }{{"classes", []any{"phone"}}, {"values", 1.0}}, d.Fields)
	require.NotEmpty(t, d.RequestID)
}

func TestWhatCannotBeWrittenDownIsNotShown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.superuser(t, "UPDATE audit.state SET mailed_on = ''") // the house stands
	_, err := h.pool.Exec(t.Context(), "ALTER TABLE audit.entry ADD CONSTRAINT full_disk CHECK (action <> 'audit.personal.reveal')")
	require.NoError(t, err)
	r := h.api(t, somebody()).Get("/api/people/7")
	require.Equal(t, 500, r.Status)
	require.NotContains(t, string(r.Body), "1234")
	err = h.svc.OnReveal()(t.Context(), privacy.Revelation{})
	require.ErrorIs(t, err, actor.ErrUnauthenticated)
}

func TestTheSealIsToldInWords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.api(t, auditor)
	var s struct {
		Condition  string
		Number     int64  `json:"last_number"`
		Key        string `json:"public_key"`
		Waiting    int    `json:"waiting_seconds"`
		FirstWrong string `json:"first_wrong"`
	}
	state := func() string {
		c.Get("/api/audit/seal").Want(200).JSON(&s)
		return s.Condition
	}
	codes := func() (list []string) {
		for _, f := range h.svc.Health().Check(t.Context()) {
			list = append(list, f.Warning.Code)
		}
		return list
	}
	require.Equal(t, "empty", state())
	h.batches(t, 2)
	require.Equal(t, "whole", state())
	require.EqualValues(t, 2, s.Number)
	_, err := chain.ParseKey(s.Key)
	require.NoError(t, err)
	require.Empty(t, codes())

	write(t, h.pool, h.ctx, h.clock.Now(), entry("a.b"))
	h.clock.Advance(10 * time.Minute)
	require.Equal(t, "late", state())
	require.Equal(t, 600, s.Waiting)
	require.Equal(t, []string{"audit.sealing_late"}, codes())
	h.seal(t)

	var v struct {
		Entries, Wrong int64
		Findings       []struct{ Wrong, Entry, Text string }
	}
	c.Post("/api/audit/verification", map[string]int{"days": 1}).Want(200).JSON(&v)
	require.Equal(t, []int64{7, 0}, []int64{v.Entries, v.Wrong})
	require.Equal(t, "whole", state())
	id := h.nth(t, 0)
	h.superuser(t, "UPDATE audit.entry SET reason = 'x' WHERE id = $1", id)
	c.Post("/api/audit/verification", map[string]int{"days": 1}).Want(200).JSON(&v)
	require.Equal(t, []string{"entry_changed", id}, []string{v.Findings[0].Wrong, v.Findings[0].Entry})
	require.Equal(t, "wrong", state())
	require.Contains(t, s.FirstWrong, id)
	require.Equal(t, []string{"audit.verify_failed"}, codes())
	h.clock.Advance(100 * time.Hour)
	require.Contains(t, codes(), "audit.not_verified")
	c.Post("/api/audit/verification", map[string]int{"days": 0}).Problem(422, "http.invalid_request")
	require.Equal(t, 2, count(t, h.pool, "SELECT count(*) FROM audit.entry WHERE action = 'audit.seal.verify'"))
}

func TestTheBackgroundVerifiesOnceADay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 1)
	id := h.nth(t, 0)
	h.superuser(t, "UPDATE audit.entry SET reason = 'x' WHERE id = $1", id)
	v := h.svc.Verifier()
	require.NoError(t, v.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, v.Stop(context.WithoutCancel(t.Context()))) })
	h.clock.BlockUntil(1)
	h.clock.Advance(10 * time.Minute)
	h.clock.BlockUntil(1)
	first := count(t, h.pool, "SELECT extract(epoch FROM verified_at)::int FROM audit.state WHERE verified_wrong = 1")
	h.clock.Advance(10 * time.Minute)
	h.clock.BlockUntil(1)
	require.Equal(t, first, count(t, h.pool, "SELECT extract(epoch FROM verified_at)::int FROM audit.state"))
	h.clock.Advance(25 * time.Hour)
	h.clock.BlockUntil(1)
	require.Greater(t, count(t, h.pool, "SELECT extract(epoch FROM verified_at)::int FROM audit.state"), first)
}

func TestOneVerifiesAtATime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tx, err := h.pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "SELECT pg_advisory_xact_lock($1, 3)", 0x59446175)
	require.NoError(t, err)
	_, _, err = h.svc.VerifyNow(actor.With(t.Context(), auditor), 1)
	require.ErrorIs(t, err, audit.ErrVerifying)
	require.NoError(t, tx.Rollback(t.Context()))
}

func TestHostileTextSurvives(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.api(t, auditor)
	for i, s := range hostile.Strings() {
		e := entry("a.hostile")
		e.Object.ID, e.Reason = fmt.Sprint(i), s
		e.Changes = []audit.Change{{Field: "note", Old: s, New: map[string]string{s: s}}}
		write(t, h.pool, h.ctx, h.clock.Now(), e)
	}
	h.seal(t)
	_, found := h.verify(t, audit.VerifyOptions{})
	require.Empty(t, found)
	seen := 0
	for after := ""; ; {
		var page entryPage
		c.Get("/api/audit-entries?limit=200&after=" + after).Want(200).JSON(&page)
		for _, e := range page.Items {
			var n int
			_, err := fmt.Sscan(e.Object.ID, &n)
			require.NoError(t, err)
			require.Equal(t, hostile.Strings()[n], e.Reason)
			seen++
		}
		if after = page.Next; after == "" {
			break
		}
	}
	require.Equal(t, len(hostile.Strings()), seen)
	for _, s := range hostile.Strings() {
		if len([]rune(s)) > 200 || strings.ContainsRune(s, 0) {
			continue
		}
		r := c.Get("/api/audit-entries?text=" + url.QueryEscape(s) + "&actor=" + url.QueryEscape(s) + "&action=" + url.QueryEscape(s))
		require.Contains(t, []int{200, 422}, r.Status, s)
	}
}

func TestWritersDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, cancel := context.WithTimeout(h.ctx, 20*time.Second)
	defer cancel()
	open := make([]pgx.Tx, 4)
	for i := range open {
		var err error
		open[i], err = h.pool.Begin(ctx)
		require.NoError(t, err)
		require.NoError(t, audit.Write(ctx, open[i], h.clock.Now(), entry("a.b")), "while others are open")
	}
	require.NoError(t, postgres.InTx(ctx, h.pool, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '1s'")
		return errors.Join(err, audit.Write(ctx, tx, h.clock.Now(), entry("a.b")))
	}))
	h.seal(t)
	for _, tx := range open {
		require.NoError(t, tx.Commit(ctx))
	}
	h.seal(t)
	v, found := h.verify(t, audit.VerifyOptions{})
	require.Empty(t, found)
	require.EqualValues(t, 5, v.Entries)
}

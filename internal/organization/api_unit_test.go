package organization_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/hostile"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
)

// client asks the API as the actor of ctx.
func (c *country) client(t testing.TB, ctx context.Context) *httpapitest.Client {
	t.Helper()
	who := actor.From(ctx)
	a := httpapi.New(httpapi.Config{
		Version: "test", Logger: slog.New(slog.DiscardHandler), Clock: c.clock, Pool: c.pool,
		Guard: func(r *http.Request) (context.Context, error) { return actor.With(r.Context(), who), nil },
	})
	c.RegisterAPI(a)
	return httpapitest.New(t, a)
}

func onceKey() []string { return []string{"Idempotency-Key", uuid.NewString()} }

type centreJSON struct {
	ID       string  `json:"id"`
	ParentID *string `json:"parent_id"`
	Name     string  `json:"name"`
	Version  int     `json:"version"`
	State    string  `json:"state"`
	Path     []struct {
		Name string `json:"name"`
	} `json:"path"`
	Teams int `json:"teams"`
}

type pageJSON[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

func TestCentresOverHTTP(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	api := c.client(t, everywhere(t))
	body := map[string]any{"parent_id": c.guangdong.ID, "level": "city", "code": "gd-fs", "name": " 佛山客服中心 ", "city": "440600"}
	k := onceKey()
	var made, same centreJSON
	api.Post("/api/centres", body, k...).Want(201).JSON(&made)
	api.Post("/api/centres", body, k...).Want(201).JSON(&same)
	require.Equal(t, made, same, "the same request is answered once")
	require.Equal(t, "佛山客服中心", made.Name)
	api.Post("/api/centres", map[string]any{"parent_id": uuid.New(), "level": "city", "code": "X", "name": "x", "city": "440600"}, onceKey()...).Problem(404, "organization.no_such_centre")
	api.Post("/api/centres", map[string]any{"parent_id": c.guangdong.ID, "level": "city", "code": "!", "name": "", "city": "1"}, onceKey()...).
		Problem(422, "organization.invalid_centre").Field("body.code", "organization.bad_format")

	var full centreJSON
	api.Get("/api/centres/" + made.ID).Want(200).JSON(&full)
	require.Len(t, full.Path, 3)
	api.Send(http.MethodPut, "/api/centres/"+made.ID, map[string]any{"version": 1, "code": "GD-FS", "name": "佛山", "province": "440000", "city": "440600", "time_zone": "Asia/Shanghai"}).Want(200).JSON(&full)
	require.Equal(t, 2, full.Version)
	api.Post("/api/centres/"+made.ID+"/close", map[string]any{"version": 1, "reason": "x"}).Problem(409, "organization.changed_meanwhile")
	api.Post("/api/centres/"+made.ID+"/move", map[string]any{"version": 2, "parent_id": c.fujian.ID}).Problem(409, "organization.other_province")
	api.Post("/api/centres/"+made.ID+"/close", map[string]any{"version": 2, "reason": "撤并"}).Want(200).JSON(&full)
	require.Equal(t, "closed", full.State)
	api.Post("/api/centres/"+made.ID+"/reopen", map[string]any{"version": 3}).Want(200)

	seen := map[string]bool{}
	next := ""
	for {
		var p pageJSON[centreJSON]
		api.Get("/api/centres?limit=2&after=" + next).Want(200).JSON(&p)
		for _, i := range p.Items {
			require.False(t, seen[i.ID])
			seen[i.ID] = true
		}
		if next = p.Next; next == "" {
			break
		}
	}
	require.Len(t, seen, 7)
	var tree pageJSON[centreJSON]
	c.client(t, c.at(t, c.fujian.ID)).Get("/api/centres/tree").Want(200).JSON(&tree)
	require.Len(t, tree.Items, 2)
	c.client(t, c.at(t, c.fujian.ID)).Get("/api/centres/"+made.ID).Problem(404, "organization.no_such_centre")
}

func TestAreasTeamsAndCodesOverHTTP(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	require.NoError(t, c.Prepare(t.Context()))
	api := c.client(t, everywhere(t))
	var area struct {
		ID      string `json:"id"`
		PlaceZH string `json:"place_zh"`
		Version int    `json:"version"`
		Centre  string `json:"centre_name"`
	}
	api.Post("/api/service-areas", map[string]any{"centre_id": c.guangzhou.ID, "service": "hotline", "selector": "area_code", "value": "757"}, onceKey()...).Want(201).JSON(&area)
	require.Equal(t, "佛山市", area.PlaceZH)
	require.Equal(t, "广州客服中心", area.Centre)
	var why struct {
		Served  bool   `json:"served"`
		Centre  string `json:"centre_name"`
		City    string `json:"city"`
		From    string `json:"city_from"`
		Matches []any  `json:"matches"`
	}
	api.Get("/api/service-areas/explain?service=hotline&area_code=0757").Want(200).JSON(&why)
	require.True(t, why.Served)
	require.Equal(t, []any{"广州客服中心", "440600", "area_code", 1}, []any{why.Centre, why.City, why.From, len(why.Matches)})
	api.Get("/api/service-areas/explain?area_code=0757").Problem(422, "http.invalid_request")
	api.Get("/api/service-areas?service=hotline").Want(200)
	api.Get("/api/service-areas?centre_id=x").Problem(422, "http.invalid_request")
	api.Post("/api/service-areas/"+area.ID+"/end", map[string]any{"version": 1}).Want(200)
	api.Get("/api/service-areas/" + area.ID).Want(200)
	api.Post("/api/service-areas", map[string]any{"centre_id": c.fuzhou.ID, "service": "hotline", "selector": "nation"}, onceKey()...).Want(201)

	var team struct {
		ID      string `json:"id"`
		Version int    `json:"version"`
	}
	api.Post("/api/teams", map[string]any{"centre_id": c.guangzhou.ID, "code": "a1", "name": "早班一组", "shift": "early"}, onceKey()...).Want(201).JSON(&team)
	api.Post("/api/teams", map[string]any{"centre_id": c.guangzhou.ID, "code": "A1", "name": "x"}, onceKey()...).Problem(409, "organization.team_code_taken")
	api.Send(http.MethodPut, "/api/teams/"+team.ID, map[string]any{"version": 1, "code": "A1", "name": "早班", "shift": "早", "leader_id": uuid.New()}).
		Problem(422, "organization.invalid_team").Field("body.leader_id", "organization.unknown")
	api.Send(http.MethodPut, "/api/teams/"+team.ID, map[string]any{"version": 1, "code": "A1", "name": "早班", "shift": "早", "leader_id": nil}).Want(200)
	var teams pageJSON[struct {
		Name string `json:"name"`
	}]
	api.Get(fmt.Sprintf("/api/teams?centre_id=%s&below=true&q=%s", c.guangdong.ID, "%E6%97%A9")).Want(200).JSON(&teams)
	require.Len(t, teams.Items, 1)
	c.client(t, c.at(t, c.fujian.ID)).Get("/api/teams/"+team.ID).Problem(404, "organization.no_such_team")
	c.client(t, c.at(t, c.fujian.ID)).Get(fmt.Sprintf("/api/teams?centre_id=%s", c.guangzhou.ID)).Want(200).JSON(&teams)
	require.Empty(t, teams.Items)

	var items pageJSON[struct {
		Code string `json:"code"`
	}]
	api.Get("/api/code-tables/city/items?q=hk").Want(200).JSON(&items)
	require.Equal(t, "460100", items.Items[0].Code)
	api.Get("/api/code-tables/city/items?q=0898&limit=200").Want(200).JSON(&items)
	require.Len(t, items.Items, 19)
	api.Post("/api/code-tables/service/versions", map[string]any{"base_version": 1, "note": "加", "set": []any{map[string]any{"code": "night", "zh": "夜间"}}}, onceKey()...).Want(201)
	api.Get("/api/code-tables/service/difference?from=1&to=2").Want(200)
	api.Get("/api/code-tables/service/versions").Want(200)
	api.Get("/api/code-tables/service/difference/export?from=1&to=2").Want(200)
	api.Get("/api/code-tables/none/difference/export?from=1&to=2").Problem(404, "organization.no_such_code_table")
	api.Get("/api/code-tables/none/versions/export").Problem(404, "organization.no_such_code_table")
	api.Get("/api/code-tables/none/items").Problem(404, "organization.no_such_code_table")
	for _, path := range []string{"/api/centres", "/api/teams", "/api/service-areas", "/api/code-tables/city"} {
		file := api.Get(path + "/export?lang=en").Want(200)
		require.Equal(t, httpapi.TypeXLSX, file.Header.Get("Content-Type"), path)
		var report struct{ Same, Rows, Rejected int }
		api.Post(path+"/import?dry_run=true", file.Body, "Content-Type", "application/octet-stream").Want(200).JSON(&report)
		require.Equal(t, report.Rows, report.Same, path)
	}
	api.Post("/api/centres/import", []byte("no workbook"), "Content-Type", "application/octet-stream").Problem(422, "sheet.not_a_workbook")
}

func TestHostileTextComesBackAsItWasOrIsRefusedByItsField(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	kept := 0
	version := c.guangzhou.Version
	for i, text := range hostile.Strings() {
		want := strings.TrimSpace(text)
		u := update(c.guangzhou)
		u.Version, u.Name = version, text
		got, err := c.UpdateCentre(ctx, c.guangzhou.ID, u)
		if want == "" || utf8.RuneCountInString(want) > 100 || !utf8.ValidString(want) || strings.ContainsRune(want, 0) {
			require.Contains(t, fieldsOf(t, err), "body.name", "%q", text)
		} else {
			require.NoError(t, err, "%q", text)
			version = got.Version
			read, err := c.Centre(ctx, c.guangzhou.ID)
			require.NoError(t, err)
			require.Equal(t, want, read.Name)
			kept++
		}
		if _, err := c.CreateTeam(ctx, nil, organization.NewTeam{Centre: c.guangzhou.ID, Code: text, Name: "x"}); err != nil && faultCode(t, err) != organization.ErrTeamCode.Code {
			require.Equal(t, []string{"body.code"}, fieldsOf(t, err), "%q", text)
		}
		if i%10 == 0 { // every field once in a while: each change makes a version
			s := spec(c.guangzhou.ID, organization.ByCalled, fmt.Sprintf("1%05d", i))
			s.Note = text
			if a, err := c.CreateArea(ctx, nil, s); err == nil {
				seen, err := c.Area(ctx, a.ID)
				require.NoError(t, err)
				require.Equal(t, want, seen.Note)
			} else {
				require.Equal(t, []string{"body.note"}, fieldsOf(t, err), "%q", text)
			}
			s.Note, s.Service = "", text
			_, err := c.CreateArea(ctx, nil, s)
			require.Equal(t, []string{"body.service"}, fieldsOf(t, err))
		}
		_, err = c.FindCentres(ctx, organization.CentreFilter{Find: text})
		require.NoError(t, err)
	}
	require.Greater(t, kept, 300, "most of it is text like any other")
}

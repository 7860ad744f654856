package organization_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/privacy"
	"yingda/internal/platform/sheet"
)

// serve gives a client whose requests are who's.
func (c *country) serve(t testing.TB, who context.Context) *httpapitest.Client {
	t.Helper()
	a := httpapi.New(httpapi.Config{
		Version: "test", Logger: slog.New(slog.DiscardHandler), Clock: c.clock, Pool: c.pool,
		Guard:    func(r *http.Request) (context.Context, error) { return actor.With(r.Context(), actor.From(who)), nil },
		OnReveal: func(context.Context, privacy.Revelation) error { return nil },
	})
	c.RegisterStaffAPI(a)
	return httpapitest.New(t, a)
}

func key() (string, string) { return "Idempotency-Key", uuid.NewString() }

func post(c *httpapitest.Client, path string, body any) *httpapitest.Response {
	name, value := key()
	return c.Post(path, body, name, value)
}

type object = map[string]any

func TestStaffOverHTTP(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	web := c.serve(t, everywhere(t))
	team := c.team(t, c.guangzhou.ID, "A")
	body := object{"number": "gz1", "name": "王芳", "centre_id": c.guangzhou.ID, "team_id": team.ID, "post_id": nil, "mobile": "15412345678", "email": "wang@example.com", "joined_on": "2026-01-05"}
	var made struct{ ID string }
	name, value := key()
	web.Post("/api/staff", body, name, value).Want(201).JSON(&made)
	var again struct{ ID string }
	web.Post("/api/staff", body, name, value).Want(201).JSON(&again)
	require.Equal(t, made, again, "a repeated request makes nobody twice")
	post(web, "/api/staff", body).Problem(409, "organization.number_taken").Field("body.number", "organization.number_taken")
	p := post(web, "/api/staff", object{"number": "!", "name": "x", "centre_id": c.guangzhou.ID, "mobile": "1", "joined_on": "soon"})
	problem := p.Problem(422, "organization.invalid_staff")
	problem.Field("body.number", "organization.bad_format")
	problem.Field("body.mobile", "organization.bad_format")
	problem.Field("body.joined_on", "organization.bad_format")

	var page struct {
		Items []object
		Next  string
	}
	web.Get("/api/staff?centre=" + c.guangdong.ID.String() + "&q=wf&state=active").Want(200).JSON(&page)
	require.Len(t, page.Items, 1)
	require.Equal(t, []any{"GZ1", "154****5678", "w***@example.com", "广州客服中心", nil, ""},
		[]any{page.Items[0]["number"], page.Items[0]["mobile"], page.Items[0]["email"], page.Items[0]["centre_name"], page.Items[0]["post_id"], page.Items[0]["class"]})
	web.Get("/api/staff?state=away").Problem(422, "http.invalid_request")
	web.Get("/api/staff?centre=x").Problem(422, "http.invalid_request")

	path := "/api/staff/" + made.ID
	var one object
	web.Get(path).Want(200).JSON(&one)
	require.Len(t, one["path"], 3)
	require.Nil(t, one["acknowledged_at"])
	web.Send(http.MethodPut, path, object{"version": 1, "name": "王方", "joined_on": "2026-01-05"}).Want(200).JSON(&one)
	require.Equal(t, "154****5678", one["mobile"])
	require.InEpsilon(t, 2, one["version"], 0)
	web.Send(http.MethodPut, path, object{"version": 1, "name": "王放"}).Problem(409, "organization.changed_meanwhile")
	web.Post(path+"/reveal", object{"reason": ""}).Problem(422, "organization.invalid_staff").Field("body.reason", "organization.required")
	web.Post(path+"/reveal", object{"reason": "紧急联系"}).Want(200).JSON(&one)
	require.Equal(t, "15412345678", one["mobile"])
	web.Post(path+"/suspend", object{"version": 2, "reason": "停职"}).Want(200).JSON(&one)
	require.Equal(t, "suspended", one["state"])
	web.Post(path+"/reinstate", object{"version": 3, "reason": "复职"}).Want(200)
	c.clock.Advance(time.Second)
	web.Post("/api/staff/move", object{"staff": []object{{"id": made.ID, "version": 4}}, "centre_id": c.shenzhen.ID, "reason": "支援"}).Want(204)
	web.Post(path+"/leave", object{"version": 5, "left_on": "2020-01-01", "reason": "x"}).Problem(422, "organization.invalid_staff").Field("body.left_on", "organization.before_joining")
	var history struct{ Items []object }
	web.Get(path + "/history?limit=2").Want(200).JSON(&history)
	require.Equal(t, "organization.staff.move", history.Items[0]["action"])
	web.Get("/api/staff/"+uuid.NewString()).Problem(404, "organization.no_such_staff")

	far := c.serve(t, c.at(t, c.fujian.ID))
	far.Get(path).Problem(404, "organization.no_such_staff")
	far.Get(path+"/history").Problem(404, "organization.no_such_staff")
	far.Get("/api/staff?centre=" + c.guangzhou.ID.String()).Want(200).JSON(&page)
	require.Empty(t, page.Items)
}

func TestPagesOfStaffFollowEachOther(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	web := c.serve(t, everywhere(t))
	for i := range 5 {
		c.staff(t, fmt.Sprintf("10%02d", i), "王芳", c.guangzhou.ID)
	}
	var page struct {
		Items []struct{ Number string }
		Next  string
	}
	web.Get("/api/staff?limit=3").Want(200).JSON(&page)
	require.Len(t, page.Items, 3)
	after := page.Next
	web.Get("/api/staff?limit=3&after=" + after).Want(200).JSON(&page)
	require.Equal(t, "1003", page.Items[0].Number)
	require.Empty(t, page.Next)
	web.Get("/api/staff?limit=3&q=1&after="+after).Problem(422, "http.invalid_request")
}

func TestPostsAndDescriptionsOverHTTP(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	holder := c.staff(t, "1001", "王芳", c.guangzhou.ID)
	writer, boss := c.serve(t, person(t, "9001", "甲", organization.StaffID{})), c.serve(t, person(t, "9002", "乙", organization.StaffID{}))
	me := c.serve(t, person(t, holder.Number, holder.Name, holder.ID))
	var made struct{ ID string }
	post(writer, "/api/posts", object{"code": "AGENT", "name_zh": "客服代表", "name_en": "Agent", "class": "front"}).Want(201).JSON(&made)
	writer.Send(http.MethodPut, "/api/staff/"+holder.ID.String(), object{"version": 1, "name": "王芳", "post_id": made.ID}).Want(200)
	me.Get("/api/me/job-description").Problem(404, "organization.no_own_description")

	path := "/api/posts/" + made.ID
	text := object{"version": 0, "duties": "# 职责", "authority": "a", "subordinates": "b", "qualifications": "c", "reports_to": nil}
	var d struct {
		ID      string
		Version int
		Authors []string
	}
	writer.Send(http.MethodPut, path+"/draft", text).Want(200).JSON(&d)
	require.Equal(t, []string{"9001"}, d.Authors)
	writer.Post(path+"/issue", object{"version": 1}).Problem(403, "organization.own_work")
	boss.Post(path+"/issue", object{"version": 7}).Problem(409, "organization.changed_meanwhile")
	boss.Post(path+"/issue", object{"version": 1, "comment": "同意"}).Want(200).JSON(&d)
	boss.Send(http.MethodDelete, path+"/draft?version=1", nil).Problem(404, "organization.no_such_description")
	boss.Post(path+"/review", object{"version": 2}).Want(200)

	var own struct {
		Description    struct{ ID string }
		AcknowledgedAt *string `json:"acknowledged_at"`
	}
	me.Get("/api/me/job-description").Want(200).JSON(&own)
	require.Nil(t, own.AcknowledgedAt)
	var page struct{ Items []object }
	boss.Get(path + "/acknowledgements?missing=true").Want(200).JSON(&page)
	require.Len(t, page.Items, 1)
	me.Post("/api/me/job-description/acknowledge", object{"description_id": own.Description.ID}).Want(200)
	me.Get("/api/me/job-description").Want(200).JSON(&own)
	require.NotNil(t, own.AcknowledgedAt)
	boss.Get(path + "/acknowledgements?missing=true").Want(200).JSON(&page)
	require.Empty(t, page.Items)
	boss.Get("/api/posts?class=front").Want(200).JSON(&page)
	require.Equal(t, []any{1.0, 1.0, 1.0, false}, []any{page.Items[0]["issued_edition"], page.Items[0]["holders"], page.Items[0]["acknowledged"], page.Items[0]["due"]})
	boss.Get(path + "/descriptions").Want(200)
	writer.Send(http.MethodPut, path, object{"version": 1, "name_zh": "客服", "name_en": "Agent", "class": "front", "review_months": 6, "state": "closed"}).Problem(409, "organization.post_in_use")
}

func TestSkillsOverHTTP(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	web := c.serve(t, everywhere(t))
	a := c.staff(t, "1001", "王芳", c.guangzhou.ID)
	var made struct{ ID string }
	post(web, "/api/skills", object{"code": "VIP", "name": "大客户", "kind": "customer", "description": ""}).Want(201).JSON(&made)
	web.Post("/api/staff-skills/grant", object{"skill_id": made.ID, "staff_ids": []any{a.ID}, "level": 8, "valid_until": "2099-12-31"}).Want(204)
	web.Post("/api/staff-skills/grant", object{"skill_id": made.ID, "staff_ids": []any{a.ID}, "level": 10}).Problem(422, "http.invalid_request")
	var page struct {
		Items []struct {
			Number string
			Held   []struct {
				Level int
				Valid bool
			}
		}
	}
	web.Get("/api/staff-skills?skill=" + made.ID + "&level=8").Want(200).JSON(&page)
	require.Equal(t, 8, page.Items[0].Held[0].Level)
	require.True(t, page.Items[0].Held[0].Valid)
	var skills struct{ Items []object }
	web.Get("/api/skills?kind=customer").Want(200).JSON(&skills)
	require.InEpsilon(t, 1, skills.Items[0]["holders"], 0)
	web.Get("/api/staff-skills/expiring?days=366").Want(200)
	web.Send(http.MethodPut, "/api/skills/"+made.ID, object{"version": 1, "name": "大客户服务", "kind": "customer", "description": "d", "state": "active"}).Want(200)
	web.Post("/api/staff-skills/withdraw", object{"skill_id": made.ID, "staff_ids": []any{a.ID}, "reason": "x"}).Want(204)
}

// fileOf writes rows of staff as a file.
func fileOf(t testing.TB, table sheet.Table, rows ...[]any) []byte {
	t.Helper()
	for i, r := range rows {
		rows[i] = append(r, make([]any, len(table.Columns)-len(r))...)
	}
	var b bytes.Buffer
	require.NoError(t, table.Write(&b, sheet.English, sheet.Rows(rows...)))
	return b.Bytes()
}

var staffFile = sheet.Table{Key: "staff", EN: "Staff", Columns: []sheet.Column{
	{Key: "number", EN: "number"}, {Key: "name", EN: "name"}, {Key: "centre", EN: "centre"}, {Key: "team", EN: "team"}, {Key: "post", EN: "post"}, {Key: "mobile", EN: "mobile"}, {Key: "joined_on", EN: "joined_on"},
}}

func TestAnExportComesBackAsNoChange(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	web := c.serve(t, everywhere(t))
	team, agent := c.team(t, c.guangzhou.ID, "A"), c.post(t, "AGENT", organization.Front)
	for i := range 3 {
		_, err := c.CreateStaff(everywhere(t), nil, organization.NewStaff{
			Number: fmt.Sprintf("100%d", i), Name: "=1+1 王芳", Centre: c.guangzhou.ID, Team: team.ID, Post: agent.ID, Mobile: "15412345678", Email: "w@example.com", JoinedOn: "2026-02-03",
		})
		require.NoError(t, err)
	}
	c.staff(t, "2001", "林涛", c.fuzhou.ID)
	for _, lang := range []string{"zh-CN", "en"} {
		file := web.Get("/api/staff/export?lang=" + lang).Want(200)
		require.Equal(t, httpapi.TypeXLSX, file.Header.Get("Content-Type"))
		report, err := c.ImportStaff(everywhere(t), file.Body, false)
		require.NoError(t, err)
		require.Equal(t, []int{4, 4, 0, 0}, []int{report.Rows, report.Same, report.Update, report.Rejected}, "%+v", report.Lines)
	}
	require.Equal(t, 2, c.audited(t, "organization.staff.export"))
	require.Zero(t, c.audited(t, "organization.staff.update"))

	c.skill(t, "VIP")
	for _, path := range []string{"/api/posts", "/api/skills"} {
		file := web.Get(path + "/export?lang=en").Want(200)
		var report sheet.Report
		web.Send(http.MethodPost, path+"/import?dry_run=false", file.Body, "Content-Type", httpapi.TypeXLSX).Want(200).JSON(&report)
		require.Zero(t, report.Create+report.Update+report.Rejected)
	}
	require.NotEmpty(t, web.Get("/api/staff-skills/export").Want(200).Body)
	require.NotEmpty(t, web.Get("/api/staff/import-template?lang=en").Want(200).Body)
}

func TestAFileIsTakenWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	web := c.serve(t, c.at(t, c.guangdong.ID))
	c.team(t, c.guangzhou.ID, "A")
	c.post(t, "AGENT", organization.Front)
	known := c.staff(t, "1001", "王芳", c.guangzhou.ID)
	c.staff(t, "2001", "林涛", c.fuzhou.ID)
	send := func(dry string, rows ...[]any) (report sheet.Report) {
		web.Send(http.MethodPost, "/api/staff/import?dry_run="+dry, fileOf(t, staffFile, rows...), "Content-Type", httpapi.TypeXLSX).Want(200).JSON(&report)
		return report
	}
	good := [][]any{
		{"1001", "王方", "GD-SZ", nil, "AGENT", known.Mobile.Masked(), "2026-03-01"},
		{"gz9", "新人", "gd-gz", "a", nil, "15487654321", nil},
	}
	bad := append(good, []any{"2001", "抢人", "GD-GZ"}, []any{"GZ9", "重复", "GD-GZ"}, []any{"x y", "", "FJ"}, []any{"GZ10", "新人", "GD-GZ", "NONE", "NONE", "call me", "yesterday"})
	report := send("false", bad...)
	require.Equal(t, []int{6, 4, 1, 1}, []int{report.Rows, report.Rejected, report.Create, report.Update})
	problems := map[int][]string{}
	for _, l := range report.Lines {
		for _, p := range l.Problems {
			problems[l.Line] = append(problems[l.Line], p.Column+" "+p.Code)
		}
	}
	require.Equal(t, map[int][]string{
		4: {"number organization.number_taken"},
		5: {"number organization.twice"},
		6: {"name sheet.required", "number organization.bad_format", "centre organization.unknown"},
		7: {"team organization.unknown", "post organization.unknown", "mobile organization.bad_format", "joined_on organization.bad_format"},
	}, problems)
	require.Equal(t, []string{"1001"}, c.list(t, c.at(t, c.guangdong.ID), organization.StaffFilter{}), "nothing was taken")

	report = send("true", good...)
	require.True(t, report.DryRun)
	require.Equal(t, []string{"name", "centre", "post", "joined_on"}, report.Lines[0].Changes, "the masked number is the number that is there")
	require.Equal(t, []string{"1001"}, c.list(t, everywhere(t), organization.StaffFilter{Centre: c.guangdong.ID}))
	report = send("false", good...)
	require.Equal(t, []int{1, 1, 0}, []int{report.Create, report.Update, report.Rejected})
	got, err := c.GetStaff(everywhere(t), known.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"王方", "15412345678"}, []string{got.Name, got.Mobile.Plain()})
	require.Equal(t, []string{"GZ9"}, c.list(t, everywhere(t), organization.StaffFilter{Query: "xr"}), "found by the initials of its name")
	require.Equal(t, 1, c.audited(t, "organization.staff.update"))
	require.Equal(t, 3, c.audited(t, "organization.staff.create"))

	web.Send(http.MethodPost, "/api/staff/import", []byte("no workbook"), "Content-Type", httpapi.TypeXLSX).Problem(422, "sheet.not_a_workbook")
}

func TestFiveThousandRowsAreTakenAtOnce(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	rows := make([][]any, 5000)
	for i := range rows {
		rows[i] = []any{fmt.Sprintf("N%05d", i), "王芳", "GD-GZ"}
	}
	report, err := c.ImportStaff(everywhere(t), fileOf(t, staffFile, rows...), false)
	require.NoError(t, err)
	require.Equal(t, 5000, report.Create)
	for i := range rows {
		rows[i][1] = "王方"
	}
	report, err = c.ImportStaff(everywhere(t), fileOf(t, staffFile, rows...), false)
	require.NoError(t, err)
	require.Equal(t, 5000, report.Update)
	require.Equal(t, 5000, c.audited(t, "organization.staff.update"))
	require.Equal(t, 10000, c.told(t, "organization.staff.changed"))
}

func BenchmarkStaffList(b *testing.B) {
	c := newCountry(b)
	ctx := everywhere(b)
	names, centres := []string{"王芳", "张三", "欧阳静", "李小明", "陈晨", "林涛", "单晓明"}, []organization.CentreID{c.guangzhou.ID, c.shenzhen.ID, c.fuzhou.ID}
	list := make([]organization.NewStaff, 50_000)
	for i := range list {
		list[i] = organization.NewStaff{Number: fmt.Sprintf("L%07d", i), Name: names[i%len(names)], Centre: centres[i*7%len(centres)]}
	}
	require.NoError(b, postgres.InTx(ctx, c.pool, func(ctx context.Context, tx pgx.Tx) error {
		_, err := c.SeedStaff(ctx, tx, list)
		return err
	}))
	_, err := c.pool.Exec(ctx, `ANALYZE organization.staff`)
	require.NoError(b, err)
	reader := c.at(b, c.guangdong.ID)
	for name, f := range map[string]organization.StaffFilter{
		"first": {}, "middle": {After: "L0025000"}, "name": {Query: "王芳"}, "initials": {Query: "zs"}, "nobody": {Query: "zzzzz"}, "number": {Query: "L00499"},
		"suspended": {State: organization.StaffSuspended}, "city": {Centre: c.shenzhen.ID}, "one character": {Query: "芳"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := c.ListStaff(reader, f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

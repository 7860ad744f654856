package numbering_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/numbering"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/outbox/outboxtest"
	"yingda/internal/platform/sheet"
)

// client asks over HTTP as somebody of national scope.
func (c *country) client(t *testing.T) *httpapitest.Client {
	t.Helper()
	api := httpapi.New(httpapi.Config{
		Logger: quiet, Clock: c.clock, Pool: c.pool, CursorKey: []byte("k"),
		Guard: func(r *http.Request) (context.Context, error) {
			return actor.With(r.Context(), as(actor.National())), nil
		},
		Permit: func(ctx context.Context, p string) error {
			_, err := actor.Allow(ctx, actor.Permission(p))
			return err
		},
	})
	c.RegisterAPI(api)
	return httpapitest.New(t, api)
}

type calledAnswer struct {
	ID, Number, Pattern, Name string
	Version                   int
	Editable                  bool
}

func TestCalledNumbersOverHTTP(t *testing.T) {
	t.Parallel()
	c := setup(t)
	api := c.client(t)
	body := map[string]any{
		"number": "400 123 4567", "match": "number", "name": "客服热线", "kind": "nation_line", "service": "hotline", "centre_id": c.nation.ID.String(),
		"province": "", "city": "", "merge_method": "", "transfer_to": "", "trunk_group": "", "note": "", "state": "active",
	}
	key := uuid.NewString()
	var made, again calledAnswer
	api.Post("/api/called-numbers", body, "Idempotency-Key", key).Want(201).JSON(&made)
	require.Equal(t, "400 123 4567", made.Number)
	require.Equal(t, "4001234567", made.Pattern)
	api.Post("/api/called-numbers", body, "Idempotency-Key", key).Want(201).JSON(&again)
	require.Equal(t, made.ID, again.ID)
	api.Post("/api/called-numbers", body, "Idempotency-Key", uuid.NewString()).Problem(409, "numbering.called_number_taken")
	body["number"], body["transfer_to"] = "abc", "x"
	api.Post("/api/called-numbers", body, "Idempotency-Key", uuid.NewString()).Problem(422, "numbering.invalid_called_number").
		Field("body.number", "letters").Field("body.transfer_to", "letters")

	body["number"], body["transfer_to"], body["name"], body["version"] = "4001234567", "", "全国热线", 1
	api.Send(http.MethodPut, "/api/called-numbers/"+made.ID, body).Want(200).JSON(&made)
	require.Equal(t, 2, made.Version)
	body["name"] = "迟到的修改"
	api.Send(http.MethodPut, "/api/called-numbers/"+made.ID, body).Problem(409, "numbering.changed_meanwhile")
	api.Get("/api/called-numbers/" + made.ID).Want(200).JSON(&made)
	require.True(t, made.Editable)
	api.Get("/api/called-numbers/01930000-0000-7000-8000-000000000000").Problem(404, "numbering.no_such_called_number")
	var list httpapi.Page[calledAnswer]
	api.Get("/api/called-numbers?q=400&limit=1").Want(200).JSON(&list)
	require.Len(t, list.Items, 1)
	file := api.Get("/api/called-numbers/export?lang=en&kind=nation_line").Want(200)
	require.Equal(t, sheet.ContentType, file.Header.Get("Content-Type"))
	var report sheet.Report
	api.Post("/api/called-numbers/import?dry_run=true", file.Body, "Content-Type", "application/octet-stream").Want(200).JSON(&report)
	require.Equal(t, 1, report.Same)
	require.True(t, report.DryRun)
}

func TestTryingOutOverHTTPMasksTheCaller(t *testing.T) {
	t.Parallel()
	c := setup(t)
	c.create(t, c.line("96800"))
	answer := c.client(t).Post("/api/called-numbers/try", map[string]any{"called": "96800", "caller": "138 1234 5678", "area_code": "0755"}).Want(200)
	require.NotContains(t, string(answer.Body), "12345678")
	var got struct {
		Known  bool
		Centre struct{ Name string }
		Caller struct{ Number, Kind string }
		Called struct{ Number string }
		Place  struct{ City, From string }
		Areas  []struct{ Selector string }
	}
	answer.JSON(&got)
	require.Equal(t, "广州客服中心", got.Centre.Name)
	require.Equal(t, "mobile", got.Caller.Kind)
	require.Equal(t, "trunk", got.Place.From)
	require.Equal(t, "440300", got.Place.City)
	require.Equal(t, "city", got.Areas[0].Selector)
}

func TestSegmentsAndPortedNumbersOverHTTP(t *testing.T) {
	t.Parallel()
	c := setup(t)
	api := c.client(t)
	var v struct {
		Number int
		State  string
	}
	api.Post("/api/number-segments/import?name=x&file_name=a.csv", file(1540000, 5, "甲"), "Content-Type", "application/octet-stream").Want(202).JSON(&v)
	require.Equal(t, "reading", v.State)
	require.NoError(t, c.ReadFile(everywhere(t), int32(v.Number)))
	var d struct {
		InUse      int `json:"in_use"`
		Difference numbering.Difference
	}
	api.Get("/api/number-segments/versions/1/difference").Want(200).JSON(&d)
	require.Equal(t, numbering.Difference{Added: 5}, d.Difference)
	var changes httpapi.Page[struct{ Segment, Act string }]
	api.Get("/api/number-segments/versions/1/changes?limit=3").Want(200).JSON(&changes)
	require.Equal(t, "1540000", changes.Items[0].Segment)
	require.NotEmpty(t, changes.Next)
	api.Get("/api/number-segments/versions/1/changes?limit=3&after=" + changes.Next).Want(200).JSON(&changes)
	require.Len(t, changes.Items, 2)
	api.Post("/api/number-segments/versions/1/activate", map[string]any{"based_on": 7}).Problem(409, "numbering.other_version_in_use")
	api.Post("/api/number-segments/versions/1/activate", map[string]any{"based_on": 0, "reason": "首次"}).Want(204)
	api.Post("/api/number-segments/versions/9/cancel", nil).Problem(404, "numbering.no_such_segment_version")
	var tables numbering.Tables
	api.Get("/api/number-segments/tables").Want(200).JSON(&tables)
	require.Equal(t, 5, tables.Segments)
	require.Greater(t, tables.Areas, 250)
	require.Equal(t, sheet.ContentType, api.Get("/api/number-segments/template").Want(200).Header.Get("Content-Type"))

	var p struct {
		ID, Number string
		Version    int
	}
	api.Post("/api/ported-numbers", map[string]any{"number": "15400000001", "operator": "乙"}, "Idempotency-Key", uuid.NewString()).Want(201).JSON(&p)
	require.Equal(t, "+86154****0001", p.Number)
	require.NotContains(t, string(api.Get("/api/ported-numbers?begin=154").Want(200).Body), "15400000001")
	api.Send(http.MethodPut, "/api/ported-numbers/"+p.ID, map[string]any{"operator": "丙", "version": 1}).Want(200).JSON(&p)
	require.Equal(t, 2, p.Version)
	api.Delete("/api/ported-numbers/"+p.ID+"?version=1").Problem(409, "numbering.changed_meanwhile")
	api.Delete("/api/ported-numbers/" + p.ID + "?version=2").Want(204)
}

func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	outboxtest.Golden(t, numbering.Topics()...)
}

func TestHealthSaysWhenNumbersAreNotKnown(t *testing.T) {
	t.Parallel()
	c := setup(t)
	codes := func(s *numbering.Service) []string {
		var found []string
		for _, f := range s.Health().Check(t.Context()) {
			found = append(found, f.Warning.Code)
		}
		return found
	}
	require.Empty(t, codes(c.Service))
	c.clock.Advance(days(1))
	require.Equal(t, []string{"numbering.stale"}, codes(c.Service))
	require.NoError(t, c.Refresh(t.Context()))
	_, err := c.ImportSegments(everywhere(t), "x", "", file(1540000, 1, "甲"))
	require.NoError(t, err)
	c.clock.Advance(days(1))
	require.NoError(t, c.Refresh(t.Context()))
	require.Equal(t, []string{"numbering.reading_stuck"}, codes(c.Service))
	fresh := numbering.New(numbering.Config{Pool: c.pool, Organization: c.organization, Blobs: c.blobs, Clock: c.clock})
	require.Contains(t, codes(fresh), "numbering.not_loaded")
}

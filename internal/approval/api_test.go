package approval_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"yingda/internal/actor"
	"yingda/internal/approval"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/sheet"
)

// serve gives a client of the API; the header X-As says who of people asks.
func (b *bundle) serve(t *testing.T, people map[string]context.Context) *httpapitest.Client {
	t.Helper()
	api := httpapi.New(httpapi.Config{Version: "test", Logger: slog.New(slog.DiscardHandler), Clock: b.clock, Guard: func(r *http.Request) (context.Context, error) {
		who, ok := people[r.Header.Get("X-As")]
		if !ok {
			return nil, actor.ErrUnauthenticated
		}
		return actor.With(r.Context(), actor.From(who)), nil
	}})
	b.RegisterAPI(api)
	return httpapitest.New(t, api)
}

func TestTheInboxByHTTP(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asker := somebody(t, "李明", actor.Scope{})
	boss := somebody(t, "王芳", b.at(b.province), decidePlan, approval.RequestRead)
	c := b.serve(t, map[string]context.Context{"asker": asker, "boss": boss})
	one, two := b.ask(t, asker, kindPlan, "一"), b.ask(t, asker, kindGrave, "二")

	var page struct {
		Items []struct{ ID, Label, KindZH string }
		Next  string
	}
	c.Get("/api/approvals?limit=1", "X-As", "boss").Want(200).JSON(&page)
	require.Len(t, page.Items, 1)
	require.Equal(t, two.String(), page.Items[0].ID)
	c.Get("/api/approvals?limit=1&after="+page.Next, "X-As", "boss").Want(200).JSON(&page)
	require.Equal(t, one.String(), page.Items[0].ID)
	require.Empty(t, page.Next)
	c.Get("/api/approvals?box=all", "X-As", "asker").Problem(403, "actor.denied")
	c.Get("/api/approvals").Problem(401, "actor.unauthenticated")

	var counts map[string]int
	c.Get("/api/approvals/count", "X-As", "boss").Want(200).JSON(&counts)
	require.Equal(t, map[string]int{"to_decide": 2, "mine": 0}, counts)

	var full struct {
		MayDecide   bool   `json:"may_decide"`
		MayWithdraw bool   `json:"may_withdraw"`
		WhyNot      string `json:"why_not"`
		State       string
		Details     []map[string]string
	}
	c.Get("/api/approvals/"+one.String(), "X-As", "asker").Want(200).JSON(&full)
	require.False(t, full.MayDecide)
	require.True(t, full.MayWithdraw)
	require.Equal(t, "approval.not_decider", full.WhyNot)
	require.Len(t, full.Details, 1)

	var bulk struct {
		Outcomes []struct {
			Done bool
			Code string
		}
	}
	c.Post("/api/approvals/decide", map[string]any{"ids": []any{two, one}, "approve": true, "comment": ""}, "X-As", "boss").Want(200).JSON(&bulk)
	require.Equal(t, "approval.not_in_bulk", bulk.Outcomes[0].Code)
	require.True(t, bulk.Outcomes[1].Done)
	c.Post("/api/approvals/"+one.String()+"/decide", map[string]any{"approve": true, "comment": ""}, "X-As", "boss").Problem(409, "approval.already_decided")
	c.Post("/api/approvals/"+two.String()+"/remarks", map[string]any{"text": "<script>alert(1)</script>"}, "X-As", "boss").Want(200)
	c.Post("/api/approvals/"+two.String()+"/decide", map[string]any{"approve": false, "comment": ""}, "X-As", "boss").Problem(422, "approval.invalid_decision")
	c.Post("/api/approvals/"+two.String()+"/withdraw", map[string]any{"comment": "算了"}, "X-As", "asker").Want(200).JSON(&full)
	require.Equal(t, "withdrawn", full.State)
	c.Get("/api/approvals/kinds", "X-As", "asker").Want(200)
}

func TestTheExportHoldsWhatTheListHoldsAndIsAudited(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asker := somebody(t, "李明", actor.Scope{})
	boss := somebody(t, "王芳", b.at(b.province), decidePlan, approval.RequestRead)
	c := b.serve(t, map[string]context.Context{"asker": asker, "boss": boss})
	b.ask(t, asker, kindPlan, "=1+1")
	file := c.Get("/api/approvals/export?box=all&lang=en", "X-As", "boss").Want(200)
	require.Equal(t, sheet.ContentType, file.Header.Get("Content-Type"))
	book, err := excelize.OpenReader(bytes.NewReader(file.Body))
	require.NoError(t, err)
	rows, err := book.GetRows(book.GetSheetName(0))
	require.NoError(t, err)
	require.NoError(t, book.Close())
	require.Len(t, rows, 2)
	require.Equal(t, []string{"Plan", "方案 =1+1", "1001", "李明", "月度调整"}, rows[1][1:6])
	require.Equal(t, "open", rows[1][7])
	require.Equal(t, 1, b.count(t, `SELECT count(*) FROM audit.entry WHERE action = 'approval.request.export'`))
	c.Get("/api/approvals/export?box=all", "X-As", "asker").Problem(403, "actor.denied")
	require.Equal(t, 1, b.count(t, `SELECT count(*) FROM audit.entry WHERE action = 'approval.request.export'`))
}

package httpapitest_test

import (
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/httpapi/live"
	"yingda/internal/platform/lifecycle/lifecycletest"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

func TestAClientSpeaksJSONProblemsAndLive(t *testing.T) {
	t.Parallel()
	quiet := slog.New(slog.DiscardHandler)
	hub := live.New(live.Config{Logger: quiet, Clock: clock.System()})
	require.NoError(t, hub.Start(t.Context()))
	api := httpapi.New(httpapi.Config{Logger: quiet, Clock: clock.System()})
	api.Mount("GET /api/live", httpapi.SignedIn, hub)
	api.Mount("POST /api/refuse", httpapi.SignedIn, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		httpapi.Fail(w, r, fault.New(fault.Invalid, "test.refused", "refused").WithFields(fault.Field{Location: "body.a", Code: "b", Message: "c"}))
	}))
	c := httpapitest.New(t, api)
	c.Post("/api/refuse", nil).Problem(422, "test.refused").Field("body.a", "b")
	var doc struct{ OpenAPI string }
	c.Get("/openapi.json").Want(200).JSON(&doc)
	require.Equal(t, "3.1.0", doc.OpenAPI)

	tab := c.Live()
	tab.Want("snapshot")
	require.NoError(t, hub.Broadcast("t", 1))
	tab.Drop()
	tab.Reconnect()
	require.True(t, tab.Hello.Resumed)
	require.Equal(t, "1", string(tab.Want("event").Data))
	tab.Drop()
	require.NoError(t, hub.Stop(t.Context()))
}

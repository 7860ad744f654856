package httpapi_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/httpapi"
)

// FuzzBody throws bodies at a route: the answer is the created thing or a complete problem of the
// client's, never a failure of the server.
func FuzzBody(f *testing.F) {
	for _, s := range []string{
		`{"title":"a"}`, `{"title":7,"x":{"y":[1,2]}}`, `{"title":"a","count":1e400}`, `{"title":"a","count":99999999999999999999}`,
		`[]`, `null`, `{`, "\xff", `{"title":"\ud800"}`, `{"a.b":1,"c[0]":2,"title":{}}`, `{"title":"a","at":"2026-13-01T00:00:00Z"}`,
		`{"title":"\u0000"}`, strings.Repeat("[", 300), `{"title":"a","title":"b"}`, `{"":0}`, `{"title":"a","tags":[[]]}`,
	} {
		f.Add(s)
	}
	api := httpapi.New(httpapi.Config{Logger: slog.New(slog.DiscardHandler), Clock: clock.System()})
	registerNotes(&bundle{api: api})
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "http://localhost/api/notes", strings.NewReader(body))
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		require.True(t, json.Valid(w.Body.Bytes()))
		if w.Code == http.StatusCreated {
			return
		}
		require.GreaterOrEqual(t, w.Code, 400)
		require.Less(t, w.Code, 500)
		var p httpapi.Problem
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
		require.Equal(t, w.Code, p.Status)
		require.NotEmpty(t, p.Code)
		require.LessOrEqual(t, len(p.Errors), 50)
		for _, e := range p.Errors {
			require.True(t, strings.HasPrefix(e.Location, "body"), e.Location)
			require.LessOrEqual(t, len(e.Location), 210)
			require.NotEmpty(t, e.Code)
			require.NotContains(t, e.Message+e.Code, "\x00")
			require.NotEqual(t, "invalid", e.Code, "an untranslated message: %+v", e)
		}
		if p.Code == "http.invalid_request" {
			require.NotEmpty(t, p.Errors)
		}
	})
}

// FuzzQuery throws paths and queries at the router.
func FuzzQuery(f *testing.F) {
	f.Add("/api/notes/7", "lang=fr")
	f.Add("/api/notes/0190c0de-0000-7000-8000-000000000000", "big=1&lang=en")
	f.Add("/api//notes", "%zz")
	f.Add("/api/notes/..", "a=%00&b")
	api := httpapi.New(httpapi.Config{Logger: slog.New(slog.DiscardHandler), Clock: clock.System()})
	registerNotes(&bundle{api: api})
	f.Fuzz(func(t *testing.T, path, query string) {
		r := httptest.NewRequest(http.MethodGet, "http://localhost/", nil)
		r.RemoteAddr = "127.0.0.1:1"
		r.URL.Path, r.URL.RawQuery = path, query
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		require.Less(t, w.Code, 500, "%s?%s: %s", path, query, w.Body)
		if w.Code >= 400 && path != "/healthz" {
			require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
		}
	})
}

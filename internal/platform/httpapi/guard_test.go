package httpapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/httpapi"
)

func TestOnlyThisMachineIsAnswered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	httpapi.Register(b.api, get("guarded", "/api/guarded"), func(context.Context, *nothing) (*noteAnswer, error) { return &noteAnswer{Status: 200}, nil })
	httpapi.Register(b.api, httpapi.Route{Method: "GET", Path: "/api/open", ID: "open", Summary: "open", Public: true},
		func(context.Context, *nothing) (*nothing, error) { return nil, nil })
	ask := func(path, remote, host string, headers ...string) int {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.RemoteAddr, r.Host = remote, host
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		b.api.ServeHTTP(w, r)
		if w.Code == http.StatusForbidden {
			require.Contains(t, w.Body.String(), `"code":"http.loopback_only"`)
			require.Contains(t, w.Body.String(), `"remedy":`)
		}
		return w.Code
	}
	const local = "127.0.0.1:5000"
	for _, host := range []string{"localhost", "localhost:8080", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080", "LOCALHOST.", "yingda.localhost:80"} {
		require.Equal(t, 200, ask("/api/guarded", local, host), host)
	}
	require.Equal(t, 200, ask("/api/guarded", "[::1]:5000", "localhost"))
	require.Equal(t, 200, ask("/api/guarded", "[::ffff:127.0.0.1]:5000", "localhost"))

	for _, host := range []string{"", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1:8080", "notlocalhost", "0.0.0.0:8080"} {
		require.Equal(t, 403, ask("/api/guarded", local, host), "a website's name pointed at us: %q", host)
	}
	require.Equal(t, 403, ask("/api/guarded", "10.0.0.7:5000", "localhost"), "another machine")
	require.Equal(t, 403, ask("/api/guarded", "garbage", "localhost"))
	require.Equal(t, 403, ask("/api/guarded", local, "localhost", "X-Forwarded-For", "10.0.0.7"), "through a proxy")

	for _, path := range []string{"/openapi.json", "/readyz"} {
		require.Equal(t, 200, ask(path, "10.0.0.7:5000", "localhost"), path)
	}
	require.Equal(t, 200, ask("/healthz", "10.0.0.7:5000", "evil.example"))
	require.Equal(t, 204, ask("/api/open", "10.0.0.7:5000", "yingda.example"))
}

func TestOtherWebsitesCannotAct(t *testing.T) {
	t.Parallel()
	b := setup(t)
	registerNotes(b)
	c := b.client()
	c.Post("/api/notes", `{"title":"a"}`, "Sec-Fetch-Site", "cross-site").Problem(403, "http.cross_origin")
	c.Post("/api/notes", `{"title":"a"}`, "Origin", "https://evil.example").Problem(403, "http.cross_origin")
	c.Post("/api/notes", `{"title":"a"}`, "Sec-Fetch-Site", "same-origin").Want(201)
	c.Post("/api/notes", `{"title":"a"}`, "Origin", c.URL).Want(201)
}

func TestAWebSocketsOriginIsChecked(t *testing.T) {
	t.Parallel()
	check := func(host, origin string) error {
		r := httptest.NewRequest(http.MethodGet, "/api/live", nil)
		r.Host = host
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		return httpapi.CheckOrigin(r)
	}
	require.NoError(t, check("localhost:8080", ""))
	require.NoError(t, check("localhost:8080", "http://LOCALHOST:8080"))
	for _, origin := range []string{"http://localhost:9090", "https://evil.example", "null", "://", "file://"} {
		require.Error(t, check("localhost:8080", origin), origin)
	}
}

func TestEveryAnswerCarriesSecurityHeaders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	registerNotes(b)
	c := b.client()
	for _, path := range []string{"/readyz", "/openapi.json", "/api/unheard", "/api/guarded"} {
		h := c.Get(path).Header
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		require.Equal(t, "no-referrer", h.Get("Referrer-Policy"), path)
		require.Contains(t, h.Get("Content-Security-Policy"), "frame-ancestors 'none'", path)
		require.Equal(t, "same-origin", h.Get("Cross-Origin-Resource-Policy"), path)
	}
}

package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/telemetry"
)

type whoKey struct{}

// byHeader lets the header X-Who say who asks, and whoever is called "may" do everything.
func byHeader(c *httpapi.Config) {
	c.Metrics = telemetry.NewMetrics(telemetry.Build{})
	c.Guard = func(r *http.Request) (context.Context, error) {
		if r.Header.Get("X-Who") == "broken" {
			return nil, fault.New(fault.Unauthenticated, "test.broken", "broken")
		}
		return context.WithValue(r.Context(), whoKey{}, r.Header.Get("X-Who")), nil
	}
	c.Permit = func(ctx context.Context, permission string) error {
		switch who := ctx.Value(whoKey{}); {
		case who == "may", permission == httpapi.AnySession && who != "":
			return nil
		case who == "":
			return fault.New(fault.Unauthenticated, "test.nobody", "nobody")
		default:
			return fault.New(fault.Denied, "test.denied", "not %s", permission)
		}
	}
}

type fileRequest struct {
	RawBody []byte
}

type byName struct {
	Name string `path:"name"`
}

type whoAnswer struct {
	Body struct {
		Who    any            `json:"who"`
		Size   int            `json:"size"`
		Sender httpapi.Sender `json:"sender"`
	}
}

func registerFiles(b *bundle, wrote *bool) {
	httpapi.Register(b.api, httpapi.Route{
		Method: http.MethodPost, Path: "/api/files", ID: "put-file", Summary: "put", Permission: "file.write", MaxBody: 100,
	}, func(ctx context.Context, in *fileRequest) (*whoAnswer, error) {
		*wrote = true
		out := &whoAnswer{}
		out.Body.Who, out.Body.Size, out.Body.Sender = ctx.Value(whoKey{}), len(in.RawBody), httpapi.SenderOf(ctx)
		return out, nil
	})
	httpapi.RegisterFile(b.api, httpapi.Route{
		Method: http.MethodGet, Path: "/api/files/{name}", ID: "get-file", Summary: "get", Permission: httpapi.AnySession,
	}, func(_ context.Context, in *byName) (*httpapi.File, error) {
		f := &httpapi.File{Name: "人员 2026.xlsx", Type: httpapi.TypeXLSX}
		switch in.Name {
		case "none":
			return nil, fault.New(fault.NotFound, "file.unknown", "no such file")
		case "early":
			f.Write = func(io.Writer) error { return errors.New("hunter2") }
		case "late":
			f.Write = func(w io.Writer) error { _, _ = w.Write(bytes.Repeat([]byte{1}, 1<<20)); return errors.New("hunter2") }
		default:
			f.Write = func(w io.Writer) error { _, err := w.Write([]byte("content")); return err }
		}
		return f, nil
	})
}

func TestNobodyGetsPastAPermission(t *testing.T) {
	t.Parallel()
	b := setup(t, byHeader)
	wrote := false
	registerFiles(b, &wrote)
	c := b.client()
	c.Send(http.MethodPost, "/api/files", []byte("x")).Problem(401, "test.nobody")
	c.Send(http.MethodPost, "/api/files", []byte("x"), "X-Who", "broken").Problem(401, "test.broken")
	c.Send(http.MethodPost, "/api/files", []byte("x"), "X-Who", "li").Problem(403, "test.denied")
	c.Send(http.MethodPost, "/api/files", bytes.Repeat([]byte("x"), 1000), "X-Who", "li").Problem(403, "test.denied")
	require.False(t, wrote)
	c.Get("/api/files/1", "X-Who", "li").Want(200)
	c.Get("/api/files/1").Problem(401, "test.nobody")
	c.Get("/readyz").Want(200)
}

func TestAFileComesInWithItsSender(t *testing.T) {
	t.Parallel()
	b := setup(t, byHeader)
	wrote := false
	registerFiles(b, &wrote)
	c := b.client()
	var answer struct {
		Who    string
		Size   int
		Sender struct{ Address, Agent string }
	}
	c.Send(http.MethodPost, "/api/files", []byte{0, 1, 2}, "X-Who", "may", "Content-Type", httpapi.TypeXLSX, "User-Agent", "desk/1").Want(200).JSON(&answer)
	require.Equal(t, "may", answer.Who)
	require.Equal(t, 3, answer.Size)
	require.Equal(t, "desk/1", answer.Sender.Agent)
	require.Equal(t, "127.0.0.1", answer.Sender.Address)
	c.Send(http.MethodPost, "/api/files", make([]byte, 101), "X-Who", "may").Problem(413, "http.body_too_large")
	require.Zero(t, httpapi.SenderOf(t.Context()))
}

func TestAFileLeavesWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	b := setup(t, byHeader)
	registerFiles(b, new(bool))
	c := b.client()
	answer := c.Get("/api/files/1", "X-Who", "li").Want(200)
	require.Equal(t, "content", string(answer.Body))
	require.Equal(t, httpapi.TypeXLSX, answer.Header.Get("Content-Type"))
	require.Equal(t, `attachment; filename="download"; filename*=UTF-8''%E4%BA%BA%E5%91%98%202026.xlsx`, answer.Header.Get("Content-Disposition"))
	require.Equal(t, "no-store", answer.Header.Get("Cache-Control"))

	c.Get("/api/files/none", "X-Who", "li").Problem(404, "file.unknown")
	early := c.Get("/api/files/early", "X-Who", "li").Problem(500, "internal")
	require.Empty(t, early.Header.Get("Content-Disposition"))

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.URL+"/api/files/late", nil)
	require.NoError(t, err)
	request.Header.Set("X-Who", "li")
	late, err := c.HTTP.Do(request)
	if err == nil {
		_, err = io.ReadAll(late.Body)
		_ = late.Body.Close()
	}
	require.Error(t, err, "half a file must look broken")
}

func TestOtherMachinesNeedThePermissionForFigures(t *testing.T) {
	t.Parallel()
	b := setup(t, byHeader)
	ask := func(remote, who string) int {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.RemoteAddr, r.Host = remote, "127.0.0.1"
		r.Header.Set("X-Who", who)
		w := httptest.NewRecorder()
		b.api.ServeHTTP(w, r)
		return w.Code
	}
	require.Equal(t, 200, ask("127.0.0.1:1", ""))
	require.Equal(t, 401, ask("10.0.0.1:1", ""))
	require.Equal(t, 403, ask("10.0.0.1:1", "li"))
	require.Equal(t, 200, ask("10.0.0.1:1", "may"))
}

func TestTheDescriptionNamesPermissions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	registerFiles(b, new(bool))
	var doc struct {
		Paths map[string]map[string]map[string]any
	}
	var out bytes.Buffer
	require.NoError(t, b.api.WriteOpenAPI(&out))
	require.NoError(t, json.Unmarshal(out.Bytes(), &doc))
	require.Equal(t, "file.write", doc.Paths["/api/files"]["post"]["x-permission"])
	require.Equal(t, httpapi.AnySession, doc.Paths["/api/files/{name}"]["get"]["x-permission"])

	ok := func(context.Context, *nothing) (*nothing, error) { return nil, nil }
	require.Panics(t, func() {
		httpapi.Register(b.api, httpapi.Route{Method: "GET", Path: "/api/b", ID: "b", Summary: "b"}, ok)
	})
	require.Panics(t, func() {
		httpapi.Register(b.api, httpapi.Route{Method: "GET", Path: "/api/c", ID: "c", Summary: "c", Public: true, Permission: "c"}, ok)
	})
	require.Panics(t, func() { b.api.Mount("GET /api/d", "", http.NotFoundHandler()) })
}

package httpapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/telemetry"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

// logBuffer collects log lines for reading while they are written.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

type bundle struct {
	api   *httpapi.API
	log   *logBuffer
	clock *clocktest.Fake
	t     *testing.T
}

// setup makes an API with the example routes; change may alter its configuration.
func setup(t *testing.T, change ...func(*httpapi.Config)) *bundle {
	t.Helper()
	b := &bundle{log: new(logBuffer), clock: clocktest.New(), t: t}
	c := httpapi.Config{Version: "1.2.3", Logger: slog.New(slog.NewJSONHandler(b.log, nil)), Clock: b.clock}
	for _, f := range change {
		f(&c)
	}
	b.api = httpapi.New(c)
	return b
}

func (b *bundle) client() *httpapitest.Client { return httpapitest.New(b.t, b.api) }

type noteKind struct{}

type note struct {
	ID    ident.ID[noteKind] `json:"id"`
	Title string             `json:"title" minLength:"1" maxLength:"20"`
	Kind  string             `json:"kind,omitempty" enum:"call,chat"`
	Count int32              `json:"count,omitempty" minimum:"0"`
	At    *time.Time         `json:"at,omitempty"`
	Mail  string             `json:"mail,omitempty" format:"email"`
	Tags  []string           `json:"tags,omitempty" maxItems:"3"`
}

type createNote struct {
	Body struct {
		Title string     `json:"title" minLength:"1" maxLength:"20"`
		Kind  string     `json:"kind,omitempty" enum:"call,chat"`
		Count int32      `json:"count,omitempty" minimum:"0"`
		At    *time.Time `json:"at,omitempty"`
		Mail  string     `json:"mail,omitempty" format:"email"`
		Tags  []string   `json:"tags,omitempty" maxItems:"3"`
	}
}

type noteAnswer struct {
	Status int
	Body   note
}

type byID struct {
	ID   ident.ID[noteKind] `path:"id"`
	Lang string             `query:"lang" enum:"zh-CN,en"`
	Big  bool               `query:"big"`
}

type nothing struct{}

func get(id, path string) httpapi.Route {
	return httpapi.Route{Method: http.MethodGet, Path: path, ID: id, Summary: id, Permission: httpapi.SignedIn}
}

// answering registers a route whose handler returns err or panics with it.
func answering(b *bundle, path string, do func(ctx context.Context) error) {
	httpapi.Register(b.api, get("answer"+strings.ReplaceAll(path, "/", "-"), path), func(ctx context.Context, _ *nothing) (*nothing, error) {
		return nil, do(ctx)
	})
}

func registerNotes(b *bundle) {
	httpapi.Register(b.api, httpapi.Route{
		Method: http.MethodPost, Path: "/api/notes", ID: "create-note", Summary: "Create a note", Status: http.StatusCreated, MaxBody: 512, Permission: httpapi.SignedIn,
	}, func(_ context.Context, in *createNote) (*noteAnswer, error) {
		return &noteAnswer{Body: note{ID: ident.New[noteKind](), Title: in.Body.Title, Kind: in.Body.Kind}, Status: http.StatusCreated}, nil
	})
	httpapi.Register(b.api, get("get-note", "/api/notes/{id}"), func(_ context.Context, in *byID) (*noteAnswer, error) {
		return &noteAnswer{Body: note{ID: in.ID, Title: "话费"}, Status: http.StatusOK}, nil
	})
}

func TestAnswersAreCompleteJSONWithLength(t *testing.T) {
	t.Parallel()
	b := setup(t)
	registerNotes(b)
	c := b.client()
	var n note
	r := c.Post("/api/notes", map[string]any{"title": "<话费>", "kind": "call"}).Want(http.StatusCreated).JSON(&n)
	require.Equal(t, "<话费>", n.Title)
	require.Contains(t, string(r.Body), "<话费>", "HTML is not escaped: this is no page")
	require.Equal(t, fmt.Sprint(len(r.Body)), r.Header.Get("Content-Length"))
	require.Equal(t, "no-store", r.Header.Get("Cache-Control"))
	require.NotEmpty(t, r.Header.Get("X-Request-Id"))

	again := c.Get("/api/notes/" + n.ID.String()).Want(http.StatusOK)
	require.NotEqual(t, r.Header.Get("X-Request-Id"), again.Header.Get("X-Request-Id"))
}

func TestInvalidRequestsNameTheField(t *testing.T) {
	t.Parallel()
	b := setup(t)
	registerNotes(b)
	c := b.client()
	for body, want := range map[string]string{
		`{}`:                                     "body.title required",
		`{"title":""}`:                           "body.title too_short",
		`{"title":"012345678901234567890"}`:      "body.title too_long",
		`{"title":7}`:                            "body.title type",
		`{"title":null}`:                         "body.title type",
		`{"title":"a","kind":"fax"}`:             "body.kind not_in_list",
		`{"title":"a","count":-1}`:               "body.count too_small",
		`{"title":"a","count":1.5}`:              "body.count type",
		`{"title":"a","count":3000000000}`:       "body.count type",
		`{"title":"a","at":"yesterday"}`:         "body.at format",
		`{"title":"a","mail":"secret value"}`:    "body.mail format",
		`{"title":"a","tags":["1","2","3","4"]}`: "body.tags too_many",
		`{"title":"a","tags":[1]}`:               "body.tags[0] type",
		`{"title":"a","colour":"red"}`:           "body.colour unknown_field",
		`{"title":"a","Kind":"call"}`:            "body.Kind unknown_field",
		`[]`:                                     "body type",
		`"text"`:                                 "body type",
	} {
		location, code, _ := strings.Cut(want, " ")
		r := c.Post("/api/notes", body)
		p := r.Problem(http.StatusUnprocessableEntity, "http.invalid_request").Field(location, code)
		require.False(t, p.Retryable)
		require.NotContains(t, string(r.Body), "secret value", "an answer does not repeat what was sent")
		require.NotContains(t, string(r.Body), `\u0000`)
	}
	p := c.Post("/api/notes", `{"title":"","count":-1,"x":1}`).Problem(http.StatusUnprocessableEntity, "http.invalid_request")
	require.Len(t, p.Errors, 3, "all that is wrong is told at once")
}

func TestInvalidParametersNameTheParameter(t *testing.T) {
	t.Parallel()
	b := setup(t)
	registerNotes(b)
	c := b.client()
	id := ident.New[noteKind]().String()
	const code = "http.invalid_request"
	c.Get("/api/notes/7").Problem(422, code).Field("path.id", "format")
	c.Get("/api/notes/"+id+"?lang=fr").Problem(422, code).Field("query.lang", "not_in_list")
	c.Get("/api/notes/"+id+"?big=perhaps").Problem(422, code).Field("query.big", "type")
	c.Get("/api/notes/"+id+"?colour=red").Problem(422, code).Field("query.colour", "unknown_parameter")
	c.Get("/api/notes/" + id + "?lang=en&big=true").Want(200)
}

func TestBodiesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *httpapi.Config) { c.Limits.BodyTime = 50 * time.Millisecond })
	registerNotes(b)
	c := b.client()

	p := c.Post("/api/notes", "{\n  \"title\": }").Problem(400, "http.invalid_json").Field("body", "json")
	require.Contains(t, p.Errors[0].Message, "line 2, column 12")
	c.Post("/api/notes", `{"title":"a"} trailing`).Problem(400, "http.invalid_json")
	c.Post("/api/notes", "{\"title\":\"\xff\"}").Problem(400, "http.invalid_json")
	c.Post("/api/notes", `{"title":"a\u0000b"}`).Problem(400, "http.nul_character")
	c.Post("/api/notes", `{"title":"a\\u0000b"}`).Want(201)
	c.Post("/api/notes", "").Problem(400, "http.body_required").Field("body", "required")
	c.Post("/api/notes", `{"title":"a"}`, "Content-Type", "text/plain").Problem(415, "http.content_type")
	c.Post("/api/notes", `{"title":"a"}`, "Content-Type", "application/json; charset=gbk").Problem(415, "http.content_type")
	c.Post("/api/notes", `{"title":"a"}`, "Content-Type", "application/json; charset=UTF-8").Want(201)

	large := `{"title":"` + strings.Repeat("x", 600) + `"}`
	p = c.Post("/api/notes", large).Problem(413, "http.body_too_large")
	require.Contains(t, p.Remedy, "512 bytes")
	require.False(t, p.Retryable)
	// The length is not announced: chunked.
	c.Post("/api/notes", onlyReader{strings.NewReader(large)}).Problem(413, "http.body_too_large")
	exact := `{"title":"a"}` + strings.Repeat(" ", 512-13)
	c.Post("/api/notes", exact).Want(201)

	slow, feed := newSlowBody()
	defer feed()
	c.Post("/api/notes", slow).Problem(408, "http.body_timeout")
}

func TestPathsAndMethods(t *testing.T) {
	t.Parallel()
	b := setup(t)
	registerNotes(b)
	c := b.client()
	c.Get("/api/unheard").Problem(404, "http.no_such_path")
	c.Get("/api").Problem(404, "http.no_such_path")
	c.Get("/elsewhere").Problem(404, "http.no_such_path")
	p := c.Delete("/api/notes").Problem(405, "http.method")
	require.Equal(t, "POST", p.Header.Get("Allow"))
	p = c.Post("/api/notes/"+ident.New[noteKind]().String(), "{}").Problem(405, "http.method")
	require.Equal(t, "GET, HEAD", p.Header.Get("Allow"))
	c.Get("/api/notes/a%00b").Problem(400, "http.nul_character")
	c.Get("/api/unheard?x=%00").Problem(400, "http.nul_character")
}

func TestFaultsBecomeProblemsByKind(t *testing.T) {
	t.Parallel()
	b := setup(t)
	kinds := map[fault.Kind]int{
		fault.Invalid: 422, fault.Unauthenticated: 401, fault.Denied: 403, fault.NotFound: 404, fault.Conflict: 409,
		fault.Limit: 429, fault.Unavailable: 503,
	}
	for kind := range kinds {
		answering(b, "/api/fault/"+string(kind), func(context.Context) error {
			return fmt.Errorf("close: %w", fault.New(kind, "note."+string(kind), "message of %s", kind).
				WithRemedy("do this").WithCause(errors.New("hidden")).
				WithFields(fault.Field{Location: "body.a", Code: "b", Message: "c"}))
		})
	}
	answering(b, "/api/later", func(context.Context) error {
		return httpapi.RetryAfter(fault.New(fault.Limit, "note.later", "later"), 90*time.Second)
	})
	answering(b, "/api/slow", func(context.Context) error { return fmt.Errorf("query: %w", context.DeadlineExceeded) })
	c := b.client()
	for kind, status := range kinds {
		r := c.Get("/api/fault/" + string(kind))
		p := r.Problem(status, "note."+string(kind)).Field("body.a", "b")
		require.Equal(t, "message of "+string(kind), p.Detail)
		require.Equal(t, "do this", p.Remedy)
		require.Equal(t, kind.Retryable(), p.Retryable)
		require.Equal(t, kind.Retryable(), p.Header.Get("Retry-After") != "")
		require.NotContains(t, string(r.Body), "hidden")
	}
	require.Equal(t, "90", c.Get("/api/later").Problem(429, "note.later").Header.Get("Retry-After"))
	require.Equal(t, "5", c.Get("/api/slow").Problem(503, "http.timeout").Header.Get("Retry-After"))
	require.Empty(t, b.log.String(), "faults are answers, not log lines")
}

func TestInternalErrorsAreLoggedOnceAndNotTold(t *testing.T) {
	t.Parallel()
	b := setup(t)
	answering(b, "/api/broken", func(context.Context) error { return errors.New("password=hunter2") })
	answering(b, "/api/panic", func(context.Context) error { panic("password=hunter2") })
	httpapi.Register(b.api, get("unencodable", "/api/unencodable"), func(context.Context, *nothing) (*struct{ Body any }, error) {
		return &struct{ Body any }{func() {}}, nil
	})
	b.api.Mount("GET /api/mounted", httpapi.SignedIn, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(errors.New("hunter2")) }))
	c := b.client()
	for i, path := range []string{"/api/broken", "/api/panic", "/api/unencodable", "/api/mounted"} {
		r := c.Get(path)
		p := r.Problem(500, "internal")
		require.NotContains(t, string(r.Body), "hunter2")
		id := r.Header.Get("X-Request-Id")
		require.Contains(t, p.Remedy, id)
		require.Equal(t, 1, strings.Count(b.log.String(), `"request_id":"`+id+`"`), path)
		require.Equal(t, i+1, strings.Count(b.log.String(), "request failed"))
	}
	require.Contains(t, b.log.String(), "hunter2")
	require.Contains(t, b.log.String(), `"route":"GET /api/panic"`)
	require.Contains(t, b.log.String(), "api_test.go", "a panic is logged with its stack")

	found := b.api.Health().Check(t.Context())
	require.Len(t, found, 1)
	require.Equal(t, "httpapi.internal_errors", found[0].Warning.Code)
	b.clock.Advance(6 * time.Minute)
	require.Empty(t, b.api.Health().Check(t.Context()))
}

func TestAHandlerEndsAtItsTimeout(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *httpapi.Config) { c.Limits.Handler = 20 * time.Millisecond })
	answering(b, "/api/stuck", func(ctx context.Context) error { <-ctx.Done(); return fmt.Errorf("query: %w", ctx.Err()) })
	b.client().Get("/api/stuck").Problem(503, "http.timeout")
}

func TestTheBodyDeadlineDoesNotEndTheHandler(t *testing.T) {
	t.Parallel()
	const bodyTime = 40 * time.Millisecond
	b := setup(t, func(c *httpapi.Config) { c.Limits.BodyTime = bodyTime })
	httpapi.Register(b.api, httpapi.Route{Method: http.MethodPost, Path: "/api/work", ID: "work", Summary: "work", Permission: httpapi.SignedIn},
		func(ctx context.Context, _ *struct{ Body struct{} }) (*nothing, error) {
			return nil, clock.Sleep(ctx, clock.System(), 3*bodyTime)
		})
	b.client().Post("/api/work", "{}").Want(204)
}

func TestAClientThatLeavesIsNoError(t *testing.T) {
	t.Parallel()
	b := setup(t)
	entered, left := make(chan struct{}), make(chan struct{})
	answering(b, "/api/wait", func(ctx context.Context) error {
		close(entered)
		<-ctx.Done()
		defer close(left)
		return fmt.Errorf("query: %w", ctx.Err())
	})
	c := b.client()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+"/api/wait", nil)
	require.NoError(t, err)
	go func() { <-entered; cancel() }()
	_, err = c.HTTP.Do(r) // there is no response
	require.ErrorIs(t, err, context.Canceled)
	<-left
	require.Empty(t, b.log.String())
}

func TestRegisterRefusesMistakesAtStart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	registerNotes(b)
	ok := func(context.Context, *nothing) (*nothing, error) { return nil, nil }
	require.Panics(t, func() { httpapi.Register(b.api, httpapi.Route{Method: "GET", Path: "/api/a", Permission: "a"}, ok) }, "no id")
	require.Panics(t, func() {
		httpapi.Register(b.api, httpapi.Route{Method: "FETCH", Path: "/api/a", ID: "a", Summary: "a", Permission: "a"}, ok)
	})
	require.Panics(t, func() { httpapi.Register(b.api, get("get-note", "/api/notes/{id}"), ok) }, "pattern twice")
	type paging struct {
		After string `query:"after"`
	}
	type listing struct{ paging }
	require.PanicsWithValue(t, "httpapi: GET /api/list: httpapi_test.listing.paging embeds an unexported struct, "+
		"whose fields neither requests nor the description would have: export the type", func() {
		httpapi.Register(b.api, get("list", "/api/list"), func(context.Context, *listing) (*struct{}, error) { return nil, nil })
	})
	require.PanicsWithValue(t, `httpapi: GET /api/leak: struct { Body struct { Phone string "json:\"phone\"" } }.Body.Phone: looks personal; give it a type of package privacy and a tag, or tag it "-"`,
		func() {
			httpapi.Register(b.api, get("leak", "/api/leak"), func(context.Context, *nothing) (*struct {
				Body struct {
					Phone string `json:"phone"`
				}
			}, error) {
				return nil, nil
			})
		})
	b.api.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	require.Panics(t, func() { answering(b, "/api/late", nil) }, "after the first request")
}

func TestFiguresCarryClosedLabels(t *testing.T) {
	t.Parallel()
	m := telemetry.NewMetrics(telemetry.Build{})
	b := setup(t, func(c *httpapi.Config) { c.Metrics = m })
	registerNotes(b)
	c := b.client()
	for range 3 {
		c.Get("/api/notes/" + ident.New[noteKind]().String())
		c.Get("/api/unheard/" + ident.New[noteKind]().String())
	}
	body := string(c.Get("/metrics").Want(200).Body)
	require.Contains(t, body, `yingda_http_requests_total{route="GET /api/notes/{id}",status="2xx"} 3`)
	require.Contains(t, body, `yingda_http_requests_total{route="/api/",status="4xx"} 3`)
	require.Contains(t, body, `yingda_http_request_seconds_count{route="GET /api/notes/{id}"} 3`)
	for line := range strings.Lines(body) {
		require.False(t, strings.HasPrefix(line, "yingda_http") && strings.Contains(line, "unheard"), line)
	}
}

func TestSpansAreNamedByRouteAndContinueATrace(t *testing.T) {
	t.Parallel()
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	b := setup(t, func(c *httpapi.Config) { c.Tracer = provider.Tracer("httpapi") })
	registerNotes(b)
	r := b.client().Get("/api/notes/"+ident.New[noteKind]().String(), "Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	spans := recorder.Ended()
	require.Len(t, spans, 1)
	require.Equal(t, "GET /api/notes/{id}", spans[0].Name())
	require.Equal(t, "0af7651916cd43dd8448eb211c80319c", spans[0].SpanContext().TraceID().String())
	require.Contains(t, spans[0].Attributes(), attribute.String("yingda.request_id", r.Header.Get("X-Request-Id")))
	require.Contains(t, spans[0].Attributes(), attribute.Int("http.response.status_code", 200))
}

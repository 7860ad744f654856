package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// newDescription begins the OpenAPI document.
func newDescription(version string) *huma.OpenAPI {
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Yingda", Version: version,
			Description: "The customer service system's API. Errors are application/problem+json with a stable code.",
			License:     &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
		},
		Components: &huma.Components{Schemas: huma.NewMapRegistry("#/components/schemas/", newSchemaNames().name)},
	}
}

// operate registers the paths that are not of any domain.
func (a *API) operate() {
	a.handle(a.newRoute("GET /readyz", anybody), a.ready)
	describe := sync.OnceValues(func() ([]byte, error) {
		var b bytes.Buffer
		err := a.WriteOpenAPI(&b)
		return b.Bytes(), err
	})
	a.handle(a.newRoute("GET /openapi.json", anybody), func(w http.ResponseWriter, r *http.Request) {
		doc, err := describe()
		if err != nil {
			Fail(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = send(w, doc)
	})
	if a.config.Metrics != nil {
		a.MountLocal("GET /metrics", MetricsRead, a.config.Metrics.Handler())
	}
	notFound := a.newRoute("/api/", anybody)
	a.handle(notFound, a.unmatched)
	a.handle(&route{pattern: "/api", figures: notFound.figures}, a.unmatched)
	if a.config.Web != nil {
		a.handle(a.newRoute("/", anybody), a.web(newWebApp(a.config.Web)))
	} else {
		a.handle(a.newRoute("/", anybody), a.unmatched)
	}
}

// MetricsRead is the permission to read the figures from another machine; a program on this one needs none.
const MetricsRead = "platform.metrics.read"

// MountLocal is Mount for what programs on this machine may ask without saying who they are, such as figures and
// health; from elsewhere it takes the permission.
func (a *API) MountLocal(pattern, permission string, h http.Handler) {
	a.handle(a.newRoute(pattern, anybody), func(w http.ResponseWriter, r *http.Request) {
		if !FromLoopback(r) {
			if _, err := a.enter(r, permission); err != nil {
				Fail(w, r, err)
				return
			}
		}
		h.ServeHTTP(w, r)
	})
}

// alive answers /healthz: the process runs and can answer. It asks nobody, so that a busy database does
// not get the process killed.
func alive(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	h["Content-Type"] = plainText
	h["Cache-Control"] = noStore
	_, _ = w.Write(aliveText)
}

var (
	aliveText = []byte("ok\n")
	plainText = []string{"text/plain; charset=utf-8"}
)

// ready answers /readyz: whether a load balancer should send requests here.
func (a *API) ready(w http.ResponseWriter, _ *http.Request) {
	ok, text := true, "ready"
	if a.config.Ready != nil {
		ok, text = a.config.Ready()
	}
	if a.draining.Load() {
		ok, text = false, "this node is stopping"
	}
	sayReady(w, ok, text)
}

func sayReady(w http.ResponseWriter, ok bool, text string) {
	h := w.Header()
	h["Content-Type"] = plainText
	h["Cache-Control"] = noStore
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = io.WriteString(w, text+"\n")
}

// WriteOpenAPI writes the API description (OpenAPI 3.1), the same bytes for the same routes. Call it
// after all routes are registered.
func (a *API) WriteOpenAPI(w io.Writer) error {
	raw, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		return fmt.Errorf("describe the API: %w", err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return fmt.Errorf("describe the API: %w", err)
	}
	b.WriteByte('\n')
	_, err = w.Write(b.Bytes())
	return err
}

var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
}

// unmatched tells an unknown path from a known one with another method.
func (a *API) unmatched(w http.ResponseWriter, r *http.Request) {
	x := w.(*exchange)
	own := x.route.pattern
	var allowed []string
	probe := r.Clone(r.Context())
	for _, m := range methods {
		probe.Method = m
		if _, pattern := a.mux.Handler(probe); pattern != "" && pattern != own && strings.Contains(pattern, " ") {
			allowed = append(allowed, m)
		}
	}
	if len(allowed) == 0 || slices.Contains(allowed, r.Method) {
		a.fail(x, r, errNoRoute)
		return
	}
	a.notAllowed(x, allowed...)
}

func (a *API) notAllowed(x *exchange, allowed ...string) {
	p, _ := problemOf(errMethod, x.ID())
	p.headers = http.Header{"Allow": {strings.Join(allowed, ", ")}}
	x.problem(p)
}

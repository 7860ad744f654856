package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"yingda/internal/platform/httpapi/idempotency"
	"yingda/internal/platform/privacy"
)

// Route describes an endpoint. Method, Path, ID and Summary are required.
type Route struct {
	Method  string
	Path    string // /api/work-orders/{id}
	ID      string // operationId, such as list-work-orders; stable, the page's types are named by it
	Summary string
	// Description is more than the summary, in CommonMark.
	Description string
	Tags        []string

	Status  int           // of success; default 200, or 204 without a body
	MaxBody int64         // bytes; default Limits.Body
	Timeout time.Duration // for the handler; default Limits.Handler

	// Idempotent makes the header Idempotency-Key required and the same request answered once; see
	// package idempotency for what that promises. The response may have a body and a status, no
	// headers, and its personal values stay masked, because the answer is stored.
	Idempotent bool

	// Permission is what the sender must hold, checked before the body is read: a domain's permission,
	// [SignedIn] or [AnySession]. Exactly one of Permission and Public is required. It stands in the API
	// description as x-permission.
	Permission string
	// Public routes skip the guard: anybody who reaches the port may call them.
	Public bool
}

// Permissions that no domain declares.
const (
	SignedIn   = "signed-in"   // everybody who is signed in and has nothing pending; the use case decides the rest
	AnySession = "any-session" // also somebody who must do something first, such as change a password
)

func (r Route) pattern() string { return r.Method + " " + r.Path }

// Register adds an endpoint. I and O are huma request and response structs: parameters by tag (path,
// query, header) and a field Body, or RawBody []byte for a file. The handler's error becomes a problem by its
// fault.
//
// It panics on what a test run must find: an incomplete route, a pattern twice, a type with an embedded unexported
// struct, and a response type whose personal fields are not tagged (see package privacy).
func Register[I, O any](a *API, rt Route, handler func(ctx context.Context, in *I) (*O, error)) {
	a.registers.Lock()
	defer a.registers.Unlock()
	e := newEndpoint[I, O](a, rt)
	e.handler = handler
	a.pending = a.newRoute(rt.pattern(), rt.Permission)
	huma.Register(a.huma, e.operation(), e.serve)
}

// endpoint is one registered route with its types.
type endpoint[I, O any] struct {
	api     *API
	route   Route
	plan    *privacy.Plan
	handler func(ctx context.Context, in *I) (*O, error)
	hasBody bool // of the request
	raw     bool // its body is a file, not JSON
	body    int  // field index of the response's Body, or -1
	status  int  // field index of the response's Status, or -1
}

func newEndpoint[I, O any](a *API, rt Route) *endpoint[I, O] {
	must := func(ok bool, format string, args ...any) {
		if !ok {
			panic("httpapi: " + rt.pattern() + ": " + fmt.Sprintf(format, args...))
		}
	}
	must(slices.Contains(methods, rt.Method), "no such method")
	must(rt.ID != "" && rt.Summary != "", "a route needs an ID and a summary")
	must((rt.Permission == anybody) == rt.Public, "a route needs either a Permission or to be Public")
	out := reflect.TypeFor[O]()
	plan, err := privacy.Compile(out)
	must(err == nil, "%v", err)
	for _, t := range []reflect.Type{reflect.TypeFor[I](), out} {
		lost := hiddenEmbedding(t, map[reflect.Type]bool{})
		must(lost == "", "%s embeds an unexported struct, whose fields neither requests nor the description would have: export the type", lost)
	}

	_, hasBody := reflect.TypeFor[I]().FieldByName("Body")
	_, raw := reflect.TypeFor[I]().FieldByName("RawBody")
	e := &endpoint[I, O]{api: a, route: rt, plan: plan, hasBody: hasBody || raw, raw: raw, body: fieldIndex(out, "Body"), status: fieldIndex(out, "Status")}
	if rt.Idempotent {
		for i := range out.NumField() {
			must(i == e.body || i == e.status, "an idempotent answer cannot have headers: %s", out.Field(i).Name)
		}
	}
	return e
}

// hiddenEmbedding names the first struct within t that embeds an unexported struct; huma passes over those silently.
func hiddenEmbedding(t reflect.Type, seen map[reflect.Type]bool) string {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return hiddenEmbedding(t.Elem(), seen)
	case reflect.Struct:
	default:
		return ""
	}
	if seen[t] {
		return ""
	}
	seen[t] = true
	for f := range t.Fields() {
		if !f.IsExported() {
			if f.Anonymous {
				return t.String() + "." + f.Name
			}
			continue
		}
		if lost := hiddenEmbedding(f.Type, seen); lost != "" {
			return lost
		}
	}
	return ""
}

func fieldIndex(t reflect.Type, name string) int {
	if f, ok := t.FieldByName(name); ok && len(f.Index) == 1 {
		return f.Index[0]
	}
	return -1
}

func (e *endpoint[I, O]) operation() huma.Operation {
	op := huma.Operation{
		Method: e.route.Method, Path: e.route.Path, OperationID: e.route.ID, Summary: e.route.Summary,
		Description: e.route.Description, Tags: e.route.Tags, DefaultStatus: e.route.Status,
		MaxBodyBytes: -1, BodyReadTimeout: -1, // readBody has done both
	}
	if e.route.Public {
		op.Extensions = map[string]any{"x-public": true}
	} else {
		op.Extensions = map[string]any{"x-permission": e.route.Permission}
	}
	if e.hasBody {
		limit := cmp.Or(e.route.MaxBody, e.api.limits.Body)
		op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
			e.api.readBody(ctx, next, bodyRule{limit, e.raw, e.route.Idempotent})
		})
	} else if e.route.Idempotent {
		op.Middlewares = append(op.Middlewares, e.api.noBody)
	}
	if e.route.Idempotent {
		longest := idempotency.LongestKey
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header", Required: true,
			Description: "Made anew for each act, the same for each retry of it. Kept for 24 hours.",
			Schema:      &huma.Schema{Type: huma.TypeString, MaxLength: &longest},
		})
	}
	return op
}

// serve runs the handler under its deadline and prepares its answer for leaving.
func (e *endpoint[I, O]) serve(ctx context.Context, in *I) (*O, error) {
	x := ctx.Value(exchangeKey{}).(*exchange)
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(e.route.Timeout, e.api.limits.Handler))
	defer cancel()
	var out *O
	var err error
	if e.route.Idempotent {
		return nil, e.serveOnce(ctx, x, in)
	}
	if !e.plan.Empty() && e.api.config.OnReveal != nil {
		ctx = privacy.Scope(ctx)
	}
	if out, err = e.handler(ctx, in); err == nil {
		out, err = privacy.Prepare(ctx, e.plan, out, e.api.config.OnReveal)
	}
	if err != nil {
		return nil, e.problem(ctx, x, err)
	}
	return out, nil
}

// problem turns the handler's error into what huma writes, and logs what the answer does not say.
func (e *endpoint[I, O]) problem(ctx context.Context, x *exchange, err error) error {
	p, internal := problemOf(err, x.ID())
	if internal {
		e.api.report(x, (&http.Request{Method: e.route.Method}).WithContext(ctx), err, nil)
	}
	x.Header()["Cache-Control"] = noStore
	return p
}

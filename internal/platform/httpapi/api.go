package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/httpapi/idempotency"
	"yingda/internal/platform/privacy"
	"yingda/internal/platform/telemetry"
)

// Config is what the entrance needs. Version, Logger and Clock are required.
type Config struct {
	Version string // of this program, in the API description
	Logger  *slog.Logger
	Clock   clock.Clock

	Pool    *pgxpool.Pool      // for routes marked Idempotent; nil when there are none
	Metrics *telemetry.Metrics // nil: no figures and no /metrics
	Tracer  trace.Tracer       // nil: no spans
	Limits  Limits             // zero values mean the defaults

	// Ready tells whether this node may get requests and, in words, why not. nil: always.
	Ready func() (ready bool, text string)
	// Web is the built front end, index.html at its root; nil: none.
	Web fs.FS
	// Guard finds out who asks, before any handler, and gives the context in which the request is served;
	// it refuses what is wrong, not what is missing. nil means [LoopbackOnly]. Public routes skip it.
	Guard func(r *http.Request) (context.Context, error)
	// Permit refuses a guarded request whose sender does not hold its route's Permission; nil: everybody
	// whom the guard lets in holds all.
	Permit func(ctx context.Context, permission string) error
	// Client names who asks, as the owner of idempotency keys; nil: everybody is one. It must not
	// return what the caller can choose freely.
	Client func(r *http.Request) string
	// OnReveal takes note before unmasked personal values leave; nil: they never do.
	OnReveal privacy.Hook
	// CursorKey signs page cursors; the same on all nodes. Empty: cursors are checked, not secret.
	CursorKey []byte
}

// API is the entrance: an http.Handler on which domains register routes.
type API struct {
	config  Config
	limits  Limits
	log     *slog.Logger
	clock   clock.Clock
	mux     *http.ServeMux
	huma    huma.API
	guard   func(r *http.Request) (context.Context, error)
	cross   *http.CrossOriginProtection
	rate    *rateLimit
	keys    *idempotency.Store
	cursors *Cursors
	observe observer

	ids       idSource
	inFlight  atomic.Int64
	sealed    atomic.Bool // requests have been served: no more routes
	draining  atomic.Bool
	idle      chan struct{} // closed when draining and no request is in progress
	wentIdle  sync.Once
	pending   *route // of the Register call in progress
	registers sync.Mutex
	troubles  troubles
}

// New makes an entrance with the paths that every installation has: /healthz, /readyz, /metrics,
// /openapi.json and the web application.
func New(c Config) *API {
	configureHuma()
	a := &API{
		config: c, limits: c.Limits.withDefaults(), log: c.Logger, clock: c.Clock,
		mux: http.NewServeMux(), guard: c.Guard, cross: http.NewCrossOriginProtection(),
		ids: newIDSource(), idle: make(chan struct{}), cursors: NewCursors(c.CursorKey),
	}
	if a.guard == nil {
		a.guard = LoopbackOnly
	}
	a.rate = newRateLimit(a.limits, c.Clock)
	if c.Pool != nil {
		a.keys = idempotency.NewStore(c.Pool, c.Clock)
	}
	a.observe = newObserver(c.Metrics, c.Tracer)
	a.huma = huma.NewAPI(huma.Config{
		OpenAPI:                      newDescription(c.Version),
		Formats:                      formats(),
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}, humago.NewAdapter(humaMux{a}, ""))
	a.operate()
	return a
}

// Cursors signs and reads page cursors with this installation's key.
func (a *API) Cursors() *Cursors { return a.cursors }

// route is what the entrance knows about a registered pattern.
type route struct {
	pattern    string
	permission string // "" for public routes
	figures    routeFigures
}

// anybody is the permission of routes that need none.
const anybody = ""

func (a *API) newRoute(pattern, permission string) *route {
	if a.sealed.Load() {
		panic("httpapi: " + pattern + " is registered after the first request")
	}
	return &route{pattern: pattern, permission: permission, figures: a.observe.route(pattern)}
}

// Mount serves a handler that is no endpoint of the described API, such as the live connection.
// pattern is one of net/http, with method; permission is as in [Route].
func (a *API) Mount(pattern, permission string, h http.Handler) {
	if permission == anybody {
		panic("httpapi: " + pattern + ": needs a permission")
	}
	a.handle(a.newRoute(pattern, permission), h.ServeHTTP)
}

func (a *API) handle(rt *route, h http.HandlerFunc) {
	a.mux.HandleFunc(rt.pattern, func(w http.ResponseWriter, r *http.Request) {
		x := w.(*exchange)
		x.route = rt
		if rt.permission != anybody {
			ctx, err := a.enter(r, rt.permission)
			if err != nil {
				a.fail(x, r, err)
				return
			}
			r = r.WithContext(ctx)
			x.request = r
		}
		h(w, r)
	})
}

// enter finds out who asks and whether they may.
func (a *API) enter(r *http.Request, permission string) (context.Context, error) {
	ctx, err := a.guard(r)
	if err == nil && a.config.Permit != nil {
		err = a.config.Permit(ctx, permission)
	}
	return ctx, err
}

// humaMux lets huma's adapter register on our router.
type humaMux struct{ a *API }

func (m humaMux) HandleFunc(_ string, h func(http.ResponseWriter, *http.Request)) {
	m.a.handle(m.a.pending, h)
}

func (m humaMux) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.a.ServeHTTP(w, r) }

// ServeHTTP takes one request its whole way; see the package comment.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/healthz" {
		alive(w, r)
		return
	}
	if !a.sealed.Load() {
		a.sealed.Store(true)
	}
	busy := a.inFlight.Add(1)
	defer a.leave()
	x := a.begin(w, r)
	r = r.WithContext(x)
	defer a.end(x, r)
	setHeaders(x.Header(), r)
	if err := a.admit(x, r, busy); err != nil {
		a.fail(x, r, err)
		return
	}
	a.mux.ServeHTTP(x, r)
}

func (a *API) leave() {
	if a.inFlight.Add(-1) == 0 && a.draining.Load() {
		a.wentIdle.Do(func() { close(a.idle) })
	}
}

// Drain refuses new requests and returns when those in progress are answered, or with ctx's error. Call
// it before anything that handlers use is stopped; the port stays open and says that this node stops.
func (a *API) Drain(ctx context.Context) error {
	a.draining.Store(true)
	if a.inFlight.Load() == 0 {
		return nil
	}
	select {
	case <-a.idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for requests in progress: %w", ctx.Err())
	}
}

// admit refuses what must not reach the router.
func (a *API) admit(x *exchange, r *http.Request, busy int64) error {
	if a.draining.Load() && r.URL.Path != "/readyz" {
		x.Header().Set("Connection", "close")
		return errStopping
	}
	if busy > int64(a.limits.InProgress) {
		a.troubles.busy(a.clock.Now())
		return errBusy
	}
	if wait, ok := a.rate.take(r); !ok {
		return RetryAfter(errTooMany, wait)
	}
	if hasNul(r.URL) {
		return errNulCharacter
	}
	if err := a.cross.Check(r); err != nil {
		return errCrossOrigin.WithCause(err)
	}
	return nil
}

// Fail answers with the problem that err is; for handlers given to Mount. A part of an answer that has
// already left cannot be taken back.
func Fail(w http.ResponseWriter, r *http.Request, err error) {
	if x, ok := r.Context().Value(exchangeKey{}).(*exchange); ok {
		x.api.fail(x, r, err)
		return
	}
	p, _ := problemOf(err, "")
	writeBare(w, p)
}

// writeBare answers a request that no API has taken.
func writeBare(w http.ResponseWriter, p *Problem) {
	p.Instance = ""
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = encode(p, func(b []byte) error { _, _ = w.Write(b); return nil })
}

func (a *API) fail(x *exchange, r *http.Request, err error) {
	p, internal := problemOf(err, x.ID())
	if internal {
		a.report(x, r, err, nil)
	}
	x.problem(p)
}

// report logs an internal error: once, here, with the id that the answer carries.
func (a *API) report(x *exchange, r *http.Request, err error, stack []byte) {
	a.troubles.failed(a.clock.Now())
	pattern := r.Method
	if x.route != nil {
		pattern = x.route.pattern
	}
	attrs := []any{"request_id", x.ID(), "route", pattern, "error", err}
	if stack != nil {
		attrs = append(attrs, "stack", string(stack))
	}
	a.log.ErrorContext(r.Context(), "request failed", attrs...)
}

// end answers what a panic left unanswered, sends what is held back, and counts the request.
func (a *API) end(x *exchange, r *http.Request) {
	if v := recover(); v != nil {
		if v == http.ErrAbortHandler {
			a.observe.done(x, a.clock.Now())
			panic(v)
		}
		a.report(x, r, asError(v), debug.Stack())
		p, _ := problemOf(errInternal, x.ID())
		if x.sent && !x.hijacked {
			a.observe.done(x, a.clock.Now())
			panic(http.ErrAbortHandler) // half an answer is out: the client must see that it is broken
		}
		x.problem(p)
	}
	x.flush()
	a.observe.done(x, a.clock.Now())
}

// Limits bound what one caller and all callers together may take.
type Limits struct {
	Body       int64         // bytes of a request body; default 1 MiB; a Route may say otherwise
	BodyTime   time.Duration // for the body to arrive; default 15 s
	Handler    time.Duration // for the handler; default 30 s
	InProgress int           // requests at once, live connections not counted; default 2,000

	ClientRate    float64 // requests per second of one address; default 200
	ClientBurst   int     // requests that one address may save up; default 400
	LimitLoopback bool    // whether this machine's own address is limited too
}

func (l Limits) withDefaults() Limits {
	l.Body = cmp.Or(l.Body, 1<<20)
	l.BodyTime = cmp.Or(l.BodyTime, 15*time.Second)
	l.Handler = cmp.Or(l.Handler, 30*time.Second)
	l.InProgress = cmp.Or(l.InProgress, 2000)
	l.ClientRate = cmp.Or(l.ClientRate, 200)
	l.ClientBurst = cmp.Or(l.ClientBurst, 400)
	return l
}

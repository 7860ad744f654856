package httpapi

import (
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"yingda/internal/platform/telemetry"
)

// statusClasses are the values of the label status, by status / 100; the last is a client that left.
var statusClasses = [...]string{"other", "1xx", "2xx", "3xx", "4xx", "5xx", "canceled"}

const canceledClass = len(statusClasses) - 1

// observer makes figures and spans. Label values are route patterns and status classes only; each
// route's series are found once, at registration.
type observer struct {
	requests  *prometheus.CounterVec
	took      *prometheus.HistogramVec
	unmatched routeFigures
	tracer    trace.Tracer
}

type routeFigures struct {
	requests [len(statusClasses)]prometheus.Counter
	took     prometheus.Observer
}

// requestSeconds are telemetry.RequestBuckets; the vector is made here because its labels grow with the routes.
var requestSeconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

func newObserver(m *telemetry.Metrics, tracer trace.Tracer) observer {
	o := observer{tracer: tracer}
	if m == nil {
		return o
	}
	o.requests = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: telemetry.Namespace, Name: "http_requests_total", Help: "HTTP requests answered.",
	}, []string{"route", "status"})
	o.took = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: telemetry.Namespace, Name: "http_request_seconds",
		Help: "Time from a request's headers to its answer.", Buckets: requestSeconds,
	}, []string{"route"})
	m.Register(o.requests, o.took)
	o.unmatched = o.route("unmatched")
	return o
}

func (o *observer) route(pattern string) (f routeFigures) {
	if o.requests == nil {
		return f
	}
	for i, class := range statusClasses {
		f.requests[i] = o.requests.WithLabelValues(pattern, class)
	}
	f.took = o.took.WithLabelValues(pattern)
	return f
}

func (o *observer) begin(x *exchange, r *http.Request) {
	if o.tracer == nil {
		return
	}
	if _, ok := r.Header["Traceparent"]; ok {
		x.Context = telemetry.ExtractTrace(x.Context, propagation.HeaderCarrier(r.Header))
	}
	x.Context, x.span = o.tracer.Start(x.Context, r.Method, trace.WithSpanKind(trace.SpanKindServer))
}

func (o *observer) done(x *exchange, now time.Time) {
	if o.requests != nil {
		f := &o.unmatched
		if x.route != nil {
			f = &x.route.figures
		}
		f.requests[classOf(x.status)].Inc()
		f.took.Observe(now.Sub(x.began).Seconds())
	}
	if x.span == nil {
		return
	}
	if x.span.IsRecording() {
		if x.route != nil {
			x.span.SetName(x.route.pattern)
			x.span.SetAttributes(attribute.String("http.route", x.route.path()))
		}
		x.span.SetAttributes(attribute.Int("http.response.status_code", x.status), attribute.String("yingda.request_id", x.id))
		if x.status >= http.StatusInternalServerError {
			x.span.SetStatus(codes.Error, http.StatusText(x.status))
		}
	}
	x.span.End()
}

func (rt *route) path() string {
	_, path, found := strings.Cut(rt.pattern, " ")
	if !found {
		return rt.pattern
	}
	return path
}

func classOf(status int) int {
	switch {
	case status == statusCanceled:
		return canceledClass
	case status >= 100 && status < 600:
		return status / 100
	default:
		return 0
	}
}

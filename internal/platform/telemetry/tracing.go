package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
)

const (
	// exportTimeout bounds one delivery to the collector, retries included.
	exportTimeout = 5 * time.Second
	// flushTimeout bounds the last delivery at Stop: a collector that is away must not hold up a restart.
	flushTimeout = 5 * time.Second
)

// TracingConfig says where spans go.
type TracingConfig struct {
	Endpoint string            // of an OTLP/HTTP collector, such as https://collector:4318; empty: no tracing
	Headers  map[string]string // sent with each delivery, such as a collector's key
	Version  string            // of this program
	Node     string            // name of this process among several
	Ratio    float64           // share of traces begun here that are kept, 0 to 1; a trace from elsewhere keeps its decision
	Logger   *slog.Logger
	Clock    clock.Clock
}

// Tracing makes tracers and delivers their spans in the background. Tracers may be taken before Start; what ends
// before Start or after Stop is not delivered. Stop delivers what is still waiting, for 5 s at most.
type Tracing struct {
	lifecycle.Service
	provider trace.TracerProvider
	sdk      *sdktrace.TracerProvider // nil without endpoint
	url      string
	config   TracingConfig
	client   *http.Client

	mu     sync.Mutex
	failed time.Time // since when deliveries fail; zero: they arrive
}

// NewTracing checks the configuration. Nothing is contacted before Start, and a collector that is away is no error.
func NewTracing(c TracingConfig) (*Tracing, error) {
	t := &Tracing{config: c, provider: noop.NewTracerProvider()}
	if c.Endpoint == "" {
		t.Service = lifecycle.Func("telemetry", nil, nil)
		return t, nil
	}
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("trace endpoint %q: want a URL such as https://collector:4318", c.Endpoint)
	}
	if c.Ratio < 0 || c.Ratio > 1 {
		return nil, fmt.Errorf("trace ratio %v: want 0 to 1", c.Ratio)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1/traces" // OTLP specification, section "OTLP/HTTP Request"
	}
	t.url = u.String()
	t.sdk = sdktrace.NewTracerProvider(
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(c.Ratio))),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", Namespace),
			attribute.String("service.version", c.Version),
			attribute.String("service.instance.id", c.Node),
		)),
	)
	t.provider = t.sdk
	t.Service = lifecycle.Func("telemetry", t.start, t.stop)
	return t, nil
}

// Tracer gives a package its tracer; name is the package's.
func (t *Tracing) Tracer(name string) trace.Tracer { return t.provider.Tracer(name) }

func (t *Tracing) start(ctx context.Context) error {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 1}
	t.client = &http.Client{Transport: transport, Timeout: exportTimeout}
	out, err := otlptracehttp.New(ctx,
		otlptracehttp.WithEndpointURL(t.url),
		otlptracehttp.WithHeaders(t.config.Headers),
		otlptracehttp.WithHTTPClient(t.client),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
			Enabled: true, InitialInterval: 500 * time.Millisecond, MaxInterval: 2 * time.Second, MaxElapsedTime: exportTimeout,
		}),
	)
	if err != nil {
		return fmt.Errorf("start trace exporter: %w", err)
	}
	t.sdk.RegisterSpanProcessor(sdktrace.NewBatchSpanProcessor(&watched{out, t}))
	return nil
}

func (t *Tracing) stop(ctx context.Context) error {
	flush, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	err := t.sdk.Shutdown(flush)
	t.client.CloseIdleConnections()
	if err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		t.config.Logger.Warn("traces were dropped at stop", "error", err)
		return nil
	}
	return err
}

// watched is the exporter with an eye on its failures; the SDK would tell them to a global only.
type watched struct {
	sdktrace.SpanExporter
	t *Tracing
}

func (w *watched) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := w.SpanExporter.ExportSpans(ctx, spans)
	w.t.delivered(len(spans), err)
	return nil
}

// delivered logs the first failure and the recovery, not each failure between.
func (t *Tracing) delivered(count int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err != nil && t.failed.IsZero():
		t.failed = t.config.Clock.Now()
		t.config.Logger.Warn("traces cannot be delivered", "spans", count, "error", err)
	case err == nil && !t.failed.IsZero():
		t.failed = time.Time{}
		t.config.Logger.Info("traces are delivered again")
	}
}

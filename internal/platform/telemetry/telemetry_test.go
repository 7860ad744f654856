package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/telemetry"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

var remoteSpan = trace.NewSpanContext(trace.SpanContextConfig{
	TraceID: trace.TraceID{1, 2, 3}, SpanID: trace.SpanID{4, 5}, TraceFlags: trace.FlagsSampled, Remote: true,
})

// phone stands for a type that knows how it may be shown.
type phone string

func (p phone) Redacted() string { return string(p[:3]) + "****" }

// logged gives the one line that write makes, as JSON.
func logged(t *testing.T, write func(*slog.Logger)) map[string]any {
	t.Helper()
	var b bytes.Buffer
	log, err := telemetry.NewLogger(&b, telemetry.JSON, slog.LevelInfo)
	require.NoError(t, err)
	write(log)
	line := map[string]any{}
	require.NoError(t, json.Unmarshal(b.Bytes(), &line))
	return line
}

func TestLinesCarryTraceAndInteraction(t *testing.T) {
	t.Parallel()
	ctx := trace.ContextWithRemoteSpanContext(telemetry.WithInteraction(t.Context(), "0198"), remoteSpan)
	line := logged(t, func(l *slog.Logger) { l.With("node", "a").InfoContext(ctx, "call answered") })
	require.Equal(t, "0198", line["interaction_id"])
	require.Equal(t, remoteSpan.TraceID().String(), line["trace_id"])
	require.Equal(t, remoteSpan.SpanID().String(), line["span_id"])
	require.Equal(t, "a", line["node"])

	line = logged(t, func(l *slog.Logger) { l.Info("call answered") })
	require.NotContains(t, line, "interaction_id")
	require.NotContains(t, line, "trace_id")
}

func TestSecretsAndPersonalDataAreMasked(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"phone", "Caller_Phone", "password", "password_hash", "api_token", "Authorization", "id_number", "set-cookie", "contact.email"} {
		line := logged(t, func(l *slog.Logger) { l.Info("x", key, "13900000000") })
		require.Equal(t, telemetry.Masked, line[key], key)
	}
	for _, key := range []string{"phone_id", "address", "error", "count", "emails_sent"} {
		line := logged(t, func(l *slog.Logger) { l.Info("x", key, "kept") })
		require.Equal(t, "kept", line[key], key)
	}
	line := logged(t, func(l *slog.Logger) {
		l.With("token", "t").Info("x", "line", phone("13900000000"), slog.Group("credentials", "user", "u"), slog.Group("http", "cookie", "c"))
	})
	require.Equal(t, telemetry.Masked, line["token"])
	require.Equal(t, "139****", line["line"])
	require.Equal(t, map[string]any{"user": telemetry.Masked}, line["credentials"])
	require.Equal(t, map[string]any{"cookie": telemetry.Masked}, line["http"])
}

func TestLoggerRefusesAnUnknownFormatAndKeepsItsLevel(t *testing.T) {
	t.Parallel()
	_, err := telemetry.NewLogger(os.Stderr, "xml", slog.LevelInfo)
	require.ErrorContains(t, err, `"text" or "json"`)
	var b bytes.Buffer
	var level slog.LevelVar
	log, err := telemetry.NewLogger(&b, telemetry.Text, &level)
	require.NoError(t, err)
	log.Debug("quiet")
	require.Empty(t, b.String())
	level.Set(slog.LevelDebug)
	log.Debug("loud")
	require.Contains(t, b.String(), "msg=loud")
}

func TestContextCrossesHeaders(t *testing.T) {
	t.Parallel()
	require.False(t, telemetry.HasContext(t.Context()))
	ctx := trace.ContextWithRemoteSpanContext(telemetry.WithInteraction(t.Context(), "0198"), remoteSpan)
	require.True(t, telemetry.HasContext(ctx))
	headers := propagation.HeaderCarrier(http.Header{})
	telemetry.Inject(ctx, headers)

	inside := telemetry.Extract(context.Background(), headers)
	require.Equal(t, "0198", telemetry.InteractionID(inside))
	require.True(t, trace.SpanContextFromContext(inside).Equal(remoteSpan))

	stranger := telemetry.ExtractTrace(context.Background(), headers)
	require.Empty(t, telemetry.InteractionID(stranger), "a stranger must not choose our ids")
	require.Equal(t, remoteSpan.TraceID(), trace.SpanContextFromContext(stranger).TraceID())

	outward := propagation.HeaderCarrier(http.Header{})
	telemetry.InjectTrace(ctx, outward)
	require.Equal(t, []string{"Traceparent"}, outward.Keys())
}

// figures gives a counter's series by their label values in the order of label names.
func figures(t *testing.T, m *telemetry.Metrics, name string) map[string]float64 {
	t.Helper()
	families, err := m.Gatherer().Gather()
	require.NoError(t, err)
	found := map[string]float64{}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, series := range f.GetMetric() {
			var values []string
			for _, l := range series.GetLabel() {
				values = append(values, l.GetValue())
			}
			found[strings.Join(values, "/")] = series.GetCounter().GetValue()
		}
	}
	return found
}

type result string

func TestLabelValuesAreClosed(t *testing.T) {
	t.Parallel()
	m := telemetry.NewMetrics(telemetry.ThisBuild("1.2.3"))
	results := telemetry.LabelOf("result", result("answered"), result("lost"))
	calls := m.Counter("calls_total", "Calls by result.", results, telemetry.Label{Name: "way", Values: []string{"in", "out"}})
	require.Len(t, figures(t, m, "yingda_calls_total"), 4, "every series is there before the first event")
	calls.Inc("lost", "out")
	calls.Add(3, "lost", "out")
	calls.Inc("13900000000", "out")
	calls.Inc("answered")
	require.Equal(t, map[string]float64{
		"answered/in": 0, "answered/out": 0, "lost/in": 0, "lost/out": 4, "other/out": 1, "answered/other": 1,
	}, figures(t, m, "yingda_calls_total"))
	require.Panics(t, func() { m.Counter("calls_total", "Again.") })
}

func TestDurationsAndGaugesAreServed(t *testing.T) {
	t.Parallel()
	m := telemetry.NewMetrics(telemetry.ThisBuild("1.2.3"))
	m.Duration("call_setup_seconds", "From INVITE to ringing.", telemetry.CallSetupBuckets).Observe(250 * time.Millisecond)
	waiting := m.Gauge("calls_waiting", "Calls in queues.")
	waiting.Set(5)
	waiting.Add(-2)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, w.Code)
	for _, want := range []string{
		`yingda_call_setup_seconds_bucket{le="0.2"} 0`, `yingda_call_setup_seconds_bucket{le="0.3"} 1`,
		"yingda_calls_waiting 3", `version="1.2.3"`, "go_goroutines", "process_open_fds",
	} {
		require.Contains(t, w.Body.String(), want)
	}
}

func BenchmarkCounterWithTwoLabels(b *testing.B) {
	m := telemetry.NewMetrics(telemetry.ThisBuild("1"))
	c := m.Counter("x_total", "X.", telemetry.Label{Name: "a", Values: []string{"1", "2", "3"}}, telemetry.Label{Name: "b", Values: []string{"1", "2"}})
	b.ReportAllocs()
	for b.Loop() {
		c.Inc("3", "2")
	}
}

func ExampleNewLogger() {
	log, _ := telemetry.NewLogger(os.Stdout, telemetry.Text, slog.LevelInfo)
	ctx := telemetry.WithInteraction(context.Background(), "0198")
	if !log.Enabled(ctx, slog.LevelDebug) {
		fmt.Println("debug is off")
	}
	// Output: debug is off
}

package telemetry_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/health"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/telemetry"
)

// receive runs an OTLP/HTTP collector that answers with status and passes on what it decoded.
func receive(t *testing.T, status int) (endpoint string, got chan *collector.ExportTraceServiceRequest) {
	t.Helper()
	got = make(chan *collector.ExportTraceServiceRequest, 8)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("X-Key") != "k" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.WriteHeader(status)
		m := &collector.ExportTraceServiceRequest{}
		if err := proto.Unmarshal(body, m); err == nil {
			got <- m
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, got
}

func newTracing(t *testing.T, endpoint string) *telemetry.Tracing {
	t.Helper()
	tracing, err := telemetry.NewTracing(telemetry.TracingConfig{
		Endpoint: endpoint, Headers: map[string]string{"X-Key": "k"}, Version: "1.2.3", Node: "a", Ratio: 1,
		Logger: slog.New(slog.DiscardHandler), Clock: clocktest.New(),
	})
	require.NoError(t, err)
	return tracing
}

func TestSpansReachTheCollectorAtStop(t *testing.T) {
	t.Parallel()
	endpoint, got := receive(t, http.StatusOK)
	tracing := newTracing(t, endpoint)
	tracer := tracing.Tracer("routing") // taken before Start, as constructors do
	require.NoError(t, tracing.Start(t.Context()))
	ctx := trace.ContextWithRemoteSpanContext(t.Context(), remoteSpan)
	_, span := tracer.Start(ctx, "offer")
	span.End()
	require.NoError(t, tracing.Stop(t.Context()))

	m := <-got
	require.Len(t, m.GetResourceSpans(), 1)
	of := m.GetResourceSpans()[0]
	require.Equal(t, "yingda", of.GetResource().GetAttributes()[1].GetValue().GetStringValue())
	require.Equal(t, "routing", of.GetScopeSpans()[0].GetScope().GetName())
	sent := of.GetScopeSpans()[0].GetSpans()[0]
	parent, parentSpan := remoteSpan.TraceID(), remoteSpan.SpanID()
	require.Equal(t, "offer", sent.GetName())
	require.Equal(t, parent[:], sent.GetTraceId())
	require.Equal(t, parentSpan[:], sent.GetParentSpanId())
	require.Empty(t, findings(tracing))
}

func findings(tracing *telemetry.Tracing) []health.Finding {
	return tracing.Health().Check(context.Background())
}

func TestCollectorThatRefusesIsAWarningAndHoldsUpNothing(t *testing.T) {
	t.Parallel()
	endpoint, got := receive(t, http.StatusForbidden)
	tracing := newTracing(t, endpoint)
	require.NoError(t, tracing.Start(t.Context()))
	_, span := tracing.Tracer("x").Start(t.Context(), "y")
	span.End()
	require.NoError(t, tracing.Stop(t.Context()))
	<-got
	f := findings(tracing)
	require.Len(t, f, 1)
	require.Equal(t, "telemetry.traces_lost", f[0].Warning.Code)
	require.Equal(t, clocktest.Epoch.Format(time.RFC3339), f[0].Params[0].Value)
	require.NotContains(t, f[0].Params[1].Value, "/", "only the host: the rest may hold a key")
}

func TestWithoutEndpointNothingIsRecorded(t *testing.T) {
	t.Parallel()
	tracing := newTracing(t, "")
	require.NoError(t, tracing.Start(t.Context()))
	tracer := tracing.Tracer("x")
	ctx, span := tracer.Start(t.Context(), "y")
	require.False(t, span.IsRecording())
	require.False(t, trace.SpanContextFromContext(ctx).IsValid())
	require.NoError(t, tracing.Stop(t.Context()))
}

func TestTracingRefusesAWrongConfiguration(t *testing.T) {
	t.Parallel()
	for _, c := range []telemetry.TracingConfig{
		{Endpoint: "collector:4318"}, {Endpoint: "ftp://collector"}, {Endpoint: "http://"}, {Endpoint: "http://c", Ratio: 2},
	} {
		_, err := telemetry.NewTracing(c)
		require.Error(t, err, "%+v", c)
	}
}

func TestTracingSurvivesStress(t *testing.T) {
	t.Parallel()
	endpoint, _ := receive(t, http.StatusOK)
	lifecycletest.Stress(t, func() lifecycle.Service { return newTracing(t, endpoint) })
}

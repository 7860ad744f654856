package httpclient

import (
	"errors"
	"net/http"
	"time"

	"yingda/internal/platform/telemetry"
)

type outcome string

const (
	outcomeOK          outcome = "ok"           // 1xx to 3xx
	outcomeClientError outcome = "client_error" // 4xx
	outcomeServerError outcome = "server_error" // 5xx
	outcomeTimeout     outcome = "timeout"
	outcomeUnreachable outcome = "unreachable"
	outcomeRefused     outcome = "refused" // by the guard
	outcomeOpen        outcome = "circuit_open"
	outcomeBroken      outcome = "broken" // answer unreadable, too large, redirect not followed, caller gone
)

func outcomeOf(resp *Response, err error) outcome {
	switch {
	case err == nil && resp.Status < http.StatusBadRequest:
		return outcomeOK
	case err == nil && resp.Status < http.StatusInternalServerError:
		return outcomeClientError
	case err == nil:
		return outcomeServerError
	case errors.Is(err, ErrTimeout):
		return outcomeTimeout
	case errors.Is(err, ErrAway):
		return outcomeUnreachable
	case errors.Is(err, ErrAddress):
		return outcomeRefused
	}
	return outcomeBroken
}

// Metrics are shared by all clients of a process. A nil Metrics counts nothing.
type Metrics struct {
	calls *telemetry.Counter
	took  *telemetry.Duration
}

// NewMetrics makes them for clients of these names.
func NewMetrics(m *telemetry.Metrics, names ...string) *Metrics {
	client := telemetry.Label{Name: "client", Values: names}
	return &Metrics{
		calls: m.Counter("httpclient_calls_total", "Calls to other systems, each attempt counted.", client,
			telemetry.LabelOf("outcome", outcomeOK, outcomeClientError, outcomeServerError, outcomeTimeout, outcomeUnreachable, outcomeRefused, outcomeOpen, outcomeBroken)),
		took: m.Duration("httpclient_call_seconds", "How long calls to other systems took, each attempt counted.", telemetry.RequestBuckets, client),
	}
}

func (m *Metrics) count(name string, o outcome) {
	if m != nil {
		m.calls.Inc(name, string(o))
	}
}

func (m *Metrics) observe(name string, took time.Duration) {
	if m != nil {
		m.took.Observe(took, name)
	}
}

package outbox

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"yingda/internal/platform/telemetry"
)

// metrics are shared by all consumers of a process; the consumer's name is a label with the few values
// that the program's wiring gives it.
type metrics struct {
	events, failures *prometheus.CounterVec
	lag, took        *prometheus.HistogramVec
	published        prometheus.Counter
	deleted          prometheus.Counter
}

var lagBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60, 300}

func newMetrics(r prometheus.Registerer) *metrics {
	const ns, sub = telemetry.Namespace, "outbox"
	return &metrics{
		events: shared(r, prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: ns, Subsystem: sub,
			Name: "events_consumed_total", Help: "Events whose effect was committed."}, []string{"consumer"})),
		failures: shared(r, prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: ns, Subsystem: sub,
			Name: "failures_total", Help: "Attempts at a single event that failed."}, []string{"consumer"})),
		lag: shared(r, prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: ns, Subsystem: sub,
			Name: "lag_seconds", Help: "From writing an event to the commit of its effect.", Buckets: lagBuckets}, []string{"consumer"})),
		took: shared(r, prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: ns, Subsystem: sub,
			Name: "batch_seconds", Help: "Length of a consumer's transaction.", Buckets: lagBuckets}, []string{"consumer"})),
		published: shared(r, prometheus.NewCounter(prometheus.CounterOpts{Namespace: ns, Subsystem: sub,
			Name: "events_published_total", Help: "Events that the stream acknowledged."})),
		deleted: shared(r, prometheus.NewCounter(prometheus.CounterOpts{Namespace: ns, Subsystem: sub,
			Name: "events_deleted_total", Help: "Events deleted after the retention."})),
	}
}

// shared registers the collector, or gives the one that another consumer has registered.
func shared[C prometheus.Collector](r prometheus.Registerer, c C) C {
	if r == nil {
		return c
	}
	err := r.Register(c)
	if there, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
		if same, ok := there.ExistingCollector.(C); ok {
			return same
		}
	}
	if err != nil {
		panic(err) // two metrics of one name and different shape: a fault of start-up
	}
	return c
}

func (m *metrics) consumed(consumer string, events []Event, begin, end time.Time) {
	if len(events) == 0 {
		return
	}
	m.events.WithLabelValues(consumer).Add(float64(len(events)))
	m.took.WithLabelValues(consumer).Observe(end.Sub(begin).Seconds())
	lag := m.lag.WithLabelValues(consumer)
	for _, e := range events {
		lag.Observe(end.Sub(e.WrittenAt).Seconds())
	}
}

func (m *metrics) failed(consumer string) { m.failures.WithLabelValues(consumer).Inc() }

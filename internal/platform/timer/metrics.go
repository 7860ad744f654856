package timer

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"yingda/internal/platform/telemetry"
)

// metrics carry the kind as label: its values are the handlers that the program registers.
type metrics struct {
	lateness *prometheus.HistogramVec
	failures *prometheus.CounterVec
}

// newMetrics makes them, and registers them unless r is nil; one worker per registry.
func newMetrics(r prometheus.Registerer) metrics {
	const ns, sub = telemetry.Namespace, "timer"
	m := metrics{
		lateness: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: ns, Subsystem: sub,
			Name: "lateness_seconds", Help: "From the due time to the commit of the effect, for timers fired at the first attempt.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, 5, 30, 300}}, []string{"kind"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: ns, Subsystem: sub,
			Name: "failures_total", Help: "Attempts at a timer that failed."}, []string{"kind"}),
	}
	if r != nil {
		r.MustRegister(m.lateness, m.failures)
	}
	return m
}

func (m metrics) fired(kind string, due []Due, now time.Time) {
	h := m.lateness.WithLabelValues(kind)
	for _, d := range due {
		if d.Attempts == 0 {
			h.Observe(max(0, now.Sub(d.DueAt).Seconds()))
		}
	}
}

func (m metrics) failed(kind string) { m.failures.WithLabelValues(kind).Inc() }

package projection

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the projection's figures.
type metrics struct {
	projected, aside, closed prometheus.Counter
	took                     prometheus.Histogram
	lag                      prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) *metrics {
	const ns, sub = "yingda", "interaction"
	return &metrics{
		projected: shared(r, prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: ns, Subsystem: sub, Name: "projected_total", Help: "Entries of the contact journal that were written into records.",
		})),
		aside: shared(r, prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: ns, Subsystem: sub, Name: "unprojected_total", Help: "Entries of the contact journal that could not be written and were put aside.",
		})),
		closed: shared(r, prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: ns, Subsystem: sub, Name: "closed_as_lost_total", Help: "Contacts whose end never came and that were closed as lost.",
		})),
		took: shared(r, prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: ns, Subsystem: sub, Name: "projection_seconds", Help: "How long a batch of the contact journal took to be written into records.",
			Buckets: []float64{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5},
		})),
		lag: shared(r, prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: ns, Subsystem: sub, Name: "projection_lag_seconds", Help: "How old the oldest entry of the last batch was when it was written into records.",
		})),
	}
}

// shared registers the collector, or gives the one that is registered already.
func shared[C prometheus.Collector](r prometheus.Registerer, c C) C {
	if r == nil {
		return c
	}
	err := r.Register(c) // what cannot be registered is only not shown
	if there, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
		if same, ok := there.ExistingCollector.(C); ok {
			return same
		}
	}
	return c
}

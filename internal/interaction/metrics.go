package interaction

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the figures of the journal.
type metrics struct {
	stored, lost prometheus.Counter
	took         prometheus.Histogram
}

func newMetrics(r prometheus.Registerer) *metrics {
	const ns, sub = "yingda", "interaction"
	counter := func(name, help string) prometheus.Counter {
		return shared(r, prometheus.NewCounter(prometheus.CounterOpts{Namespace: ns, Subsystem: sub, Name: name, Help: help}))
	}
	return &metrics{
		stored: counter("journal_stored_total", "Entries of the contact journal that the stream has stored."),
		lost:   counter("journal_lost_total", "Entries of the contact journal that found no room."),
		took: shared(r, prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: ns, Subsystem: sub, Name: "journal_append_seconds", Help: "How long the stream took to store a message of the contact journal.",
			Buckets: []float64{0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5},
		})),
	}
}

// shared registers the collector, or gives the one that is registered already: several parts of one process count
// together.
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

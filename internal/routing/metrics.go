package routing

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// figures are what /metrics shows of this process.
type figures struct {
	corrections map[string]*atomic.Uint64
	unwritten   atomic.Uint64 // lines of the journal
	events      atomic.Uint64
	leads       atomic.Uint64 // epoch; 0: it does not
}

func newFigures() *figures {
	f := &figures{corrections: map[string]*atomic.Uint64{}}
	for _, cause := range causes() {
		f.corrections[cause] = new(atomic.Uint64)
	}
	return f
}

func (f *figures) corrected(cause string) { f.corrections[cause].Add(1) }

func (f *figures) corrected0() (n uint64) {
	for _, c := range f.corrections {
		n += c.Load()
	}
	return n
}

// Corrections counts how often this process, while it led, found that router and nodes did not agree, and corrected
// itself. It must stay 0; see docs/operations/routing.md.
func (s *Service) Corrections() uint64 { return s.metrics.corrected0() }

// Collectors give the figures for /metrics.
func (s *Service) Collectors() []prometheus.Collector {
	list := []prometheus.Collector{
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "yingda_routing_events_total", Help: "Events that the router of this process applied."},
			func() float64 { return float64(s.metrics.events.Load()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "yingda_routing_epoch", Help: "Epoch in which this process leads the routing; 0 when it does not."},
			func() float64 { return float64(s.metrics.leads.Load()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "yingda_routing_journal_lost_total", Help: "Lines of the journal of decisions that could not be written."},
			func() float64 { return float64(s.metrics.unwritten.Load()) }),
	}
	for _, cause := range causes() {
		list = append(list, prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "yingda_routing_corrections_total", Help: "Corrections of the router; must be 0.", ConstLabels: prometheus.Labels{"cause": cause},
		}, func() float64 { return float64(s.metrics.corrections[cause].Load()) }))
	}
	return list
}

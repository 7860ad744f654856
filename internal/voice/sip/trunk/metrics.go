package trunk

import "github.com/prometheus/client_golang/prometheus"

// Collector gives the trunks' figures for /metrics. Labels are the closed lists of [State] and [Registered]; which
// trunk it is stands on the page and in the health report.
func (m *Manager) Collector() prometheus.Collector { return collector{m} }

type collector struct{ m *Manager }

var (
	trunksDesc        = prometheus.NewDesc("yingda_trunk_trunks", "Trunks by state.", []string{"state"}, nil)
	registrationsDesc = prometheus.NewDesc("yingda_trunk_registrations", "Trunks that register, by state of the registration.", []string{"state"}, nil)
	callsDesc         = prometheus.NewDesc("yingda_trunk_calls", "Calls on trunks now, in and out.", nil, nil)
)

func (c collector) Describe(out chan<- *prometheus.Desc) {
	out <- trunksDesc
	out <- registrationsDesc
	out <- callsDesc
}

func (c collector) Collect(out chan<- prometheus.Metric) {
	states := map[State]int{Unknown: 0, Up: 0, Down: 0, Off: 0}
	registrations := map[Registered]int{Trying: 0, Accepted: 0, Lost: 0, Refused: 0}
	calls := 0
	for _, s := range c.m.Snapshot() {
		states[s.State]++
		calls += s.Calls
		if s.Registered != NotNeeded {
			registrations[s.Registered]++
		}
	}
	gauge := func(d *prometheus.Desc, n int, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), labels...)
	}
	for s, n := range states {
		gauge(trunksDesc, n, string(s))
	}
	for s, n := range registrations {
		gauge(registrationsDesc, n, string(s))
	}
	gauge(callsDesc, calls)
}

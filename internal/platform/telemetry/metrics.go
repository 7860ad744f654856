package telemetry

import (
	"net/http"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Namespace begins every metric's name.
const Namespace = "yingda"

// Build says what is running.
type Build struct{ Version, Revision string }

// ThisBuild reads what the Go tool wrote into the binary; version is the release's name.
func ThisBuild(version string) Build {
	b := Build{Version: version, Revision: "unknown"}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				b.Revision = s.Value
			}
		}
	}
	return b
}

// Metrics is a registry of its own, with the figures of the Go runtime and the process in it.
//
// Making a metric whose name exists panics: names are fixed in the code, so this is a fault of start-up that
// every test meets.
type Metrics struct{ registry *prometheus.Registry }

// NewMetrics makes the registry and the gauge yingda_build_info.
func NewMetrics(b Build) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: Namespace, Name: "build_info", Help: "1; the labels say what is running.",
		ConstLabels: prometheus.Labels{"version": b.Version, "revision": b.Revision, "go": runtime.Version()},
	})
	info.Set(1)
	m.Register(info, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Register adds collectors that others wrote, such as a connection pool's.
func (m *Metrics) Register(list ...prometheus.Collector) { m.registry.MustRegister(list...) }

// Registerer adds collectors one by one, for packages that make their own.
func (m *Metrics) Registerer() prometheus.Registerer { return m.registry }

// Gatherer reads the registry in tests and in the support bundle.
func (m *Metrics) Gatherer() prometheus.Gatherer { return m.registry }

// Handler serves /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
}

// Label is one dimension of a metric with every value it can have. Any other value counts as "other".
type Label struct {
	Name   string
	Values []string
}

// LabelOf makes a label of a closed string type's values.
func LabelOf[T ~string](name string, values ...T) Label {
	l := Label{Name: name}
	for _, v := range values {
		l.Values = append(l.Values, string(v))
	}
	return l
}

// Counter counts events; a metric name should end in _total.
type Counter struct{ series[prometheus.Counter] }

// Counter makes a counter.
func (m *Metrics) Counter(name, help string, labels ...Label) *Counter {
	vec := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: Namespace, Name: name, Help: help}, names(labels))
	m.Register(vec)
	return &Counter{newSeries(labels, vec.WithLabelValues)}
}

// Inc counts one event.
func (c *Counter) Inc(values ...string) { c.at(values).Inc() }

// Add counts n events; n must not be negative.
func (c *Counter) Add(n uint64, values ...string) { c.at(values).Add(float64(n)) }

// Gauge shows how much there is now.
type Gauge struct{ series[prometheus.Gauge] }

// Gauge makes a gauge.
func (m *Metrics) Gauge(name, help string, labels ...Label) *Gauge {
	vec := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: Namespace, Name: name, Help: help}, names(labels))
	m.Register(vec)
	return &Gauge{newSeries(labels, vec.WithLabelValues)}
}

// Set shows v.
func (g *Gauge) Set(v float64, values ...string) { g.at(values).Set(v) }

// Add changes the figure by delta.
func (g *Gauge) Add(delta float64, values ...string) { g.at(values).Add(delta) }

// Duration is a histogram of how long something took, in seconds.
type Duration struct{ series[prometheus.Observer] }

// Duration makes a histogram with the buckets of one kind of duration; a metric name should end in _seconds.
func (m *Metrics) Duration(name, help string, buckets Buckets, labels ...Label) *Duration {
	vec := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: Namespace, Name: name, Help: help, Buckets: buckets.seconds,
	}, names(labels))
	m.Register(vec)
	return &Duration{newSeries(labels, vec.WithLabelValues)}
}

// Observe records one duration.
func (d *Duration) Observe(took time.Duration, values ...string) {
	d.at(values).Observe(took.Seconds())
}

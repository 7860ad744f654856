package bus

import "github.com/prometheus/client_golang/prometheus"

// Collector gives the bus's figures for /metrics.
func (b *Bus) Collector() prometheus.Collector { return collector{b} }

type collector struct{ b *Bus }

var (
	connectedDesc = prometheus.NewDesc("yingda_bus_connected", "1 while the message bus is connected.", nil, nil)
	reconnectDesc = prometheus.NewDesc("yingda_bus_reconnects_total", "Times that the message bus was connected again.", nil, nil)
	droppedDesc   = prometheus.NewDesc("yingda_bus_dropped_total", "Messages dropped because a handler was too slow.", nil, nil)
)

func (c collector) Describe(out chan<- *prometheus.Desc) {
	out <- connectedDesc
	out <- reconnectDesc
	out <- droppedDesc
}

func (c collector) Collect(out chan<- prometheus.Metric) {
	c.b.mu.Lock()
	connected := 0.0
	if c.b.session != nil {
		connected = 1
	}
	c.b.mu.Unlock()
	out <- prometheus.MustNewConstMetric(connectedDesc, prometheus.GaugeValue, connected)
	out <- prometheus.MustNewConstMetric(reconnectDesc, prometheus.CounterValue, float64(c.b.reconnects.Load()))
	out <- prometheus.MustNewConstMetric(droppedDesc, prometheus.CounterValue, float64(c.b.dropped.Load()))
}

package wire

import "github.com/prometheus/client_golang/prometheus"

// Collector gives the listeners' figures for /metrics. The label reason is the closed list of [Reasons].
func (w *Wire) Collector() prometheus.Collector { return collector{w} }

type collector struct{ w *Wire }

var (
	receivedDesc    = prometheus.NewDesc("yingda_sip_received_total", "SIP messages given to the stack.", nil, nil)
	sentDesc        = prometheus.NewDesc("yingda_sip_sent_total", "SIP messages sent.", nil, nil)
	answeredDesc    = prometheus.NewDesc("yingda_sip_bad_answered_total", "Bad SIP requests that got a stateless answer.", nil, nil)
	droppedDesc     = prometheus.NewDesc("yingda_sip_dropped_total", "SIP messages and connections that got no further, by reason.", []string{"reason"}, nil)
	connectionsDesc = prometheus.NewDesc("yingda_sip_connections", "Open TCP and TLS connections.", nil, nil)
)

func (c collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{receivedDesc, sentDesc, answeredDesc, droppedDesc, connectionsDesc} {
		out <- d
	}
}

func (c collector) Collect(out chan<- prometheus.Metric) {
	s := c.w.Stats()
	count := func(d *prometheus.Desc, n uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	count(receivedDesc, s.Received)
	count(sentDesc, s.Sent)
	count(answeredDesc, s.Answered)
	for reason, n := range s.Dropped {
		count(droppedDesc, n, string(reason))
	}
	out <- prometheus.MustNewConstMetric(connectionsDesc, prometheus.GaugeValue, float64(s.Connections))
}

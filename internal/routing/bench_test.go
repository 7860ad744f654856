package routing_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/bus/bustest"
	"yingda/internal/routing"
	"yingda/internal/routing/engine"
)

// BenchmarkOffer measures from Enqueue until the node has the offer, in the usual case of one process and over the bus.
func BenchmarkOffer(b *testing.B) {
	for name, local := range map[string]bool{"one_process": true, "over_the_bus": false} {
		b.Run(name, func(b *testing.B) {
			bus := bustest.New(b)
			f := open(b, bus, "a", routing.TablesOf([]routing.Queue{line(b, "hotline")}, nil), nil)
			c := routing.ClientConfig{Bus: bus, Node: "a"}
			if local {
				c.Local = f.Service
			}
			n := join(b, c)
			f.leads(b)
			n.Phone("8001", true, false)
			s := f.signIn(b, "1001", "8001")
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				id, _ := n.queue("hotline", "")
				o := n.next(engine.Offer)
				took = append(took, time.Since(began))
				require.Equal(b, id, o.Contact)
				n.take(o)
				n.leave(id)
				for f.AgentState(s.Staff) != engine.Ready { // the next one finds him idle
					time.Sleep(50 * time.Microsecond)
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50_us")
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds()), "p95_us")
		})
	}
}

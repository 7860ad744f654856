package report_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"

	"yingda/internal/report"
)

// busy is a day of 137,000 contacts: most answered, some given up, a third served by the machine.
func (c *country) busy(b testing.TB, n int) {
	b.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	queues := make([]uuid.UUID, 20)
	for i := range queues {
		queues[i] = uuid.New()
	}
	list := make([]contact, n)
	for i := range list {
		began := at(0, 0, 0).Add(time.Duration(r.IntN(86_400_000)) * time.Millisecond)
		switch k := r.IntN(10); {
		case k < 3:
			list[i] = c.machine(began)
		case k < 4:
			list[i] = c.call(began, queues[r.IntN(len(queues))], time.Duration(r.ExpFloat64()*float64(40*time.Second)), report.AbandonedInQueue)
		default:
			list[i] = c.call(began, queues[r.IntN(len(queues))], time.Duration(r.ExpFloat64()*float64(12*time.Second)), report.AnsweredByAgent)
		}
	}
	c.write(b, list...)
	c.do(b, "ANALYZE interaction.contact")
}

// BenchmarkADay makes each report of contacts of a day with 137,000 of them.
func BenchmarkADay(b *testing.B) {
	c := setup(b)
	c.busy(b, 137_000)
	for _, id := range []report.ID{report.Traffic, report.Queues, report.Dispositions, report.Waits, report.Abandoned, report.Recordings} {
		b.Run(string(id), func(b *testing.B) {
			for b.Loop() {
				c.made(b, c.nation, id, report.Query{})
			}
		})
	}
}

package projection_test

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/interaction"
	"yingda/internal/interaction/projection"
)

// cpu is what this process has used until now.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkProjection measures what a queued call of twelve hops costs this process, from Write to the row: the journal,
// the stream in this process, the projection. In PostgreSQL the work is another's. cpu_ms/call is the whole of it.
func BenchmarkProjection(b *testing.B) {
	s := setup(b)
	p := projection.New(s.config)
	s.projected(b, p)
	began := time.Now()
	used := cpu(b)
	for range b.N {
		entries := call(uuid.Must(uuid.NewV7()), now(), "13812345678")
		s.journal.Write(entries...)
	}
	require.NoError(b, s.journal.Sure(b.Context(), interaction.Entry{Span: &interaction.AgentSpan{
		Agent: li, Session: uuid.New(), Seq: 1, State: "ready", At: now(),
	}}))
	s.projected(b, p)
	b.ReportMetric(float64(cpu(b)-used)/float64(b.N)/1e6, "cpu_ms/call")
	b.ReportMetric(float64(13*b.N)/time.Since(began).Seconds(), "entries/s")
}

// BenchmarkProjectionSpread measures the same when calls come as they do in a quiet centre: three a second, their hops
// spread over five seconds, so that little can be gathered.
func BenchmarkProjectionSpread(b *testing.B) {
	s := setup(b)
	s.config.Gather = 0
	j := interaction.NewJournal(interaction.JournalConfig{Bus: s.bus, Ring: s.ring, Clock: s.config.Clock, Logger: quiet})
	start(b, j)
	p := projection.New(s.config)
	start(b, p)
	for b.Loop() {
		const calls, second = 30, 13 // hops of a call at 0, 0, 0 ... s
		used := cpu(b)
		type due struct {
			at time.Time
			e  interaction.Entry
		}
		var plan []due
		from := time.Now()
		for c := range calls {
			at := from.Add(time.Duration(c) * time.Second / 3)
			for i, e := range call(uuid.Must(uuid.NewV7()), now(), "13812345678") {
				offset := []int{0, 0, 10, 30, 1000, 1001, 1003, 1060, 2000, 2010, 7000, 7001, 9000}[i%second]
				plan = append(plan, due{at.Add(time.Duration(offset) * time.Millisecond), e})
			}
		}
		slices.SortFunc(plan, func(a, b due) int { return a.at.Compare(b.at) })
		for _, d := range plan {
			time.Sleep(time.Until(d.at))
			j.Write(d.e)
		}
		b.ReportMetric(float64(cpu(b)-used)/calls/1e6, "cpu_ms/call")
	}
}

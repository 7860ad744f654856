package carrier_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice/carrier"
)

// freeAddr is a loopback port that nobody listens on now.
func freeAddr(t *testing.T) netip.AddrPort {
	t.Helper()
	p, err := carrier.NewPhone(carrier.PhoneConfig{User: "free"})
	require.NoError(t, err)
	at := p.Addr()
	require.NoError(t, p.Stop(t.Context()))
	return at
}

// The generator's own answering side is the target: all that costs time is ours.
func TestLoadSetsUpAThousandCallsASecondOnAFractionOfACore(t *testing.T) {
	at := freeAddr(t)
	r, err := carrier.Load(within(t, 10*time.Second), carrier.LoadConfig{
		Target: at, AnswerPort: int(at.Port()), Called: "10086", Calls: 3000, Rate: 1000, Codec: carrier.PCMA, Ringing: true,
	})
	require.NoError(t, err)
	require.Equal(t, 3000, r.Answered)
	require.Zero(t, r.Lost)
	require.Equal(t, 3000, r.Forwarded)
	require.Zero(t, r.Unclean)
	require.Empty(t, r.Refused)
	t.Logf("%.0f/s, answer p50 %.2f p99 %.2f ms, %d again, own CPU %.1f %% of a core (both sides)",
		r.RatePerS, r.Answer.P50, r.Answer.P99, r.Retransmits, 100*r.CPUShare)
}

// Both sides are the generator's, with a port for each stream: it measures its own way through the kernel.
func TestLoadMeasuresDelayAndCountsEveryPacket(t *testing.T) {
	at := freeAddr(t)
	steady := make(chan struct{}, 2)
	r, err := carrier.Load(within(t, 10*time.Second), carrier.LoadConfig{
		Target: at, AnswerPort: int(at.Port()), Called: "9*", Calls: 120, Rate: 400, Steady: 3 * time.Second,
		Media: carrier.MediaBoth, Codec: carrier.PCMA, Sockets: 256,
		OnSteady: func() { steady <- struct{}{} }, OnSteadyEnd: func() { steady <- struct{}{} },
	})
	require.NoError(t, err)
	require.Len(t, steady, 2)
	require.Equal(t, 120, r.Answered)
	require.Equal(t, 120, r.Peak)
	m := r.Media
	require.Equal(t, 240, m.Streams)
	require.InDelta(t, m.Sent, m.Received, 1000, "but for what was under way at both ends")
	require.Greater(t, m.Sent, 240*50, "a third of the time at the very least, however busy the machine")
	require.Zero(t, m.Lost)
	require.Zero(t, m.Crossed)
	require.Zero(t, m.Dropped)
	require.InDelta(t, m.Received, int(m.Delay.Count)+m.Excluded, 1)
	require.NotZero(t, m.DelayFirst.Count)
	require.NotZero(t, m.DelayLast.Count)
	t.Logf("%d packets, delay p50 %.2f p99 %.2f max %.2f ms, %d excluded, gaps %d (max %.1f ms), late %d, own late %.1f ms, CPU %.1f %%",
		m.Received, m.Delay.P50, m.Delay.P99, m.Delay.Max, m.Excluded, m.Gaps, m.MaxGapMS, m.Late, m.OwnLateMS, 100*r.CPUShare)
}

func TestLoadHearsPromptsAndItsOwnEcho(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]carrier.PhoneConfig{
		"prompt": {Play: tone(440)}, "echo": {Echo: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPhone(t, cfg)
			media := carrier.MediaReceive
			if cfg.Echo {
				media = carrier.MediaBoth
			}
			r, err := carrier.Load(within(t, 10*time.Second), carrier.LoadConfig{
				Target: p.Addr(), Called: "1", Calls: 10, Rate: 50, Steady: time.Second, Media: media, Codec: carrier.PCMA,
				Reports: time.Second, Nice: 1,
			})
			require.NoError(t, err)
			require.Positive(t, (<-p.Calls()).Figures().ReportsReceived)
			require.Equal(t, 10, r.Answered)
			require.Equal(t, 10, r.Media.Streams)
			require.InDelta(t, 500, r.Media.Received, 60)
			require.Equal(t, cfg.Echo, r.Media.Delay.Count > 0)
		})
	}
}

func TestLoadCountsRefusalsAndSilence(t *testing.T) {
	t.Parallel()
	busy := newPhone(t, carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RefuseAll, Status: 486}})
	r, err := carrier.Load(within(t, 5*time.Second), carrier.LoadConfig{
		Target: busy.Addr(), Called: "1", Calls: 5, Rate: 100, Codec: carrier.PCMA,
	})
	require.NoError(t, err)
	require.Equal(t, map[int]int{486: 5}, r.Refused)
	require.Equal(t, 5, r.Lost)

	r, err = carrier.Load(t.Context(), carrier.LoadConfig{
		Target: freeAddr(t), Called: "1", Calls: 2, Rate: 100, Codec: carrier.PCMA, Limit: 1300 * time.Millisecond,
	})
	require.ErrorContains(t, err, "carrier.load_limit")
	require.Equal(t, 2, r.TimedOut)
	require.Equal(t, 2, r.Lost)
	require.Equal(t, 2, r.Retransmits, "one repetition each after 500 ms")
}

func TestLoadNamesEveryWrongValue(t *testing.T) {
	t.Parallel()
	_, err := carrier.Load(t.Context(), carrier.LoadConfig{Codec: 77, Media: "loud"})
	require.ErrorContains(t, err, "carrier.bad_load")
}

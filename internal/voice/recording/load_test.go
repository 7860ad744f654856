package recording_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/voice/recording"
	"yingda/internal/voice/sdp"
)

// BenchmarkLoadRealTime records 300 calls at a time for 15 seconds as they come, with every sync to the disk, and then
// stores them: what the journal costs beside the laying out. Run it with -benchtime 1x.
func BenchmarkLoadRealTime(b *testing.B) {
	const calls, seconds = 300, 15
	s := setup(b)
	cfg := s.config
	cfg.Clock, cfg.Spool = clock.System(), b.TempDir()
	service := s.start(b, cfg)
	left, right := voice(0, 0, samples), voice(1, 0, samples)
	for b.Loop() {
		began := time.Now()
		list := make([]*recording.Recorder, calls)
		for i := range list {
			r, err := service.Begin(b.Context(), recording.Start{Call: uuid.New(), Began: began})
			require.NoError(b, err)
			list[i] = r
		}
		begin := cpu(b)
		for source := (rhythm{began: began}); source.count < seconds*50; {
			i, now := source.next(), time.Now()
			for _, r := range list {
				r.Audio(true, 1, uint32(i*samples), now, sdp.PCMA, left)
				r.Audio(false, 2, uint32(i*samples), now, sdp.PCMA, right)
			}
		}
		journal := cpu(b)
		dropped := int64(0)
		for _, r := range list {
			info, err := r.Finish(b.Context())
			require.NoError(b, err)
			dropped += info.Dropped
		}
		require.Zero(b, dropped)
		require.NoError(b, service.Settle(b.Context()))
		const minutes = float64(calls*seconds) / 60
		b.ReportMetric((journal-begin).Seconds()/minutes, "journal-cpu-s/call-min")
		b.ReportMetric((cpu(b)-journal).Seconds()/minutes, "storing-cpu-s/call-min")
		b.ReportMetric(time.Since(began).Seconds(), "s")
	}
}

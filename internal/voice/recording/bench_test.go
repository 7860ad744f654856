package recording_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/voice/recording"
	"yingda/internal/voice/sdp"
)

// cpu is what this process has used so far.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkCallMinute is one minute of one recorded call, both sides talking: tap, journal with its syncs, laying out,
// encryption, store and row. The aim is 0.03 CPU-seconds.
func BenchmarkCallMinute(b *testing.B) {
	s := setup(b)
	left, right := voice(0, 0, samples), voice(1, 0, samples)
	begin := cpu(b)
	for b.Loop() {
		began := s.clock.Now()
		r, err := s.Begin(b.Context(), recording.Start{Call: uuid.New(), Centre: s.guangdong.ID})
		require.NoError(b, err)
		for i := range 3000 {
			at := began.Add(time.Duration(i) * tick)
			r.Audio(true, 1, uint32(i*samples), at, sdp.PCMA, left)
			r.Audio(false, 2, uint32(i*samples), at, sdp.PCMA, right)
			if i%50 == 49 {
				s.flush(b)
			}
		}
		s.clock.Advance(time.Minute)
		_, err = r.Finish(b.Context())
		require.NoError(b, err)
		require.NoError(b, s.Settle(b.Context()))
	}
	b.ReportMetric((cpu(b)-begin).Seconds()/float64(b.N), "cpu-s/call-min")
}

// BenchmarkAudio is what the media thread pays for a packet.
func BenchmarkAudio(b *testing.B) {
	s := setup(b)
	began := s.clock.Now()
	r, err := s.Begin(b.Context(), recording.Start{Call: uuid.New()})
	require.NoError(b, err)
	audio := voice(0, 0, samples)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		r.Audio(i%2 == 0, 1, uint32(i*samples), began.Add(time.Duration(i)*tick/2), sdp.PCMA, audio) // wraps
		if i++; i%100 == 0 {
			b.StopTimer()
			s.flush(b)
			b.StartTimer()
		}
	}
	_, err = r.Finish(b.Context())
	require.NoError(b, err)
}

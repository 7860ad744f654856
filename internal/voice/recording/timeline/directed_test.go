package timeline_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice/recording/timeline"
)

// stream gives n packets of 20 ms that begin at a place and arrive as they were sent.
func stream(side timeline.Side, ssrc uint32, from int64, n int) []sent {
	all := make([]sent, 0, n)
	for i := range int64(n) {
		at := from + 160*i
		all = append(all, sent{timeline.Packet{
			Side: side, SSRC: ssrc, Timestamp: 0xFFFFF000 + uint32(at-from), Arrival: timeline.Duration(at), Audio: voice(at, 160), // wraps on purpose
		}, at})
	}
	return all
}

func silent(n int) []byte { return bytes.Repeat([]byte{timeline.Silence}, n) }

func TestALegThatEndsLeavesSilence(t *testing.T) {
	t.Parallel()
	all := append(stream(timeline.Remote, 1, 0, 500), stream(timeline.Local, 2, 8000, 50)...)
	left, right, stats := layOut(t, 10*time.Second, all)
	require.Equal(t, voice(0, 80000), left)
	require.Equal(t, silent(8000), right[:8000])
	require.Equal(t, voice(8000, 8000), right[8000:16000])
	require.Equal(t, silent(64000), right[16000:])
	require.Equal(t, timeline.Stats{Packets: 550}, stats)
}

func TestAPauseIsSilenceOnBothSides(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := timeline.New(&out)
	for i, p := range stream(timeline.Remote, 1, 0, 1000) {
		if i == 250 {
			l.Pause(5*time.Second, 0)
		}
		if i == 350 {
			l.Resume(7 * time.Second)
		}
		require.NoError(t, l.Add(p.Packet))
	}
	l.Pause(19*time.Second, 0)
	require.NoError(t, l.Finish(20*time.Second))
	left, right := channels(t, out.Bytes())
	require.Equal(t, voice(0, 40000), left[:40000])
	require.Equal(t, silent(16000), left[40000:56000])
	require.Equal(t, voice(56000, 96000), left[56000:152000])
	require.Equal(t, silent(8000), left[152000:])
	require.Equal(t, silent(160000), right)
}

func TestANetworkThatStallsMovesNothing(t *testing.T) {
	t.Parallel()
	all := stream(timeline.Remote, 1, 0, 500)
	for i := 100; i < 170; i++ { // held up for 1.4 s, then all at once
		all[i].Arrival = timeline.Duration(all[170].at)
	}
	left, _, stats := layOut(t, 10*time.Second, all)
	require.Equal(t, voice(0, 80000), left)
	require.Zero(t, stats.Late)
}

func TestOneWrongTimestampCostsOnePacket(t *testing.T) {
	t.Parallel()
	all := stream(timeline.Remote, 1, 0, 500)
	all[200].Timestamp += 1 << 30
	left, _, _ := layOut(t, 10*time.Second, all)
	require.Equal(t, voice(0, 80000), left, "it lies where it arrived, and the others where they were")
}

func TestClocksThatDriftForTenMinutesStayTogether(t *testing.T) {
	t.Parallel()
	const minutes = 10
	fast := stream(timeline.Remote, 1, 0, minutes*60*50)
	slow := stream(timeline.Local, 2, 0, minutes*60*50)
	for i := range fast {
		fast[i].Timestamp = uint32(float64(fast[i].at) * 1.0002)
		slow[i].Timestamp = uint32(float64(slow[i].at) * 0.9998)
	}
	left, right, _ := layOut(t, minutes*time.Minute, append(fast, slow...))
	require.Len(t, left, minutes*60*timeline.Rate)
	for i := range fast[:len(fast)-1] {
		for channel, p := range map[*[]byte]sent{&left: fast[i], &right: slow[i]} {
			off, ok := found(*channel, p.Audio, p.at)
			require.True(t, ok && off <= 5*ms && off >= -5*ms, "packet of %v lies %d samples off", p.Arrival, off)
		}
	}
}

func TestWhatCannotBeLaidOutIsCounted(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := timeline.New(&out)
	for _, p := range stream(timeline.Remote, 1, 0, 400) {
		require.NoError(t, l.Add(p.Packet))
	}
	require.NoError(t, l.Add(timeline.Packet{Audio: voice(0, 160), Arrival: time.Second}), "seven seconds late")
	require.NoError(t, l.Add(timeline.Packet{Audio: make([]byte, timeline.MaxPacket+1), Arrival: 8 * time.Second}))
	require.NoError(t, l.Add(timeline.Packet{Arrival: 8 * time.Second}), "empty")
	require.NoError(t, l.Add(timeline.Packet{Side: 2, Audio: voice(0, 160), Arrival: 8 * time.Second}))
	require.NoError(t, l.Add(timeline.Packet{Audio: voice(0, 160), Arrival: -time.Second}))
	require.NoError(t, l.Finish(8*time.Second))
	require.Equal(t, timeline.Stats{Packets: 405, Late: 5}, l.Stats())
	left, _ := channels(t, out.Bytes())
	require.Equal(t, voice(0, 64000), left)
}

func TestALengthIsKeptWhateverCame(t *testing.T) {
	t.Parallel()
	left, right, _ := layOut(t, 1250*time.Millisecond, stream(timeline.Remote, 1, 0, 500)[:100])
	require.Equal(t, voice(0, 10000), left)
	require.Equal(t, silent(10000), right)
	left, _, _ = layOut(t, 0, nil)
	require.Empty(t, left)
}

type full struct{}

var errFull = errors.New("no space")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestAFailingWriterIsTold(t *testing.T) {
	t.Parallel()
	l := timeline.New(full{})
	require.ErrorIs(t, l.Finish(time.Second), errFull)
	require.ErrorIs(t, l.Add(timeline.Packet{Audio: voice(0, 160)}), errFull)
}

// BenchmarkMinute lays out one minute of a call with both sides talking.
func BenchmarkMinute(b *testing.B) {
	all := make([]sent, 0, 6000)
	one, two := stream(timeline.Remote, 1, 0, 3000), stream(timeline.Local, 2, 80, 3000)
	for i := range one {
		all = append(all, one[i], two[i])
	}
	b.ReportAllocs()
	for b.Loop() {
		var out bytes.Buffer
		out.Grow(60 * 16000)
		l := timeline.New(&out)
		for i := range all {
			_ = l.Add(all[i].Packet)
		}
		_ = l.Finish(time.Minute)
	}
}

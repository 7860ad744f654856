package timeline_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/voice/recording/timeline"
)

const ms = timeline.Rate / 1000 // samples

// sent is a packet as its sender meant it: the place on the wall clock at which it would lie without a network.
type sent struct {
	timeline.Packet
	at int64
}

// voice gives audio that names its place: any 24 bytes of it occur once in four minutes, and none is silence.
func voice(at int64, n int) []byte {
	audio := make([]byte, n)
	for i := range audio {
		p := uint64(at) + uint64(i)
		x := (p + 1) * 0x9E3779B97F4A7C15 // SplitMix64
		x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
		x = (x ^ x>>27) * 0x94D049BB133111EB
		audio[i] = byte(x>>33)%0x50 + 1
	}
	return audio
}

// found tells where in a channel the audio lies closest to a place, at most 20 ms away.
func found(channel, audio []byte, at int64) (off int64, ok bool) {
	middle := audio[len(audio)/4 : len(audio)/4+24]
	at += int64(len(audio) / 4)
	from, to := max(0, at-20*ms), min(int64(len(channel)), at+20*ms+24)
	if from >= to {
		return 0, false
	}
	i := bytes.Index(channel[from:to], middle)
	return from + int64(i) - at, i >= 0
}

func channels(t require.TestingT, out []byte) (left, right []byte) {
	require.Zero(t, len(out)%2)
	for i := 0; i < len(out); i += 2 {
		left, right = append(left, out[i]), append(right, out[i+1])
	}
	return left, right
}

// talk is one direction of a call: talk spurts with silence between, and what senders and networks do to them.
type talk struct {
	side     timeline.Side
	drift    float64 // of the sender's clock, parts per million
	steady   bool    // timestamps go on in silence
	jitter   int64   // samples that the network holds packets up at most
	restarts bool    // a new SSRC for each spurt
	loss     int     // percent
	length   int64
}

func (k talk) packets(r *rand.Rand) []sent {
	var all []sent
	ssrc, ts := r.Uint32(), r.Uint32()
	at := r.Int64N(timeline.Rate)
	base := at
	stamp := ts
	for at+30*160 < k.length {
		if k.restarts {
			ssrc, stamp = r.Uint32(), r.Uint32()
			base = at
			ts = stamp
		}
		for i, n := 0, 30+r.IntN(300); i < n && at < k.length; i++ {
			if k.steady {
				ts = stamp + uint32(float64(at-base)*(1+k.drift/1e6)) // wraps as RTP does
			}
			hold, through := int64(0), i%8 == 3 // now and then the network is quick: else nobody could know the place
			if k.jitter > 0 && !through {
				hold = r.Int64N(k.jitter)
			}
			p := timeline.Packet{Side: k.side, SSRC: ssrc, Timestamp: ts, Arrival: timeline.Duration(at + hold), Audio: voice(at, 160)}
			if through || r.IntN(100) >= k.loss {
				all = append(all, sent{p, at})
				if r.IntN(50) == 0 {
					all = append(all, sent{p, at}) // twice, as networks do
				}
			}
			at += 160
			ts += 160
		}
		silence := int64(0)
		if r.IntN(2) == 0 {
			silence = 2000 + r.Int64N(3*timeline.Rate)
		}
		at += silence
		switch r.IntN(3) {
		case 0: // timestamps stand still in silence
		case 1:
			ts += uint32(silence)
		default: // a jump that means nothing; smaller ones cannot be told from a late network
			ts += uint32(silence) + 4000 + r.Uint32N(1<<20)
		}
	}
	return all
}

func layOut(t require.TestingT, length time.Duration, all []sent) (left, right []byte, stats timeline.Stats) {
	slices.SortStableFunc(all, func(a, b sent) int { return int(a.Arrival - b.Arrival) })
	var out bytes.Buffer
	l := timeline.New(&out)
	for _, p := range all {
		require.NoError(t, l.Add(p.Packet))
	}
	require.NoError(t, l.Finish(length))
	left, right = channels(t, out.Bytes())
	return left, right, l.Stats()
}

// TestBothSidesLieOnTheWallClock is the promise: whatever jitter, loss, order, SSRC, drift and jumps do, each packet
// lies within 5 ms of where it was spoken, the file is exactly as long as the call, and the rest is silence.
func TestBothSidesLieOnTheWallClock(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		seconds := rapid.Int64Range(1, 60).Draw(t, "seconds")
		length := seconds * timeline.Rate
		var all []sent
		for _, side := range []timeline.Side{timeline.Remote, timeline.Local} {
			k := talk{
				side: side, length: length,
				steady:   rapid.Bool().Draw(t, "steady"),
				restarts: rapid.Bool().Draw(t, "restarts"),
				loss:     rapid.IntRange(0, 20).Draw(t, "loss"),
				jitter:   rapid.Int64Range(0, 150*ms).Draw(t, "jitter"),
				drift:    float64(rapid.IntRange(-150, 150).Draw(t, "drift")),
			}
			if !k.steady {
				k.jitter = min(k.jitter, 15*ms) // what jumps and is late at once has no place that anybody could know
			}
			all = append(all, k.packets(r)...)
		}
		left, right, _ := layOut(t, time.Duration(seconds)*time.Second, all)
		require.Len(t, left, int(length))
		require.Len(t, right, int(length))
		covered := [2][]bool{make([]bool, length), make([]bool, length)}
		misplaced := 0
		for _, p := range all {
			for i := max(0, p.at-5*ms); i < min(length, p.at+160+5*ms); i++ {
				covered[p.Side][i] = true
			}
			if p.at+160 > length {
				continue
			}
			channel := left
			if p.Side == timeline.Local {
				channel = right
			}
			if off, ok := found(channel, p.Audio, p.at); !ok || off > 5*ms || off < -5*ms {
				misplaced++
				t.Logf("side %d: packet of %.3f s lies %d samples off, %v; arrived %v, ts %d", p.Side, float64(p.at)/timeline.Rate, off, ok, p.Arrival, p.Timestamp)
			}
		}
		require.Zero(t, misplaced, "%d of %d packets are not where they were spoken", misplaced, len(all))
		stray := 0
		for i := range length {
			if !covered[0][i] && left[i] != timeline.Silence {
				stray++
			}
			if !covered[1][i] && right[i] != timeline.Silence {
				stray++
			}
		}
		require.LessOrEqual(t, stray, misplaced*160, "audio where nobody spoke")
	})
}

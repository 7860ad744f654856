package dtmf_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/voice/media/dtmf"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

const all = "0123456789*#ABCD"

func payload(event byte, end bool, duration uint16) []byte {
	b := []byte{event, 10, 0, 0}
	if end {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], duration)
	return b
}

// Whichever packets of a row of keys are lost, repeated or overtaken: as long as one of each key comes, each key is
// told once and in order.
func TestEachKeyIsToldOnceOverALossyWay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.StringOfN(rapid.SampledFrom([]rune(all)), 1, 8, -1).Draw(t, "row")
		each := time.Duration(rapid.IntRange(40, 400).Draw(t, "each")) * time.Millisecond
		gap := time.Duration(rapid.IntRange(60, 300).Draw(t, "gap")) * time.Millisecond
		s := dtmf.NewSender(row, each, gap)
		var r dtmf.Reader
		var told []byte
		tell := func(p dtmf.Press, ok bool) {
			if ok {
				told = append(told, p.Key)
			}
		}
		var now time.Duration
		ts, came := uint32(0), false
		for {
			f, quiet, done := s.Next()
			if done {
				break
			}
			now += 20 * time.Millisecond
			tell(r.Expire(now))
			if quiet {
				continue
			}
			if f.First {
				ts, came = uint32(now/time.Millisecond)*8, false
			}
			last := f.Payload[1]&0x80 != 0
			if rapid.IntRange(0, 2).Draw(t, "lost") == 0 && (came || !last) {
				continue
			}
			came = true
			for range rapid.IntRange(1, 3).Draw(t, "copies") {
				_, p, ok := r.Packet(9, ts, f.Payload[:], now)
				tell(p, ok)
			}
		}
		tell(r.Expire(now + time.Second))
		require.Equal(t, row, string(told))
	})
}

func TestSenderKeepsToRFC4733(t *testing.T) {
	t.Parallel()
	s := dtmf.NewSender("5x#", 60*time.Millisecond, 100*time.Millisecond)
	var durations []uint16
	var ends, firsts, quiets int
	for {
		f, quiet, done := s.Next()
		if done {
			break
		}
		switch {
		case quiet:
			quiets++
			continue
		case f.Payload[1]&0x80 != 0:
			ends++
		}
		if f.First {
			firsts++
		}
		durations = append(durations, binary.BigEndian.Uint16(f.Payload[2:]))
	}
	require.Equal(t, []uint16{160, 320, 480, 480, 480, 160, 320, 480, 480, 480}, durations)
	require.Equal(t, 6, ends, "each end three times")
	require.Equal(t, 2, firsts)
	require.Equal(t, 6, quiets, "a gap of 100 ms, two steps of it with copies of the end")
}

func TestLongPressGoesOnInSegments(t *testing.T) {
	t.Parallel()
	var r dtmf.Reader
	began, _, ok := r.Packet(1, 1000, payload(4, false, 0xFFFF), time.Second)
	require.True(t, began)
	require.False(t, ok)
	began, _, _ = r.Packet(1, 1000+0xFFFF, payload(4, false, 800), 9*time.Second)
	require.False(t, began, "the same press")
	_, p, ok := r.Packet(1, 1000+0xFFFF, payload(4, true, 1600), 9100*time.Millisecond)
	require.True(t, ok)
	require.Equal(t, byte('4'), p.Key)
	require.Equal(t, time.Second, p.At)
	require.InDelta(t, 8.39, p.Duration.Seconds(), 0.01)
}

func TestTheSameKeyAgainIsANewPress(t *testing.T) {
	t.Parallel()
	var r dtmf.Reader
	for i := range 3 {
		now := time.Duration(i) * time.Second
		began, p, ok := r.Packet(1, 500, payload(7, true, 800), now)
		require.True(t, began)
		require.True(t, ok)
		require.Equal(t, byte('7'), p.Key)
		_, _, ok = r.Packet(1, 500, payload(7, true, 800), now+20*time.Millisecond)
		require.False(t, ok, "a copy")
	}
}

func FuzzEvents(f *testing.F) {
	f.Add([]byte{1, 0x80, 0, 0, 3, 0, 1, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		var r dtmf.Reader
		presses := 0
		var now time.Duration
		for i := 0; i+6 <= len(b); i += 6 {
			now += time.Duration(b[i]) * time.Millisecond
			if _, _, ok := r.Packet(uint32(b[i+1]>>6), uint32(b[i+1]&63)*160, b[i+2:i+6], now); ok {
				presses++
			}
			if _, ok := r.Expire(now); ok {
				presses++
			}
		}
		require.LessOrEqual(t, presses, len(b)/6+1)
		r.Packet(0, 0, b, now)
	})
}

// tones makes keys of the levels given (amplitudes of 16 bits), each followed by the same length of silence, with noise.
func tones(row string, length time.Duration, low, high, noise float64, skew float64, lead int, random *rand.Rand) []int16 {
	n := int(length * 8000 / time.Second)
	var out []int16
	add := func(v float64) { out = append(out, int16(max(min(v+noise*random.NormFloat64(), 32767), -32768))) }
	for range lead {
		add(0)
	}
	for i := range len(row) {
		l, h, _ := dtmf.Tones(row[i])
		for k := range n {
			x := 2 * math.Pi * float64(k) / 8000
			add(low*math.Sin(l*(1+skew)*x) + high*math.Sin(h*(1+skew)*x))
		}
		for range n {
			add(0)
		}
	}
	for range 400 {
		add(0)
	}
	return out
}

func detect(samples []int16) (keys string, presses []dtmf.Press) {
	var d dtmf.Detector
	for i := 0; i < len(samples); i += 160 {
		part := samples[i:min(i+160, len(samples))]
		if _, p, ok := d.Samples(part, time.Duration(i+len(part)-1)*125*time.Microsecond); ok {
			keys += string(p.Key)
			presses = append(presses, p)
		}
	}
	return keys, presses
}

// The limits of ITU-T Q.24 and some room: 40 ms and longer, 1.5 % beside the frequency, twist of 6 dB, levels from
// loud to -25 dBm0 for each tone, noise 15 dB below.
func TestDetectorHearsWhatQ24Asks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.StringOfN(rapid.SampledFrom([]rune(all)), 1, 6, -1).Draw(t, "row")
		length := time.Duration(rapid.IntRange(45, 300).Draw(t, "ms")) * time.Millisecond
		level := math.Exp(rapid.Float64Range(math.Log(1000), math.Log(14000)).Draw(t, "level"))
		twist := math.Pow(10, rapid.Float64Range(-3, 6).Draw(t, "twist dB")/20)
		skew := rapid.Float64Range(-0.015, 0.015).Draw(t, "skew")
		lead := rapid.IntRange(0, 200).Draw(t, "lead")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		high := level
		low := level / twist
		got, presses := detect(tones(row, length, low, high, min(low, high)*0.12, skew, lead, random))
		require.Equal(t, row, got)
		for _, p := range presses {
			require.InDelta(t, length, p.Duration, float64(26*time.Millisecond))
		}
		require.InDelta(t, time.Duration(lead)*125*time.Microsecond, presses[0].At, float64(16*time.Millisecond))
	})
}

func TestDetectorHearsNoKeyWhereNoneIs(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]int16, 8000*20)
	for i := range noise {
		noise[i] = int16(max(min(6000*random.NormFloat64(), 32767), -32768))
	}
	keys, _ := detect(noise)
	require.Empty(t, keys, "noise")
	for _, hz := range []float64{350, 440, 450, 697, 941, 1000, 1336, 1633, 2100} {
		single := make([]int16, 8000)
		for i := range single {
			single[i] = int16(12000 * math.Sin(2*math.Pi*hz*float64(i)/8000))
		}
		keys, _ = detect(single)
		require.Empty(t, keys, "%v Hz", hz)
	}
	keys, _ = detect(tones("159#", 15*time.Millisecond, 9000, 9000, 0, 0, 0, random))
	require.Empty(t, keys, "too short for a key")
	keys, _ = detect(tones("159#", 100*time.Millisecond, 9000, 900, 0, 0, 0, random))
	require.Empty(t, keys, "20 dB of twist")
}

func BenchmarkDetector(b *testing.B) {
	samples := tones("159#", 100*time.Millisecond, 9000, 9000, 0, 0, 0, rand.New(rand.NewPCG(1, 2)))[:160]
	var d dtmf.Detector
	b.ReportAllocs()
	for b.Loop() {
		d.Samples(samples, 0)
	}
}

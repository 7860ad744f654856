package rtp_test

import (
	"math"
	"testing"
	"time"

	pionrtcp "github.com/pion/rtcp"
	pionrtp "github.com/pion/rtp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/voice/media/g711"
	"yingda/internal/voice/media/rtp"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

const frame = int64(20 * time.Millisecond)

func TestPacketsAreReadAsAnotherLibraryWritesThem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := pionrtp.Packet{Header: pionrtp.Header{
			Version: 2, Marker: rapid.Bool().Draw(t, "marker"), PayloadType: rapid.Uint8Range(0, 127).Draw(t, "type"),
			SequenceNumber: rapid.Uint16().Draw(t, "sequence"), Timestamp: rapid.Uint32().Draw(t, "timestamp"),
			SSRC: rapid.Uint32().Draw(t, "ssrc"), CSRC: rapid.SliceOfN(rapid.Uint32(), 0, 15).Draw(t, "sources"),
		}, Payload: rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "payload")}
		if rapid.Bool().Draw(t, "extended") {
			require.NoError(t, want.SetExtension(1, rapid.SliceOfN(rapid.Byte(), 1, 16).Draw(t, "extension")))
		}
		b, err := want.Marshal()
		require.NoError(t, err)
		if n := rapid.IntRange(0, 20).Draw(t, "padding"); n > 0 {
			b[0] |= 0x20
			b = append(b, make([]byte, n)...)
			b[len(b)-1] = byte(n)
		}
		got, ok := rtp.Parse(b)
		require.True(t, ok)
		require.Equal(t, rtp.Packet{
			Marker: want.Marker, PayloadType: want.PayloadType, Sequence: want.SequenceNumber, Timestamp: want.Timestamp,
			SSRC: want.SSRC, Payload: got.Payload,
		}, got)
		require.Equal(t, want.Payload, append([]byte(nil), got.Payload...))
		out := make([]byte, rtp.HeaderSize)
		got.Put(out)
		var back pionrtp.Header
		_, err = back.Unmarshal(out)
		require.NoError(t, err)
		require.Equal(t, want.SequenceNumber, back.SequenceNumber)
		require.Equal(t, want.Marker, back.Marker)
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{0x80, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xD5})
	f.Add([]byte{0xBF, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, b []byte) {
		var r rtp.Receiver
		p, ok := rtp.Parse(b)
		if ok {
			require.LessOrEqual(t, len(p.Payload), len(b)-rtp.HeaderSize)
			r.Packet(&p, 1, true)
			play, out := rtp.NewPlayout(), [160]int16{}
			play.Put(p.Timestamp, p.Payload, g711.ALawTable())
			play.Take(&out)
		}
		rtp.ReadReports(b, 1)
	})
}

func TestReportsAreReadByAnotherLibraryAndBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rtp.Report{SSRC: rapid.Uint32().Draw(t, "ssrc"), Name: rapid.StringMatching(`[a-z]{1,32}`).Draw(t, "name")}
		if rapid.Bool().Draw(t, "sends") {
			r.Sender = &rtp.SenderInfo{NTP: rapid.Uint64().Draw(t, "ntp"), Timestamp: 5, Packets: 7, Octets: 9}
		}
		if rapid.Bool().Draw(t, "hears") {
			r.Block = &rtp.ReportBlock{
				SSRC: rapid.Uint32().Draw(t, "other"), FractionLost: rapid.Uint8().Draw(t, "fraction"),
				Lost: rapid.Uint32Range(0, 0x7FFFFF).Draw(t, "lost"), Highest: 77, Jitter: 11, LastSR: 13, DelaySinceLast: 17,
			}
		}
		r.Bye = rapid.Bool().Draw(t, "bye")
		var room [rtp.MaxReport]byte
		b := room[:rtp.PutReport(room[:], &r)]
		require.True(t, rtp.IsRTCP(b))

		all, err := pionrtcp.Unmarshal(b)
		require.NoError(t, err)
		var blocks []pionrtcp.ReceptionReport
		switch first := all[0].(type) {
		case *pionrtcp.SenderReport:
			require.Equal(t, r.Sender.NTP, first.NTPTime)
			blocks = first.Reports
		case *pionrtcp.ReceiverReport:
			require.Nil(t, r.Sender)
			blocks = first.Reports
		default:
			require.Failf(t, "first packet", "%T", first)
		}
		require.Equal(t, r.Name, all[1].(*pionrtcp.SourceDescription).Chunks[0].Items[0].Text)
		require.Equal(t, r.Bye, len(all) == 3)
		if r.Block != nil {
			require.Equal(t, r.Block.Lost, blocks[0].TotalLost)
			require.Equal(t, r.Block.FractionLost, blocks[0].FractionLost)
			got, ok := rtp.ReadReports(b, r.Block.SSRC)
			require.True(t, ok)
			require.Equal(t, *r.Block, got.Block)
		}
		got, ok := rtp.ReadReports(b, 0)
		require.True(t, ok)
		require.Equal(t, r.SSRC, got.SSRC)
		require.Equal(t, r.Bye, got.Bye)
	})
}

func TestReceiverCountsWhatIsLostOvertakenAndRepeated(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var r rtp.Receiver
		begin := rapid.Uint16().Draw(t, "begin")
		n := rapid.IntRange(2, 400).Draw(t, "packets")
		lost := 0
		var order []uint16
		for i := range n {
			if i > 0 && i < n-1 && rapid.IntRange(0, 9).Draw(t, "fate") == 0 {
				lost++
				continue
			}
			order = append(order, begin+uint16(i))
			if rapid.IntRange(0, 9).Draw(t, "copy") == 0 {
				order = append(order, begin+uint16(i))
			}
		}
		for i := 2; i < len(order); i++ { // neighbours change places
			if rapid.IntRange(0, 9).Draw(t, "swap") == 0 {
				order[i-1], order[i] = order[i], order[i-1]
			}
		}
		for i, s := range order {
			r.Packet(&rtp.Packet{Sequence: s, Timestamp: uint32(s) * 160, SSRC: 9, Payload: []byte{1}}, int64(i)*frame, true)
		}
		require.EqualValues(t, n-lost, r.Packets())
		require.EqualValues(t, n, r.Expected())
		require.EqualValues(t, lost, r.Lost())
	})
}

func TestFiguresGoOnOverSSRCsAndRestarts(t *testing.T) {
	t.Parallel()
	var r rtp.Receiver
	send := func(ssrc uint32, seq uint16) rtp.Place {
		return r.Packet(&rtp.Packet{Sequence: seq, SSRC: ssrc, Payload: []byte{1, 2}}, 0, false)
	}
	require.Equal(t, rtp.First, send(1, 65535))
	require.Equal(t, rtp.Next, send(1, 1)) // 0 is lost
	require.Equal(t, rtp.First, send(2, 500))
	require.Equal(t, rtp.Next, send(2, 501))
	require.Equal(t, rtp.Again, send(2, 20000), "a single number far away may be a stray")
	require.Equal(t, rtp.First, send(2, 20001), "two in a row are a new beginning")
	require.EqualValues(t, 5, r.Packets())
	require.EqualValues(t, 10, r.Octets())
	require.EqualValues(t, 1, r.Lost())
	require.EqualValues(t, 6, r.Expected())
	var block rtp.ReportBlock
	require.True(t, r.Report(&block))
	require.EqualValues(t, 256/6, block.FractionLost)
	require.True(t, r.Report(&block))
	require.Zero(t, block.FractionLost, "since the last report")
}

func TestJitterFollowsRFC3550(t *testing.T) {
	t.Parallel()
	var even, uneven rtp.Receiver
	for i := range 500 {
		p := rtp.Packet{Sequence: uint16(i), Timestamp: uint32(i)*160 + 0xFFFF0000, Payload: []byte{1}}
		even.Packet(&p, int64(i)*frame, true)
		uneven.Packet(&p, int64(i)*frame+int64(i%2)*int64(10*time.Millisecond), true)
	}
	require.Zero(t, even.JitterMS())
	require.InDelta(t, 10, uneven.JitterMS(), 0.5, "each packet differs from the one before by 10 ms")
}

func TestQualityFallsWithLossAndDelay(t *testing.T) {
	t.Parallel()
	require.InDelta(t, 4.4, rtp.MOS(0, 0, 0), 0.05)
	require.Less(t, rtp.MOS(0.03, 0, 0), 3.6)
	rapid.Check(t, func(t *rapid.T) {
		loss, jitter, trip := rapid.Float64Range(0, 1).Draw(t, "loss"), rapid.Float64Range(0, 500).Draw(t, "jitter"), rapid.Float64Range(0, 3000).Draw(t, "trip")
		m := rtp.MOS(loss, jitter, trip)
		require.GreaterOrEqual(t, m, 1.0)
		require.LessOrEqual(t, m, 4.5)
		require.LessOrEqual(t, rtp.MOS(loss+0.1, jitter, trip), m+1e-9)
		require.LessOrEqual(t, rtp.MOS(loss, jitter+20, trip+100), m+1e-9)
	})
	require.GreaterOrEqual(t, rtp.MOS(math.Inf(1), math.Inf(1), math.Inf(1)), 1.0)
}

// ramp is a payload that decodes to growing values, so that the place of each frame can be seen.
func ramp(i int) []byte {
	b := make([]byte, 160)
	for k := range b {
		b[k] = g711.EncodeALaw(int16(100 + i*16))
	}
	return b
}

func TestPlayoutGivesEveryFrameOnceInOrderWithinItsDelay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b, begin := rtp.NewPlayout(), rapid.Uint32().Draw(t, "timestamp")
		var out [160]int16
		var heard []int16
		pending := 0
		for i := range 100 {
			// 0, 1 or 2 packets arrive in each 20 ms, never more than two behind.
			for n := rapid.IntRange(0, 2).Draw(t, "arrive"); pending <= i && (n > 0 || i-pending >= 1); n-- {
				b.Put(begin+uint32(pending)*160, ramp(pending), g711.ALawTable())
				pending++
			}
			b.Take(&out)
			heard = append(heard, out[:]...)
		}
		last := int16(0)
		for _, s := range heard {
			if s != 0 {
				require.GreaterOrEqual(t, s, last, "never back in time")
				last = s
			}
		}
		require.Greater(t, last, int16(100+90*16), "the delay stays small")
	})
}

func TestPlayoutFollowsAFasterClockAndAStream(t *testing.T) {
	t.Parallel()
	b, out := rtp.NewPlayout(), [160]int16{}
	sent := 0.0
	for i := range 50 * 120 { // two minutes of a sender whose clock is 0.05 % fast
		for sent < float64(i+1)*1.0005 {
			b.Put(uint32(sent)*160, ramp(1), g711.ALawTable())
			sent++
		}
		b.Take(&out)
	}
	require.Less(t, b.Wait(), 100*time.Millisecond, "the delay does not pile up")
	b.Put(0x80000000, ramp(3), g711.ALawTable()) // another stream: its time is elsewhere
	found := false
	for range 4 {
		b.Take(&out)
		found = found || out[159] == g711.DecodeALaw(ramp(3)[0])
	}
	require.True(t, found)
}

func BenchmarkParse(b *testing.B) {
	buf := make([]byte, 172)
	buf[0] = 0x80
	b.ReportAllocs()
	var r rtp.Receiver
	for i := 0; b.Loop(); i++ {
		buf[2], buf[3] = byte(i>>8), byte(i)
		p, _ := rtp.Parse(buf)
		r.Packet(&p, int64(i)*frame, true)
	}
}

func TestPlayoutRecoversFromAStallWithinSeconds(t *testing.T) {
	t.Parallel()
	b, out := rtp.NewPlayout(), [160]int16{}
	ts := uint32(0)
	put := func(n int) {
		for range n {
			b.Put(ts, ramp(1), g711.ALawTable())
			ts += 160
		}
	}
	for range 50 {
		put(1)
		b.Take(&out)
	}
	before := b.Wait()
	for range 8 { // 160 ms nothing, then all at once
		b.Take(&out)
	}
	put(8)
	for range 10 {
		put(1)
		b.Take(&out)
	}
	require.Greater(t, b.Wait(), before+40*time.Millisecond, "the delay has grown")
	for range 50 * 15 {
		put(1)
		b.Take(&out)
	}
	require.LessOrEqual(t, b.Wait(), before+60*time.Millisecond)
	require.Positive(t, b.Late())
}

package carrier

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestG711IsThatOfTheStandard(t *testing.T) {
	t.Parallel()
	// Values of G.711 table 1a and 2a, in 16 bits.
	require.Equal(t, int16(8), PCMA.law().decode[0xD5])
	require.Equal(t, int16(-8), PCMA.law().decode[0x55])
	require.Equal(t, int16(32256), PCMA.law().decode[0xAA])
	require.Equal(t, int16(0), PCMU.law().decode[0xFF])
	require.Equal(t, int16(32124), PCMU.law().decode[0x80])
	require.Equal(t, int16(-32124), PCMU.law().decode[0x00])
	for _, c := range []Codec{PCMA, PCMU} {
		l := c.law()
		for b := range 256 {
			back := l.encode[uint16(l.decode[b])]
			require.Equal(t, l.decode[b], l.decode[back], "%s %02x", c, b)
		}
		rapid.Check(t, func(t *rapid.T) {
			v := rapid.Int16().Draw(t, "v")
			got := l.decode[l.encode[uint16(v)]]
			require.LessOrEqual(t, math.Abs(float64(v)-float64(got)), math.Max(16, math.Abs(float64(v))/16))
		})
	}
}

func TestRTPComesBackAsItWent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := packet{
			Type: rapid.Uint8Range(0, 127).Draw(t, "type"), Marker: rapid.Bool().Draw(t, "marker"),
			Sequence: rapid.Uint16().Draw(t, "sequence"), Timestamp: rapid.Uint32().Draw(t, "timestamp"),
			SSRC: rapid.Uint32().Draw(t, "ssrc"), Payload: rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "payload"),
		}
		got, ok := parseRTP(appendRTP(nil, p))
		require.True(t, ok)
		require.Equal(t, p, got)
	})
}

func TestLossesRepetitionsAndOrderAreCounted(t *testing.T) {
	t.Parallel()
	l := newListener()
	begin := time.Unix(1000, 0)
	take := func(n int) {
		p := packet{Type: 8, Sequence: uint16(65530 + n), Timestamp: uint32(n * 160), SSRC: 7, Payload: make([]byte, 160)}
		l.take(p, begin.Add(time.Duration(n)*frameTime), PCMA)
	}
	for _, n := range []int{0, 1, 3, 2, 5, 5, 9} { // over the end of 16 bits; 4, 6, 7 and 8 are missing
		take(n)
	}
	h := l.result()
	require.Equal(t, 6, h.Packets)
	require.Equal(t, 4, h.Lost)
	require.Equal(t, 1, h.Repeated)
	require.Equal(t, 1, h.Gaps)
	require.Equal(t, 80*time.Millisecond, h.MaxGap)
	require.Len(t, h.PCM, 1600)
}

func TestAnswersMirrorTheOffer(t *testing.T) {
	t.Parallel()
	offer, err := parseSDP([]byte("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n" +
		"m=image 0 udptl t38\r\nm=audio 4000 RTP/AVP 18 0 126\r\na=rtpmap:126 telephone-event/8000\r\na=sendonly\r\nm=video 5000 RTP/AVP 96\r\n"))
	require.NoError(t, err)
	require.Equal(t, sendOnly, offer.Direction)
	l := local{Addr: offer.Audio, Codecs: []Codec{PCMA, PCMU}, Event: 101, Direction: receiveOnly}
	body, codec, err := l.answer(offer)
	require.NoError(t, err)
	require.Equal(t, PCMU, codec)
	answer, err := parseSDP(body)
	require.NoError(t, err)
	require.Equal(t, []string{"image 0 udptl t38", "audio 4000 RTP/AVP 0 126", "video 0 RTP/AVP 96"}, answer.Lines)
	require.Equal(t, uint8(126), answer.Event, "the payload type is the offer's")

	_, _, err = local{Codecs: []Codec{PCMA}}.answer(offer)
	require.Error(t, err)
	_, err = parseSDP([]byte("v=0\r\nm=audio 1 RTP/SAVP 8\r\n"))
	require.ErrorIs(t, err, errNoAudio)
}

func FuzzParseSDP(f *testing.F) {
	f.Add([]byte("v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 4000 RTP/AVP 8\r\na=sendonly\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := parseSDP(b)
		if err != nil {
			return
		}
		l := local{Addr: d.Audio, Codecs: []Codec{PCMA, PCMU}, Direction: sendReceive}
		if body, _, err := l.answer(d); err == nil {
			if _, err := parseSDP(body); err != nil {
				t.Fatalf("our own answer cannot be read: %v\n%s", err, body)
			}
		}
	})
}

func FuzzLoadMessage(f *testing.F) {
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 1.2.3.4;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: L01-7@x\r\nCSeq: 1 INVITE\r\n\r\n"))
	f.Fuzz(func(_ *testing.T, b []byte) {
		var m loadMessage
		if m.read(b) {
			_ = hostPort(uriOf(m.contact))
			_ = tagOf(m.to)
			_ = mediaOf(m.body)
		}
		if p, ok := parseRTP(b); ok {
			var r eventReader
			r.read(p)
		}
	})
}

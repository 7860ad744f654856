package sdp_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/voice/sdp"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

func local() sdp.Local {
	return sdp.Local{Address: netip.MustParseAddr("192.0.2.10"), Port: 20000, Session: 7, Version: 1}
}

// lines makes a description of the lines given, behind the usual head.
func lines(media ...string) []byte {
	head := []string{"v=0", "o=- 1 1 IN IP4 198.51.100.7", "s=-", "c=IN IP4 198.51.100.7", "t=0 0"}
	return []byte(strings.Join(append(head, media...), "\r\n") + "\r\n")
}

func parse(t testing.TB, body []byte) *sdp.Description {
	t.Helper()
	d, err := sdp.Parse(body)
	require.NoError(t, err)
	return d
}

func answer(t testing.TB, l sdp.Local, media ...string) (string, sdp.Agreed) {
	t.Helper()
	body, a, err := parse(t, lines(media...)).Answer(l)
	require.NoError(t, err)
	return string(body), a
}

func TestAnswersAnOrdinaryOffer(t *testing.T) {
	t.Parallel()
	body, a := answer(t, local(), "m=audio 4000 RTP/AVP 0 8 96", "a=rtpmap:96 telephone-event/8000", "a=fmtp:96 0-16", "a=ptime:30")
	require.Equal(t, sdp.Agreed{
		Codec: sdp.PCMA, PayloadType: 8, Event: 96, HasEvent: true, PTime: 30 * time.Millisecond, Send: true, Receive: true,
		Remote: netip.MustParseAddrPort("198.51.100.7:4000"), RemoteRTCP: netip.MustParseAddrPort("198.51.100.7:4001"),
	}, a)
	require.Equal(t, "v=0\r\no=- 7 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"+
		"m=audio 20000 RTP/AVP 8 96\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-15\r\n"+
		"a=ptime:20\r\na=sendrecv\r\n", body)
}

func TestTakesPayloadTypesFromTheOffer(t *testing.T) {
	t.Parallel()
	body, a := answer(t, local(), "m=audio 4000 RTP/AVP 110 126 98", "a=rtpmap:110 pcma/8000/1", "a=rtpmap:126 telephone-event/8000", "a=rtpmap:98 telephone-event/48000")
	require.EqualValues(t, 110, a.PayloadType)
	require.EqualValues(t, 126, a.Event)
	require.Contains(t, body, "m=audio 20000 RTP/AVP 110 126\r\n")
	_, a = answer(t, local(), "m=audio 4000 RTP/AVP 0")
	require.Equal(t, sdp.PCMU, a.Codec)
	require.False(t, a.HasEvent)
}

func TestAStaticTypeMayBeMappedToSomethingElse(t *testing.T) {
	t.Parallel()
	_, _, err := parse(t, lines("m=audio 4000 RTP/AVP 8", "a=rtpmap:8 opus/48000/2")).Answer(local())
	require.ErrorIs(t, err, sdp.ErrNothingCommon)
}

func TestFollowsOurPreference(t *testing.T) {
	t.Parallel()
	l := local()
	l.Codecs = []sdp.Codec{sdp.PCMU, sdp.PCMA}
	_, a := answer(t, l, "m=audio 4000 RTP/AVP 8 0")
	require.Equal(t, sdp.PCMU, a.Codec)
	l.Codecs = []sdp.Codec{sdp.PCMA}
	_, _, err := parse(t, lines("m=audio 4000 RTP/AVP 0")).Answer(l)
	require.ErrorIs(t, err, sdp.ErrNothingCommon)
}

func TestRefusesOtherLinesWithPortZero(t *testing.T) {
	t.Parallel()
	body, a := answer(t, local(),
		"m=image 0 udptl t38", "m=audio 4000 RTP/SAVP 8", "m=audio 4002 RTP/AVP 8", "m=audio 4004 RTP/AVP 8",
		"m=video 5000 RTP/AVP 96 97", "a=rtpmap:96 H264/90000", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel")
	require.Equal(t, uint16(4002), a.Remote.Port())
	var got []string
	for line := range strings.SplitSeq(body, "\r\n") {
		if strings.HasPrefix(line, "m=") {
			got = append(got, line)
		}
	}
	require.Equal(t, []string{
		"m=image 0 udptl t38", "m=audio 0 RTP/SAVP 8", "m=audio 20000 RTP/AVP 8", "m=audio 0 RTP/AVP 8",
		"m=video 0 RTP/AVP 96 97", "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
	}, got)
}

func TestNeverAnswersAProfileThatWasNotOffered(t *testing.T) {
	t.Parallel()
	for _, profile := range []string{"RTP/SAVP", "RTP/SAVPF", "UDP/TLS/RTP/SAVPF", "TCP/RTP/AVP", "rtp/avp", "x"} {
		_, _, err := parse(t, lines("m=audio 4000 "+profile+" 8")).Answer(local())
		require.ErrorIs(t, err, sdp.ErrNothingCommon, profile)
	}
	body, _ := answer(t, local(), "m=audio 4000 RTP/AVPF 8")
	require.Contains(t, body, "m=audio 20000 RTP/AVPF 8\r\n")
}

func TestDirections(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		offer         string
		ours          sdp.Direction
		answer        string
		send, receive bool
	}{
		{"a=sendrecv", sdp.SendReceive, "a=sendrecv", true, true},
		{"a=sendonly", sdp.SendReceive, "a=recvonly", false, true},
		{"a=recvonly", sdp.SendReceive, "a=sendonly", true, false},
		{"a=inactive", sdp.SendReceive, "a=inactive", false, false},
		{"a=sendrecv", sdp.SendOnly, "a=sendonly", true, false},
		{"a=sendonly", sdp.SendOnly, "a=inactive", false, false},
		{"c=IN IP4 0.0.0.0", sdp.SendReceive, "a=recvonly", false, true},
	} {
		l := local()
		l.Direction = c.ours
		body, a := answer(t, l, "m=audio 4000 RTP/AVP 8", c.offer)
		require.Contains(t, body, c.answer+"\r\n", c.offer)
		require.Equal(t, c.send, a.Send, c.offer)
		require.Equal(t, c.receive, a.Receive, c.offer)
	}
	require.True(t, parse(t, lines("a=sendonly", "m=audio 4000 RTP/AVP 8")).Hold())
	require.True(t, parse(t, lines("m=audio 4000 RTP/AVP 8", "c=IN IP4 0.0.0.0")).Hold())
	require.False(t, parse(t, lines("a=sendonly", "m=audio 4000 RTP/AVP 8", "a=sendrecv")).Hold())
}

func TestReadsWhereRTCPGoes(t *testing.T) {
	t.Parallel()
	for attribute, want := range map[string]string{
		"a=rtcp:4050": "198.51.100.7:4050", "a=rtcp:4050 IN IP4 203.0.113.1": "203.0.113.1:4050", "a=rtcp-mux": "198.51.100.7:4000",
	} {
		body, a := answer(t, local(), "m=audio 4000 RTP/AVP 8", attribute)
		require.Equal(t, want, a.RemoteRTCP.String())
		require.Equal(t, attribute == "a=rtcp-mux", a.Mux)
		require.Equal(t, a.Mux, strings.Contains(body, "a=rtcp-mux\r\n"))
	}
}

func TestSpeaksIPv6(t *testing.T) {
	t.Parallel()
	l := local()
	l.Address = netip.MustParseAddr("2001:db8::1")
	body, a := answer(t, l, "m=audio 4000 RTP/AVP 8", "c=IN IP6 2001:db8::2")
	require.Equal(t, "[2001:db8::2]:4000", a.Remote.String())
	require.Contains(t, body, "c=IN IP6 2001:db8::1\r\n")
}

func TestRefusesToRead(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty": "", "no version": "o=- 1 1 IN IP4 1.2.3.4\r\n", "version 1": "v=1\r\n", "no equals": "v=0\r\nhello\r\n",
		"name as address": "v=0\r\nc=IN IP4 example.org\r\n", "short media": "v=0\r\nm=audio\r\n", "port": "v=0\r\nm=audio 70000 RTP/AVP 8\r\n",
		"payload": "v=0\r\nm=audio 4 RTP/AVP 8\r\na=rtpmap:200 PCMA/8000\r\n", "rate": "v=0\r\nm=audio 4 RTP/AVP 8\r\na=rtpmap:8 PCMA\r\n",
		"rtcp": "v=0\r\nm=audio 4 RTP/AVP 8\r\na=rtcp:x\r\n", "long": "v=0\r\n" + strings.Repeat("a=x\r\n", 4000),
		"lines": "v=0\r\n" + strings.Repeat("m=audio 4 RTP/AVP 8\r\n", 33), "formats": "v=0\r\nm=audio 4 RTP/AVP" + strings.Repeat(" 8", 65) + "\r\n",
	} {
		_, err := sdp.Parse([]byte(body))
		require.Error(t, err, name)
	}
}

func TestNothingCommon(t *testing.T) {
	t.Parallel()
	for _, media := range []string{"m=video 4000 RTP/AVP 8", "m=audio 0 RTP/AVP 8", "m=audio 4000 RTP/AVP 18", "m=audio 4000 RTP/AVP"} {
		_, _, err := parse(t, lines(media)).Answer(local())
		require.ErrorIs(t, err, sdp.ErrNothingCommon, media)
	}
	_, err := sdp.Accept(local(), parse(t, lines()))
	require.ErrorIs(t, err, sdp.ErrNothingCommon)
	_, _, err = parse(t, []byte("v=0\r\nm=audio 4000 RTP/AVP 8\r\n")).Answer(local())
	require.ErrorIs(t, err, sdp.ErrNothingCommon, "no c= line: nowhere to send to")
}

func codecs() *rapid.Generator[[]sdp.Codec] {
	return rapid.SampledFrom([][]sdp.Codec{nil, {sdp.PCMA}, {sdp.PCMU}, {sdp.PCMA, sdp.PCMU}, {sdp.PCMU, sdp.PCMA}})
}

// Both sides must see one agreement: same codec and types, what one sends the other receives.
func TestOfferAndAnswerAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name, address string) sdp.Local {
			return sdp.Local{
				Address: netip.MustParseAddr(address), Port: rapid.IntRange(1024, 65534).Draw(t, name+" port"), Codecs: codecs().Draw(t, name),
				Direction: sdp.Direction(rapid.IntRange(0, 3).Draw(t, name+" direction")), Event: uint8(rapid.SampledFrom([]int{0, 96, 101, 127}).Draw(t, name+" event")),
			}
		}
		a, b := draw("a", "192.0.2.1"), draw("b", "192.0.2.2")
		offer, err := sdp.Parse(sdp.Offer(a))
		require.NoError(t, err)
		body, atB, err := offer.Answer(b)
		if err != nil {
			require.ErrorIs(t, err, sdp.ErrNothingCommon)
			return
		}
		reply, err := sdp.Parse(body)
		require.NoError(t, err)
		atA, err := sdp.Accept(a, reply)
		require.NoError(t, err)
		require.Equal(t, atA.Codec, atB.Codec)
		require.Equal(t, atA.PayloadType, atB.PayloadType)
		require.Equal(t, atA.Event, atB.Event)
		require.Equal(t, atA.Send, atB.Receive)
		require.Equal(t, atA.Receive, atB.Send)
		require.Equal(t, netip.AddrPortFrom(b.Address, uint16(b.Port)), atA.Remote)
		require.Equal(t, netip.AddrPortFrom(a.Address, uint16(a.Port)), atB.Remote)
	})
}

// Whatever comes: no panic, and every answer has as many lines as the offer and can be read again.
func FuzzParse(f *testing.F) {
	f.Add(lines("m=audio 4000 RTP/AVP 0 8 96", "a=rtpmap:96 telephone-event/8000", "a=fmtp:96 0-16"))
	f.Add(lines("m=audio 0 RTP/AVP 0", "m=video 1 RTP/SAVPF 96", "a=rtcp:5 IN IP6 ::1", "a=rtcp-mux"))
	f.Add([]byte("v=0\nm=audio 1/2 RTP/AVP 8\nc=IN IP4 224.0.0.1/127\na=ptime:1.5"))
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := sdp.Parse(body)
		if err != nil {
			return
		}
		_ = d.Hold()
		text, a, err := d.Answer(local())
		if err != nil {
			require.ErrorIs(t, err, sdp.ErrNothingCommon)
			return
		}
		require.True(t, a.Remote.IsValid())
		again, err := sdp.Parse(text)
		require.NoError(t, err)
		require.Len(t, again.Media, len(d.Media))
		_, err = sdp.Accept(local(), &sdp.Description{Address: again.Address, Media: takenOnly(again)})
		require.NoError(t, err)
	})
}

func takenOnly(d *sdp.Description) []sdp.Media {
	var list []sdp.Media
	for _, m := range d.Media {
		if m.Port != 0 {
			list = append(list, m)
		}
	}
	return list
}

func BenchmarkAnswer(b *testing.B) {
	body := lines("m=audio 4000 RTP/AVP 0 8 96", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000", "a=rtpmap:96 telephone-event/8000", "a=fmtp:96 0-16", "a=ptime:20")
	l := local()
	for b.Loop() {
		d, err := sdp.Parse(body)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err = d.Answer(l); err != nil {
			b.Fatal(err)
		}
	}
}

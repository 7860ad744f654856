//go:build linux

package media_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice/media"
	"yingda/internal/voice/media/dtmf"
	"yingda/internal/voice/media/rtp"
	"yingda/internal/voice/sdp"
)

func digits(l *media.Leg) <-chan media.Digit {
	c := make(chan media.Digit, 100)
	l.Digits(func(d media.Digit) { c <- d })
	return c
}

func next(t *testing.T, c <-chan media.Digit) media.Digit {
	t.Helper()
	select {
	case d := <-c:
		return d
	case <-time.After(5 * time.Second):
		require.Fail(t, "no digit was told")
		return media.Digit{}
	}
}

func TestKeysAreToldOnceWhateverOfThemArrives(t *testing.T) {
	t.Parallel()
	e, far := setup(t), newPeer(t, sdp.PCMA, 8, 96)
	l := newLeg(t, e, far)
	got := digits(l)
	begin := time.Now()
	far.key(1, 3, 0, 160, 320, 480, 480, 480) // begins with duration 0
	far.key(2, 3, 800, 800, 800)              // only end packets
	far.key(3, 1, 0)                          // one packet in all
	far.key(11, 0, 160, 320, 480)             // its end is lost
	for _, want := range []byte("123#") {
		d := next(t, got)
		require.Equal(t, string(want), string(d.Key))
		require.Equal(t, media.ByEvent, d.Way)
		require.WithinRange(t, d.At, begin.Add(-time.Second), time.Now())
	}
	require.Never(t, func() bool { return len(got) > 0 }, 400*time.Millisecond, 50*time.Millisecond, "none twice")
}

// The captures of Debian's sip-tester begin with a packet of duration 0; another product heard none of them.
func TestCapturesOfSippAreHeard(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("/usr/share/sip-tester/dtmf_2833_*.pcap")
	require.NoError(t, err)
	require.NotEmpty(t, files, "Debian's package sip-tester is installed by scripts/setup-test.sh")
	e, far := setup(t), newPeer(t, sdp.PCMA, 8, 101)
	l := newLeg(t, e, far)
	got := digits(l)
	for _, file := range files {
		var want string
		switch name := filepath.Base(file); name {
		case "dtmf_2833_star.pcap":
			want = "*"
		case "dtmf_2833_pound.pcap":
			want = "#"
		default:
			want = name[len("dtmf_2833_"):][:1]
		}
		packets := readCapture(t, file)
		require.NotEmpty(t, packets)
		first, ok := rtp.Parse(packets[0])
		require.True(t, ok)
		// As SIPp does: its own SSRC and payload type stay, for the captures were made at 101 or lower.
		a := far.agreed()
		a.Event = first.PayloadType
		l.Apply(a)
		for _, b := range packets {
			far.write(b)
		}
		d := next(t, got)
		require.Equal(t, want, string(d.Key), file)
		require.Positive(t, d.Duration)
	}
	require.Empty(t, got)
}

// readCapture gives the UDP payloads of a pcap file with Ethernet frames.
func readCapture(t *testing.T, file string) (all [][]byte) {
	t.Helper()
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, uint32(0xA1B2C3D4), binary.LittleEndian.Uint32(b))
	require.Equal(t, uint32(1), binary.LittleEndian.Uint32(b[20:]), "Ethernet")
	for b = b[24:]; len(b) >= 16; {
		size := int(binary.LittleEndian.Uint32(b[8:]))
		frame := b[16 : 16+size]
		b = b[16+size:]
		ip := frame[14:]
		if ip[0]>>4 != 4 || ip[9] != 17 {
			continue
		}
		udp := ip[4*int(ip[0]&15):]
		all = append(all, udp[8:binary.BigEndian.Uint16(udp[4:])])
	}
	return all
}

func TestKeyEndsAPlaybackThatGivesWay(t *testing.T) {
	t.Parallel()
	e, far := setup(t), newPeer(t, sdp.PCMA, 8, 101)
	l := newLeg(t, e, far)
	got, done := digits(l), make(chan bool, 1)
	l.Play(media.Tone(time.Minute, 440), media.PlayOptions{Interruptible: true, Done: func(ok bool) { done <- ok }})
	far.read(1)
	far.key(0, 0, 0) // only just pressed
	require.False(t, <-done)
	require.Equal(t, byte('0'), next(t, got).Key)
}

func TestKeysMayBeAnsweredByPlaying(t *testing.T) {
	t.Parallel()
	e, far := setup(t), newPeer(t, sdp.PCMA, 8, 101)
	l := newLeg(t, e, far)
	prompt := media.Tone(200*time.Millisecond, 800)
	l.Digits(func(media.Digit) { l.Play(prompt, media.PlayOptions{}) })
	far.key(7, 3, 160, 320, 320, 320)
	far.hears(far.read(10), []float64{800})
}

func TestSentKeysAreReadBack(t *testing.T) {
	t.Parallel()
	e, far := setup(t), newPeer(t, sdp.PCMA, 8, 97)
	l := newLeg(t, e, far)
	l.Play(media.Tone(time.Minute, 440), media.PlayOptions{})
	far.read(3)
	require.NoError(t, l.SendDigits("10*#D", 100*time.Millisecond, 80*time.Millisecond))
	var reader dtmf.Reader
	var heard []byte
	var all []rtp.Packet
	for len(heard) < 5 {
		q := far.read(1)[0]
		all = append(all, q)
		if q.PayloadType != 97 {
			continue
		}
		if _, press, ok := reader.Packet(q.SSRC, q.Timestamp, q.Payload, 0); ok {
			heard = append(heard, press.Key)
			require.Equal(t, 100*time.Millisecond, press.Duration)
		}
	}
	require.Equal(t, "10*#D", string(heard))
	for i := range all[1:] {
		require.Equal(t, all[i].Sequence+1, all[i+1].Sequence)
		require.GreaterOrEqual(t, int32(all[i+1].Timestamp-all[i].Timestamp), int32(0))
	}
	rest := far.read(20) // copies of the last end, then the tone goes on
	far.hears(rest[10:], []float64{440})
	require.ErrorContains(t, l.SendDigits("1x", time.Second, time.Second), "voice.bad_digits")
}

func TestKeysGoAsTonesWhereNoEventsAreTaken(t *testing.T) {
	t.Parallel()
	e := setup(t)
	far := newPeer(t, sdp.PCMU, 0, 0)
	l := newLeg(t, e, far)
	require.NoError(t, l.SendDigits("159#", 100*time.Millisecond, 100*time.Millisecond))
	var d dtmf.Detector
	var heard []byte
	samples := far.samples(far.read(40))
	for i := 0; i+160 <= len(samples); i += 160 {
		if _, press, ok := d.Samples(samples[i:i+160], time.Duration(i)*125*time.Microsecond); ok {
			heard = append(heard, press.Key)
		}
	}
	require.Equal(t, "159#", string(heard))
}

func TestTonesInTheAudioAreKeysWhenAskedFor(t *testing.T) {
	t.Parallel()
	e, far := setup(t), newPeer(t, sdp.PCMA, 8, 101)
	l := newLeg(t, e, far)
	got := digits(l)
	press := func(key byte) {
		low, high, ok := dtmf.Tones(key)
		require.True(t, ok)
		for range 5 {
			a, b := far.next(low), far.next(high)
			far.seq, far.ts, far.phase = far.seq-1, far.ts-160, far.phase-160
			a.Payload = mixed(a.Payload, b.Payload)
			far.send(a)
		}
		far.say(0, 4)
	}
	press('1')
	require.Eventually(t, func() bool { return l.Stats().In.Packets == 9 }, 5*time.Second, time.Millisecond)
	l.Inband(true)
	press('4')
	press('#')
	for _, want := range []byte("4#") {
		d := next(t, got)
		require.Equal(t, string(want), string(d.Key), "the first key came before anybody listened")
		require.Equal(t, media.ByInband, d.Way)
		require.InDelta(t, 100*time.Millisecond, d.Duration, float64(26*time.Millisecond))
	}
	l.Inband(false)
	press('5')
	require.Never(t, func() bool { return len(got) > 0 }, 100*time.Millisecond, 20*time.Millisecond)
}

func TestKeysBecomeTonesForAnotherSideThatTakesNoEvents(t *testing.T) {
	t.Parallel()
	e := setup(t)
	a, b := newPeer(t, sdp.PCMA, 8, 101), newPeer(t, sdp.PCMU, 0, 0)
	e.Bridge(newLeg(t, e, a), newLeg(t, e, b))
	a.key(6, 3, 160, 320, 480, 480, 480)
	low, high, _ := dtmf.Tones('6')
	b.hears(b.read(5), []float64{low, high}, 1000)
}

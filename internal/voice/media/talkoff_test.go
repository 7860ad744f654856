//go:build linux

package media_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice/media"
	"yingda/internal/voice/media/rtp"
	"yingda/internal/voice/sdp"
)

// speech lets the synthesiser of Debian speak into a WAV file of 22,050 Hz.
func speech(t *testing.T, voice, words string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "speech.wav")
	out, err := exec.CommandContext(t.Context(), "espeak-ng", "-v", voice, "-w", file, words).CombinedOutput()
	require.NoError(t, err, "%s: Debian's package espeak-ng is installed by scripts/setup-test.sh", out)
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	return b
}

const counting = "one two three four five six seven eight nine zero star pound, please press a key after the tone, thank you for calling"

// Speech holds the frequencies of keys for moments, singing vowels for longer: none may count as a key.
func TestSpeechIsNoKey(t *testing.T) {
	t.Parallel()
	e, far := setup(t), newPeer(t, sdp.PCMA, 8, 101)
	l := newLeg(t, e, far)
	got := digits(l)
	l.Inband(true)
	packets := readCapture(t, "/usr/share/sip-tester/g711a.pcap")
	for _, voice := range []string{"en", "en+f3", "zh", "de", "en+m5"} {
		p, err := media.LoadPrompt(bytes.NewReader(speech(t, voice, counting+", "+counting)))
		require.NoError(t, err)
		require.Greater(t, p.Duration(), 5*time.Second)
		for _, payload := range p.ALawFrames() {
			q := far.next(0)
			q.Payload = payload
			packets = append(packets, packet(q))
		}
	}
	sent := uint64(0)
	for _, b := range packets {
		q, ok := rtp.Parse(b)
		require.True(t, ok)
		q.SSRC, q.Sequence = far.ssrc, far.seq
		far.seq++
		far.send(q)
		if sent++; sent%100 == 0 { // nothing shall be lost in the socket's buffer
			require.Eventually(t, func() bool { return l.Stats().In.Packets >= sent }, 5*time.Second, 100*time.Microsecond)
		}
	}
	require.Eventually(t, func() bool { return l.Stats().In.Packets == sent }, 5*time.Second, time.Millisecond)
	var keys []byte
	for len(got) > 0 {
		keys = append(keys, (<-got).Key)
	}
	require.Empty(t, string(keys), "heard in %d s of speech", len(packets)/50)
}

func TestSpokenPromptIsHeardAtItsLengthAndLevel(t *testing.T) {
	t.Parallel()
	file := speech(t, "zh", "您好，欢迎致电")
	p, err := media.LoadPrompt(bytes.NewReader(file))
	require.NoError(t, err)
	want := time.Duration(len(file)-44) * time.Second / (2 * 22050)
	require.InDelta(t, want, p.Duration(), float64(10*time.Millisecond))
	far := newPeer(t, sdp.PCMA, 8, 0)
	var energy float64
	var n int
	for _, f := range p.ALawFrames() {
		for _, s := range far.samples([]rtp.Packet{{PayloadType: 8, Payload: f}}) {
			energy += float64(s) * float64(s)
			n++
		}
	}
	require.Greater(t, energy/float64(n), 1e5)
}

//go:build linux

package media_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice/media"
	"yingda/internal/voice/media/dtmf"
	"yingda/internal/voice/media/g711"
	"yingda/internal/voice/sdp"
)

// heardKeys gives the keys that the detector finds in A-law frames which come back at a share of their level.
func heardKeys(frames [][]byte, level float64) (keys string) {
	var d dtmf.Detector
	table := g711.ALawTable()
	var found strings.Builder
	samples, now := make([]int16, 0, 160), time.Duration(0)
	for _, f := range frames {
		samples = samples[:0]
		for _, b := range f {
			samples = append(samples, int16(float64(table[b])*level))
		}
		now += time.Duration(len(f)) * 125 * time.Microsecond
		if _, press, ok := d.Samples(samples, now); ok {
			found.WriteByte(press.Key)
		}
	}
	return found.String()
}

// What we play comes back from a line with a bad hybrid at 6 dB less, from an ordinary one at 14 dB less. Neither the
// speech of prompts nor the tones of exchanges may press a key then.
func TestOurOwnPromptsPressNoKey(t *testing.T) {
	t.Parallel()
	const menu = "您好，欢迎致电客户服务中心。查询话费请按一，办理业务请按二，宽带报修请按三，投诉与建议请按四，人工服务请按零，返回上级菜单请按星号键，重听请按井号键。"
	prompts := map[string]*media.Prompt{"ringing": media.Ringing(), "busy": media.Busy(), "tone of 1 kHz": media.Tone(5*time.Second, 1000)}
	var spoken time.Duration
	for name, words := range map[string]string{"zh": menu, "cmn+f3": menu, "cmn+m5": menu, "en": counting, "en+f3": counting, "de": counting} {
		p, err := media.LoadPrompt(bytes.NewReader(speech(t, name, words)))
		require.NoError(t, err)
		prompts[name], spoken = p, spoken+p.Duration()
	}
	require.Greater(t, spoken, time.Minute)
	for name, p := range prompts {
		for _, level := range []float64{1, 0.5, 0.2} { // 0, 6 and 14 dB below
			require.Empty(t, heardKeys(p.ALawFrames(), level), "%s at %.1f", name, level)
		}
	}
	t.Logf("%.0f s of speech", spoken.Seconds())
}

// The detector does hear a key at these levels: the silence above is not deafness.
func TestAKeyIsHeardAtTheLevelOfAnEcho(t *testing.T) {
	t.Parallel()
	low, high, _ := dtmf.Tones('7')
	frames := media.Join(media.Tone(100*time.Millisecond, low, high), media.Silence(100*time.Millisecond)).ALawFrames()
	for _, level := range []float64{1, 0.5, 0.2} {
		require.Equal(t, "7", heardKeys(frames, level))
	}
}

// The same over a leg whose line sends back all that it hears, while the prompt is playing.
func TestAPromptThatEchoesIsNotInterrupted(t *testing.T) {
	t.Parallel()
	e, far := setup(t), newPeer(t, sdp.PCMA, 8, 101)
	l := newLeg(t, e, far)
	got, done := digits(l), make(chan bool, 1)
	l.Inband(true)
	p, err := media.LoadPrompt(bytes.NewReader(speech(t, "zh", "您好，查询话费请按一")))
	require.NoError(t, err)
	frames := len(p.ALawFrames())
	l.Play(p, media.PlayOptions{Interruptible: true, Done: func(whole bool) { done <- whole }})
	for range frames {
		q := far.next(0)
		q.Payload = far.read(1)[0].Payload
		far.send(q)
	}
	require.True(t, <-done, "played to its end")
	require.Eventually(t, func() bool { return l.Stats().In.Packets >= uint64(frames-2) }, 5*time.Second, time.Millisecond)
	require.Empty(t, got)
}

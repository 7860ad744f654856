package node_test

import (
	"io"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice"
	"yingda/internal/voice/carrier"
	"yingda/internal/voice/media/g711"
	"yingda/internal/voice/recording"
)

// bursts sends a tone of 100 ms at the beginning of each second, and remembers when its first frame was due: the
// earliest moment at which a frame was asked for, less the length of those before it.
type bursts struct {
	hz float64

	mu     sync.Mutex
	frames int
	began  time.Time
	tone   []int16
}

const (
	frameLength = 20 * time.Millisecond
	burst       = 100 * time.Millisecond
	period      = time.Second
)

func (b *bursts) Next(frame *[160]int16) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tone == nil {
		b.tone = tone(b.hz, burst)
	}
	began := time.Now().Add(-time.Duration(b.frames) * frameLength)
	if b.began.IsZero() || began.Before(b.began) {
		b.began = began
	}
	clear(frame[:])
	if at := b.frames % int(period/frameLength); at < int(burst/frameLength) {
		copy(frame[:], b.tone[at*len(frame):])
	}
	b.frames++
	return true
}

func (b *bursts) start() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.began
}

// onsets gives where, in samples, sound begins after at least 200 ms of silence.
func onsets(alaw []byte) (list []int) {
	table, quiet := g711.ALawTable(), 0
	for i, b := range alaw {
		v := table[b]
		if v > 800 || v < -800 {
			if quiet >= 1600 {
				list = append(list, i)
			}
			quiet = 0
		} else {
			quiet++
		}
	}
	return list
}

// sound gives both channels of a recording.
func (h *house) sound(id recording.ID) (left, right []byte) {
	h.t.Helper()
	a, err := h.recordings.Open(everything(h.t), id, recording.ForTechnical, false)
	require.NoError(h.t, err)
	defer a.Close()
	all, err := io.ReadAll(a)
	require.NoError(h.t, err)
	const header = 58
	for i := header; i+1 < len(all); i += 2 {
		left, right = append(left, all[i]), append(right, all[i+1])
	}
	return left, right
}

// stored gives the recordings when everything that was finished is stored.
func (h *house) stored(n int) []recording.Recording {
	h.t.Helper()
	h.eventually(func() bool { return h.node.Parties() == 0 }, "the ends of the calls")
	var list []recording.Recording
	h.eventually(func() bool {
		require.NoError(h.t, h.recordings.Settle(within(h.t)))
		var err error
		list, err = h.recordings.List(everything(h.t), recording.Filter{})
		require.NoError(h.t, err)
		return len(list) >= n
	}, "the recordings")
	require.Len(h.t, list, n)
	return list
}

func samples(alaw []byte) []int16 {
	pcm, table := make([]int16, len(alaw)), g711.ALawTable()
	for i, b := range alaw {
		pcm[i] = table[b]
	}
	return pcm
}

// TestARecordingHasBothSidesOnOneClock: the caller left, the phone right, as far apart as they were.
func TestARecordingHasBothSidesOnOneClock(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{record: true})
	callers, phones := &bursts{hz: 1000}, &bursts{hz: 500}
	desk := h.phone("8001", carrier.PhoneConfig{Play: func() carrier.Source { return phones }, Answer: carrier.Policy{After: 350 * time.Millisecond}})
	c := h.from("9688001")
	c.Play = callers
	theirs := h.dial(c)
	ours := h.next(desk)
	_, err := theirs.Hear(within(t), 4200*time.Millisecond)
	require.NoError(t, err)
	require.NoError(t, theirs.Bye(within(t)))
	h.ended(ours)
	r := h.stored(1)[0]
	require.InDelta(t, 4.2, r.Duration.Seconds(), 0.6)
	require.Equal(t, recording.Inbound, r.Direction)
	require.Equal(t, "+86138****8000", r.Customer)
	require.Equal(t, "9688001", r.Line)
	require.Zero(t, r.Dropped)
	list := h.calls(2)
	require.Equal(t, list[0].Conversation, r.Call)
	require.True(t, list[0].Recorded && list[1].Recorded)

	left, right := h.sound(r.ID)
	heard := carrier.Analyse(samples(left))
	require.NotEmpty(t, heard.Tones)
	for _, span := range heard.Tones {
		require.InDelta(t, 1000, span.Hz, 20, "the caller is left, alone")
	}
	heard = carrier.Analyse(samples(right))
	require.NotEmpty(t, heard.Tones)
	for _, span := range heard.Tones {
		require.InDelta(t, 500, span.Hz, 20, "the phone is right, alone")
	}
	l, p := onsets(left), onsets(right)
	require.GreaterOrEqual(t, len(l), 3)
	require.GreaterOrEqual(t, len(p), 3)
	sent := phones.start().Sub(callers.start())
	for i := range min(len(l), len(p)) {
		apart := time.Duration(p[i]-l[i]) * time.Second / 8000
		off := (apart - sent) % period
		if off > period/2 {
			off -= period
		}
		if off < -period/2 {
			off += period
		}
		require.Less(t, off.Abs(), 5*time.Millisecond, "burst %d: %s apart, sent %s apart", i, apart, sent)
	}
}

// TestARecordingGoesOnAfterATransfer: one recording has both partners.
func TestARecordingGoesOnAfterATransfer(t *testing.T) {
	t.Parallel()
	for _, hold := range []bool{false, true} {
		h := setup(t, plan{record: true})
		desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
		colleague := h.phone("8002", carrier.PhoneConfig{Play: sends(1320)})
		theirs, ours := h.talk(desk, "8001")
		h.hears(theirs, "440")
		if hold {
			require.NoError(t, ours.Hold(within(t)))
		}
		made, err := ours.Refer(within(t), "8002")
		require.NoError(t, err)
		require.Equal(t, 200, made.Final)
		h.hears(theirs, "1320")
		_, out := h.live()
		require.True(t, out.Recording)
		require.NoError(t, theirs.Bye(within(t)))
		h.ended(h.next(colleague))
		_, right := h.sound(h.stored(1)[0].ID)
		heard := carrier.Analyse(samples(right))
		require.True(t, heard.HasTone(440), heard.String())
		require.True(t, heard.HasTone(1320), heard.String())
	}
}

// TestARecordingEndsWithTheTalk: a transfer to a prompt, and an attended transfer, which ends the recording of the
// consultation.
func TestARecordingEndsWithTheTalk(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{record: true})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(440)})
	colleague := h.phone("8002", carrier.PhoneConfig{Play: sends(1320)})
	h.number("96801", voice.NumberSpec{Act: voice.ActEcho})
	theirs, ours := h.talk(desk, "8001")
	require.NoError(t, ours.Hold(within(t)))
	consult, err := desk.Dial(within(t), carrier.Call{To: "8002", Play: carrier.Tone(440, 0)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = consult.Close() })
	third := h.next(colleague)
	h.hears(third, "440")
	made, err := ours.ReferReplaces(within(t), consult)
	require.NoError(t, err)
	require.Equal(t, 200, made.Final)
	h.hears(third, "880")
	made, err = third.Refer(within(t), "96801")
	require.NoError(t, err)
	require.Equal(t, 200, made.Final)
	h.hears(theirs, "880")
	h.ended(third)
	require.NoError(t, theirs.Bye(within(t)))
	var first, second recording.Recording
	for _, r := range h.stored(2) {
		if r.Customer != "" {
			first = r
		} else {
			second = r
		}
	}
	_, right := h.sound(first.ID)
	talk := carrier.Analyse(samples(right))
	require.True(t, talk.HasTone(1320), talk.String())
	require.False(t, talk.HasTone(880), "the echo is no talk")
	left, right := h.sound(second.ID)
	mine, theirVoice := carrier.Analyse(samples(left)), carrier.Analyse(samples(right))
	require.True(t, mine.HasTone(440), mine.String())
	require.True(t, theirVoice.HasTone(1320), theirVoice.String())
	require.False(t, mine.HasTone(880) || theirVoice.HasTone(880), "the consultation knows nothing of the customer")
}

package voice_test

import (
	"encoding/binary"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/blob"
	"yingda/internal/voice"
)

func TestOnlySoundThatCanBePlayedIsAPrompt(t *testing.T) {
	t.Parallel()
	s, err := voice.ReadWAV(wav(8000, 1, 8000))
	require.NoError(t, err)
	require.Equal(t, voice.Sound{Rate: 8000, Channels: 1, Duration: time.Second}, s)
	s, err = voice.ReadWAV(wav(44100, 2, 44100))
	require.NoError(t, err)
	require.Equal(t, time.Second, s.Duration)

	eight := wav(8000, 1, 8000)
	binary.LittleEndian.PutUint16(eight[34:], 8)
	float := wav(8000, 1, 8000)
	binary.LittleEndian.PutUint16(float[20:], 3)
	long := wav(8000, 1, 8000)
	binary.LittleEndian.PutUint32(long[40:], 1<<31) // a recorder that was cut off
	s, err = voice.ReadWAV(long)
	require.NoError(t, err)
	require.Equal(t, time.Second, s.Duration)
	for name, data := range map[string][]byte{
		"empty": nil, "mp3": []byte("ID3\x04 and so on"), "eight bits": eight, "floats": float, "three channels": wav(8000, 3, 8000),
		"too slow": wav(4000, 1, 8000), "too fast": wav(96000, 1, 8000), "no sound": wav(8000, 1, 10), "head only": wav(8000, 1, 8000)[:20],
	} {
		_, err := voice.ReadWAV(data)
		require.ErrorIs(t, err, voice.ErrNotWAV, name)
	}
}

func FuzzReadWAV(f *testing.F) {
	f.Add(wav(8000, 1, 1000))
	f.Add(wav(8000, 2, 1000)[:30])
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := voice.ReadWAV(data)
		if err == nil && (s.Duration <= 0 || s.Channels < 1 || s.Channels > 2 || s.Rate < 8000) {
			t.Fatalf("taken as %+v", s)
		}
	})
}

func TestPromptIsKeptHeardAndTakenAway(t *testing.T) {
	t.Parallel()
	o := setup(t)
	p := o.prompt(t, "欢迎")
	require.Equal(t, 500*time.Millisecond, p.Duration)
	_, sound, err := o.Listen(everywhere(t), p.ID)
	require.NoError(t, err)
	data, err := io.ReadAll(sound)
	require.NoError(t, err)
	require.NoError(t, sound.Close())
	require.Equal(t, wav(8000, 1, 4000), data)
	sound, err = o.OpenPrompt(t.Context(), p.ID)
	require.NoError(t, err, "a node reads it from the tables")
	require.NoError(t, sound.Close())

	_, err = o.CreatePrompt(everywhere(t), voice.PromptSpec{Name: "欢迎", Centre: o.nation.ID}, wav(8000, 1, 4000))
	require.ErrorIs(t, err, voice.ErrPromptTaken)
	objects, err := o.blobs.List(t.Context(), "voice/prompts/", "", 10)
	require.NoError(t, err)
	require.Len(t, objects, 1, "the refused one left no file")

	o.number(t, voice.NumberSpec{Number: "96800", Match: voice.Whole, Name: "热线", Centre: o.nation.ID, Act: voice.ActPrompt, Prompt: p.ID})
	require.ErrorIs(t, o.DeletePrompt(everywhere(t), p.ID, 1), voice.ErrPromptInUse)
	list, err := o.ListNumbers(everywhere(t), voice.NumberFilter{})
	require.NoError(t, err)
	require.NoError(t, o.DeleteNumber(everywhere(t), list[0].ID, 1))
	require.ErrorIs(t, o.DeletePrompt(everywhere(t), p.ID, 9), voice.ErrChangedMeanwhile)
	require.NoError(t, o.DeletePrompt(everywhere(t), p.ID, 1))
	_, err = o.blobs.Open(t.Context(), "voice/prompts/"+p.ID.String())
	require.ErrorIs(t, err, blob.ErrNotFound)
	_, err = o.OpenPrompt(t.Context(), p.ID)
	require.ErrorIs(t, err, voice.ErrNoPrompt)
	require.Equal(t, []string{"voice.prompt.create", "voice.prompt.delete"}, o.audited(t, "voice.prompt"))
}

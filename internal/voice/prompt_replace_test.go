package voice_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"yingda/internal/platform/blob"
	"yingda/internal/platform/sheet"
	"yingda/internal/voice"
)

func (o *office) sounds(t testing.TB) []blob.Info {
	t.Helper()
	list, err := o.blobs.List(t.Context(), "voice/prompts/", "", 10)
	require.NoError(t, err)
	return list
}

func TestAReplacedSoundIsWhatTheNextReaderGets(t *testing.T) {
	t.Parallel()
	o := setup(t)
	p := o.prompt(t, "欢迎")
	_, playing, err := o.Listen(everywhere(t), p.ID)
	require.NoError(t, err)

	replaced, err := o.ReplaceSound(everywhere(t), p.ID, p.Version, wav(16000, 2, 32000))
	require.NoError(t, err)
	require.Equal(t, []any{"欢迎", 2, 2 * time.Second, 16000, 2}, []any{replaced.Name, replaced.Version, replaced.Duration, replaced.SampleRate, replaced.Channels})
	held, ok := o.Tables().Prompts[p.ID]
	require.True(t, ok)
	require.Equal(t, replaced.SHA256, held.SHA256, "a node reads the tables of the new sound")
	sound, err := o.OpenPrompt(t.Context(), p.ID)
	require.NoError(t, err)
	data, err := io.ReadAll(sound)
	require.NoError(t, err)
	require.NoError(t, sound.Close())
	require.Equal(t, wav(16000, 2, 32000), data)

	old, err := io.ReadAll(playing)
	require.NoError(t, err, "who listens hears the old sound to its end")
	require.NoError(t, playing.Close())
	require.Equal(t, wav(8000, 1, 4000), old)
	require.Len(t, o.sounds(t), 1, "the old file is gone")
	var topics int
	require.NoError(t, o.pool.QueryRow(t.Context(), `SELECT count(*) FROM outbox.event WHERE topic = 'voice.prompt.changed'`).Scan(&topics))
	require.Equal(t, 2, topics)
	require.Equal(t, []string{"voice.prompt.create", "voice.prompt.replace_sound"}, o.audited(t, "voice.prompt"))

	require.NoError(t, o.DeletePrompt(everywhere(t), p.ID, 2))
	require.Empty(t, o.sounds(t))
}

func TestARefusedSoundChangesNothingAndLeavesNoFile(t *testing.T) {
	t.Parallel()
	o := setup(t)
	p := o.prompt(t, "欢迎")
	fresh := wav(8000, 1, 8000)
	_, err := o.ReplaceSound(everywhere(t), p.ID, p.Version, []byte("ID3 no wav"))
	require.ErrorIs(t, err, voice.ErrNotWAV)
	_, err = o.ReplaceSound(everywhere(t), p.ID, 9, fresh)
	require.ErrorIs(t, err, voice.ErrChangedMeanwhile)
	_, err = o.ReplaceSound(o.at(t, o.guangdong), p.ID, p.Version, fresh)
	require.ErrorIs(t, err, voice.ErrNotYours, "the nation's prompt is seen by a province, not changed")
	require.NoError(t, o.DeletePrompt(everywhere(t), o.prompt(t, "别的").ID, 1))
	same, err := o.ReplaceSound(everywhere(t), p.ID, p.Version, wav(8000, 1, 4000))
	require.NoError(t, err)
	require.Equal(t, p.Version, same.Version, "the same sound is no change")
	require.Len(t, o.sounds(t), 1)
	require.NotContains(t, o.audited(t, "voice.prompt"), "voice.prompt.replace_sound")
	_, _, err = o.Listen(everywhere(t), p.ID)
	require.NoError(t, err)
}

func TestPromptsGoOutAsAWorkbookWithoutTheirSound(t *testing.T) {
	t.Parallel()
	o := setup(t)
	p := o.prompt(t, "欢迎")
	o.prompt(t, "再见")
	var file bytes.Buffer
	require.NoError(t, o.ExportPrompts(everywhere(t), &file, sheet.English, voice.PromptFilter{Text: "欢"}))
	book, err := excelize.OpenReader(&file)
	require.NoError(t, err)
	defer book.Close()
	rows, err := book.GetRows(book.GetSheetList()[0])
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.Equal(t, []string{"欢迎", "CN", "0.5", "8000", "1", "8044", p.SHA256}, rows[1][:7])
	require.Contains(t, o.audited(t, "voice.prompt"), "voice.prompt.export")
}

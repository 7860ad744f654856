package wav_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/voice/recording/wav"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

func TestTheHeaderSaysWhatFollows(t *testing.T) {
	t.Parallel()
	h := wav.Header(32000)
	require.Len(t, h, wav.HeaderBytes)
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(h[at:]) }
	require.Equal(t, "RIFF", string(h[:4]))
	require.Equal(t, uint32(wav.HeaderBytes-8+32000), u32(4))
	require.Equal(t, "WAVEfmt ", string(h[8:16]))
	require.Equal(t, uint32(18), u32(16))
	require.Equal(t, []byte{6, 0, 2, 0}, h[20:24], "A-law, stereo")
	require.Equal(t, uint32(8000), u32(24))
	require.Equal(t, uint32(16000), u32(28))
	require.Equal(t, "fact", string(h[38:42]))
	require.Equal(t, uint32(16000), u32(46), "samples of one side")
	require.Equal(t, "data", string(h[50:54]))
	require.Equal(t, uint32(32000), u32(54))
}

func TestAFileReadsTheSameInWhateverParts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		audio := rapid.SliceOfN(rapid.Byte(), 0, 500).Draw(t, "audio")
		all := append(wav.Header(int64(len(audio))), audio...)
		f := wav.NewFile(bytes.NewReader(audio), int64(len(audio)))
		require.Equal(t, int64(len(all)), f.Size())
		for range rapid.IntRange(1, 10).Draw(t, "jumps") {
			at := rapid.IntRange(0, len(all)+5).Draw(t, "at")
			_, err := f.Seek(int64(at), io.SeekStart)
			require.NoError(t, err)
			n := rapid.IntRange(0, 200).Draw(t, "n")
			got, err := io.ReadAll(io.LimitReader(f, int64(n)))
			require.NoError(t, err)
			from := min(at, len(all))
			require.Equal(t, all[from:min(from+n, len(all))], append([]byte{}, got...))
		}
	})
}

func TestAFileIsAProperReader(t *testing.T) {
	t.Parallel()
	audio := bytes.Repeat([]byte{1, 2, 3, 4}, 100)
	require.NoError(t, iotest.TestReader(wav.NewFile(bytes.NewReader(audio), 400), append(wav.Header(400), audio...)))
}

func TestAudioThatIsCutShortIsAnError(t *testing.T) {
	t.Parallel()
	_, err := io.ReadAll(wav.NewFile(bytes.NewReader([]byte{1, 2}), 4))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	_, err = wav.NewFile(bytes.NewReader(nil), 0).Seek(-1, io.SeekStart)
	require.Error(t, err)
	_, err = wav.NewFile(bytes.NewReader(nil), 0).Seek(0, 9)
	require.Error(t, err)
	require.False(t, errors.Is(err, io.EOF))
}

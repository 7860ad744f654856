package recording

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/secret"
	"yingda/internal/voice/recording/timeline"
	"yingda/internal/voice/sdp"
)

func TestPacketsReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		type packet struct {
			remote   bool
			ssrc, ts uint32
			at       time.Duration
			audio    []byte
		}
		var value []byte
		var want []packet
		for range rapid.IntRange(0, 20).Draw(t, "packets") {
			p := packet{
				rapid.Bool().Draw(t, "remote"), rapid.Uint32().Draw(t, "ssrc"), rapid.Uint32().Draw(t, "timestamp"),
				time.Duration(rapid.Int64Range(0, 1<<47).Draw(t, "us")) * time.Microsecond,
				rapid.SliceOfN(rapid.Byte(), 1, timeline.MaxPacket).Draw(t, "audio"),
			}
			want = append(want, p)
			value = appendPacket(value, p.remote, p.ssrc, p.ts, p.at, sdp.PCMA, p.audio)
		}
		for _, w := range want {
			got, rest, ok := readPacket(value)
			require.True(t, ok)
			value = rest
			require.Equal(t, w.remote, got.Side == timeline.Remote)
			require.Equal(t, []any{w.ssrc, w.ts, w.at, w.audio}, []any{got.SSRC, got.Timestamp, got.Arrival, got.Audio})
		}
		_, _, ok := readPacket(value)
		require.False(t, ok)
	})
}

// FuzzJournal reads what failing disks may make of a journal: whatever it is, reading ends, and never in a panic.
func FuzzJournal(f *testing.F) {
	ring, err := secret.Load(f.Context(), secret.Config{Dir: f.TempDir(), Clock: clocktest.New(), Logger: slog.New(slog.DiscardHandler)})
	require.NoError(f, err)
	id := ident.From[recordingKind](uuid.UUID{1})
	whole := append([]byte(journalMagic), make([]byte, 16)...)
	whole[4] = 1
	for i, value := range [][]byte{
		marshal(valueHead, head{Call: uuid.UUID{2}}), appendPacket([]byte{valuePackets}, true, 1, 2, time.Second, sdp.PCMU, []byte{1, 2, 3}),
		marshal(valueMark, mark{At: time.Second, Act: actPause}), marshal(valueEnd, end{time.Minute}),
	} {
		sealed, err := ring.Seal(sealSpool, place(id, i), value)
		require.NoError(f, err)
		whole = binary.BigEndian.AppendUint32(whole, uint32(len(sealed)))
		whole = append(whole, sealed...)
	}
	f.Add(whole, 0, byte(0))
	f.Add(whole[:len(whole)-5], 30, byte(7))
	f.Add([]byte{}, 0, byte(0))
	f.Fuzz(func(t *testing.T, file []byte, at int, flip byte) {
		file = bytes.Clone(file)
		if at >= 0 && at < len(file) {
			file[at] ^= flip
		}
		j, err := openJournal(bytes.NewReader(file), ring)
		if err != nil {
			return
		}
		for range 1000 {
			_, body, err := j.value()
			if errors.Is(err, io.EOF) || errors.Is(err, secret.ErrUnknownVersion) { // the key may come back
				return
			}
			require.NoError(t, err)
			for rest, ok := body, true; ok; {
				_, rest, ok = readPacket(rest)
			}
		}
	})
}

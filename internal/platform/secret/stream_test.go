package secret_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/secret"
)

const chunk = 64 << 10

func noise(n int) []byte {
	b := make([]byte, n)
	src := rand.NewChaCha8([32]byte{1})
	_, _ = src.Read(b)
	return b
}

func newKey(t testing.TB) secret.DataKey {
	t.Helper()
	key, _, err := setup(t).ring.NewDataKey("test.stream", "")
	require.NoError(t, err)
	return key
}

func encrypt(t require.TestingT, key secret.DataKey, plain []byte, step int) []byte {
	var out bytes.Buffer
	w, err := secret.NewStreamWriter(key, &out)
	require.NoError(t, err)
	for rest := plain; len(rest) > 0; {
		n := min(step, len(rest))
		m, err := w.Write(rest[:n])
		require.NoError(t, err)
		require.Equal(t, n, m)
		rest = rest[n:]
	}
	require.NoError(t, w.Close())
	require.NoError(t, w.Close(), "closing twice is fine")
	_, err = w.Write([]byte("late"))
	require.Error(t, err)
	return out.Bytes()
}

var sizes = []int{0, 1, 15, chunk - 1, chunk, chunk + 1, 2 * chunk, 3*chunk + 17}

func TestStreamsRoundTripAtEverySizeAndPosition(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	all := noise(3*chunk + 17)
	rapid.Check(t, func(t *rapid.T) {
		plain := all[:rapid.OneOf(rapid.SampledFrom(sizes), rapid.IntRange(0, len(all))).Draw(t, "size")]
		sealed := encrypt(t, key, plain, rapid.IntRange(1000, 2*chunk).Draw(t, "step"))
		require.EqualValues(t, secret.StreamSize(int64(len(plain))), len(sealed))

		r, err := secret.NewStreamReader(key, bytes.NewReader(sealed))
		require.NoError(t, err)
		require.EqualValues(t, len(plain), r.Size())
		back, err := io.ReadAll(r)
		require.NoError(t, err)
		require.True(t, bytes.Equal(plain, back))

		for range 5 {
			off := rapid.IntRange(0, len(plain)).Draw(t, "offset")
			n := rapid.IntRange(0, len(plain)-off).Draw(t, "length")
			part := make([]byte, n)
			m, err := r.ReadAt(part, int64(off))
			if err != nil {
				require.ErrorIs(t, err, io.EOF)
			}
			require.Equal(t, n, m)
			require.True(t, bytes.Equal(plain[off:off+n], part))
			_, err = r.Seek(int64(off), io.SeekStart)
			require.NoError(t, err)
			rest, err := io.ReadAll(r)
			require.NoError(t, err)
			require.True(t, bytes.Equal(plain[off:], rest))
		}
	})
}

func TestStreamReaderKeepsTheContractOfReaders(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	plain := noise(2*chunk + 100)
	r, err := secret.NewStreamReader(key, bytes.NewReader(encrypt(t, key, plain, chunk)))
	require.NoError(t, err)
	require.NoError(t, iotest.TestReader(r, plain))
	_, err = r.Seek(-1, io.SeekStart)
	require.Error(t, err)
	_, err = r.Seek(0, 9)
	require.Error(t, err)
	_, err = r.ReadAt(make([]byte, 1), -1)
	require.Error(t, err)
}

// readAll opens and reads everything, as a reader that trusts nothing would.
func readAll(key secret.DataKey, sealed []byte) ([]byte, error) {
	r, err := secret.NewStreamReader(key, bytes.NewReader(sealed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestACutStreamIsNeverTakenForAWholeOne(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	sealed := encrypt(t, key, noise(2*chunk+30), chunk)
	borders := []int{0, 4, 12, 13, 28, 12 + chunk, 12 + chunk + 16, 12 + 2*(chunk+16), 12 + 2*(chunk+16) + 16, len(sealed) - 1}
	for _, n := range borders {
		_, err := readAll(key, sealed[:n])
		require.Error(t, err, "cut to %d", n)
		require.Equal(t, fault.Unavailable, fault.KindOf(err))
	}
	for _, n := range []int{12 + chunk + 16, 12 + 2*(chunk+16)} {
		_, err := readAll(key, sealed[:n])
		require.ErrorIs(t, err, secret.ErrTruncated, "cut at a chunk's border %d", n)
	}
	rapid.Check(t, func(t *rapid.T) {
		_, err := readAll(key, sealed[:rapid.IntRange(0, len(sealed)-1).Draw(t, "length")])
		require.Error(t, err)
	})
}

func TestChangedChunksAreFound(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	sealed := encrypt(t, key, noise(3*chunk+30), chunk)
	part := func(i int) []byte { return sealed[12+i*(chunk+16) : min(len(sealed), 12+(i+1)*(chunk+16))] }
	join := func(parts ...[]byte) []byte { return bytes.Join(append([][]byte{sealed[:12]}, parts...), nil) }
	for name, wrong := range map[string][]byte{
		"swapped":    join(part(1), part(0), part(2), part(3)),
		"left out":   join(part(0), part(2), part(3)),
		"doubled":    join(part(0), part(0), part(1), part(2), part(3)),
		"lengthened": join(part(0), part(1), part(2), part(3), part(3)),
		"wrong key":  encrypt(t, newKey(t), noise(10), chunk),
	} {
		_, err := readAll(key, wrong)
		require.ErrorIs(t, err, secret.ErrStreamWrong, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		wrong := bytes.Clone(sealed)
		wrong[rapid.IntRange(0, len(wrong)-1).Draw(t, "position")] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		_, err := readAll(key, wrong)
		require.ErrorIs(t, err, secret.ErrStreamWrong)
	})
}

func TestARecordingThatWasNeverClosedGivesItsWholeChunks(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	plain := noise(3*chunk + 30)
	sealed := encrypt(t, key, plain, chunk)
	for cut, want := range map[int]int{
		len(sealed):             len(plain),
		len(sealed) - 1:         3 * chunk,
		12 + 2*(chunk+16) + 500: 2 * chunk,
		12 + 2*(chunk+16):       2 * chunk,
		12 + 100:                0,
		12:                      0,
	} {
		var out bytes.Buffer
		n, err := secret.RecoverStream(key, bytes.NewReader(sealed[:cut]), &out)
		require.NoError(t, err)
		require.EqualValues(t, want, n)
		require.True(t, bytes.Equal(plain[:want], out.Bytes()))
	}
	_, err := secret.RecoverStream(newKey(t), bytes.NewReader(sealed), io.Discard)
	require.ErrorIs(t, err, secret.ErrStreamWrong)
	_, err = secret.RecoverStream(key, bytes.NewReader(sealed[:5]), io.Discard)
	require.ErrorIs(t, err, secret.ErrTruncated)
}

type failing struct{ after int }

var errDisk = errors.New("disk full")

func (f *failing) Write(p []byte) (int, error) {
	if f.after--; f.after < 0 {
		return 0, errDisk
	}
	return len(p), nil
}

func TestAFailedWriteStaysFailed(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	_, err := secret.NewStreamWriter(key, &failing{})
	require.ErrorIs(t, err, errDisk)
	w, err := secret.NewStreamWriter(key, &failing{after: 1})
	require.NoError(t, err)
	_, err = w.Write(noise(chunk + 1))
	require.ErrorIs(t, err, errDisk)
	require.ErrorIs(t, w.Close(), errDisk)
}

func FuzzStreamReader(f *testing.F) {
	key := newKey(f)
	good := encrypt(f, key, noise(100), 10)
	f.Add(good)
	f.Add(good[:12])
	f.Add(encrypt(f, key, nil, 1))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		plain, err := readAll(key, sealed)
		if err == nil {
			require.Contains(t, []int{0, 100}, len(plain), "forged stream opened")
			return
		}
		require.Equal(t, fault.Unavailable, fault.KindOf(err))
	})
}

func BenchmarkStreamWriter(b *testing.B) {
	key := newKey(b)
	data := noise(1 << 20)
	b.SetBytes(int64(len(data)))
	w, err := secret.NewStreamWriter(key, io.Discard)
	require.NoError(b, err)
	for b.Loop() {
		_, _ = w.Write(data)
	}
}

package blob_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/blob"
	"yingda/internal/platform/fault"
)

func noise(n int) []byte {
	b := make([]byte, n)
	src := rand.NewChaCha8([32]byte{2})
	_, _ = src.Read(b)
	return b
}

// contract is what every store promises. newStore gives an empty one.
func contract(t *testing.T, newStore func(t testing.TB) blob.Store) {
	for name, test := range map[string]func(*testing.T, blob.Store){
		"KeepsContentAndDescription":  keepsContent,
		"GivesRandomAccess":           givesRandomAccess,
		"ReplacesWhole":               replacesWhole,
		"RefusesOtherContent":         refusesOtherContent,
		"LeavesNothingOfAFailedPut":   leavesNothing,
		"RefusesBadKeys":              refusesBadKeys,
		"DeletesOnceAndAgain":         deletes,
		"ListsInByteOrder":            lists,
		"StopsWithItsContext":         stopsWithContext,
		"TakesManyPutsOfOneKeyAtOnce": manyAtOnce,
		"IsHealthy":                   isHealthy,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newStore(t))
		})
	}
}

func put(t testing.TB, s blob.Store, key string, content []byte) blob.Info {
	t.Helper()
	info, err := s.Put(t.Context(), key, bytes.NewReader(content), blob.PutOptions{})
	require.NoError(t, err)
	return info
}

func get(t testing.TB, s blob.Store, key string) []byte {
	t.Helper()
	o, err := s.Open(t.Context(), key)
	require.NoError(t, err)
	defer o.Close()
	content, err := io.ReadAll(o)
	require.NoError(t, err)
	return content
}

func keepsContent(t *testing.T, s blob.Store) {
	for _, size := range []int{0, 1, 4096, 1<<20 - 1, 1 << 20, 1<<20 + 1, 11<<20 + 5} { // around the spool's border; several parts
		content := noise(size)
		key := fmt.Sprintf("recording/2026/11/20/%d.alaw", size)
		// Readers without Seek or a known length are what a microphone gives.
		info, err := s.Put(t.Context(), key, iotest.OneByteReader(io.LimitReader(bytes.NewReader(content), 3)), blob.PutOptions{})
		require.NoError(t, err)
		require.EqualValues(t, min(3, size), info.Size)
		info, err = s.Put(t.Context(), key, io.MultiReader(bytes.NewReader(content)), blob.PutOptions{ContentType: "audio/PCMA; rate=8000", Size: int64(size), SizeKnown: true, SHA256: sha256.Sum256(content)})
		require.NoError(t, err)
		require.True(t, bytes.Equal(content, get(t, s, key)))

		stat, err := s.Stat(t.Context(), key)
		require.NoError(t, err)
		require.WithinDuration(t, time.Now(), stat.StoredAt, time.Minute)
		require.WithinDuration(t, info.StoredAt, stat.StoredAt, 5*time.Second)
		info.StoredAt = stat.StoredAt
		require.Equal(t, blob.Info{Key: key, Size: int64(size), ContentType: "audio/PCMA; rate=8000", SHA256: sha256.Sum256(content), StoredAt: stat.StoredAt}, stat)
		require.Equal(t, stat, info)
	}
}

func givesRandomAccess(t *testing.T, s blob.Store) {
	content := noise(700_000)
	put(t, s, "a/b", content)
	o, err := s.Open(t.Context(), "a/b")
	require.NoError(t, err)
	defer o.Close()
	rapid.Check(t, func(t *rapid.T) {
		off := rapid.IntRange(0, len(content)).Draw(t, "offset")
		n := rapid.IntRange(0, min(20_000, len(content)-off)).Draw(t, "length")
		at, err := o.Seek(int64(off-len(content)), io.SeekEnd)
		require.NoError(t, err)
		require.EqualValues(t, off, at)
		part := make([]byte, n)
		_, err = io.ReadFull(o, part)
		require.NoError(t, err)
		require.True(t, bytes.Equal(content[off:off+n], part))
	})
	_, err = o.Seek(0, io.SeekStart)
	require.NoError(t, err)
	all, err := io.ReadAll(o)
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, all))
	_, err = o.Seek(-1, io.SeekStart)
	require.Error(t, err)
	_, err = o.Seek(0, 7)
	require.Error(t, err)
}

func replacesWhole(t *testing.T, s blob.Store) {
	put(t, s, "k", []byte("the longer first version"))
	put(t, s, "k", []byte("second"))
	require.Equal(t, "second", string(get(t, s, "k")))
	all, err := s.List(t.Context(), "", "", 10)
	require.NoError(t, err)
	require.Len(t, all, 1)
}

func refusesOtherContent(t *testing.T, s blob.Store) {
	put(t, s, "k", []byte("old"))
	_, err := s.Put(t.Context(), "k", strings.NewReader("new"), blob.PutOptions{SHA256: sha256.Sum256([]byte("other"))})
	require.ErrorIs(t, err, blob.ErrWrong)
	_, err = s.Put(t.Context(), "k", strings.NewReader("new"), blob.PutOptions{Size: 4, SizeKnown: true})
	require.ErrorIs(t, err, blob.ErrWrong)
	_, err = s.Put(t.Context(), "k", strings.NewReader("new"), blob.PutOptions{ContentType: "text/html\r\nx-evil: 1"})
	require.Equal(t, fault.Invalid, fault.KindOf(err))
	_, err = s.Put(t.Context(), "k", strings.NewReader("new"), blob.PutOptions{ContentType: strings.Repeat("x", 200)})
	require.Equal(t, fault.Invalid, fault.KindOf(err))
	require.Equal(t, "old", string(get(t, s, "k")))
}

func leavesNothing(t *testing.T, s blob.Store) {
	broken := errors.New("the call was cut")
	for _, size := range []int{10, 3 << 20} {
		_, err := s.Put(t.Context(), "k", io.MultiReader(bytes.NewReader(noise(size)), iotest.ErrReader(broken)), blob.PutOptions{})
		require.ErrorIs(t, err, broken)
	}
	_, err := s.Stat(t.Context(), "k")
	require.ErrorIs(t, err, blob.ErrNotFound)
	_, err = s.Open(t.Context(), "k")
	require.ErrorIs(t, err, blob.ErrNotFound)
	all, err := s.List(t.Context(), "", "", 10)
	require.NoError(t, err)
	require.Empty(t, all)
}

func refusesBadKeys(t *testing.T, s blob.Store) {
	for _, key := range []string{
		"", "/", "/a", "a/", "a//b", "..", "../a", "a/../b", "a/..", ".", "./a", "a/.hidden", "a\\b", "a b", "a\x00b", "a+b", "录音",
		"a%2e%2e", strings.Repeat("x", 201), strings.Repeat("x/", 256) + "x",
	} {
		_, err := s.Put(t.Context(), key, strings.NewReader("x"), blob.PutOptions{})
		require.ErrorIs(t, err, blob.ErrBadKey, "%q", key)
		_, err = s.Open(t.Context(), key)
		require.ErrorIs(t, err, blob.ErrBadKey, "%q", key)
		_, err = s.Stat(t.Context(), key)
		require.ErrorIs(t, err, blob.ErrBadKey, "%q", key)
		require.ErrorIs(t, s.Delete(t.Context(), key), blob.ErrBadKey, "%q", key)
	}
	_, err := s.List(t.Context(), "a*", "", 1)
	require.ErrorIs(t, err, blob.ErrBadKey)
}

func deletes(t *testing.T, s blob.Store) {
	put(t, s, "a/b/c", []byte("x"))
	require.NoError(t, s.Delete(t.Context(), "a/b/c"))
	_, err := s.Stat(t.Context(), "a/b/c")
	require.ErrorIs(t, err, blob.ErrNotFound)
	require.NoError(t, s.Delete(t.Context(), "a/b/c"))
	_, err = s.Sweep(t.Context(), time.Hour)
	require.NoError(t, err)
	put(t, s, "a/b/c", []byte("again"))
	require.Equal(t, "again", string(get(t, s, "a/b/c")))
}

func lists(t *testing.T, s blob.Store) {
	keys := []string{"a", "a-b", "a-b.c/x", "b/1", "b/10", "b/2/x", "b/2/y", "b.c/0", "b-c/0", "B", "recording/2026/11/19/z", "recording/2026/11/20/a", "recording/2026/11/20/b", "recordings", "z/3f/x", "z/3g"}
	for i, k := range keys {
		put(t, s, k, make([]byte, i))
	}
	slices.Sort(keys)
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.SampledFrom([]string{"", "", "a", "b", "b/", "b/2", "recording/2026/11/", "recording", "none", "recording/2026/11/20/b"}).Draw(t, "prefix")
		after := rapid.SampledFrom(append([]string{"", "b/", "b/11", "zz"}, keys...)).Draw(t, "after")
		limit := rapid.IntRange(1, len(keys)+1).Draw(t, "limit")
		var want []string
		for _, k := range keys {
			if strings.HasPrefix(k, prefix) && k > after && len(want) < limit {
				want = append(want, k)
			}
		}
		found, err := s.List(context.Background(), prefix, after, limit)
		require.NoError(t, err)
		var got []string
		for _, i := range found {
			got = append(got, i.Key)
		}
		require.Equal(t, want, got)
	})
	all, err := s.List(t.Context(), "", "", blob.MaxList+1)
	require.NoError(t, err)
	for _, i := range all {
		stat, err := s.Stat(t.Context(), i.Key)
		require.NoError(t, err)
		require.Equal(t, stat.Size, i.Size)
	}
	none, err := s.List(t.Context(), "", "", 0)
	require.NoError(t, err)
	require.Empty(t, none)
}

func stopsWithContext(t *testing.T, s blob.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	endless := readerFunc(func(p []byte) (int, error) { cancel(); return len(p), nil })
	_, err := s.Put(ctx, "k", endless, blob.PutOptions{})
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Open(ctx, "k")
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.List(ctx, "", "", 1)
	require.ErrorIs(t, err, context.Canceled)
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func manyAtOnce(t *testing.T, s blob.Store) {
	done := make(chan error)
	for i := range 8 {
		go func() {
			_, err := s.Put(t.Context(), "shared/k", bytes.NewReader(bytes.Repeat([]byte{byte(i)}, 5000+i)), blob.PutOptions{})
			done <- err
		}()
	}
	for range 8 {
		require.NoError(t, <-done)
	}
	content := get(t, s, "shared/k")
	require.Len(t, content, 5000+int(content[0]))
	require.Equal(t, len(content), bytes.Count(content, content[:1]), "never a mixture")
}

func isHealthy(t *testing.T, s blob.Store) {
	c := s.Health()
	for _, f := range c.Check(t.Context()) {
		require.Contains(t, []string{"blob.low_space", "blob.plain_http"}, f.Warning.Code)
	}
	for _, w := range c.Warnings {
		for _, text := range []string{w.Chinese.Title, w.Chinese.Cause, w.Chinese.Remedy, w.English.Title, w.English.Cause, w.English.Remedy} {
			require.NotEmpty(t, text, w.Code)
		}
	}
}

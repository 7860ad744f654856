package secret_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/secret"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

const body = secret.Purpose("test.body")

type bundle struct {
	dir   string
	clock *clocktest.Fake
	ring  *secret.Ring
}

func (b bundle) file() string { return secret.DefaultFile(b.dir) }

func (b bundle) load(t testing.TB) (*secret.Ring, error) {
	t.Helper()
	return secret.Load(t.Context(), secret.Config{Dir: b.dir, Clock: b.clock})
}

func setup(t testing.TB) bundle {
	t.Helper()
	b := bundle{dir: filepath.Join(t.TempDir(), "secret"), clock: clocktest.New()}
	var err error
	b.ring, err = b.load(t)
	require.NoError(t, err)
	return b
}

func TestSealedValuesOpenOnlyWithTheirPurposeAndContext(t *testing.T) {
	t.Parallel()
	r := setup(t).ring
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "plain")
		where := rapid.String().Draw(t, "context")
		sealed, err := r.Seal(body, where, plain)
		require.NoError(t, err)
		require.Len(t, sealed, len(plain)+secret.Overhead)
		back, err := r.Open(body, where, sealed)
		require.NoError(t, err)
		require.True(t, bytes.Equal(plain, back))

		_, err = r.Open(body, where+"x", sealed)
		require.ErrorIs(t, err, secret.ErrNotAuthentic)
		_, err = r.Open("test.other", where, sealed)
		require.ErrorIs(t, err, secret.ErrNotAuthentic)
		_, err = r.Open("test.bod", "y"+where, sealed)
		require.ErrorIs(t, err, secret.ErrNotAuthentic)
		_, err = r.Open(body, where, sealed[:len(sealed)-1])
		require.ErrorIs(t, err, secret.ErrNotAuthentic)

		wrong := bytes.Clone(sealed)
		wrong[rapid.IntRange(0, len(wrong)-1).Draw(t, "position")] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		_, err = r.Open(body, where, wrong)
		f, ok := fault.As(err)
		require.True(t, ok, "a damaged value must give a fault: %v", err)
		require.Contains(t, []string{secret.ErrNotAuthentic.Code, secret.ErrUnknownVersion.Code}, f.Code)
	})
}

func TestTheSameValueNeverSealsTheSameTwice(t *testing.T) {
	t.Parallel()
	r := setup(t).ring
	a, err := r.Seal(body, "", []byte("一样"))
	require.NoError(t, err)
	b, err := r.Seal(body, "", []byte("一样"))
	require.NoError(t, err)
	require.NotEqual(t, a, b)
}

func TestRotationKeepsOldValuesAndRewrapsThem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rows := map[string][]byte{}
	for i := range 25 {
		name := fmt.Sprintf("row/%d", i)
		sealed, err := b.ring.Seal(body, name, []byte(name))
		require.NoError(t, err)
		rows[name] = sealed
	}
	oldMAC, err := b.ring.MAC(body, []byte("13800138000"))
	require.NoError(t, err)

	version, err := secret.AddVersion(t.Context(), b.file(), b.clock)
	require.NoError(t, err)
	require.EqualValues(t, 2, version)
	require.EqualValues(t, 1, b.ring.Active(), "a running ring changes only when it reloads")
	require.NoError(t, b.ring.Reload(t.Context()))
	require.EqualValues(t, 2, b.ring.Active())
	require.True(t, b.ring.VerifyMAC(body, []byte("13800138000"), oldMAC))
	newMAC, err := b.ring.MAC(body, []byte("13800138000"))
	require.NoError(t, err)
	require.NotEqual(t, oldMAC, newMAC)
	all, err := b.ring.MACs(body, []byte("13800138000"))
	require.NoError(t, err)
	require.Equal(t, [][]byte{newMAC, oldMAC}, all)

	var seen []int
	done, err := secret.Rotate(t.Context(), b.ring, batches(rows, 10), func(n int) { seen = append(seen, n) })
	require.NoError(t, err)
	require.Equal(t, 25, done)
	require.Equal(t, []int{10, 20, 25}, seen)
	for name, sealed := range rows {
		v, err := secret.Version(sealed)
		require.NoError(t, err)
		require.EqualValues(t, 2, v)
		plain, err := b.ring.Open(body, name, sealed)
		require.NoError(t, err)
		require.Equal(t, name, string(plain))
	}
}

func TestRotationEndsWhenABatchNeverGetsNewer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	sealed, err := b.ring.Seal(body, "", nil)
	require.NoError(t, err)
	same := secret.Batch{Values: []secret.Sealed{{Purpose: body, Value: sealed}}}
	_, err = secret.Rotate(t.Context(), b.ring, func(context, uint32) (secret.Batch, error) { return same, nil }, nil)
	require.ErrorContains(t, err, "older version")
}

func TestANodeFindsAVersionThatAnotherAdded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other, err := b.load(t)
	require.NoError(t, err)
	_, err = secret.AddVersion(t.Context(), b.file(), b.clock)
	require.NoError(t, err)
	require.NoError(t, other.Reload(t.Context()))
	sealed, err := other.Seal(body, "", []byte("new"))
	require.NoError(t, err)

	_, err = b.ring.Open(body, "", sealed)
	require.ErrorIs(t, err, secret.ErrUnknownVersion, "not asked again within the pause")
	require.Len(t, b.ring.Health().Check(t.Context()), 1)
	b.clock.Advance(time.Minute)
	plain, err := b.ring.Open(body, "", sealed)
	require.NoError(t, err)
	require.Equal(t, "new", string(plain))
	require.Empty(t, b.ring.Health().Check(t.Context()))
}

func TestDataKeyIsWrappedAndErasedWithItsWrapping(t *testing.T) {
	t.Parallel()
	b := setup(t)
	key, wrapped, err := b.ring.NewDataKey("test.recording", "recording/1")
	require.NoError(t, err)
	back, err := b.ring.OpenDataKey("test.recording", "recording/1", wrapped)
	require.NoError(t, err)
	require.Equal(t, key, back)
	_, err = b.ring.OpenDataKey("test.recording", "recording/2", wrapped)
	require.ErrorIs(t, err, secret.ErrNotAuthentic)
	require.NotContains(t, fmt.Sprintf("%v %+v %#v %s", key, key, key, key), fmt.Sprint(wrapped[40]))
	require.Equal(t, "[secret]", fmt.Sprintf("%#v", key))
	short, err := b.ring.Seal("test.recording", "x", []byte("too short"))
	require.NoError(t, err)
	_, err = b.ring.OpenDataKey("test.recording", "x", short)
	require.ErrorIs(t, err, secret.ErrNotAuthentic)
}

func TestSecretStringNeverShowsItself(t *testing.T) {
	t.Parallel()
	const value = "p4ssw0rd-口令"
	s := secret.Hide(value)
	type config struct{ Password secret.String }
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "a", s, "b", config{s})
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "a", s, "b", config{s})
	raw, err := json.Marshal(config{s})
	require.NoError(t, err)
	shown := log.String() + string(raw)
	for _, verb := range []string{"%s", "%v", "%+v", "%#v", "%q", "%x", "%d"} {
		shown += fmt.Sprintf(verb, s) + fmt.Sprintf(verb, config{s}) + fmt.Sprintf(verb, &config{s})
	}
	require.NotContains(t, shown, value)
	require.NotContains(t, shown, fmt.Sprintf("%x", value))
	require.Equal(t, value, s.Reveal())
	require.JSONEq(t, `{"Password":"[secret]"}`, string(raw))

	var back config
	require.NoError(t, json.Unmarshal([]byte(`{"Password":"geheim"}`), &back))
	require.Equal(t, "geheim", back.Password.Reveal())
	require.True(t, secret.String{}.IsZero())
	require.Empty(t, fmt.Sprint(secret.String{}))
}

func FuzzOpen(f *testing.F) {
	r := setup(f).ring
	good, err := r.Seal(body, "c", []byte("plain"))
	require.NoError(f, err)
	f.Add(good)
	f.Add([]byte{1, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		plain, err := r.Open(body, "c", sealed)
		if bytes.Equal(sealed, good) {
			require.NoError(t, err)
			require.Equal(t, "plain", string(plain))
			return
		}
		f, ok := fault.As(err)
		require.True(t, ok, "forged value opened, or an error that is no fault: %v", err)
		require.Equal(t, fault.Unavailable, f.Kind)
	})
}

func ExampleRing_Seal() {
	dir, err := os.MkdirTemp("", "secret")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ring, err := secret.Load(background, secret.Config{Dir: dir})
	if err != nil {
		panic(err)
	}
	sealed, _ := ring.Seal("notify.recipient", "notify.message/42/recipient", []byte("+8613800138000"))
	plain, _ := ring.Open("notify.recipient", "notify.message/42/recipient", sealed)
	fmt.Println(string(plain), strings.Contains(string(sealed), "138"))
	_, err = ring.Open("notify.recipient", "notify.message/43/recipient", sealed)
	fmt.Println(errors.Is(err, secret.ErrNotAuthentic))
	// Output:
	// +8613800138000 false
	// true
}

package identity

import (
	"context"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/lifecycle/lifecycletest"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

func TestANewSecretIsReadAgain(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		secret := newSecret()
		require.Len(t, secret, secretLength)
		require.False(t, seen[secret])
		seen[secret] = true
		hash, ok := hashSecret(secret)
		require.True(t, ok)
		require.Equal(t, sha256.Sum256([]byte(secret)), hash)
		got, present := bearer("Bearer " + tokenPrefix + secret)
		require.True(t, present)
		require.Equal(t, secret, got)
		require.Equal(t, secret, cookieSecret([]string{"a=b; " + CookieName + "=" + secret + "; c=d"}))
	}
}

func TestAForeignAuthorizationIsNeverACookiesBusiness(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"Basic YTpi", "Bearer", "Bearer abc", "bearer  yd_", "yd_" + newSecret(), "Bearer \x00"} {
		secret, present := bearer(header)
		require.True(t, present, header)
		_, ok := hashSecret(secret)
		require.False(t, ok, header)
	}
	_, present := bearer("")
	require.False(t, present)
}

func FuzzHeadersNeverBreakTheGuard(f *testing.F) {
	f.Add("Bearer yd_"+strings.Repeat("a", 43), CookieName+"="+strings.Repeat("b", 43))
	f.Add("", ";;="+CookieName+"=\"x\"; "+CookieName)
	f.Add("Bearer  yd_", CookieName+"=")
	f.Fuzz(func(t *testing.T, authorization, cookie string) {
		secret, _ := bearer(authorization)
		for _, s := range []string{secret, cookieSecret([]string{cookie, authorization})} {
			hash, ok := hashSecret(s)
			if ok && (len(s) != secretLength || hash != sha256.Sum256([]byte(s))) {
				t.Fatalf("%q was taken", s)
			}
		}
	})
}

func TestAddressesAreReadFromConnections(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"127.0.0.1:80": "127.0.0.1", "[::1]:80": "::1", "[::ffff:10.0.0.1]:80": "10.0.0.1", "[fe80::1%eth0]:1": "fe80::1%eth0", "": "", "x": "x",
	} {
		require.Equal(t, want, plainAddress(remote), remote)
	}
	require.Equal(t, "2001:db8:1:2::/64", network("2001:db8:1:2:3::4"))
	require.Equal(t, "10.0.0.1", network("::ffff:10.0.0.1"))
	require.Equal(t, "unknown", network("not an address"))
}

func cheap(t testing.TB) *hasher {
	t.Helper()
	h, err := newHasher(HashParams{Memory: 64, Time: 1, Threads: 1})
	require.NoError(t, err)
	return h
}

func TestAPasswordOpensItsHashAndNoOther(t *testing.T) {
	t.Parallel()
	h := cheap(t)
	rapid.Check(t, func(t *rapid.T) {
		password, other := rapid.String().Draw(t, "password"), rapid.String().Draw(t, "other")
		hash, err := h.make(context.Background(), password)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(hash, "$argon2id$v=19$m=64,t=1,p=1$"))
		ok, outdated, err := h.verify(context.Background(), hash, password)
		require.NoError(t, err)
		require.True(t, ok)
		require.False(t, outdated)
		ok, _, err = h.verify(context.Background(), hash, other)
		require.NoError(t, err)
		require.Equal(t, string(canonical(password)) == string(canonical(other)), ok)
	})
}

func TestAHashOfOtherCostsIsOpenedAndSaidToBeOutdated(t *testing.T) {
	t.Parallel()
	hash, err := cheap(t).make(t.Context(), "secret")
	require.NoError(t, err)
	dearer, err := newHasher(HashParams{Memory: 128, Time: 2, Threads: 1})
	require.NoError(t, err)
	ok, outdated, err := dearer.verify(t.Context(), hash, "secret")
	require.NoError(t, err)
	require.True(t, ok)
	require.True(t, outdated)
}

func TestTooManyAtOnceAreToldToComeBack(t *testing.T) {
	t.Parallel()
	h := cheap(t)
	var leave []func()
	for range cap(h.slots) {
		l, err := h.enter(t.Context())
		require.NoError(t, err)
		leave = append(leave, l)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.make(ctx, "x")
	require.ErrorIs(t, err, ErrBusy, "waits until its request ends")
	h.waiting.Add(hashesWaiting)
	_, _, err = h.verify(t.Context(), h.dummy, "x")
	require.ErrorIs(t, err, ErrBusy, "the line is full")
	h.waiting.Add(-hashesWaiting)
	for _, l := range leave {
		l()
	}
	_, err = h.make(t.Context(), "x")
	require.NoError(t, err)
}

func FuzzAStoredHashNeverTakesTheMachine(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=4294967295,t=4294967295,p=255$$")
	f.Add("")
	f.Fuzz(func(t *testing.T, hash string) {
		p, salt, key, err := decodeHash(hash)
		if err != nil {
			return
		}
		if p.Memory > 1<<20 || p.Time > 64 || len(salt) < 8 || len(key) < 16 {
			t.Fatalf("%q was taken", hash)
		}
		again, salt2, key2, err := decodeHash(encodeHash(p, salt, key))
		if err != nil || again != p || string(salt2) != string(salt) || string(key2) != string(key) {
			t.Fatalf("%q does not come back", hash)
		}
	})
}

func TestATemporaryPasswordSatisfiesThePolicy(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 200 {
		p := temporaryPassword()
		require.False(t, seen[p])
		seen[p] = true
		require.Empty(t, DefaultPolicy().Password.Check(p, personOf(credential{Number: "A001", Name: "张晓明"})), p)
	}
}

func TestPinyinOfNames(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"zhang", "xiao", "ming"}, pinyinOf("张晓明"))
	require.Equal(t, []string{"john", "smith"}, pinyinOf("John Smith"))
	require.Empty(t, pinyinOf(""))
}

func TestBuiltInRulesAreOrderedAndDifferent(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range builtInRules() {
		require.Less(t, r.First, r.Second)
		require.True(t, r.BuiltIn)
		require.NotEmpty(t, r.ZH)
		require.NotEmpty(t, r.EN)
		require.False(t, seen[r.ID])
		seen[r.ID] = true
	}
}

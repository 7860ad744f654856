package digest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	icholy "github.com/icholy/digest"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/lifecycle/lifecycletest"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

const (
	realm = "yingda"
	uri   = "sip:yingda.example"
)

// users is a store of passwords.
type users map[string]string

func (u users) HA1(_ context.Context, user, realm, algorithm string) (string, bool, error) {
	password, ok := u[user]
	if user == "broken" {
		return "", false, errors.New("the store is away")
	}
	return HA1(algorithm, user, realm, password), ok, nil
}

var desks = users{"8001": "right horse"}

type bundle struct {
	*Server
	clock *clocktest.Fake
}

func setup(change ...func(*Config)) bundle {
	c := Config{Realm: realm, Clock: clocktest.New(), SHA256: true}
	for _, f := range change {
		f(&c)
	}
	return bundle{New(c), c.Clock.(*clocktest.Fake)}
}

// answer is what a phone (an independent implementation) sends to a challenge.
func answer(t testing.TB, challenge, user, password string, count int, change ...func(*icholy.Credentials)) string {
	t.Helper()
	c, err := icholy.ParseChallenge(challenge)
	require.NoError(t, err)
	a, err := icholy.Digest(c, icholy.Options{Method: "REGISTER", URI: uri, Username: user, Password: password, Count: count})
	require.NoError(t, err)
	for _, f := range change {
		f(a)
	}
	return a.String()
}

func (b bundle) verify(t testing.TB, header ...string) Result {
	t.Helper()
	_, r, err := b.Verify(t.Context(), Request{Method: "REGISTER", URI: uri, Header: header}, desks)
	require.NoError(t, err)
	return r
}

func TestBothAlgorithmsOpenWithTheRightPassword(t *testing.T) {
	t.Parallel()
	s := setup()
	challenges := s.Challenges(false)
	require.Len(t, challenges, 2)
	require.Contains(t, challenges[0], "algorithm=SHA-256", "the better one first")
	require.Contains(t, challenges[1], "algorithm=MD5")
	for _, c := range challenges {
		require.NotContains(t, c, "stale")
		user, result, err := s.Verify(t.Context(), Request{Method: "REGISTER", URI: uri, Header: []string{"Basic eA==", answer(t, c, "8001", "right horse", 1+strings.Count(c, "MD5"))}}, desks)
		require.NoError(t, err)
		require.Equal(t, OK, result)
		require.Equal(t, "8001", user)
	}
	require.Contains(t, s.Challenges(true)[0], "stale=true")
	plain := setup(func(c *Config) { c.SHA256 = false })
	require.Len(t, plain.Challenges(false), 1)
	require.Contains(t, plain.Challenges(false)[0], "algorithm=MD5", "phones that know nothing else are the default")
	require.Equal(t, OK, plain.verify(t, answer(t, plain.Challenges(false)[0], "8001", "right horse", 1)))
	only := setup(func(c *Config) { c.NoMD5 = true })
	require.Len(t, only.Challenges(false), 1)
	require.Equal(t, Wrong, only.verify(t, answer(t, s.Challenges(false)[1], "8001", "right horse", 1)))
}

func TestResponseIsThatOfRFC7616(t *testing.T) {
	t.Parallel()
	// RFC 7616 3.9.1
	a := Answer{
		URI: "/dir/index.html", Nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", NC: "00000001",
		CNonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", QOP: "auth",
	}
	for algorithm, want := range map[string]string{
		MD5:    "8ca523f5e9506fed4657c9700eebdbec",
		SHA256: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		ha1 := HA1(algorithm, "Mufasa", "http-auth@example.org", "Circle of Life")
		require.Equal(t, want, response(algorithm, ha1, "GET", a))
	}
}

func TestReplayIsRefused(t *testing.T) {
	t.Parallel()
	s := setup()
	header := answer(t, s.Challenges(false)[0], "8001", "right horse", 1)
	require.Equal(t, OK, s.verify(t, header))
	require.Equal(t, Stale, s.verify(t, header), "the same count again")
}

func TestCountsMayComeOutOfOrderButOnce(t *testing.T) {
	t.Parallel()
	s := setup()
	c := s.Challenges(false)[0]
	for _, n := range []int{1, 3, 2, 70} {
		require.Equal(t, OK, s.verify(t, answer(t, c, "8001", "right horse", n)), n)
	}
	for _, n := range []int{1, 2, 3, 6, 70} {
		require.Equal(t, Stale, s.verify(t, answer(t, c, "8001", "right horse", n)), n)
	}
	require.Equal(t, OK, s.verify(t, answer(t, c, "8001", "right horse", 7)), "within the window of 64")
}

func TestWindowTakesEachCountOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var w window
		taken := map[uint32]bool{}
		top := uint32(0)
		for _, n := range rapid.SliceOfN(rapid.Uint32Range(1, 300), 1, 200).Draw(t, "counts") {
			fresh := !taken[n] && (n > top || top-n < 64)
			if got := w.take(n); got != fresh {
				t.Fatalf("count %d after top %d: %v", n, top, got)
			}
			taken[n], top = true, max(top, n)
		}
	})
}

func TestOldNonceIsStaleAndAFreshOneOpens(t *testing.T) {
	t.Parallel()
	s := setup(func(c *Config) { c.Lifetime = time.Minute })
	old := answer(t, s.Challenges(false)[0], "8001", "right horse", 1)
	s.clock.Advance(time.Minute + time.Millisecond)
	require.Equal(t, Stale, s.verify(t, old))
	require.Equal(t, OK, s.verify(t, answer(t, s.Challenges(true)[0], "8001", "right horse", 1)))
}

func TestNonceOfAnotherProcessIsStaleOnlyWithTheRightPassword(t *testing.T) {
	t.Parallel()
	s, other := setup(), setup()
	c := other.Challenges(false)[0]
	require.Equal(t, Stale, s.verify(t, answer(t, c, "8001", "right horse", 1)))
	require.Equal(t, Wrong, s.verify(t, answer(t, c, "8001", "wrong", 1)))
	require.Equal(t, Wrong, s.verify(t, answer(t, strings.Replace(c, `nonce="`, `nonce="x`, 1), "8001", "right horse", 1)), "no nonce at all")
}

func TestWhatDoesNotOpen(t *testing.T) {
	t.Parallel()
	s := setup()
	fresh := func(user, password string, change ...func(*icholy.Credentials)) string {
		return answer(t, s.Challenges(false)[0], user, password, 1, change...)
	}
	plain := fresh("8001", "right horse")
	tests := map[string]struct {
		header string
		want   Result
	}{
		"wrong password":       {fresh("8001", "wrong"), Wrong},
		"unknown user":         {fresh("9999", "right horse"), Wrong},
		"unknown user, empty":  {fresh("9999", ""), Wrong},
		"another realm":        {strings.Replace(plain, realm, "elsewhere", 1), Absent},
		"another scheme":       {"Basic eDp5", Absent},
		"no qop":               {strings.Replace(plain, "qop=auth", "x=auth", 1), Wrong},
		"auth-int":             {strings.Replace(plain, "qop=auth", "qop=auth-int", 1), Wrong},
		"count of zero":        {strings.Replace(plain, "nc=00000001", "nc=00000000", 1), Malformed},
		"short count":          {strings.Replace(plain, "nc=00000001", "nc=1", 1), Malformed},
		"another count":        {strings.Replace(plain, "nc=00000001", "nc=00000002", 1), Wrong},
		"another URI":          {strings.ReplaceAll(plain, uri, "sip:other.example"), OtherURI},
		"unknown algorithm":    {strings.Replace(plain, "SHA-256", "MD5-sess", 1), Wrong},
		"a parameter twice":    {plain + `, realm="yingda"`, Malformed},
		"not even parameters":  {"Digest ,,,=", Malformed},
		"hashed name":          {plain + ", userhash=true", Wrong},
		"response of nothing":  {strings.Replace(plain, `response="`, `response="", x="`, 1), Wrong},
		"an enormous header":   {plain + ", x=" + strings.Repeat("y", maxHeader), Malformed},
		"an unfinished string": {`Digest username="8001`, Malformed},
	}
	for name, tt := range tests {
		require.Equal(t, tt.want, s.verify(t, tt.header), name)
		require.Equal(t, tt.want == Wrong || tt.want == OtherURI, tt.want.Failed())
	}
	require.Equal(t, Absent, s.verify(t))
}

func TestStoreThatIsAwayIsAnErrorNotAWrongPassword(t *testing.T) {
	t.Parallel()
	s := setup()
	h := answer(t, s.Challenges(false)[0], "broken", "x", 1)
	_, result, err := s.Verify(t.Context(), Request{Method: "REGISTER", URI: uri, Header: []string{h}}, desks)
	require.ErrorContains(t, err, "the store is away")
	require.NotEqual(t, OK, result)
}

func TestMemoryOfCountsIsBoundedAndForgettingOpensNothing(t *testing.T) {
	t.Parallel()
	const most = 16
	s := setup(func(c *Config) { c.MaxNonces = most })
	var used []string
	opened := 0
	for range 40 * most {
		h := answer(t, s.Challenges(false)[1], "8001", "right horse", 1)
		if s.verify(t, h) == OK {
			opened++
			used = append(used, h)
		}
		require.LessOrEqual(t, len(s.nonces.now)+len(s.nonces.prior), 2*most)
	}
	require.Greater(t, opened, 30*most, "phones go on registering")
	for i, h := range used {
		require.Equal(t, Stale, s.verify(t, h), "replay %d", i)
	}
}

func TestResourcesAreComparedAsURIs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b string
		same bool
	}{
		{"sip:example.org", "sip:example.org", true},
		{"sip:example.org", "sip:EXAMPLE.org:5060", true},
		{"sip:example.org;transport=tcp", "sip:example.org", true},
		{"sips:example.org", "sips:example.org:5061", true},
		{"sip:example.org", "sips:example.org", false},
		{"sip:8001@example.org", "sip:8002@example.org", false},
		{"sip:example.org:5070", "sip:example.org", false},
		{"tel:+861012345", "tel:+861012345", true},
		{"tel:+861012345", "tel:+861012346", false},
		{"", "", false},
		{"*", "sip:example.org", false},
	}
	for _, tt := range tests {
		require.Equal(t, tt.same, sameResource(tt.a, tt.b), "%s %s", tt.a, tt.b)
	}
}

func TestHeaderIsReadAsWritten(t *testing.T) {
	t.Parallel()
	a, err := Parse(` DIGEST username="a\"b\\c",realm = "r, s" , nonce=n1,uri="sip:x;y=1",response="00",NC=00000001 ,, qop=auth,cnonce="",opaque="o", algorithm=MD5, new=thing`)
	require.NoError(t, err)
	require.Equal(t, Answer{
		Username: `a"b\c`, Realm: "r, s", Nonce: "n1", URI: "sip:x;y=1", Response: "00", NC: "00000001", QOP: "auth", Opaque: "o", Algorithm: "MD5",
	}, a)
}

// FuzzParse: nothing panics, and what is read is read the same after it was written.
func FuzzParse(f *testing.F) {
	f.Add(`Digest username="8001", realm="yingda", nonce="abc", uri="sip:x", response="0", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="y"`)
	f.Add(`Digest username="a\"b", realm=`)
	f.Add("Digest \t, =,")
	f.Add(fmt.Sprintf("Digest x=%q", strings.Repeat("\\", 40)))
	f.Fuzz(func(t *testing.T, value string) {
		a, err := Parse(value)
		if err != nil {
			return
		}
		written := a.String()
		if len(written) > maxHeader {
			return
		}
		again, err := Parse(written)
		if err != nil || again != a {
			t.Fatalf("%q: %+v, then %q: %+v %v", value, a, written, again, err)
		}
	})
}

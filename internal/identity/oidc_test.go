package identity_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/oauth2-proxy/mockoidc"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/identity"
	"yingda/internal/identity/gateway"
	"yingda/internal/identity/identitytest"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/httpclient"
)

// house is an installation whose people sign in at a real provider on loopback.
type house struct {
	*identitytest.World
	provider *mockoidc.MockOIDC
	client   *httpapitest.Client
}

func newHouse(t *testing.T, mfa bool) *house {
	t.Helper()
	m, err := mockoidc.Run()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, m.Shutdown()) })
	hc := httpclient.New(httpclient.Config{Name: "oidc", AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	t.Cleanup(hc.Close)
	h := &house{provider: m}
	h.World = identitytest.New(t, func(c *identity.Config) {
		c.Providers = []*gateway.Provider{gateway.New(gateway.Config{
			ID: "sso", Name: "单点登录", Issuer: m.Issuer(), ClientID: m.Config().ClientID, ClientSecret: m.Config().ClientSecret, MFA: mfa, HTTP: hc, Clock: clock.System(),
		})}
	})
	h.client = httpapitest.New(t, h.API())
	return h
}

// through goes to the provider as a browser does and gives the address of the way back and the cookie that was carried.
func (h *house) through(t *testing.T, subject, number string) (back *url.URL, carried string) {
	t.Helper()
	h.provider.QueueUser(&mockoidc.MockUser{Subject: subject, PreferredUsername: number})
	start := h.client.Get("/api/oidc/sso/start").Want(http.StatusSeeOther)
	carried, _, _ = strings.Cut(start.Header.Get("Set-Cookie"), ";")
	require.Contains(t, start.Header.Get("Set-Cookie"), "SameSite=Lax")
	to, err := url.Parse(start.Header.Get("Location"))
	require.NoError(t, err)
	require.Equal(t, "S256", to.Query().Get("code_challenge_method"))
	require.NotEmpty(t, to.Query().Get("nonce"))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, to.String(), nil)
	require.NoError(t, err)
	at := h.client.Do(r).Want(http.StatusFound)
	back, err = url.Parse(at.Header.Get("Location"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(back.String(), h.client.URL+"/api/oidc/sso/callback"))
	return back, carried
}

// finish comes back and gives the session's token, or the code of the refusal.
func (h *house) finish(t *testing.T, back *url.URL, carried string) (token, refusal string) {
	t.Helper()
	answer := h.client.Get(back.RequestURI(), "Cookie", carried).Want(http.StatusOK)
	require.Contains(t, answer.Header.Get("Content-Type"), "text/html")
	for _, c := range answer.Header.Values("Set-Cookie") {
		if v, ok := strings.CutPrefix(c, identity.CookieName+"="); ok {
			require.Contains(t, c, "SameSite=Strict")
			require.Contains(t, c, "HttpOnly")
			token, _, _ = strings.Cut(v, ";")
		}
	}
	if _, rest, ok := strings.Cut(string(answer.Body), "/sign-in?error="); ok {
		refusal, _, _ = strings.Cut(rest, `"`)
	}
	return token, refusal
}

func TestAProviderOpensTheAccountOfItsNumberAndKeepsTheLink(t *testing.T) {
	t.Parallel()
	h := newHouse(t, false)
	p := h.Person("GD001", "张晓明", h.Guangdong, actor.Agent)
	other := h.Person("GD002", "李娜", h.Guangdong)
	back, carried := h.through(t, "subject-1", "gd001")
	token, refusal := h.finish(t, back, carried)
	require.Empty(t, refusal)
	a, err := passes(h.Identity, token)
	require.NoError(t, err)
	require.Equal(t, p.Account.UUID(), a.Account)

	back, carried = h.through(t, "subject-1", "GD002") // the provider renamed him
	token, _ = h.finish(t, back, carried)
	a, err = passes(h.Identity, token)
	require.NoError(t, err)
	require.Equal(t, p.Account.UUID(), a.Account, "the subject counts, not the number")
	require.NotEqual(t, other.Account.UUID(), a.Account)

	back, carried = h.through(t, "subject-2", "GD001") // somebody else gets his number there
	token, refusal = h.finish(t, back, carried)
	require.Empty(t, token)
	require.Equal(t, "identity.oidc_no_account", refusal)
}

func TestAnUnknownNumberMakesNoAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t, false)
	back, carried := h.through(t, "subject-1", "XX404")
	token, refusal := h.finish(t, back, carried)
	require.Empty(t, token)
	require.Equal(t, "identity.oidc_no_account", refusal)
	needed, err := h.Identity.SetupNeeded(t.Context())
	require.NoError(t, err)
	require.True(t, needed)
}

func TestAForgedWayBackIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t, false)
	h.Person("GD001", "张晓明", h.Guangdong)
	back, carried := h.through(t, "subject-1", "GD001")
	q := back.Query()
	q.Set("state", "forged")
	forged := *back
	forged.RawQuery = q.Encode()
	for name, try := range map[string]struct {
		back   *url.URL
		cookie string
	}{"another state": {&forged, carried}, "no cookie": {back, "a=b"}, "a cookie of ours, changed": {back, carried[:len(carried)-2] + "AA"}} {
		token, refusal := h.finish(t, try.back, try.cookie)
		require.Empty(t, token, name)
		require.Equal(t, "identity.oidc_refused", refusal, name)
	}
	_, other := h.through(t, "subject-1", "GD001")
	token, refusal := h.finish(t, back, other)
	require.Empty(t, token, "a code of another sign-in")
	require.Equal(t, "identity.oidc_refused", refusal)
	h.Clock.Advance(11 * 60 * 1e9)
	_, refusal = h.finish(t, back, carried)
	require.Equal(t, "identity.oidc_refused", refusal, "it took too long")
	h.client.Get("/api/oidc/other/start").Problem(http.StatusNotFound, "identity.no_such_provider")
}

func TestTheOwnSecondFactorIsAskedForUnlessTheProviderDoes(t *testing.T) {
	t.Parallel()
	h := newHouse(t, false)
	_, secret, _ := enrolled(t, h.World, "GD001")
	back, carried := h.through(t, "subject-1", "GD001")
	token, _ := h.finish(t, back, carried)
	ctx, err := enter(h.World, token, "127.0.0.1")
	require.NoError(t, err)
	require.Equal(t, identity.PendingTOTP, actor.From(ctx).Pending)
	require.Equal(t, identity.PendingTOTP, codeOf(h.Identity.ChangePassword(ctx, identitytest.Password, "Reed$Harbor58-Snow")))
	require.ErrorIs(t, h.Identity.EnterTOTP(ctx, "000000"), identity.ErrWrongCode)
	h.Clock.Advance(60 * 1e9)
	require.NoError(t, h.Identity.EnterTOTP(ctx, shown(t, h.World, secret)))
	ctx, err = enter(h.World, token, "127.0.0.1")
	require.NoError(t, err)
	require.Empty(t, actor.From(ctx).Pending)

	trusted := newHouse(t, true)
	enrolled(t, trusted.World, "GD001")
	back, carried = trusted.through(t, "subject-1", "GD001")
	token, _ = trusted.finish(t, back, carried)
	a, err := passes(trusted.Identity, token)
	require.NoError(t, err)
	require.Empty(t, a.Pending)
}

func TestAProviderThatIsAwayFailsItsOwnSignInsOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t, false)
	h.Person("GD001", "张晓明", h.Guangdong)
	require.NoError(t, h.provider.Server.Close())
	h.client.Get("/api/oidc/sso/start").Problem(http.StatusServiceUnavailable, "identity.oidc_away")
	_, err := signIn(h.World, "GD001", identitytest.Password, "127.0.0.1")
	require.NoError(t, err)
}

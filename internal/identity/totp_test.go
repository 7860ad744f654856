package identity_test

import (
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/identity"
	"yingda/internal/identity/identitytest"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/secret"
)

// enrolled makes a person with a second factor and gives its secret and the recovery codes.
func enrolled(t *testing.T, w *identitytest.World, number string) (p identitytest.Person, secret string, recovery []string) {
	t.Helper()
	p = w.Person(number, "张晓明", w.Guangdong)
	ctx := w.As(p)
	e, err := w.Identity.EnrollTOTP(ctx, identitytest.Password)
	require.NoError(t, err)
	u, err := url.Parse(e.URL)
	require.NoError(t, err)
	require.Equal(t, "otpauth", u.Scheme)
	require.Equal(t, e.Secret, u.Query().Get("secret"))
	require.True(t, strings.HasSuffix(u.Path, ":"+number))
	recovery, err = w.Identity.ConfirmTOTP(ctx, shown(t, w, e.Secret))
	require.NoError(t, err)
	return p, e.Secret, recovery
}

// shown is what an authenticator shows now; the library computes it on its own.
func shown(t *testing.T, w *identitytest.World, secret string) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, w.Clock.Now())
	require.NoError(t, err)
	return c
}

func withCode(w *identitytest.World, number, c string) (identity.SignedIn, error) {
	return w.Identity.SignIn(contextBackground, identity.Credentials{Number: number, Password: identitytest.Password, Code: c}, desk)
}

func TestASecondFactorIsAskedForAndEachCodeOpensOnce(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	_, secret, _ := enrolled(t, w, "GD001")
	_, err := withCode(w, "GD001", "")
	require.ErrorIs(t, err, identity.ErrTOTPRequired)
	_, err = withCode(w, "GD001", shown(t, w, secret))
	require.ErrorIs(t, err, identity.ErrWrongCode, "the code of the enrolment was used")

	w.Clock.Advance(30 * time.Second)
	now := shown(t, w, secret)
	_, err = withCode(w, "GD001", "000000")
	require.ErrorIs(t, err, identity.ErrWrongCode)
	_, err = withCode(w, "GD001", now[:3]+" "+now[3:])
	require.NoError(t, err)
	_, err = withCode(w, "GD001", now)
	require.ErrorIs(t, err, identity.ErrWrongCode)

	w.Clock.Advance(30 * time.Second)
	late := shown(t, w, secret)
	w.Clock.Advance(30 * time.Second)
	_, err = withCode(w, "GD001", late)
	require.NoError(t, err, "one step late is taken")
	w.Clock.Advance(5 * time.Minute)
	_, err = withCode(w, "GD001", late)
	require.ErrorIs(t, err, identity.ErrWrongCode)
}

func TestOneCodePresentedManyTimesAtOnceOpensOnce(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	_, secret, recovery := enrolled(t, w, "GD001")
	w.Clock.Advance(time.Minute)
	for _, c := range []string{shown(t, w, secret), recovery[0]} {
		var opened atomic.Int64
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if _, err := withCode(w, "GD001", c); err == nil {
					opened.Add(1)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, opened.Load())
		w.Clock.Advance(20 * time.Minute)
	}
}

func TestRecoveryCodesOpenOnceAndCanBeRenewed(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	p, secret, recovery := enrolled(t, w, "GD001")
	require.Len(t, recovery, 10)
	_, err := withCode(w, "GD001", strings.ToLower(strings.ReplaceAll(recovery[0], "-", " ")))
	require.NoError(t, err)
	_, err = withCode(w, "GD001", recovery[0])
	require.ErrorIs(t, err, identity.ErrWrongCode)

	w.Clock.Advance(time.Minute)
	got, err := withCode(w, "GD001", shown(t, w, secret))
	require.NoError(t, err)
	ctx, err := enter(w, got.Token, desk.Address)
	require.NoError(t, err)
	fresh, err := w.Identity.RenewRecoveryCodes(ctx, identitytest.Password)
	require.NoError(t, err)
	_, err = withCode(w, "GD001", recovery[1])
	require.ErrorIs(t, err, identity.ErrWrongCode)
	_, err = withCode(w, "GD001", fresh[1])
	require.NoError(t, err)
	require.NoError(t, w.Identity.RemoveTOTP(ctx, identitytest.Password))
	_, err = signIn(w, p.Number, identitytest.Password, desk.Address)
	require.NoError(t, err)
}

func TestAnAdministratorTakesOffALostSecondFactor(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	admin := w.Person("GD900", "王芳", w.Guangdong, actor.ProvinceAdmin)
	p, _, _ := enrolled(t, w, "GD001")
	require.NoError(t, w.Identity.DisableTOTP(w.As(admin), p.Account, "lost the phone"))
	_, err := signIn(w, "GD001", identitytest.Password, desk.Address)
	require.NoError(t, err)
	require.Equal(t, "identity.own_account", codeOf(w.Identity.DisableTOTP(w.As(admin), admin.Account, "mine")))
}

func TestGravePermissionsNeedASecondFactor(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t, func(c *identity.Config) { c.Policy = identity.DefaultPolicy })
	admin := w.Person("GD900", "王芳", w.Guangdong, actor.ProvinceAdmin)
	agent := w.Person("GD001", "张晓明", w.Guangdong, actor.Agent)
	require.Empty(t, actor.From(w.As(agent)).Pending)
	got, err := signIn(w, admin.Number, identitytest.Password, desk.Address)
	require.NoError(t, err)
	ctx, err := enter(w, got.Token, desk.Address)
	require.NoError(t, err)
	require.Equal(t, identity.PendingEnrollTOTP, actor.From(ctx).Pending)
	e, err := w.Identity.EnrollTOTP(ctx, identitytest.Password)
	require.NoError(t, err)
	_, err = w.Identity.ConfirmTOTP(ctx, "12")
	require.Equal(t, identity.ErrWrongCode.Code, codeOf(err))
	_, err = w.Identity.ConfirmTOTP(ctx, shown(t, w, e.Secret))
	require.NoError(t, err)
	ctx, err = enter(w, got.Token, desk.Address)
	require.NoError(t, err)
	require.Empty(t, actor.From(ctx).Pending, "at once")
}

func TestTheSecretIsSealedAndFollowsTheMasterKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ring, err := secret.Load(t.Context(), secret.Config{Dir: dir, Clock: clock.System(), Logger: quiet})
	require.NoError(t, err)
	w := identitytest.New(t, func(c *identity.Config) { c.Ring = ring })
	p, text, _ := enrolled(t, w, "GD001")
	version := func() uint32 {
		var sealed []byte
		require.NoError(t, w.Pool.QueryRow(t.Context(), `SELECT totp_sealed FROM identity.account WHERE id = $1`, p.Account).Scan(&sealed))
		require.NotContains(t, string(sealed), text)
		v, err := secret.Version(sealed)
		require.NoError(t, err)
		return v
	}
	require.EqualValues(t, 1, version())
	_, err = secret.AddVersion(t.Context(), secret.DefaultFile(dir), clock.System())
	require.NoError(t, err)
	require.NoError(t, ring.Reload(t.Context()))
	n, err := w.Identity.Rewrap(t.Context(), func(int) {})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.EqualValues(t, 2, version())
	w.Clock.Advance(time.Minute)
	_, err = withCode(w, "GD001", shown(t, w, text))
	require.NoError(t, err)
}

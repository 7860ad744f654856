package identity_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/identity"
	"yingda/internal/identity/identitytest"
	"yingda/internal/platform/fault"
)

var desk = identity.Origin{Address: "10.1.2.3", UserAgent: "Browser/1"}

func signIn(w *identitytest.World, number, password, address string) (identity.SignedIn, error) {
	return w.Identity.SignIn(context.Background(), identity.Credentials{Number: number, Password: password}, identity.Origin{Address: address})
}

// enter passes the guard with a token from an address.
func enter(w *identitytest.World, token, address string) (context.Context, error) {
	r, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil)
	r.Header.Set("Cookie", identity.CookieName+"="+token)
	r.RemoteAddr = address + ":50000"
	return w.Identity.Guard(r)
}

func TestTheRightPasswordOpensASessionThatActsInItsScope(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	w.Person("GD001", "张晓明", w.Guangdong, actor.ProvinceAdmin)
	got, err := w.Identity.SignIn(t.Context(), identity.Credentials{Number: " gd001 ", Password: identitytest.Password}, desk)
	require.NoError(t, err)
	ctx, err := enter(w, got.Token, desk.Address)
	require.NoError(t, err)
	a := actor.From(ctx)
	require.Equal(t, "GD001", a.Number)
	require.Equal(t, desk.Address, a.Address)
	require.Empty(t, a.Pending)
	scope, err := actor.Allow(ctx, identity.AccountRead)
	require.NoError(t, err)
	require.True(t, scope.Covers(w.Guangzhou.UUID()))
	require.False(t, scope.Covers(w.Hunan.UUID()))
	_, err = actor.Allow(ctx, identity.RoleEditing)
	require.ErrorIs(t, err, actor.ErrDenied)
}

func TestUnknownNumbersAndWrongPasswordsLookTheSame(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	w.Person("GD001", "张晓明", w.Guangdong, actor.ProvinceAdmin)
	w.Person("GD002", "李娜", w.Guangdong)
	for i := range 7 {
		_, known := signIn(w, "GD001", "wrong", "10.0.0.1")
		_, unknown := signIn(w, "GD999", "wrong", "10.0.0.1")
		require.Error(t, known)
		require.Equal(t, known.Error(), unknown.Error(), "attempt %d", i)
	}
	_, err := signIn(w, strings.Repeat("x", 5000)+"\x00", "wrong", "10.0.0.1")
	require.ErrorIs(t, err, identity.ErrWrongCredentials)
}

func TestPausesGrowAndTheUsualDeskStaysOpen(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	w.Person("GD001", "张晓明", w.Guangdong)
	_, err := signIn(w, "GD001", identitytest.Password, "10.1.2.3")
	require.NoError(t, err, "the address is known from now on")

	waits := 0
	for range 200 { // an attacker goes on for days
		_, err := signIn(w, "GD001", "guess", "203.0.113.9")
		f, ok := fault.As(err)
		require.True(t, ok)
		if f.Code == "identity.too_many_attempts" {
			waits++
			w.Clock.Advance(5 * time.Minute)
		}
	}
	require.Greater(t, waits, 100)
	_, err = signIn(w, "GD001", "guess", "203.0.113.9")
	require.Error(t, err)
	_, err = signIn(w, "GD001", identitytest.Password, "10.1.2.3")
	require.NoError(t, err, "where the account is known, its owner gets in")
	w.Clock.Advance(15 * time.Minute)
	_, err = signIn(w, "GD001", identitytest.Password, "198.51.100.7")
	require.NoError(t, err, "and elsewhere after the longest pause")
}

func TestAThousandGuessesAtOnceAreCountedEach(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	w.Person("GD001", "张晓明", w.Guangdong)
	var mu sync.Mutex
	verified := 0
	var wg sync.WaitGroup
	for range 60 {
		wg.Go(func() {
			_, err := signIn(w, "GD001", "guess", "203.0.113.9")
			if f, _ := fault.As(err); f.Code == identity.ErrWrongCredentials.Code {
				mu.Lock()
				verified++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	require.LessOrEqual(t, verified, 6, "five are free, the sixth brings the first pause")
}

func TestAnAddressThatTriesManyNumbersWaitsButNotThoseWhoWorkThere(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	w.Person("GD001", "张晓明", w.Guangdong)
	_, err := signIn(w, "GD001", identitytest.Password, "10.9.9.9")
	require.NoError(t, err)
	for i := range 51 {
		_, err := signIn(w, fmt.Sprintf("XX%03d", i), "guess", "10.9.9.9")
		require.ErrorIs(t, err, identity.ErrWrongCredentials)
	}
	_, err = signIn(w, "XX100", "guess", "10.9.9.9")
	require.Equal(t, fault.Limit, fault.KindOf(err))
	_, err = signIn(w, "GD001", identitytest.Password, "10.9.9.9")
	require.NoError(t, err)
}

func TestASuspendedAccountIsOutAtOnceAndSaysSoOnlyToItsOwner(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	admin := w.Person("CN001", "王芳", w.Nation, actor.NationAdmin)
	p := w.Person("GD001", "张晓明", w.Guangdong, actor.CityAdmin)
	got, err := signIn(w, "GD001", identitytest.Password, "10.1.2.3")
	require.NoError(t, err)
	_, err = enter(w, got.Token, "10.1.2.3")
	require.NoError(t, err)

	_, err = w.Pool.Exec(t.Context(), `UPDATE identity.account SET state = 'suspended' WHERE id = $1`, p.Account)
	require.NoError(t, err)
	_, err = w.Identity.EndSessionsOf(w.As(admin), p.Account, "left his card at the door")
	require.NoError(t, err)
	_, err = enter(w, got.Token, "10.1.2.3")
	require.ErrorIs(t, err, actor.ErrUnauthenticated)
	_, err = signIn(w, "GD001", identitytest.Password, "10.1.2.3")
	require.ErrorIs(t, err, identity.ErrSuspended)
	_, err = signIn(w, "GD001", "wrong", "10.1.2.3")
	require.ErrorIs(t, err, identity.ErrWrongCredentials)
}

func TestStaffWhoDoNotWorkNowDoNotSignIn(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	p := w.Person("GD001", "张晓明", w.Guangdong)
	_, err := w.Pool.Exec(t.Context(), `UPDATE organization.staff SET state = 'suspended' WHERE id = $1`, p.Staff)
	require.NoError(t, err)
	_, err = signIn(w, "GD001", identitytest.Password, "10.1.2.3")
	require.ErrorIs(t, err, identity.ErrSuspended)
}

func TestSessionsEndByIdlenessByAgeAndByNumber(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	p := w.Person("GD001", "张晓明", w.Guangdong)
	first, err := signIn(w, "GD001", identitytest.Password, "10.1.2.3")
	require.NoError(t, err)

	for range 11 { // busy all the shift
		w.Clock.Advance(50 * time.Minute)
		_, err = enter(w, first.Token, "10.1.2.3")
		require.NoError(t, err)
	}
	w.Clock.Advance(170 * time.Minute) // 12 h in all
	_, err = enter(w, first.Token, "10.1.2.3")
	require.ErrorIs(t, err, actor.ErrUnauthenticated, "its time is over")

	second, err := signIn(w, "GD001", identitytest.Password, "10.1.2.3")
	require.NoError(t, err)
	w.Clock.Advance(time.Hour)
	_, err = enter(w, second.Token, "10.1.2.3")
	require.ErrorIs(t, err, actor.ErrUnauthenticated, "nobody used it for an hour")

	var tokens []string
	for range 7 {
		got, err := signIn(w, "GD001", identitytest.Password, "10.1.2.3")
		require.NoError(t, err)
		tokens = append(tokens, got.Token)
		w.Clock.Advance(time.Second)
	}
	for i, token := range tokens {
		_, err = enter(w, token, "10.1.2.3")
		require.Equal(t, i >= 2, err == nil, "the newest five stay; %d", i)
	}
	list, err := w.Identity.Sessions(w.As(p))
	require.NoError(t, err)
	require.Len(t, list, 5)
}

func TestPeopleSeeAndEndTheirOwnSessionsOnly(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	li, wang := w.Person("GD001", "李娜", w.Guangdong), w.Person("GD002", "王强", w.Guangdong)
	ctxLi, ctxWang := w.As(li), w.As(wang)
	other := w.As(li)
	list, err := w.Identity.Sessions(ctxLi)
	require.NoError(t, err)
	require.Len(t, list, 2)
	current := 0
	for _, s := range list {
		if s.Current {
			current++
			require.Equal(t, actor.From(ctxLi).Session, s.ID.UUID())
		}
	}
	require.Equal(t, 1, current)
	require.ErrorIs(t, w.Identity.EndSession(ctxWang, list[0].ID), identity.ErrNoSession)
	n, err := w.Identity.EndOtherSessions(ctxLi)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.ErrorIs(t, w.Identity.EndSession(ctxLi, sessionOf(other)), identity.ErrNoSession, "ended already")

	history, err := w.Identity.History(ctxLi)
	require.NoError(t, err)
	require.Len(t, history, 2)
	_, err = w.Identity.HistoryOf(ctxLi, wang.Account)
	require.ErrorIs(t, err, actor.ErrDenied)
}

func sessionOf(ctx context.Context) (id identity.SessionID) {
	_ = id.UnmarshalText([]byte(actor.From(ctx).Session.String()))
	return id
}

func TestAHashWithOldCostsIsMadeAnewAtSignIn(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	p := w.Person("GD001", "张晓明", w.Guangdong)
	dearer, err := identity.New(identity.Config{
		Pool: w.Pool, Organization: w.Organization, Ring: w.Ring, Clock: w.Clock, Catalogue: identitytest.Catalogue(),
		Hash: identity.HashParams{Memory: 128, Time: 2, Threads: 1},
	})
	require.NoError(t, err)
	for range 2 {
		_, err = dearer.SignIn(t.Context(), identity.Credentials{Number: "GD001", Password: identitytest.Password}, desk)
		require.NoError(t, err)
	}
	var hash string
	require.NoError(t, w.Pool.QueryRow(t.Context(), `SELECT password_hash FROM identity.account WHERE id = $1`, p.Account).Scan(&hash))
	require.Contains(t, hash, "m=128,t=2,p=1")
}

func TestAPasswordIsChangedByItsOwnerAndOtherSessionsEnd(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	p := w.Person("GD001", "张晓明", w.Guangdong)
	here, there := w.As(p), w.Cookie(p)
	_, there, _ = strings.Cut(there, "=")
	const fresh = "Reed$Harbor58-Snow"

	err := w.Identity.ChangePassword(here, "not mine", fresh)
	f, _ := fault.As(err)
	require.Equal(t, "body.password", f.Fields[0].Location)
	for bad, code := range map[string]string{"short": "too_short", "Zhangxiaoming7#": "contains_name", "Gd001-River-Lamp": "contains_number", identitytest.Password: "reused"} {
		f, ok := fault.As(w.Identity.ChangePassword(here, identitytest.Password, bad))
		require.True(t, ok, bad)
		require.Equal(t, identity.ErrWeakPassword.Code, f.Code)
		codes := []string{}
		for _, field := range f.Fields {
			require.Equal(t, "body.new_password", field.Location)
			codes = append(codes, field.Code)
		}
		require.Contains(t, codes, code, bad)
	}
	require.NoError(t, w.Identity.ChangePassword(here, identitytest.Password, fresh))
	_, err = enter(w, there, "127.0.0.1")
	require.ErrorIs(t, err, actor.ErrUnauthenticated)
	_, err = w.Identity.Sessions(here)
	require.NoError(t, err, "this session goes on")
	_, err = signIn(w, "GD001", identitytest.Password, "127.0.0.1")
	require.ErrorIs(t, err, identity.ErrWrongCredentials)
	_, err = signIn(w, "GD001", fresh, "127.0.0.1")
	require.NoError(t, err)

	last := fresh
	for i := range 4 {
		next := fmt.Sprintf("Quiet%cWindow-%d-Glass", 'A'+i, 71+i)
		w.Clock.Advance(time.Minute)
		require.NoError(t, w.Identity.ChangePassword(here, last, next))
		last = next
	}
	f, _ = fault.As(w.Identity.ChangePassword(here, last, fresh))
	require.Equal(t, "reused", f.Fields[0].Code, "one of the last five")
}

func TestAResetGivesATemporaryPasswordThatMustBeChanged(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	admin := w.Person("GD900", "王芳", w.Guangdong, actor.ProvinceAdmin)
	elsewhere := w.Person("HN900", "赵敏", w.Hunan, actor.ProvinceAdmin)
	p := w.Person("GD001", "张晓明", w.Guangzhou)
	_, err := w.Identity.ResetPassword(w.As(elsewhere), p.Account, "forgot it")
	require.ErrorIs(t, err, identity.ErrNoAccount, "another province does not know him")
	_, err = w.Identity.ResetPassword(w.As(admin), admin.Account, "mine")
	require.Equal(t, "identity.own_account", codeOf(err))

	for range 9 {
		_, _ = signIn(w, "GD001", "wrong", "127.0.0.1")
	}
	temporary, err := w.Identity.ResetPassword(w.As(admin), p.Account, "forgot it")
	require.NoError(t, err)
	got, err := signIn(w, "GD001", temporary, "127.0.0.1")
	require.NoError(t, err, "a reset unlocks")
	ctx, err := enter(w, got.Token, "127.0.0.1")
	require.NoError(t, err)
	require.Equal(t, identity.PendingPassword, actor.From(ctx).Pending)
	_, err = w.Identity.OwnTokens(ctx)
	require.Equal(t, identity.PendingPassword, codeOf(err), "nothing else is allowed")
	require.NoError(t, w.Identity.ChangePassword(ctx, temporary, "Reed$Harbor58-Snow"))
	ctx, err = enter(w, got.Token, "127.0.0.1")
	require.NoError(t, err)
	require.Empty(t, actor.From(ctx).Pending)
}

func TestAnOldPasswordMustBeChanged(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	p := w.Person("GD001", "张晓明", w.Guangdong)
	w.Clock.Advance(91 * 24 * time.Hour)
	require.Equal(t, identity.PendingPassword, actor.From(w.As(p)).Pending)
}

func TestAnAdministratorUnlocks(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	admin := w.Person("GD900", "王芳", w.Guangdong, actor.ProvinceAdmin)
	p := w.Person("GD001", "张晓明", w.Guangdong)
	for range 7 {
		_, _ = signIn(w, "GD001", "wrong", "10.0.0.1")
	}
	_, err := signIn(w, "GD001", identitytest.Password, "10.0.0.1")
	require.Equal(t, fault.Limit, fault.KindOf(err))
	require.NoError(t, w.Identity.Unlock(w.As(admin), p.Account, "he called"))
	_, err = signIn(w, "GD001", identitytest.Password, "10.0.0.1")
	require.NoError(t, err)
}

func codeOf(err error) string {
	f, _ := fault.As(err)
	if f == nil {
		return ""
	}
	return f.Code
}

func TestWhatIsPendingIsAskedOfHooksInOrder(t *testing.T) {
	t.Parallel()
	first, second := "", "identity.must_acknowledge_policy"
	w := identitytest.New(t, func(c *identity.Config) {
		c.Pending = []func(context.Context, identity.AccountID) (string, error){
			func(context.Context, identity.AccountID) (string, error) { return first, nil },
			func(context.Context, identity.AccountID) (string, error) { return second, nil },
		}
	})
	p := w.Person("GD001", "张晓明", w.Guangdong)
	require.Equal(t, second, actor.From(w.As(p)).Pending)
	first = "test.first"
	require.Equal(t, first, actor.From(w.As(p)).Pending)
}

func orBackground(ctx context.Context) context.Context {
	if ctx == nil {
		return context.Background()
	}
	return ctx
}

package identity_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/identity"
	"yingda/internal/identity/identitytest"
	"yingda/internal/platform/fault"
)

// present passes the guard with a token from an address.
func present(t *testing.T, w *identitytest.World, token, remote string) (*actor.Actor, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	r.RemoteAddr = remote
	ctx, err := w.Identity.Guard(r)
	return actor.From(orBackground(ctx)), err
}

func TestATokenDoesWhatItListsFromItsNetworksUntilItsEnd(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	p := w.Person("GD900", "王芳", w.Guangdong, actor.ProvinceAdmin)
	ctx := w.As(p)
	_, token, err := w.Identity.CreateToken(ctx, nil, identity.NewToken{
		Name: " 报表程序 ", Permissions: []actor.Permission{identity.AccountRead}, Networks: []string{"10.20.0.0/16", "192.0.2.7"}, Expires: w.Clock.Now().Add(48 * time.Hour),
	})
	require.NoError(t, err)
	a, err := present(t, w, token, "10.20.3.4:999")
	require.NoError(t, err)
	require.Equal(t, actor.Program, a.Kind)
	require.Equal(t, "GD900", a.Number)
	require.True(t, a.Scope(identity.AccountRead).Covers(w.Guangzhou.UUID()))
	require.True(t, a.Scope(identity.AccountRequest).Empty())
	_, err = present(t, w, token, "192.0.2.7:1")
	require.NoError(t, err)
	for range 2 {
		_, err = present(t, w, token, "10.21.0.1:1")
		require.Equal(t, "identity.token_network", codeOf(err))
	}
	list, err := w.Identity.OwnTokens(ctx)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, "报表程序", list[0].Name)
	require.Equal(t, token[:len(list[0].Hint)], list[0].Hint)

	w.Clock.Advance(49 * time.Hour)
	_, err = present(t, w, token, "10.20.3.4:999")
	require.ErrorIs(t, err, actor.ErrUnauthenticated)
}

func TestATokenNeverHoldsMoreThanItsOwner(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	p := w.Person("GD900", "王芳", w.Guangdong, actor.ProvinceAdmin)
	ctx := w.As(p)
	_, _, err := w.Identity.CreateToken(ctx, nil, identity.NewToken{
		Name: "", Permissions: []actor.Permission{identity.AccountApprove, identity.AccountRead, identity.TokenOwn}, Networks: []string{"here", "10.0.0.0/33"}, Expires: w.Clock.Now().AddDate(5, 0, 0),
	})
	f, _ := fault.As(err)
	var at []string
	for _, field := range f.Fields {
		at = append(at, field.Location+":"+field.Code)
	}
	require.ElementsMatch(t, []string{
		"body.name:required", "body.permissions[0]:not_held", "body.permissions[2]:not_for_programs",
		"body.networks[0]:invalid", "body.networks[1]:invalid", "body.expires_at:too_late",
	}, at)

	_, token, err := w.Identity.CreateToken(ctx, nil, identity.NewToken{Name: "x", Permissions: []actor.Permission{identity.AccountRead}})
	require.NoError(t, err)
	_, err = present(t, w, token, "10.0.0.1:1")
	require.NoError(t, err)
	_, err = w.Pool.Exec(t.Context(), `UPDATE identity.assignment SET valid_until = $2 WHERE account_id = $1`, p.Account, w.Clock.Now().Add(time.Minute))
	require.NoError(t, err)
	w.Clock.Advance(3 * time.Minute) // longer than any memory
	a, err := present(t, w, token, "10.0.0.1:1")
	require.NoError(t, err)
	require.Empty(t, a.Permissions())
}

func TestARevokedTokenStopsAtOnceAndProgramsMakeNone(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	owner := w.Person("GD001", "张晓明", w.Guangzhou, actor.CityAdmin)
	admin, foreign := w.As(w.Person("GD900", "王芳", w.Guangdong, actor.ProvinceAdmin)), w.As(w.Person("HN900", "赵敏", w.Hunan, actor.ProvinceAdmin))
	id, token, err := w.Identity.CreateToken(w.As(owner), nil, identity.NewToken{Name: "x", Permissions: []actor.Permission{identity.AccountRead}})
	require.NoError(t, err)
	_, err = present(t, w, token, "10.0.0.1:1")
	require.NoError(t, err)

	require.ErrorIs(t, w.Identity.RevokeToken(foreign, id), identity.ErrNoToken)
	seen, err := w.Identity.Tokens(foreign, identity.TokenID{}, 10)
	require.NoError(t, err)
	require.Empty(t, seen)
	seen, err = w.Identity.Tokens(admin, identity.TokenID{}, 10)
	require.NoError(t, err)
	require.Len(t, seen, 1)
	require.NoError(t, w.Identity.RevokeToken(admin, id))
	_, err = present(t, w, token, "10.0.0.1:1")
	require.ErrorIs(t, err, actor.ErrUnauthenticated)
	list, err := w.Identity.OwnTokens(w.As(owner))
	require.NoError(t, err)
	require.Equal(t, "GD900 王芳", list[0].RevokedBy)
}

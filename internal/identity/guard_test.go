package identity_test

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/identity"
	"yingda/internal/identity/identitytest"
	"yingda/internal/organization"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/bus/bustest"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
)

var quiet = slog.New(slog.DiscardHandler)

func stopLater(t testing.TB, s lifecycle.Service) {
	t.Helper()
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		require.NoError(t, s.Stop(ctx))
	})
}

// second is another process on the same database and bus; it counts whose live connections it ended.
func second(t testing.TB, w *identitytest.World, b *bus.Bus) (*identity.Service, chan string) {
	t.Helper()
	cut := make(chan string, 100)
	s, err := identity.New(identity.Config{
		Pool: w.Pool, Ring: w.Ring, Clock: w.Clock, Bus: b, Catalogue: identitytest.Catalogue(), Hash: identitytest.Cheap(),
		Policy:       func() identity.Policy { p := identity.DefaultPolicy(); p.NoTOTP = true; return p },
		Organization: organization.New(organization.Config{Pool: w.Pool, Clock: w.Clock}), Disconnect: func(account string) { cut <- account },
	})
	require.NoError(t, err)
	stopLater(t, s.Keeper())
	return s, cut
}

func passes(s *identity.Service, token string) (*actor.Actor, error) {
	r, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil)
	r.Header.Set("Cookie", identity.CookieName+"="+token)
	r.RemoteAddr = "10.1.2.3:1"
	ctx, err := s.Guard(r)
	return actor.From(orBackground(ctx)), err
}

func TestEveryProcessHearsAtOnceThatASessionEnded(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	w := identitytest.New(t, func(c *identity.Config) { c.Bus = b })
	stopLater(t, w.Identity.Keeper())
	other, cut := second(t, w, b)
	p := w.Person("GD001", "张晓明", w.Guangdong)
	got, err := signIn(w, "GD001", identitytest.Password, "10.1.2.3")
	require.NoError(t, err)
	_, err = passes(other, got.Token)
	require.NoError(t, err)
	ctx, err := enter(w, got.Token, "10.1.2.3")
	require.NoError(t, err)
	require.NoError(t, w.Identity.SignOut(ctx))
	require.Equal(t, p.Account.String(), <-cut, "live connections end too")
	_, err = passes(other, got.Token)
	require.ErrorIs(t, err, actor.ErrUnauthenticated)
}

func TestAProcessLearnsOfRightsFromTheOutboxWhenNobodyElseTells(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	w := identitytest.New(t)
	other, cut := second(t, w, b)
	stopLater(t, outbox.NewRelay(outbox.RelayConfig{Pool: w.Pool, Bus: b, Clock: clock.System(), Logger: quiet}))
	p := w.Person("GD001", "张晓明", w.Guangdong)
	got, err := signIn(w, "GD001", identitytest.Password, "10.1.2.3")
	require.NoError(t, err)
	_, err = passes(other, got.Token)
	require.NoError(t, err)
	_, err = w.Identity.ResetPassword(identity.AsOperator(t.Context(), "root"), p.Account, "test") // has no bus
	require.NoError(t, err)
	require.Equal(t, p.Account.String(), <-cut)
	_, err = passes(other, got.Token)
	require.ErrorIs(t, err, actor.ErrUnauthenticated)
}

// A change that commits while a session is being read is never lost: whoever passes afterwards has the new rights.
func TestARightTakenAwayIsGoneForWhoeverComesAfterwards(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	admin := w.As(w.Person("CN001", "王芳", w.Nation, actor.NationAdmin))
	p := w.Person("GD001", "张晓明", w.Guangdong)
	id, err := w.Identity.CreateRole(admin, nil, "extra", edit(identity.RoleRead))
	require.NoError(t, err)
	_, err = w.Pool.Exec(t.Context(), `INSERT INTO identity.assignment (id, account_id, role_id, centre_id, valid_from, created_at)
		VALUES (gen_random_uuid(), $1, $2, $3, $4, $4)`, p.Account, id, w.Guangdong, w.Clock.Now())
	require.NoError(t, err)
	got, err := signIn(w, "GD001", identitytest.Password, "10.1.2.3")
	require.NoError(t, err)
	var stop atomic.Bool
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for !stop.Load() {
				_, _ = passes(w.Identity, got.Token)
			}
		})
	}
	for version := 1; version <= 20; version++ {
		want := identity.RoleRead
		if version%2 == 1 {
			want = identity.AccountRead
		}
		_, err := w.Identity.UpdateRole(admin, id, version, edit(want))
		require.NoError(t, err)
		a, err := passes(w.Identity, got.Token)
		require.NoError(t, err)
		require.Equal(t, []actor.Permission{want}, a.Permissions(), "version %d", version)
	}
	stop.Store(true)
	wg.Wait()
}

func TestAnAssignmentEndsByItself(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	p := w.Person("GD001", "张晓明", w.Guangdong, actor.ProvinceAdmin)
	_, err := w.Pool.Exec(t.Context(), `UPDATE identity.assignment SET valid_until = $2 WHERE account_id = $1`, p.Account, w.Clock.Now().Add(10*time.Second))
	require.NoError(t, err)
	got, err := signIn(w, "GD001", identitytest.Password, "10.1.2.3")
	require.NoError(t, err)
	a, err := passes(w.Identity, got.Token)
	require.NoError(t, err)
	require.NotEmpty(t, a.Permissions())
	w.Clock.Advance(10 * time.Second)
	a, err = passes(w.Identity, got.Token)
	require.NoError(t, err)
	require.Empty(t, a.Permissions())
}

func TestSignedInPeopleGoOnWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	server := postgrestest.Server(t)
	pool, err := postgres.Open(t.Context(), postgres.Options{URL: server.URL()})
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	require.NoError(t, postgres.Migrate(t.Context(), pool, quiet))
	w := identitytest.On(t, pool)
	w.Person("GD001", "张晓明", w.Guangdong, actor.ProvinceAdmin)
	w.Person("GD002", "李娜", w.Guangdong)
	got, err := signIn(w, "GD001", identitytest.Password, "10.1.2.3")
	require.NoError(t, err)
	unseen, err := signIn(w, "GD002", identitytest.Password, "10.1.2.3")
	require.NoError(t, err)
	_, err = passes(w.Identity, got.Token)
	require.NoError(t, err)

	require.NoError(t, server.Stop(t.Context()))
	for range 20 { // an hour, of which every minute is used
		w.Clock.Advance(3 * time.Minute)
		a, err := passes(w.Identity, got.Token)
		require.NoError(t, err)
		require.NotEmpty(t, a.Permissions())
	}
	_, err = passes(w.Identity, unseen.Token)
	require.Equal(t, fault.Unavailable, fault.KindOf(err), "one that this process never saw has to wait")
	_, err = signIn(w, "GD001", identitytest.Password, "10.1.2.3")
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	for range 70 {
		w.Clock.Advance(3 * time.Minute)
		_, err = passes(w.Identity, got.Token)
	}
	require.Equal(t, fault.Unavailable, fault.KindOf(err), "but not for ever")
}

func TestTheKeeperStartsAndStopsInEveryOrder(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	w := identitytest.New(t, func(c *identity.Config) { c.Bus = b })
	lifecycletest.Stress(t, w.Identity.Keeper)
}

func TestTheKeeperNotesUseAndEndsWhatIsOver(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	stopLater(t, w.Identity.Keeper())
	p := w.Person("GD001", "张晓明", w.Guangdong, actor.ProvinceAdmin)
	got, err := signIn(w, "GD001", identitytest.Password, "10.1.2.3")
	require.NoError(t, err)
	w.Clock.BlockUntil(1)
	w.Clock.Advance(15 * time.Second)
	_, err = passes(w.Identity, got.Token)
	require.NoError(t, err)
	used := w.Clock.Now()
	w.Clock.Advance(5 * time.Second)
	require.Eventually(t, func() bool {
		var seen time.Time
		require.NoError(t, w.Pool.QueryRow(t.Context(), `SELECT last_seen_at FROM identity.session WHERE account_id = $1`, p.Account).Scan(&seen))
		return seen.Equal(used)
	}, 10*time.Second, 5*time.Millisecond)
	require.Eventually(t, func() bool {
		w.Clock.BlockUntil(1)
		w.Clock.Advance(15 * time.Minute)
		var reason string
		require.NoError(t, w.Pool.QueryRow(t.Context(), `SELECT end_reason FROM identity.session WHERE account_id = $1`, p.Account).Scan(&reason))
		return reason == "idle" || reason == "expired"
	}, 10*time.Second, 5*time.Millisecond)
}

func BenchmarkGuard(b *testing.B) {
	w := identitytest.New(b)
	w.Person("GD001", "张晓明", w.Guangdong, actor.ProvinceAdmin)
	got, err := signIn(w, "GD001", identitytest.Password, "10.1.2.3")
	require.NoError(b, err)
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "/", nil)
	require.NoError(b, err)
	r.Header.Set("Cookie", identity.CookieName+"="+got.Token)
	r.RemoteAddr = "10.1.2.3:1"
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := w.Identity.Guard(r); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkPermissionCheck(b *testing.B) {
	w := identitytest.New(b)
	ctx := w.As(w.Person("GD001", "张晓明", w.Guangdong, actor.ProvinceAdmin))
	b.ReportAllocs()
	for b.Loop() {
		scope, err := actor.Allow(ctx, identity.AccountRead)
		if err != nil || !scope.Covers(w.Guangzhou.UUID()) {
			b.Fatal(err)
		}
	}
}

// Package identitytest gives other packages' tests people who are signed in: an organisation with accounts of every
// ready role, contexts in which they act, and their cookies for requests over HTTP.
package identitytest

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/identity"
	"yingda/internal/organization"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/secret"
)

// Password opens every account that this package makes.
const Password = "Kiln#Marsh42-Lamp"

// World is a small operator: a nation, two provinces with a city each, and people.
type World struct {
	t            testing.TB
	Pool         *pgxpool.Pool
	Clock        *clocktest.Fake
	Organization *organization.Service
	Identity     *identity.Service
	Ring         *secret.Ring

	Nation, Guangdong, Guangzhou, Hunan, Changsha organization.CentreID
	hash                                          string
	people                                        map[string]Person
}

// Person is an account with who owns it.
type Person struct {
	Account identity.AccountID
	Staff   organization.StaffID
	Number  string
}

// Cheap are costs of hashes for tests.
func Cheap() identity.HashParams { return identity.HashParams{Memory: 64, Time: 1, Threads: 1} }

// Catalogue is every permission that stands at or above identity, and more for those below.
func Catalogue(more ...actor.Definition) []actor.Definition {
	return append(append(append(append([]actor.Definition{}, organization.Permissions()...), audit.Permissions()...), identity.Permissions()...), more...)
}

// New makes a world on a database of its own. change may adjust the configuration of identity.
func New(t testing.TB, change ...func(*identity.Config)) *World {
	t.Helper()
	return On(t, postgrestest.New(t), change...)
}

// On makes a world on a database that has all migrations.
func On(t testing.TB, pool *pgxpool.Pool, change ...func(*identity.Config)) *World {
	t.Helper()
	w := &World{t: t, Pool: pool, Clock: clocktest.New(), people: map[string]Person{}}
	log := slog.New(slog.DiscardHandler)
	w.Organization = organization.New(organization.Config{Pool: w.Pool, Clock: w.Clock, Logger: log})
	w.Ring = Ring(t, w.Clock)
	cfg := identity.Config{
		Pool: w.Pool, Organization: w.Organization, Ring: w.Ring, Clock: w.Clock, Logger: log, Catalogue: Catalogue(), Hash: Cheap(),
		Policy: func() identity.Policy { p := identity.DefaultPolicy(); p.NoTOTP = true; return p },
	}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	w.Identity, err = identity.New(cfg)
	require.NoError(t, err)
	require.NoError(t, w.Identity.SyncReadyRoles(t.Context()))
	w.hash, err = w.Identity.HashPassword(t.Context(), Password)
	require.NoError(t, err)
	w.build()
	return w
}

// Ring makes a key ring in a directory of the test.
func Ring(t testing.TB, c clock.Clock) *secret.Ring {
	t.Helper()
	r, err := secret.Load(t.Context(), secret.Config{Dir: t.TempDir(), Clock: c, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	return r
}

// System gives a context of a part of the system that may make an organisation.
func System(ctx context.Context) context.Context {
	return actor.With(ctx, actor.System("identitytest", organization.CentreEdit, organization.StaffEdit, organization.TeamEdit, organization.CentreRead))
}

func (w *World) build() {
	centre := func(parent organization.CentreID, level actor.Level, code, name, province, city string) organization.CentreID {
		c, err := w.Organization.CreateCentre(System(w.t.Context()), nil, organization.NewCentre{Parent: parent, Level: level, Code: code, Name: name, Province: province, City: city})
		require.NoError(w.t, err, code)
		return c.ID
	}
	w.Nation = centre(organization.CentreID{}, actor.Nation, "CN", "全国客服中心", "", "")
	w.Guangdong = centre(w.Nation, actor.Province, "GD", "广东客服中心", "440000", "")
	w.Guangzhou = centre(w.Guangdong, actor.City, "GD-GZ", "广州客服中心", "440000", "440100")
	w.Hunan = centre(w.Nation, actor.Province, "HN", "湖南客服中心", "430000", "")
	w.Changsha = centre(w.Hunan, actor.City, "HN-CS", "长沙客服中心", "430000", "430100")
}

// Person makes a member of staff with an account that has a ready role at a centre.
func (w *World) Person(number, name string, at organization.CentreID, roles ...actor.Role) Person {
	w.t.Helper()
	ctx := System(w.t.Context())
	p := Person{Number: number}
	err := postgres.InTx(ctx, w.Pool, func(ctx context.Context, tx pgx.Tx) error {
		staff, err := w.Organization.CreateStaff(ctx, tx, organization.NewStaff{Number: number, Name: name, Centre: at})
		if err != nil {
			return err
		}
		p.Staff = staff.ID
		seed := identity.Seed{Staff: staff.ID, PasswordHash: w.hash}
		for _, r := range roles {
			seed.Grants = append(seed.Grants, identity.SeedGrant{Role: string(r), Centre: at})
		}
		ids, err := w.Identity.SeedAccounts(ctx, tx, []identity.Seed{seed})
		if err == nil {
			p.Account = ids[0]
		}
		return err
	})
	require.NoError(w.t, err)
	w.people[number] = p
	return p
}

// Cookie signs a person in and gives the value of the header Cookie.
func (w *World) Cookie(p Person) string {
	w.t.Helper()
	got, err := w.Identity.SignIn(w.t.Context(), identity.Credentials{Number: p.Number, Password: Password}, identity.Origin{Address: "127.0.0.1", UserAgent: "test"})
	require.NoError(w.t, err)
	return identity.CookieName + "=" + got.Token
}

// As signs a person in and gives a context in which they act.
func (w *World) As(p Person) context.Context {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, "/", nil)
	require.NoError(w.t, err)
	r.Header.Set("Cookie", w.Cookie(p))
	r.RemoteAddr = "127.0.0.1:40000"
	ctx, err := w.Identity.Guard(r)
	require.NoError(w.t, err)
	return ctx
}

// Role gives the id of a ready role.
func (w *World) Role(code actor.Role) identity.RoleID {
	w.t.Helper()
	reader := actor.With(w.t.Context(), actor.System("identitytest", identity.RoleRead))
	roles, err := w.Identity.Roles(reader)
	require.NoError(w.t, err)
	for _, r := range roles {
		if r.Code == string(code) {
			return r.ID
		}
	}
	require.Fail(w.t, "no such role", "%s", code)
	return identity.RoleID{}
}

// Context gives a context in which somebody who holds the ready roles nationwide acts, without a database: for tests of
// packages that only need the permissions of a catalogue.
func Context(ctx context.Context, catalogue []actor.Definition, roles ...actor.Role) context.Context {
	return Scoped(ctx, catalogue, actor.National(), roles...)
}

// Scoped is Context in a part of the country.
func Scoped(ctx context.Context, catalogue []actor.Definition, scope actor.Scope, roles ...actor.Role) context.Context {
	grants := map[actor.Permission]actor.Scope{}
	for _, d := range catalogue {
		for _, have := range d.Ready {
			for _, r := range roles {
				if have == r {
					grants[d.Permission] = scope
				}
			}
		}
	}
	a := actor.New(actor.Actor{Kind: actor.Person, Account: uuid.New(), Session: uuid.New(), Staff: uuid.New(), Number: "T0001", Name: "测试员"}, grants)
	return actor.With(ctx, a)
}

// API makes an entrance with identity's guard and routes.
func (w *World) API(register ...func(*httpapi.API)) *httpapi.API {
	api := httpapi.New(httpapi.Config{
		Logger: slog.New(slog.DiscardHandler), Clock: w.Clock, Pool: w.Pool, Guard: w.Identity.Guard, Permit: Permit, Client: identity.Client,
		CursorKey: []byte("identitytest"),
	})
	w.Identity.RegisterAPI(api)
	for _, f := range register {
		f(api)
	}
	return api
}

// Permit refuses what the actor of ctx does not hold.
func Permit(ctx context.Context, permission string) error {
	var err error
	switch permission {
	case httpapi.AnySession:
		if actor.From(ctx) == nil {
			err = actor.ErrUnauthenticated
		}
	case httpapi.SignedIn:
		_, err = actor.Require(ctx)
	default:
		_, err = actor.Allow(ctx, actor.Permission(permission))
	}
	return err
}

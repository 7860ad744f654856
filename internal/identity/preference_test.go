package identity_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/identity"
	"yingda/internal/identity/identitytest"
	"yingda/internal/organization"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/hostile"
	"yingda/internal/platform/postgres/postgrestest"
)

// desks are people of an organisation who set things for themselves: two of one team in a city of Guangdong, one in
// the province above, one in another province.
type desks struct {
	*identity.Service
	pool                                *pgxpool.Pool
	clock                               *clocktest.Fake
	nation, province, city, other, team uuid.UUID
	lin, wang, chen, far                *actor.Actor
}

func atDesks(t testing.TB) *desks {
	t.Helper()
	d := &desks{pool: postgrestest.New(t), clock: clocktest.New(), nation: uuid.New(), province: uuid.New(), city: uuid.New(), other: uuid.New(), team: uuid.New()}
	const centre = `INSERT INTO organization.centre (id, parent_id, level, code, name, province, city, created_at, updated_at) VALUES ($1, $2, $3, $4, $4, $5, $6, now(), now())`
	d.exec(t, centre, d.nation, nil, "nation", "CN", "", "")
	d.exec(t, centre, d.province, d.nation, "province", "GD", "440000", "")
	d.exec(t, centre, d.city, d.province, "city", "GZ", "440000", "440100")
	d.exec(t, centre, d.other, d.nation, "province", "FJ", "350000", "")
	d.exec(t, `INSERT INTO organization.team (id, centre_id, code, name, created_at, updated_at) VALUES ($1, $2, 'EARLY', '早班', now(), now())`, d.team, d.city)
	d.lin, d.wang = d.person(t, "10001", d.city, d.team), d.person(t, "10002", d.city, d.team)
	d.chen, d.far = d.person(t, "10003", d.province, uuid.Nil), d.person(t, "10004", d.other, uuid.Nil)
	org := organization.New(organization.Config{Pool: d.pool, Clock: d.clock})
	var err error
	d.Service, err = identity.New(identity.Config{Pool: d.pool, Organization: org, Ring: identitytest.Ring(t, d.clock), Clock: d.clock})
	require.NoError(t, err)
	return d
}

func (d *desks) exec(t testing.TB, text string, args ...any) {
	t.Helper()
	_, err := d.pool.Exec(context.Background(), text, args...)
	require.NoError(t, err)
}

func (d *desks) person(t testing.TB, number string, centre, team uuid.UUID) *actor.Actor {
	t.Helper()
	staff, account := uuid.New(), uuid.New()
	d.exec(t, `INSERT INTO organization.staff (id, number, name, centre_id, team_id, created_at, updated_at) VALUES ($1, $2, $2, $3, $4, now(), now())`,
		staff, number, centre, uuid.NullUUID{UUID: team, Valid: team != uuid.Nil})
	d.exec(t, `INSERT INTO identity.account (id, staff_id, created_at, updated_at) VALUES ($1, $2, now(), now())`, account, staff)
	return &actor.Actor{Kind: actor.Person, Account: account, Staff: staff, Number: number, Name: number, Centre: centre}
}

// as lets somebody act who may share in the centres given.
func as(a *actor.Actor, share ...uuid.UUID) context.Context {
	return actor.With(context.Background(), actor.New(*a, map[actor.Permission]actor.Scope{identity.ViewShare: actor.Places(share, nil, nil)}))
}

func view(name string, shared identity.Sharing) identity.ViewDraft {
	return identity.ViewDraft{Name: name, Value: json.RawMessage(`{"state": "left"}`), Shared: shared}
}

func names(t testing.TB, d *desks, ctx context.Context) []string {
	t.Helper()
	views, err := d.Views(ctx, "organization.staff")
	require.NoError(t, err)
	list := []string{}
	for _, v := range views {
		list = append(list, v.Name)
	}
	return list
}

func TestPreferencesFollowTheAccount(t *testing.T) {
	t.Parallel()
	d := atDesks(t)
	require.NoError(t, d.SetPreference(as(d.lin), "theme", json.RawMessage(`"dark"`)))
	require.NoError(t, d.SetPreference(as(d.lin), "columns.staff", json.RawMessage(`{"name": 90}`)))
	require.NoError(t, d.SetPreference(as(d.lin), "theme", json.RawMessage(`"light"`)))
	list, err := d.Preferences(as(d.lin))
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.JSONEq(t, `"light"`, string(list[1].Value))
	theirs, err := d.Preferences(as(d.wang))
	require.NoError(t, err)
	require.Empty(t, theirs)
	require.NoError(t, d.DeletePreference(as(d.lin), "theme"))
	require.NoError(t, d.DeletePreference(as(d.lin), "theme"), "what is gone is gone")
	list, err = d.Preferences(as(d.lin))
	require.NoError(t, err)
	require.Len(t, list, 1)
}

func TestPreferencesNeedSomebody(t *testing.T) {
	t.Parallel()
	d := atDesks(t)
	_, err := d.Preferences(context.Background())
	require.ErrorIs(t, err, actor.ErrUnauthenticated)
	require.ErrorIs(t, d.SetPreference(context.Background(), "theme", json.RawMessage(`1`)), actor.ErrUnauthenticated)
	_, err = d.Views(context.Background(), "organization.staff")
	require.ErrorIs(t, err, actor.ErrUnauthenticated)
}

func TestRefusesValuesThatCannotBeKept(t *testing.T) {
	t.Parallel()
	d := atDesks(t)
	for name, value := range map[string]string{
		"no JSON": `{`, "two values": `1 2`, "NUL": `"a\u0000b"`, "NUL in a key": `{"a\u0000": 1}`, "endless number": `1e400000`,
		"too long": `"` + strings.Repeat("x", 40<<10) + `"`, "too deep": strings.Repeat("[", 60) + strings.Repeat("]", 60), "nothing": ``,
	} {
		err := d.SetPreference(as(d.lin), "theme", json.RawMessage(value))
		f, ok := fault.As(err)
		require.True(t, ok, "%s: %v", name, err)
		require.Equal(t, fault.Invalid, f.Kind, name)
		require.Equal(t, "body.value", f.Fields[0].Location, name)
	}
	for _, key := range []string{"", "Theme", "../x", strings.Repeat("a", 81), "1a"} {
		f, ok := fault.As(d.SetPreference(as(d.lin), key, json.RawMessage(`1`)))
		require.True(t, ok, key)
		require.Equal(t, "path.key", f.Fields[0].Location, key)
	}
}

func TestKeepsHostileTextUnharmed(t *testing.T) {
	t.Parallel()
	d := atDesks(t)
	var kept []string
	for i, s := range hostile.Strings() {
		if strings.ContainsRune(s, 0) {
			continue
		}
		kept = append(kept, s)
		value, err := json.Marshal(s)
		require.NoError(t, err)
		require.NoError(t, d.SetPreference(as(d.lin), fmt.Sprintf("k%d", i%150), value))
		list, err := d.Preferences(as(d.lin))
		require.NoError(t, err)
		for _, p := range list {
			if p.Key != fmt.Sprintf("k%d", i%150) {
				continue
			}
			var back string
			require.NoError(t, json.Unmarshal(p.Value, &back))
			var want string
			require.NoError(t, json.Unmarshal(value, &want))
			require.Equal(t, want, back)
		}
	}
	require.Greater(t, len(kept), 400)
	name := `'; DROP TABLE identity.saved_view; --<script>`
	_, err := d.CreateView(as(d.lin), "organization.staff", view(name, identity.Private))
	require.NoError(t, err)
	require.Equal(t, []string{name}, names(t, d, as(d.lin)))
}

func TestKeepsOnlySoManyPreferences(t *testing.T) {
	t.Parallel()
	d := atDesks(t)
	for i := range 200 {
		require.NoError(t, d.SetPreference(as(d.lin), fmt.Sprintf("k%d", i), json.RawMessage(`1`)))
	}
	require.ErrorIs(t, d.SetPreference(as(d.lin), "one.more", json.RawMessage(`1`)), identity.ErrTooManyKeys)
	require.NoError(t, d.SetPreference(as(d.lin), "k7", json.RawMessage(`2`)), "what is there can still be changed")
}

func TestSharedViewsReachTheTeamAndTheCentreBelowAndNobodyElse(t *testing.T) {
	t.Parallel()
	d := atDesks(t)
	for _, v := range []struct {
		who   context.Context
		draft identity.ViewDraft
	}{
		{as(d.lin), view("own", identity.Private)},
		{as(d.lin, d.city), view("of the team", identity.WithTeam)},
		{as(d.chen, d.province, d.city), view("of the province", identity.WithCentre)},
	} {
		_, err := d.CreateView(v.who, "organization.staff", v.draft)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"of the team", "own", "of the province"}, names(t, d, as(d.lin)))
	require.Equal(t, []string{"of the province", "of the team"}, names(t, d, as(d.wang)))
	require.Equal(t, []string{"of the province"}, names(t, d, as(d.chen)))
	require.Empty(t, names(t, d, as(d.far)), "another province sees nothing")
	views, err := d.Views(as(d.lin), "organization.team")
	require.NoError(t, err)
	require.Empty(t, views, "views belong to a page")
}

func TestSharingNeedsThePermissionWhereItReaches(t *testing.T) {
	t.Parallel()
	d := atDesks(t)
	bare := actor.With(context.Background(), actor.New(*d.lin, nil))
	_, err := d.CreateView(bare, "organization.staff", view("a", identity.WithTeam))
	require.ErrorIs(t, err, actor.ErrDenied)
	beyond := view("b", identity.WithCentre)
	beyond.Centre = d.nation
	_, err = d.CreateView(as(d.lin, d.city), "organization.staff", beyond)
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "organization.no_such_centre", f.Fields[0].Code, "a centre outside is not there")
	_, err = d.CreateView(as(d.chen, d.province), "organization.staff", view("c", identity.WithTeam))
	f, ok = fault.As(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "identity.no_team", f.Fields[0].Code)
}

func TestOnlyTheOwnerChangesAViewAndOnlyTheVersionThatWasSeen(t *testing.T) {
	t.Parallel()
	d := atDesks(t)
	id, err := d.CreateView(as(d.lin, d.city), "organization.staff", view("mine", identity.WithTeam))
	require.NoError(t, err)
	require.ErrorIs(t, d.UpdateView(as(d.wang), id, 1, view("stolen", identity.Private)), identity.ErrNoView)
	require.ErrorIs(t, d.DeleteView(as(d.wang), id, 1), identity.ErrNoView)
	require.NoError(t, d.UpdateView(as(d.lin, d.city), id, 1, view("renamed", identity.Private)))
	require.Empty(t, names(t, d, as(d.wang)), "no longer shared")
	err = d.UpdateView(as(d.lin), id, 1, view("again", identity.Private))
	f, ok := fault.As(err)
	require.True(t, ok)
	require.Equal(t, "identity.changed_meanwhile", f.Code)
	_, err = d.CreateView(as(d.lin), "organization.staff", view("renamed", identity.Private))
	require.ErrorIs(t, err, identity.ErrViewName)
	require.NoError(t, d.DeleteView(as(d.lin), id, 2))
	require.Empty(t, names(t, d, as(d.lin)))

	var acts []string
	rows, err := d.pool.Query(context.Background(), `SELECT action FROM audit.entry ORDER BY id`)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var act string
		require.NoError(t, rows.Scan(&act))
		acts = append(acts, act)
	}
	require.NoError(t, rows.Err())
	require.ElementsMatch(t, []string{"identity.saved_view.create", "identity.saved_view.update", "identity.saved_view.delete"}, acts)
}

package organization_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres/postgrestest"
)

// country is a service with a nation, two provinces and three cities, on a fresh database and a fake clock.
type country struct {
	*organization.Service
	pool  *pgxpool.Pool
	clock *clocktest.Fake

	nation, guangdong, guangzhou, shenzhen, fujian, fuzhou organization.Centre
}

func newCountry(t testing.TB) *country {
	t.Helper()
	c := &country{pool: postgrestest.New(t), clock: clocktest.New()}
	c.Service = organization.New(organization.Config{Pool: c.pool, Clock: c.clock})
	make := func(parent organization.Centre, level organization.Level, code, name, province, city string) organization.Centre {
		made, err := c.CreateCentre(everywhere(t), nil, organization.NewCentre{
			Parent: parent.ID, Level: level, Code: code, Name: name, Province: province, City: city,
		})
		require.NoError(t, err)
		return made
	}
	c.nation = make(organization.Centre{}, actor.Nation, "CN", "全国客服中心", "", "")
	c.guangdong = make(c.nation, actor.Province, "GD", "广东客服中心", "440000", "")
	c.guangzhou = make(c.guangdong, actor.City, "GD-GZ", "广州客服中心", "", "440100")
	c.shenzhen = make(c.guangdong, actor.City, "GD-SZ", "深圳客服中心", "440000", "440300")
	c.fujian = make(c.nation, actor.Province, "FJ", "福建客服中心", "350000", "")
	c.fuzhou = make(c.fujian, actor.City, "FJ-FZ", "福州客服中心", "", "350100")
	return c
}

// everyPermission lists the permissions of the package.
func everyPermission() []actor.Permission {
	var all []actor.Permission
	for _, d := range organization.Permissions() {
		all = append(all, d.Permission)
	}
	return all
}

// everywhere is a context in which somebody may do everything of this package in the whole nation.
func everywhere(t testing.TB) context.Context {
	return actor.With(t.Context(), as(actor.National(), everyPermission()...))
}

// at is a context in which somebody may do everything of this package at a centre.
func (c *country) at(t testing.TB, id organization.CentreID) context.Context {
	tree, err := c.Tree(t.Context())
	require.NoError(t, err)
	return actor.With(t.Context(), as(tree.Scope(id), everyPermission()...))
}

func as(scope actor.Scope, permissions ...actor.Permission) *actor.Actor {
	grants := map[actor.Permission]actor.Scope{}
	for _, p := range permissions {
		grants[p] = scope
	}
	return actor.New(actor.Actor{Kind: actor.Person, Account: uuid.New(), Number: "1001", Name: "张三"}, grants)
}

func (c *country) audited(t testing.TB, action string) int {
	t.Helper()
	var n int
	require.NoError(t, c.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit.entry WHERE action = $1`, action).Scan(&n))
	return n
}

func (c *country) told(t testing.TB, topic string) int {
	t.Helper()
	var n int
	require.NoError(t, c.pool.QueryRow(t.Context(), `SELECT count(*) FROM outbox.event WHERE topic = $1`, topic).Scan(&n))
	return n
}

func (c *country) tree(t testing.TB) *organization.Tree {
	t.Helper()
	tree, err := c.Service.Tree(t.Context())
	require.NoError(t, err)
	return tree
}

func update(c organization.Centre) organization.CentreUpdate {
	return organization.CentreUpdate{Version: c.Version, Code: c.Code, Name: c.Name, Province: c.Province, City: c.City, TimeZone: c.TimeZone}
}

func fieldsOf(t testing.TB, err error) []string {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	var at []string
	for _, field := range f.Fields {
		at = append(at, field.Location)
	}
	return at
}

func TestCentresStandInOneTreeWithPlacesAndScopes(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	tree := c.tree(t)
	root, ok := tree.Root()
	require.True(t, ok)
	require.Equal(t, c.nation.ID, root.ID)
	require.Equal(t, "440000", c.guangzhou.Province, "taken from the parent")
	require.Equal(t, organization.DefaultTimeZone, c.guangzhou.TimeZone)
	path := tree.Path(c.guangzhou.ID)
	require.Len(t, path, 3)
	require.Equal(t, []organization.CentreID{c.nation.ID, c.guangdong.ID, c.guangzhou.ID}, []organization.CentreID{path[0].ID, path[1].ID, path[2].ID})
	require.Equal(t, []organization.CentreID{c.guangdong.ID, c.guangzhou.ID, c.shenzhen.ID}, tree.Below(c.guangdong.ID))
	require.True(t, tree.Scope(c.nation.ID).IsNational())
	require.Equal(t, []string{"440000"}, tree.Scope(c.guangdong.ID).Provinces())
	require.Equal(t, []string{"440100"}, tree.Scope(c.guangzhou.ID).Cities())
	require.Empty(t, tree.Scope(c.guangzhou.ID).Provinces())
	require.True(t, tree.Scope(organization.CentreID{}).Empty())
	require.Equal(t, 6, c.audited(t, "organization.centre.create"))
	require.Equal(t, 6, c.told(t, "organization.centre.changed"))
}

func TestWrongCentreNamesEveryWrongField(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	_, err := c.CreateCentre(everywhere(t), nil, organization.NewCentre{
		Parent: c.guangdong.ID, Level: actor.City, Code: "广州", Name: " ", Province: "350000", City: "440300", TimeZone: "Mars/Base",
	})
	require.ElementsMatch(t, []string{"body.code", "body.name", "body.city", "body.time_zone"}, fieldsOf(t, err))
	_, err = c.CreateCentre(everywhere(t), nil, organization.NewCentre{Parent: c.guangdong.ID, Level: actor.City, Code: "GD-X", Name: "x"})
	require.Equal(t, []string{"body.city"}, fieldsOf(t, err))
	_, err = c.CreateCentre(everywhere(t), nil, organization.NewCentre{Level: actor.Nation, Code: "CN2", Name: "第二"})
	require.ErrorIs(t, err, organization.ErrSecondNation)
	_, err = c.CreateCentre(everywhere(t), nil, organization.NewCentre{Parent: c.guangdong.ID, Level: actor.City, Code: "gd-gz", Name: "佛山", City: "440600"})
	require.ErrorIs(t, err, organization.ErrCentreCode, "codes are compared in capital letters")
	_, err = c.CreateCentre(everywhere(t), nil, organization.NewCentre{Parent: c.guangzhou.ID, Level: actor.Province, Code: "X", Name: "x", Province: "440000"})
	require.ErrorIs(t, err, organization.ErrLevel)
}

func TestAnEditBasedOnAnOlderVersionIsToldWhoChangedIt(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	u := update(c.guangzhou)
	u.Name = "广州热线中心"
	changed, err := c.UpdateCentre(everywhere(t), c.guangzhou.ID, u)
	require.NoError(t, err)
	require.Equal(t, 2, changed.Version)
	u.Name = "广州中心"
	_, err = c.UpdateCentre(everywhere(t), c.guangzhou.ID, u)
	require.ErrorIs(t, err, organization.ErrChangedMeanwhile)
	require.ErrorContains(t, err, "1001 张三")
	require.ErrorContains(t, err, c.clock.Now().Format(time.RFC3339))
	same, err := c.UpdateCentre(everywhere(t), c.guangzhou.ID, update(changed))
	require.NoError(t, err)
	require.Equal(t, 2, same.Version, "nothing was different")
	require.Equal(t, 1, c.audited(t, "organization.centre.update"))
	require.Equal(t, "广州热线中心", func() string { v, _ := c.tree(t).Centre(c.guangzhou.ID); return v.Name }(), "seen at once in this process")
}

func TestACentreMovesWithAllBelowItButNeverIntoItselfOrAnotherProvince(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	hall, err := c.CreateCentre(ctx, nil, organization.NewCentre{Parent: c.guangzhou.ID, Level: actor.Site, Code: "GD-GZ-H1", Name: "天河厅"})
	require.NoError(t, err)
	require.Equal(t, "440100", hall.City)
	inner, err := c.CreateCentre(ctx, nil, organization.NewCentre{Parent: hall.ID, Level: actor.Site, Code: "GD-GZ-H1A", Name: "天河厅二楼"})
	require.NoError(t, err)

	_, err = c.MoveCentre(ctx, hall.ID, hall.Version, inner.ID, "")
	require.ErrorIs(t, err, organization.ErrCycle)
	_, err = c.MoveCentre(ctx, c.guangzhou.ID, 1, c.shenzhen.ID, "")
	require.ErrorIs(t, err, organization.ErrLevel)
	_, err = c.MoveCentre(ctx, c.guangzhou.ID, 1, c.fujian.ID, "")
	require.ErrorIs(t, err, organization.ErrOtherProvince)
	_, err = c.MoveCentre(ctx, c.nation.ID, 1, c.fujian.ID, "")
	require.ErrorIs(t, err, organization.ErrRoot)
	_, err = c.MoveCentre(ctx, hall.ID, 1, organization.CentreID{}, "")
	require.ErrorIs(t, err, organization.ErrNoCentre)

	moved, err := c.MoveCentre(ctx, hall.ID, hall.Version, c.shenzhen.ID, "搬迁")
	require.NoError(t, err)
	require.Equal(t, c.shenzhen.ID, moved.Parent)
	require.Equal(t, []organization.CentreID{c.shenzhen.ID, hall.ID, inner.ID}, c.tree(t).Below(c.shenzhen.ID))
}

func TestOnlyAnEmptyCentreClosesAndNothingEntersAClosedOne(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	team, err := c.CreateTeam(ctx, nil, organization.NewTeam{Centre: c.fuzhou.ID, Code: "A", Name: "早班", Shift: "early"})
	require.NoError(t, err)
	_, err = c.CloseCentre(ctx, c.fujian.ID, 1, "")
	require.ErrorIs(t, err, organization.ErrCentreInUse)
	require.ErrorContains(t, err, "1 centres below it")
	_, err = c.CloseCentre(ctx, c.fuzhou.ID, 1, "")
	require.ErrorContains(t, err, "1 teams")
	_, err = c.CloseTeam(ctx, team.ID, 1, "并入省中心")
	require.NoError(t, err)
	closed, err := c.CloseCentre(ctx, c.fuzhou.ID, 1, "并入省中心")
	require.NoError(t, err)
	require.Equal(t, organization.Closed, closed.State)
	_, err = c.CreateTeam(ctx, nil, organization.NewTeam{Centre: c.fuzhou.ID, Code: "B", Name: "晚班"})
	require.ErrorIs(t, err, organization.ErrCentreClosed)
	_, err = c.ReopenTeam(ctx, team.ID, 2, "")
	require.ErrorIs(t, err, organization.ErrCentreClosed)
	_, err = c.CreateCentre(ctx, nil, organization.NewCentre{Parent: c.fuzhou.ID, Level: actor.Site, Code: "H", Name: "厅"})
	require.ErrorIs(t, err, organization.ErrCentreClosed)
	_, err = c.CloseCentre(ctx, c.nation.ID, 1, "")
	require.ErrorIs(t, err, organization.ErrRoot)
	again, err := c.ReopenCentre(ctx, c.fuzhou.ID, 2, "")
	require.NoError(t, err)
	require.Equal(t, organization.Active, again.State)
}

func TestWhatIsOutsideOfTheScopeIsNotFound(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := c.at(t, c.guangdong.ID)
	_, err := c.Centre(ctx, c.fuzhou.ID)
	require.ErrorIs(t, err, organization.ErrNoCentre)
	_, err = c.UpdateCentre(ctx, c.fuzhou.ID, update(c.fuzhou))
	require.ErrorIs(t, err, organization.ErrNoCentre)
	_, err = c.MoveCentre(ctx, c.guangzhou.ID, 1, c.nation.ID, "")
	require.ErrorIs(t, err, organization.ErrNoCentre)
	_, err = c.CloseCentre(ctx, c.guangdong.ID, 1, "")
	require.ErrorIs(t, err, organization.ErrNoCentre, "nobody closes the ground he stands on")
	_, err = c.CreateTeam(ctx, nil, organization.NewTeam{Centre: c.fuzhou.ID, Code: "A", Name: "A"})
	require.ErrorIs(t, err, organization.ErrNoCentre)
	seen, err := c.FindCentres(ctx, organization.CentreFilter{})
	require.NoError(t, err)
	require.Len(t, seen, 3)
	d, err := c.Centre(c.at(t, c.guangzhou.ID), c.guangzhou.ID)
	require.NoError(t, err)
	require.Len(t, d.Path, 1, "what stands above is not seen")
	_, err = c.CreateCentre(c.at(t, c.guangzhou.ID), nil, organization.NewCentre{Parent: c.guangzhou.ID, Level: actor.Site, Code: "S", Name: "s", City: "440300"})
	require.Equal(t, "organization.place_out_of_scope", faultCode(t, err), "a place would widen the scope")
	_, err = c.FindCentres(t.Context(), organization.CentreFilter{})
	require.ErrorIs(t, err, actor.ErrUnauthenticated)
}

func faultCode(t testing.TB, err error) string {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	return f.Code
}

func TestAnotherProcessSeesAChangeWithinSeconds(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	other := organization.New(organization.Config{Pool: c.pool, Clock: c.clock})
	before, err := other.Tree(t.Context())
	require.NoError(t, err)
	u := update(c.guangzhou)
	u.Name = "新名"
	_, err = c.UpdateCentre(everywhere(t), c.guangzhou.ID, u)
	require.NoError(t, err)
	same, err := other.Tree(t.Context())
	require.NoError(t, err)
	require.Same(t, before, same)
	newest, err := other.NewestTree(t.Context())
	require.NoError(t, err)
	v, _ := newest.Centre(c.guangzhou.ID)
	require.Equal(t, "新名", v.Name, "whoever remembers it longer sees it at once")
	u.Name, u.Version = "更新名", u.Version+1
	_, err = c.UpdateCentre(everywhere(t), c.guangzhou.ID, u)
	require.NoError(t, err)
	c.clock.Advance(2 * time.Second)
	next, err := other.Tree(t.Context())
	require.NoError(t, err)
	v, _ = next.Centre(c.guangzhou.ID)
	require.Equal(t, "更新名", v.Name)
}

func TestTheLastSnapshotServesWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	pool, err := pgxpool.New(t.Context(), c.pool.Config().ConnString())
	require.NoError(t, err)
	other := organization.New(organization.Config{Pool: pool, Clock: c.clock})
	before, err := other.Tree(t.Context())
	require.NoError(t, err)
	pool.Close()
	c.clock.Advance(time.Minute)
	after, err := other.Tree(t.Context())
	require.NoError(t, err)
	require.Same(t, before, after)
	_, err = organization.New(organization.Config{Pool: pool, Clock: c.clock}).Tree(t.Context())
	require.Error(t, err, "there is nothing to go on with")
}

func TestATransactionThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	tx, err := c.pool.Begin(t.Context())
	require.NoError(t, err)
	made, err := c.CreateCentre(everywhere(t), tx, organization.NewCentre{Parent: c.nation.ID, Level: actor.Province, Code: "HI", Name: "海南", Province: "460000"})
	require.NoError(t, err)
	_, err = c.CreateCentre(everywhere(t), tx, organization.NewCentre{Parent: made.ID, Level: actor.City, Code: "HI-HK", Name: "海口", City: "460100"})
	require.NoError(t, err, "the transaction sees its own tree")
	require.NoError(t, tx.Rollback(t.Context()))
	_, ok := c.tree(t).Centre(made.ID)
	require.False(t, ok)
	require.Equal(t, 6, c.told(t, "organization.centre.changed"))
}

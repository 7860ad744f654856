package numbering_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/numbering"
	"yingda/internal/numbering/called"
	"yingda/internal/organization"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/postgres/postgrestest"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

// country is a service over a nation, two provinces and three cities, on a fresh database and a fake clock.
// Guangzhou serves the hotline of both cities of Guangdong; Fujian's provincial centre that of its province.
type country struct {
	*numbering.Service
	organization *organization.Service
	pool         *pgxpool.Pool
	clock        *clocktest.Fake
	blobs        blob.Store

	nation, guangdong, guangzhou, shenzhen, fujian organization.Centre
}

func setup(t testing.TB) *country {
	t.Helper()
	c := &country{pool: postgrestest.New(t), clock: clocktest.New()}
	c.organization = organization.New(organization.Config{Pool: c.pool, Clock: c.clock})
	files, err := blob.NewFiles(blob.FilesConfig{Dir: t.TempDir()})
	require.NoError(t, err)
	c.blobs = files
	c.Service = numbering.New(numbering.Config{Pool: c.pool, Organization: c.organization, Blobs: c.blobs, Clock: c.clock})
	ctx := actor.With(t.Context(), as(actor.National()))
	centre := func(parent organization.Centre, level organization.Level, code, name, province, city string) organization.Centre {
		made, err := c.organization.CreateCentre(ctx, nil, organization.NewCentre{Parent: parent.ID, Level: level, Code: code, Name: name, Province: province, City: city})
		require.NoError(t, err)
		return made
	}
	c.nation = centre(organization.Centre{}, actor.Nation, "CN", "全国客服中心", "", "")
	c.guangdong = centre(c.nation, actor.Province, "GD", "广东客服中心", "440000", "")
	c.guangzhou = centre(c.guangdong, actor.City, "GD-GZ", "广州客服中心", "440000", "440100")
	c.shenzhen = centre(c.guangdong, actor.City, "GD-SZ", "深圳客服中心", "440000", "440300")
	c.fujian = centre(c.nation, actor.Province, "FJ", "福建客服中心", "350000", "")
	for _, a := range []organization.AreaSpec{
		{Centre: c.guangzhou.ID, Service: "hotline", Selector: organization.ByCity, Value: "440100"},
		{Centre: c.guangzhou.ID, Service: "hotline", Selector: organization.ByCity, Value: "440300"},
		{Centre: c.fujian.ID, Service: "hotline", Selector: organization.ByProvince, Value: "350000"},
		{Centre: c.nation.ID, Service: "hotline", Selector: organization.ByNation},
	} {
		_, err := c.organization.CreateArea(ctx, nil, a)
		require.NoError(t, err)
	}
	require.NoError(t, c.Refresh(t.Context()))
	return c
}

// as is a person who may do everything of numbers and of the organisation in the scope.
func as(scope actor.Scope) *actor.Actor {
	grants := map[actor.Permission]actor.Scope{}
	for _, d := range append(numbering.Permissions(), organization.Permissions()...) {
		grants[d.Permission] = scope
	}
	return actor.New(actor.Actor{Kind: actor.Person, Account: uuid.New(), Staff: uuid.New(), Number: "1001", Name: "林晓岚"}, grants)
}

// everywhere is a context of national scope.
func everywhere(t testing.TB) context.Context { return actor.With(t.Context(), as(actor.National())) }

// at is a context in which somebody holds everything at a centre.
func (c *country) at(t testing.TB, centre organization.Centre) context.Context {
	t.Helper()
	tree, err := c.organization.Tree(t.Context())
	require.NoError(t, err)
	return actor.With(t.Context(), as(tree.Scope(centre.ID)))
}

// line is an entry for a number that the nation answers.
func (c *country) line(number string) numbering.CalledSpec {
	return numbering.CalledSpec{Number: number, Match: called.Number, Name: "客服热线", Kind: numbering.NationLine, Service: "hotline", Centre: c.nation.ID}
}

func (c *country) create(t testing.TB, e numbering.CalledSpec) numbering.Called {
	t.Helper()
	made, err := c.CreateCalled(everywhere(t), nil, e)
	require.NoError(t, err)
	return made
}

// fields gives location and code of what a fault names.
func fields(t testing.TB, err error, code string) []string {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, code, f.Code)
	var named []string
	for _, n := range f.Fields {
		named = append(named, n.Location+" "+n.Code)
	}
	return named
}

// audited gives the actions in the audit, in alphabetical order: the clock of the tests stands still.
func (c *country) audited(t testing.TB, prefix string) []string {
	t.Helper()
	rows, err := c.pool.Query(t.Context(), `SELECT action FROM audit.entry WHERE action LIKE $1 || '%' ORDER BY action, id`, prefix)
	require.NoError(t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var a string
		require.NoError(t, rows.Scan(&a))
		all = append(all, a)
	}
	require.NoError(t, rows.Err())
	return all
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// quiet keeps logs out of the tests.
var quiet = slog.New(slog.DiscardHandler)

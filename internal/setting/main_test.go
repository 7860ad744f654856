package setting_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/approval"
	"yingda/internal/organization"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/setting"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

var group = setting.Group{Key: "test", ZH: "测试", EN: "Test"}

// The settings of the tests.
var (
	idle = setting.NewDuration(setting.Definition{
		Key: "test.idle", Default: 30 * time.Minute, Min: time.Minute, Max: 8 * time.Hour, Stricter: setting.Lower, Group: group,
		ZH: "空闲退出", EN: "Idle time", HelpZH: "多久不操作即退出。", HelpEN: "How long nobody need act.",
	})
	length = setting.NewInt(setting.Definition{
		Key: "test.length", Default: 8, Min: 6, Max: 64, Stricter: setting.Higher, Important: true, Group: group,
		ZH: "密码长度", EN: "Password length", HelpZH: "最少位数。", HelpEN: "At least so many characters.",
	})
	greeting = setting.NewText(setting.Definition{
		Key: "test.greeting", Default: "您好", Max: 1000, Group: group, ZH: "问候语", EN: "Greeting", HelpZH: "开头。", HelpEN: "The beginning.",
	})
	rate = setting.NewDecimal(setting.Definition{
		Key: "test.rate", Default: setting.Decimals(125000), Min: setting.Decimals(0), Max: setting.Decimals(2_000_000), Group: group,
		ZH: "比例", EN: "Rate", HelpZH: "比例。", HelpEN: "A rate.",
	})
	strength = setting.NewChoice(setting.Definition{
		Key: "test.strength", Default: "low", Stricter: setting.Listed, Group: group, ZH: "强度", EN: "Strength", HelpZH: "强度。", HelpEN: "How strong.",
		Choices: []setting.Option{{Value: "low", ZH: "低", EN: "Low"}, {Value: "middle", ZH: "中", EN: "Middle"}, {Value: "high", ZH: "高", EN: "High"}},
	})
	words = setting.NewTexts(setting.Definition{Key: "test.words", Default: []string{}, Max: 5, Group: group, ZH: "词", EN: "Words", HelpZH: "词。", HelpEN: "Words."})
	open  = setting.NewBool(setting.Definition{Key: "test.open", Default: true, Group: group, ZH: "开放", EN: "Open", HelpZH: "是否。", HelpEN: "Whether."})
)

func definitions() []setting.Definition {
	return []setting.Definition{
		idle.Definition(), length.Definition(), greeting.Definition(), rate.Definition(), strength.Definition(), words.Definition(), open.Definition(),
	}
}

// country is a service over a nation, two provinces and two cities.
type country struct {
	*setting.Service
	organization *organization.Service
	approval     *approval.Service
	pool         *pgxpool.Pool
	clock        *clocktest.Fake

	nation, guangdong, guangzhou, shenzhen, fujian organization.Centre
}

func setup(t testing.TB) *country {
	t.Helper()
	c := &country{pool: postgrestest.New(t), clock: clocktest.New()}
	c.organization = organization.New(organization.Config{Pool: c.pool, Clock: c.clock})
	var permissions []actor.Permission
	for _, d := range organization.Permissions() {
		permissions = append(permissions, d.Permission)
	}
	ctx := actor.With(t.Context(), actor.System("test.setup", permissions...))
	add := func(parent organization.Centre, level organization.Level, code, name, province, city string) organization.Centre {
		made, err := c.organization.CreateCentre(ctx, nil, organization.NewCentre{Parent: parent.ID, Level: level, Code: code, Name: name, Province: province, City: city})
		require.NoError(t, err)
		return made
	}
	c.nation = add(organization.Centre{}, actor.Nation, "CN", "全国客服中心", "", "")
	c.guangdong = add(c.nation, actor.Province, "GD", "广东客服中心", "440000", "")
	c.guangzhou = add(c.guangdong, actor.City, "GD-GZ", "广州客服中心", "", "440100")
	c.shenzhen = add(c.guangdong, actor.City, "GD-SZ", "深圳客服中心", "", "440300")
	c.fujian = add(c.nation, actor.Province, "FJ", "福建客服中心", "350000", "")
	c.approval = approval.New(approval.Config{Pool: c.pool, Clock: c.clock, Logger: slog.New(slog.DiscardHandler)})
	c.Service = setting.New(setting.Config{
		Pool: c.pool, Organization: c.organization, Approval: c.approval, Registry: setting.NewRegistry(definitions(), setting.Definitions()), Clock: c.clock,
	})
	require.NoError(t, c.Refresh(t.Context()))
	return c
}

// as is a context in which a person of that number may do everything of this package at a centre and below.
func (c *country) as(t testing.TB, number string, centre organization.Centre, permissions ...actor.Permission) context.Context {
	t.Helper()
	tree, err := c.organization.Tree(t.Context())
	require.NoError(t, err)
	if permissions == nil {
		for _, d := range setting.Permissions() {
			permissions = append(permissions, d.Permission)
		}
	}
	grants := map[actor.Permission]actor.Scope{}
	for _, p := range permissions {
		grants[p] = tree.Scope(centre.ID)
	}
	id := uuid.NewSHA1(uuid.NameSpaceOID, []byte(number))
	return actor.With(t.Context(), actor.New(actor.Actor{Kind: actor.Person, Account: id, Staff: id, Number: number, Name: "张三", Centre: centre.ID.UUID()}, grants))
}

// set says something at a centre, based on what is there.
func (c *country) set(t testing.TB, centre organization.Centre, key, value, lock string) error {
	t.Helper()
	ctx := c.as(t, "1001", c.nation)
	v := c.view(t, centre, key)
	_, err := c.Set(ctx, setting.Change{Key: key, Centre: centre.ID, Value: json.RawMessage(value), Lock: lockOf(lock), Version: v.Version, Reason: "测试"})
	return err
}

func (c *country) view(t testing.TB, centre organization.Centre, key string) setting.View {
	t.Helper()
	views, err := c.List(c.as(t, "1001", c.nation), centre.ID)
	require.NoError(t, err)
	for _, v := range views {
		if v.Definition.Key == key {
			return v
		}
	}
	require.Fail(t, "no such setting", key)
	return setting.View{}
}

func (c *country) count(t testing.TB, query string, args ...any) int {
	t.Helper()
	var n int
	require.NoError(t, c.pool.QueryRow(t.Context(), query, args...).Scan(&n))
	return n
}

// serve gives a client of the API in which the given context acts.
func (c *country) serve(t *testing.T, who context.Context) *httpapitest.Client {
	t.Helper()
	api := httpapi.New(httpapi.Config{
		Version: "test", Logger: slog.New(slog.DiscardHandler), Clock: c.clock, Pool: c.pool,
		Guard: func(r *http.Request) (context.Context, error) { return actor.With(r.Context(), actor.From(who)), nil },
	})
	c.RegisterAPI(api)
	return httpapitest.New(t, api)
}

// requireField demands that the error names the field with the code.
func requireField(t testing.TB, err error, location, code string) {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	for _, field := range f.Fields {
		if field.Location == location && field.Code == code {
			return
		}
	}
	require.Fail(t, "no such field", "%s %s in %+v", location, code, f.Fields)
}

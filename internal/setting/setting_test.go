package setting_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/approval"
	"yingda/internal/platform/bus/bustest"
	"yingda/internal/platform/hostile"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/outbox/outboxtest"
	"yingda/internal/setting"
	"yingda/internal/setting/inherit"
)

func lockOf(s string) inherit.Lock { return inherit.Lock(s) }

func trimmed(s string) string { return strings.TrimSpace(s) }

func TestValuesAreInheritedDownwards(t *testing.T) {
	t.Parallel()
	c := setup(t)
	require.Equal(t, 30*time.Minute, idle.Get(c, c.guangzhou.ID.UUID()), "the default")
	require.NoError(t, c.set(t, c.nation, "test.idle", "1200", ""))
	require.NoError(t, c.set(t, c.guangdong, "test.idle", "600", ""))
	require.Equal(t, 20*time.Minute, idle.Get(c, c.fujian.ID.UUID()))
	require.Equal(t, 10*time.Minute, idle.Get(c, c.guangzhou.ID.UUID()))
	require.NoError(t, c.set(t, c.guangdong, "test.idle", "null", ""))
	require.Equal(t, 20*time.Minute, idle.Get(c, c.guangzhou.ID.UUID()), "without its own word it has the nation's again")
	require.Equal(t, 3, c.view(t, c.nation, "test.idle").Version+c.view(t, c.guangdong, "test.idle").Version)
}

func TestWhatIsSetAgainstALockIsRefused(t *testing.T) {
	t.Parallel()
	c := setup(t)
	require.NoError(t, c.set(t, c.nation, "test.idle", "1200", "floor"))
	requireField(t, c.set(t, c.guangdong, "test.idle", "1201", ""), "body.value", "setting.below_floor")
	require.NoError(t, c.set(t, c.guangdong, "test.idle", "900", "fixed"))
	requireField(t, c.set(t, c.guangzhou, "test.idle", "60", ""), "body.value", "setting.locked_above")
	require.Equal(t, 15*time.Minute, idle.Get(c, c.guangzhou.ID.UUID()))
}

func TestATightenedFloorMakesValuesBelowYieldWithoutTouchingThem(t *testing.T) {
	t.Parallel()
	c := setup(t)
	require.NoError(t, c.set(t, c.guangdong, "test.idle", "1500", ""))
	require.NoError(t, c.set(t, c.nation, "test.idle", "1200", "floor"))
	v := c.view(t, c.guangdong, "test.idle")
	require.Equal(t, inherit.Yielded, v.Verdict)
	require.Equal(t, 20*time.Minute, v.Effective)
	require.Equal(t, 25*time.Minute, v.Own)
	require.Equal(t, c.nation.ID, v.Floor.ID)
	require.Equal(t, 20*time.Minute, idle.Get(c, c.guangzhou.ID.UUID()))
	require.NoError(t, c.set(t, c.nation, "test.idle", "1200", ""))
	require.Equal(t, 25*time.Minute, idle.Get(c, c.guangzhou.ID.UUID()), "the floor is gone, the value is still there")
}

func TestExplanationTellsTheWholeChain(t *testing.T) {
	t.Parallel()
	c := setup(t)
	require.NoError(t, c.set(t, c.guangdong, "test.idle", "1500", ""))
	require.NoError(t, c.set(t, c.nation, "test.idle", "1200", "floor"))
	v, chain, err := c.Explain(c.as(t, "1001", c.guangdong), "test.idle", c.guangzhou.ID)
	require.NoError(t, err)
	require.Equal(t, c.nation.ID, v.Source.ID)
	require.Len(t, chain, 3)
	require.Equal(t, []inherit.Verdict{inherit.Applied, inherit.Yielded, inherit.Inherited}, []inherit.Verdict{chain[0].Verdict, chain[1].Verdict, chain[2].Verdict})
	require.Equal(t, c.nation.ID, chain[1].Bound.ID)
	require.Equal(t, "1001 张三", chain[1].By)
	require.Equal(t, "测试", chain[1].Reason)
}

func TestEarlierVersionsComeBackAsNewOnes(t *testing.T) {
	t.Parallel()
	c := setup(t)
	ctx := c.as(t, "1001", c.nation)
	require.NoError(t, c.set(t, c.nation, "test.words", `["一","二"]`, "fixed"))
	require.NoError(t, c.set(t, c.nation, "test.words", `["三"]`, ""))
	out, err := c.RollBack(ctx, "test.words", c.nation.ID, 1, 2, "改错了")
	require.NoError(t, err)
	require.Equal(t, 3, out.Version)
	require.Equal(t, []string{"一", "二"}, words.Get(c, c.nation.ID.UUID()))
	_, err = c.RollBack(ctx, "test.words", c.nation.ID, 0, 3, "全部取消")
	require.NoError(t, err)
	require.Empty(t, words.Get(c, c.nation.ID.UUID()))
	_, err = c.RollBack(ctx, "test.words", c.nation.ID, 9, 4, "没有")
	require.ErrorIs(t, err, setting.ErrNoVersion)

	history, err := c.History(ctx, "test.words", c.nation.ID, 0, 10)
	require.NoError(t, err)
	require.Len(t, history, 4)
	require.Equal(t, 1, *history[1].RolledBack)
	require.Equal(t, inherit.Fixed, history[1].NewLock)
	require.JSONEq(t, `["三"]`, string(history[1].Old))
	require.Equal(t, 4, c.count(t, `SELECT count(*) FROM audit.entry WHERE action = 'setting.value.change'`))
	require.Equal(t, 4, c.count(t, `SELECT count(*) FROM outbox.event WHERE topic = 'setting.value.changed'`))
}

func TestTheSecondOfTwoEditorsLearnsWhoWasFirst(t *testing.T) {
	t.Parallel()
	c := setup(t)
	require.NoError(t, c.set(t, c.nation, "test.open", "false", ""))
	_, err := c.Set(c.as(t, "1002", c.nation), setting.Change{Key: "test.open", Centre: c.nation.ID, Value: json.RawMessage("true"), Version: 0, Reason: "也改"})
	require.ErrorIs(t, err, setting.ErrChangedMeanwhile)
	require.ErrorContains(t, err, "1001 张三")
	require.ErrorIs(t, c.set(t, c.nation, "test.open", "false", ""), setting.ErrUnchanged)
}

func TestImportantSettingsChangeByRequestAndApproval(t *testing.T) {
	t.Parallel()
	c := setup(t)
	asker, boss := c.as(t, "1001", c.guangdong), c.as(t, "1002", c.guangdong)
	out, err := c.Set(asker, setting.Change{Key: "test.length", Centre: c.guangdong.ID, Value: json.RawMessage("12"), Reason: "加强"})
	require.NoError(t, err)
	require.False(t, out.Request.IsZero())
	require.EqualValues(t, 8, length.Get(c, c.guangdong.ID.UUID()), "nothing has changed yet")
	v := c.view(t, c.guangdong, "test.length")
	require.Equal(t, "1001 张三", v.Pending.By)

	full, err := c.approval.Get(boss, out.Request)
	require.NoError(t, err)
	require.Equal(t, "12", full.Details[0].New)
	require.ErrorIs(t, c.approval.Decide(asker, out.Request, approval.Decision{Approve: true}), approval.ErrOwn)
	require.NoError(t, c.approval.Decide(boss, out.Request, approval.Decision{Approve: true}))
	require.NoError(t, c.Refresh(t.Context()))
	require.EqualValues(t, 12, length.Get(c, c.guangzhou.ID.UUID()))
	history, err := c.History(asker, "test.length", c.guangdong.ID, 0, 10)
	require.NoError(t, err)
	require.Equal(t, "1001 张三", history[0].AskedBy)
	require.Equal(t, "1002 张三", history[0].By)
	require.Equal(t, out.Request.UUID(), *history[0].Request)

	back, err := c.RollBack(asker, "test.length", c.guangdong.ID, 0, 1, "退回")
	require.NoError(t, err)
	require.False(t, back.Request.IsZero(), "rolling back needs approval, too")
	_, err = c.Set(asker, setting.Change{Key: "test.length", Centre: c.guangdong.ID, Value: json.RawMessage("13"), Version: 1, Reason: "再加强"})
	require.ErrorIs(t, err, approval.ErrAsked)
}

func TestWhatLiesOutsideTheScopeIsNotFound(t *testing.T) {
	t.Parallel()
	c := setup(t)
	gd := c.as(t, "1001", c.guangdong)
	_, err := c.List(gd, c.fujian.ID)
	require.ErrorIs(t, err, setting.ErrNoCentre)
	_, err = c.Set(gd, setting.Change{Key: "test.idle", Centre: c.fujian.ID, Value: json.RawMessage("60"), Reason: "x"})
	require.ErrorIs(t, err, setting.ErrNoCentre)
	_, err = c.Set(gd, setting.Change{Key: "test.idle", Centre: c.nation.ID, Value: json.RawMessage("60"), Reason: "x"})
	require.ErrorIs(t, err, setting.ErrNoCentre)
	_, err = c.List(gd, c.nation.ID)
	require.NoError(t, err, "what holds in the nation holds here, so it may be read")
	_, err = c.List(c.as(t, "1001", c.guangdong, actor.Permission("x.y")), c.guangdong.ID)
	require.ErrorIs(t, err, actor.ErrDenied)
}

func TestValuesOfEachTypeAreChecked(t *testing.T) {
	t.Parallel()
	c := setup(t)
	for _, tt := range []struct{ key, value, lock, location, code string }{
		{"test.idle", "30", "", "body.value", "setting.too_small"},
		{"test.idle", "28801", "", "body.value", "setting.too_large"},
		{"test.idle", `"15m"`, "", "body.value", "setting.wrong_type"},
		{"test.idle", "1e30", "", "body.value", "setting.wrong_type"},
		{"test.rate", `"0.1234567"`, "", "body.value", "setting.wrong_type"},
		{"test.rate", `"2.000001"`, "", "body.value", "setting.too_large"},
		{"test.strength", `"huge"`, "", "body.value", "setting.no_such_choice"},
		{"test.words", `["a","b","c","d","e","f"]`, "", "body.value", "setting.too_large"},
		{"test.words", `["a",""]`, "", "body.value", "setting.required"},
		{"test.open", `"yes"`, "", "body.value", "setting.wrong_type"},
		{"test.open", `{}`, "", "body.value", "setting.wrong_type"},
		{"test.greeting", `"a\u0000b"`, "", "body.value", "setting.bad_characters"},
		{"test.greeting", `"好"`, "floor", "body.lock", "setting.lock_without_order"},
		{"test.idle", "null", "fixed", "body.lock", "setting.lock_without_order"},
		{"test.idle", "60", "iron", "body.lock", "setting.unknown"},
	} {
		requireField(t, c.set(t, c.nation, tt.key, tt.value, tt.lock), tt.location, tt.code)
	}
	_, err := c.Set(c.as(t, "1001", c.nation), setting.Change{Key: "test.idle", Centre: c.nation.ID, Value: json.RawMessage("60")})
	requireField(t, err, "body.reason", "setting.required")
	require.NoError(t, c.set(t, c.nation, "test.rate", `"1.5"`, ""))
	require.InDelta(t, 1.5, rate.Get(c, c.nation.ID.UUID()).Float(), 0)
	require.NoError(t, c.set(t, c.nation, "test.strength", `"middle"`, "floor"))
	requireField(t, c.set(t, c.guangdong, "test.strength", `"low"`, ""), "body.value", "setting.below_floor")
	require.NoError(t, c.set(t, c.guangdong, "test.strength", `"high"`, ""))
	require.Equal(t, "high", strength.Get(c, c.shenzhen.ID.UUID()))
}

// failing is a pool that cannot be reached: what is in the snapshot goes on being served.
func TestReadsGoOnWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	c := setup(t)
	require.NoError(t, c.set(t, c.guangdong, "test.idle", "600", ""))
	c.pool.Close()
	require.Error(t, c.Refresh(t.Context()))
	require.Equal(t, 10*time.Minute, idle.Get(c, c.guangzhou.ID.UUID()))
}

// Another process hears of a change over the bus or, without one, by looking.
func TestOtherProcessesFollow(t *testing.T) {
	t.Parallel()
	c := setup(t)
	other := setting.New(setting.Config{Pool: c.pool, Organization: c.organization, Registry: setting.NewRegistry(definitions()), Clock: c.clock})
	follower := other.Follower(bustest.New(t))
	require.NoError(t, follower.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, follower.Stop(context.Background())) })
	require.NoError(t, c.set(t, c.guangdong, "test.idle", "600", ""))
	require.Eventually(t, func() bool {
		c.clock.Advance(3 * time.Second)
		return idle.Get(other, c.guangzhou.ID.UUID()) == 10*time.Minute
	}, 20*time.Second, 10*time.Millisecond)
}

func TestFollowerStartsAndStopsFromAnywhere(t *testing.T) {
	t.Parallel()
	c := setup(t)
	lifecycletest.Stress(t, func() lifecycle.Service { return c.Follower(nil) })
}

func TestValuesThatAreNoLongerValidDoNotCountAndAreNamed(t *testing.T) {
	t.Parallel()
	c := setup(t)
	_, err := c.pool.Exec(t.Context(), `INSERT INTO setting.value (key, centre_id, value, lock, version, updated_at) VALUES ('test.idle', $1, '"soon"', '', 1, now())`, c.guangdong.ID)
	require.NoError(t, err)
	_, err = c.pool.Exec(t.Context(), `UPDATE setting.revision SET number = number + 1`)
	require.NoError(t, err)
	require.NoError(t, c.Refresh(t.Context()))
	require.Equal(t, 30*time.Minute, idle.Get(c, c.guangdong.ID.UUID()))
	found := c.Health().Check(t.Context())
	require.Len(t, found, 1)
	require.Equal(t, "setting.value_not_valid", found[0].Warning.Code)
}

// Whatever people type comes back as it was, spaces at the ends aside.
func TestHostileTextSurvives(t *testing.T) {
	t.Parallel()
	c := setup(t)
	api := c.serve(t, c.as(t, "1001", c.nation))
	version := 0
	for _, s := range hostile.Strings() {
		body := map[string]any{"centre_id": c.nation.ID, "value": s, "lock": "", "version": version, "reason": "测试 " + s}
		r := api.Send("PUT", "/api/settings/test.greeting", body)
		if r.Status != 200 {
			require.Contains(t, []int{409, 422}, r.Status, s)
			continue // the same as before once trimmed, or characters that are checked
		}
		version++
		var out struct{ Setting struct{ Own string } }
		r.JSON(&out)
		require.Equal(t, trimmed(s), out.Setting.Own)
	}
	require.Greater(t, version, 400)
	history, err := c.History(c.as(t, "1001", c.nation), "test.greeting", c.nation.ID, 0, 1)
	require.NoError(t, err)
	require.Equal(t, version, history[0].Version)
}

func BenchmarkGet(b *testing.B) {
	c := setup(b)
	require.NoError(b, c.set(b, c.guangdong, "test.idle", "600", ""))
	centre := c.guangzhou.ID.UUID()
	for b.Loop() {
		if idle.Get(c, centre) != 10*time.Minute {
			b.Fatal("wrong value")
		}
	}
}

func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	outboxtest.Golden(t, setting.Topics()...)
}

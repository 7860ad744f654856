package identity_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/identity"
	"yingda/internal/identity/duty"
	"yingda/internal/identity/identitytest"
	"yingda/internal/platform/fault"
)

var contextBackground = context.Background()

func edit(permissions ...actor.Permission) identity.RoleEdit {
	return identity.RoleEdit{ZH: "复核员", EN: "Checker", Levels: []actor.Level{actor.City, actor.Nation}, Permissions: permissions}
}

func TestAReadyRoleBringsWhatTheCatalogueSaysAndBreaksNoRule(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	admin := w.Person("CN001", "王芳", w.Nation, actor.NationAdmin)
	roles, err := w.Identity.Roles(w.As(admin))
	require.NoError(t, err)
	require.Len(t, roles, len(actor.ReadyRoles()))
	rules, err := w.Identity.DutyRules(w.As(admin))
	require.NoError(t, err)
	var plain []duty.Rule
	for _, r := range rules {
		require.True(t, r.BuiltIn)
		plain = append(plain, r.Rule)
	}
	for _, r := range roles {
		require.Empty(t, duty.Check(plain, []duty.Holding{{Role: r.Code, Permissions: r.Permissions}}), r.Code)
		for _, d := range identitytest.Catalogue() {
			require.Equal(t, slices.Contains(d.Ready, actor.Role(r.Code)), slices.Contains(r.Permissions, d.Permission), "%s %s", r.Code, d.Permission)
		}
	}
}

func TestReadyRolesFollowTheProgram(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	agent := w.Person("GD001", "张晓明", w.Guangdong, actor.Agent)
	more := actor.Definition{Permission: "test.new.read", ZH: "新", EN: "new", Ready: []actor.Role{actor.Agent}}
	next, err := identity.New(identity.Config{Pool: w.Pool, Organization: w.Organization, Ring: w.Ring, Clock: w.Clock, Catalogue: identitytest.Catalogue(more), Hash: identitytest.Cheap()})
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 4 { // processes that start together
		wg.Go(func() { require.NoError(t, next.SyncReadyRoles(contextBackground)) })
	}
	wg.Wait()
	_, err = actor.Allow(w.As(agent), "test.new.read")
	require.NoError(t, err)
	require.NoError(t, w.Identity.SyncReadyRoles(t.Context()), "and back")
	_, err = actor.Allow(w.As(agent), "test.new.read")
	require.ErrorIs(t, err, actor.ErrDenied)
}

func TestTheSecondOfTwoEditorsSeesWhoChangedTheRole(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	first, second := w.As(w.Person("CN001", "王芳", w.Nation, actor.NationAdmin)), w.As(w.Person("CN002", "李娜", w.Nation, actor.NationAdmin))
	id, err := w.Identity.CreateRole(first, nil, "checker", edit(identity.RoleRead))
	require.NoError(t, err)
	r, err := w.Identity.Role(second, id)
	require.NoError(t, err)
	require.Equal(t, []actor.Level{actor.Nation, actor.City}, r.Levels, "in their order")

	_, err = w.Identity.UpdateRole(first, id, r.Version, edit(identity.RoleRead, identity.AccountRead))
	require.NoError(t, err)
	_, err = w.Identity.UpdateRole(second, id, r.Version, edit(identity.SessionManage))
	require.ErrorIs(t, err, identity.ErrRoleChanged)
	require.Contains(t, err.Error(), "CN001 王芳")
	require.ErrorIs(t, w.Identity.DeleteRole(second, id, r.Version), identity.ErrRoleChanged)
	r, err = w.Identity.Role(second, id)
	require.NoError(t, err)
	require.Equal(t, []actor.Permission{identity.AccountRead, identity.RoleRead}, r.Permissions)
	require.NoError(t, w.Identity.DeleteRole(second, id, r.Version))
	_, err = w.Identity.Role(second, id)
	require.ErrorIs(t, err, identity.ErrNoRole)
}

func TestOfManyEditorsAtOnceOneWins(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	ctx := w.As(w.Person("CN001", "王芳", w.Nation, actor.NationAdmin))
	id, err := w.Identity.CreateRole(ctx, nil, "checker", edit(identity.RoleRead))
	require.NoError(t, err)
	results := make(chan error, 8)
	for range cap(results) {
		go func() {
			_, err := w.Identity.UpdateRole(ctx, id, 1, edit(identity.AccountRead))
			results <- err
		}()
	}
	won := 0
	for range cap(results) {
		if err := <-results; err == nil {
			won++
		} else {
			require.ErrorIs(t, err, identity.ErrRoleChanged)
		}
	}
	require.Equal(t, 1, won)
}

func TestARoleThatIsWrongNamesEveryField(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	ctx := w.As(w.Person("CN001", "王芳", w.Nation, actor.NationAdmin))
	_, err := w.Identity.CreateRole(ctx, nil, "Not a code", identity.RoleEdit{
		ZH: strings.Repeat("长", 61), EN: " ", Note: "a\x00b", Levels: []actor.Level{"moon"}, Permissions: []actor.Permission{"no.such"},
	})
	f, _ := fault.As(err)
	require.Equal(t, "identity.invalid_role", f.Code)
	var at []string
	for _, field := range f.Fields {
		at = append(at, field.Location+":"+field.Code)
	}
	require.ElementsMatch(t, []string{
		"body.code:invalid", "body.name_zh:too_long", "body.name_en:required", "body.note:control_character",
		"body.levels:required", "body.levels[0]:unknown", "body.permissions[0]:unknown",
	}, at)
	_, err = w.Identity.CreateRole(ctx, nil, "agent", edit(identity.RoleRead))
	require.Equal(t, "identity.role_exists", codeOf(err))
}

func TestRolesAreEditedAtTheNationOnlyAndReadyOnesNever(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	nation, province := w.As(w.Person("CN001", "王芳", w.Nation, actor.NationAdmin)), w.As(w.Person("GD900", "赵敏", w.Guangdong, actor.ProvinceAdmin))
	_, err := w.Identity.CreateRole(province, nil, "checker", edit(identity.RoleRead))
	require.ErrorIs(t, err, actor.ErrDenied)
	_, err = w.Identity.UpdateRole(nation, w.Role(actor.Agent), 1, edit(identity.RoleRead))
	require.Equal(t, "identity.ready_role", codeOf(err))
}

func TestARoleMayNotBringTogetherWhatOneMayNotHold(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	ctx := w.As(w.Person("CN001", "王芳", w.Nation, actor.NationAdmin))
	_, err := w.Identity.CreateRole(ctx, nil, "both", edit(identity.AccountRequest, identity.AccountApprove))
	f, _ := fault.As(err)
	require.Equal(t, identity.ErrDuty.Code, f.Code)
	require.Equal(t, "body.permissions", f.Fields[0].Location)
	require.Contains(t, f.Message, string(identity.AccountApprove))
	require.Contains(t, f.Message, "账号须由一人申请、另一人审批")
}

func TestChangingARoleChecksEverybodyWhoHoldsIt(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	ctx := w.As(w.Person("CN001", "王芳", w.Nation, actor.NationAdmin))
	id, err := w.Identity.CreateRole(ctx, nil, "extra", edit(identity.RoleRead))
	require.NoError(t, err)
	p := w.Person("GD001", "张晓明", w.Guangdong, actor.ProvinceManager)
	_, err = w.Pool.Exec(t.Context(), `INSERT INTO identity.assignment (id, account_id, role_id, centre_id, valid_from, created_at)
		VALUES (gen_random_uuid(), $1, $2, $3, $4, $4)`, p.Account, id, w.Guangdong, w.Clock.Now())
	require.NoError(t, err)
	_, err = w.Identity.UpdateRole(ctx, id, 1, edit(identity.RoleRead, identity.AccountRequest))
	f, _ := fault.As(err)
	require.Equal(t, identity.ErrDuty.Code, f.Code)
	require.Equal(t, fault.Conflict, f.Kind)
	require.Contains(t, f.Fields[0].Message, "GD001")
	require.Contains(t, f.Fields[0].Message, "省中心经理")
	_, err = w.Identity.UpdateRole(ctx, id, 1, edit(identity.RoleRead, identity.SessionManage))
	require.NoError(t, err)
	_, err = actor.Allow(w.As(p), identity.SessionManage)
	require.NoError(t, err)
	require.Equal(t, "identity.role_in_use", codeOf(w.Identity.DeleteRole(ctx, id, 2)))
	holders, err := w.Identity.Holders(ctx, id, identity.AssignmentID{}, 10)
	require.NoError(t, err)
	require.Len(t, holders, 1)
	require.Equal(t, "GD001", holders[0].Number)
}

func TestNobodyEditsARoleThatTheyHold(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	p := w.Person("CN001", "王芳", w.Nation, actor.NationAdmin)
	ctx := w.As(p)
	id, err := w.Identity.CreateRole(ctx, nil, "extra", edit(identity.RoleRead))
	require.NoError(t, err)
	_, err = w.Pool.Exec(t.Context(), `INSERT INTO identity.assignment (id, account_id, role_id, centre_id, valid_from, created_at)
		VALUES (gen_random_uuid(), $1, $2, $3, $4, $4)`, p.Account, id, w.Nation, w.Clock.Now())
	require.NoError(t, err)
	_, err = w.Identity.UpdateRole(ctx, id, 1, edit(identity.RoleRead, identity.SessionManage))
	require.Equal(t, "identity.own_role", codeOf(err))
}

func TestAdministratorsAddRulesThatNobodyBreaks(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	ctx := w.As(w.Person("CN001", "王芳", w.Nation, actor.NationAdmin))
	w.Person("GD001", "张晓明", w.Guangdong, actor.ProvinceManager)
	rule := identity.DutyEdit{First: identity.TokenOwn, Second: identity.AccountApprove, ZH: "审批人不建令牌", EN: "approvers make no tokens"}
	id, err := w.Identity.CreateDutyRule(ctx, nil, rule)
	require.NoError(t, err)
	_, err = w.Identity.CreateDutyRule(ctx, nil, rule)
	require.Equal(t, "identity.rule_exists", codeOf(err))
	_, err = w.Identity.CreateRole(ctx, nil, "both", edit(identity.TokenOwn, identity.AccountApprove))
	require.Equal(t, identity.ErrDuty.Code, codeOf(err))

	_, err = w.Identity.CreateDutyRule(ctx, nil, identity.DutyEdit{First: identity.AccountRead, Second: identity.AccountApprove, ZH: "无", EN: "none"})
	f, _ := fault.As(err)
	require.Equal(t, "identity.rule_broken", f.Code)
	require.Contains(t, f.Fields[0].Message, "GD001")
	_, err = w.Identity.CreateDutyRule(ctx, nil, identity.DutyEdit{First: identity.AccountRequest, Second: identity.AccountApprove, ZH: "无", EN: "none"})
	require.Equal(t, "identity.invalid_rule", codeOf(err), "the program has it")

	rule.ZH = "审批人不得建立令牌"
	require.NoError(t, w.Identity.UpdateDutyRule(ctx, id, 1, rule))
	require.ErrorIs(t, w.Identity.UpdateDutyRule(ctx, id, 1, rule), identity.ErrRoleChanged)
	require.NoError(t, w.Identity.DeleteDutyRule(ctx, id, 2))
	require.ErrorIs(t, w.Identity.DeleteDutyRule(ctx, id, 2), identity.ErrNoRule)
}

func TestWhyDoesThisPersonHoldThis(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	admin := w.Person("GD900", "王芳", w.Guangdong, actor.ProvinceAdmin)
	p := w.Person("GD001", "张晓明", w.Guangzhou, actor.CityAdmin, actor.ShiftLeader)
	list, err := w.Identity.Effective(w.As(admin), p.Account)
	require.NoError(t, err)
	found := false
	for _, e := range list {
		if e.Permission == identity.AccountRequest {
			found = true
			require.True(t, e.Grave)
			require.Len(t, e.Through, 1)
			require.Equal(t, "city_admin", e.Through[0].RoleCode)
			require.Equal(t, "广州客服中心", e.Through[0].CentreName)
		}
	}
	require.True(t, found)
	_, err = w.Identity.Effective(w.As(w.Person("HN900", "赵敏", w.Hunan, actor.ProvinceAdmin)), p.Account)
	require.ErrorIs(t, err, identity.ErrNoAccount)
}

package organization_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/hostile"
)

func (c *country) skill(t testing.TB, code string) organization.Skill {
	t.Helper()
	k, err := c.CreateSkill(everywhere(t), nil, organization.NewSkill{Code: code, Name: "技能" + code, Kind: organization.SkillBusiness})
	require.NoError(t, err)
	return k
}

func TestASkillIsGrantedToManyForATime(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	k := c.skill(t, "BROADBAND")
	a, b := c.staff(t, "1001", "王芳", c.guangzhou.ID), c.staff(t, "1002", "林涛", c.fuzhou.ID)
	today := organization.DayOf(c.clock.Now(), time.FixedZone("", 8*3600))
	grant := organization.Grant{Skill: k.ID, Staff: []organization.StaffID{a.ID, b.ID}, Level: 6, ValidUntil: today.Add(20), Evidence: "考试 92 分"}
	require.NoError(t, c.GrantSkill(ctx, nil, grant))
	require.Equal(t, 2, c.audited(t, "organization.staff.grant_skill"))
	require.NoError(t, c.GrantSkill(ctx, nil, grant))
	require.Equal(t, 2, c.audited(t, "organization.staff.grant_skill"), "the same again is no change")

	detail, err := c.GetStaff(ctx, a.ID)
	require.NoError(t, err)
	require.Len(t, detail.Skills, 1)
	require.Equal(t, []any{6, today, today.Add(20), "考试 92 分", "1001 张三"},
		[]any{detail.Skills[0].Level, detail.Skills[0].ValidFrom, detail.Skills[0].ValidUntil, detail.Skills[0].Evidence, detail.Skills[0].GrantedBy})
	require.Equal(t, []string{"1001", "1002"}, c.list(t, ctx, organization.StaffFilter{Skill: k.ID, Level: 6}))
	require.Empty(t, c.list(t, ctx, organization.StaffFilter{Skill: k.ID, Level: 7}))
	skills, err := c.Skills(c.at(t, c.guangdong.ID), organization.SkillFilter{})
	require.NoError(t, err)
	require.Equal(t, 1, skills[0].Holders)

	c.clock.Advance(21 * 24 * time.Hour)
	require.Empty(t, c.list(t, ctx, organization.StaffFilter{Skill: k.ID}), "it has ended")
}

func TestSkillsThatEndSoonAreListedByTheirEnd(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	k, other := c.skill(t, "A"), c.skill(t, "B")
	a, b := c.staff(t, "1001", "王芳", c.guangzhou.ID), c.staff(t, "1002", "林涛", c.fuzhou.ID)
	today := organization.DayOf(c.clock.Now(), time.FixedZone("", 8*3600))
	for _, g := range []organization.Grant{
		{Skill: k.ID, Staff: []organization.StaffID{a.ID}, Level: 1, ValidUntil: today.Add(30)},
		{Skill: k.ID, Staff: []organization.StaffID{b.ID}, Level: 2, ValidUntil: today},
		{Skill: other.ID, Staff: []organization.StaffID{b.ID}, Level: 2, ValidUntil: today.Add(31)},
		{Skill: other.ID, Staff: []organization.StaffID{a.ID}, Level: 2},
	} {
		require.NoError(t, c.GrantSkill(ctx, nil, g))
	}
	list, err := c.Expiring(ctx, 30, organization.ExpiringAfter{}, 1)
	require.NoError(t, err)
	require.Equal(t, "1002", list[0].Number)
	list, err = c.Expiring(ctx, 30, organization.ExpiringAfter{Until: list[0].ValidUntil, Number: "1002", Code: "A"}, 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, "1001", list[0].Number)
	list, err = c.Expiring(c.at(t, c.fujian.ID), 40, organization.ExpiringAfter{}, 10)
	require.NoError(t, err)
	require.Len(t, list, 2)
}

func TestASkillIsWithdrawnWithAReason(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	k := c.skill(t, "A")
	a, b := c.staff(t, "1001", "王芳", c.guangzhou.ID), c.staff(t, "1002", "林涛", c.guangzhou.ID)
	require.NoError(t, c.GrantSkill(ctx, nil, organization.Grant{Skill: k.ID, Staff: []organization.StaffID{a.ID}, Level: 1}))
	both := []organization.StaffID{a.ID, b.ID}
	require.Equal(t, []string{"body.reason"}, fieldsOf(t, c.WithdrawSkill(ctx, nil, k.ID, both, " ")))
	require.NoError(t, c.WithdrawSkill(ctx, nil, k.ID, both, "复训未过"))
	require.Equal(t, 1, c.audited(t, "organization.staff.withdraw_skill"), "only whoever held it")
	require.Empty(t, c.list(t, ctx, organization.StaffFilter{Skill: k.ID}))
}

func TestWrongGrantsAreRefusedWhole(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	k := c.skill(t, "A")
	a := c.staff(t, "1001", "王芳", c.guangzhou.ID)
	ids := []organization.StaffID{a.ID}
	err := c.GrantSkill(ctx, nil, organization.Grant{Skill: k.ID, Staff: ids, Level: 10, ValidFrom: "2026-13-01", ValidUntil: "x"})
	require.Subset(t, fieldsOf(t, err), []string{"body.level", "body.valid_from", "body.valid_until"})
	err = c.GrantSkill(ctx, nil, organization.Grant{Skill: k.ID, Staff: ids, Level: 1, ValidFrom: "2026-12-01", ValidUntil: "2026-11-30"})
	require.Equal(t, []string{"body.valid_until"}, fieldsOf(t, err))
	require.ErrorIs(t, c.GrantSkill(ctx, nil, organization.Grant{Staff: ids, Level: 1}), organization.ErrNoSkill)
	require.ErrorIs(t, c.GrantSkill(ctx, nil, organization.Grant{Skill: k.ID, Staff: append(ids, organization.StaffID{}), Level: 1}), organization.ErrNoStaff)
	require.Zero(t, c.audited(t, "organization.staff.grant_skill"))

	closed, err := c.UpdateSkill(ctx, nil, k.ID, organization.SkillUpdate{Version: 1, Name: k.Name, Kind: k.Kind, State: organization.Closed})
	require.NoError(t, err)
	require.Equal(t, "organization.skill_closed", codeOf(t, c.GrantSkill(ctx, nil, organization.Grant{Skill: closed.ID, Staff: ids, Level: 1})))
	_, err = c.UpdateSkill(ctx, nil, k.ID, organization.SkillUpdate{Version: 1, Name: k.Name, Kind: k.Kind, State: organization.Active})
	require.ErrorIs(t, err, organization.ErrChangedMeanwhile)
	_, err = c.CreateSkill(ctx, nil, organization.NewSkill{Code: "a", Name: "x", Kind: organization.SkillSystem})
	require.Equal(t, "organization.skill_code_taken", codeOf(t, err))
	_, err = c.CreateSkill(ctx, nil, organization.NewSkill{Code: "?", Kind: "magic", Description: strings.Repeat("长", 2001)})
	require.ElementsMatch(t, []string{"body.code", "body.name", "body.kind", "body.description"}, fieldsOf(t, err))
}

func TestHostileTextSurvivesInSkills(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	k := c.skill(t, "A")
	a := c.staff(t, "1001", "王芳", c.guangzhou.ID)
	for _, text := range hostile.Strings() {
		next, err := c.UpdateSkill(ctx, nil, k.ID, organization.SkillUpdate{Version: k.Version, Name: "a", Kind: k.Kind, Description: text, State: k.State})
		if strings.ContainsRune(text, 0) {
			require.Equal(t, []string{"body.description"}, fieldsOf(t, err))
			continue
		}
		if len([]rune(strings.TrimSpace(text))) > 2000 {
			continue
		}
		require.NoError(t, err)
		k = next
		require.Equal(t, strings.TrimSpace(text), k.Description)
		require.NoError(t, c.GrantSkill(ctx, nil, organization.Grant{Skill: k.ID, Staff: []organization.StaffID{a.ID}, Level: 1, Evidence: text}))
		d, err := c.GetStaff(ctx, a.ID)
		require.NoError(t, err)
		require.Equal(t, strings.TrimSpace(text), d.Skills[0].Evidence)
	}
}

// sheetRows reads a workbook as people see it.
func sheetRows(t testing.TB, data []byte) [][]string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	require.NoError(t, err)
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetList()[0])
	require.NoError(t, err)
	return rows
}

func TestSkillsThatEndSoonGoOutWithinTheAskersScope(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	k, err := c.CreateSkill(ctx, nil, organization.NewSkill{Code: "A", Name: "=1+1", Kind: organization.SkillBusiness})
	require.NoError(t, err)
	today := organization.DayOf(c.clock.Now(), time.FixedZone("CST", 8*60*60))
	for i, p := range []struct {
		centre organization.CentreID
		days   int
	}{{c.guangzhou.ID, 20}, {c.fuzhou.ID, 10}, {c.fuzhou.ID, 50}} {
		s, err := c.CreateStaff(ctx, nil, organization.NewStaff{Number: fmt.Sprintf("100%d", i), Name: "王芳", Centre: p.centre})
		require.NoError(t, err)
		require.NoError(t, c.GrantSkill(ctx, nil, organization.Grant{Skill: k.ID, Staff: []organization.StaffID{s.ID}, Level: 3, ValidUntil: today.Add(p.days)}))
	}
	api := c.serve(t, ctx)
	rows := sheetRows(t, api.Get("/api/staff-skills/expiring/export?lang=en").Want(200).Body)
	require.Equal(t, []string{"Valid until", "Staff number", "Name", "Centre", "Skill code", "Skill", "Level"}, rows[0])
	require.Len(t, rows, 3, "within thirty days unless somebody asks otherwise")
	require.Equal(t, []string{string(today.Add(10)), "1001", "王芳", c.fuzhou.Name, "A", "=1+1", "3"}, rows[1], "the nearest end first, formulas as text")
	require.Len(t, sheetRows(t, api.Get("/api/staff-skills/expiring/export?days=60").Want(200).Body), 4)
	own := sheetRows(t, c.serve(t, c.at(t, c.guangdong.ID)).Get("/api/staff-skills/expiring/export?days=60").Want(200).Body)
	require.Len(t, own, 2)
	require.Equal(t, "1000", own[1][1])
	require.Equal(t, 3, c.audited(t, "organization.staff.export_skills"))
	require.ErrorIs(t, c.ExportExpiring(actor.With(t.Context(), actor.New(actor.Actor{Kind: actor.Person}, nil)), io.Discard, "en", 30), actor.ErrDenied)
}

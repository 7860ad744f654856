package identity_test

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"yingda/internal/actor"
	"yingda/internal/identity"
	"yingda/internal/identity/identitytest"
	"yingda/internal/platform/hostile"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/sheet"
)

var roleHead = []any{"角色代码", "名称", "英文名称", "授予层级", "权限代码", "说明", "版本"}

// roleBook is a workbook as people make it; each line says code, names, levels, permission, note and version.
func roleBook(t testing.TB, lines ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	require.NoError(t, f.SetSheetRow("Sheet1", "A1", &roleHead))
	for i, l := range lines {
		require.NoError(t, f.SetSheetRow("Sheet1", "A"+strconv.Itoa(i+2), &l))
	}
	var b bytes.Buffer
	require.NoError(t, f.Write(&b))
	return b.Bytes()
}

// checker is a line about one permission of the role checker.
func checker(p actor.Permission, version any) []any {
	return []any{"checker", "复核员", "Checker", "全国、地市", string(p), "", version}
}

type roles struct {
	*identitytest.World
	admin context.Context
	id    identity.RoleID
}

// withChecker makes the role checker, which may read roles, at version 1.
func withChecker(t *testing.T) roles {
	t.Helper()
	w := roles{World: identitytest.New(t)}
	w.admin = w.As(w.Person("CN001", "王芳", w.Nation, actor.NationAdmin))
	var err error
	w.id, err = w.Identity.CreateRole(w.admin, nil, "checker", edit(identity.RoleRead))
	require.NoError(t, err)
	return w
}

func (w roles) take(t testing.TB, data []byte, dry bool) *sheet.Report {
	t.Helper()
	report, err := w.Identity.ImportRoles(w.admin, data, dry)
	require.NoError(t, err)
	require.Equal(t, dry, report.DryRun)
	return report
}

func (w roles) role(t testing.TB) identity.Role {
	t.Helper()
	r, err := w.Identity.Role(w.admin, w.id)
	require.NoError(t, err)
	return r
}

// count is how many entries of the audit and how many events tell of roles.
func (w roles) count(t testing.TB) (entries, events int) {
	t.Helper()
	require.NoError(t, w.Pool.QueryRow(t.Context(), `SELECT count(*) FROM audit.entry WHERE action LIKE 'identity.role.%' AND action <> 'identity.role.export'`).Scan(&entries))
	require.NoError(t, w.Pool.QueryRow(t.Context(), `SELECT count(*) FROM outbox.event WHERE topic = $1`, identity.TopicRole.Name()).Scan(&events))
	return entries, events
}

// refused takes a file that must be refused in one place, and checks that nothing changed.
func (w roles) refused(t testing.TB, data []byte, line int, column, code string) sheet.Problem {
	t.Helper()
	entries, events := w.count(t)
	before := w.role(t)
	for _, dry := range []bool{true, false} {
		report := w.take(t, data, dry)
		var found []sheet.Problem
		for _, l := range report.Lines {
			for _, p := range l.Problems {
				require.Equal(t, line, l.Line, "%+v", report.Lines)
				require.Equal(t, sheet.Reject, l.Action)
				found = append(found, p)
			}
		}
		require.Len(t, found, 1, "%+v", report.Lines)
		require.Equal(t, column, found[0].Column)
		require.Equal(t, code, found[0].Code)
		if !dry {
			require.Equal(t, before, w.role(t), "nothing changes")
			e, v := w.count(t)
			require.Equal(t, [2]int{entries, events}, [2]int{e, v}, "and nothing is told")
			return found[0]
		}
	}
	return sheet.Problem{}
}

func TestExportedRolesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	w := withChecker(t)
	for i, text := range hostile.Strings() {
		e := edit(identity.RoleRead, identity.AccountRead)
		e.Note = text
		if i%2 == 0 {
			e.ZH, e.Permissions = text, nil
		}
		_, _ = w.Identity.CreateRole(w.admin, nil, "r"+strings.ReplaceAll(uuid.NewString(), "-", "")[:20], e) // what cannot be kept is refused
	}
	list, err := w.Identity.Roles(w.admin)
	require.NoError(t, err)
	entries, events := w.count(t)
	for _, lang := range []string{"zh-CN", "en"} {
		var b bytes.Buffer
		require.NoError(t, w.Identity.ExportRoles(w.admin, &b, lang))
		report := w.take(t, b.Bytes(), false)
		for _, l := range report.Lines {
			require.Equal(t, sheet.Same, l.Action, "%+v", l)
		}
		require.Equal(t, report.Rows, report.Same)
	}
	again, err := w.Identity.Roles(w.admin)
	require.NoError(t, err)
	require.Equal(t, list, again)
	e, v := w.count(t)
	require.Equal(t, [2]int{entries, events}, [2]int{e, v}, "nobody is told of what did not change")
}

func TestAFileMakesAndChangesRolesAndTellsWhatItWould(t *testing.T) {
	t.Parallel()
	w := withChecker(t)
	p := w.Person("GD001", "张晓明", w.Guangzhou, actor.Agent)
	_, err := w.Pool.Exec(t.Context(), `INSERT INTO identity.assignment (id, account_id, role_id, centre_id, valid_from, created_at)
		VALUES (gen_random_uuid(), $1, $2, $3, $4, $4)`, p.Account, w.id, w.Guangzhou, w.Clock.Now())
	require.NoError(t, err)
	_, err = actor.Allow(w.As(p), identity.AccountRead)
	require.ErrorIs(t, err, actor.ErrDenied)
	entries, events := w.count(t)
	data := roleBook(t,
		[]any{"checker", "审核员", "Checker", "全国、地市", string(identity.AccountRead), "每周一次", 1},
		[]any{"fresh", "=1+1", "@Fresh", "province", string(identity.RoleRead), "-2+3", ""},
		[]any{"fresh", "", "", "", string(identity.SessionManage), "", ""},
	)
	dry := w.take(t, data, true)
	require.Equal(t, [4]int{3, 2, 1, 0}, [4]int{dry.Rows, dry.Create, dry.Update, dry.Rejected}, "%+v", dry.Lines)
	require.Equal(t, sheet.Update, dry.Lines[0].Action)
	require.Equal(t, []string{"permission", "name_zh", "note"}, dry.Lines[0].Changes)
	require.Equal(t, []sheet.Value{
		{Column: "permission", New: string(identity.AccountRead)}, {Column: "name_zh", Old: "复核员", New: "审核员"},
		{Column: "note", New: "每周一次"}, {Column: "permission", Old: string(identity.RoleRead)},
	}, dry.Lines[0].Values, "given, renamed, noted, and taken away")
	require.Equal(t, "复核员", w.role(t).ZH, "it was a trial")
	e, v := w.count(t)
	require.Equal(t, [2]int{entries, events}, [2]int{e, v})

	done := w.take(t, data, false)
	require.Equal(t, dry.Lines, done.Lines, "what the trial said")
	r := w.role(t)
	require.Equal(t, "审核员", r.ZH)
	require.Equal(t, []actor.Permission{identity.AccountRead}, r.Permissions)
	require.Equal(t, 2, r.Version)
	_, err = actor.Allow(w.As(p), identity.AccountRead)
	require.NoError(t, err, "holders have it at once")
	list, err := w.Identity.Roles(w.admin)
	require.NoError(t, err)
	var fresh identity.Role
	for _, k := range list {
		if k.Code == "fresh" {
			fresh = k
		}
	}
	require.Equal(t, [3]string{"=1+1", "@Fresh", "-2+3"}, [3]string{fresh.ZH, fresh.EN, fresh.Note}, "formulas stay text")
	require.Equal(t, []actor.Permission{identity.RoleRead, identity.SessionManage}, fresh.Permissions)
	require.Equal(t, []actor.Level{actor.Province}, fresh.Levels)
	e, v = w.count(t)
	require.Equal(t, [2]int{entries + 2, events + 2}, [2]int{e, v}, "each role is in the audit and told")
}

func TestEveryWrongCellOfARoleIsNamed(t *testing.T) {
	t.Parallel()
	w := withChecker(t)
	w.refused(t, roleBook(t, checker(identity.RoleRead, 1), checker("no.such.permission", 1)), 3, "permission", "unknown")
	w.refused(t, roleBook(t, checker(identity.RoleRead, 1), checker(identity.RoleRead, 1)), 3, "permission", "twice")
	w.refused(t, roleBook(t, checker(identity.RoleRead, 1), checker("", 1)), 3, "permission", "required")
	w.refused(t, roleBook(t, checker(identity.AccountRead, "")), 2, "version", "required")
	w.refused(t, roleBook(t, checker(identity.AccountRead, "x")), 2, "version", "format")
	w.refused(t, roleBook(t, []any{"Not a code", "名", "Name", "省", string(identity.RoleRead), "", ""}), 2, "code", "invalid")
	w.refused(t, roleBook(t, []any{"", "名", "Name", "省", string(identity.RoleRead), "", ""}), 2, "code", "required")
	w.refused(t, roleBook(t, []any{"other", "", "Name", "省", string(identity.RoleRead), "", ""}), 2, "name_zh", "sheet.required")
	w.refused(t, roleBook(t, []any{"other", strings.Repeat("长", 61), "Name", "省", string(identity.RoleRead), "", ""}), 2, "name_zh", "too_long")
	w.refused(t, roleBook(t, []any{"other", "名", "Name", "省、月球", string(identity.RoleRead), "", ""}), 2, "levels", "unknown")
	other := checker(identity.AccountRead, 1)
	other[1] = "另一个名称"
	w.refused(t, roleBook(t, checker(identity.RoleRead, 1), other), 3, "name_zh", "differs")

	_, err := w.Identity.ImportRoles(w.admin, []byte("no workbook"), true)
	require.ErrorIs(t, err, sheet.ErrNotAWorkbook)
	report := w.take(t, roleBook(t, checker(identity.AccountRead, 1), []any{"other", "", "", "", string(identity.RoleRead), "", ""}), false)
	require.Equal(t, 1, report.Rejected)
	require.Len(t, report.Lines[1].Problems, 3, "all of them: %+v", report.Lines[1])
	require.Equal(t, []actor.Permission{identity.RoleRead}, w.role(t).Permissions, "one wrong row keeps all out")
}

func TestAFileThatIsOlderThanTheRoleIsRefused(t *testing.T) {
	t.Parallel()
	w := withChecker(t)
	second := w.As(w.Person("CN002", "李娜", w.Nation, actor.NationAdmin))
	_, err := w.Identity.UpdateRole(second, w.id, 1, edit(identity.RoleRead, identity.SessionManage))
	require.NoError(t, err)
	p := w.refused(t, roleBook(t, checker(identity.AccountRead, 1)), 2, "", identity.ErrRoleChanged.Code)
	require.Contains(t, p.Message, "CN002 李娜")
	require.Equal(t, 1, w.take(t, roleBook(t, checker(identity.AccountRead, 2)), false).Update)
}

func TestAFileChangesNoReadyAndNoOwnAndNoRetiredRole(t *testing.T) {
	t.Parallel()
	w := withChecker(t)
	w.refused(t, roleBook(t, []any{"agent", "客服代表", "Agent", "全国、省、地市、站点", string(identity.RoleRead), "", 1}), 2, "", "identity.ready_role")

	p := w.Person("CN003", "周涛", w.Nation, actor.NationAdmin)
	_, err := w.Pool.Exec(t.Context(), `INSERT INTO identity.assignment (id, account_id, role_id, centre_id, valid_from, created_at)
		VALUES (gen_random_uuid(), $1, $2, $3, $4, $4)`, p.Account, w.id, w.Nation, w.Clock.Now())
	require.NoError(t, err)
	holder := w
	holder.admin = w.As(p)
	holder.refused(t, roleBook(t, checker(identity.AccountRead, 1)), 2, "", "identity.own_role")

	_, err = w.Pool.Exec(t.Context(), `UPDATE identity.assignment SET ended_at = $2 WHERE role_id = $1`, w.id, w.Clock.Now())
	require.NoError(t, err)
	require.NoError(t, w.Identity.DeleteRole(w.admin, w.id, 1))
	require.Equal(t, "retired", w.role(t).State)
	w.refused(t, roleBook(t, checker(identity.AccountRead, 2)), 2, "state", "read_only")
}

func TestAFileBringsNobodyWhatOneMayNotHold(t *testing.T) {
	t.Parallel()
	w := withChecker(t)
	p := w.refused(t, roleBook(t, checker(identity.AccountRequest, 1), checker(identity.AccountApprove, 1)), 2, "permission", "duty_conflict")
	require.NotEmpty(t, p.Message)
	boss := w.Person("GD001", "张晓明", w.Guangdong, actor.ProvinceManager)
	_, err := w.Pool.Exec(t.Context(), `INSERT INTO identity.assignment (id, account_id, role_id, centre_id, valid_from, created_at)
		VALUES (gen_random_uuid(), $1, $2, $3, $4, $4)`, boss.Account, w.id, w.Guangdong, w.Clock.Now())
	require.NoError(t, err)
	p = w.refused(t, roleBook(t, checker(identity.RoleRead, 1), checker(identity.AccountRequest, 1)), 2, "permission", "duty_conflict")
	require.Contains(t, p.Message, "GD001")
}

// TestADutyMovesFromOneRoleToAnotherInOneFile: somebody holds both roles; only the order of taking them makes it possible.
func TestADutyMovesFromOneRoleToAnotherInOneFile(t *testing.T) {
	t.Parallel()
	w := withChecker(t)
	giver, err := w.Identity.CreateRole(w.admin, nil, "giver", identity.RoleEdit{ZH: "审批", EN: "Giver", Levels: []actor.Level{actor.City}, Permissions: []actor.Permission{identity.AccountApprove, identity.RoleRead}})
	require.NoError(t, err)
	p := w.Person("GD001", "张晓明", w.Guangzhou, actor.Agent)
	for _, role := range []identity.RoleID{w.id, giver} {
		_, err := w.Pool.Exec(t.Context(), `INSERT INTO identity.assignment (id, account_id, role_id, centre_id, valid_from, created_at)
			VALUES (gen_random_uuid(), $1, $2, $3, $4, $4)`, p.Account, role, w.Guangzhou, w.Clock.Now())
		require.NoError(t, err)
	}
	gain := []([]any){checker(identity.RoleRead, 1), checker(identity.AccountRequest, 1)}
	require.Equal(t, 1, w.take(t, roleBook(t, gain...), true).Rejected, "as long as the other role approves")
	both := append(gain, []any{"giver", "审批", "Giver", "地市", string(identity.RoleRead), "", 1})
	report := w.take(t, roleBook(t, both...), false)
	require.Zero(t, report.Rejected, "%+v", report.Lines)
	require.Equal(t, 2, report.Update)
	_, err = actor.Allow(w.As(p), identity.AccountRequest)
	require.NoError(t, err)
}

func TestRolesComeInOverHTTPForThoseWhoEditThem(t *testing.T) {
	t.Parallel()
	w := withChecker(t)
	c := httpapitest.New(t, w.API())
	data := roleBook(t, checker(identity.AccountRead, 1))
	send := func(query string, who string) *httpapitest.Response {
		return c.Post("/api/roles/import"+query, data, "Content-Type", sheet.ContentType, "Cookie", w.Cookie(identitytest.Person{Number: who}))
	}
	w.Person("GD900", "赵敏", w.Guangdong, actor.ProvinceAdmin)
	send("", "GD900").Problem(http.StatusForbidden, "actor.denied")
	var report sheet.Report
	send("", "CN001").Want(http.StatusOK).JSON(&report)
	require.True(t, report.DryRun, "a trial unless somebody says otherwise")
	require.Equal(t, 1, w.role(t).Version)
	send("?dry_run=false", "CN001").Want(http.StatusOK).JSON(&report)
	require.Equal(t, 1, report.Update)
	require.Equal(t, []actor.Permission{identity.AccountRead}, w.role(t).Permissions)
}

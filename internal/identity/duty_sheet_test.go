package identity_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"yingda/internal/actor"
	"yingda/internal/identity"
	"yingda/internal/identity/identitytest"
	"yingda/internal/platform/hostile"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/sheet"
)

// dutyBook is a workbook as people make it; each line says the two permissions, both reasons and the version.
func dutyBook(t testing.TB, lines ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	require.NoError(t, f.SetSheetRow("Sheet1", "A1", &[]any{"权限一", "权限二", "原因（中文）", "原因（英文）", "版本"}))
	for i, l := range lines {
		require.NoError(t, f.SetSheetRow("Sheet1", "A"+strconv.Itoa(i+2), &l))
	}
	var b bytes.Buffer
	require.NoError(t, f.Write(&b))
	return b.Bytes()
}

type duties struct {
	*identitytest.World
	admin context.Context
	id    identity.RuleID
}

// withRule makes the rule that whoever approves accounts makes no tokens, at version 1.
func withRule(t *testing.T) duties {
	t.Helper()
	w := duties{World: identitytest.New(t)}
	w.admin = w.As(w.Person("CN001", "王芳", w.Nation, actor.NationAdmin))
	var err error
	w.id, err = w.Identity.CreateDutyRule(w.admin, nil, identity.DutyEdit{First: identity.TokenOwn, Second: identity.AccountApprove, ZH: "审批人不建令牌", EN: "approvers make no tokens"})
	require.NoError(t, err)
	return w
}

func (w duties) take(t testing.TB, data []byte, dry bool) *sheet.Report {
	t.Helper()
	report, err := w.Identity.ImportDutyRules(w.admin, data, dry)
	require.NoError(t, err)
	require.Equal(t, dry, report.DryRun)
	return report
}

func (w duties) rules(t testing.TB) []identity.DutyRule {
	t.Helper()
	list, err := w.Identity.DutyRules(w.admin)
	require.NoError(t, err)
	return list
}

// told is how many entries of the audit and how many events tell of rules.
func (w duties) told(t testing.TB) (counts [2]int) {
	t.Helper()
	require.NoError(t, w.Pool.QueryRow(t.Context(), `SELECT count(*) FROM audit.entry WHERE action LIKE 'identity.duty_rule.%' AND action <> 'identity.duty_rule.export'`).Scan(&counts[0]))
	require.NoError(t, w.Pool.QueryRow(t.Context(), `SELECT count(*) FROM outbox.event WHERE topic = $1`, identity.TopicRule.Name()).Scan(&counts[1]))
	return counts
}

// refused takes a file that must be refused in one place, and checks that nothing changed.
func (w duties) refused(t testing.TB, data []byte, line int, column, code string) {
	t.Helper()
	before, told := w.rules(t), w.told(t)
	report := w.take(t, data, true)
	require.Equal(t, report.Lines, w.take(t, data, false).Lines, "the trial said it")
	require.Equal(t, 1, report.Rejected, "%+v", report.Lines)
	for _, l := range report.Lines {
		if l.Action == sheet.Reject {
			require.Equal(t, line, l.Line)
			require.Len(t, l.Problems, 1, "%+v", l)
			require.Equal(t, [2]string{column, code}, [2]string{l.Problems[0].Column, l.Problems[0].Code}, "%+v", l)
		}
	}
	require.Equal(t, before, w.rules(t), "nothing changes")
	require.Equal(t, told, w.told(t), "and nothing is told")
}

func TestExportedDutyRulesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	w := withRule(t)
	var kept int
	for _, text := range hostile.Strings() {
		rule := identity.DutyEdit{First: identity.TokenOwn, Second: identity.AccountApprove, ZH: text, EN: "-1+1"}
		if list := w.rules(t); w.Identity.UpdateDutyRule(w.admin, w.id, list[len(list)-1].Version, rule) != nil {
			continue // what cannot be kept is refused
		}
		kept++
		before, told := w.rules(t), w.told(t)
		lang := []string{"zh-CN", "en"}[kept%2]
		var b bytes.Buffer
		require.NoError(t, w.Identity.ExportDutyRules(w.admin, &b, lang))
		report := w.take(t, b.Bytes(), false)
		require.Equal(t, [2]int{len(before), len(before)}, [2]int{report.Rows, report.Same}, "%q: %+v", text, report.Lines)
		require.Equal(t, before, w.rules(t))
		require.Equal(t, told, w.told(t), "nobody is told of what did not change")
	}
	require.Greater(t, kept, 50)
}

func TestAFileMakesDutyRulesAndGivesOtherReasons(t *testing.T) {
	t.Parallel()
	w := withRule(t)
	before, told := w.rules(t), w.told(t)
	data := dutyBook(t,
		[]any{string(identity.AccountApprove), string(identity.TokenOwn), "审批人不得建立令牌", "approvers make no tokens", 1}, // the other way round
		[]any{string(identity.SessionManage), string(identity.AccountApprove), "=1+1", "@reason", ""},
	)
	dry := w.take(t, data, true)
	require.Equal(t, [4]int{2, 1, 1, 0}, [4]int{dry.Rows, dry.Create, dry.Update, dry.Rejected}, "%+v", dry.Lines)
	require.Equal(t, []sheet.Value{{Column: "reason_zh", Old: "审批人不建令牌", New: "审批人不得建立令牌"}}, dry.Lines[0].Values)
	require.Equal(t, before, w.rules(t), "it was a trial")
	require.Equal(t, told, w.told(t))

	require.Equal(t, dry.Lines, w.take(t, data, false).Lines, "what the trial said")
	found := map[string]int{}
	for _, r := range w.rules(t) {
		found[r.ZH] = r.Version
	}
	require.Len(t, found, len(before)+1, "what is not in the file stays")
	require.Equal(t, 2, found["审批人不得建立令牌"])
	require.Equal(t, 1, found["=1+1"], "formulas stay text")
	after := w.told(t)
	require.Equal(t, [2]int{told[0] + 2, told[1] + 2}, after, "each is in the audit and told")
	_, err := w.Identity.CreateRole(w.admin, nil, "both", edit(identity.SessionManage, identity.AccountApprove))
	require.Equal(t, identity.ErrDuty.Code, codeOf(err), "the new rule holds")
}

func TestEveryWrongCellOfADutyRuleIsNamed(t *testing.T) {
	t.Parallel()
	w := withRule(t)
	w.Person("GD001", "张晓明", w.Guangdong, actor.ProvinceManager)
	own, other := string(identity.TokenOwn), string(identity.AccountApprove)
	fine := []any{string(identity.SessionManage), other, "原因", "reason", ""}
	w.refused(t, dutyBook(t, fine, []any{"no.such", other, "原因", "reason", ""}), 3, "first", "unknown")
	w.refused(t, dutyBook(t, fine, []any{other, other, "原因", "reason", ""}), 3, "second", "same")
	w.refused(t, dutyBook(t, fine, fine), 3, "second", "twice")
	w.refused(t, dutyBook(t, fine, []any{own, other, "", "reason", 1}), 3, "reason_zh", "sheet.required")
	w.refused(t, dutyBook(t, []any{own, other, strings.Repeat("长", 301), "reason", 1}), 2, "reason_zh", "too_long")
	w.refused(t, dutyBook(t, []any{own, other, "别的原因", "reason", ""}), 2, "version", "required")
	w.refused(t, dutyBook(t, []any{own, other, "别的原因", "reason", "x"}), 2, "version", "format")
	w.refused(t, dutyBook(t, []any{own, other, "别的原因", "reason", 7}), 2, "", identity.ErrRoleChanged.Code)
	w.refused(t, dutyBook(t, []any{string(identity.AccountRequest), other, "可以", "allowed", ""}), 2, "built_in", "read_only")
	w.refused(t, dutyBook(t, []any{string(identity.AccountRead), other, "无", "none", ""}), 2, "second", "held_by")
	_, err := w.Identity.ImportDutyRules(w.admin, []byte("no workbook"), true)
	require.ErrorIs(t, err, sheet.ErrNotAWorkbook)
}

func TestDutyRulesGoOutAndInOverHTTPForThoseWhoMay(t *testing.T) {
	t.Parallel()
	w := withRule(t)
	c := httpapitest.New(t, w.API())
	admin := w.Cookie(identitytest.Person{Number: "CN001"})
	w.Person("GD900", "赵敏", w.Guangdong, actor.ProvinceAdmin)
	province := w.Cookie(identitytest.Person{Number: "GD900"})
	agent := w.Person("2001", "陈新", w.Guangzhou, actor.Agent)
	file := c.Get("/api/duty-rules/export?lang=en", "Cookie", admin).Want(http.StatusOK).Body
	require.Len(t, column(t, file, "First permission*"), len(w.rules(t)), "built-in ones too")
	require.Contains(t, column(t, file, "Reason in Chinese*"), "审批人不建令牌")
	c.Get("/api/duty-rules/export", "Cookie", w.Cookie(agent)).Problem(http.StatusForbidden, "actor.denied")
	require.ErrorIs(t, w.Identity.ExportDutyRules(w.As(agent), io.Discard, "en"), actor.ErrDenied)
	var taken int
	require.NoError(t, w.Pool.QueryRow(t.Context(), `SELECT count(*) FROM audit.entry WHERE action = 'identity.duty_rule.export'`).Scan(&taken))
	require.Equal(t, 1, taken, "who took it is kept, and nobody who did not")

	data := dutyBook(t, []any{string(identity.SessionManage), string(identity.AccountApprove), "原因", "reason", ""})
	send := func(query, cookie string) *httpapitest.Response {
		return c.Post("/api/duty-rules/import"+query, data, "Content-Type", sheet.ContentType, "Cookie", cookie)
	}
	require.Equal(t, http.StatusForbidden, send("?dry_run=false", province).Status)
	before := len(w.rules(t))
	var report sheet.Report
	send("", admin).Want(http.StatusOK).JSON(&report)
	require.True(t, report.DryRun, "a trial unless somebody says otherwise")
	require.Len(t, w.rules(t), before)
	send("?dry_run=false", admin).Want(http.StatusOK).JSON(&report)
	require.Len(t, w.rules(t), before+1)
}

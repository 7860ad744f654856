package setting_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/hostile"
	"yingda/internal/setting"
	"yingda/internal/setting/codetree"
)

var reasons = setting.TreeDefinition{Key: "contact.reason", ZH: "来话原因", EN: "Reasons", Levels: 3}

// withTree is a country with a tree of two nodes.
func withTree(t testing.TB) *country {
	t.Helper()
	c := setup(t)
	require.NoError(t, c.Declare(actor.With(t.Context(), actor.System("test.declare", setting.TreeEdit)), reasons))
	require.NoError(t, c.saveLayer(t, c.nation, 0, codetree.Layer{Nodes: []codetree.Node{
		{Code: "FEE", ZH: "话费", EN: "Charges", Extend: true, Rename: true},
		{Code: "NET", ZH: "网络", Position: 1, Locked: true},
	}}, time.Time{}))
	return c
}

func (c *country) saveLayer(t testing.TB, centre organization.Centre, version int, layer codetree.Layer, from time.Time) error {
	t.Helper()
	_, err := c.SaveLayer(c.as(t, "1001", centre), setting.LayerEdit{Tree: reasons.Key, Centre: centre.ID, Version: version, Content: layer, ActiveFrom: from, Reason: "测试"})
	return err
}

func (c *country) active(t testing.TB, centre organization.Centre, at time.Time) string {
	t.Helper()
	tree, err := c.CodeTree(c.as(t, "1001", c.nation), reasons.Key, centre.ID, at)
	require.NoError(t, err)
	var list []string
	for _, e := range tree.Tree.Entries {
		if e.Active {
			list = append(list, e.Path+" "+e.ZH)
		}
	}
	return strings.Join(list, ", ")
}

func TestTreesAreRefinedBelowAndPlannedAhead(t *testing.T) {
	t.Parallel()
	c := withTree(t)
	require.NoError(t, c.saveLayer(t, c.guangdong, 0, codetree.Layer{
		Nodes:       []codetree.Node{{Code: "FEE-GD", Parent: "FEE", ZH: "粤语账单"}},
		Refinements: []codetree.Refinement{{Code: "FEE", ZH: "资费"}},
	}, time.Time{}))
	require.Equal(t, "FEE 资费, FEE/FEE-GD 粤语账单, NET 网络", c.active(t, c.guangzhou, time.Time{}))
	require.Equal(t, "FEE 话费, NET 网络", c.active(t, c.fujian, time.Time{}))

	month := c.clock.Now().Add(30 * 24 * time.Hour)
	planned := codetree.Layer{Nodes: []codetree.Node{{Code: "FEE", ZH: "话费与账单", Extend: true}, {Code: "NET", ZH: "网络", Retired: true}}}
	require.NoError(t, c.saveLayer(t, c.nation, 1, planned, month))
	require.Equal(t, "FEE 话费, NET 网络", c.active(t, c.fujian, time.Time{}), "until then nothing changes")
	require.Equal(t, "FEE 话费与账单", c.active(t, c.fujian, month))
	require.Equal(t, "FEE 话费与账单, FEE/FEE-GD 粤语账单", c.active(t, c.guangdong, month), "the local name is not allowed any more")

	_, err := c.RollBackLayer(c.as(t, "1001", c.nation), reasons.Key, c.nation.ID, 1, 2, "退回")
	require.NoError(t, err)
	require.Equal(t, "FEE 话费, NET 网络", c.active(t, c.fujian, month))
	history, err := c.LayerHistory(c.as(t, "1001", c.nation), reasons.Key, c.nation.ID, 0, 10)
	require.NoError(t, err)
	require.Len(t, history, 3)
	require.Equal(t, 1, *history[0].RolledBack)
	require.Equal(t, 4, c.count(t, `SELECT count(*) FROM audit.entry WHERE action = 'setting.code_tree.publish'`))
}

func TestWhatCannotBeSavedIsNamedNodeByNode(t *testing.T) {
	t.Parallel()
	c := withTree(t)
	err := c.saveLayer(t, c.guangdong, 0, codetree.Layer{
		Nodes:       []codetree.Node{{Code: "X", Parent: "NET", ZH: "下级"}, {Code: "bad", Parent: "FEE", ZH: "坏"}},
		Refinements: []codetree.Refinement{{Code: "NET", Hidden: true}},
	}, time.Time{})
	requireField(t, err, "body.nodes[0]", "setting.tree_not_extendable")
	requireField(t, err, "body.nodes[1]", "setting.tree_bad_code")
	requireField(t, err, "body.refinements[0]", "setting.tree_locked")
	requireField(t, c.saveLayer(t, c.nation, 1, codetree.Layer{}, time.Time{}), "body.nodes", "setting.tree_must_be_retired")
	require.ErrorIs(t, c.saveLayer(t, c.nation, 0, codetree.Layer{}, time.Time{}), setting.ErrChangedMeanwhile)

	mine := codetree.Layer{Nodes: []codetree.Node{{Code: "FEE-1", Parent: "FEE", ZH: "本地"}}}
	require.NoError(t, c.saveLayer(t, c.guangdong, 0, mine, time.Time{}))
	requireField(t, c.saveLayer(t, c.fujian, 0, mine, time.Time{}), "body.nodes[0].code", "setting.tree_code_taken")
	require.ErrorIs(t, c.saveLayer(t, c.guangdong, 1, mine, time.Time{}), setting.ErrUnchanged)

	_, err = c.SaveLayer(c.as(t, "1001", c.guangdong), setting.LayerEdit{Tree: reasons.Key, Centre: c.fujian.ID, Content: mine, Reason: "x"})
	require.ErrorIs(t, err, setting.ErrNoCentre)
	_, err = c.CodeTree(c.as(t, "1001", c.nation), "no.tree", c.nation.ID, time.Time{})
	require.ErrorIs(t, err, setting.ErrNoTree)
	require.ErrorIs(t, c.MakeTree(c.as(t, "1001", c.nation), reasons), setting.ErrTreeTaken)
	require.ErrorIs(t, c.MakeTree(c.as(t, "1001", c.guangdong), setting.TreeDefinition{Key: "mine", ZH: "省内", Levels: 2}), actor.ErrDenied)
}

func TestAnExportedTreeComesBackAsItWas(t *testing.T) {
	t.Parallel()
	c := withTree(t)
	require.NoError(t, c.saveLayer(t, c.guangdong, 0, codetree.Layer{
		Nodes:       []codetree.Node{{Code: "FEE-GD", Parent: "FEE", ZH: "粤语账单", Position: 3}},
		Refinements: []codetree.Refinement{{Code: "FEE", ZH: "资费"}},
	}, time.Time{}))
	ctx := c.as(t, "1001", c.guangdong)
	var b bytes.Buffer
	require.NoError(t, c.ExportTree(ctx, &b, "zh-CN", reasons.Key, c.guangdong.ID))
	report, err := c.ImportTree(ctx, reasons.Key, c.guangdong.ID, b.Bytes(), false)
	require.NoError(t, err)
	require.Equal(t, [3]int{3, 3, 0}, [3]int{report.Rows, report.Same, report.Rejected}, "%+v", report.Lines)

	file, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	require.NoError(t, err)
	sheetName := file.GetSheetName(0)
	for cell, value := range map[string]string{"A5": "FEE-SZ", "B5": "FEE", "C5": "深圳账单", "A6": "WRONG", "B6": "NET", "C6": "不行"} {
		require.NoError(t, file.SetCellValue(sheetName, cell, value))
	}
	var more bytes.Buffer
	_, err = file.WriteTo(&more)
	require.NoError(t, err)
	report, err = c.ImportTree(ctx, reasons.Key, c.guangdong.ID, more.Bytes(), false)
	require.NoError(t, err)
	require.Equal(t, 1, report.Rejected)
	require.NotContains(t, c.active(t, c.guangdong, time.Time{}), "FEE-SZ", "one wrong row keeps all out")
	require.NoError(t, file.RemoveRow(sheetName, 6))
	more.Reset()
	_, err = file.WriteTo(&more)
	require.NoError(t, err)
	report, err = c.ImportTree(ctx, reasons.Key, c.guangdong.ID, more.Bytes(), true)
	require.NoError(t, err)
	require.Equal(t, 1, report.Create)
	require.NotContains(t, c.active(t, c.guangdong, time.Time{}), "FEE-SZ", "it was a trial")
	_, err = c.ImportTree(ctx, reasons.Key, c.guangdong.ID, more.Bytes(), false)
	require.NoError(t, err)
	require.Contains(t, c.active(t, c.guangdong, time.Time{}), "FEE/FEE-SZ 深圳账单")
}

func TestExportedSettingsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	c := setup(t)
	ctx := c.as(t, "1001", c.nation)
	require.NoError(t, c.set(t, c.nation, "test.idle", "900", "floor"))
	require.NoError(t, c.set(t, c.nation, "test.words", `["一","=1+1"]`, ""))
	for _, lang := range []string{"zh-CN", "en"} {
		var b bytes.Buffer
		require.NoError(t, c.Export(ctx, &b, lang, c.nation.ID))
		report, err := c.Import(ctx, b.Bytes(), false)
		require.NoError(t, err)
		require.Equal(t, report.Rows, report.Same, "%+v", report.Lines)

		file, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
		require.NoError(t, err)
		require.NoError(t, file.SetCellValue(file.GetSheetName(0), "D2", "1h"))
		var changed bytes.Buffer
		_, err = file.WriteTo(&changed)
		require.NoError(t, err)
		report, err = c.Import(ctx, changed.Bytes(), true)
		require.NoError(t, err)
		require.Equal(t, 1, report.Update, "%+v", report.Lines)
		require.Equal(t, 15*time.Minute, idle.Get(c, c.nation.ID.UUID()), "it was a trial")
	}
	_, err := c.Import(c.as(t, "1001", c.nation, setting.ValueRead), nil, true)
	require.ErrorIs(t, err, actor.ErrDenied)
}

func TestHelpIsAddedDownThePath(t *testing.T) {
	t.Parallel()
	c := setup(t)
	write := func(centre organization.Centre, key, body string, version int) error {
		_, err := c.WriteHelp(c.as(t, "1001", centre), setting.HelpEdit{Key: key, Language: "zh-CN", Centre: centre.ID, Body: body, Version: version})
		return err
	}
	require.NoError(t, write(c.nation, "organization.staff", "**全国**", 0))
	require.NoError(t, write(c.guangdong, "organization.staff", "广东<script>alert(1)</script>", 0))
	require.NoError(t, write(c.guangdong, "organization.staff.number", "8 位", 0))
	require.NoError(t, write(c.guangdong, "organization.staffing", "别的页面", 0))
	require.NoError(t, write(c.fujian, "organization.staff", "福建", 0))
	list, err := c.Help(c.as(t, "2001", c.guangzhou, actor.Permission("x.y")), "organization.staff")
	require.NoError(t, err)
	require.Len(t, list, 3)
	require.Equal(t, "<p><strong>全国</strong></p>\n", list[0].HTML)
	require.NotContains(t, list[1].HTML, "<script")
	require.Equal(t, "organization.staff.number", list[2].Key)

	require.ErrorIs(t, write(c.nation, "organization.staff", "又改", 0), setting.ErrChangedMeanwhile)
	require.NoError(t, write(c.nation, "organization.staff", "", 1))
	list, err = c.Help(c.as(t, "2001", c.guangzhou), "organization.staff")
	require.NoError(t, err)
	require.Len(t, list, 2, "an empty text says nothing")
	history, err := c.HelpHistory(c.as(t, "1001", c.nation), "organization.staff", "zh-CN", c.nation.ID, 0, 10)
	require.NoError(t, err)
	require.Equal(t, []string{"", "**全国**"}, []string{history[0].Body, history[1].Body})
	requireField(t, write(c.nation, "Bad Key", "x", 0), "path.page", "setting.bad_format")

	require.NoError(t, c.set(t, c.nation, "setting.help.below_nation", "false", ""))
	err = write(c.guangdong, "organization.team", "x", 0)
	require.ErrorContains(t, err, "setting.help_closed")
	require.NoError(t, write(c.nation, "organization.team", "x", 0))
}

func TestOnlyTheNationSetsWhatHoldsForTheInstallation(t *testing.T) {
	t.Parallel()
	c := setup(t)
	requireField(t, c.set(t, c.guangdong, "setting.help.below_nation", "false", ""), "body.value", "setting.only_nation")
	require.Equal(t, c.nation.ID, c.view(t, c.guangdong, "setting.help.below_nation").Fixed.ID)
	require.Nil(t, c.view(t, c.nation, "setting.help.below_nation").Fixed)
}

func TestHostileHelpAndNamesSurvive(t *testing.T) {
	t.Parallel()
	c := withTree(t)
	api := c.serve(t, c.as(t, "1001", c.nation))
	version, layer := 0, 1
	for _, s := range hostile.Strings() {
		r := api.Send("PUT", "/api/help/organization.staff", map[string]any{"lang": "zh-CN", "centre_id": c.nation.ID, "body": s, "version": version})
		if r.Status == 200 {
			var out struct{ Body string }
			r.JSON(&out)
			require.Equal(t, trimmed(s), out.Body)
			version++
		} else {
			require.Contains(t, []int{409, 422}, r.Status, s)
		}
		name := trimmed(s)
		if name == "" || len([]rune(name)) > 100 || strings.ContainsRune(name, 0) {
			continue
		}
		nodes := []codetree.Node{{Code: "FEE", ZH: name, EN: name, Extend: true, Rename: true}, {Code: "NET", ZH: "网络", Position: 1, Locked: true}}
		r = api.Send("PUT", "/api/code-trees/contact.reason/layer", map[string]any{
			"centre_id": c.nation.ID, "version": layer, "nodes": nodes, "refinements": []any{}, "reason": "测试",
		})
		if r.Status == 409 {
			continue // the same as before
		}
		var out struct {
			Entries []struct{ ZH string }
		}
		r.Want(200).JSON(&out)
		require.Equal(t, name, out.Entries[0].ZH)
		layer++
	}
	require.Greater(t, version, 400)
	require.Greater(t, layer, 400)
}

func TestTheSettingsByHTTP(t *testing.T) {
	t.Parallel()
	c := setup(t)
	api := c.serve(t, c.as(t, "1001", c.nation))
	var list struct {
		Items []struct {
			Key       string
			Effective json.RawMessage
			Source    *struct{ Name string }
		}
	}
	api.Get("/api/settings?q=空闲").Want(200).JSON(&list)
	require.Len(t, list.Items, 1)
	require.JSONEq(t, "1800", string(list.Items[0].Effective))
	var changed struct {
		RequestID *string `json:"request_id"`
		Setting   struct {
			Version int
			Pending *struct{ Value json.RawMessage }
		}
	}
	api.Send("PUT", "/api/settings/test.idle", map[string]any{"centre_id": c.nation.ID, "value": 600, "lock": "floor", "version": 0, "reason": "收紧"}).Want(200).JSON(&changed)
	require.Nil(t, changed.RequestID)
	require.Equal(t, 1, changed.Setting.Version)
	api.Send("PUT", "/api/settings/test.length", map[string]any{"centre_id": c.nation.ID, "value": 12, "lock": "", "version": 0, "reason": "收紧"}).Want(200).JSON(&changed)
	require.NotNil(t, changed.RequestID)
	require.JSONEq(t, "12", string(changed.Setting.Pending.Value))
	api.Send("PUT", "/api/settings/test.idle", map[string]any{"centre_id": c.guangdong.ID, "value": 700, "lock": "", "version": 0, "reason": "放宽"}).
		Problem(422, "setting.invalid").Field("body.value", "setting.below_floor")
	api.Send("PUT", "/api/settings/test.idle", map[string]any{"centre_id": c.nation.ID, "value": 500, "lock": "", "version": 0, "reason": "x"}).Problem(409, "setting.changed_meanwhile")
	api.Post("/api/settings/test.idle/roll-back", map[string]any{"centre_id": c.nation.ID, "to": 0, "version": 1, "reason": "退回"}).Want(200)
	var history struct {
		Items []struct{ New json.RawMessage }
	}
	api.Get("/api/settings/test.idle/history?limit=1").Want(200).JSON(&history)
	require.JSONEq(t, "null", string(history.Items[0].New))
	api.Get("/api/settings/no.such").Problem(404, "setting.no_such_setting")
	api.Get("/api/settings/export?lang=en").Want(200)
	api.Post("/api/code-trees", setting.TreeDefinition{Key: "a.b", ZH: "甲", Levels: 2}, "Idempotency-Key", uuid.NewString()).Want(201)
	api.Post("/api/help-preview", map[string]string{"body": "**好**"}).Want(200)
}

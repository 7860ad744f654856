package organization_test

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/sheet"
)

func TestTablesOfTheProgramServeBeforeTheyArePublishedAndArePublishedOnce(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	cities, err := c.Codes(t.Context(), organization.TableCity)
	require.NoError(t, err)
	require.Zero(t, cities.Table.Version)
	haikou, ok := cities.Find("460100")
	require.True(t, ok)
	require.Equal(t, "0898", haikou.Extra["area_code"])

	for range 2 {
		require.NoError(t, c.Prepare(t.Context()))
	}
	require.Equal(t, 3, c.audited(t, "organization.code_table.publish"), "the second start finds nothing to do")
	again, err := c.Codes(t.Context(), organization.TableCity)
	require.NoError(t, err)
	require.Equal(t, 1, again.Table.Version)
	require.Equal(t, cities.Items(), again.Items(), "the database gives back what was put in")
	_, err = c.Codes(t.Context(), "nothing")
	require.ErrorIs(t, err, organization.ErrNoCodeTable)
}

func TestAPublishedTableBelongsToPeople(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	require.NoError(t, c.Prepare(t.Context()))
	edit := organization.ItemsEdit{Base: 1, Remove: []string{"hall"}, Set: []organization.CodeItem{{Code: "broadband", ZH: "宽带报障"}}, Note: "宽带单列"}
	_, err := c.ChangeCodes(everywhere(t), nil, organization.TableService, edit)
	require.NoError(t, err)
	require.NoError(t, c.Prepare(t.Context()))
	services, err := c.Codes(t.Context(), organization.TableService)
	require.NoError(t, err)
	require.Equal(t, 2, services.Table.Version, "the program does not put back what people took out")
}

func TestEveryVersionCanBeReadAgainWithItsDifference(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	_, err := c.CreateCodeTable(ctx, nil, organization.CodeTable{Code: "reason", NameZH: "来电原因", NameEN: "Reasons", Owner: "客服部"})
	require.NoError(t, err)
	_, err = c.CreateCodeTable(ctx, nil, organization.CodeTable{Code: "reason", NameZH: "x", NameEN: "x", Owner: "x"})
	require.ErrorIs(t, err, organization.ErrCodeTaken)
	item := func(code, zh string) organization.CodeItem { return organization.CodeItem{Code: code, ZH: zh} }
	publish := func(base int, e organization.ItemsEdit) organization.CodeVersion {
		e.Base = base
		v, err := c.ChangeCodes(ctx, nil, "reason", e)
		require.NoError(t, err)
		return v
	}
	publish(0, organization.ItemsEdit{Note: "一", Set: []organization.CodeItem{item("A", "话费"), item("B", "宽带"), item("C", "投诉")}})
	v := publish(1, organization.ItemsEdit{Note: "二", Set: []organization.CodeItem{item("B", "宽带故障"), item("D", "其他")}, Remove: []string{"C"}})
	require.Equal(t, [3]int{1, 1, 1}, [3]int{v.Added, v.Changed, v.Removed})
	publish(2, organization.ItemsEdit{Note: "三", Set: []organization.CodeItem{item("C", "投诉")}})

	first, err := c.CodeItems(ctx, "reason", 1)
	require.NoError(t, err)
	b, _ := first.Find("B")
	require.Equal(t, "宽带", b.ZH)
	require.Len(t, first.Items(), 3)
	d, err := c.CodeDifference(ctx, "reason", 1, 3)
	require.NoError(t, err)
	require.Len(t, d, 2, "C came back as it was")
	require.Equal(t, "change", d[0].Act)
	require.Equal(t, "add", d[1].Act)
	list, err := c.CodeVersions(ctx, "reason")
	require.NoError(t, err)
	require.Len(t, list, 3)
	require.Equal(t, "1001 张三", list[0].PublishedBy)
	_, err = c.CodeItems(ctx, "reason", 9)
	require.ErrorIs(t, err, organization.ErrNoCodeVersion)

	_, err = c.ChangeCodes(ctx, nil, "reason", organization.ItemsEdit{Base: 2, Note: "迟到", Set: []organization.CodeItem{item("E", "x")}})
	require.ErrorIs(t, err, organization.ErrChangedMeanwhile)
	_, err = c.ChangeCodes(ctx, nil, "reason", organization.ItemsEdit{Base: 3, Note: "同", Set: []organization.CodeItem{item("A", "话费")}})
	require.ErrorIs(t, err, organization.ErrNothingNew)
	_, err = c.ChangeCodes(ctx, nil, "reason", organization.ItemsEdit{Base: 3, Set: []organization.CodeItem{{Code: "a b", ZH: "", ValidFrom: "2026-13-01"}, item("A", "x"), item("A", "y")}})
	require.ElementsMatch(t, []string{"body.note", "body.set[0].code", "body.set[0].zh", "body.set[0].valid_from", "body.set[2].code"}, fieldsOf(t, err))
}

func TestCodesInUseAndCodesWithoutMeaningAreRefused(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	require.NoError(t, c.Prepare(t.Context()))
	change := func(table string, e organization.ItemsEdit) error {
		e.Base, e.Note = 1, "试"
		_, err := c.ChangeCodes(ctx, nil, table, e)
		return err
	}
	require.ErrorIs(t, change(organization.TableCity, organization.ItemsEdit{Remove: []string{"440100"}}), organization.ErrCodeInUse)
	require.ErrorIs(t, change(organization.TableProvince, organization.ItemsEdit{Remove: []string{"110000"}}), organization.ErrCodeInUse, "its cities are still there")
	err := change(organization.TableCity, organization.ItemsEdit{Set: []organization.CodeItem{{Code: "990100", ZH: "无", Parent: "990000", Extra: map[string]string{"area_code": "20"}}}})
	require.Equal(t, fault.Invalid, fault.KindOf(err))
	require.Len(t, fieldsOf(t, err), 2, "no such province, and no area code")
	require.NoError(t, change(organization.TableCity, organization.ItemsEdit{Remove: []string{"542500"}}))
}

func TestOnlyTheOwnerChangesATable(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	require.NoError(t, c.Prepare(t.Context()))
	province := c.at(t, c.guangdong.ID)
	_, err := c.ChangeCodes(province, nil, organization.TableService, organization.ItemsEdit{Base: 1, Note: "x", Remove: []string{"hall"}})
	require.Equal(t, "organization.not_owner", faultCode(t, err))
	_, err = c.CreateCodeTable(province, nil, organization.CodeTable{Code: "gd_hall", NameZH: "广东营业厅", NameEN: "Halls", Owner: "省客服部"})
	require.Equal(t, "organization.not_owner", faultCode(t, err), "without a centre it would be the nation's")
	mine, err := c.CreateCodeTable(province, nil, organization.CodeTable{Code: "gd_hall", NameZH: "广东营业厅", NameEN: "Halls", Owner: "省客服部", OwnerCentre: c.guangdong.ID})
	require.NoError(t, err)
	_, err = c.ChangeCodes(province, nil, "gd_hall", organization.ItemsEdit{Note: "x", Set: []organization.CodeItem{{Code: "1", ZH: "天河厅"}}})
	require.NoError(t, err)
	_, err = c.ChangeCodes(c.at(t, c.fujian.ID), nil, "gd_hall", organization.ItemsEdit{Base: 1, Note: "x", Remove: []string{"1"}})
	require.Equal(t, "organization.not_owner", faultCode(t, err))
	mine.NameZH = "广东营业厅表"
	changed, err := c.UpdateCodeTable(province, mine)
	require.NoError(t, err)
	require.Equal(t, 2, changed.Edition)
	_, err = c.UpdateCodeTable(province, mine)
	require.ErrorIs(t, err, organization.ErrChangedMeanwhile)
}

func export(t testing.TB, write func(context.Context, *bytes.Buffer) error, ctx context.Context) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, write(ctx, &b))
	return b.Bytes()
}

func TestACodeTableGoesOutAndComesBackTheSame(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	require.NoError(t, c.Prepare(t.Context()))
	for _, lang := range []string{sheet.Chinese, sheet.English} {
		file := export(t, func(ctx context.Context, b *bytes.Buffer) error {
			return c.ExportCodes(ctx, b, lang, organization.TableCity, 0)
		}, ctx)
		r, err := c.ImportCodes(ctx, organization.TableCity, file, "x", false)
		require.NoError(t, err)
		require.Equal(t, r.Rows, r.Same, "%+v", r.Lines[0])
	}
	cities, err := c.Codes(t.Context(), organization.TableCity)
	require.NoError(t, err)
	require.Equal(t, 1, cities.Table.Version, "nothing new, no version")
}

func TestAnImportOfCodesShowsItsDifferenceFirst(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	require.NoError(t, c.Prepare(t.Context()))
	table := sheet.Table{Key: "x", ZH: "x", EN: "x", Columns: []sheet.Column{{Key: "code", ZH: "代码"}, {Key: "zh", ZH: "中文名称"}, {Key: "more", ZH: "其他字段"}, {Key: "remove", ZH: "删除"}}}
	book := func(rows ...[]any) []byte {
		var b bytes.Buffer
		require.NoError(t, table.Write(&b, sheet.Chinese, sheet.Rows(rows...)))
		return b.Bytes()
	}
	good := book([]any{"hotline", "客服热线", "", ""}, []any{"vip", "贵宾专线", "level=5", ""}, []any{"hall", "营业厅服务", "", "是"}, []any{"night", "夜间专席", "", ""})
	for _, dry := range []bool{true, false} {
		r, err := c.ImportCodes(ctx, organization.TableService, good, "调整", dry)
		require.NoError(t, err)
		require.Equal(t, [4]int{1, 2, 1, 0}, [4]int{r.Create, r.Update, r.Same, r.Rejected})
		require.Equal(t, []string{"extra_level", "zh"}, r.Lines[1].Changes)
	}
	services, err := c.Codes(t.Context(), organization.TableService)
	require.NoError(t, err)
	require.Equal(t, 2, services.Table.Version)
	vip, _ := services.Find("vip")
	require.Equal(t, "5", vip.Extra["level"])
	require.Equal(t, "VIP line", vip.EN, "what the file does not have stays")
	_, there := services.Find("hall")
	require.False(t, there)

	bad := book([]any{"new", "新", "", ""}, []any{"no code", "x", "", ""}, []any{"new", "又", "", ""})
	r, err := c.ImportCodes(ctx, organization.TableService, bad, "x", false)
	require.NoError(t, err)
	require.Equal(t, 2, r.Rejected)
	again, err := c.Codes(t.Context(), organization.TableService)
	require.NoError(t, err)
	require.Equal(t, 2, again.Table.Version, "whole or not at all")
	_, err = c.ImportCodes(actor.With(t.Context(), as(actor.National(), organization.CodeRead)), organization.TableService, good, "x", true)
	require.ErrorIs(t, err, actor.ErrDenied)
}

func TestTheListsAroundACodeTableGoOut(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	_, err := c.CreateCodeTable(ctx, nil, organization.CodeTable{Code: "reason", NameZH: "=1+1", NameEN: "Reasons", Owner: "客服部", OwnerCentre: c.guangdong.ID})
	require.NoError(t, err)
	items := []organization.CodeItem{{Code: "A", ZH: "话费", Sort: 1}, {Code: "B", ZH: "宽带", Extra: map[string]string{"area_code": "020", "x": "old"}}, {Code: "C", ZH: "投诉"}}
	_, err = c.ChangeCodes(ctx, nil, "reason", organization.ItemsEdit{Note: "一", Set: items})
	require.NoError(t, err)
	items[1] = organization.CodeItem{Code: "B", ZH: "-宽带故障", Extra: map[string]string{"area_code": "0757"}, ValidUntil: "2027-01-31"}
	_, err = c.ChangeCodes(ctx, nil, "reason", organization.ItemsEdit{Base: 1, Note: "=二", Set: []organization.CodeItem{items[1], {Code: "D", ZH: "其他"}}, Remove: []string{"C"}})
	require.NoError(t, err)

	api := c.client(t, ctx)
	tables := sheetRows(t, api.Get("/api/code-tables/export?lang=en").Want(200).Body)
	require.Equal(t, []string{"Table", "Chinese name", "English name", "Owner", "Owner centre", "Version", "Codes", "Published at"}, tables[0])
	at := slices.IndexFunc(tables, func(r []string) bool { return r[0] == "reason" })
	require.Equal(t, []string{"reason", "=1+1", "Reasons", "客服部", c.guangdong.Code, "2", "3"}, tables[at][:7], "formulas as text")

	versions := sheetRows(t, api.Get("/api/code-tables/reason/versions/export?lang=en").Want(200).Body)
	require.Len(t, versions, 3)
	require.Equal(t, []string{"2", "1001 张三", "=二", "1", "1", "1"}, slices.Concat(versions[1][:1], versions[1][2:]), "newest first, who and why")

	changes := sheetRows(t, api.Get("/api/code-tables/reason/difference/export?lang=en&from=1&to=2").Want(200).Body)
	require.Equal(t, [][]string{
		{"changed", "B", "-宽带故障", "Chinese name", "宽带", "-宽带故障"},
		{"changed", "B", "-宽带故障", "Area code", "020", "0757"},
		{"changed", "B", "-宽带故障", "x", "old"},
		{"changed", "B", "-宽带故障", "Until (last day)", "", "2027-01-31"},
		{"removed", "C", "投诉"}, {"added", "D", "其他"},
	}, changes[1:], "a row for each field")
	require.Len(t, sheetRows(t, api.Get("/api/code-tables/reason/difference/export?from=2&to=2").Want(200).Body), 1, "nothing changed")
	api.Get("/api/code-tables/reason/difference/export?from=1&to=9").Problem(404, organization.ErrNoCodeVersion.Code)
	var taken int
	require.NoError(t, c.pool.QueryRow(ctx, `SELECT count(*) FROM audit.entry WHERE action = 'organization.code_table.export'`).Scan(&taken))
	require.Equal(t, 4, taken, "who took what is kept; what was refused is not taken")
}

package numbering_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/numbering"
	"yingda/internal/numbering/called"
	"yingda/internal/organization"
	"yingda/internal/platform/hostile"
	"yingda/internal/platform/sheet"
)

func phoneOf(t testing.TB, text string) numbering.Phone {
	t.Helper()
	p, err := numbering.ParsePhone(text, "")
	require.NoError(t, err)
	return p
}

// TestServiceAreasNameTheCentreThatAnswers is H-19: one centre serves several cities; A-15: nation and province lines.
func TestServiceAreasNameTheCentreThatAnswers(t *testing.T) {
	t.Parallel()
	c := setup(t)
	c.create(t, c.line("96800"))
	vip := c.line("96888")
	vip.Kind, vip.Service, vip.Centre, vip.Province = numbering.VIPLine, "", c.guangdong.ID, "440000"
	c.create(t, vip)
	for _, q := range []struct {
		number string
		from   numbering.CameFrom
		want   organization.Centre
		place  numbering.PlaceSource
		byArea bool
	}{
		{"96800", numbering.CameFrom{Caller: phoneOf(t, "020 8888 8888")}, c.guangzhou, numbering.FromHome, true},
		{"96800", numbering.CameFrom{Caller: phoneOf(t, "0755 8888 8888")}, c.guangzhou, numbering.FromHome, true},
		{"96800", numbering.CameFrom{Caller: phoneOf(t, "0591 8888 8888")}, c.fujian, numbering.FromHome, true},
		{"96800", numbering.CameFrom{Caller: phoneOf(t, "010 8888 8888")}, c.nation, numbering.FromHome, true},
		{"96800", numbering.CameFrom{AreaCode: "0755"}, c.guangzhou, numbering.FromTrunk, true},
		{"0591-96800", numbering.CameFrom{AreaCode: "0755"}, c.fujian, numbering.FromDialled, true},
		{"96800", numbering.CameFrom{Caller: phoneOf(t, "020 8888 8888"), City: "350100"}, c.fujian, numbering.FromSubscriber, true},
		{"96800", numbering.CameFrom{}, c.nation, numbering.FromNowhere, true},
		{"96888", numbering.CameFrom{AreaCode: "020"}, c.guangdong, numbering.FromTrunk, false},
	} {
		a, err := c.Called(t.Context(), phoneOf(t, q.number), q.from, c.clock.Now())
		require.NoError(t, err)
		require.True(t, a.Known, "%+v", q)
		require.True(t, a.Answers)
		require.Equal(t, q.want.Name, a.Centre.Name, "%+v", q)
		require.Equal(t, q.place, a.Why.PlaceFrom, "%+v", q)
		require.Equal(t, q.byArea, a.Why.ByArea)
		require.NotEmpty(t, a.Why.Considered)
	}
	a, err := c.Called(t.Context(), phoneOf(t, "96888"), numbering.CameFrom{AreaCode: "0591"}, c.clock.Now())
	require.NoError(t, err)
	require.False(t, a.Known)
	require.Equal(t, called.Elsewhere, a.Why.Considered[0].Verdict)
}

// TestOlderPlatformsAreMergedByTransferOrTrunk is A-15: 114, 100 and 112 of each city.
func TestOlderPlatformsAreMergedByTransferOrTrunk(t *testing.T) {
	t.Parallel()
	c := setup(t)
	platform := numbering.CalledSpec{
		Number: "114", Match: called.Number, Name: "114 查号台", Kind: numbering.OutsidePlatform, Centre: c.guangzhou.ID, City: "440100",
		MergeMethod: numbering.Transfer, TransferTo: "020-88880114",
	}
	made := c.create(t, platform)
	require.Equal(t, "440000", made.Province)
	require.Equal(t, "+862088880114", made.TransferTo)
	platform.City, platform.Centre, platform.MergeMethod, platform.TransferTo, platform.TrunkGroup = "440300", c.shenzhen.ID, numbering.Trunk, "", "SZ-114"
	c.create(t, platform)
	a, err := c.Called(t.Context(), phoneOf(t, "0755-114"), numbering.CameFrom{}, c.clock.Now())
	require.NoError(t, err)
	require.Equal(t, "SZ-114", a.Called.TrunkGroup)
	require.Equal(t, c.shenzhen.ID, a.Centre.ID)

	for _, bad := range []struct {
		change func(*numbering.CalledSpec)
		want   string
	}{
		{func(e *numbering.CalledSpec) { e.MergeMethod = numbering.NotMerged }, "body.merge_method required"},
		{func(e *numbering.CalledSpec) { e.MergeMethod = numbering.Transfer; e.TransferTo = "" }, "body.transfer_to required"},
		{func(e *numbering.CalledSpec) { e.MergeMethod = numbering.Transfer; e.TransferTo = "abc" }, "body.transfer_to letters"},
		{func(e *numbering.CalledSpec) { e.TrunkGroup = "" }, "body.trunk_group required"},
		{func(e *numbering.CalledSpec) { e.Kind = numbering.Enterprise }, "body.merge_method unfitting"},
	} {
		e := platform
		bad.change(&e)
		_, err := c.CreateCalled(everywhere(t), nil, e)
		require.Equal(t, []string{bad.want}, fields(t, err, "numbering.invalid_called_number"))
	}
}

func TestEverythingWrongWithACalledNumberIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	c := setup(t)
	_, err := c.CreateCalled(everywhere(t), nil, numbering.CalledSpec{
		Number: "12", Match: called.Number, Name: " ", Kind: "x", Service: "nothing", City: "999999", State: "x",
	})
	require.Equal(t, []string{
		"body.number too_short", "body.name required", "body.service unknown", "body.state unknown", "body.kind unknown",
		"body.centre_id required", "body.city unknown",
	}, fields(t, err, "numbering.invalid_called_number"))
	wrongLevel := c.line("96800")
	wrongLevel.Centre = c.guangdong.ID
	_, err = c.CreateCalled(everywhere(t), nil, wrongLevel)
	require.Equal(t, []string{"body.centre_id unfitting"}, fields(t, err, "numbering.invalid_called_number"))
}

func TestOneAnswerToWhoAnswersFromHereNow(t *testing.T) {
	t.Parallel()
	c := setup(t)
	first := c.create(t, c.line("96800"))
	_, err := c.CreateCalled(everywhere(t), nil, c.line("96 800"))
	require.ErrorIs(t, err, numbering.ErrTaken)

	later := c.line("96800")
	from := c.clock.Now().Add(days(10))
	later.ValidFrom = &from
	_, err = c.CreateCalled(everywhere(t), nil, later)
	require.ErrorIs(t, err, numbering.ErrTaken)
	change := c.line("96800")
	change.ValidUntil = &from
	_, err = c.UpdateCalled(everywhere(t), first.ID, first.Version, change)
	require.NoError(t, err)
	c.create(t, later)
	local := c.line("96800")
	local.Kind, local.Centre, local.Province = numbering.ProvinceLine, c.fujian.ID, "350000"
	c.create(t, local)
}

func TestSecondOfTwoEditorsIsToldWhoWasFirst(t *testing.T) {
	t.Parallel()
	c := setup(t)
	made := c.create(t, c.line("96800"))
	e := c.line("96800")
	e.Name = "全国客服热线"
	changed, err := c.UpdateCalled(everywhere(t), made.ID, made.Version, e)
	require.NoError(t, err)
	require.Equal(t, 2, changed.Version)
	e.Name = "别的名称"
	_, err = c.UpdateCalled(everywhere(t), made.ID, made.Version, e)
	require.ErrorIs(t, err, numbering.ErrChangedMeanwhile)
	require.ErrorContains(t, err, "1001 林晓岚")

	same, err := c.UpdateCalled(everywhere(t), made.ID, 2, func() numbering.CalledSpec { e.Name = "全国客服热线"; return e }())
	require.NoError(t, err)
	require.Equal(t, 2, same.Version, "nothing changed, so nothing was written")
	require.Equal(t, []string{"numbering.called.create", "numbering.called.update"}, c.audited(t, "numbering.called"))
}

func TestNobodySeesOrChangesAnotherProvincesNumbers(t *testing.T) {
	t.Parallel()
	c := setup(t)
	national := c.create(t, c.line("96800"))
	foreign := c.line("96801")
	foreign.Kind, foreign.Centre, foreign.Province = numbering.ProvinceLine, c.fujian.ID, "350000"
	theirs := c.create(t, foreign)
	ctx := c.at(t, c.guangdong)

	_, _, err := c.GetCalled(ctx, theirs.ID)
	require.ErrorIs(t, err, numbering.ErrNoCalled)
	_, err = c.UpdateCalled(ctx, theirs.ID, 1, foreign)
	require.ErrorIs(t, err, numbering.ErrNoCalled)
	_, err = c.UpdateCalled(ctx, numbering.CalledID{}, 1, foreign)
	require.ErrorIs(t, err, numbering.ErrNoCalled)
	list, err := c.ListCalled(ctx, numbering.CalledFilter{})
	require.NoError(t, err)
	require.Len(t, list, 1)

	_, editable, err := c.GetCalled(ctx, national.ID)
	require.NoError(t, err)
	require.False(t, editable)
	_, err = c.UpdateCalled(ctx, national.ID, 1, c.line("96800"))
	require.ErrorIs(t, err, numbering.ErrNotYours)

	own := c.line("96802")
	own.Kind, own.Centre = numbering.ProvinceLine, c.guangdong.ID
	_, err = c.CreateCalled(ctx, nil, own)
	require.Equal(t, []string{"body.province out_of_scope"}, fields(t, err, "numbering.invalid_called_number"), "for all places only the nation decides")
	own.Province = "350000"
	_, err = c.CreateCalled(ctx, nil, own)
	require.Equal(t, []string{"body.province out_of_scope"}, fields(t, err, "numbering.invalid_called_number"))
	own.Province, own.Centre = "440000", c.fujian.ID
	_, err = c.CreateCalled(ctx, nil, own)
	require.Equal(t, []string{"body.centre_id unknown"}, fields(t, err, "numbering.invalid_called_number"))
	own.Centre = c.guangdong.ID
	_, err = c.CreateCalled(ctx, nil, own)
	require.NoError(t, err)

	tried, err := c.TryOut(ctx, numbering.TryOut{Called: "96801", AreaCode: "0591"})
	require.NoError(t, err)
	require.True(t, tried.Hidden)
	require.False(t, tried.Answer.Known)
	require.Empty(t, tried.Answer.Why.Considered)
	require.Empty(t, tried.Answer.Centre.Name)
	tried, err = c.TryOut(ctx, numbering.TryOut{Called: "96800", Caller: "0591 8888 8888"})
	require.NoError(t, err)
	require.True(t, tried.Hidden)
	require.True(t, tried.Answer.Known)
	require.False(t, tried.Answer.Answers)
}

func TestTryingOutSaysWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	c := setup(t)
	_, err := c.TryOut(everywhere(t), numbering.TryOut{Called: "abc", Caller: "88888888", AreaCode: "1"})
	require.Equal(t, []string{"body.area_code format", "body.called letters", "body.caller needs_area"}, fields(t, err, "numbering.invalid_try"))
	_, err = c.TryOut(everywhere(t), numbering.TryOut{})
	require.Equal(t, []string{"body.called required"}, fields(t, err, "numbering.invalid_try"))
	tried, err := c.TryOut(everywhere(t), numbering.TryOut{Caller: "17909 020 88888888-12"})
	require.NoError(t, err)
	require.Equal(t, "17909", tried.Caller.Carrier)
	require.Equal(t, "12", tried.Caller.Extension)
	require.Equal(t, "440100", tried.Answer.Why.Home.City)
	tried, err = c.TryOut(everywhere(t), numbering.TryOut{Caller: "anonymous"})
	require.NoError(t, err)
	require.True(t, tried.Caller.Withheld)
}

func TestListFindsByNameAndDigitsAndPages(t *testing.T) {
	t.Parallel()
	c := setup(t)
	for _, n := range []string{"96800", "96801", "4001234567", "020 8888 1234"} {
		e := c.line(n)
		e.Name = "线路 " + n
		c.create(t, e)
	}
	all, err := c.ListCalled(everywhere(t), numbering.CalledFilter{Limit: 2})
	require.NoError(t, err)
	require.Len(t, all, 2)
	rest, err := c.ListCalled(everywhere(t), numbering.CalledFilter{After: &numbering.CalledPosition{Pattern: all[1].Pattern, ID: all[1].ID}})
	require.NoError(t, err)
	require.Len(t, rest, 2)
	for text, want := range map[string]int{"968": 2, "020 8888": 1, "线路": 4, "400": 1, "nothing": 0, "96801": 1, "%": 0} {
		found, err := c.ListCalled(everywhere(t), numbering.CalledFilter{Text: text})
		require.NoError(t, err)
		require.Len(t, found, want, text)
	}
}

func TestWorkbookGoesOutAndComesBack(t *testing.T) {
	t.Parallel()
	c := setup(t)
	c.create(t, c.line("96800"))
	local := c.line("96801")
	local.Kind, local.Centre, local.Province, local.Note = numbering.ProvinceLine, c.fujian.ID, "350000", "=1+1"
	c.create(t, local)
	var file bytes.Buffer
	require.NoError(t, c.ExportCalled(everywhere(t), &file, sheet.Chinese, numbering.CalledFilter{}))
	report, err := c.ImportCalled(everywhere(t), file.Bytes(), false)
	require.NoError(t, err)
	require.Equal(t, 2, report.Same, "%+v", report)

	table := sheet.Table{Key: "called", ZH: "接入号码", EN: "Called numbers", Columns: []sheet.Column{
		{Key: "number", ZH: "号码", EN: "Number"}, {Key: "match", ZH: "匹配方式", EN: "Match"}, {Key: "name", ZH: "名称", EN: "Name"},
		{Key: "kind", ZH: "类型", EN: "Kind"}, {Key: "centre", ZH: "所属中心代码", EN: "Owner centre"}, {Key: "province", ZH: "省份代码", EN: "Province"},
	}}
	write := func(rows ...[]any) []byte {
		var out bytes.Buffer
		require.NoError(t, table.Write(&out, sheet.English, sheet.Rows(rows...)))
		return out.Bytes()
	}
	good := [][]any{{"96800", "number", "新名称", "nation_line", "CN", ""}, {"96802", "number", "另一条", "nation_line", "CN", ""}}
	bad := append(good, []any{"9680x", "number", "坏的", "nation_line", "NONE", ""}, []any{"96801", "number", "改名", "province_line", "FJ", "350000"})
	report, err = c.ImportCalled(everywhere(t), write(bad...), false)
	require.NoError(t, err)
	require.Equal(t, 1, report.Rejected, "%+v", report)
	list, err := c.ListCalled(everywhere(t), numbering.CalledFilter{Text: "96802"})
	require.NoError(t, err)
	require.Empty(t, list, "nothing was taken")
	dry, err := c.ImportCalled(everywhere(t), write(good...), true)
	require.NoError(t, err)
	require.Equal(t, 1, dry.Create)
	require.Equal(t, 1, dry.Update)
	require.Equal(t, []string{"name"}, dry.Lines[0].Changes)
	report, err = c.ImportCalled(everywhere(t), write(good...), false)
	require.NoError(t, err)
	require.Equal(t, 2, report.Create+report.Update)
	kept, err := c.ListCalled(everywhere(t), numbering.CalledFilter{Text: "96800"})
	require.NoError(t, err)
	require.Equal(t, "hotline", kept[0].Service, "a column that the file has not stays as it was")

	foreign := write([]any{"96801", "number", "抢过来", "province_line", "GD", "350000"})
	report, err = c.ImportCalled(c.at(t, c.guangdong), foreign, true)
	require.NoError(t, err)
	require.Equal(t, 1, report.Rejected)
}

func TestHostileTextSurvivesOrIsRefused(t *testing.T) {
	t.Parallel()
	c := setup(t)
	made := c.create(t, c.line("96800"))
	version := 1
	for _, text := range hostile.Strings() {
		e := c.line("96800")
		e.Note = text
		changed, err := c.UpdateCalled(everywhere(t), made.ID, version, e)
		if err != nil {
			require.Subset(t, []string{"body.note format", "body.note too_long"}, fields(t, err, "numbering.invalid_called_number"), "%q", text)
			continue
		}
		version = changed.Version
		got, _, err := c.GetCalled(everywhere(t), made.ID)
		require.NoError(t, err)
		require.Equal(t, changed.Note, got.Note)
		_, err = c.ListCalled(everywhere(t), numbering.CalledFilter{Text: text})
		if err == nil {
			continue
		}
		require.NoError(t, err, "%q", text)
	}
	for _, text := range hostile.Strings() {
		e := c.line("96800")
		e.Number, e.Service, e.City = text, text, text
		if _, err := c.CreateCalled(everywhere(t), nil, e); err != nil {
			continue
		}
		t.Errorf("%q was taken as number, service and city", text)
	}
}

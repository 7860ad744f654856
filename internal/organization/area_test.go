package organization_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/sheet"
)

func spec(centre organization.CentreID, selector organization.Selector, value string) organization.AreaSpec {
	return organization.AreaSpec{Centre: centre, Service: "hotline", Selector: selector, Value: value}
}

func TestAnAreaWidensTheScopeWhileItHolds(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	begin, end := c.clock.Now().Add(time.Hour), c.clock.Now().Add(2*time.Hour)
	s := spec(c.guangzhou.ID, organization.ByCity, "440600")
	s.ValidFrom, s.ValidUntil = &begin, &end
	_, err := c.CreateArea(ctx, nil, s)
	require.NoError(t, err)
	covers := func() bool { return c.tree(t).Scope(c.guangzhou.ID).CoversPlace("440000", "440600") }
	require.False(t, covers())
	c.clock.Advance(time.Hour)
	require.True(t, covers(), "the snapshot changes at the moment at which the area begins")
	c.clock.Advance(time.Hour)
	require.False(t, covers())
	require.Equal(t, 1, c.told(t, "organization.area.changed"))
}

func TestNobodyLendsHimselfMoreOfTheCountry(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	guangzhou := c.at(t, c.guangzhou.ID)
	for name, s := range map[string]organization.AreaSpec{
		"another city":        spec(c.guangzhou.ID, organization.ByCity, "440300"),
		"the whole province":  spec(c.guangzhou.ID, organization.ByProvince, "440000"),
		"another area code":   spec(c.guangzhou.ID, organization.ByAreaCode, "0755"),
		"the whole nation":    spec(c.guangzhou.ID, organization.ByNation, ""),
		"a place far from it": spec(c.guangzhou.ID, organization.ByCity, "110100"),
	} {
		_, err := c.CreateArea(guangzhou, nil, s)
		require.Equal(t, "organization.place_out_of_scope", faultCode(t, err), name)
	}
	_, err := c.CreateArea(guangzhou, nil, spec(c.shenzhen.ID, organization.ByCity, "440100"))
	require.ErrorIs(t, err, organization.ErrNoCentre)
	_, err = c.CreateArea(guangzhou, nil, spec(c.guangzhou.ID, organization.ByAreaCode, "20"))
	require.NoError(t, err, "what is its own")

	end := c.clock.Now().Add(time.Hour)
	lent := spec(c.guangzhou.ID, organization.ByCity, "440600")
	lent.ValidUntil = &end
	a, err := c.CreateArea(everywhere(t), nil, lent)
	require.NoError(t, err)
	guangzhou = c.at(t, c.guangzhou.ID)
	require.True(t, actor.From(guangzhou).Scope(organization.AreaEdit).CoversPlace("440000", "440600"))
	lent.ValidFrom, lent.ValidUntil = &a.ValidFrom, nil
	_, err = c.UpdateArea(guangzhou, a.ID, a.Version, lent)
	require.Equal(t, "organization.place_out_of_scope", faultCode(t, err), "what is lent is not prolonged by whom it was lent to")
	ended, err := c.EndArea(guangzhou, a.ID, a.Version)
	require.NoError(t, err, "but given back")
	require.NotNil(t, ended.ValidUntil)
}

func TestWrongAreaNamesEveryWrongField(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	before := c.clock.Now().Add(-time.Hour)
	_, err := c.CreateArea(everywhere(t), nil, organization.AreaSpec{Service: "nothing", Selector: "moon", ValidUntil: &before})
	require.ElementsMatch(t, []string{"body.centre_id", "body.service", "body.selector", "body.valid_until"}, fieldsOf(t, err))
	for selector, value := range map[organization.Selector]string{
		organization.ByCalled: "10", organization.ByCalledPrefix: "10x86", organization.ByCity: "440106", organization.ByAreaCode: "0999999",
		organization.ByProvince: "440100", organization.ByNation: "1",
	} {
		_, err := c.CreateArea(everywhere(t), nil, spec(c.guangzhou.ID, selector, value))
		require.Equal(t, []string{"body.value"}, fieldsOf(t, err), selector)
	}
	a, err := c.CreateArea(everywhere(t), nil, spec(c.guangzhou.ID, organization.ByCalled, "400-810 086"))
	require.NoError(t, err)
	require.Equal(t, "400810086", a.Value)
	_, err = c.UpdateArea(everywhere(t), a.ID, 7, spec(c.guangzhou.ID, organization.ByCalled, "10086"))
	require.ErrorIs(t, err, organization.ErrChangedMeanwhile)
}

func TestOverlapsAreShownWithBothNames(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	_, err := c.CreateArea(ctx, nil, spec(c.guangzhou.ID, organization.ByProvince, "440000"))
	require.NoError(t, err)
	c.clock.Advance(time.Second)
	_, err = c.CreateArea(ctx, nil, spec(c.shenzhen.ID, organization.ByProvince, "440000"))
	require.NoError(t, err)
	list, err := c.Areas(ctx, organization.AreaFilter{})
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, []string{"深圳客服中心"}, list[0].Overlaps)
	require.Equal(t, []string{"广州客服中心"}, list[1].Overlaps)
	centre, why, ok, err := c.Explain(ctx, organization.Query{Service: "hotline", AreaCode: "0757"})
	require.NoError(t, err)
	require.True(t, ok)
	require.True(t, why.Overlaps)
	require.Equal(t, c.guangzhou.ID, centre.ID, "who held first goes on serving")
	mine, err := c.Areas(c.at(t, c.shenzhen.ID), organization.AreaFilter{})
	require.NoError(t, err)
	require.Len(t, mine, 1)
	require.Equal(t, []string{""}, mine[0].Overlaps, "the other is not named to whom may not see it")
	_, _, _, err = c.Explain(ctx, organization.Query{Called: "abc"})
	require.ElementsMatch(t, []string{"query.service", "query.called"}, fieldsOf(t, err))
}

func TestAClosedCentreHasNoAreasLeft(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	a, err := c.CreateArea(everywhere(t), nil, spec(c.fuzhou.ID, organization.ByCity, "350100"))
	require.NoError(t, err)
	_, err = c.CloseCentre(everywhere(t), c.fuzhou.ID, 1, "")
	require.ErrorContains(t, err, "1 service areas")
	_, err = c.EndArea(everywhere(t), a.ID, 1)
	require.NoError(t, err)
	_, err = c.CloseCentre(everywhere(t), c.fuzhou.ID, 1, "")
	require.NoError(t, err)
	gone, err := c.Areas(everywhere(t), organization.AreaFilter{})
	require.NoError(t, err)
	require.Empty(t, gone)
	kept, err := c.Areas(everywhere(t), organization.AreaFilter{Ended: true})
	require.NoError(t, err)
	require.Len(t, kept, 1)
}

func TestCentresAreasAndTeamsGoOutAndComeBackTheSame(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	until := time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC) // midnight in Shanghai
	s := spec(c.guangzhou.ID, organization.ByCity, "440600")
	s.ValidUntil, s.Note = &until, "=cmd|' /C calc'!A0"
	for _, v := range []organization.AreaSpec{s, spec(c.fuzhou.ID, organization.ByNation, ""), spec(c.guangzhou.ID, organization.ByCalledPrefix, "10086")} {
		_, err := c.CreateArea(ctx, nil, v)
		require.NoError(t, err)
	}
	_, err := c.CreateTeam(ctx, nil, organization.NewTeam{Centre: c.guangzhou.ID, Code: "A", Name: "早班", Shift: "早"})
	require.NoError(t, err)
	for _, lang := range []string{sheet.Chinese, sheet.English} {
		for name, list := range map[string]struct {
			out func(ctx context.Context, b *bytes.Buffer) error
			in  func(context.Context, []byte, bool) (*sheet.Report, error)
			n   int
		}{
			"centre": {func(ctx context.Context, b *bytes.Buffer) error {
				return c.ExportCentres(ctx, b, lang, organization.CentreFilter{})
			}, c.ImportCentres, 6},
			"area": {func(ctx context.Context, b *bytes.Buffer) error {
				return c.ExportAreas(ctx, b, lang, organization.AreaFilter{})
			}, c.ImportAreas, 3},
			"team": {func(ctx context.Context, b *bytes.Buffer) error {
				return c.ExportTeams(ctx, b, lang, organization.TeamFilter{})
			}, c.ImportTeams, 1},
		} {
			file := export(t, list.out, ctx)
			r, err := list.in(ctx, file, false)
			require.NoError(t, err)
			require.Equal(t, list.n, r.Same, "%s: %+v", name, r.Lines)
			require.Equal(t, list.n, r.Rows)
			require.NotZero(t, c.audited(t, "organization."+name+".export"))
		}
	}
	require.Equal(t, 6, c.audited(t, "organization.centre.create"), "nothing was made twice")
	require.Zero(t, c.audited(t, "organization.centre.update"))
}

func TestAnImportIsWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	table := sheet.Table{Key: "x", ZH: "x", EN: "x", Columns: []sheet.Column{
		{Key: "code", ZH: "code"}, {Key: "name", ZH: "name"}, {Key: "level", ZH: "level"}, {Key: "parent", ZH: "parent"}, {Key: "province", ZH: "province"}, {Key: "city", ZH: "city"},
	}}
	book := func(rows ...[]any) []byte {
		var b bytes.Buffer
		require.NoError(t, table.Write(&b, sheet.Chinese, sheet.Rows(rows...)))
		return b.Bytes()
	}
	good := [][]any{
		{"HI", "海南客服中心", "省", "CN", "460000", ""},
		{"HI-HK", "海口客服中心", "city", "HI", "", "460100"}, // its parent stands above it
		{"FJ-FZ", "福州热线", "地市", "FJ", "", ""},
	}
	r, err := c.ImportCentres(ctx, book(good...), true)
	require.NoError(t, err)
	require.Equal(t, [3]int{2, 1, 0}, [3]int{r.Create, r.Update, r.Rejected}, "%+v", r.Lines)
	require.Len(t, c.tree(t).Centres(), 6, "a trial changes nothing")

	r, err = c.ImportCentres(ctx, book(append(good, []any{"XX", "", "省", "CN", "990000", ""}, []any{"YY", "y", "站", "nobody", "", ""}, []any{"FJ", "福建", "省", "FJ-FZ", "", ""})...), false)
	require.NoError(t, err)
	require.Equal(t, 3, r.Rejected)
	require.Equal(t, []string{"name"}, columnsOf(r.Lines[3]))
	require.Equal(t, []string{"level"}, columnsOf(r.Lines[4]))
	require.Equal(t, organization.ErrCycle.Code, r.Lines[5].Problems[0].Code)
	require.Len(t, c.tree(t).Centres(), 6, "one wrong row keeps the whole file out")

	r, err = c.ImportCentres(ctx, book(good...), false)
	require.NoError(t, err)
	require.Zero(t, r.Rejected)
	require.Len(t, c.tree(t).Centres(), 8)
	require.Equal(t, 8, c.audited(t, "organization.centre.create"))

	province := c.at(t, c.fujian.ID)
	r, err = c.ImportCentres(province, book([]any{"GD-GZ", "我的了", "city", "FJ", "", ""}), true)
	require.NoError(t, err)
	require.Equal(t, 1, r.Rejected, "a code of another province is taken, no more is told")
	require.Equal(t, fault.Conflict, organization.ErrCentreCode.Kind)
	require.Equal(t, organization.ErrCentreCode.Code, r.Lines[0].Problems[0].Code)
}

func columnsOf(l sheet.Line) []string {
	var columns []string
	for _, p := range l.Problems {
		columns = append(columns, p.Column)
	}
	return columns
}
